"""Descriptions that were edited, in one file or in several that agree: each is seen somewhere."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.arrays import read_arrays, write_arrays
from gen.data.sets import load_set
from gen.files import read_json, write_json
from gen.hdl import write_core
from gen.intnet.files import load, save
from gen.intnet.network import IntNet, Levels
from gen.logic.aiger import Register, aiger_bytes, read_aiger, write_aiger
from gen.logic.graph import Builder, Graph
from gen.map.netlist import Netlist
from gen.melt.sidecar import read_sidecar
from gen.nets.freezing.freeze import freeze_model
from gen.nets.store import Model, load_model, save_model
from gen.nets.training.train import train
from gen.proof.chain import FAILED, IMPORTED, NOT_RUN, PROVED, Found, Link
from gen.verify.described import (
    differing,
    frozen_again,
    graphs_described,
    melted_described,
    netlist_described,
    vectors_again,
)
from gen.verify.frozen import check_frozen, files
from gen.verify.graphs import check_graphs
from gen.verify.rtl import check_rtl
from tests.gen.intnet.nets import changed
from tests.gen.nets.conftest import tiny
from tests.gen.verify.builds import check_of, edit, recurrent, write_build

SIDECARS = ("melted.json", "sections.json", "graph.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_build(tmp_path_factory.mktemp("described") / "build", recurrent())


@pytest.fixture
def build(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "build"))


def of_melted(build: Path) -> Found:
    outputs = ["class", "score"]
    value = read_json(build / "melted.json")
    return melted_described(
        load(build / "net.npz"), read_aiger(build / "melted.aig"), value, outputs
    )


def of_graphs(build: Path) -> Found:
    return graphs_described(
        build, {name: read_aiger(build / f"{name}.aig") for name in ("sections", "graph")}
    )


def of_netlist(build: Path) -> Found:
    sidecar = read_sidecar(build / "graph.json")[0]
    return netlist_described(
        sidecar, read_aiger(build / "graph.aig"), Netlist.read(build / "mapped.json")
    )


def test_an_untouched_build_holds(made: Path) -> None:
    links = [check_frozen(made), check_graphs(made), check_rtl(made, made / "core.json")]
    assert not [(c.what, c.fault) for link in links for c in link.checks if c.verdict == FAILED]
    assert [link.verdict for link in links[1:]] == [PROVED, PROVED]
    assert of_melted(made).verdict == of_graphs(made).verdict == of_netlist(made).verdict == PROVED


ENTRIES = ("inputs", "outputs", "cuts", "registers", "care", "classes", "score_width", "weights")


def otherwise(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, list):
        return value[::-1] if len(value) > 1 else [*value, "x"]
    if isinstance(value, dict):
        return {key: otherwise(one) for key, one in value.items()}
    if isinstance(value, str):
        return f"{value}_"
    return {None: {"kind": "onehot", "groups": [[0, 1]]}}.get(value, not value)


@pytest.mark.parametrize("key", [*ENTRIES, "ands", "depth", "format", "feedback", "own"])
def test_an_entry_that_is_changed_in_all_sidecars(build: Path, key: str) -> None:
    for name in SIDECARS:
        edit(build / name, lambda value: value.update({key: otherwise(value.get(key))}))
    assert f"'{key}'" in of_melted(build).fault
    assert of_melted(build).verdict == FAILED


@pytest.mark.parametrize("name", ["sections.json", "graph.json"])
@pytest.mark.parametrize("key", [*ENTRIES, "ands", "depth", "own"])
def test_an_entry_that_is_changed_in_one_sidecar(build: Path, key: str, name: str) -> None:
    edit(build / name, lambda value: value.update({key: otherwise(value.get(key))}))
    found = of_graphs(build)
    assert found.verdict == FAILED
    assert name in found.fault


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_that_is_taken_away(build: Path, key: str) -> None:
    for name in SIDECARS:
        edit(build / name, lambda value: {k: v for k, v in value.items() if k != key})
    assert of_melted(build).fault == f"melted.json: entry {key!r} is missing; make it again"


def renamed(build: Path, change: Callable[[list[str]], list[str]], which: str) -> None:
    """Names of all graphs and sidecars changed alike, the functions left where they are."""
    for name in ("melted", "sections", "graph"):
        graph, states = read_aiger(build / f"{name}.aig"), read_sidecar(build / f"{name}.json")[2]
        names = {"inputs": list(graph.input_names), "outputs": list(graph.output_names)}
        names[which] = change(names[which])
        ends = tuple(names["inputs"]), tuple(names["outputs"])
        made = Graph(*ends, graph.fan_in, graph.outputs)
        write_aiger(made, build / f"{name}.aig", states if name == "graph" else ())
        edit(build / f"{name}.json", lambda value: value.update({which: change(value[which])}))


def swapped(one: str, other: str) -> Callable[[list[str]], list[str]]:
    turn = {one: other, other: one}
    return lambda names: [turn.get(name, name) for name in names]


@pytest.mark.parametrize(
    ("which", "one", "other"),
    [
        ("inputs", "x[0]", "x[1]"),
        ("outputs", "score[0].0", "score[1].0"),
        ("outputs", "class.0", "score[0].0"),
        ("inputs", "x[0]", "reset"),
    ],
)
def test_names_that_are_swapped_everywhere(build: Path, which: str, one: str, other: str) -> None:
    renamed(build, swapped(one, other), which)
    assert of_graphs(build).verdict == PROVED
    found = of_melted(build)
    assert found.verdict == FAILED
    assert f"melted.aig: '{which}'" in found.fault


def test_a_reset_value_that_only_the_file_of_the_graph_has(build: Path) -> None:
    states = read_sidecar(build / "graph.json")[2]
    other = [Register(one.name, one.next, 1 - one.reset) for one in states]
    (build / "graph.aig").write_bytes(aiger_bytes(read_aiger(build / "graph.aig"), registers=other))
    assert "graph.aig: its registers are others" in of_graphs(build).fault


def flip_reset(value: dict[str, Any]) -> None:
    value["registers"][0][2] ^= 1


def test_a_reset_value_that_is_changed_everywhere(build: Path) -> None:
    for name in (*SIDECARS, "mapped.json"):
        edit(build / name, flip_reset)
    states = read_sidecar(build / "graph.json")[2]
    write_aiger(read_aiger(build / "graph.aig"), build / "graph.aig", states)
    assert of_graphs(build).verdict == of_netlist(build).verdict == PROVED
    assert of_melted(build).fault.startswith("melted.json: 'registers'")
    assert check_of(check_graphs(build), "reset gives").verdict == FAILED


def permute(value: dict[str, Any]) -> None:
    value["inputs"][:2] = value["inputs"][1::-1]


def drop_answer(value: dict[str, Any]) -> None:
    del value["outputs"][len(value["outputs"]) - len(value["registers"]) - 1]


def swap_answers(value: dict[str, Any]) -> None:
    words = [[row for row in value["outputs"] if row[0].startswith(f"score[{c}]")] for c in (1, 0)]
    value["outputs"][1 : 1 + 2 * len(words[0])] = sum(words, [])


def feed_back(value: dict[str, Any]) -> None:
    value["feedback"] = ["x[0]"]


def flip_registers(value: dict[str, Any]) -> None:
    value["registers"][0][2] ^= 1


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (permute, "inputs"),
        (drop_answer, "outputs"),
        (swap_answers, "outputs"),
        (feed_back, "feedback"),
        (flip_registers, "registers"),
    ],
)
def test_a_netlist_and_its_core_that_agree(
    build: Path, change: Callable[[dict[str, Any]], None], key: str
) -> None:
    """mapped.json is edited, and core.v, core.il and core.json are made of it: link 3 holds."""
    edit(build / "mapped.json", change)
    write_core(build / "mapped.json", build, "ice40", "tiny")
    found = of_netlist(build)
    assert found.verdict == FAILED
    assert found.fault.startswith(f"mapped.json: '{key}' is ")
    if key in ("inputs", "outputs"):
        assert check_graphs(build).verdict == FAILED


def test_a_state_that_an_answer_needs_is_not_left_out(build: Path) -> None:
    """States may be left out where no answer depends on them; here all do."""
    mapped = Netlist.read(build / "mapped.json")
    first, after, _ = mapped.registers[0]
    at = mapped.inputs.index(first)
    edit(build / "mapped.json", lambda value: without(value, at, first, after))
    assert check_of(check_graphs(build), "flat graph == mapped").verdict == FAILED


def without(value: dict[str, Any], at: int, first: str, after: str) -> None:
    """A netlist without a state, which is 0 for the cells that read it."""

    def moved(signal: int) -> int:
        return -1 if signal == at else signal - (signal > at)

    for cell in value["cells"]:
        for place in reversed([k for k, signal in enumerate(cell["in"]) if signal == at]):
            size = len(cell["in"])
            rows = [r for r in range(1 << size) if not r >> place & 1]
            cell["table"] = sum((cell["table"] >> row & 1) << k for k, row in enumerate(rows))
            del cell["in"][place]
        cell["in"] = [moved(signal) for signal in cell["in"]]
    value["inputs"].remove(first)
    value["outputs"] = [[name, moved(s)] for name, s in value["outputs"] if name != after]
    value["registers"] = [row for row in value["registers"] if row[0] != first]


def test_a_cell_that_is_called_what_it_is_not(build: Path) -> None:
    names = [cell.name for cell in Netlist.read(build / "mapped.json").cells if cell.name]
    assert len(names) > 1

    def swap(value: dict[str, Any]) -> None:
        turn = {names[0]: names[1], names[1]: names[0]}
        for cell in value["cells"]:
            cell["name"] = turn.get(cell["name"], cell["name"])

    edit(build / "mapped.json", swap)
    assert check_of(check_graphs(build), "called activations").verdict == FAILED
    edit(build / "mapped.json", lambda value: value["cells"][0].update(name="nothing[0]"))
    fault = check_of(check_graphs(build), "called activations").fault
    assert fault == "a cell is called nothing[0], which is no activation"


@pytest.mark.parametrize("name", ["labels", "scores", "inputs", "outputs", "n_test", "steps"])
def test_vectors_that_were_edited(build: Path, name: str) -> None:
    path, net = build / "vectors.npz", load(build / "net.npz")
    assert vectors_again(path, net, ["class", "score"]).verdict == PROVED
    arrays = dict(read_arrays(path))
    if name == "labels":
        arrays[name] = np.zeros(1, np.int64)
    else:
        arrays[name] = arrays[name] ^ 1
    write_arrays(path, arrays)
    found = vectors_again(path, net, ["class", "score"])
    assert found.verdict == FAILED
    assert name in found.fault


def test_a_network_that_was_trained_is_not_taken_for_an_imported_one(build: Path) -> None:
    def compared(link: Link, what: str) -> tuple[str, bool]:
        check = check_of(link, f"{what} == integer network")
        return check.verdict, check.decides

    link = check_frozen(build)
    assert compared(link, "recorded answers") == (NOT_RUN, False)
    assert link.compared == IMPORTED
    assert "model.json" not in files(build)
    arrays = dict(read_arrays(build / "net.npz"))
    top = json.loads(str(arrays["network"]))
    top["meta"]["metrics"] = {"quantized": 0.5}
    write_arrays(build / "net.npz", arrays | {"network": np.array(json.dumps(top))})
    link = check_frozen(build)
    assert compared(link, "trained network") == (NOT_RUN, True)
    assert link.compared == ""
    assert link.verdict == NOT_RUN
    assert link.fault == "it is missing: no trained network is here"
    assert {"model.json", "model.safetensors"} <= set(files(build))
    # Where make trained it, the trained network was taken away.
    write_json(build / "source.json", {"kind": "recipe"})
    link = check_frozen(build)
    assert link.verdict == FAILED
    assert link.fault.endswith("this build is of a recipe: `make train` makes it")


def test_differing() -> None:
    assert differing("f", {"a": 1}, {"a": 1}) == ""
    assert differing("f", {"a": 1, "b": 2}, {"a": 1}, {"b"}) == ""
    assert differing("f", {"a": 1}, {"a": True}) == "f: 'a' is 1, and should be true"
    assert differing("f", {"a": [1] * 99}, {"a": 1}).endswith("..., and should be 1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained network's two files, and net.npz."""
    folder = tmp_path_factory.mktemp("trained") / "build"
    data = load_set("cancer")
    found = train(tiny(), *data.part(data.train), 2)
    model = Model(tiny(), found.model, found.encoder, data.classes, {"quantized": 0.5})
    folder.mkdir()
    save_model(model, folder)
    save(freeze_model(load_model(folder / "model.json")), folder / "net.npz")
    return folder


