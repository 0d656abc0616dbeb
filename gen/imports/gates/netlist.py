"""Look-up tables with wires between them, as Yosys writes them, and the nodes they become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.gates.tool import Design
from gen.intnet.network import Concat, Node, Table

__all__ = ["Bit", "Circuit", "Lut", "Port", "circuit_of", "nodes_of"]

Bit: TypeAlias = int | str
"""A wire's number, or the constant "0" or "1"."""

Place: TypeAlias = tuple[str, int]
"""A signal and the element of it."""


@dataclass(frozen=True)
class Port:
    """A port, its bits lowest first."""

    name: str
    bits: tuple[Bit, ...]

    @property
    def names(self) -> list[str]:
        """What its bits are called."""
        width = len(self.bits)
        return [self.name] if width == 1 else [f"{self.name}[{at}]" for at in range(width)]


@dataclass(frozen=True)
class Lut:
    """`gives` is table[address], `reads[j]` being worth 2^j in the address; uint8 (2^k,)."""

    reads: tuple[int, ...]
    table: NDArray[np.int8]
    gives: int


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
        name: Port(name, tuple(port["bits"]))
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


def _lut(cell: Mapping[str, Any]) -> Lut:
    assert cell["type"] == "$lut", cell["type"]
    reads, gives = cell["connections"]["A"], cell["connections"]["Y"][0]
    bits = cell["parameters"]["LUT"]
    table = np.array([one == "1" for one in reversed(bits)], np.int8)
    for place in reversed(range(len(reads))):
        if isinstance(reads[place], str):  # A constant: the half of the table that it chooses.
            halves = table.reshape(-1, 2, 1 << place)
            table = halves[:, int(reads[place] == "1")].reshape(-1)
    return Lut(tuple(one for one in reads if not isinstance(one, str)), table, gives)


def nodes_of(circuit: Circuit, order: Sequence[int]) -> list[Node]:
    """Nodes whose last, `out`, gives the output bits at these places, in order, codes of 1 bit.

    The input `x` is the input ports' bits, one port after the other, lowest bit first. A layer is
    the tables that the longest way from the inputs is as long to.
    """
    x = [bit for port in circuit.inputs for bit in port.bits]
    places: dict[Bit, Place] = {bit: ("x", at) for at, bit in enumerate(x)}
    sizes, nodes = {"x": len(x)}, list[Node]()
    for depth, layer in enumerate(_layers(circuit.luts, set(places)), 1):
        rows = [([places[bit] for bit in lut.reads], lut.table) for lut in layer]
        _add(nodes, f"gates{depth}", rows, sizes)
        places |= {lut.gives: (f"gates{depth}", at) for at, lut in enumerate(layer)}
    wires = [bit for port in circuit.outputs for bit in port.bits]
    rows = [_wire(wires[at], places) for at in order]
    _add(nodes, "out", rows, sizes)
    return nodes


def _layers(luts: Sequence[Lut], known: set[Bit]) -> list[list[Lut]]:
    """The tables by depth."""
    depths: dict[Bit, int] = dict.fromkeys(known, 0)
    layers: list[list[Lut]] = []
    left = list(luts)
    while left:
        ready = [lut for lut in left if all(bit in depths for bit in lut.reads)]
        assert ready, "a loop, or a wire without a driver: Yosys's check finds these before"
        layers.append(ready)
        depths |= {lut.gives: len(layers) for lut in ready}
        left = [lut for lut in left if lut.gives not in depths]
    return layers


def _wire(bit: Bit, places: Mapping[Bit, Place]) -> tuple[list[Place], NDArray[np.int8]]:
    """The row of a table that passes a bit on."""
    if isinstance(bit, str):
        return [], np.array([bit == "1"], np.int8)
    return [places[bit]], np.array([0, 1], np.int8)


def _add(
    nodes: list[Node],
    name: str,
    rows: Sequence[tuple[list[Place], NDArray[np.int8]]],
    sizes: dict[str, int],
) -> None:
    """Append a table of these rows, and before it a concat where they read several signals."""
    read = sorted({signal for places, _ in rows for signal, _ in places}, key=list(sizes).index)
    read = read or ["x"]
    starts = dict(zip(read, np.cumsum([0, *(sizes[one] for one in read)]).tolist(), strict=False))
    source = read[0]
    if len(read) > 1:
        source = f"{name}.in"
        nodes.append(Concat(source, tuple(read), sum(sizes[one] for one in read)))
    k = max(1, *(len(places) for places, _ in rows))
    wiring = np.zeros((len(rows), k), np.int32)
    tables = np.zeros((len(rows), 1 << k), np.int8)
    for at, (places, table) in enumerate(rows):
        wiring[at, : len(places)] = [starts[signal] + element for signal, element in places]
        tables[at] = np.tile(table, (1 << k) // len(table))
    nodes.append(Table(name, (source,), wiring, tables))
    sizes[name] = len(rows)
