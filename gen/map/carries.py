"""LUTs that are the carry of an iCE40's logic cell, beside another LUT.

A logic cell has a majority gate beside its LUT, of the LUT's inputs I1 and I2 and of a carry from
the cell before it. What comes out goes to the carry of the cell behind and to input I3 of the LUT
there, nowhere else (Lattice, "iCE40 LP/HX Family Data Sheet", programmable logic blocks). So a LUT
that is a majority, or where a chain begins an AND or OR, takes no logic cell of its own where
another LUT reads the same two signals in the same polarity, and the cell behind is all that reads
it. Which LUTs these are follows from the netlist; for other families they are LUTs like all others.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from gen.map.netlist import FALSE, TRUE, Cell, Netlist

__all__ = ["Carry", "carries", "logic_luts", "placed"]

STARTS = {(2, 0b1000): FALSE, (2, 0b1110): TRUE}
"""AND and OR, as inputs and table, and the carry-in with which a majority is one of them."""
MAJORITY = 3, 0b11101000


class Carry(NamedTuple):
    """A carry's inputs, the carry before it or a constant, and the LUT beside it, as signals."""

    one: int
    other: int
    before: int
    beside: int


def carries(netlist: Netlist) -> dict[int, Carry]:
    """The LUTs, by their signals, that are carries; none where LUTs have not four inputs."""
    return _Chains(netlist).found if netlist.k == 4 else {}


def logic_luts(netlist: Netlist) -> int:
    """How many LUTs a netlist has that are no carries."""
    return len(netlist.cells) - len(carries(netlist))


class _Chains:
    """Carries, chain after chain, each as long as it can be."""

    def __init__(self, netlist: Netlist) -> None:
        self.cells = dict(enumerate(netlist.cells, netlist.n_inputs))
        self.ends = {end for _, end in netlist.outputs}
        self.readers: dict[int, list[int]] = {}
        for signal, cell in self.cells.items():
            for source in cell.fan_in:
                self.readers.setdefault(source, []).append(signal)
        self.found: dict[int, Carry] = {}
        self.taken: set[int] = set()
        """Carries, the LUTs beside them, and those behind the last of a chain."""
        self.starts: set[frozenset[int]] = set()
        for signal, cell in self.cells.items():
            # nextpnr takes a chain's first carry to the one LUT that reads its inputs so.
            before = STARTS.get(_kind(cell))
            if before is not None and frozenset(cell.fan_in) not in self.starts:
                self._chain(signal, before)

    def _chain(self, signal: int, before: int) -> None:
        """Take the chain that begins with a signal, as far as its readers allow."""
        found: dict[int, Carry] = {}
        at: int | None = signal
        while at is not None and (carry := self._carry(at, before, found)):
            found[at] = carry
            before, at = at, self._behind(at)
        while found and not self._may_end(before, found):
            before = found.pop(before).before
        if found:
            self.found |= found
            self.taken |= {*_used(found), *self.readers[before]}
            self.starts.add(frozenset(self.cells[signal].fan_in))

    def _carry(self, signal: int, before: int, found: dict[int, Carry]) -> Carry | None:
        """A cell as the carry behind `before`, which is read by it and the LUT beside it alone."""
        one, other = (source for source in self.cells[signal].fan_in if source != before)
        others = [at for at in self.readers.get(before, ()) if at != signal]
        busy = {signal, *self.taken, *_used(found)}
        if signal in self.taken | self.ends or signal in _used(found) or len(others) > 1:
            return None
        for beside in others or self.readers[one]:
            carry = Carry(one, other, before, beside)
            if beside not in busy and self._fits(carry, signal, found):
                return carry
        return None

    def _fits(self, carry: Carry, signal: int, found: Collection[int]) -> bool:
        """Whether the LUT beside a carry reads what the cell's pins leave it."""
        cell = self.cells[carry.beside]
        rest = {*cell.fan_in} - {carry.one, carry.other, carry.before}
        stages = {cell.stage, self.cells[signal].stage}
        if carry.before >= 0:
            stages.add(self.cells[carry.before].stage)
        return (
            {carry.one, carry.other} <= {*cell.fan_in}
            and len(rest) <= (2 if carry.before < 0 else 1)
            and len(stages) == 1
            and carry.before < carry.beside
            and not rest & {signal, *found, *self.found}
        )

    def _behind(self, signal: int) -> int | None:
        """The majority that reads a carry."""
        readers = self.readers.get(signal, ())
        return next((one for one in readers if _kind(self.cells[one]) == MAJORITY), None)

    def _may_end(self, signal: int, found: dict[int, Carry]) -> bool:
        """Whether the last carry of a chain is read by one LUT, which no other carry is beside."""
        readers = self.readers.get(signal, [])
        return (
            len(readers) == 1
            and readers[0] not in self.taken | _used(found)
            and self.cells[readers[0]].stage == self.cells[signal].stage
        )


def _kind(cell: Cell) -> tuple[int, int]:
    return len(cell.fan_in), cell.table


def _used(found: dict[int, Carry]) -> set[int]:
    return {*found, *(carry.beside for carry in found.values())}


def placed(netlist: Netlist) -> list[Cell]:
    """The cells as an iCE40 has them, those of three inputs being carries: two inputs and the carry
    before. All others are LUTs of four inputs, in the order that carries beside and before them
    need; what a LUT reads for these alone is without effect."""
    found = carries(netlist)
    beside = {carry.beside: carry for carry in found.values()}
    made = []
    for signal, cell in enumerate(netlist.cells, netlist.n_inputs):
        if signal in found:
            made.append(replace(cell, table=MAJORITY[1], fan_in=found[signal][:3]))
        else:
            last = next((one for one in cell.fan_in if one in found), None)
            order = _order(cell, beside.get(signal), last)
            made.append(replace(cell, table=_widened(cell, order), fan_in=order))
    return made


def _order(cell: Cell, carry: Carry | None, last: int | None) -> tuple[int, ...]:
    """What a LUT's four inputs read."""
    if carry is None:
        rest = [one for one in cell.fan_in if one != last]
        rest += [FALSE] * (4 - len(cell.fan_in))
        return (*rest, *([] if last is None else [last]))
    rest = [one for one in cell.fan_in if one not in carry[:3]]
    behind = rest.pop() if carry.before < 0 and len(rest) > 1 else max(FALSE, carry.before)
    return (rest[0] if rest else FALSE, carry.one, carry.other, behind)


def _widened(cell: Cell, order: tuple[int, ...]) -> int:
    """A cell's table over four inputs; what these read besides is without effect."""
    places = [order.index(source) for source in cell.fan_in]
    rows = (sum((row >> place & 1) << at for at, place in enumerate(places)) for row in range(16))
    return sum((cell.table >> own & 1) << row for row, own in enumerate(rows))
