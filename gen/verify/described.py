"""Descriptions beside the networks: what a file says is made anew and compared, entry by entry.

Logic that is proved equal says nothing about what its bits mean, which inputs are sent, how a class
is called. All of that follows from the network, or from the trained one where it is there.
"""

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gen.arrays import read_arrays
from gen.errors import SmeltError
from gen.files import FileDamaged, read_json
from gen.intnet.files import load, save
from gen.intnet.network import IntNet
from gen.logic.aiger import Register, aiger_bytes
from gen.logic.graph import Graph, GraphError
from gen.map.netlist import Netlist
from gen.melt.sidecar import FORMAT, describe, interface, read_sidecar
from gen.nets.freezing.freeze import freeze_model
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.nets.store import load_model
from gen.proof.chain import FAILED, PROVED, Found

__all__ = [
    "differing",
    "frozen_again",
    "graphs_described",
    "melted_described",
    "netlist_described",
    "vectors_again",
]

DONE = {"checks", "seconds"}
"""What a sidecar says of how it was made."""


def differing(
    where: str, value: dict[str, Any], wanted: dict[str, Any], without: Iterable[str] = ()
) -> str:
    """What is wrong with a description, in words: its first entry that is not the wanted one, one
    that lacks, or one that nobody knows. Entries `without` meaning here are passed over."""
    for key in sorted({*value, *wanted} - {*without}):
        if key not in wanted:
            return f"{where}: entry {key!r} is unknown: made by another version, or edited"
        if key not in value:
            return f"{where}: entry {key!r} is missing; make it again"
        if json.dumps(value[key], sort_keys=True) != json.dumps(wanted[key], sort_keys=True):
            return f"{where}: {key!r} is {_short(value[key])}, and should be {_short(wanted[key])}"
    return ""


def _short(value: Any) -> str:
    shown = json.dumps(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _judged(how: str, fault: str) -> Found:
    return Found(FAILED if fault else PROVED, how, fault)


def frozen_again(build: Path, net: IntNet) -> Found:
    """net.npz is what freezing model.json gives: names of classes, encoder and care set too."""
    how = "model.json frozen again, every array and entry"
    try:
        made = freeze_model(load_model(build / "model.json"))
        fault = _other_network(made, net)
    except SmeltError as error:
        fault = str(error)
    return _judged(how, fault)


def _other_network(made: IntNet, net: IntNet) -> str:
    with tempfile.TemporaryDirectory(prefix="smelt-net-") as folder:
        files = [Path(folder) / name for name in ("made.npz", "net.npz")]
        for one, path in zip((made, net), files, strict=True):
            save(one, path)
        wanted, given = (read_arrays(path) for path in files)
        fault = differing("net.npz", load(files[1]).meta, load(files[0]).meta)
    return fault or _other_arrays("net.npz", dict(given), dict(wanted))


def _other_arrays(where: str, given: dict[str, Any], wanted: dict[str, Any]) -> str:
    for key in sorted({*given, *wanted}):
        one, other = given.get(key), wanted.get(key)
        if one is None or other is None or one.dtype != other.dtype:
            return f"{where}: array {key!r} is missing, unknown or of another type; make it again"
        if not np.array_equal(one, other):
            return f"{where}: array {key!r} is another; make it again"
    return ""


def melted_described(
    net: IntNet, melted: Graph, value: dict[str, Any], outputs: list[str]
) -> Found:
    """The melted graph has the network's inputs and answers in order, and melted.json says so."""
    how = f"{melted.n_inputs} inputs, {len(melted.outputs)} outputs, {len(value)} entries made anew"
    made = {"inputs": list(melted.input_names), "outputs": list(melted.output_names)}
    names = dict(zip(made, map(list, interface(net, outputs)), strict=True))
    fault = differing("melted.aig", made, names)
    return _judged(
        how, fault or differing("melted.json", value, describe(net, melted, outputs), DONE)
    )


def vectors_again(path: Path, net: IntNet, outputs: list[str]) -> Found:
    """All that a vectors file holds, labels of the test set too, is what the frozen PyTorch
    network gives again."""
    file = read_arrays(path)
    try:
        drawn = json.loads(str(file["meta"]))["random"]
        count, seed = int(drawn["count"]), int(drawn["seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise FileDamaged(f"{path}: not a vectors file ({error}); make it again") from None
    with tempfile.TemporaryDirectory(prefix="smelt-vectors-") as folder:
        again = Path(folder) / "vectors.npz"
        save_vectors(make_vectors(net, count, seed, outputs), again)
        wanted = dict(read_arrays(again))
    given = {name: array for name, array in file.items() if name != "meta"}
    del wanted["meta"]
    rows = len(given.get("inputs", ()))
    return _judged(f"{rows:,} rows made anew", _other_arrays(path.name, given, wanted))


def graphs_described(build: Path, graphs: dict[str, Graph]) -> Found:
    """sections.json and graph.json say of their graphs what melted.json says of its own."""
    melted, cuts, states = read_sidecar(build / "melted.json")
    fault = ""
    for name, graph in graphs.items():
        flat = name == "graph"
        own = {"ands": graph.n_ands, "depth": graph.depth, "cuts": [] if flat else cuts}
        value = read_json(build / f"{name}.json", FORMAT)
        fault = fault or differing(f"{name}.json", value, melted | own, DONE)
        fault = fault or _other_registers(build / f"{name}.aig", graph, states if flat else [])
    return _judged(f"{', '.join(f'{name}.json' for name in graphs)} as melted.json", fault)


def _other_registers(path: Path, graph: Graph, states: Sequence[Register]) -> str:
    """An AIGER file has reset values beside the graph, which is all that is read of it."""
    try:
        same = path.read_bytes() == aiger_bytes(graph, registers=states)
    except GraphError as error:
        return f"{path.name}: {error}; simplify again"
    return "" if same else f"{path.name}: its registers are others; simplify again"


def netlist_described(sidecar: dict[str, Any], flat: Graph, mapped: Netlist) -> Found:
    """The netlist has the graph's inputs and answers in their order, registers that it has too.

    It may leave out states, each with its next value: `_mapped` proves that no answer needs them.
    """
    states = {name: (name, after, reset) for name, after, reset in sidecar["registers"]}
    kept = {row[0] for row in mapped.registers}
    left = {word for name, row in states.items() if name not in kept for word in row[:2]}
    wanted = {
        "inputs": [name for name in flat.input_names if name not in left],
        "outputs": [name for name in flat.output_names if name not in left],
        "registers": [list(row) for name, row in states.items() if name in kept],
        "feedback": sidecar.get("feedback", []),
    }
    made = {
        "inputs": list(mapped.inputs),
        "outputs": [name for name, _ in mapped.outputs],
        "registers": [list(row) for row in mapped.registers],
        "feedback": list(mapped.feedback),
    }
    how = f"{len(mapped.inputs)} inputs and {len(mapped.outputs)} outputs in order"
    return _judged(how, differing("mapped.json", made, wanted))
