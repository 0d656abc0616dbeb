"""Reduced networks give what PyTorch's forward of the original gives, on every input."""

import numpy as np
import pytest

from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, Max, State, Table
from gen.intnet.reduce import reduce_net
from tests.gen.intnet.nets import every_code, forward, i8, i32, random_net

STEP = [0, 1]


def layer(weight: list[list[int]], edges: list[int], bias: list[int] | None = None) -> IntNet:
    """Binary neurons over bits, each alone the reason for a class score."""
    n = len(weight)
    return IntNet(
        len(weight[0]),
        (
            Linear("layer1.sum", ("x",), i8(weight), i32(bias or [0] * n)),
            Levels("layer1", ("layer1.sum",), i32([[e] for e in edges]), i8([STEP] * n)),
            Linear("score", ("layer1",), i8(np.eye(3, n) * 2 + np.arange(n) % 3), i32([0, 1, 0])),
            Argmax("class", ("score",)),
        ),
    )


def counted(net: IntNet) -> tuple[int, int, int]:
    reduced, counts = reduce_net(net)
    codes = every_code(net.n_inputs, net.input_bits, net.input_signed)
    assert np.array_equal(interpret(reduced, codes)["score"], forward(net, codes)["score"])
    return counts.constant, counts.duplicate, counts.complementary


def test_thresholds_always_and_never_reached() -> None:
    assert counted(layer([[1, 1, -1], [1, 1, 1], [1, -1, 1]], [-1, 4, 1])) == (2, 0, 0)


def test_equal_neurons_whatever_their_bias_and_scale() -> None:
    weight = [[1, 1, -1], [2, 2, -2], [1, 1, -1]]
    # s >= 1, 2s + 1 >= 2 (that is s >= 1/2) and s + 3 >= 4 are the same.
    assert counted(layer(weight, [1, 2, 4], [0, 1, 3])) == (0, 2, 0)
    assert counted(layer(weight, [1, 3, 5], [0, 0, 3])) == (0, 1, 0)  # s >= 1, 3/2 and 2
    assert counted(layer(weight, [1, 3, 4], [0, 0, 4])) == (0, 0, 0)  # s >= 1, 3/2 and 0


def test_complements_are_found() -> None:
    # -s >= 0 is not (s >= 1).
    assert counted(layer([[1, 1, -1], [-1, -1, 1], [1, 0, 0]], [1, 0, 1])) == (0, 0, 1)


def test_nothing_found_leaves_the_network_alone() -> None:
    net = layer([[1, 1, -1], [1, 1, 1], [1, -1, 1]], [1, 1, 1])
    assert reduce_net(net)[0] is net


def test_weights_that_do_not_fit_together_stay_apart() -> None:
    net = layer([[1, 1], [1, 1], [1, 0]], [1, 1, 1])
    nodes = list(net.nodes)
    nodes[2] = Linear(
        "score", ("layer1",), np.array([[20_000, 20_000, 1], [-100, -20, 0]]), i32([0, 0])
    )
    apart = IntNet(2, tuple(nodes))
    assert counted(apart) == (0, 1, 0)
    assert reduce_net(apart)[0].node("score").weight.tolist() == [  # type: ignore[attr-defined]
        [20_000, 20_000, 1],
        [-120, 0, 0],
    ]


def test_tables_and_concatenations_read_the_other_one() -> None:
    """Duplicates and complements behind a concatenation, in truth tables and in a maximum."""
    nodes = (
        Table(
            "a", ("x",), i32([[0, 1], [0, 1], [0, 1]]), i8([[0, 1, 1, 0], [1, 0, 0, 1], [0] * 4])
        ),
        Concat("both", ("x", "a"), 6),
        Table(
            "b", ("both",), i32([[3, 4], [2, 4], [5, 3]]), i8([[0, 0, 1, 1]] * 2 + [[0, 0, 1, 0]])
        ),
        Max("top", ("both",), i32([[2, 3], [4, 5]])),
        Concat("all", ("b", "top"), 5),
        Linear("score", ("all",), i8([[1, 1, 1, 1, 1], [1, 2, -1, 0, 0]]), i32([0, 0])),
    )
    net = IntNet(3, nodes)
    reduced, counts = reduce_net(net)
    assert (counts.constant, counts.complementary) == (1, 1)
    codes = every_code(3, 1, False)
    assert np.array_equal(interpret(reduced, codes)["score"], interpret(net, codes)["score"])
    assert reduced.node("b").wiring[0].tolist() == [3, 3]  # type: ignore[attr-defined]


def test_states_are_left_as_they_are() -> None:
    nodes = (
        Concat("both", ("x", "h"), 4),
        Linear("layer1.sum", ("both",), i8([[1, 1, 1, 1], [1, 1, 1, 1]]), i32([0, 0])),
        Levels("layer1", ("layer1.sum",), i32([[1], [1]]), i8([STEP] * 2)),
    )
    net = IntNet(2, nodes, states=(State("h", "layer1", i8([0, 1])),))
    reduced, _ = reduce_net(net)
    codes = every_code(2, 1, False)
    for state in every_code(2, 1, False):
        held = {"h": np.tile(state, (4, 1))}
        assert np.array_equal(
            interpret(reduced, codes, held)["layer1"], interpret(net, codes, held)["layer1"]
        )


@pytest.mark.parametrize("seed", range(30))
def test_random_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [(1, False), (2, False), (2, True), (1, True)]
    net = random_net(rng, 4, kinds[seed % 4], (9, 7), kinds[seed // 2 % 4], classes=3)
    doubled = list(net.nodes)
    sums, levels = doubled[0], doubled[1]
    assert isinstance(sums, Linear)
    assert isinstance(levels, Levels)
    weight, edges, codes = sums.weight.copy(), levels.edges.copy(), levels.codes.copy()
    weight[5:8], edges[5:8], codes[5:8] = weight[:3], edges[:3], codes[:3]
    bias = np.concatenate([sums.bias[:5], sums.bias[:3], sums.bias[8:]])
    doubled[0] = Linear(sums.name, sums.inputs, weight, bias)
    doubled[1] = Levels(
        levels.name, levels.inputs, edges, codes, bits=levels.bits, signed=levels.signed
    )
    net = IntNet(4, tuple(doubled), net.input_bits, net.input_signed)
    reduced, counts = reduce_net(net)
    assert counts.duplicate + counts.constant >= 3
    every = every_code(4, net.input_bits, net.input_signed)
    wanted = forward(net, every)
    found = interpret(reduced, every)
    assert np.array_equal(found["score"], wanted["score"])
    assert np.array_equal(found["class"], wanted["class"])
