"""Functions of many bits: proved where they are right, found where one point of them is wrong.

A point of 2^18 and more is met by no random check here: only proofs look at these graphs.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from gen.intnet.network import (
    NEVER,
    Add,
    Argmax,
    Concat,
    Conv,
    IntNet,
    Levels,
    Linear,
    Max,
    State,
    Table,
    Words,
)
from gen.logic.cones import Cones
from gen.logic.graph import Builder, Graph
from gen.melt.melt import MeltError, melt
from gen.melt.proof import reference
from gen.melt.proof.check import check_melted
from gen.melt.proof.diagrams import Budget, Diagrams, OutOfBudget
from gen.melt.proof.functions import Function, functions
from gen.melt.proof.prove import decide
from gen.melt.proof.reference import Reference
from gen.melt.proof.winner import prove_winner, words_of
from gen.melt.values import bit_names
from tests.gen.intnet.battery import CASES, LOOPS
from tests.gen.intnet.nets import every_code, i8, i32

RNG = np.random.default_rng(5)


def ternary(rows: int, columns: int) -> np.ndarray:
    return i8(RNG.choice([-1, 1], (rows, columns)))


def steps(name: str, source: str, n: int, bits: int = 1) -> Levels:
    edges = np.tile(np.arange(-1, (1 << bits) - 2), (n, 1))
    return Levels(name, (source,), i32(edges), i8([list(range(1 << bits))] * n), bits=bits)


def scored(*nodes: object, n: int = 2) -> tuple[object, ...]:
    """The nodes, and scores of the last one's `n` elements."""
    last = nodes[-1].name  # type: ignore[attr-defined]
    return (*nodes, Linear("score", (last,), ternary(3, n), i32([0, 1, 0])),
            Argmax("class", ("score",)))  # fmt: skip


def bias(n: int) -> np.ndarray:
    return i32([0] * n)


WIDE: dict[str, tuple[IntNet, str]] = {
    "a neuron of 24 inputs": (
        IntNet(24, scored(Linear("s", ("x",), ternary(2, 24), bias(2)), steps("h", "s", 2))),
        "h[1]",
    ),
    "one of larger weights and codes": (
        IntNet(
            9,
            scored(
                Linear("s", ("x",), i8(RNG.integers(-7, 8, (2, 9))), bias(2)),
                steps("h", "s", 2, 2),
            ),
            2,
            True,
        ),
        "h[0].1",
    ),
    "a convolution": (
        IntNet(
            36,
            scored(
                Conv("s", ("x",), i8(RNG.choice([-1, 1], (1, 1, 5, 5))), bias(1), (1, 6, 6)),
                steps("h", "s", 4),
                n=4,
            ),
        ),
        "h[3]",
    ),
    "a residual": (
        IntNet(
            18,
            scored(
                Linear("s", ("x",), ternary(18, 18), bias(18)),
                Add("r", ("s", "x"), 18),
                steps("h", "r", 18),
                n=18,
            ),
        ),
        "h[7]",
    ),
    "a truth table of 16 bits": (
        IntNet(
            16,
            scored(Table("h", ("x",), i32([range(16)]), i8(RNG.integers(0, 2, (1, 1 << 16)))), n=1),
        ),
        "h[0]",
    ),
    "the largest of six codes": (
        IntNet(6, (Max("m", ("x",), i32([range(6), [0, 0, 1, 1, 2, 2]])),), 3, True),
        "m[0].2",
    ),
    "a score": (
        IntNet(20, (Linear("score", ("x",), ternary(3, 20), bias(3)), Argmax("class", ("score",)))),
        "score[2].3",
    ),
    "a class": (
        IntNet(20, (Linear("score", ("x",), ternary(3, 20), bias(3)), Argmax("class", ("score",)))),
        "class.1",
    ),
    "a state": (
        IntNet(
            9,
            (
                Concat("c", ("x", "h"), 18),
                Linear("s", ("c",), ternary(9, 18), bias(9)),
                steps("n", "s", 9),
                Linear("score", ("n",), ternary(2, 9), bias(2)),
                Argmax("class", ("score",)),
            ),
            states=(State("h", "n", i8([0, 1] * 4 + [1])),),
        ),
        "n[4]",
    ),
    "a next state that is a class": (
        IntNet(
            8,
            (
                Linear("s", ("x",), i8(RNG.integers(-1, 2, (3, 8))), bias(3)),
                Argmax("k", ("s",)),
                Concat("c", ("k", "h"), 2),
                steps("o", "c", 2),
            ),
            2,
            states=(State("h", "k", i8([2]), 2),),
        ),
        "h.next[0].1",
    ),
    "steps of integers of 16 bits": (
        IntNet(
            32,
            scored(
                Words("s", ("x",), i32([0, 16]), i8([16, 16]), i8([1, 0])),
                Levels(
                    "h",
                    ("s",),
                    i32([[-31_000, -5, 17, 20_001], [1, 4_097, 65_535, NEVER]]),
                    i8([[1, 0, 1, 0, 1], [0, 1, 0, 1, 1]]),
                ),
            ),
        ),
        "h[1]",
    ),
    "steps of a sum of wide codes": (
        IntNet(
            3,
            scored(
                Linear("s", ("x",), i8([[3, -5, 1], [1, 1, 1]]), i32([7, -9])),
                Levels(
                    "h",
                    ("s",),
                    i32([[-9_000, 1, 4_000], [100, 6_000, NEVER]]),
                    i8([[1, 0, 1, 0], [0, 1, 0, 1]]),
                ),
            ),
            12,
        ),
        "h[0]",
    ),
    "the largest sum of wide codes": (
        IntNet(
            2,
            (
                Linear("s", ("x",), i8([[3, -5], [1, 1]]), i32([7, -9])),
                Max("top", ("s",), i32([[0, 1]])),
                Argmax("class", ("s",), last=True),
            ),
            12,
            True,
            outputs=("class", "top"),
        ),
        "top[0].3",
    ),
}


