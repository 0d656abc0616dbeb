"""Finding the network's activations again in a mapped netlist, and from them the layers.

No pass tracks names. A cell and an activation with the same simulation signature, on a few
thousand random vectors, are candidates; SAT sweeping then proves them, and only those proved are
named.
"""

from collections.abc import Container, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gen.console import say
from gen.logic.aiger import aiger_bytes, parse_aiger
from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Builder, Graph
from gen.logic.named import layer_of
from gen.logic.sections import cut_names, flatten
from gen.map.by_cuts import MANY, equal_by_cuts
from gen.map.netlist import Netlist
from gen.map.resynthesis.projected import Groups, valid_inputs
from gen.tools.abc import SWEEP, transform
from gen.tools.tool import ToolTimedOut

__all__ = ["ENCODER", "name_activations"]

VECTORS = 4096
SECONDS = 120.0
ENCODER = "encoder"
"""The layer of what compares sensors' integers."""


def name_activations(
    netlist: Netlist,
    sections: Graph,
    sensors: Sequence[tuple[int, int]] = (),
    without: Container[str] = (),
    groups: Groups = (),
) -> Netlist:
    """The netlist with cells named after the activations they are proved to be, on all inputs or on
    those that are valid by `groups` of bits.

    Every cell gets the first layer, in the order of the network, that needs it: that of an
    activation, or of an output ("score", "class"). `sensors` are the inputs, first and how many,
    that are an integer's bits: a cell that is made of one integer's bits alone, and is no
    activation of another layer, is of the "encoder". Layers in `without` are passed over, as if the
    graph were not cut there.
    """
    activations = [name for name in cut_names(sections) if layer_of(name) not in without]
    reference = flatten(sections, keep=activations)
    found = _candidates(netlist, reference, activations, groups)
    found = _proved(netlist, sections, reference, found, groups)
    named = [
        replace(cell, name=found.get(netlist.n_inputs + index))
        for index, cell in enumerate(netlist.cells)
    ]
    layered = _with_layers(netlist.with_cells(named), activations)
    return _with_encoder(layered, sensors) if sensors else layered


def _candidates(
    netlist: Netlist, reference: Graph, activations: Sequence[str], groups: Groups
) -> dict[int, str]:
    """Cell signals whose signature is that of an activation (the first of equal ones)."""
    words = _random_words(netlist, groups)
    values = dict(zip(reference.output_names, evaluate_words(reference, words), strict=True))
    by_signature: dict[bytes, str] = {}
    for name in activations:
        by_signature.setdefault(values[name].tobytes(), name)
    signals = range(netlist.n_inputs, netlist.n_inputs + len(netlist.cells))
    outputs = tuple((f"s{s}", s) for s in signals)
    probe = replace(netlist, outputs=outputs, registers=()).to_graph()
    found: dict[int, str] = {}
    for signal, row in zip(signals, evaluate_words(probe, words), strict=True):
        if row.tobytes() in by_signature:
            found[signal] = by_signature.pop(row.tobytes())
    return found


def _random_words(netlist: Netlist, groups: Groups) -> NDArray[np.uint64]:
    """Valid inputs (inputs, words), a bit a vector; of a group about as many of each code."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**64, (netlist.n_inputs, VECTORS // 64), dtype=np.uint64)
    for kind, group in groups:
        count = len(group) + (kind == "thermometer")
        at = rng.integers(0, count, VECTORS)
        for place, bit in enumerate(group):
            ones = at > place if kind == "thermometer" else at == place
            words[bit] = np.packbits(ones, bitorder="little").view("<u8")
    return words


def _proved(
    netlist: Netlist, sections: Graph, reference: Graph, found: dict[int, str], groups: Groups
) -> dict[int, str]:
    """Those candidates that are the activations: sweeping makes their difference constant 0."""
    outputs = tuple((name, s) for s, name in found.items())
    mine = replace(netlist, outputs=outputs, registers=()).to_graph()
    if not groups and mine.n_ands >= MANY:
        proved = equal_by_cuts(sections, mine, SECONDS)
        return {signal: name for signal, name in found.items() if name in proved}
    b = Builder()
    inputs = valid_inputs(b, [b.input(name) for name in netlist.inputs], groups)
    own = dict(zip(mine.output_names, b.import_graph(mine, inputs), strict=True))
    meant = dict(zip(reference.output_names, b.import_graph(reference, inputs), strict=True))
    for name in found.values():
        b.output(name, b.xor(own[name], meant[name]))
    differences = aiger_bytes(b.graph(), symbols=False)
    try:
        made = transform(differences, SWEEP, "out.aig", SECONDS)
    except ToolTimedOut:
        say(f"  activations are not named: no proof of which they are in {SECONDS:g} s")
        return {}
    swept = parse_aiger(made, "ABC's result")
    pairs = zip(found.items(), swept.outputs.tolist(), strict=True)
    return {signal: name for (signal, name), literal in pairs if literal == 0}


def _with_layers(netlist: Netlist, activations: Sequence[str]) -> Netlist:
    ends = [layer_of(name) for name, _ in reversed(netlist.outputs)]
    order = list(dict.fromkeys([*map(layer_of, activations), *ends]))
    rank = [len(order) - 1] * len(netlist.cells)
    for name, signal in netlist.outputs:
        if signal >= netlist.n_inputs:
            at = signal - netlist.n_inputs
            rank[at] = min(rank[at], order.index(layer_of(name)))
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


def _with_encoder(netlist: Netlist, sensors: Sequence[tuple[int, int]]) -> Netlist:
    several = -1
    reads: list[int] = [several] * netlist.n_inputs  # the one integer that a signal is made of
    for number, (first, width) in enumerate(sensors):
        reads[first : first + width] = [number] * width
    cells = []
    for cell in netlist.cells:
        made_of = {reads[signal] for signal in cell.fan_in}
        reads.append(made_of.pop() if len(made_of) == 1 else several)
        own = cell.name is None or layer_of(cell.name) == ENCODER
        cells.append(replace(cell, layer=ENCODER) if own and reads[-1] != several else cell)
    return netlist.with_cells(cells)
