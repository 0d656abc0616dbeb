"""Nodes in unusual company: mixed widths as outputs and states, an argmax that is read on."""

import numpy as np
import pytest
import torch

from gen.intnet.interpret import interpret, run_steps
from gen.intnet.network import Add, Argmax, Concat, IntNet, Levels, Linear, Max, Node, State
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt import melt as module
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.melt.sidecar import describe
from gen.nets.freezing.frozen import FrozenNet
from tests.gen.intnet.nets import every_code, i8, i32

ONE_BIT = Levels("a", ("x",), i32([[1]] * 3), i8([[0, 1]] * 3))
TWO_BITS = Levels("b", ("x",), i32([[1, 2]] * 3), i8([[0, 1, 3]] * 3), bits=2)
TERNARY = Levels("t", ("x",), i32([[1, 2]] * 3), i8([[-1, 0, 1]] * 3), bits=2, signed=True)
BOTH = Concat("c", ("a", "b"), 6)
SUMS = Linear("s", ("x",), i8([[-100, 1, 1], [1, 1, 1]]), i32([0, 0]))
READ_ON = (
    Argmax("k", ("s",)),
    Concat("kx", ("k", "x"), 4),
    Linear("o", ("kx",), i8([[7, 1, 1, 1]]), i32([0])),
)

NETS: dict[str, tuple[tuple[Node, ...], tuple[State, ...]]] = {
    "codes of two widths": ((ONE_BIT, TWO_BITS, BOTH), ()),
    "signed and unsigned codes": ((ONE_BIT, TERNARY, Concat("c", ("a", "t"), 6)), ()),
    "the top score is narrower than the scores": ((SUMS, Max("top", ("s",), i32([[0, 1]]))), ()),
    "an argmax read by nodes": ((SUMS, *READ_ON), ()),
    "an argmax of the inputs": ((Argmax("k", ("x",)),), ()),
    "a state of two widths": ((ONE_BIT, TWO_BITS, BOTH), (State("h", "c", i8([0] * 6), 2),)),
    "a state that is an argmax": (
        (Concat("all", ("x", "h"), 4), Argmax("k", ("all",))),
        (State("h", "k", i8([3]), 2),),
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_melted_and_pytorch_say_what_the_network_says(name: str) -> None:
    nodes, states = NETS[name]
    net = IntNet(3, nodes, 2, states=states)
    check_melted(net, melt(net))
    assert describe(net, melt(net), net.outputs)["format"] == "smelt-graph-1"
    codes = np.stack([every_code(3, 2, False), every_code(3, 2, False)[::-1]])
    frozen = FrozenNet(net).steps(torch.from_numpy(codes))
    for found, wanted in zip(run_steps(net, codes), frozen, strict=True):
        for output in net.outputs:
            assert np.array_equal(found[output], wanted[output].numpy())


def test_an_argmax_that_is_read_worked_out_by_hand() -> None:
    net = IntNet(3, (SUMS, *READ_ON), 2)
    # Sums -97, 5 and 3, 3: classes 1 and, by the tie, 0.
    found = interpret(net, np.array([[1, 2, 1], [0, 3, 0]]))
    assert found["k"].tolist() == [1, 0]
    assert found["kx"].tolist() == [[1, 1, 2, 1], [0, 0, 3, 0]]
    assert found["o"].tolist() == [[11], [3]]


@pytest.mark.parametrize(("length", "again"), [(1200, False), (20, True)])
def test_long_chains_of_additions(
    length: int, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As deep as they are, and where each adds a signal to itself, neither recursion nor growth."""
    monkeypatch.setattr(module, "JOINED_BITS", 64)
    nodes: list[Node] = [Linear("s0", ("x",), i8([[1, 1, -1]]), i32([-1]))]
    for at in range(length):
        nodes.append(Add(f"s{at + 1}", (f"s{at}",) * (1 + again), 1))
    nodes.append(Levels("last", (nodes[-1].name,), i32([[0]]), i8([[0, 1]])))
    nodes.append(Linear("score", ("last",), i8([[0], [1]]), i32([0, 0])))
    net = IntNet(3, (*nodes, Argmax("class", ("score",))))
    assert check_melted(net, melt(net))[0]["how"] == "exhaustive for 1 of 1, of up to 3 bits"
    graph = flatten(melt(net))
    codes = every_code(3, 1, False)
    wanted = [int(a + b - c - 1 >= 0) for a, b, c in codes.tolist()]
    assert evaluate(graph, codes)[:, 0].tolist() == wanted
