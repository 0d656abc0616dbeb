"""The mapped netlist: look-up tables in topological order, with names, layers and stages.

Signals are numbered: 0..n_inputs-1 are the inputs, n_inputs + i is cell i's output, -1 and -2 are
the constants 0 and 1. Bit sum(in[k] << k) of a cell's table is its output, in[0] being the
LUT's first input (I0).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import DAMAGE, read_json, write_json
from gen.logic.graph import Builder, Graph
from gen.logic.words import truth_table

__all__ = ["FALSE", "FORMAT", "TRUE", "Cell", "Netlist", "NetlistError"]

FORMAT = "smelt-mapped-1"
FALSE, TRUE = -1, -2


class NetlistError(SmeltError):
    """A mapped netlist is inconsistent."""


@dataclass(frozen=True)
class Cell:
    """One LUT. `name` is the activation whose value it is; `stage` its pipeline stage."""

    table: int
    fan_in: tuple[int, ...]
    name: str | None = None
    layer: str = "core"
    level: int = 0
    stage: int = 0


@dataclass(frozen=True)
class Netlist:
    """LUT cells between named inputs and outputs; `latency` is the number of pipeline stages.

    `registers` are the state bits of a recurrent network, (input that holds it, output that is its
    next value, reset): the last inputs and the last outputs. Next values are made in stage 0, so
    that a step can follow in every cycle; answers may take more stages. `feedback` names the inputs
    that the class, the first output, may be fed back to, lowest bit first; none: it may not.
    """

    inputs: tuple[str, ...]
    outputs: tuple[tuple[str, int], ...]
    cells: tuple[Cell, ...]
    k: int = 4
    latency: int = 1
    registers: tuple[tuple[str, str, int], ...] = ()
    feedback: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for index, cell in enumerate(self.cells):
            self._check(index, cell)
        top = len(self.inputs) + len(self.cells)
        self._check_registers()
        for name, signal in self.outputs:
            if not TRUE <= signal < top:
                raise NetlistError(f"output {name!r} reads signal {signal}, there are {top}")

    def _check(self, index: int, cell: Cell) -> None:
        size = len(cell.fan_in)
        if not 1 <= size <= self.k or not 0 <= cell.table < 1 << (1 << size):
            raise NetlistError(
                f"cell {index}: table {cell.table:#x} of {size} inputs; 1 to {self.k} are allowed"
            )
        if len(set(cell.fan_in)) != size:
            # nextpnr-ice40's router does not end on a LUT with one signal on two pins.
            raise NetlistError(f"cell {index} reads {list(cell.fan_in)}: one signal twice")
        own = len(self.inputs) + index
        if not all(0 <= signal < own for signal in cell.fan_in):
            raise NetlistError(f"cell {index} reads {list(cell.fan_in)}: not all made before it")
        if not 0 <= cell.stage < self.latency:
            raise NetlistError(f"cell {index}: stage {cell.stage} of {self.latency}")
        sources = [signal - len(self.inputs) for signal in cell.fan_in]
        latest = max((self.cells[at].stage for at in sources if at >= 0), default=0)
        if latest > cell.stage:
            raise NetlistError(
                f"cell {index} ({cell.name or cell.layer}) is in stage {cell.stage} and reads a"
                f" signal of stage {latest}, which comes later: map again"
            )

    def _check_registers(self) -> None:
        count = len(self.registers)
        now = [name for name, _, _ in self.registers]
        after = [name for _, name, _ in self.registers]
        made = [name for name, _ in self.outputs[len(self.outputs) - count :]]
        if list(self.inputs[len(self.inputs) - count :]) != now or made != after:
            raise NetlistError(f"the last {count} inputs and outputs are not the {count} registers")
        first = len(self.inputs)
        for name, signal in self.outputs[len(self.outputs) - count :]:
            stage = self.cells[signal - first].stage if signal >= first else 0
            if stage:
                raise NetlistError(
                    f"{name!r} is made in stage {stage}: the next step needs it after one cycle"
                )
        if not all(reset in (0, 1) for _, _, reset in self.registers):
            raise NetlistError("a register is reset to neither 0 nor 1")
        for name in self.feedback:
            if name not in self.inputs:
                raise NetlistError(f"feedback to {name!r}, which is no input")

    @property
    def n_inputs(self) -> int:
        return len(self.inputs)

    @property
    def depth(self) -> int:
        """LUTs on the longest path."""
        return max(self.levels(), default=0)

    def levels(self) -> list[int]:
        """LUT depth of every cell, 1 for a cell that reads inputs only."""
        depth = [0] * self.n_inputs
        for cell in self.cells:
            depth.append(1 + max(depth[signal] for signal in cell.fan_in))
        return depth[self.n_inputs :]

    def with_cells(self, cells: Iterable[Cell], latency: int | None = None) -> "Netlist":
        """The same netlist with other cells in the same places."""
        return replace(self, cells=tuple(cells), latency=latency or self.latency)

    def to_graph(self, extra: Sequence[tuple[str, int]] = ()) -> Graph:
        """The combinational logic as a graph; `extra` adds (name, signal) outputs."""
        b = Builder()
        values = [b.input(name) for name in self.inputs]
        for cell in self.cells:
            sources = [values[signal] for signal in cell.fan_in]
            values.append(truth_table(b, cell.table, sources))
        constants = {FALSE: b.false, TRUE: b.true}
        for name, signal in [*self.outputs, *extra]:
            b.output(name, constants[signal] if signal < 0 else values[signal])
        return b.graph()

    def write(self, path: Path | str, **more: Any) -> None:
        """Write mapped.json, with `more` entries beside the netlist's own."""
        cells = [
            {"table": c.table, "in": list(c.fan_in), "name": c.name, "layer": c.layer,
             "level": c.level, "stage": c.stage}
            for c in self.cells
        ]  # fmt: skip
        top = {"format": FORMAT, "k": self.k, "inputs": list(self.inputs)}
        outputs = [list(pair) for pair in self.outputs]
        top |= {"outputs": outputs, "cells": cells, "latency": self.latency}
        top["registers"] = [list(register) for register in self.registers]
        if self.feedback:
            top["feedback"] = list(self.feedback)
        write_json(path, top | more)

    @staticmethod
    def read(path: Path | str) -> "Netlist":
        """Read mapped.json; raises FileDamaged or NetlistError."""
        top = read_json(path, FORMAT)
        try:
            return _parse(top)
        except DAMAGE as error:
            raise NetlistError(f"{path}: an entry is missing or mistyped ({error})") from None
        except NetlistError as error:
            raise NetlistError(f"{path}: {error}") from None


def _parse(top: dict[str, Any]) -> Netlist:
    """The netlist of a JSON object; raises KeyError, TypeError or ValueError on a wrong entry."""
    cells = tuple(
        Cell(
            _typed(c["table"], int),
            tuple(_typed(signal, int) for signal in _typed(c["in"], list)),
            None if c["name"] is None else _typed(c["name"], str),
            _typed(c["layer"], str),
            _typed(c["level"], int),
            _typed(c["stage"], int),
        )
        for c in _typed(top["cells"], list)
    )
    inputs = tuple(_typed(name, str) for name in _typed(top["inputs"], list))
    outputs = tuple(
        (_typed(name, str), _typed(signal, int)) for name, signal in _typed(top["outputs"], list)
    )
    registers = tuple(
        (_typed(name, str), _typed(after, str), _typed(reset, int))
        for name, after, reset in _typed(top.get("registers", []), list)
    )
    feedback = tuple(_typed(name, str) for name in _typed(top.get("feedback", []), list))
    shape = _typed(top["k"], int), _typed(top["latency"], int)
    return Netlist(inputs, outputs, cells, *shape, registers, feedback)


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value
