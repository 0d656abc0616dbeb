"""A mapped netlist as hardware: an Amaranth component with one submodule per layer, and its files.

For the families "ice40", "ecp5" and "gowin" every cell becomes one LUT4 of the family, which its
`synth_*` keeps as it is, or on iCE40 a carry beside one (`gen.map.carries`); for "plain" it becomes
an expression that any synthesizer maps again.
Cells go out in topological order, and pipeline registers stand where a signal crosses from one
stage to the next.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import Cat, Const, Instance, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from gen.files import make_folder, write_json, write_text
from gen.map.carries import placed
from gen.map.description import (
    FORMAT,
    RESERVED,
    HdlError,
    describe_core,
    identifier,
    output_words,
    state_identifiers,
    unique,
)
from gen.map.header import comment, core_comment, made_by
from gen.map.netlist import Cell, Netlist
from gen.tools import YOSYS

__all__ = [
    "FAMILIES",
    "FORMAT",
    "Core",
    "HdlError",
    "check_family",
    "comment",
    "made_by",
    "output_words",
    "table_expression",
    "verilog_text",
    "write_core",
]


def table_expression(table: int, inputs: Sequence[Value]) -> Value:
    """The function with this truth table on 1-bit values, as and, or, exclusive or, and choice.

    Table bit `sum(inputs[k] << k)` is the value (Shannon's expansion from the last input down).
    """
    if not inputs:
        return Const(table & 1, 1)
    half = 1 << (len(inputs) - 1)
    ones = (1 << half) - 1
    low, high = table & ones, table >> half & ones
    *rest, last = inputs
    if low == high:
        return table_expression(low, rest)
    if low == high ^ ones and 0 < low < ones:
        return last ^ table_expression(low, rest)
    if low in (0, ones) or high in (0, ones):
        return _one_side(low, high, ones, last, rest)
    return Mux(last, table_expression(high, rest), table_expression(low, rest))


def _one_side(low: int, high: int, ones: int, last: Value, rest: Sequence[Value]) -> Value:
    if (low, high) in ((0, ones), (ones, 0)):
        return last if high else ~last
    if low == 0:
        return last & table_expression(high, rest)
    if high == 0:
        return ~last & table_expression(low, rest)
    if low == ones:
        return ~last | table_expression(high, rest)
    return last | table_expression(low, rest)


def _emit_ice40(m: Module, cell: Cell, inputs: Sequence[Value], output: Signal) -> None:
    """A LUT, or a carry, as `gen.map.carries.placed` has them."""
    pins = {f"i_I{k}": value for k, value in enumerate(inputs)}
    if len(inputs) == 3:
        carry = Instance("SB_CARRY", i_CI=pins.pop("i_I2"), **pins, o_CO=output)
        m.submodules[f"{output.name}_carry"] = carry
        return
    table = Const(cell.table, 16)
    m.submodules[f"{output.name}_lut"] = Instance("SB_LUT4", p_LUT_INIT=table, **pins, o_O=output)


def _emit_ecp5(m: Module, cell: Cell, inputs: Sequence[Value], output: Signal) -> None:
    _emit_lut4(m, cell, inputs, output, "ABCD", "Z")


def _emit_gowin(m: Module, cell: Cell, inputs: Sequence[Value], output: Signal) -> None:
    _emit_lut4(m, cell, inputs, output, ("I0", "I1", "I2", "I3"), "F")


def _emit_lut4(
    m: Module, cell: Cell, inputs: Sequence[Value], output: Signal, pins: Sequence[str], to: str
) -> None:
    """ECP5 and Gowin call it LUT4, its table INIT, and differ in the names of the pins."""
    padded = [*inputs, *[Const(0, 1)] * 4][:4]
    ports = {f"i_{pin}": value for pin, value in zip(pins, padded, strict=True)}
    table = Const(cell.table, 16)
    m.submodules[f"{output.name}_lut"] = Instance(
        "LUT4", p_INIT=table, **ports, **{f"o_{to}": output}
    )


def _emit_plain(m: Module, cell: Cell, inputs: Sequence[Value], output: Signal) -> None:
    m.d.comb += output.eq(table_expression(cell.table, inputs))


Emit = Callable[[Module, Cell, Sequence[Value], Signal], None]

# How a cell is written, and the most inputs that it may have.
FAMILIES: dict[str, tuple[Emit, int]] = {
    "ice40": (_emit_ice40, 4),
    "ecp5": (_emit_ecp5, 4),
    "gowin": (_emit_gowin, 4),
    "plain": (_emit_plain, 6),
}

CELLS = {
    "ice40": "SB_LUT4 and SB_CARRY of iCE40",
    "ecp5": "LUT4 of ECP5",
    "gowin": "LUT4 of Gowin",
    "plain": "functions for any tool",
}
"""What the core's comment calls the cells of a family."""


class Core(wiring.Component):
    """A mapped netlist in the `sync` domain: one result per cycle, `mapped.latency` cycles later.

    `x` holds the inputs and `y` the outputs, bit for bit in the netlist's order; `y_valid` is
    `x_valid` delayed by the latency. The states of a recurrent network are inside, and take a step
    where `x_valid` is 1; the first step of a sequence has the input "reset" at 1. Only `y_valid`
    is reset.
    Elaboration raises HdlError where `check_family` does.
    """

    def __init__(self, mapped: Netlist, family: str) -> None:
        self.mapped = mapped
        self.family = family
        super().__init__(
            {
                "x": In(len(mapped.inputs) - len(mapped.registers)),
                "x_valid": In(1),
                "y": Out(len(mapped.outputs) - len(mapped.registers)),
                "y_valid": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        check_family(self.mapped, self.family)
        m = Module()
        mapped = self.mapped
        emit, _ = FAMILIES[self.family]
        valid = Signal(mapped.latency)
        m.d.sync += valid.eq(Cat(self.x_valid, valid))
        # The "reset" input gives states their reset values, through the step's own logic.
        names = state_identifiers(mapped)
        states = [Signal(name=name, reset_less=True) for name in names]
        signals = _Signals(m, Cat(self.x, *states), names)
        for cell in placed(mapped) if self.family == "ice40" else mapped.cells:
            inputs = [signals.at(source, cell.stage) for source in cell.fan_in]
            emit(*signals.add(cell, inputs))
        answers = mapped.outputs[: len(self.y)]
        with m.If(self.x_valid):
            for state, (_, source) in zip(states, mapped.outputs[len(self.y) :], strict=True):
                m.d.sync += state.eq(signals.at(source, 0))
        outputs = [signals.at(source, mapped.latency) for _, source in answers]
        m.d.comb += [self.y.eq(Cat(outputs)), self.y_valid.eq(valid[-1])]
        return m


def check_family(mapped: Netlist, family: str) -> None:
    """Check that a netlist can be emitted for a family.

    Raises HdlError for an unknown family, or a cell with too many inputs for it.
    """
    if family not in FAMILIES:
        raise HdlError(f"family {family!r} is unknown; known are {', '.join(FAMILIES)}")
    _, widest = FAMILIES[family]
    for index in range(len(mapped.cells)):
        _check_cell(mapped, index, family, widest)


def _check_cell(mapped: Netlist, index: int, family: str, widest: int) -> None:
    cell = mapped.cells[index]
    if len(cell.fan_in) > widest:
        raise HdlError(
            f"cell {index} ({cell.name or cell.layer}) has {len(cell.fan_in)} inputs;"
            f" family {family!r} takes {widest}: map with k = {widest}"
        )


class _Signals:
    """The netlist's signals at every stage where they are used, and the modules that make them."""

    def __init__(self, m: Module, x: Value, states: Sequence[str]) -> None:
        self.top = m
        self.n_inputs = len(x)
        # Per signal: the module that makes it, the stage it is made in, and it at each later stage.
        self.made = [(m, 0, [bit]) for bit in x]
        self.names = [f"x{index}" for index in range(len(x))]
        self.layers: dict[str, Module] = {}
        self.used = {"": {*RESERVED, *states}}

    def add(self, cell: Cell, inputs: list[Value]) -> tuple[Module, Cell, list[Value], Signal]:
        """Make the output of the next cell; returns the arguments that emit it."""
        index = len(self.made) - self.n_inputs
        m = self._layer(cell.layer)
        name = self._unique(cell.layer, identifier(cell.name) if cell.name else f"n{index}")
        output = Signal(name=name)
        self.made.append((m, cell.stage, [output]))
        self.names.append(name)
        return m, cell, inputs, output

    def at(self, source: int, stage: int) -> Value:
        """Signal `source` as it is seen in `stage`, through as many registers as that takes."""
        if source < 0:
            return Const(-1 - source, 1)
        m, made, values = self.made[source]
        while len(values) <= stage - made:
            name = self._unique("", f"{self.names[source]}_s{made + len(values)}")
            later = Signal(name=name, reset_less=True)
            m.d.sync += later.eq(values[-1])
            values.append(later)
        return values[stage - made]

    def _layer(self, layer: str) -> Module:
        if not layer:
            return self.top
        if layer not in self.layers:
            name = self._unique("", identifier(layer))
            self.top.submodules[name] = self.layers[layer] = Module()
        return self.layers[layer]

    def _unique(self, scope: str, name: str) -> str:
        return unique(self.used.setdefault(scope, set(RESERVED)), name)


def write_core(mapped_path: Path, out: Path, family: str, recipe: str) -> dict[str, Any]:
    """Write core.il, core.v and core.json into `out` from a mapped.json; returns core.json's value.

    The same netlist, family and tools give the same bytes. Raises FileDamaged or another
    SmeltError on a netlist that cannot be read, HdlError, ToolNotFound, ToolFailed.
    """
    mapped = Netlist.read(mapped_path)
    text = rtlil.convert(Core(mapped, family), name="core", emit_src=False)
    said = f"{len(mapped.cells):,} {CELLS[family]}, and flip-flops"
    verilog = core_comment(mapped, "core", recipe, said) + verilog_text(text, out)
    description = describe_core(mapped, mapped_path, family, recipe)
    for name, content in (("core.il", text), ("core.v", verilog)):
        write_text(out / name, content)
    write_json(out / "core.json", description)
    return description


# Icarus 11 cannot read what Yosys writes for wide multiplexers, so `pmuxtree`; `-norename` keeps
# names; the removed attributes say only which program wrote the text.
_SCRIPT = (
    "read_rtlil core.il; proc; pmuxtree;"
    " attrmap -remove generator -remove src -remove amaranth.hierarchy;"
    " attrmap -modattr -remove generator -remove top -remove src -remove amaranth.hierarchy;"
    " write_verilog -norename core.v"
)


def verilog_text(text: str, out: Path) -> str:
    """The Verilog that Yosys writes for RTLIL text, without the line that names the Yosys build."""
    make_folder(out)
    with tempfile.TemporaryDirectory(dir=out, prefix=".hdl.") as folder:
        work = Path(folder)
        write_text(work / "core.il", text)
        YOSYS.run(["-q", "-p", _SCRIPT], cwd=work, log=out / "hdl.log")
        lines = (work / "core.v").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "hdl.log").unlink()
    return "".join(line for line in lines if not line.startswith("/* Generated by"))
