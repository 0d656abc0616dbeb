"""A network's build folder as far as core.v, made in a second: nothing is simplified."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gen.files import read_json, write_json
from gen.hdl import write_core
from gen.intnet.files import save
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, State
from gen.logic.aiger import Register, write_aiger
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.map.names import name_activations
from gen.map.pipeline import pipeline
from gen.map.registers import without_unread
from gen.melt.melt import chosen_outputs, melt, registers
from gen.melt.sidecar import describe
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.proof.chain import Check, Link
from tests.gen.intnet.nets import i8, i32
from tests.gen.map.test_states import netlist_of

__all__ = ["check_of", "edit", "recurrent", "write_build", "write_graph", "write_melted"]


def recurrent() -> IntNet:
    """Two inputs, three states that begin at 1, 0 and 1, a class and two scores."""
    weight = np.array([[1, -1, 1, 0, 1], [0, 1, -1, 1, 1], [1, 1, 0, -1, 0]])
    return IntNet(
        2,
        (
            Concat("seen", ("x", "h"), 5),
            Linear("made.sum", ("seen",), i8(weight), i32([0, -1, 0])),
            Levels("made", ("made.sum",), i32([[1]] * 3), i8([[0, 1]] * 3)),
            Linear("score", ("made",), i8([[1, 1, -1], [-1, 1, 1]]), i32([0, 0])),
            Argmax("class", ("score",)),
        ),
        states=(State("h", "made", i8([1, 0, 1])),),
    )


def write_graph(folder: Path, name: str, graph: Graph, value: dict[str, Any]) -> None:
    flat = name == "graph"
    states = [tuple(row) for row in value["registers"]] if flat else []
    write_aiger(graph, folder / f"{name}.aig", [Register(*row) for row in states])
    own = {"ands": graph.n_ands, "depth": graph.depth}
    own["cuts"] = [] if flat else list(cut_names(graph))
    write_json(folder / f"{name}.json", value | own)


def write_melted(folder: Path, net: IntNet) -> None:
    """The melted graph and what is said of it."""
    outputs = chosen_outputs(net, ())
    graph = melt(net, outputs)
    write_graph(folder, "melted", graph, describe(net, graph, outputs))


def write_build(folder: Path, net: IntNet, depth: int = 22, outputs: tuple[str, ...] = ()) -> Path:
    """The folder with all files that links 1 to 3 read."""
    folder.mkdir(parents=True, exist_ok=True)
    outputs = chosen_outputs(net, outputs)
    save(net, folder / "net.npz")
    save_vectors(make_vectors(net, 64, 0, outputs), folder / "vectors.npz")
    melted = melt(net, outputs)
    value = describe(net, melted, outputs)
    flat = flatten(melted)
    for name, graph in (("melted", melted), ("sections", melted), ("graph", flat)):
        write_graph(folder, name, graph, value)
    named = tuple((one.name, one.next, one.reset) for one in registers(net))
    netlist = replace(netlist_of(flat), registers=named)
    netlist = without_unread(name_activations(netlist, melted))
    pipeline(netlist, depth).write(folder / "mapped.json", proof="proved")
    write_core(folder / "mapped.json", folder, "ice40", "tiny")
    return folder


def edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """A JSON file with something changed in its value."""
    value = read_json(path)
    made = change(value)
    path.write_text(json.dumps(value if made is None else made))


def check_of(link: Link, what: str) -> Check:
    """The one check of a link whose name has this in it."""
    (found,) = [check for check in link.checks if what in check.what]
    return found
