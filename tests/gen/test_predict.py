"""Predictions against PyTorch's forward, from a trained network's raw features to its classes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gen.__main__ import parser
from gen.console import main
from gen.data.encode import Encoder
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.files import read_json, write_json
from gen.intnet.files import save
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, State
from gen.intnet.simple import from_simple
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.melt.sidecar import describe
from gen.nets.freezing.freeze import freeze
from gen.nets.freezing.frozen import FrozenNet
from gen.nets.recipe import recipe_from_dict
from gen.nets.store import Model
from gen.nets.training.train import train
from gen.predict import PredictError, Predictor, decode
from tests.gen.intnet.nets import every_code, forward, random_net

RECIPE = {
    "name": "tiny",
    "data": {"set": "cancer"},
    "encoding": {"kind": "thermometer", "bits": 2},
    "layers": [{"units": 7, "fan_in": 4, "activation_bits": 2}],
    "head": {"fan_in": 4},
    "schedule": {"epochs": 2, "batch": 32},
}


def build(folder: Path, net: IntNet, outputs: tuple[str, ...] = ("class", "score")) -> Path:
    """The files of a build folder that a prediction reads, as the commands write them."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = melt(net, outputs)
    save(net, folder / "net.npz")
    write_aiger(flatten(sections), folder / "graph.aig")
    write_json(folder / "graph.json", describe(net, sections, list(outputs)) | {"cuts": []})
    return folder


@pytest.fixture(scope="module")
def trained() -> IntNet:
    """A network of two classes on 30 features of two bits each, trained for a moment."""
    recipe, data = recipe_from_dict(RECIPE), load_set("cancer")
    found = train(recipe, *data.part(data.train), 2)
    return freeze(Model(recipe, found.model, found.encoder, data.classes, {"train": 1.0}), 10)


@pytest.fixture
def folder(tmp_path: Path, trained: IntNet) -> Path:
    return build(tmp_path / "built", trained)


