"""Windows of a netlist: all cells that are functions of a few signals, cut out and put back."""

from collections.abc import Collection
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from gen.map.assemble import Assembler, Wire
from gen.map.netlist import TRUE, Cell, Netlist
from gen.map.resynthesis.standing import Depth

__all__ = ["Open", "Window"]

SLACK = 4
"""Leaves too many on the way to fewer."""
WIRE = 0b10


@dataclass(frozen=True)
class Window:
    """Cells by their signals, that read these leaves and each other, in order; `roots` are those
    that are read elsewhere. No leaf depends on one of the cells."""

    leaves: tuple[int, ...]
    cells: tuple[int, ...]
    roots: tuple[int, ...]


class Open:
    """A netlist whose signals keep their numbers while windows of it are exchanged."""

    def __init__(self, netlist: Netlist) -> None:
        self.given, self.first = netlist, netlist.n_inputs
        self.cells = dict(enumerate(netlist.cells, self.first))
        self.order = list(self.cells)
        self.next = self.first + len(self.cells)
        self.ends = [end for _, end in netlist.outputs]

    def windows(self, most: int) -> list[tuple[int, ...]]:
        """The leaves of windows of at most so many, those of the most cells first; each of them
        has cells of which most are in none before it."""
        found = {self.leaves(cell, most) for cell in self.order}
        inside = {leaves: set(self.inside(leaves)) for leaves in found}
        covered: set[int] = set()
        chosen = []
        for leaves in sorted(inside, key=lambda one: (-len(inside[one]), sorted(one))):
            own = inside[leaves]
            if len(own) > 1 and len(own - covered) * 2 > len(own):
                covered |= own
                chosen.append(tuple(sorted(leaves)))
        return chosen

    def leaves(self, cell: int, most: int) -> frozenset[int]:
        """At most so many signals that a cell is a function of, as far from it as can be found."""
        leaves = set(self.cells[cell].fan_in)
        best = frozenset(leaves)
        while len(leaves) <= most + SLACK:
            if len(leaves) <= most:
                best = frozenset(leaves)
            ways = [
                (len({*self.cells[leaf].fan_in} - leaves), -leaf)
                for leaf in leaves
                if leaf in self.cells
            ]
            if not ways:
                break
            leaf = -min(ways)[1]
            leaves.remove(leaf)
            leaves |= {*self.cells[leaf].fan_in}
        return best

    def inside(self, leaves: Collection[int]) -> list[int]:
        """The cells that are functions of some signals, none of which depends on them, in order."""
        before, stack = set[int](), list(leaves)
        while stack:
            at = stack.pop()
            if at in self.cells and at not in before:
                before.add(at)
                stack += self.cells[at].fan_in
        made, found = set(leaves), []
        for at in self.order:
            if at not in before and made.issuperset(self.cells[at].fan_in):
                made.add(at)
                found.append(at)
        return found

    def window(self, leaves: tuple[int, ...]) -> Window | None:
        """The window of these leaves; None where one is no longer there."""
        if any(leaf not in self.cells and leaf >= self.first for leaf in leaves):
            return None
        cells = self.inside(leaves)
        inside, read = set(cells), set(self.ends)
        for at, cell in self.cells.items():
            if at not in inside:
                read.update(cell.fan_in)
        return Window(leaves, tuple(cells), tuple(one for one in cells if one in read))

    def cut(self, window: Window) -> Netlist:
        """A window as a netlist, whose outputs are the roots."""
        place = {signal: at for at, signal in enumerate((*window.leaves, *window.cells))}
        cells = [self.cells[signal] for signal in window.cells]
        return Netlist(
            tuple(f"i{leaf}" for leaf in window.leaves),
            tuple((f"o{root}", place[root]) for root in window.roots),
            tuple(Cell(one.table, tuple(place[s] for s in one.fan_in)) for one in cells),
            self.given.k,
        )

    def depth(self, window: Window, most: int) -> Depth:
        """What a window may be, for no path of the whole to be longer than so many cells."""
        before = dict.fromkeys(range(TRUE, self.first), 0)
        for at in self.order:
            before[at] = 1 + max(before[one] for one in self.cells[at].fan_in)
        inside, after = {*window.cells}, dict.fromkeys(before, 0)
        for at in reversed(self.order):
            for one in self.cells[at].fan_in if at not in inside else ():
                after[one] = max(after[one], after[at] + 1)
        return Depth(
            most,
            tuple(before[one] for one in window.leaves),
            tuple(after[one] for one in window.roots),
        )

    def exchange(self, window: Window, made: Netlist) -> None:
        """Put a netlist of the same function in a window's place, where that closes no loop."""
        before = self.cells, self.order, self.next
        self.cells = {at: cell for at, cell in self.cells.items() if at not in {*window.cells}}
        place = dict(enumerate(window.leaves))
        wires: list[tuple[int, int]] = []
        ends = [end for _, end in made.outputs]
        for root, end in zip(window.roots, ends, strict=True):
            if end >= made.n_inputs and end not in place:
                place[end] = root
            else:
                wires.append((root, end))
        for at, cell in enumerate(made.cells, made.n_inputs):
            if at not in place:
                place[at], self.next = self.next, self.next + 1
            self.cells[place[at]] = Cell(cell.table, tuple(place[one] for one in cell.fan_in))
        for root, end in wires:
            table = WIRE if end >= 0 else 0b11 if end == TRUE else 0
            self.cells[root] = Cell(table, (place[max(0, end)],))
        try:
            self.order = self.sorted()
        except CycleError:
            self.cells, self.order, self.next = before

    def sorted(self) -> list[int]:
        """Cells, each after those that it reads."""
        sorter: TopologicalSorter[int] = TopologicalSorter()
        for signal, cell in self.cells.items():
            sorter.add(signal, *cell.fan_in)
        return [at for at in sorter.static_order() if at in self.cells]

    def netlist(self) -> Netlist:
        """The netlist as it is now."""
        assembler = Assembler(self.given.inputs)
        wires: dict[int, Wire] = {at: (at, False) for at in range(TRUE, self.first)}
        for at in self.order:
            cell = self.cells[at]
            wires[at] = assembler.add([wires[one] for one in cell.fan_in], cell.table)
        ends = {name: wires[end] for name, end in self.given.outputs}
        return assembler.finish(ends, self.given.k)
