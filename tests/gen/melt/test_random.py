"""Random networks of every node: PyTorch, the interpreter, the melted logic and what is made of it
say the same, on all inputs where they have up to 12 bits.

The short tests are run by `make test`, the long ones by `make test-long`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from aigverse.algorithms import simulate_sequential
from aigverse.io import read_aiger_into_sequential_aig
from hypothesis import HealthCheck, given, settings

from gen.intnet.files import load, save
from gen.intnet.interpret import interpret, run_steps
from gen.intnet.network import Argmax, IntNet
from gen.logic.aiger import write_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.melt.melt import melt, registers
from gen.melt.proof import check
from gen.melt.proof.check import check_melted
from gen.nets.freezing.frozen import FrozenNet
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.simplify.both import simplify_both
from gen.simplify.proved import Workers
from tests.gen.intnet.nets import assert_same
from tests.gen.intnet.random_nets import networks

STEPS = 7
SEQUENCES = 24


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# Bits and integers, worked out here ---------------------------------------------------------


def spread(codes: np.ndarray, width: int) -> np.ndarray:
    """Integers (vectors, n) as bits (vectors, n * width), lowest first."""
    rows = [[code >> k & 1 for code in row for k in range(width)] for row in codes.tolist()]
    return np.array(rows, dtype=np.uint8).reshape(len(codes), -1)


def inputs(net: IntNet, count: int) -> np.ndarray:
    """All input codes where they are few, else `count` random ones."""
    width = net.n_inputs * net.input_bits
    places = np.arange(width)
    if width <= 12:
        bits = np.arange(1 << width)[:, None] >> places & 1
    else:
        bits = np.random.default_rng(0).integers(0, 2, (count, width))
    return numbers(bits, net.n_inputs, net.input_signed)


def numbers(bits: np.ndarray, size: int, signed: bool) -> np.ndarray:
    """The inverse of `spread`, for `size` integers to a row."""
    grouped = bits.astype(np.int64).reshape(len(bits), size, -1)
    width = grouped.shape[2]
    values = (grouped << np.arange(width)).sum(axis=2)
    return values - ((values >> (width - 1)) << width) if signed else values


def answers(net: IntNet, outputs: Sequence[str], bits: np.ndarray) -> dict[str, np.ndarray]:
    """Integers (vectors, size) from the graph's output bits, which follow each other."""
    found, at = {}, 0
    for name in (name for name in net.outputs if name in outputs):
        node, signal = net.node(name), net.signals[name]
        size = 1 if isinstance(node, Argmax) else signal.size
        taken = bits[:, at : at + size * signal.width]
        found[name] = numbers(taken, size, signal.signed or not signal.bits)
        at += taken.shape[1]
    assert at == bits.shape[1]
    return found


def torch_steps(net: IntNet, codes: np.ndarray) -> list[dict[str, np.ndarray]]:
    steps = FrozenNet(net).steps(torch.from_numpy(codes))
    return [{name: value.numpy() for name, value in step.items()} for step in steps]


# Networks without states --------------------------------------------------------------------


def assert_equal_everywhere(net: IntNet, folder: Path) -> None:
    net, chosen = whole(net), net.outputs
    codes = inputs(net, 500)
    values = interpret(net, codes)
    for name, wanted in torch_steps(net, codes[None])[0].items():
        assert np.array_equal(values[name], wanted), name
    save(net, folder / "net.npz")
    assert_same(load(folder / "net.npz"), net)
    bits = spread(codes, net.input_bits)
    for outputs in (net.outputs, chosen):
        sections = melt(net, outputs)
        save_vectors(make_vectors(net, 100, outputs=outputs), folder / "v.npz")
        check_melted(net, sections, folder / "v.npz", outputs)
        assert_answers(net, outputs, evaluate(flatten(sections), bits), values)


def whole(net: IntNet) -> IntNet:
    """The network that answers with every node."""
    return replace(net, outputs=tuple(node.name for node in net.nodes))


def assert_answers(
    net: IntNet, outputs: Sequence[str], bits: np.ndarray, values: dict[str, np.ndarray]
) -> None:
    for name, found in answers(net, outputs, bits).items():
        assert np.array_equal(found.reshape(values[name].shape), values[name]), name


# Recurrent networks -------------------------------------------------------------------------


def assert_equal_at_every_step(net: IntNet, folder: Path) -> None:
    """Sequences through PyTorch, the interpreter, the step's logic, and aigverse's latches."""
    net, rng = whole(net), np.random.default_rng(1)
    every = inputs(net, 500)
    codes = every[rng.integers(0, len(every), (STEPS, SEQUENCES))]
    values = run_steps(net, codes)
    for found, wanted in zip(values, torch_steps(net, codes), strict=True):
        for name, value in wanted.items():
            assert np.array_equal(found[name], value), name
    save(net, folder / "net.npz")
    assert_same(load(folder / "net.npz"), net)
    sections = melt(net)
    save_vectors(make_vectors(net, 100), folder / "v.npz")
    check_melted(net, sections, folder / "v.npz")
    flat = flatten(sections)
    rows = [spread(step, net.input_bits) for step in codes]
    for bits, value in zip(stepped(net, flat, rows), values, strict=True):
        assert_answers(net, net.outputs, bits, value)
    assert_latches(net, flat, rows, values, folder)