def planted(graph: Graph, output: str, point: Mapping[str, int]) -> Graph:
    """The graph with one output the other way round where all bits of `point` are as it says."""
    b = Builder()
    inputs = {name: b.input(name) for name in graph.input_names}
    made = b.import_graph(graph, list(inputs.values()))
    here = b.true
    for name, value in point.items():
        here = b.and_(here, inputs[name] if value else ~inputs[name])
    for name, signal in zip(graph.output_names, made, strict=True):
        b.output(name, b.xor(signal, here) if name == output else signal)
    return b.graph()


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_function_is_proved_and_one_wrong_point_is_found(name: str) -> None:
    net, output = WIDE[name]
    graph = melt(net)
    found = {bit: one for one in decide(net, graph, net.outputs) for bit in one.function.bits}
    assert sorted(found) == sorted(graph.output_names)
    assert {one.verdict for one in found.values()} <= {"proved", "exhaustive"}
    assert found[output].verdict == "proved"
    assert found[output].bits > 14
    for seed in range(3):
        rng = np.random.default_rng(seed)
        read = _read(graph, output)
        wrong = planted(graph, output, {bit: int(rng.integers(2)) for bit in read})
        with pytest.raises(MeltError, match="this is a defect of melting$") as caught:
            decide(net, wrong, net.outputs)
        assert str(caught.value).startswith(f"{output}: the graph says ")


def _read(graph: Graph, output: str) -> list[str]:
    return list(Cones(graph).select([output]).input_names)


def test_a_class_alone_is_proved_by_words_inside_the_graph() -> None:
    rng = np.random.default_rng(1)
    linear = Linear("score", ("x",), i8(rng.integers(-1, 2, (5, 40))), i32(rng.integers(-3, 4, 5)))
    net = IntNet(40, (linear, Argmax("class", ("score",))))
    graph = melt(net, ("class",))
    (found,) = decide(net, graph, ("class",))
    assert (found.verdict, found.by) == ("proved", "SAT on the scores' words")
    wrong = planted(graph, "class.0", dict.fromkeys(graph.input_names, 1))
    try:
        (found,) = decide(net, wrong, ("class",), seconds=1)
    except MeltError:
        return
    assert found.verdict == "simulated"