def other_edges(net: IntNet) -> IntNet:
    """One edge of one neuron a step higher, as one weight less somewhere would make it."""
    at = next(k for k, node in enumerate(net.nodes) if isinstance(node, Levels))
    edges = net.nodes[at].edges.copy()
    edges[-1, -1] += 1
    return changed(net, at, edges=edges)


def other_meta(key: str, value: Any) -> Callable[[IntNet], IntNet]:
    return lambda net: replace(net, meta=net.meta | {key: value})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda net: net, ""),
        (other_edges, "net.npz: array 'layer1/edges' is another"),
        (other_meta("classes", ["benign", "malignant"]), "net.npz: 'classes' is "),
        (other_meta("care", None), "net.npz: 'care' is null"),
        (other_meta("data", "digits"), "net.npz: 'data' is \"digits\""),
        (other_meta("name", "another"), "net.npz: 'name' is \"another\""),
        (other_meta("own", 1), "net.npz: entry 'own' is unknown"),
    ],
)
def test_a_network_that_is_not_the_trained_one(
    trained: Path, change: Callable[[IntNet], IntNet], fault: str
) -> None:
    found = frozen_again(trained, change(load(trained / "net.npz")))
    assert found.verdict == (FAILED if fault else PROVED)
    assert found.fault.startswith(fault)


