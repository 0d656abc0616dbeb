"""Vectors: bit order against packing by hand, outputs against the trained network, the care set."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.data.care import random_bits
from gen.data.errors import DataError
from gen.data.sets import load_set
from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError
from gen.intnet.simple import from_simple
from gen.nets.answers import predict
from gen.nets.freezing.freeze import freeze
from gen.nets.freezing.vectors import (
    VectorError,
    make_vectors,
    save_vectors,
)
from gen.nets.recipe import Recipe
from gen.nets.store import Model
from gen.nets.training.train import train


def small(meta: dict[str, Any] | None = None, **shape: Any) -> IntNet:
    """Three classes on nine inputs: score c = the sum of every third input, less c - 1."""
    weight = np.zeros((3, 9), np.int8)
    for c in range(3):
        weight[c, c::3] = 1
    nodes = (
        Linear("score", ("x",), weight, np.array([1, 0, -1], np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(9, nodes, meta=meta or {}, **shape)


def test_outputs_are_the_class_of_each_input() -> None:
    vectors = make_vectors(small(), 50, outputs=["class"])
    for bits, out, scores in zip(vectors.inputs, vectors.outputs, vectors.scores, strict=True):
        by_hand = [int(bits[c::3].sum()) + 1 - c for c in range(3)]
        assert scores.tolist() == by_hand
        assert out.tolist() == [
            by_hand.index(max(by_hand)) & 1,
            by_hand.index(max(by_hand)) >> 1,
        ]


def test_scores_follow_in_twos_complement() -> None:
    vectors = make_vectors(small(), 40)
    assert vectors.meta["outputs"] == ["class", "score"]
    assert vectors.outputs.shape[1] == 2 + 3 * 4  # Scores are -1..4.
    for out, scores in zip(vectors.outputs, vectors.scores, strict=True):
        for c in range(3):
            field = out[2 + 4 * c : 6 + 4 * c]
            assert sum(int(bit) << k for k, bit in enumerate(field)) == scores[c] % 16


@pytest.mark.parametrize(
    ("bias", "width"), [([3, 3, 3], 4), ([-4, -4, -4], 3), ([-5, 0, 0], 4), ([0, 0, 0], 3)]
)
def test_score_width_is_the_least_that_holds_the_range(bias: list[int], width: int) -> None:
    first = small().nodes[0]
    assert isinstance(first, Linear)
    score = Linear("score", ("x",), first.weight, np.array(bias, np.int32))
    net = IntNet(9, (score, Argmax("class", ("score",))))
    low, high = min(bias), max(bias) + 3
    assert -(2 ** (width - 1)) <= low
    assert high < 2 ** (width - 1)
    assert low < -(2 ** (width - 2)) or high >= 2 ** (width - 2)
    assert make_vectors(net, 4, outputs=["score"]).outputs.shape[1] == 3 * width


@pytest.mark.parametrize("outputs", [["scores"], ["class", "scores"], ["x"], ["scores", "all"]])
def test_outputs_wrong(outputs: list[str]) -> None:
    with pytest.raises(VectorError) as caught:
        make_vectors(small(), 4, outputs=outputs)
    assert str(caught.value) == f"outputs '{','.join(outputs)}'; this network has class, score"


@pytest.mark.parametrize("outputs", [[], ["all"], [""], ["score", "class"]])
def test_outputs_are_all_by_default_and_in_the_networks_order(outputs: list[str]) -> None:
    vectors, wanted = make_vectors(small(), 4, outputs=outputs), make_vectors(small(), 4)
    assert vectors.meta["outputs"] == ["class", "score"]
    assert np.array_equal(vectors.outputs, wanted.outputs)


def test_scores_alone() -> None:
    vectors = make_vectors(small(), 40, outputs=["score"])
    assert np.array_equal(vectors.outputs, make_vectors(small(), 40).outputs[:, 2:])


def test_the_file_packs_lowest_bit_first(tmp_path: Path) -> None:
    vectors = make_vectors(small(), 30, outputs=["class"])
    save_vectors(vectors, tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz") as found:
        assert found["inputs"].shape == (30, 2)
        assert found["outputs"].shape == (30, 1)
        assert (int(found["n_in"]), int(found["n_out"]), int(found["n_test"])) == (9, 2, 0)
        for row, bits in zip(found["inputs"], vectors.inputs, strict=True):
            number = int.from_bytes(row.tobytes(), "little")
            assert [number >> j & 1 for j in range(9)] == bits.tolist()
        meta = json.loads(str(found["meta"]))
    assert meta["random"] == {"count": 30, "seed": 0, "care": None}
    assert meta["outputs"] == ["class"]


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_vectors(make_vectors(small(), 30), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_frozen_net_brings_its_whole_test_set(recipe: Recipe) -> None:
    data = load_set("cancer")
    found = train(recipe, *data.part(data.train), 2)
    net = freeze(Model(recipe, found.model, found.encoder, data.classes, {"train": 1.0}), 10)
    vectors = make_vectors(net, 25)
    features, labels = data.part(data.test)
    bits = found.encoder.encode(features)
    assert np.array_equal(vectors.labels, labels)
    assert np.array_equal(vectors.inputs[: len(labels)], bits)
    assert np.array_equal(vectors.outputs[: len(labels), 0], predict(found.model, bits))
    assert len(vectors.inputs) == len(labels) + 25
    assert vectors.meta["random"]["care"] == "thermometer"
    pairs = vectors.inputs.reshape(-1, 30, 2)
    assert not ((pairs[:, :, 1] == 1) & (pairs[:, :, 0] == 0)).any()


def test_random_bits_stay_in_the_care_set_and_reach_all_of_it() -> None:
    care = {"kind": "thermometer", "groups": [[4, 0, 2]]}
    bits = random_bits(6, 400, 7, care)
    codes = {tuple(row) for row in bits[:, [4, 0, 2]].tolist()}
    assert codes == {(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)}
    assert {tuple(row) for row in bits[:, [1, 3, 5]].tolist()} == {
        (a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)
    }
    assert np.array_equal(bits, random_bits(6, 400, 7, care))


def test_random_one_hot_codes_reach_every_bit() -> None:
    bits = random_bits(6, 300, 7, {"kind": "onehot", "groups": [[4, 0, 2], [5]]})
    codes = [tuple(row) for row in bits[:, [4, 0, 2]].tolist()]
    assert set(codes) == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert min(codes.count(code) for code in set(codes)) > 60
    assert bits[:, 5].all()
    assert {tuple(row) for row in bits[:, [1, 3]].tolist()} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_random_bits_wrong() -> None:
    with pytest.raises(DataError) as caught:
        random_bits(4, 2, 0, {"kind": "one-hot"})
    assert str(caught.value) == "care set of kind 'one-hot'; known are thermometer, onehot"


def test_signed_inputs_of_several_bits() -> None:
    nodes = (
        Linear("layer1.sum", ("x",), np.array([[1, 1]], np.int8), np.zeros(1, np.int32)),
        Levels("layer1", ("layer1.sum",), np.array([[0]], np.int32), np.array([[0, 1]], np.int8)),
        Linear("score", ("layer1",), np.array([[0], [2]], np.int8), np.array([1, 0], np.int32)),
        Argmax("class", ("score",)),
    )
    vectors = make_vectors(IntNet(2, nodes, input_bits=3, input_signed=True), 60, outputs=["class"])
    for bits, out in zip(vectors.inputs, vectors.outputs, strict=True):
        values = [int(b[0]) + 2 * int(b[1]) - 4 * int(b[2]) for b in bits.reshape(2, 3)]
        assert out.tolist() == [int(sum(values) >= 0)]


def recorded() -> dict[str, np.ndarray]:
    """A simple-format net with three recorded vectors, scores worked out by hand."""
    return {
        "w1": np.array([[1, 1, 0], [0, -1, 1]], np.int8),
        "T": np.array([2, 0]),
        "w2": np.array([[1, 0], [0, 3]], np.int8),
        "b2": np.array([0, -1]),
        "xte": np.packbits(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], np.uint8), axis=1),
        "score": np.array([[1, -1], [0, -1], [0, 2]]),
        "yte": np.array([0, 1, 1]),
    }


def test_recorded_vectors_come_first() -> None:
    vectors = make_vectors(from_simple(recorded(), "n"), 5)
    assert vectors.inputs[:3].tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert vectors.labels.tolist() == [0, 1, 1]
    assert vectors.outputs[:3, 0].tolist() == [0, 0, 1]
    assert vectors.meta["test"] == "recorded with the network"


def test_recorded_scores_that_differ_wrong() -> None:
    arrays = recorded() | {"score": np.array([[1, -1], [0, -1], [9, 2]])}
    with pytest.raises(NetError) as caught:
        make_vectors(from_simple(arrays, "n"), 5)
    assert str(caught.value) == (
        "recorded vector 2: the network's scores are [0, 2], recorded are [9, 2];"
        " weights and scores are not of the same network"
    )


def test_one_output_alone_tells_two_classes_apart() -> None:
    encoder = {"kind": "threshold", "bits": 1, "features": 30, "thresholds": [[1.0]] * 30}
    weight, edges = np.ones((1, 30), np.int8), np.array([[15]], np.int32)
    nodes = (
        Linear("score.sum", ("x",), weight, np.zeros(1, np.int32)),
        Levels("score", ("score.sum",), edges, np.array([[0, 1]], np.int8)),
    )
    net = IntNet(30, nodes, meta={"data": "cancer", "encoder": encoder})
    assert set(make_vectors(net, count=4).labels.tolist()) == {0, 1}
