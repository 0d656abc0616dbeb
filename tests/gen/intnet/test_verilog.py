"""The baseline Verilog is the network: Yosys reads it back, and every input is tried."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.intnet.verilog import baseline_verilog
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.tools import YOSYS
from tests.gen.intnet.battery import CASES
from tests.gen.intnet.nets import i8, i32, random_net
from tests.gen.intnet.random_nets import networks
from tests.gen.melt.test_random import examples

WAYS = [(1, False, 1, 1), (2, False, 1, 3), (2, True, 2, 5), (1, False, 2, 100)]


def layered(input_bits: int, signed: bool, bits: int, reach: int) -> IntNet:
    """A network with a hidden layer of `bits`-bit codes and weights of magnitude up to `reach`."""
    rng = np.random.default_rng(reach)
    steps = (1 << bits) - 1
    edges = np.sort(rng.integers(-2 * reach, 3 * reach, (4, steps)), axis=1)
    codes = rng.integers(0, steps + 1, (4, steps + 1))
    weight = rng.integers(-reach, reach + 1, (4, 5))
    head = rng.integers(-reach, reach + 1, (3, 4))
    nodes = (
        Linear("layer1.sum", ("x",), i8(weight), i32(rng.integers(-3, 4, 4))),
        Levels("layer1", ("layer1.sum",), i32(edges), i8(codes), bits=bits),
        Linear("score", ("layer1",), i8(head), i32(rng.integers(-2, 3, 3))),
        Argmax("class", ("score",)),
    )
    return IntNet(5, nodes, input_bits, signed)


def read_back(texts: Sequence[str], folder: Path) -> list[Graph]:
    """Graphs of Verilog modules named "baseline", through Yosys and AIGER files."""
    script = []
    for at, text in enumerate(texts):
        (folder / f"b{at}.v").write_text(text)
        script += [f"design -reset; read_verilog b{at}.v",
                   "synth -flatten -noabc -top baseline; aigmap",
                   f"write_aiger -symbols b{at}.aig"]  # fmt: skip
    (folder / "all.ys").write_text("\n".join(script))
    YOSYS.run(["-q", "-s", "all.ys"], folder, folder / "log")
    return [read_aiger(folder / f"b{at}.aig") for at in range(len(texts))]


def bits_of(names: Sequence[str], ports: dict[str, np.ndarray]) -> np.ndarray:
    """The bits of ports (name -> numbers (vectors,)) in the order of AIGER symbols "port[bit]"."""
    columns = []
    for name in names:
        port, _, bit = name.rstrip("]").partition("[")
        columns.append([int(number) >> int(bit or 0) & 1 for number in ports[port]])
    return np.array(columns).T


def packed(values: np.ndarray, width: int) -> np.ndarray:
    """Integers (vectors, n) as one number to a row, element 0 lowest."""
    mask = (1 << width) - 1
    rows = (values[:, None] if values.ndim == 1 else values).tolist()
    return np.array(
        [sum((int(v) & mask) << i * width for i, v in enumerate(row)) for row in rows], dtype=object
    )


def random_codes(rng: np.random.Generator, signal: object, count: int) -> np.ndarray:
    low, high = int(signal.low[0]), int(signal.high[0])  # type: ignore[attr-defined]
    return rng.integers(low, high + 1, (count, signal.size))  # type: ignore[attr-defined]


def assert_says_the_same(net: IntNet, graph: Graph) -> None:
    """The class, the scores and all outputs, for 1,000 inputs and states."""
    rng = np.random.default_rng(0)
    codes = random_codes(rng, net.signals["x"], 1000)
    reset = rng.integers(0, 2, (1000, 1))
    now = {state.name: random_codes(rng, net.signals[state.name], 1000) for state in net.states}
    states = {s.name: np.where(reset, s.reset, now[s.name]) for s in net.states}
    values = interpret(net, codes, states)
    ports = {"x": packed(codes, net.input_bits), "reset": reset[:, 0]}
    ports |= {f"now_{n}": packed(value, net.signals[n].width) for n, value in now.items()}
    wanted = {"index": values[net.decision.name]} if net.decision else {}
    wanted |= {"scores": packed(values[net.score], net.score_width)}
    for name in net.outputs:
        if net.decision and name == net.decision.name:
            continue
        port = f"out_{name.replace('.', '_')}"
        wanted[port] = packed(values[name], net.signals[name].width)
    for state in net.states:
        wanted[f"next_{state.name}"] = packed(values[state.next], state.bits)
    assert {name.partition("[")[0] for name in graph.output_names} == set(wanted)
    found = evaluate(graph, bits_of(graph.input_names, ports))
    wrong = (found != bits_of(graph.output_names, wanted)).any(axis=0)
    assert not wrong.any(), [n for n, w in zip(graph.output_names, wrong, strict=True) if w]


def whole(net: IntNet) -> IntNet:
    """The network that answers with every node."""
    return replace(net, outputs=tuple(node.name for node in net.nodes))


def text_of(net: IntNet) -> str:
    return baseline_verilog(net, scores=True, outputs=net.outputs)


def assert_all_say_the_same(nets: Sequence[IntNet], folder: Path) -> None:
    for net, graph in zip(nets, read_back([text_of(net) for net in nets], folder), strict=True):
        assert_says_the_same(net, graph)


def collected(count: int, recurrent: bool) -> list[IntNet]:
    found: list[IntNet] = []

    @examples(count)
    @given(net=networks(recurrent))
    def collect(net: IntNet) -> None:
        found.append(net)

    collect()
    return found


def test_layered_networks(tmp_path: Path) -> None:
    nets = [layered(*way) for way in WAYS]
    assert_all_say_the_same(nets, tmp_path)
    for net, graph in zip(nets, read_back([*map(baseline_verilog, nets)], tmp_path), strict=True):
        assert {name.partition("[")[0] for name in graph.output_names} == {"index"}
        codes = random_codes(np.random.default_rng(1), net.signals["x"], 500)
        found = evaluate(graph, bits_of(graph.input_names, {"x": packed(codes, net.input_bits)}))
        wanted = bits_of(graph.output_names, {"index": interpret(net, codes)["class"]})
        assert np.array_equal(found, wanted)


@pytest.mark.slow
def test_every_node(tmp_path: Path) -> None:
    assert_all_say_the_same([whole(net) for net in CASES.values()], tmp_path)


@pytest.mark.slow
def test_random_networks(tmp_path: Path) -> None:
    nets = collected(16, False) + collected(10, True)
    assert_all_say_the_same([*map(whole, nets[::2]), *nets[1::2]], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("recurrent", [False, True])
def test_many_random_networks(recurrent: bool, tmp_path: Path) -> None:
    assert_all_say_the_same([*map(whole, collected(200, recurrent))], tmp_path)


def test_what_is_measured_stays_as_it_is() -> None:
    """The text of layered networks is that of the version whose figures were published."""
    kinds = [(1, False), (2, False), (3, True), (1, True)]
    digest = hashlib.sha256()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        hidden = ((9, 5), (20,), ())[seed % 3]
        weights = ["ternary", "3-bit", "8-bit"][seed % 3]
        shape = 12 + seed, kinds[seed % 4], hidden, kinds[seed // 4 % 4], weights, 1 + seed % 11
        net = random_net(rng, *shape)
        for scores in (False, True):
            digest.update(baseline_verilog(net, scores=scores).encode())
    assert digest.hexdigest() == "5955d93d74bc111edd16cba451b56aae7243bc334582c7648f6c6392a3f99d83"


def test_long_sums_are_written_in_parts() -> None:
    nodes = (
        Linear("score", ("x",), i8(np.ones((2, 300))), i32([0, 0])),
        Argmax("class", ("score",)),
    )
    longest = max(len(line) for line in baseline_verilog(IntNet(300, nodes)).splitlines())
    assert longest < 500


def test_names_that_would_be_the_same_in_verilog_are_told_apart(tmp_path: Path) -> None:
    names = ["a", "a.b", "a_b", "a_0", "a_later", "best", "index", "out", "later_0"]
    weight = i8([[1, -1], [1, 1]])
    nodes = [Linear(name, ("x",), weight, i32([at, 0])) for at, name in enumerate(names)]
    ends = [Argmax(f"class{at}", (name,)) for at, name in enumerate(names)]
    net = IntNet(2, (*nodes, *ends), 2, outputs=(*(node.name for node in ends), "a"))
    text = baseline_verilog(net, outputs=net.outputs)
    wires = [line.split(" = ")[0].split()[-1] for line in text.splitlines() if " wire " in line]
    assert len(wires) == len(set(wires))
    (graph,) = read_back([text], tmp_path)
    codes = np.array([[0, 0], [3, 1], [1, 3], [2, 2]])
    ports = bits_of(graph.input_names, {"x": packed(codes, 2)})
    values = interpret(net, codes)
    wanted = {f"out_class{at}": values[f"class{at}"] for at in range(len(names))}
    wanted |= {"index": values["class0"], "out_a": packed(values["a"], net.signals["a"].width)}
    assert np.array_equal(evaluate(graph, ports), bits_of(graph.output_names, wanted))
