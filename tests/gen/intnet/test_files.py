"""net.npz and the simple format: the same again, byte for byte, or one clear error."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.intnet.files import load, save
from gen.intnet.interpret import codes_to_bits, interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError, Table
from gen.intnet.recorded import check_recorded, recorded_bits
from tests.gen.intnet.nets import assert_same, changed, every_code, random_net, small


@pytest.mark.parametrize("seed", range(8))
def test_saved_and_loaded_nothing_changes(seed: int, tmp_path: Path) -> None:
    kind = [(1, False), (3, True), (2, False)][seed % 3]
    net = random_net(np.random.default_rng(seed), 3, kind, (4, 3), kind, "8-bit")
    net = IntNet(
        3, net.nodes, *kind, meta={"name": "netz", "care": None, "classes": ["ä", "b", ""]}
    )
    save(net, tmp_path / "net.npz")
    back = load(tmp_path / "net.npz")
    assert_same(back, net)
    codes = every_code(3, *kind)
    assert (interpret(back, codes)["class"] == interpret(net, codes)["class"]).all()


def test_the_same_bytes_for_the_same_network(tmp_path: Path) -> None:
    save(small(), tmp_path / "a.npz")
    net = small()
    turned = np.asfortranarray(net.nodes[0].weight)
    nodes = (Linear("layer1.sum", ("x",), turned, net.nodes[0].bias), *net.nodes[1:])
    save(IntNet(3, nodes, meta=net.meta), tmp_path / "b.npz")
    save(load(tmp_path / "a.npz"), tmp_path / "c.npz")
    first, second, third = ((tmp_path / f"{n}.npz").read_bytes() for n in "abc")
    assert first == second == third


@pytest.mark.parametrize(
    "kind", [np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64, ">i4"], ids=str
)
def test_arrays_of_any_integers_are_read_alike(kind: Any, tmp_path: Path) -> None:
    net = small()
    weight, codes = np.array([[1, 2, 0], [0, 7, 100]]), np.array([[0, 1], [1, 0]])
    net = changed(changed(net, 0, weight=weight), 1, codes=codes)
    other = changed(changed(net, 0, weight=weight.astype(kind)), 1, codes=codes.astype(kind))
    save(net, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        arrays = {name: file[name] for name in file.files}
    for name in ("layer1.sum/weight", "layer1/codes"):
        arrays[name] = arrays[name].astype(kind)
    np.savez(tmp_path / "any.npz", **arrays)
    for one in (other, load(tmp_path / "any.npz")):
        assert_same(one, net)
        save(one, tmp_path / "b.npz")
        assert (tmp_path / "b.npz").read_bytes() == (tmp_path / "a.npz").read_bytes()


END = Linear("score", ("t",), np.array([[1]]), np.array([0]))
CONSTANT = Table("t", ("x",), np.zeros((1, 0), np.int32), np.array([[1]]))
VERSIONS = {
    "of 8 bits": (IntNet(1, (Argmax("class", ("x",)),), 8), 2),
    "inputs of 9 bits": (IntNet(1, (Argmax("class", ("x",)),), 9), 3),
    "weights of 9 bits": (changed(small(), 0, weight=np.full((2, 3), 128)), 3),
    "codes of 128 and more": (changed(small(), 1, codes=np.full((2, 2), 128), bits=8), 3),
    "codes of 9 bits that are small": (changed(small(), 1, bits=9), 3),
    "the last": (changed(small(), 3, last=True), 3),
    "a constant": (IntNet(1, (CONSTANT, END)), 3),
}


@pytest.mark.parametrize("what", VERSIONS)
def test_the_lowest_version_that_holds_the_network_is_written(what: str, tmp_path: Path) -> None:
    net, version = VERSIONS[what]
    save(net, tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as file:
        assert json.loads(str(file["network"]))["format"] == f"smelt-net-{version}"
    assert_same(load(tmp_path / "net.npz"), net)


def test_recorded_inputs_are_codes_and_labels_may_be_unknown() -> None:
    net = IntNet(2, (Linear("score", ("x",), np.array([[3, 0], [0, 2]]), np.array([0, -9])),
                     Argmax("class", ("score",))), 10, True)  # fmt: skip
    codes = np.array([[-512, 511], [5, -1], [3, 9]])
    values = interpret(net, codes)
    packed = np.packbits(codes_to_bits(codes, 10), axis=1, bitorder="little")
    rows = [row.tobytes().hex() for row in packed]
    labels = [1, -1, 1]
    net.meta["recorded"] = {"inputs": rows, "scores": values["score"].tolist(), "labels": labels}
    assert values["class"].tolist() == [1, 0, 0]
    assert check_recorded(net) == "3 recorded scores equal, accuracy on them 50.00%"
    net.meta["recorded"]["labels"] = [-1] * 3
    assert check_recorded(net) == "3 recorded scores equal"


def test_the_entries_are_those_of_the_format(tmp_path: Path) -> None:
    save(small(), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        top = json.loads(str(file["network"]))
        assert set(file.files) == {
            "network", "layer1.sum/weight", "layer1.sum/bias", "layer1/edges", "layer1/codes",
            "score/weight", "score/bias",
        }  # fmt: skip
        assert file["layer1.sum/weight"].tolist() == [[1, 1, -1], [-1, 0, 1]]
    assert top == {
        "format": "smelt-net-2", "n_inputs": 3, "input_bits": 1, "input_signed": False,
        "nodes": [
            {"op": "linear", "name": "layer1.sum", "inputs": ["x"]},
            {"op": "levels", "name": "layer1", "inputs": ["layer1.sum"], "bits": 1,
             "signed": False},
            {"op": "linear", "name": "score", "inputs": ["layer1"]},
            {"op": "argmax", "name": "class", "inputs": ["score"]},
        ],
        "states": [], "outputs": ["class", "score"],
        "meta": {"name": "small", "classes": ["a", "b"]},
    }  # fmt: skip


def test_cut_short_anywhere_wrong(tmp_path: Path) -> None:
    save(small(), tmp_path / "net.npz")
    data = (tmp_path / "net.npz").read_bytes()
    path = tmp_path / "cut.npz"
    for end in range(0, len(data), 7):
        path.write_bytes(data[:end])
        with pytest.raises(NetError, match="not a whole .npz file"):
            load(path)


def test_a_damaged_byte_is_an_error_or_without_effect(tmp_path: Path) -> None:
    save(small(), tmp_path / "net.npz")
    data = (tmp_path / "net.npz").read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.npz"
    for at in rng.choice(len(data), 300, replace=False).tolist():
        damaged = bytearray(data)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            net = load(path)
        except NetError:
            continue
        assert_same(net, small())


def packed(**changes: Any) -> dict[str, Any]:
    """The arrays of the small network's file, some replaced, or left out by None."""
    top = {
        "format": "smelt-net-1", "n_inputs": 3, "input_bits": 1, "input_signed": False,
        "nodes": [
            {"op": "linear", "name": "score", "inputs": ["x"]},
            {"op": "argmax", "name": "class", "inputs": ["score"]},
        ],
        "meta": {},
    }  # fmt: skip
    top |= changes.pop("top", {})
    arrays = {
        "network": np.array(json.dumps(top)),
        "score/weight": np.ones((2, 3), np.int8),
        "score/bias": np.zeros(2, np.int32),
    }
    arrays |= changes
    return {name: array for name, array in arrays.items() if array is not None}


