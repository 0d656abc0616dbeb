"""Look-up tables with wires between them, as Yosys writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.imports.circuit import Bit, Lut, lut_of
from gen.imports.errors import ImportRefused
from gen.imports.gates.tool import Design

__all__ = ["Circuit", "Port", "circuit_of"]


@dataclass(frozen=True)
class Port:
    """A port, its bits lowest first: `name[first]`, then `step` on."""

    name: str
    bits: tuple[Bit, ...]
    first: int = 0
    step: int = 1

    @property
    def names(self) -> list[str]:
        """What its bits are called."""
        width = len(self.bits)
        if width == 1:
            return [self.name]
        return [f"{self.name}[{self.first + self.step * at}]" for at in range(width)]


@dataclass(frozen=True)
class Circuit:
    """Combinational logic: ports in order, and tables in no order."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    luts: tuple[Lut, ...]


def circuit_of(
    design: Design, top: str, inputs: Sequence[str] | None, outputs: Sequence[str] | None
) -> Circuit:
    """The circuit of a module of `$lut` cells. Raises ImportRefused for ports not as they are."""
    module = design["modules"][top]
    cells = module["cells"].values()
    return Circuit(
        _ports(module, "input", inputs),
        _ports(module, "output", outputs),
        tuple(_lut(cell) for cell in cells if cell["type"] != "$scopeinfo"),
    )


def _ports(module: Mapping[str, Any], way: str, asked: Sequence[str] | None) -> tuple[Port, ...]:
    found = {
        name: _port(name, port)
        for name, port in module["ports"].items()
        if port["direction"] == way
    }
    names = list(found) if asked is None else asked
    if sorted(names) != sorted(found):
        raise ImportRefused(
            f"{way}s: {', '.join(names)} are said, the file has {', '.join(found)}; name all"
        )
    if not found:
        raise ImportRefused(f"it has no {way}s")
    return tuple(found[name] for name in names)


def _port(name: str, port: Mapping[str, Any]) -> Port:
    """A port as it is declared: [7:0], [9:2], or [0:7], whose lowest bit is the last."""
    bits, low = tuple(port["bits"]), int(port.get("offset", 0))
    upward = int(port.get("upto", 0)) == 1
    return Port(name, bits, low + (len(bits) - 1) * upward, -1 if upward else 1)


def _lut(cell: Mapping[str, Any]) -> Lut:
    if cell["type"] != "$lut":
        raise ImportRefused(f"a cell {cell['type']} is left after mapping to tables")
    reads, gives = cell["connections"]["A"], cell["connections"]["Y"][0]
    bits = cell["parameters"]["LUT"]
    table = np.array([one == "1" for one in reversed(bits)], np.int8)
    return lut_of(reads, table, gives)
