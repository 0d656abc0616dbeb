"""Melted networks against PyTorch's forward, on all inputs where they are few."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.files import FileDamaged
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.melt.melt import MeltError, melt
from gen.melt.proof.check import check_melted
from gen.melt.sidecar import describe
from gen.melt.values import bit_names
from tests.gen.intnet.nets import changed, every_code, forward, i8, i32, random_net, small
from tests.gen.logic.graphs import named_tables, tables, value

KINDS = [(1, False), (2, False), (3, True), (1, True)]


def bits_of(row: list[int], bits: int) -> list[int]:
    return [code >> k & 1 for code in row for k in range(bits)]


def number(bits: list[int], signed: bool = False) -> int:
    total = sum(bit << k for k, bit in enumerate(bits))
    return total - (1 << len(bits)) if signed and bits[-1] else total


def answers(graph: Graph, row: list[int]) -> dict[str, list[int]]:
    """Output words of a flat graph for one vector of input bits, by name without the bit."""
    words: dict[str, list[int]] = {}
    for name, bit in zip(graph.output_names, value(graph, row), strict=True):
        words.setdefault(name.rpartition(".")[0], []).append(bit)
    return words


def assert_melted(net: IntNet, codes: np.ndarray) -> None:
    """Both output modes of the melted network, joined, say what PyTorch says."""
    whole, only = flatten(melt(net)), flatten(melt(net, ["class"]))
    wanted = forward(net, codes)
    for v, row in enumerate(codes.tolist()):
        bits = bits_of(row, net.input_bits)
        found = answers(whole, bits)
        assert number(found.pop("class")) == wanted["class"][v]
        scores = [number(found[f"score[{c}]"], signed=True) for c in range(net.n_classes)]
        assert scores == wanted["score"][v].tolist()
        assert len({len(word) for word in found.values()}) == 1
        alone = answers(only, bits)
        assert list(alone) == ["class"]
        assert number(alone["class"]) == wanted["class"][v]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    input_kind=st.sampled_from(KINDS),
    kind=st.sampled_from(KINDS),
    weights=st.sampled_from(["ternary", "3-bit", "8-bit"]),
    hidden=st.lists(st.integers(1, 5), max_size=3),
    classes=st.integers(1, 5),
)
def test_every_input_gives_what_pytorch_gives(
    seed: int,
    input_kind: tuple[int, bool],
    kind: tuple[int, bool],
    weights: str,
    hidden: list[int],
    classes: int,
) -> None:
    n = max(1, 6 // input_kind[0])
    rng = np.random.default_rng(seed)
    net = random_net(rng, n, input_kind, tuple(hidden), kind, weights, classes)
    assert_melted(net, every_code(n, *input_kind))


@pytest.mark.parametrize("weights", ["ternary", "8-bit"])
@pytest.mark.parametrize("kind", KINDS)
def test_wide_networks_on_random_inputs(weights: str, kind: tuple[int, bool]) -> None:
    rng = np.random.default_rng(1)
    net = random_net(rng, 30, (2, True), (12, 9), kind, weights, 10)
    assert_melted(net, rng.integers(-2, 2, (40, 30)))


@pytest.mark.parametrize("classes", [1, 2])
def test_all_classes_tie(classes: int) -> None:
    nodes = (
        Linear("score", ("x",), i8([[1, -1]] * classes), i32([0] * classes)),
        Argmax("class", ("score",)),
    )
    net = IntNet(2, nodes)
    assert_melted(net, every_code(2, 1, False))
    assert named_tables(flatten(melt(net, ["class"]))) == {"class.0": 0}


def test_no_weight_at_all_leaves_constants() -> None:
    net = changed(changed(small(), 0, weight=i8([[0] * 3] * 2)), 2, weight=i8([[0, 0]] * 2))
    assert flatten(melt(net)).n_ands == 0
    assert_melted(net, every_code(3, 1, False))


def test_the_extreme_weights_and_codes() -> None:
    nodes = (
        Linear("layer1.sum", ("x",), i8([[-128, 127], [127, -128]]), i32([1000, -1000])),
        Levels("layer1", ("layer1.sum",), i32([[1000], [-1000]]), i8([[-128, 127], [127, -128]]),
               bits=8, signed=True),
        Linear("score", ("layer1",), i8([[-128, 127], [127, 127]]), i32([-5, 7])),
        Argmax("class", ("score",)),
    )  # fmt: skip
    assert_melted(IntNet(2, nodes, 3, True), every_code(2, 3, True))


def test_names_bits_and_cuts() -> None:
    net = random_net(np.random.default_rng(0), 2, (2, False), (2,), (3, True), "3-bit", 3)
    graph = melt(net)
    cuts = [f"layer1[{i}].{k}" for i in range(2) for k in range(3)]
    assert graph.input_names == ("x[0].0", "x[0].1", "x[1].0", "x[1].1", *cuts)
    width = net.score_width
    outputs = ["class.0", "class.1"]
    outputs += [f"score[{c}].{k}" for c in range(3) for k in range(width)]
    assert graph.output_names == (*cuts, *outputs)
    assert cut_names(graph) == tuple(cuts)
    assert melt(net, ["class"]).output_names == (*cuts, "class.0", "class.1")
    one = melt(small())
    assert one.input_names == ("x[0]", "x[1]", "x[2]", "layer1[0]", "layer1[1]")
    assert bit_names("x", 2, 1) == [["x[0]"], ["x[1]"]]
    assert bit_names("x", 1, 2) == [["x[0].0", "x[0].1"]]


def test_the_sidecar_says_what_the_signals_are() -> None:
    net = replace(small(), meta={"care": {"kind": "thermometer", "groups": [[0, 1]]}})
    graph = melt(net, ["class"])
    found = describe(net, graph, ["class"])
    assert found == {
        "format": "smelt-graph-1",
        "inputs": ["x[0]", "x[1]", "x[2]"],
        "outputs": ["class.0"],
        "cuts": ["layer1[0]", "layer1[1]"],
        "registers": [],
        "care": {"kind": "thermometer", "groups": [[0, 1]]},
        "classes": 2,
        "score_width": 0,
        "weights": {"total": 10, "nonzero": 9, "bits": [2, 2]},
        "ands": graph.n_ands,
        "depth": graph.depth,
    }
    assert describe(net, melt(net), ["class", "score"])["score_width"] == 2


@pytest.mark.parametrize("outputs", [["x"], ["class", "x"], ["layer1"]])
def test_outputs_that_are_none_wrong(outputs: list[str]) -> None:
    with pytest.raises(MeltError) as caught:
        melt(small(), outputs)
    assert str(caught.value) == (
        f"outputs {outputs[-1]}: the network's are class, score; choose of these, or all"
    )


@pytest.mark.parametrize("outputs", [[], ["all"], ["score", "class"], ["class", "score"]])
def test_outputs_come_in_the_networks_order(outputs: list[str]) -> None:
    assert melt(small(), outputs).output_names == melt(small()).output_names


TWICE = changed(small(), 2, inputs=("layer1.sum",))
CODES = IntNet(3, (Argmax("one", ("x",)), Argmax("class", ("x",))), 2, True)
STEPS = IntNet(
    3,
    (
        Levels("steps", ("x",), i32([[1]] * 3), i8([[0, 1]] * 3)),
        Linear("score", ("steps",), i8([[1, 1, 1]]), i32([0])),
        Argmax("class", ("score",)),
    ),
)


@pytest.mark.parametrize("net", [TWICE, CODES, STEPS])
def test_sums_as_codes_and_codes_as_sums(net: IntNet) -> None:
    """Any node reads any signal: weights on sums, steps on codes, the largest of codes."""
    rows = {row["what"]: row["how"] for row in check_melted(net, melt(net))}
    assert rows["all functions between cuts"] == "simulated 20,000"


class Unknown(Argmax):
    """A node that nobody wrote a rule for."""


def test_a_node_without_a_rule_wrong() -> None:
    net = replace(small(), outputs=("score",))
    node = Unknown("other", ("score",))
    object.__setattr__(net, "nodes", (*net.nodes, node))
    from gen.melt import melt as module

    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(module.RULES, Argmax)
        patch.setitem(net.__dict__, "read", frozenset({"other", "class"}))
        with pytest.raises(MeltError, match="^class: a Argmax has no lowering rule; there are"):
            melt(net, reached={name: np.arange(one.size) for name, one in net.signals.items()})


@pytest.mark.parametrize("name", ["score", "class", "score[0]", "a.b", "a b", "a\nb"])
def test_a_layer_may_have_any_name_or_is_refused(name: str) -> None:
    """Names from an imported network: the graph is right, or one line says what is not allowed."""
    net = random_net(np.random.default_rng(0), 3, hidden=(2,), classes=2)
    nodes = (
        net.nodes[0],
        replace(net.nodes[1], name=name),
        replace(net.nodes[2], name="sums", inputs=(name,)),
        Argmax("best", ("sums",)),
    )
    from gen.errors import SmeltError
    from gen.logic.aiger import aiger_bytes, parse_aiger

    try:
        renamed = IntNet(3, nodes)
        graph = melt(renamed)
    except SmeltError:
        return
    check_melted(renamed, parse_aiger(aiger_bytes(graph)))
    assert len(cut_names(graph)) == 2


# The checks --------------------------------------------------------------------------------


def checked(seed: int = 0) -> IntNet:
    """A network in which every activation can be 0 and 1 and changes the scores."""
    rng = np.random.default_rng(seed)
    weight, last = rng.choice([-1, 1], (6, 8)), rng.choice([-1, 1], (3, 6))
    nodes = (
        Linear("layer1.sum", ("x",), i8(weight), i32([0] * 6)),
        Levels("layer1", ("layer1.sum",), i32([[0]] * 6), i8([[0, 1]] * 6)),
        Linear("score", ("layer1",), i8(last), i32([0] * 3)),
        Argmax("class", ("score",)),
    )
    return IntNet(8, nodes)


def flipped(graph: Graph, name: str) -> Graph:
    """The graph with one output complemented."""
    outputs = graph.outputs.copy()
    outputs[graph.output_names.index(name)] ^= 1
    return Graph(graph.input_names, graph.output_names, graph.fan_in, outputs)


def write_vectors(path: Path, net: IntNet, codes: np.ndarray, **changes: object) -> None:
    """vectors.npz as `python -m gen vectors` writes it, from PyTorch's forward."""
    wanted = forward(net, codes)
    rows = []
    for winner, scores in zip(wanted["class"].tolist(), wanted["score"].tolist(), strict=True):
        bits = [int(winner) >> k & 1 for k in range(net.class_width)]
        rows.append(bits + bits_of([int(s) for s in scores], net.score_width))
    inputs = np.array([bits_of(row, net.input_bits) for row in codes.tolist()], dtype=np.uint8)
    arrays = {
        "inputs": np.packbits(inputs, axis=1, bitorder="little"),
        "outputs": np.packbits(np.array(rows, dtype=np.uint8), axis=1, bitorder="little"),
        "n_in": inputs.shape[1], "n_out": len(rows[0]), "n_test": len(codes),
        "labels": wanted["class"], "meta": "{}",
    }  # fmt: skip
    np.savez(path, **(arrays | changes))  # type: ignore[arg-type]


