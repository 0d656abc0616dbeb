"""The baseline Verilog is the network: Yosys reads it back, and every input is tried."""

from pathlib import Path

import numpy as np
import pytest

from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.intnet.verilog import baseline_verilog
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.tools import YOSYS

WAYS = [(1, False, 1, 1), (2, False, 1, 3), (2, True, 2, 5), (1, False, 2, 100)]


def random_net(
    seed: int, input_bits: int, signed: bool, bits: int, reach: int, n_inputs: int = 5
) -> IntNet:
    """A network with a hidden layer of `bits`-bit codes and weights of magnitude up to `reach`."""
    rng = np.random.default_rng(seed)
    steps = (1 << bits) - 1
    edges = np.sort(rng.integers(-2 * reach, 3 * reach, (4, steps)), axis=1).astype(np.int32)
    codes = rng.integers(0, steps + 1, (4, steps + 1)).astype(np.int8)
    weight = rng.integers(-reach, reach + 1, (4, n_inputs)).astype(np.int8)
    head = rng.integers(-reach, reach + 1, (3, 4)).astype(np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), weight, rng.integers(-3, 4, 4).astype(np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes, bits=bits),
        Linear("score", ("layer1",), head, rng.integers(-2, 3, 3).astype(np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(n_inputs, nodes, input_bits, signed)


def read_back(net: IntNet, folder: Path, scores: bool) -> np.ndarray:
    """All outputs' bits for all inputs, from the Verilog through Yosys and an AIGER file."""
    (folder / "b.v").write_text(baseline_verilog(net, scores=scores))
    script = "read_verilog b.v; synth -flatten -top baseline; aigmap; write_aiger b.aig"
    YOSYS.run(["-q", "-p", script], folder, folder / "log")
    graph = read_aiger(folder / "b.aig")
    width = net.n_inputs * net.input_bits
    bits = np.arange(1 << width)[:, None] >> np.arange(width) & 1
    return evaluate(graph, bits)


def all_codes(net: IntNet) -> np.ndarray:
    """Input codes of every input, in the order of `read_back`."""
    width = net.input_bits
    numbers = np.arange(1 << (net.n_inputs * width))
    codes = numbers[:, None] >> (width * np.arange(net.n_inputs)) & ((1 << width) - 1)
    return codes - ((codes >> (width - 1)) << width) if net.input_signed else codes


@pytest.mark.parametrize(("input_bits", "signed", "bits", "reach"), WAYS)
def test_every_input(input_bits: int, signed: bool, bits: int, reach: int, tmp_path: Path) -> None:
    net = random_net(reach, input_bits, signed, bits, reach)
    found = read_back(net, tmp_path, scores=True)
    values = interpret(net, all_codes(net))
    places = net.class_width
    winner = found[:, :places].astype(np.int64) @ (1 << np.arange(places))
    assert np.array_equal(winner, values["class"])
    weights = 1 << np.arange(net.score_width, dtype=np.int64)
    weights[-1] *= -1
    scores = found[:, places:].reshape(len(found), 3, -1).astype(np.int64) @ weights
    assert np.array_equal(scores, values["score"])


def test_long_sums_are_written_in_parts() -> None:
    weight = np.ones((2, 300), dtype=np.int8)
    nodes = (
        Linear("score", ("x",), weight, np.zeros(2, dtype=np.int32)),
        Argmax("class", ("score",)),
    )
    longest = max(len(line) for line in baseline_verilog(IntNet(300, nodes)).splitlines())
    assert longest < 500
