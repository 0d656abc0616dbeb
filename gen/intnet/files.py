"""The integer network as a file (`net.npz`): the import format.

A NumPy archive without pickles; `FORMAT.md` beside this file is its specification, with an example
of every node. `network` is a JSON string that lists nodes and states; their arrays are entries
named `<node>/<array>`. Version 3 is version 2 with the node `words`, wider codes and weights,
tables of constants and an argmax that takes the last of equals, and written where one of these is
there; version 1 (single-input nodes, no states) is read too.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays, write_arrays
from gen.files import FileDamaged
from gen.intnet.entries import Reading, mapping, names, rows, text
from gen.intnet.meta import check_meta
from gen.intnet.network import NODES, Argmax, IntNet, Levels, State, Table, Words
from gen.intnet.node import NetError, Node, flag, integer
from gen.intnet.simple import from_simple, is_simple

__all__ = ["FORMAT", "load", "save"]

FORMAT, WIDE = "smelt-net-2", "smelt-net-3"
READ = ("smelt-net-1", FORMAT, WIDE)
OF_2 = 8
"""Most bits of a code in version 2, whose arrays but edges, biases and wiring are int8."""


def save(net: IntNet, path: Path | str) -> None:
    """Write the network, whole or not at all, the same bytes for the same network."""
    arrays: dict[str, NDArray[Any]] = {"network": np.array(_describe(net))}
    for node in net.nodes:
        for what in node.ARRAYS:
            arrays[f"{node.name}/{what}"] = getattr(node, what)
    for state in net.states:
        arrays[f"{state.name}/reset"] = state.reset
    write_arrays(path, arrays)


def _describe(net: IntNet) -> str:
    nodes = [
        {"op": node.op, "name": node.name, "inputs": list(node.inputs)} | _options(node)
        for node in net.nodes
    ]
    states = [
        {"name": s.name, "next": s.next, "bits": s.bits, "signed": s.signed} for s in net.states
    ]
    top = {
        "format": WIDE if _is_wide(net) else FORMAT,
        "n_inputs": net.n_inputs,
        "input_bits": net.input_bits,
    }
    top |= {"input_signed": net.input_signed}
    top |= {"nodes": nodes, "states": states}
    return json.dumps(top | {"outputs": list(net.outputs), "meta": net.meta})


def _options(node: Node) -> dict[str, Any]:
    found = {option: getattr(node, option) for option in node.OPTIONS}
    return {key: value for key, value in found.items() if node.DEFAULTS.get(key) != value}


def _is_wide(net: IntNet) -> bool:
    """Whether version 2 has no way to write the network."""
    coded = (*net.states, *(node for node in net.nodes if isinstance(node, (Levels, Table))))
    small = [getattr(node, what) for node in net.nodes for what in node.SMALL]
    small += [state.reset for state in net.states]
    return (
        max(net.input_bits, *(one.bits for one in coded), 0) > OF_2
        or any(array.dtype != np.int8 for array in small)
        or any(isinstance(node, Words) for node in net.nodes)
        or any(isinstance(node, Argmax) and node.last for node in net.nodes)
        or any(isinstance(node, Table) and not node.wiring.size for node in net.nodes)
    )


def load(path: Path | str) -> IntNet:
    """Read a network in this format or the simple one; raises NetError on anything wrong."""
    path = Path(path)
    try:
        arrays = read_arrays(path)
    except FileDamaged as error:
        hint = "; a network's file is as gen/intnet/FORMAT.md has it" if path.exists() else ""
        raise NetError(f"{error}{hint}") from None
    try:
        net = from_simple(arrays, path.stem) if is_simple(arrays) else _parse(arrays)
        check_meta(net)
    except NetError as error:
        raise NetError(f"{path}: {error}") from None
    return replace(net, folder=path.parent)


def _parse(arrays: Mapping[str, NDArray[Any]]) -> IntNet:
    if "network" not in arrays:
        raise NetError(
            "no `network` entry and not the simple format (w1, T, w2, b2);"
            f" it holds {', '.join(sorted(arrays)) or 'nothing'}"
        )
    try:
        top = json.loads(str(arrays["network"]))
    except (ValueError, RecursionError) as error:
        raise NetError(f"its `network` entry is not JSON ({error})") from None
    if not isinstance(top, dict):
        raise NetError(f"its `network` entry is a JSON {type(top).__name__}, not an object")
    if top.get("format") not in READ:
        raise NetError(f"format is {top.get('format')!r}, this version reads {', '.join(READ)}")
    at = Reading(arrays, "its description")
    shape = (
        at.entry(top, "n_inputs", integer),
        tuple(_node(at, place, row) for place, row in enumerate(at.entry(top, "nodes", rows))),
        at.entry(top, "input_bits", integer),
        at.entry(top, "input_signed", flag),
        at.entry(top, "meta", mapping),
    )
    states = at.entry({"states": []} | top, "states", rows)
    outputs = at.entry({"outputs": []} | top, "outputs", names)
    made = tuple(_state(at, place, row) for place, row in enumerate(states))
    return IntNet(*shape, made, outputs)


def _node(top: Reading, place: int, row: Mapping[str, Any]) -> Node:
    at, name = top.named("node", place, row)
    op = at.entry(row, "op", text)
    if op not in NODES:
        raise NetError(f"{name}: unknown op {op!r}; known are {', '.join(NODES)}")
    kind = NODES[op]
    inputs = at.entry(row, "inputs", names)
    held: dict[str, Any] = {what: at.array(name, what) for what in kind.ARRAYS}
    given = {**kind.DEFAULTS, **row}
    held |= {option: at.entry(given, option, read) for option, read in kind.OPTIONS.items()}
    return kind(name, inputs, **held)


def _state(top: Reading, place: int, row: Mapping[str, Any]) -> State:
    at, name = top.named("state", place, row)
    after, reset = at.entry(row, "next", text), at.array(name, "reset")
    return State(name, after, reset, at.entry(row, "bits", integer), at.entry(row, "signed", flag))