def by_torch(net: IntNet, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes and scores of the frozen module for binary inputs."""
    with torch.no_grad():
        found = FrozenNet(net).signals(torch.from_numpy(bits))
    return found["class"].numpy(), found["score"].numpy().astype(np.int64)


# Answers -----------------------------------------------------------------------------------


def test_raw_features_give_what_torch_gives(folder: Path, trained: IntNet) -> None:
    predictor, features = Predictor.load(folder), load_set("cancer").features
    described = trained.meta["encoder"]
    encoder = Encoder.alike(described["kind"], np.array(described["thresholds"]))
    classes, scores = by_torch(trained, encoder.encode(features))
    assert len(set(classes.tolist())) == 2
    assert np.array_equal(predictor.classes(features), classes)
    assert np.array_equal(predictor.scores(features), scores)
    assert predictor.names == load_set("cancer").classes
    assert predictor.classes(features.tolist()).dtype == np.int64
    assert predictor.classes(features[:0]).shape == (0,)
    assert predictor.scores(features[:0]).shape == (0, 2)
    ends = np.array([[np.inf] * 30, [-np.inf] * 30])
    assert predictor.encode(ends).tolist() == [[1] * 60, [0] * 60]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("outputs", [("class",), ("class", "score")])
def test_every_input_of_random_networks(
    seed: int, outputs: tuple[str, ...], tmp_path: Path
) -> None:
    bits, signed = [(1, False), (2, False), (2, True), (3, True)][seed % 4]
    rng = np.random.default_rng(seed)
    net = random_net(rng, 3, (bits, signed), (5,), classes=int(rng.integers(1, 7)))
    codes = every_code(3, bits, signed)
    rows = np.array([[int(c) >> k & 1 for c in row for k in range(bits)] for row in codes])
    wanted = forward(net, codes)
    found = Predictor.load(build(tmp_path, net, outputs)).from_bits(rows)
    assert np.array_equal(found.classes, wanted["class"])
    if outputs == ("class",):
        assert found.scores is None
    else:
        assert found.scores is not None
        assert np.array_equal(found.scores, wanted["score"])


def test_output_bits_by_hand() -> None:
    bits = np.array([[0, 1, 1, 0, 1, 0, 1, 0], [1, 0, 1, 1, 1, 0, 0, 1]], np.uint8)
    found = decode(bits, 2, 3)
    assert found.classes.tolist() == [2, 1]
    assert found.scores is not None
    assert found.scores.tolist() == [[-3, 2], [-1, -4]]
    assert decode(bits, 2, 3, scores=False).scores is None
    assert decode(bits[:, :2], 2, 0).scores is None


def test_any_type_of_bits_will_do(folder: Path) -> None:
    predictor = Predictor.load(folder)
    bits = np.random.default_rng(0).integers(0, 2, (70, 60), dtype=np.uint8)
    wanted = predictor.from_bits(bits).classes
    for kind in (bool, np.int64, np.float32):
        assert np.array_equal(predictor.from_bits(bits.astype(kind)).classes, wanted)


# What cannot be answered ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros((2, 29)), "features of shape (2, 29): the encoder takes (n, 30)"),
        (np.zeros(30), "features of shape (30,): the encoder takes (n, 30)"),
        (np.full((2, 30), np.nan), "feature 0 of row 0 is not a number"),
        ([["a"] * 30], "features are not a table of numbers (could not convert"),
        ([[1.0], [1.0, 2.0]], "features are not a table of numbers (setting an array"),
    ],
)
def test_features_wrong(features: Any, message: str, folder: Path) -> None:
    predictor = Predictor.load(folder)
    for ask in (predictor.classes, predictor.scores):
        with pytest.raises(SmeltError) as caught:
            ask(features)
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize("value", [2, -1, 0.5, float("nan")])
def test_bits_wrong(value: float, folder: Path) -> None:
    predictor = Predictor.load(folder)
    for shape in ((60,), (1, 59), (1, 1, 60)):
        with pytest.raises(PredictError) as caught:
            predictor.from_bits(np.zeros(shape))
        assert str(caught.value) == f"input bits of shape {shape}: the network takes (n, 60)"
    bits = np.zeros((3, 60), np.uint8 if value == 2 else np.float64)
    bits[1, 7] = value
    with pytest.raises(PredictError) as caught:
        predictor.from_bits(bits)
    assert str(caught.value) == (
        f"bit 7 of row 1 is {bits[1, 7]}, not 0 or 1; raw features are encoded first"
    )


def test_scores_of_a_graph_without_them_wrong(tmp_path: Path, trained: IntNet) -> None:
    predictor = Predictor.load(build(tmp_path, trained, ("class",)))
    assert predictor.classes(np.zeros((3, 30))).shape == (3,)
    with pytest.raises(PredictError, match="^the graph answers the class only; build it with"):
        predictor.scores(np.zeros((3, 30)))


def imported() -> IntNet:
    """Two classes on three bits, with two recorded vectors and no encoder."""
    arrays = {
        "w1": np.array([[1, 1, 0], [0, -1, 1]]), "T": np.array([1, 0]),
        "w2": np.array([[1, 0], [0, 1]]), "b2": np.array([0, 0]),
        "xte": np.array([[0b01000000], [0b00100000]], np.uint8),
        "score": np.array([[1, 0], [0, 1]]), "yte": np.array([0, 0]),
    }  # fmt: skip
    return from_simple(arrays, "imported")


def test_features_without_an_encoder_wrong(tmp_path: Path) -> None:
    predictor = Predictor.load(build(tmp_path, imported()))
    assert predictor.from_bits([[0, 1, 0]]).classes.tolist() == [0]  # type: ignore[arg-type]
    with pytest.raises(PredictError) as caught:
        predictor.classes(np.zeros((1, 3)))
    assert str(caught.value) == (
        "the network was imported without an encoder: it takes input bits, not features"
    )


# Folders that do not hold together --------------------------------------------------------------


@pytest.mark.parametrize("name", ["graph.aig", "graph.json", "net.npz"])
@pytest.mark.parametrize("content", [None, b"", b"garbage\n", b"[]"])
def test_damaged_files_wrong(name: str, content: bytes | None, folder: Path) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(SmeltError, match=name):
        Predictor.load(folder)


def test_no_folder_wrong(tmp_path: Path) -> None:
    with pytest.raises(SmeltError, match=r"none/graph\.aig: no such file"):
        Predictor.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("inputs", ["a"], "names other inputs or outputs than graph.aig"),
        ("outputs", ["class.0"], "names other inputs or outputs than graph.aig"),
        ("registers", [["r", "r.next", 0]], "1 registers, which are not the network's 0"),
        ("score_width", None, "lacks or mistypes"),
        ("registers", None, "lacks or mistypes"),
    ],
)
def test_a_sidecar_of_something_else_wrong(
    key: str, value: Any, message: str, folder: Path
) -> None:
    write_json(folder / "graph.json", read_json(folder / "graph.json") | {key: value})
    with pytest.raises(SmeltError, match=message) as caught:
        Predictor.load(folder)
    assert str(caught.value).startswith(str(folder / "graph.json"))


def test_a_graph_of_another_shape_wrong(tmp_path: Path, trained: IntNet) -> None:
    folder = build(tmp_path, trained)
    save(imported(), folder / "net.npz")
    with pytest.raises(PredictError, match=r"the network has 3 inputs, the graph 60\)"):
        Predictor.load(folder)
    build(tmp_path, trained)
    write_json(folder / "graph.json", read_json(folder / "graph.json") | {"score_width": 0})
    with pytest.raises(PredictError, match=r"the network has 1 outputs, the graph \d+\)"):
        Predictor.load(folder)
    write_json(folder / "graph.json", read_json(folder / "graph.json") | {"score_width": 3})
    with pytest.raises(PredictError, match=r"graph.json: scores of 3 bits, the network's have \d"):
        Predictor.load(folder)


@pytest.mark.parametrize("outputs", [("class",), ("class", "score")])
def test_a_graph_of_the_same_shape_with_other_weights_wrong(
    outputs: tuple[str, ...], tmp_path: Path, trained: IntNet
) -> None:
    folder = build(tmp_path, trained, outputs)
    head = trained.node(trained.score)
    assert isinstance(head, Linear)
    swapped = replace(head, weight=head.weight[::-1].copy(), bias=head.bias[::-1].copy())
    save(replace(trained, nodes=(*trained.nodes[:-2], swapped, trained.nodes[-1])),
         folder / "net.npz")  # fmt: skip
    with pytest.raises(PredictError, match=r"of different networks \(they differ on \d+ of 256"):
        Predictor.load(folder)


def test_one_flipped_gate_wrong(folder: Path) -> None:
    graph = read_aiger(folder / "graph.aig")
    fan_in = graph.fan_in.copy()
    fan_in[len(fan_in) // 2, 0] ^= 1
    changed = Graph(graph.input_names, graph.output_names, fan_in, graph.outputs)
    write_aiger(changed, folder / "graph.aig")
    with pytest.raises(PredictError, match="are of different networks"):
        Predictor.load(folder)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("encoder", {"kind": "thermometer"}, "not an encoder: KeyError"),
        ("encoder", {"kind": "threshold", "bits": 1, "features": 2, "thresholds": [[0], [1]]},
         "the encoder gives 2 bits, the network takes 60"),
        ("classes", ["one"], "meta: 'classes' is ['one']; names 1 of the 2 classes"),
        ("classes", ["a", "b", "c"], "meta: 'classes' is ['a', 'b', 'c']; names 3 of the 2"),
        ("care", {"kind": "thermometer", "groups": [[99]]}, "meta: 'care' is {'kind': "),
        ("care", [1], "meta: 'care' is [1]; expected an object of kind 'thermometer',"
         " 'onehot' or 'mixed'"),
    ],
)  # fmt: skip
def test_damaged_notes_wrong(
    key: str, value: Any, message: str, folder: Path, trained: IntNet
) -> None:
    save(replace(trained, meta=trained.meta | {key: value}), folder / "net.npz")
    with pytest.raises(SmeltError) as caught:
        Predictor.load(folder)
    assert str(caught.value).startswith(f"{folder / 'net.npz'}: {message}")


def test_classes_without_names_are_numbers(folder: Path, trained: IntNet) -> None:
    for names in (None, []):
        save(replace(trained, meta=trained.meta | {"classes": names}), folder / "net.npz")
        assert Predictor.load(folder).names == ("0", "1")


# The command -----------------------------------------------------------------------------------


def command(*words: object) -> int:
    return main(parser(), ["predict", *(str(word) for word in words)])


@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_rows_of_a_file(
    kind: str, folder: Path, trained: IntNet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features, path = load_set("cancer").features[:40], tmp_path / f"rows.{kind}"
    if kind == "npy":
        np.save(path, features)
    else:
        np.savetxt(path, features, delimiter=",", fmt="%.17g")
    predictor = Predictor.load(folder)
    classes, scores = by_torch(trained, predictor.encode(features))
    assert command("--build", folder, "--rows", path, "--scores") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines] == [predictor.names[c] for c in classes]
    assert [[int(s) for s in line[1:]] for line in lines] == scores.tolist()
    np.save(tmp_path / "bits.npy", predictor.encode(features))
    assert command("--build", folder, "--bits", tmp_path / "bits.npy", "--json", "--scores") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "names": list(predictor.names), "classes": classes.tolist(), "scores": scores.tolist(),
    }  # fmt: skip


def test_accuracy_on_the_held_out_part(
    folder: Path, trained: IntNet, capsys: pytest.CaptureFixture[str]
) -> None:
    data = load_set("cancer")
    features, labels = data.part(data.test)
    classes, _ = by_torch(trained, Predictor.load(folder).encode(features))
    assert command("--build", folder, "--test", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["right"]) == (143, int((classes == labels).sum()))
    assert found["accuracy"] == pytest.approx((classes == labels).mean())
    assert command("--build", folder, "--test") == 0
    assert capsys.readouterr().out == (
        f"accuracy {found['accuracy']:.2%}: {found['right']} of 143 rows of the held-out part of"
        " cancer\n"
    )


def test_accuracy_on_recorded_vectors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(tmp_path, imported())
    assert command("--build", tmp_path, "--test") == 0
    assert capsys.readouterr().out == "accuracy 50.00%: 1 of 2 rows of the recorded vectors\n"


def test_of_rows_with_labels_the_right_ones_are_counted(
    folder: Path, trained: IntNet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features, predictor = load_set("cancer").features[:40], Predictor.load(folder)
    classes, _ = by_torch(trained, predictor.encode(features))
    names = np.array([predictor.names[c] for c in classes])
    names[:3] = [predictor.names[1 - c] for c in classes[:3]]
    np.savez(tmp_path / "rows.npz", x=features, y=names)
    assert command("--build", folder, "--rows", tmp_path / "rows.npz") == 0
    said = capsys.readouterr()
    assert said.err == "37 of 40 rows have the class that they are labelled with\n"
    assert len(said.out.splitlines()) == 40
    assert command("--build", folder, "--rows", tmp_path / "rows.npz", "--json") == 0
    assert json.loads(capsys.readouterr().out)["right"] == 37


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", b"1,2\n3\n", "rows.csv: not a table of numbers ("),
        ("rows.csv", b"a,b\n", "rows.csv: has a header, and the network knows no columns"),
        ("rows.npy", b"garbage", "rows.npy: not a table of numbers ("),
        ("rows.csv", b"", "rows.csv: is empty"),
        ("rows.csv", None, "rows.csv: no such file"),
    ],
)
def test_files_of_rows_wrong(
    name: str,
    content: bytes | None,
    message: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    assert command("--build", folder, "--rows", folder / name) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert len(said.err.splitlines()) == 1


def test_what_a_build_cannot_give_wrong(
    tmp_path: Path, trained: IntNet, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "rows.npy", np.zeros((1, 30)))
    meta = {key: value for key, value in trained.meta.items() if key != "data"}
    build(tmp_path, replace(trained, meta=meta), ("class",))
    assert command("--build", tmp_path, "--test") == 1
    assert "records no data set and no vectors; give --rows" in capsys.readouterr().err
    for more in ((), ("--json",)):
        assert command("--build", tmp_path, "--rows", tmp_path / "rows.npy", "--scores", *more) == 1
        said = capsys.readouterr()
        assert "--scores: the graph answers the class only" in said.err
        assert said.out == ""


# Sequences ---------------------------------------------------------------------------------


def recurrent() -> IntNet:
    """Three bits a step and four of state; the class is that of sums of the state."""
    rng = np.random.default_rng(5)

    def weights(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = rng.integers(-1, 2, (rows, columns)).astype(np.int8)
        return drawn, rng.integers(-1, 2, rows).astype(np.int32)

    steps = np.array([0, 1], np.int8)
    nodes = (
        Concat("all", ("x", "h"), 7),
        Linear("layer1.sum", ("all",), *weights(4, 7)),
        Levels("layer1", ("layer1.sum",), np.ones((4, 1), np.int32), np.tile(steps, (4, 1))),
        Linear("score", ("layer1",), *weights(3, 4)),
        Argmax("class", ("score",)),
    )
    state = State("h", "layer1", np.array([0, 1, 0, 1], np.int8))
    return IntNet(3, nodes, meta={"steps": 5}, states=(state,))


@pytest.mark.parametrize("outputs", [("class", "score"), ("class",)])
def test_sequences_give_what_torch_gives(tmp_path: Path, outputs: tuple[str, ...]) -> None:
    net = recurrent()
    predictor = Predictor.load(build(tmp_path, net, outputs))
    for steps in (1, 5, 8):
        bits = np.random.default_rng(steps).integers(0, 2, (200, steps * 3)).astype(np.uint8)
        by_step = torch.from_numpy(bits.reshape(200, steps, 3).transpose(1, 0, 2).copy())
        with torch.no_grad():
            last = FrozenNet(net).steps(by_step)[-1]
        found = predictor.from_bits(bits)
        assert np.array_equal(found.classes, last["class"].numpy())
        if found.scores is not None:
            assert np.array_equal(found.scores, last["score"].numpy())
    assert len(set(found.classes.tolist())) > 1
    with pytest.raises(PredictError, match=r"\(200, 4\): the network takes \(n, steps \* 3\)"):
        predictor.from_bits(np.zeros((200, 4), np.uint8))


def test_the_step_of_another_network_wrong(tmp_path: Path) -> None:
    folder = build(tmp_path, recurrent())
    graph = read_aiger(folder / "graph.aig")
    ends = graph.outputs.copy()
    ends[-1] ^= 1  # a next value, which shows in the answers of later steps only
    write_aiger(Graph(graph.input_names, graph.output_names, graph.fan_in, ends),
                folder / "graph.aig")  # fmt: skip
    with pytest.raises(PredictError, match="are of different networks"):
        Predictor.load(folder)
