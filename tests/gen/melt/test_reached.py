"""Only what is read is melted: what an output depends on, and nothing else, has names and gates."""

from dataclasses import replace
from unittest.mock import PropertyMock, patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gen.intnet.interpret import columns, interpret
from gen.intnet.network import IntNet, Levels, Linear, Table
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import MeltError, melt
from gen.melt.proof.check import check_melted
from gen.melt.sidecar import interface
from tests.gen.intnet.nets import i8, i32
from tests.gen.intnet.random_nets import networks
from tests.gen.logic.graphs import every_input


def encoder(count: int, read: list[int]) -> IntNet:
    """`count` comparators of two numbers of six bits with 3 x + y; a table reads some of them."""
    edges = i32([[3 + 251 * at // count] for at in range(count)])
    nodes = (
        Linear("s", ("x",), i8([[3, 1]] * count), i32([0] * count)),
        Levels("h", ("s",), edges, i8([[0, 1]] * count)),
        Table("f", ("h",), i32([read]), i8([[0] * ((1 << len(read)) - 1) + [1]])),
    )
    return IntNet(2, nodes, 6)


def test_comparators_that_nothing_reads_are_not_there() -> None:
    net = encoder(200, [7, 100, 7, 31])
    graph = melt(net)
    assert graph.input_names[12:] == ("h[7]", "h[31]", "h[100]")
    assert graph.output_names == ("h[7]", "h[31]", "h[100]", "f[0]")
    assert interface(net, net.outputs) == (graph.input_names, graph.output_names)
    alone = melt(encoder(200, [7]))
    assert graph.n_ands <= 3 * alone.n_ands
    checks = check_melted(net, graph)
    assert checks[0]["how"].startswith(("exhaustive for 3 of 3", "proved for 3 of 3"))


def test_a_place_that_a_table_does_not_depend_on_is_not_read() -> None:
    """f is h[0] and h[2], whatever h[1] is."""
    net = encoder(3, [0, 1, 2])
    gate = replace(net.node("f"), tables=i8([[0, 0, 0, 0, 0, 1, 0, 1]]))  # type: ignore[call-arg]
    net = replace(net, nodes=(*net.nodes[:2], gate))
    assert net.reached()["h"].tolist() == [0, 2]
    graph = melt(net)
    assert graph.input_names[12:] == ("h[0]", "h[2]")
    check_melted(net, graph)


def test_what_only_an_output_left_out_reads_is_not_there() -> None:
    nodes = (
        Levels("h", ("x",), i32([[1], [2]]), i8([[0, 1], [0, 1]])),
        Linear("one", ("h",), i8([[1, 0]]), i32([0])),
        Linear("other", ("h",), i8([[0, 1]]), i32([0])),
    )
    net = IntNet(2, nodes, 2, outputs=("one", "other"))
    assert melt(net, ["one"]).input_names[4:] == ("h[0]",)
    assert melt(net, ["other"]).input_names[4:] == ("h[1]",)
    assert melt(net).input_names[4:] == ("h[0]", "h[1]")


def test_leaving_out_what_is_read_is_found() -> None:
    """The proof does not rest on what melting believes is read."""
    wrong = np.array([[True, False, True]])
    with patch.object(Table, "depends", PropertyMock(return_value=wrong)):
        net = encoder(3, [0, 1, 2])
        graph = melt(net)
        assert "h[1]" not in graph.input_names
        with pytest.raises(MeltError, match=r"^f\[0\]: the graph says"):
            check_melted(net, graph)


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(networks())
def test_reads_are_the_parts_reads_that_matter(net: IntNet) -> None:
    """Of every node: no more than its parts read, and no other element changes its values."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 1 << net.input_bits, (8, net.n_inputs))
    codes -= net.input_signed * (codes >> net.input_bits - 1 << net.input_bits)
    values = interpret(net, codes)
    for node in net.nodes:
        sizes = [net.signals[name].size for name in node.inputs]
        elements = np.unique(rng.integers(0, node.size, 2))
        reads = node.reads(elements, sizes)
        parts = [node.part(element, sizes)[0] for element in elements.tolist()]
        signals = [net.signals[name] for name in node.inputs]
        changed = []
        for read, part, name, signal in zip(reads, zip(*parts, strict=True), node.inputs, signals,
                                            strict=True):  # fmt: skip
            assert {*read.tolist()} <= {*np.concatenate(part).tolist()}
            assert read.tolist() == sorted({*read.tolist()})
            other = rng.integers(signal.low, signal.high + 1, (8, signal.size))
            other[:, read] = columns(values[name])[:, read]
            changed.append(other)
        if len(set(node.inputs)) == len(node.inputs):
            got = columns(node.apply(changed))[:, elements]
            assert np.array_equal(got, columns(values[node.name])[:, elements])


def test_what_is_not_read_can_be_melted_on_request() -> None:
    """All elements: the same answers on all inputs."""
    net = encoder(50, [3])
    whole = melt(net, reached={name: np.arange(s.size) for name, s in net.signals.items()})
    assert len(whole.input_names) == 12 + 50
    rows = every_input(12)
    assert np.array_equal(evaluate(flatten(whole), rows), evaluate(flatten(melt(net)), rows))