FOREIGN: dict[str, dict[str, Any]] = {
    "no `network` entry and not the simple format (w1, T, w2, b2); it holds a, b": {
        "a": np.zeros(1), "b": np.zeros(2),
    },
    "no `network` entry and not the simple format (w1, T, w2, b2); it holds nothing": {},
    "its `network` entry is not JSON (Expecting value: line 1 column 1 (char 0))": {
        "network": np.array("hello"),
    },
    "format is 'smelt-net-4', this version reads smelt-net-1, smelt-net-2, smelt-net-3": packed(
        top={"format": "smelt-net-4"}
    ),
    "format is None, this version reads smelt-net-1, smelt-net-2, smelt-net-3": packed(
        top={"format": None}
    ),
    "score: unknown op 'pool'; known are linear, conv, words, levels, table, concat, add, max,"
    " argmax": (
        packed(top={"nodes": [{"op": "pool", "name": "score", "inputs": ["x"]}]})
    ),
    "score: the file has no array 'score/bias'": packed(**{"score/bias": None}),
    "node 0 lacks 'name'": packed(top={"nodes": [{"op": "argmax"}]}),
    "score: weight is float64, expected integers": packed(**{"score/weight": np.ones((2, 3))}),
    "score: weight of shape (2, 4), expected (*, 3)": packed(
        **{"score/weight": np.ones((2, 4), np.int8)}
    ),
    "inputs of 17 bits; 1 to 16 are allowed": packed(top={"input_bits": 17}),
}  # fmt: skip


