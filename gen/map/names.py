"""Finding the network's activations again in a mapped netlist, and from them the layers.

No pass tracks names. A cell and an activation with the same simulation signature, on a few
thousand random vectors, are candidates; all candidates are then proved at once by SAT sweeping,
and none is named where that proof fails.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gen.logic.aiger import aiger_bytes
from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten, layer_of
from gen.map.netlist import Netlist
from gen.tools.abc import prove_equal

__all__ = ["name_activations"]

VECTORS = 4096


def name_activations(netlist: Netlist, sections: Graph, last: str = "class") -> Netlist:
    """The netlist with cells named after the activations they are proved to be.

    Every cell gets the first layer, in the order of the network, that needs it; cells that no
    named activation needs belong to the layer called `last`.
    """
    activations = cut_names(sections)
    reference = flatten(sections, keep=activations)
    found = _candidates(netlist, reference, activations)
    if found and not _proved(netlist, reference, found):
        found = {}
    named = [
        replace(cell, name=found.get(netlist.n_inputs + index))
        for index, cell in enumerate(netlist.cells)
    ]
    return _with_layers(netlist.with_cells(named), activations, last)


def _candidates(
    netlist: Netlist, reference: Graph, activations: Sequence[str]
) -> dict[int, str]:
    """Cell signals whose signature is that of an activation (the first of equal ones)."""
    rng = np.random.default_rng(0)
    shape = (netlist.n_inputs, VECTORS // 64)
    words = rng.integers(0, 2**64, shape, dtype=np.uint64)
    values = dict(zip(reference.output_names, evaluate_words(reference, words), strict=True))
    by_signature: dict[bytes, str] = {}
    for name in activations:
        by_signature.setdefault(values[name].tobytes(), name)
    signals = range(netlist.n_inputs, netlist.n_inputs + len(netlist.cells))
    probe = replace(netlist, outputs=tuple((f"s{s}", s) for s in signals)).to_graph()
    found: dict[int, str] = {}
    for signal, row in zip(signals, evaluate_words(probe, words), strict=True):
        name = by_signature.pop(row.tobytes(), None)
        if name is not None:
            found[signal] = name
    return found


def _proved(netlist: Netlist, reference: Graph, found: dict[int, str]) -> bool:
    """Whether all candidates are the activations, by one proof."""
    mine = replace(netlist, outputs=tuple((name, s) for s, name in found.items())).to_graph()
    place = {name: at for at, name in enumerate(reference.output_names)}
    literals = reference.outputs[[place[name] for name in found.values()]]
    theirs = Graph(reference.input_names, tuple(found.values()), reference.fan_in, literals)
    return prove_equal(aiger_bytes(mine, False), aiger_bytes(theirs, False))


def _with_layers(netlist: Netlist, activations: Sequence[str], last: str) -> Netlist:
    order = [*dict.fromkeys(layer_of(name) for name in activations), last]
    rank = [len(order) - 1] * len(netlist.cells)
    for index in reversed(range(len(netlist.cells))):
        cell = netlist.cells[index]
        if cell.name is not None:
            rank[index] = min(rank[index], order.index(layer_of(cell.name)))
        for signal in cell.fan_in:
            at = signal - netlist.n_inputs
            if at >= 0:
                rank[at] = min(rank[at], rank[index])
    cells = zip(netlist.cells, rank, strict=True)
    return netlist.with_cells(replace(cell, layer=order[place]) for cell, place in cells)
