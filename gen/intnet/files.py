"""The integer network as a file (`net.npz`), version 1: the import format.

A NumPy archive without pickles. `network` is a JSON string:

    {"format": "smelt-net-1", "n_inputs": 64, "input_bits": 1, "input_signed": false,
     "nodes": [{"op": "linear", "name": "layer1.sum", "inputs": ["x"]},
               {"op": "levels", "name": "layer1", "inputs": ["layer1.sum"], "bits": 1,
                "signed": false},
               {"op": "linear", "name": "score", "inputs": ["layer1"]},
               {"op": "argmax", "name": "class", "inputs": ["score"]}],
     "meta": {...}}

Each node's arrays are entries named `<node>/<array>`: `layer1.sum/weight` int8 (out, in),
`layer1.sum/bias` int32 (out,), `layer1/edges` int32 (n, L), `layer1/codes` int8 (n, L + 1).
What a node computes is `gen.intnet.interpret`; `gen.intnet.simple` reads a smaller format.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.arrays import read_arrays, write_arrays
from gen.files import FileDamaged
from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError, Node
from gen.intnet.simple import from_simple, is_simple

__all__ = ["FORMAT", "load", "save"]

FORMAT = "smelt-net-1"


def save(net: IntNet, path: Path | str) -> None:
    """Write the network, whole or not at all, the same bytes for the same network."""
    arrays: dict[str, NDArray[Any]] = {"network": np.array(_describe(net))}
    for node in net.nodes:
        for what, array in _arrays(node).items():
            arrays[f"{node.name}/{what}"] = array
    write_arrays(path, arrays)


def _describe(net: IntNet) -> str:
    nodes = []
    for node in net.nodes:
        row: dict[str, Any] = {"op": type(node).__name__.lower(), "name": node.name}
        row["inputs"] = list(node.inputs)
        if isinstance(node, Levels):
            row |= {"bits": node.bits, "signed": node.signed}
        nodes.append(row)
    top = {"format": FORMAT, "n_inputs": net.n_inputs, "input_bits": net.input_bits}
    return json.dumps(top | {"input_signed": net.input_signed, "nodes": nodes, "meta": net.meta})


def _arrays(node: Node) -> dict[str, NDArray[Any]]:
    if isinstance(node, Linear):
        return {"weight": node.weight, "bias": node.bias}
    if isinstance(node, Levels):
        return {"edges": node.edges, "codes": node.codes}
    return {}


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
    if top.get("format") != FORMAT:
        raise NetError(f"format is {top.get('format')!r}, this version reads {FORMAT!r}")
    try:
        nodes = tuple(_node(row, arrays) for row in top["nodes"])
        shape = (int(top["n_inputs"]), nodes, int(top["input_bits"]), bool(top["input_signed"]))
        return IntNet(*shape, meta=dict(top["meta"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NetError(f"its description lacks or mistypes {error}") from None


def _node(row: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Node:
    name, inputs = str(row["name"]), tuple(row["inputs"])
    match row["op"]:
        case "linear":
            return Linear(name, inputs, arrays[f"{name}/weight"], arrays[f"{name}/bias"])
        case "levels":
            steps = arrays[f"{name}/edges"], arrays[f"{name}/codes"]
            return Levels(name, inputs, *steps, int(row["bits"]), bool(row["signed"]))
        case "argmax":
            return Argmax(name, inputs)
    raise NetError(f"{name}: unknown op {row['op']!r}; known are linear, levels, argmax")
