"""What an integer network refuses, whole messages; and its properties."""

import numpy as np
import pytest

from gen.intnet.network import NEVER, Argmax, IntNet, Linear, Max, NetError, Node
from tests.gen.intnet.nets import changed, i8, i32, small

SMALL = small()
ONE = Linear("score", ("x",), i8([[1, 1, 1]]), i32([0]))
END = Argmax("class", ("score",))


def linear(weight: object, bias: object, name: str = "score") -> tuple[Linear, Argmax]:
    return Linear(name, ("x",), weight, bias), Argmax("class", (name,))  # type: ignore[arg-type]


ALLOWED = "; 1 to 4194304 inputs and at least one node are allowed"
WRONG = {
    "a network of 0 inputs and 2 nodes" + ALLOWED: lambda: IntNet(0, (ONE, END)),
    "a network of 3 inputs and 0 nodes" + ALLOWED: lambda: IntNet(3, ()),
    "a network of 4194305 inputs and 2 nodes" + ALLOWED: lambda: IntNet(4194305, (ONE, END)),
    "inputs of 0 bits; 1 to 16 are allowed": lambda: IntNet(3, (ONE, END), 0),
    "inputs of 17 bits; 1 to 16 are allowed": lambda: IntNet(3, (ONE, END), 17),
    "output 'sum' is no node; there are score, class": (
        lambda: IntNet(3, (ONE, END), outputs=("class", "sum"))
    ),
    "output 'x' is no node; there are score, class": lambda: IntNet(3, (ONE, END), outputs=("x",)),
    "output 'score' is named twice": lambda: IntNet(3, (ONE, END), outputs=("score", "score")),
    "two signals are named 'layer1'": lambda: changed(SMALL, 2, name="layer1"),
    "a node is named 'x'; letters, digits, _ and . are allowed, and not x or reset": (
        lambda: changed(SMALL, 0, name="x")
    ),
    "a node is named 'a b'; letters, digits, _ and . are allowed, and not x or reset": (
        lambda: changed(SMALL, 0, name="a b")
    ),
    "layer1.sum: reads ['score'], which are not one earlier signal of x": (
        lambda: changed(SMALL, 0, inputs=("score",))
    ),
    "score: reads ['layer1', 'x'], which are not one earlier signal of x, layer1.sum, layer1": (
        lambda: changed(SMALL, 2, inputs=("layer1", "x"))
    ),
    "score: reads [], which are not one earlier signal of x, layer1.sum, layer1": (
        lambda: changed(SMALL, 2, inputs=())
    ),
    "score: weight of shape (1, 2), expected (*, 3)": (
        lambda: IntNet(3, linear(i8([[1, 1]]), i32([0])))
    ),
    "score: weight of shape (3,), expected (*, 3)": (
        lambda: IntNet(3, linear(i8([1, 1, 1]), i32([0])))
    ),
    "score: weight is empty, of shape (0, 3)": (
        lambda: IntNet(3, linear(np.zeros((0, 3), np.int8), i32([])))
    ),
    "score: bias of shape (2,), expected (1,)": (
        lambda: IntNet(3, linear(i8([[1, 1, 1]]), i32([0, 0])))
    ),
    "score: weight[0, 0] is 32768; weights have up to 16 bits": (
        lambda: IntNet(3, linear(np.full((1, 3), 1 << 15), i32([0])))
    ),
    "score: weight is float32, expected integers": (
        lambda: IntNet(3, linear(np.ones((1, 3), np.float32), i32([0])))
    ),
    "score: bias[0] is -2147483649; it has to fit int32": (
        lambda: IntNet(3, linear(i8([[1, 1, 1]]), np.array([-(1 << 31) - 1])))
    ),
    "layer1: edges (1, 1) and codes (2, 2), expected (2, L) and (2, L + 1)": (
        lambda: changed(SMALL, 1, edges=i32([[1]]))
    ),
    "layer1: edges (2, 1) and codes (2, 3), expected (2, L) and (2, L + 1)": (
        lambda: changed(SMALL, 1, codes=i8([[0, 1, 1], [0, 1, 1]]))
    ),
    "layer1: edges (2,) and codes (2, 2), expected (2, L) and (2, L + 1)": (
        lambda: changed(SMALL, 1, edges=i32([1, 1]))
    ),
    "layer1: edges[0, 0] is 4294967296; it has to fit int32": (
        lambda: changed(SMALL, 1, edges=np.full((2, 1), 1 << 32, np.uint64))
    ),
    "layer1: codes[0, 0] is 1099511627776; it has to fit int32": (
        lambda: changed(SMALL, 1, codes=np.full((2, 2), 1 << 40))
    ),
    "layer1[1]: edges [3, 2] do not ascend": (
        lambda: changed(SMALL, 1, edges=i32([[1, 1], [3, 2]]), codes=i8([[0, 1, 0], [0, 1, 0]]))
    ),
    "layer1[1]: edges [2147483647, -2147483648] do not ascend": (
        lambda: changed(
            SMALL, 1, edges=i32([[1, 1], [NEVER, -(1 << 31)]]), codes=i8([[0, 1, 0], [0, 1, 0]])
        )
    ),
    "layer1[0]: codes [0, 2] do not fit 1 bits (unsigned)": (
        lambda: changed(SMALL, 1, codes=i8([[0, 2], [0, 1]]))
    ),
    "layer1[1]: codes [0, -1] do not fit 1 bits (unsigned)": (
        lambda: changed(SMALL, 1, codes=i8([[0, 1], [0, -1]]))
    ),
    "layer1[0]: codes [-3, 1] do not fit 2 bits (signed)": (
        lambda: changed(SMALL, 1, codes=i8([[-3, 1], [0, 1]]), bits=2, signed=True)
    ),
    "score[0]: sums reach 16777216; float32 would round them": (
        lambda: IntNet(3, linear(i8([[1, 0, 0]]), i32([(1 << 24) - 1])))
    ),
    "score[1]: sums reach 16777216; float32 would round them": (
        lambda: IntNet(3, linear(i8([[1, 0, 0], [-1, 0, 0]]), i32([0, 1 - (1 << 24)])))
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_an_inconsistent_network_wrong(message: str) -> None:
    with pytest.raises(NetError) as caught:
        WRONG[message]()
    assert str(caught.value) == message


def test_partial_sums_beyond_float32_wrong() -> None:
    """b is 0 or 1, but adding its terms up one by one passes 2**24, where float32 rounds."""
    nodes = (
        Linear("a", ("x",), i8([[1]] * 20), i32([1_000_000] * 20)),
        Linear("b", ("a",), i8([[1] * 10 + [-1] * 10]), i32([0])),
    )
    with pytest.raises(NetError, match=r"^b\[0\]: sums reach 16777216; float32 would round them$"):
        IntNet(1, nodes)


@pytest.mark.parametrize(
    ("nodes", "outputs", "score", "classes"),
    [
        ((ONE,), ("score",), "score", 1),
        ((ONE, END), ("class", "score"), "score", 1),
        ((Argmax("class", ("x",)),), ("class",), "x", 3),
        ((ONE, END, Max("top", ("score",), i32([[0]]))), ("top",), "top", 1),
    ],
)
def test_a_network_answers_with_its_last_node_and_its_scores(
    nodes: tuple[Node, ...], outputs: tuple[str, ...], score: str, classes: int
) -> None:
    net = IntNet(3, nodes)
    assert (net.outputs, net.score, net.n_classes) == (outputs, score, classes)
    assert (net.decision is not None) == ("class" in outputs)


@pytest.mark.parametrize("bits", [0, -1, 17])
@pytest.mark.parametrize("signed", [False, True])
def test_levels_of_impossible_width_wrong(bits: int, signed: bool) -> None:
    with pytest.raises(NetError, match="^layer1: "):
        changed(SMALL, 1, codes=i8([[0, 0], [0, 0]]), bits=bits, signed=signed)


def test_edges_without_any_shape_wrong() -> None:
    with pytest.raises(NetError, match="^layer1: edges "):
        changed(SMALL, 1, edges=i32(1))


def test_sums_just_below_the_limit_are_allowed() -> None:
    net = IntNet(3, linear(i8([[1, 0, 0]]), i32([(1 << 24) - 2])))
    assert net.ranges["score"][1].tolist() == [(1 << 24) - 1]


def test_equal_edges_are_allowed() -> None:
    codes = i8([[0, 1, 0], [0, 1, 0]])
    assert changed(SMALL, 1, edges=i32([[1, 1], [1, NEVER]]), codes=codes).n_classes == 2


def test_nodes_are_found_by_name() -> None:
    assert SMALL.node("score") is SMALL.nodes[2]
    assert (SMALL.score, SMALL.n_classes) == ("score", 2)
    with pytest.raises(NetError) as caught:
        SMALL.node("layer2")
    assert str(caught.value) == ("no node 'layer2'; there are layer1.sum, layer1, score, class")


@pytest.mark.parametrize("first", [*range(-10, 10), 126, 127, -128, -129])
def test_the_score_width_is_the_least_that_holds_all(first: int) -> None:
    # Scores: first + 0..1, and -1..0.
    net = changed(SMALL, 2, weight=i8([[1, 0], [0, -1]]), bias=i32([first, 0]))
    lowest, highest = min(first, -1), max(first + 1, 0)
    widths = (n for n in range(1, 40) if -(1 << (n - 1)) <= lowest and highest < 1 << (n - 1))
    assert net.score_width == next(widths)


@pytest.mark.parametrize(
    ("classes", "width"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (10, 4), (17, 5)]
)
def test_the_class_width(classes: int, width: int) -> None:
    net = IntNet(3, linear(i8(np.ones((classes, 3))), i32(np.zeros(classes))))
    assert net.class_width == width
