"""The integer network as a file (`net.npz`), version 2: the import format.

A NumPy archive without pickles; `FORMAT.md` beside this file is its specification, with an example
of every node. `network` is a JSON string that lists nodes and states; their arrays are entries
named `<node>/<array>`. Version 1 (single-input nodes, no states) is read too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays, write_arrays
from gen.files import FileDamaged
from gen.intnet.network import NODES, IntNet, State
from gen.intnet.node import NetError, Node
from gen.intnet.simple import from_simple, is_simple

__all__ = ["FORMAT", "load", "save"]

FORMAT = "smelt-net-2"
READ = ("smelt-net-1", FORMAT)


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
        {"op": node.op, "name": node.name, "inputs": list(node.inputs)}
        | {option: getattr(node, option) for option in node.OPTIONS}
        for node in net.nodes
    ]
    states = [
        {"name": s.name, "next": s.next, "bits": s.bits, "signed": s.signed} for s in net.states
    ]
    top = {"format": FORMAT, "n_inputs": net.n_inputs, "input_bits": net.input_bits}
    top |= {"input_signed": net.input_signed, "nodes": nodes, "states": states}
    return json.dumps(top | {"outputs": list(net.outputs), "meta": net.meta})


def load(path: Path | str) -> IntNet:
    """Read a network in this format or the simple one; raises NetError on anything wrong."""
    path = Path(path)
    try:
        arrays = read_arrays(path)
    except FileDamaged as error:
        raise NetError(str(error)) from None
    try:
        return from_simple(arrays, path.stem) if is_simple(arrays) else _parse(arrays)
    except NetError as error:
        raise NetError(f"{path}: {error}") from None


def _parse(arrays: Mapping[str, NDArray[Any]]) -> IntNet:
    if "network" not in arrays:
        raise NetError(
            "no `network` entry and not the simple format (w1, T, w2, b2);"
            f" it holds {', '.join(sorted(arrays)) or 'nothing'}"
        )
    try:
        top = json.loads(str(arrays["network"]))
    except ValueError as error:
        raise NetError(f"its `network` entry is not JSON ({error})") from None
    if not isinstance(top, dict):
        raise NetError(f"its `network` entry is a JSON {type(top).__name__}, not an object")
    if top.get("format") not in READ:
        raise NetError(f"format is {top.get('format')!r}, this version reads {' and '.join(READ)}")
    try:
        nodes = tuple(_node(row, arrays) for row in top["nodes"])
        states = tuple(_state(row, arrays) for row in top.get("states", ()))
        shape = (int(top["n_inputs"]), nodes, int(top["input_bits"]), bool(top["input_signed"]))
        outputs = tuple(str(name) for name in top.get("outputs", ()))
        return IntNet(*shape, dict(top["meta"]), states, outputs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NetError(f"its description lacks or mistypes {error}") from None


def _node(row: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Node:
    name, inputs, op = str(row["name"]), tuple(row["inputs"]), row["op"]
    if op not in NODES:
        raise NetError(f"{name}: unknown op {op!r}; known are {', '.join(NODES)}")
    kind = NODES[op]
    held = {what: arrays[f"{name}/{what}"] for what in kind.ARRAYS}
    held |= {option: read(row[option]) for option, read in kind.OPTIONS.items()}
    return kind(name, inputs, **held)


def _state(row: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> State:
    name = str(row["name"])
    return State(
        name, str(row["next"]), arrays[f"{name}/reset"], int(row["bits"]), bool(row["signed"])
    )
