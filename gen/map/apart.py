"""A netlist in two parts: carries with all that reads them, and the cells before these.

What makes a netlist smaller knows LUTs alone, and would take a chain of carries apart. So it is
given the cells before the chains only (`gen.map.carries`).
"""

from dataclasses import dataclass

from gen.map.assemble import Assembler, Wire
from gen.map.carries import carries
from gen.map.netlist import TRUE, Cell, Netlist

__all__ = ["Parts", "apart"]


@dataclass(frozen=True)
class Parts:
    """A netlist, the signals of its cells before the carries that the others or its outputs read,
    and the netlist that makes these, an output for each."""

    whole: Netlist
    read: tuple[int, ...]
    before: Netlist
    behind: tuple[int, ...]

    def joined(self, before: Netlist) -> Netlist:
        """The whole with another netlist of the same function in place of `before`."""
        if not self.behind:
            return before
        assembler, first = Assembler(before.inputs), before.n_inputs
        wires: dict[int, Wire] = {at: (at, False) for at in range(TRUE, first)}
        known = dict(wires)
        for at, cell in enumerate(before.cells, first):
            wires[at] = assembler.add([wires[one] for one in cell.fan_in], cell.table)
        known |= {at: wires[end] for at, (_, end) in zip(self.read, before.outputs, strict=True)}
        for at in self.behind:
            cell = self.whole.cells[at - first]
            known[at] = assembler.add([known[one] for one in cell.fan_in], cell.table)
        return assembler.finish({name: known[end] for name, end in self.whole.outputs}, before.k)


def apart(netlist: Netlist) -> Parts:
    """The parts of a netlist without registers; one that has no carries is all before."""
    first, behind = netlist.n_inputs, set(carries(netlist))
    if not behind:
        return Parts(netlist, (), netlist, ())
    for at, cell in enumerate(netlist.cells, first):
        if not behind.isdisjoint(cell.fan_in):
            behind.add(at)
    ends = {end for _, end in netlist.outputs}
    ends |= {one for at in behind for one in netlist.cells[at - first].fan_in}
    read = sorted(end for end in ends - behind if end >= first)
    place = {at: at for at in range(TRUE, first)}
    cells: list[Cell] = []
    for at, cell in enumerate(netlist.cells, first):
        if at not in behind:
            place[at] = first + len(cells)
            cells.append(Cell(cell.table, tuple(place[one] for one in cell.fan_in)))
    outputs = tuple((f"read {at}", place[at]) for at in read)
    before = Netlist(netlist.inputs, outputs, tuple(cells), netlist.k)
    return Parts(netlist, tuple(read), before, tuple(sorted(behind)))