def test_a_right_graph_passes_all_checks(tmp_path: Path) -> None:
    net = checked()
    write_vectors(tmp_path / "vectors.npz", net, every_code(8, 1, False))
    rows = check_melted(net, melt(net), tmp_path / "vectors.npz")
    assert [(row["what"], row["how"]) for row in rows] == [
        ("each function of layer1", "exhaustive for 6 of 6, of up to 8 bits"),
        ("each function of score", "exhaustive for 3 of 3, of up to 6 bits"),
        ("each function of class", "exhaustive for 1 of 1, of up to 6 bits"),
        ("all functions between cuts", "simulated 20,000"),
        ("the joined graph", "simulated 20,000"),
        ("PyTorch's vectors", "simulated 256"),
    ]
    assert all(row["seconds"] >= 0 for row in rows)


@pytest.mark.parametrize("seed", range(12))
def test_networks_of_every_kind_pass_their_checks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = ("ternary", "3-bit", "8-bit")[seed % 3]
    net = random_net(rng, 4, KINDS[seed % 4], (5, 4), KINDS[(seed // 2) % 4], weights)
    check_melted(net, melt(net))


UNUSED = {
    "two-bit codes that are never 2 or 3": ([[0, 1], [0, 1]], 2, False, [[3], [1]]),
    "ternary activations": ([[-1, 1], [-1, 1]], 2, True, [[-2], [1]]),
    "a neuron that is always 0": ([[0, 0], [0, 1]], 1, False, [[1], [1]]),
}


@pytest.mark.parametrize("name", UNUSED)
def test_activations_that_do_not_use_all_codes(name: str) -> None:
    """A cut is free: its function for a code that no neuron gives is the network's, all the same.

    Questions force activations to values; "never by default a don't-care" holds here too.
    """
    codes, bits, signed, edges = UNUSED[name]
    nodes = (
        Linear("layer1.sum", ("x",), i8([[1, 1, -1], [1, 0, 1]]), i32([0, 0])),
        Levels("layer1", ("layer1.sum",), i32([[1], [1]]), i8(codes), bits=bits, signed=signed),
        Linear("layer2.sum", ("layer1",), i8([[1, 1], [1, -1]]), i32([0, 0])),
        Levels("layer2", ("layer2.sum",), i32(edges), i8([[0, 1], [0, 1]])),
        Linear("score", ("layer2",), i8([[1, 1], [1, -1]]), i32([0, 0])),
        Argmax("class", ("score",)),
    )
    net = IntNet(3, nodes)
    assert_melted(net, every_code(3, 1, False))
    check_melted(net, melt(net))


@pytest.mark.parametrize("name", ["layer1[0]", "layer1[5]", "class.1", "score[2].0"])
def test_a_complemented_output_is_found(name: str) -> None:
    net = checked()
    with pytest.raises(MeltError, match="this is a defect of melting$") as caught:
        check_melted(net, flipped(melt(net), name))
    assert str(caught.value).startswith(f"{name}: the graph says ")


def test_one_wrong_row_of_a_neuron_is_found_by_listing_only() -> None:
    """12 ternary inputs of 40: one wrong row in 4,096 that random codes seldom meet."""
    rng = np.random.default_rng(0)
    weight = np.zeros((1, 40), dtype=np.int8)
    weight[0, :13] = rng.choice([-1, 1], 13)
    nodes = (
        Linear("layer1.sum", ("x",), weight, i32([0])),
        Levels("layer1", ("layer1.sum",), i32([[1]]), i8([[0, 1]])),
        Linear("score", ("layer1",), i8([[1], [0]]), i32([0, 0])),
        Argmax("class", ("score",)),
    )
    net = IntNet(40, nodes)
    graph = melt(net)
    at = graph.output_names.index("layer1[0]")
    # The neuron XOR the AND of its 13 inputs: wrong for one of 8,192 values of its inputs.
    fan_in, top = graph.fan_in.tolist(), 2 * (graph.first_and + graph.n_ands)
    term = 2
    for literal in range(4, 28, 2):
        fan_in.append([term, literal])
        term, top = top, top + 2
    out = int(graph.outputs[at])
    fan_in += [[out, term ^ 1], [out ^ 1, term], [top ^ 1, (top + 2) ^ 1]]
    outputs = graph.outputs.copy()
    outputs[at] = (top + 4) ^ 1
    wrong = Graph(graph.input_names, graph.output_names, np.array(fan_in), outputs)
    with pytest.raises(MeltError, match=r"^layer1\[0\]: .* at vector 8191; "):
        check_melted(net, wrong)


@pytest.mark.parametrize("seed", range(10))
def test_a_planted_fault_inside_is_found(seed: int) -> None:
    net = checked()
    graph = melt(net)
    rng = np.random.default_rng(seed)
    fan_in = graph.fan_in.copy()
    fan_in[rng.integers(len(fan_in)), rng.integers(2)] ^= 1
    wrong = Graph(graph.input_names, graph.output_names, fan_in, graph.outputs)
    if named_tables_equal(graph, wrong):
        return
    with pytest.raises(MeltError, match="this is a defect of melting$"):
        check_melted(net, wrong)


def named_tables_equal(first: Graph, second: Graph) -> bool:
    return named_tables(first) == named_tables(second)


def test_the_check_of_the_joined_graph_alone_finds_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gen.melt.proof import check

    net = checked()
    monkeypatch.setattr(check, "decide", lambda *_: [])
    monkeypatch.setattr(check, "_check_random", lambda *_: "left out")
    check_melted(net, melt(net))
    for name in ("layer1[2]", "class.0"):
        with pytest.raises(MeltError, match="this is a defect of melting$"):
            check_melted(net, flipped(melt(net), name))


def test_vectors_of_another_network_are_found(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    write_vectors(path, checked(1), every_code(8, 1, False))
    with pytest.raises(MeltError, match=r"vectors\.npz: (class|score\[.\])\.\d is "):
        check_melted(checked(0), melt(checked(0)), path)
    write_vectors(path, small(), every_code(3, 1, False))
    with pytest.raises(MeltError) as caught:
        check_melted(checked(0), melt(checked(0)), path)
    n_out = 2 + 3 * checked(0).score_width
    assert str(caught.value) == (
        f"{path}: vectors of 3 inputs and {1 + 2 * small().score_width} outputs, the graph has"
        f" 8 and {n_out}; make the vectors again"
    )


def test_one_wrong_bit_in_the_vectors_is_found(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    net, codes = checked(), every_code(8, 1, False)
    write_vectors(path, net, codes)
    with np.load(path) as file:
        outputs = file["outputs"].copy()
    outputs[77, 0] ^= 1
    write_vectors(path, net, codes, outputs=outputs)
    with pytest.raises(
        MeltError, match=r"vectors\.npz: class\.0 is .* at vector 77, the graph says "
    ):
        check_melted(net, melt(net), path)


def test_damaged_vectors_wrong(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    net = checked()
    write_vectors(path, net, every_code(8, 1, False))
    data = path.read_bytes()
    for content in (b"", b"hello", data[:100], data[: len(data) // 2], data[:-5]):
        path.write_bytes(content)
        with pytest.raises(FileDamaged, match=r"not a whole (vector|\.npz) file"):
            check_melted(net, melt(net), path)
    path.unlink()
    with pytest.raises(FileDamaged, match=r"vectors\.npz"):
        check_melted(net, melt(net), path)


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": np.zeros((256, 1))},
        {"inputs": np.zeros((0, 1), np.uint8), "outputs": np.zeros((0, 3), np.uint8)},
        {"inputs": np.zeros((5, 1), np.uint8)},
        {"outputs": np.zeros((256, 1), np.uint8)},
        {"inputs": np.zeros(256, np.uint8)},
        {"n_in": "many"},
    ],
)
def test_vectors_of_another_shape_wrong(changes: dict[str, object], tmp_path: Path) -> None:
    from gen.errors import SmeltError

    path = tmp_path / "vectors.npz"
    net = checked()
    write_vectors(path, net, every_code(8, 1, False), **changes)
    with pytest.raises(SmeltError, match=r"vectors\.npz"):
        check_melted(net, melt(net), path)


def test_what_all_scores_have_in_common_is_not_melted_for_the_class_alone() -> None:
    linear = Linear("score", ("x",), i8([[1, -1, 1]] * 3), i32([0, 2, 1]))
    net = IntNet(3, (linear, Argmax("class", ("score",))))
    alone = melt(net, ("class",))
    assert alone.n_ands == 0
    assert tables(alone) == [0xFF, 0]
    assert melt(net).n_ands > 0
