"""The JSON beside a graph: what its signals are, and what was checked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gen.files import FileDamaged, read_json
from gen.intnet.network import Conv, IntNet, Linear, Words
from gen.logic.aiger import Register
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.logic.sections import cut_names
from gen.melt.melt import output_names, registers
from gen.melt.values import bit_names

__all__ = ["FORMAT", "describe", "interface", "read_sidecar"]

FORMAT = "smelt-graph-1"


def describe(net: IntNet, graph: Graph, outputs: Sequence[str]) -> dict[str, Any]:
    """Inputs, outputs, cuts (activations), the care set and the shape of the outputs.

    `care` says which inputs are valid (null: all are); `registers` are the state bits of a
    recurrent network: input, output that holds the next value, reset value. `feedback`, where the
    network can write a sequence by itself and answers its class first, names the inputs that the
    class is fed back to, lowest bit first. `sensors`, where there are integers that come as their
    bits, are the first input and the number of bits of each.
    """
    cuts = set(cut_names(graph))
    value: dict[str, Any] = {
        "format": FORMAT,
        "inputs": [name for name in graph.input_names if name not in cuts],
        "outputs": [name for name in graph.output_names if name not in cuts],
        "cuts": [name for name in graph.input_names if name in cuts],
        "registers": [list(register) for register in registers(net)],
        "care": net.meta.get("care"),
        "classes": net.n_classes if net.decision else 0,
        "score_width": net.score_width if net.score in outputs else 0,
        "weights": _weights(net),
        "ands": graph.n_ands,
        "depth": graph.depth,
    }
    first = net.decision is not None and outputs[0] == net.decision.name
    if net.meta.get("feedback") and first:
        value["feedback"] = [value["inputs"][bit] for bit in net.meta["feedback"]]
    words = [node for node in net.nodes if isinstance(node, Words) and node.inputs == ("x",)]
    if words:
        rows = {row for node in words for row in zip(node.first, node.width, strict=True) if row[1]}
        value["sensors"] = sorted([int(first), int(width)] for first, width in rows)
    return value


def interface(net: IntNet, outputs: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the inputs and outputs that a melted graph must have, in their order."""
    words = bit_names("x", net.n_inputs, net.input_bits)
    if net.states:
        words += [[RESET], [one.name for one in registers(net)]]
    cuts: list[str] = []
    reached = net.reached(outputs)
    for node in net.activations:
        names = bit_names(node.name, node.size, net.signals[node.name].bits)
        cuts += sum((names[element] for element in reached[node.name]), [])
    ends = [name for one in outputs for word in output_names(net, one) for name in word]
    ends += [one.next for one in registers(net)]
    return (*sum(words, []), *cuts), (*cuts, *ends)


def _weights(net: IntNet) -> dict[str, Any]:
    """How many weights there are, how many are not zero, and their bits in each layer."""
    layers = [node.weight for node in net.nodes if isinstance(node, (Linear, Conv))]
    widths = [int(max(w.max(), ~w.min(), 0)).bit_length() + 1 for w in layers]
    return {
        "total": sum(w.size for w in layers),
        "nonzero": sum(int(np.count_nonzero(w)) for w in layers),
        "bits": widths,
    }


def read_sidecar(path: Path | str) -> tuple[dict[str, Any], list[str], list[Register]]:
    """The JSON beside a graph; its cuts, and its registers.

    Raises FileDamaged where it is missing, cut short, of another format or version.
    """
    value = read_json(path, FORMAT)
    cuts, found = value.get("cuts"), value.get("registers")
    if not isinstance(cuts, list) or not all(isinstance(cut, str) for cut in cuts):
        raise _damaged(path, "cuts", "a list of names")
    if not isinstance(found, list) or not all(_is_register(row) for row in found):
        raise _damaged(path, "registers", "a list of [input, output, reset]")
    inputs, sensors = value.get("inputs"), value.get("sensors", [])
    count = len(inputs) if isinstance(inputs, list) else 0
    if not isinstance(sensors, list) or not all(_is_sensor(row, count) for row in sensors):
        raise _damaged(path, "sensors", "a list of [first input, number of bits]")
    return value, cuts, [Register(*row) for row in found]


def _is_sensor(row: Any, inputs: int) -> bool:
    pair = isinstance(row, list) and [type(part) for part in row] == [int, int]
    return pair and row[0] >= 0 and 0 < row[1] <= inputs - row[0]


def _is_register(row: Any) -> bool:
    return isinstance(row, list) and [type(part) for part in row] == [str, str, int]


def _damaged(path: Path | str, key: str, expected: str) -> FileDamaged:
    return FileDamaged(
        f"{path}: {key!r} is not {expected}: damaged or of another version; run"
        " `python -m gen melt` again"
    )