def stepped(net: IntNet, flat: Graph, rows: list[np.ndarray]) -> list[np.ndarray]:
    """The outputs at every step, states kept between them, whatever they were before reset."""
    kept = len(registers(net))
    states = np.random.default_rng(2).integers(0, 2, (SEQUENCES, kept))
    found = []
    for step, row in enumerate(rows):
        reset = np.full((SEQUENCES, 1), step == 0)
        bits = evaluate(flat, np.concatenate([row, reset, states], axis=1))
        states = bits[:, bits.shape[1] - kept :]
        found.append(bits[:, : bits.shape[1] - kept])
    return found


def assert_latches(
    net: IntNet,
    flat: Graph,
    rows: list[np.ndarray],
    values: list[dict[str, np.ndarray]],
    folder: Path,
) -> None:
    """The file with latches, run by aigverse from its resets, for the first sequence."""
    write_aiger(flat, folder / "step.aig", registers(net))
    network = read_aiger_into_sequential_aig(str(folder / "step.aig"))
    stimulus = [[bool(bit) for bit in row[0]] + [False] for row in rows]
    found = simulate_sequential(network, STEPS, stimulus).outputs
    for bits, value in zip(found, values, strict=True):
        first = {name: v[:1] for name, v in value.items()}
        assert_answers(net, net.outputs, np.array([bits]), first)


# What is made of the logic ------------------------------------------------------------------


def collected(count: int, recurrent: bool) -> list[Graph]:
    """The melted graphs of so many networks."""
    found: list[Graph] = []

    @examples(count)
    @given(net=networks(recurrent))
    def collect(net: IntNet) -> None:
        found.append(melt(net))

    collect()
    return found


def side_by_side(graphs: list[Graph]) -> Graph:
    """All graphs as one, so that a tool is started once."""
    b, outputs = Builder(), []
    for at, graph in enumerate(graphs):
        made = b.import_graph(graph, [b.input(f"net{at}_{name}") for name in graph.input_names])
        names = (f"net{at}_{name}" for name in graph.output_names)
        outputs += zip(names, made, strict=True)
    for name, signal in outputs:
        b.output(name, signal)
    return b.graph()


def assert_simplified_and_mapped(melted: Graph) -> None:
    """Simplified, which is proved by the solver, and mapped: the same on random inputs."""
    sections, flat, ledger = simplify_both(melted, Workers(budget=60))
    assert ledger.rows[-1].proof == "proved"
    netlist, _ = map_luts(flat, [melted, sections])
    rows = np.random.default_rng(3).integers(0, 2, (20_000, flat.n_inputs))
    wanted = evaluate(flatten(melted), rows)
    assert np.array_equal(evaluate(flat, rows), wanted)
    assert np.array_equal(evaluate(netlist.to_graph(), rows), wanted)


@pytest.fixture
def few_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "RANDOM_VECTORS", 2000)


@examples(60)
@given(net=networks())
def test_any_network(net: IntNet, few_vectors: None, tmp_path: Path) -> None:
    assert_equal_everywhere(net, tmp_path)


@examples(30)
@given(net=networks(recurrent=True))
def test_any_recurrent_network(net: IntNet, few_vectors: None, tmp_path: Path) -> None:
    assert_equal_at_every_step(net, tmp_path)


@pytest.mark.slow
def test_networks_simplified_and_mapped(one_flow: None) -> None:
    assert_simplified_and_mapped(side_by_side(collected(8, False) + collected(4, True)))


@pytest.mark.long
@examples(400)
@given(net=networks())
def test_many_networks(net: IntNet, tmp_path: Path) -> None:
    assert_equal_everywhere(net, tmp_path)


@pytest.mark.long
@examples(100)
@given(net=networks(input_bits=40))
def test_many_wide_networks(net: IntNet, tmp_path: Path) -> None:
    assert_equal_everywhere(net, tmp_path)


@pytest.mark.long
@examples(200)
@given(net=networks(recurrent=True))
def test_many_recurrent_networks(net: IntNet, tmp_path: Path) -> None:
    assert_equal_at_every_step(net, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("recurrent", [False, True])
def test_many_networks_simplified_and_mapped(recurrent: bool, one_flow: None) -> None:
    graphs = collected(60, recurrent)
    for at in range(0, len(graphs), 20):
        assert_simplified_and_mapped(side_by_side(graphs[at : at + 20]))
