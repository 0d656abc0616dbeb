"""Joining a netlist that was mapped in sections, cut at every activation, into a flat one."""

from graphlib import TopologicalSorter

from gen.map.assemble import Assembler, Wire
from gen.map.netlist import Netlist

__all__ = ["join_sections"]


def join_sections(netlist: Netlist) -> Netlist:
    """The netlist in which every input of an output's name is driven by that output.

    Cells are named afterwards, by `gen.map.names`, whichever way a netlist was made.
    """
    made = dict(netlist.outputs)
    cuts = {at: made[name] for at, name in enumerate(netlist.inputs) if name in made}
    inputs = [name for name in netlist.inputs if name not in made]
    assembler = Assembler(inputs)
    place = {name: at for at, name in enumerate(inputs)}
    wires: dict[int, Wire] = {-1: (-1, False), -2: (-2, False)}
    for at, name in enumerate(netlist.inputs):
        if at not in cuts:
            wires[at] = (place[name], False)
    for signal in _order(netlist, cuts):
        if signal in cuts:
            wires[signal] = wires[cuts[signal]]
        elif signal >= netlist.n_inputs:
            cell = netlist.cells[signal - netlist.n_inputs]
            sources = [wires[source] for source in cell.fan_in]
            wires[signal] = assembler.add(sources, cell.table)
    cut_names = {netlist.inputs[at] for at in cuts}
    ends = {name: wires[signal] for name, signal in netlist.outputs if name not in cut_names}
    return assembler.finish(ends, netlist.k)


def _order(netlist: Netlist, cuts: dict[int, int]) -> list[int]:
    """All signals, each after those it is made of."""
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for at, source in cuts.items():
        sorter.add(at, source)
    for signal, cell in enumerate(netlist.cells, netlist.n_inputs):
        sorter.add(signal, *cell.fan_in)
    return [signal for signal in sorter.static_order() if signal >= 0]
