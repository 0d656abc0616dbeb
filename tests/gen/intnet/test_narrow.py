"""Narrower codes: the same outputs by the interpreter, and every change of a sum is seen."""

from dataclasses import replace

import numpy as np
import pytest

from gen.intnet.interpret import interpret
from gen.intnet.narrow import difference, narrow_net
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Table
from gen.intnet.node import NetError
from tests.gen.intnet.nets import every_code, i8, i32


def tabled(seed: int = 0) -> IntNet:
    """Two codes of three bits, six tables that two sums read, steps of these, and their sum."""
    rng = np.random.default_rng(seed)
    tables = rng.integers(-5, 3, (6, 8))
    tables[0] -= 3
    return IntNet(
        2,
        (
            Table(
                "edge",
                ("x",),
                wiring=i32([[0], [1], [0], [1], [1], [0]]),
                tables=i8(tables),
                bits=5,
                signed=True,
                width=3,
            ),
            Linear("sum", ("edge",), i8(rng.integers(-2, 3, (2, 6))), i32([1, -2])),
            Levels("layer", ("sum",), i32([[-3, 0, 4]] * 2), i8([[0, 1, 2, 3]] * 2), bits=2),
            Linear("score", ("layer",), i8([[1, -1], [1, 2]]), i32([0, -3])),
            Argmax("class", ("score",)),
        ),
        3,
        outputs=("class", "score"),
    )


@pytest.mark.parametrize("seed", range(5))
def test_every_input_gives_what_it_gave(seed: int) -> None:
    net = tabled(seed)
    narrow = narrow_net(net)
    assert narrow is not None
    edge = narrow.node("edge")
    assert isinstance(edge, Table)
    assert not edge.signed
    assert edge.tables.min(axis=1).tolist() == [0] * 6
    codes = every_code(2, 3, False)
    before, after = interpret(net, codes), interpret(narrow, codes)
    for name in ("layer", "score", "class"):
        assert np.array_equal(before[name], after[name])
    assert difference(net, narrow) == ""


def changed(net: IntNet, name: str, **arrays: object) -> IntNet:
    nodes = (replace(n, **arrays) if n.name == name else n for n in net.nodes)  # type: ignore[arg-type]
    return replace(net, nodes=tuple(nodes))


@pytest.mark.parametrize("name", ["edge", "sum", "layer", "score"])
def test_any_number_changed_is_seen(name: str) -> None:
    """Every entry of every array, one at a time; wherever the interpreter differs, so it says."""
    net = tabled()
    narrow = narrow_net(net)
    assert narrow is not None
    codes = every_code(2, 3, False)
    wanted = interpret(net, codes)["score"]
    node = narrow.node(name)
    seen = 0
    for what in node.ARRAYS:
        for at in np.ndindex(getattr(node, what).shape):
            array = getattr(node, what).astype(np.int64)
            array[at] += 1 if array[at] < array.max() or what != "wiring" else -1
            try:
                wrong = changed(narrow, name, **{what: array})
            except NetError:  # A network that there cannot be.
                continue
            differs = not np.array_equal(interpret(wrong, codes)["score"], wanted)
            assert difference(net, wrong) or not differs
            seen += bool(difference(net, wrong))
    assert seen


def test_another_interface_is_another_network() -> None:
    net = tabled()
    assert difference(net, replace(net, outputs=("score",)))
    assert difference(net, replace(net, nodes=net.nodes[:-1], outputs=("score",)))
    turned = changed(net, "class", last=True)
    assert difference(net, turned) == "class: another function"
    assert difference(net, net) == ""


def test_codes_that_something_else_reads_stay() -> None:
    net = tabled()
    assert narrow_net(replace(net, outputs=("class", "edge"))) is None
    read = (*net.nodes[:1], Levels("step", ("edge",), i32([[0]] * 6), i8([[0, 1]] * 6)))
    assert narrow_net(IntNet(2, read, 3, outputs=("step",))) is None


def test_codes_that_are_narrow_already_stay() -> None:
    net = tabled()
    narrow = narrow_net(net)
    assert narrow is not None
    assert narrow_net(narrow) is None