@pytest.mark.parametrize("classes", [1, 2, 3, 7])
def test_the_first_of_equal_scores_wins(classes: int) -> None:
    """Words that are compared in another order of ties are not proved to give the class."""
    net = IntNet(18, (Linear("score", ("x",), ternary(classes, 18), bias(classes)),
                      Argmax("class", ("score",))))  # fmt: skip
    assert {one.verdict for one in decide(net, melt(net), net.outputs)} == {"proved"}
    backwards = replace(net, nodes=(
        replace(net.nodes[0], weight=net.nodes[0].weight[::-1].copy()), net.nodes[1],
    ))  # fmt: skip
    if classes > 1:
        with pytest.raises(MeltError, match="this is a defect of melting$"):
            decide(net, melt(backwards), net.outputs)


@pytest.mark.parametrize("constant", range(3))
def test_a_class_among_scores_of_which_one_is_constant(constant: int) -> None:
    """Bits of its word are constants of the graph, which nothing is to take for free."""
    weight = ternary(3, 18)
    weight[constant] = 0
    net = IntNet(18, (Linear("score", ("x",), weight, i32([0, 1, -1])),
                      Argmax("class", ("score",))))  # fmt: skip
    graph = melt(net)
    (function,) = (one for one in functions(net, net.outputs) if one.name == "class")
    words = words_of(net, graph, net.outputs, function)
    assert words is not None
    assert {0, 1} & {literal for word in words.literals for literal in word}
    assert prove_winner(Cones(graph), function.bits, words)


def test_a_class_that_takes_the_last_of_equal_scores_is_found() -> None:
    """Its scores are right, and so is the class where no two are equal."""
    linear = Linear("score", ("x",), ternary(2, 18), bias(2))
    net = IntNet(18, (linear, Argmax("class", ("score",))))
    turned = replace(linear, weight=linear.weight[::-1].copy())
    graph, other = melt(net), melt(replace(net, nodes=(turned, net.nodes[1])))
    b = Builder()
    inputs = [b.input(name) for name in graph.input_names]
    made = dict(zip(graph.output_names, b.import_graph(graph, inputs), strict=True))
    last = dict(zip(other.output_names, b.import_graph(other, inputs), strict=True))
    made["class.0"] = ~last["class.0"]  # 0 of the turned scores only where the first is larger.
    for name, signal in made.items():
        b.output(name, signal)
    with pytest.raises(MeltError, match=r"^class\.0: the graph says 1, the integer network 0 "):
        decide(net, b.graph(), net.outputs)


def test_a_narrow_function_that_reads_other_bits_too_is_found() -> None:
    """Six inputs decide the neuron, but the graph asks thirty more."""
    weight = np.zeros((1, 40), np.int8)
    weight[0, :6] = 1
    net = IntNet(40, scored(Linear("s", ("x",), weight, bias(1)), steps("h", "s", 1), n=1))
    graph = planted(melt(net), "h[0]", {f"x[{at}]": 1 for at in range(5, 35)})
    with pytest.raises(MeltError, match=r"^h\[0\]: .* where "):
        decide(net, graph, net.outputs)


@pytest.mark.parametrize("reset", [0, 1])
def test_a_wrong_row_with_and_without_reset_is_found(reset: int) -> None:
    nodes = (Concat("c", ("x", "h"), 5), Linear("s", ("c",), ternary(2, 5), bias(2)),
             steps("n", "s", 2))  # fmt: skip
    net = IntNet(3, nodes, states=(State("h", "n", i8([1, 0])),))
    graph = melt(net)
    assert {one.verdict for one in decide(net, graph, net.outputs)} == {"exhaustive"}
    point = dict.fromkeys(graph.input_names, 1) | {"reset": reset}
    point = {name: value for name, value in point.items() if not name.startswith("n[")}
    with pytest.raises(MeltError, match=r"^n\[1\]: the graph says "):
        decide(net, planted(graph, "n[1]", point), net.outputs)


def test_what_ran_out_of_budget_is_simulated_and_named() -> None:
    net, _ = WIDE["a neuron of 24 inputs"]
    rows = check_melted(net, melt(net), seconds=0)
    assert [(row["what"], row["how"]) for row in rows[:2]] == [
        (
            "each function of h",
            "simulated 20,000 for 2 of 2, of up to 24 bits; the budget of 0 s for all functions"
            " ran out for h[0], h[1]",
        ),
        ("each function of score", "exhaustive for 3 of 3, of up to 2 bits"),
    ]