@pytest.mark.parametrize("message", FOREIGN)
def test_a_foreign_file_wrong(message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **FOREIGN[message])
    with pytest.raises(NetError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("text", ["[]", "3", "null", '"hello"'])
def test_a_description_that_is_no_object_wrong(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, network=np.array(text))
    with pytest.raises(NetError, match="^.*net.npz: "):
        load(path)


@pytest.mark.parametrize(
    "top",
    [
        {"n_inputs": "many"},
        {"n_inputs": None},
        {"input_bits": "one"},
        {"nodes": 3},
        {"nodes": [3]},
        {"meta": 3},
        {"meta": [1]},
        {"nodes": [{"op": "argmax", "name": "class", "inputs": [["x"]]}]},
        {"nodes": [{"op": "argmax", "name": "class", "inputs": 3}]},
    ],
)
def test_a_mistyped_description_wrong(top: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **packed(top=top))
    with pytest.raises(NetError, match="^.*net.npz: "):
        load(path)


def test_files_that_are_no_archive_wrong(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    with pytest.raises(NetError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: no such file; run the step that makes it, or give another path"
    )
    for content in (b"", b"hello", b"PK", b"PK\x03\x04", bytes(1000)):
        path.write_bytes(content)
        with pytest.raises(NetError, match="not a whole .npz file"):
            load(path)


def test_a_single_array_is_no_network_wrong(tmp_path: Path) -> None:
    np.save(tmp_path / "net.npy", np.zeros(3))
    (tmp_path / "net.npy").rename(tmp_path / "net.npz")
    with pytest.raises(NetError, match="^.*net.npz: "):
        load(tmp_path / "net.npz")


def test_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", network=np.array([{}], dtype=object))
    with pytest.raises(NetError, match="array 'network': it holds Python objects"):
        load(tmp_path / "net.npz")


# The simple format ---------------------------------------------------------------------------


def simple(**changes: Any) -> dict[str, Any]:
    """A network of 3 inputs, 2 hidden neurons, 2 classes, with all its 8 recorded answers."""
    w1, threshold = np.array([[1, 1, -1], [-1, 0, 1]]), np.array([1, 0])
    w2, bias = np.array([[1, 1], [1, -1]]), np.array([-1, 0])
    x = every_code(3, 1, False)
    hidden = (x @ w1.T >= threshold).astype(int)
    scores = hidden @ w2.T + bias
    arrays = {
        "w1": w1, "T": threshold, "w2": w2, "b2": bias,
        "xte": np.packbits(x.astype(np.uint8), axis=1), "score": scores,
        "yte": scores.argmax(axis=1),
    }  # fmt: skip
    return arrays | changes


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float64])
def test_the_simple_format_means_what_it_says(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "small-net.npz"
    arrays = simple()
    np.savez(path, **arrays | {key: arrays[key].astype(kind) for key in ("w1", "T", "w2", "b2")})
    net = load(path)
    codes = every_code(3, 1, False)
    found = interpret(net, codes)
    assert (found["score"] == arrays["score"]).all()
    assert (found["class"] == arrays["yte"]).all()
    assert net.meta["name"] == "small-net"
    assert net.meta["classes"] == ["0", "1"]
    assert isinstance(net.node("layer1"), Levels)
    assert (recorded_bits(net) == codes).all()
    assert check_recorded(net) == "8 recorded scores equal, accuracy on them 100.00%"


def test_recorded_answers_travel_through_net_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", **simple())
    save(load(tmp_path / "in.npz"), tmp_path / "net.npz")
    back = load(tmp_path / "net.npz")
    assert check_recorded(back) == "8 recorded scores equal, accuracy on them 100.00%"


def test_accuracy_counts_the_labels(tmp_path: Path) -> None:
    arrays = simple()
    arrays["yte"] = np.where(np.arange(8) < 2, 1 - arrays["yte"], arrays["yte"])
    np.savez(tmp_path / "net.npz", **arrays)
    found = check_recorded(load(tmp_path / "net.npz"))
    assert found == "8 recorded scores equal, accuracy on them 75.00%"


def test_nothing_recorded_is_nothing_to_compare(tmp_path: Path) -> None:
    assert check_recorded(small()) is None
    assert recorded_bits(small()).shape == (0, 3)


def test_recorded_scores_of_another_network_wrong(tmp_path: Path) -> None:
    arrays = simple()
    arrays["score"] = arrays["score"].copy()
    arrays["score"][3, 1] += 1
    np.savez(tmp_path / "net.npz", **arrays)
    right, said = simple()["score"][3].tolist(), arrays["score"][3].tolist()
    with pytest.raises(NetError) as caught:
        check_recorded(load(tmp_path / "net.npz"))
    assert str(caught.value) == (
        f"recorded vector 3: the network's scores are {right}, recorded are {said};"
        " weights and scores are not of the same network"
    )


SIMPLE_WRONG: dict[str, dict[str, Any]] = {
    "w1[0, 2] is not a number": {"w1": np.array([[1, 1, np.nan], [-1, 0, 1]])},
    "T[1] is not a number": {"T": np.array([1, np.inf])},
    "w1[1, 0] = 0.5 is not an integer of int16": {"w1": np.array([[1, 1, 1], [0.5, 0, 1]])},
    "w2[0, 1] = 32768 is not an integer of int16": {"w2": np.array([[1, 1 << 15], [1, -1]])},
    "b2[0] = 2147483648 is not an integer of int32": {"b2": np.array([1 << 31, 0])},
    "w1 is empty": {"w1": np.zeros((0, 3))},
    "w1 (2, 3), T (2,), w2 (2, 3): expected (hidden, in), (hidden,), (classes, hidden)": {
        "w2": np.ones((2, 3)),
    },
    "w1 (3,), T (2,), w2 (2, 2): expected (hidden, in), (hidden,), (classes, hidden)": {
        "w1": np.ones(3),
    },
    "w1 (2, 3), T (2, 1), w2 (2, 2): expected (hidden, in), (hidden,), (classes, hidden)": {
        "T": np.ones((2, 1)),
    },
    "score: bias of shape (3,), expected (2,)": {"b2": np.zeros(3)},
    "layer1: edges (3, 1) and codes (2, 2), expected (2, L) and (2, L + 1)": {"T": np.ones(3)},
    "meta: 'recorded' is {'inputs': ['00', '04', '02', '06', '01', '05', '03', '07...; labels[1]"
    " is not a class's number, 0 to 1, or -1 where it is not known": {
        "yte": np.array([0, 0.5, 0, 0, 0, 0, 0, 0])
    },
    "xte of shape (8, 2), expected (*, 1) uint8": {"xte": np.zeros((8, 2), np.uint8)},
    "xte of shape (8, 1), expected (*, 1) uint8": {"xte": np.zeros((8, 1), np.int64)},
}  # fmt: skip


@pytest.mark.parametrize("message", SIMPLE_WRONG)
def test_simple_arrays_that_do_not_fit_wrong(message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    np.savez(path, **simple(**SIMPLE_WRONG[message]))
    with pytest.raises(NetError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    "changes",
    [
        {"score": np.zeros((7, 2))},
        {"score": np.zeros((8, 3))},
        {"yte": np.zeros(3)},
        {"w1": np.array([["a", "b", "c"], ["d", "e", "f"]])},
    ],
)
def test_recorded_arrays_of_another_shape_wrong(changes: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "net.npz", **simple(**changes))
    with pytest.raises(NetError):
        check_recorded(load(tmp_path / "net.npz"))