def test_trained_files_that_do_not_belong_together(trained: Path, tmp_path: Path) -> None:
    build = Path(shutil.copytree(trained, tmp_path / "build"))
    path = build / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = frozen_again(build, load(build / "net.npz"))
    assert found.verdict == FAILED
    path.unlink()
    assert frozen_again(build, load(build / "net.npz")).verdict == FAILED


def test_a_netlist_may_leave_out_states_and_nothing_else() -> None:
    b = Builder()
    x, *_ = (b.input(name) for name in ("x", "h[0]", "h[1]"))
    for name in ("y", "h.next[0]", "h.next[1]"):
        b.output(name, x)
    sidecar = {"registers": [["h[0]", "h.next[0]", 0], ["h[1]", "h.next[1]", 1]]}
    for kept in ((0, 1), (0,), (1,), ()):
        rows = tuple((f"h[{at}]", f"h.next[{at}]", at) for at in kept)
        inputs, ends = ("x", *(row[0] for row in rows)), ("y", *(row[1] for row in rows))
        outputs = tuple((name, 0) for name in ends)
        mapped = Netlist(inputs, outputs, (), registers=rows)
        assert netlist_described(sidecar, b.graph(), mapped).verdict == PROVED
        more = Netlist(("z", *inputs), outputs, (), registers=rows)
        assert netlist_described(sidecar, b.graph(), more).verdict == FAILED
        if kept:
            flipped = tuple((name, after, 1 - reset) for name, after, reset in rows)
            other = Netlist(inputs, outputs, (), registers=flipped)
            assert netlist_described(sidecar, b.graph(), other).verdict == FAILED