def test_diagrams_that_grow_too_large_run_out_of_budget() -> None:
    net, _ = WIDE["a truth table of 16 bits"]
    diagrams = Diagrams(Budget(60, nodes=500, between=0))
    diagrams.order([f"x[{at}]" for at in range(16)])
    with pytest.raises(OutOfBudget, match="^500 nodes of decision diagrams$"):
        Reference(net, diagrams).values(Function("h", "h", 0, ("h[0]",)))


def test_a_graph_of_other_outputs_or_inputs_wrong() -> None:
    net, _ = WIDE["a score"]
    graph = melt(net)
    with pytest.raises(MeltError, match=r"have not the same outputs \(score\[0\]\.0, "):
        decide(net, melt(net, ("class",)), net.outputs)
    names = ("y", *graph.input_names[1:])
    with pytest.raises(MeltError, match=r"inputs that the network has not \(y\)"):
        decide(net, graph.renamed(names, graph.output_names), net.outputs)


# The reference -----------------------------------------------------------------------------


def by_hand(net: IntNet, codes: np.ndarray) -> dict[str, list[list[int]]]:
    """Every signal by plain loops, a vector at a time."""
    found: dict[str, list[list[int]]] = {"x": codes.tolist()}
    for node in net.nodes:
        given = zip(*(found[name] for name in node.inputs), strict=True)
        found[node.name] = [np.atleast_1d(LOOPS[type(node)](node, *row)).tolist() for row in given]
    return found


@pytest.mark.parametrize("many", [reference.MANY, 0])
@pytest.mark.parametrize("case", CASES)
def test_the_reference_is_what_loops_say(
    case: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every kind of node, each function's bits at every input, uncut ones too; by its values,
    and by numbers where there are so many of them."""
    monkeypatch.setattr(reference, "MANY", many)
    monkeypatch.setattr(reference, "SPAN", min(many, reference.SPAN))
    net = replace(CASES[case], outputs=tuple(node.name for node in CASES[case].nodes))
    codes = every_code(net.n_inputs, net.input_bits, net.input_signed)
    codes = codes[np.random.default_rng(0).permutation(len(codes))[:40]]
    wanted = by_hand(net, codes)
    names = [bit for word in bit_names("x", net.n_inputs, net.input_bits) for bit in word]
    cuts = {node.name for node in net.activations}
    diagrams = Diagrams(Budget(60))
    for one in functions(net, net.outputs):
        if one.at_cut:
            continue
        read = {
            bit: int(value) >> place & 1
            for name in cuts - {one.name}
            for at, value in enumerate(wanted[name][0])
            for place, bit in enumerate(bit_names(name, at + 1, net.signals[name].bits)[at])
        }
        diagrams.order([*names, *read])
        made = Reference(net, diagrams).bits(one)
        for row, given in enumerate(codes.tolist()):
            point = {
                bit: code >> place & 1
                for at, code in enumerate(given)
                for place, bit in enumerate(bit_names("x", at + 1, net.input_bits)[at])
            }
            for name in cuts - {one.name}:
                signal = net.signals[name]
                for at, value in enumerate(wanted[name][row]):
                    for place, bit in enumerate(bit_names(name, at + 1, signal.bits)[at]):
                        point[bit] = int(value) >> place & 1
            bits = [int(diagrams.holds(bit, point)) for bit in made]
            value = int(wanted[one.name][row][one.element])
            assert bits == [value >> place & 1 for place in range(len(one.bits))], one.label


@pytest.mark.slow
def test_a_head_of_many_codes_times_a_number_is_proved() -> None:
    """As of a Brevitas network whose biases are ranks: too large for 300,000 nodes."""
    signs = np.random.default_rng(1).choice([-10, 10], (1, 29)).astype(np.int8)
    net = IntNet(29, (Linear("score", ("x",), signs, np.array([-4], np.int32)),), input_bits=2)
    (found,) = decide(net, melt(net), ("score",))
    assert (found.verdict, found.bits) == ("proved", 58)
