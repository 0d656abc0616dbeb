"""Circuits of look-up tables, whatever they were read from, and the nodes they become."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.intnet.network import Argmax, Concat, Linear, Node, Table

__all__ = ["Bit", "Lut", "count_nodes", "lut_of", "nodes_of"]

Bit: TypeAlias = int | str
"""A wire's number, or the constant "0" or "1"."""

Place: TypeAlias = tuple[str, int]
"""A signal and the element of it."""


@dataclass(frozen=True)
class Lut:
    """`gives` is table[address], `reads[j]` being worth 2^j in the address; int8 (2^k,) of 0, 1."""

    reads: tuple[int, ...]
    table: NDArray[np.int8]
    gives: int


def lut_of(reads: Sequence[Bit], table: NDArray[np.int8], gives: int) -> Lut:
    """A table some of whose inputs may be constants: it is halved for each of these."""
    for place in reversed(range(len(reads))):
        if isinstance(reads[place], str):
            halves = table.reshape(-1, 2, 1 << place)
            table = halves[:, int(reads[place] == "1")].reshape(-1)
    return Lut(tuple(one for one in reads if not isinstance(one, str)), table, gives)


def nodes_of(
    x: Sequence[Bit], luts: Sequence[Lut], wanted: Sequence[Bit], source: str = "x"
) -> list[Node]:
    """Nodes whose last, `out`, gives the wanted bits in order, codes of 1 bit.

    The elements of the signal `source` are the bits `x`. A layer is the tables that the longest way
    from there is as long to; those that only an output reads are in `out` itself.
    """
    ends = _ends(luts, wanted)
    luts = [lut for lut in luts if lut.gives not in ends]
    places: dict[Bit, Place] = {bit: (source, at) for at, bit in enumerate(x)}
    sizes, nodes = {source: len(x)}, list[Node]()
    for depth, layer in enumerate(_layers(luts, set(places)), 1):
        rows = [([places[bit] for bit in lut.reads], lut.table) for lut in layer]
        _add(nodes, f"gates{depth}", rows, sizes)
        places |= {lut.gives: (f"gates{depth}", at) for at, lut in enumerate(layer)}
    rows = [_last(bit, ends, places) for bit in wanted]
    _add(nodes, "out", rows, sizes)
    return nodes


def _layers(luts: Sequence[Lut], known: set[Bit]) -> list[list[Lut]]:
    """The tables by depth."""
    depths: dict[Bit, int] = dict.fromkeys(known, 0)
    layers: list[list[Lut]] = []
    left = list(luts)
    while left:
        ready = [lut for lut in left if all(bit in depths for bit in lut.reads)]
        if not ready:  # Yosys's check finds these before.
            raise ImportRefused(
                f"table {left[0].gives}: in a loop, or it reads what nothing drives"
            )
        layers.append(ready)
        depths |= {lut.gives: len(layers) for lut in ready}
        left = [lut for lut in left if lut.gives not in depths]
    return layers


def _ends(luts: Sequence[Lut], wanted: Sequence[Bit]) -> dict[Bit, Lut]:
    """The tables that one output reads, and nothing else."""
    read = Counter(wanted) + Counter(bit for lut in luts for bit in lut.reads)
    asked = set(wanted)
    return {lut.gives: lut for lut in luts if lut.gives in asked and read[lut.gives] == 1}


def _last(
    bit: Bit, ends: Mapping[Bit, Lut], places: Mapping[Bit, Place]
) -> tuple[list[Place], NDArray[np.int8]]:
    """The row of an output: its own table, or one that passes a bit on."""
    if isinstance(bit, str):
        return [], np.array([bit == "1"], np.int8)
    if bit in ends:
        return [places[one] for one in ends[bit].reads], ends[bit].table
    return [places[bit]], np.array([0, 1], np.int8)


def _add(
    nodes: list[Node],
    name: str,
    rows: Sequence[tuple[list[Place], NDArray[np.int8]]],
    sizes: dict[str, int],
) -> None:
    """Append a table of these rows, and before it a concat where they read several signals."""
    read = sorted({signal for places, _ in rows for signal, _ in places}, key=list(sizes).index)
    read = read or [next(iter(sizes))]
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


def count_nodes(widths: Sequence[int], argmax: bool) -> list[Node]:
    """The nodes after `out` whose scores are how many of its bits are 1, of groups of these sizes,
    one after the other; and which score is the largest, the first of equals."""
    sizes = np.array(widths)
    first = np.cumsum(sizes) - sizes
    at = np.arange(sizes.sum())
    weight = (at >= first[:, None]) & (at < (first + sizes)[:, None])
    score = Linear("score", ("out",), weight.astype(np.int8), np.zeros(len(sizes), np.int32))
    return [score, Argmax("class", ("score",))] if argmax else [score]
