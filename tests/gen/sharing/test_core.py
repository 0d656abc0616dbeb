"""The time-shared form equals PyTorch's forward, through the simulators too, or is refused."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amaranth.sim import Simulator

from gen.console import main
from gen.intnet.files import save
from gen.intnet.interpret import bits_to_codes, codes_to_bits, interpret
from gen.intnet.network import Add, Conv, IntNet, Levels, Linear, Max, State
from gen.intnet.network import Argmax as Winner
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.sharing.core import write_shared
from gen.sharing.program import SharedError, make_program
from hw.program import Program
from hw.sequencer import Sequencer
from sim.__main__ import parser
from tests.gen.intnet.nets import forward, i8, i32, random_net, small


def hardware(
    net: IntNet,
    bits: np.ndarray,
    outputs: tuple[str, ...] = (),
    block: bool = True,
    program: Program | None = None,
):
    """Output bits (vectors, outputs) that the sequencer gives for input bits, in Amaranth."""
    dut = Sequencer(program or make_program(net, outputs, block))
    found = []

    async def bench(ctx) -> None:  # type: ignore[no-untyped-def]
        for row in bits:
            ctx.set(dut.x, sum(int(bit) << at for at, bit in enumerate(row)))
            ctx.set(dut.x_valid, 1)
            await ctx.tick()
            ctx.set(dut.x_valid, 0)
            for _ in range(dut.program.latency - 1):
                assert not ctx.get(dut.y_valid)
                await ctx.tick()
            assert ctx.get(dut.y_valid)
            found.append([ctx.get(dut.y) >> at & 1 for at in range(len(dut.y))])

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return np.array(found)


def expected(net: IntNet, bits: np.ndarray) -> np.ndarray:
    """The class, then the scores, as PyTorch computes them, in bits."""
    values = forward(net, bits_to_codes(bits, net.input_bits, net.input_signed))
    words = [values["class"].reshape(-1, 1), values["score"]]
    widths = [net.class_width, net.score_width]
    return np.concatenate(
        [codes_to_bits(w.astype(np.int64), n) for w, n in zip(words, widths, strict=True)], axis=1
    )


KINDS = [
    ((1, False), (1, False), "ternary", (4,)),
    ((1, True), (2, True), "3-bit", (3, 3)),
    ((3, False), (2, True), "8-bit", (4,)),
    ((2, True), (3, False), "ternary", (3, 4)),
    ((4, False), (4, False), "8-bit", ()),
    ((10, True), (1, False), "8-bit", (3,)),
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_random_networks_equal_pytorch(seed: int, kind) -> None:
    given, codes, weights, hidden = kind
    rng = np.random.default_rng(seed)
    net = random_net(rng, 4, given, hidden, codes, weights)
    bits = rng.integers(0, 2, (25, 4 * net.input_bits))
    assert np.array_equal(hardware(net, bits, block=seed != 1), expected(net, bits))


LANED = [
    (4, 9, (1, False), (1, False), "ternary", (6, 5)),
    (4, 6, (2, True), (2, True), "ternary", (3, 3)),
    (16, 20, (1, False), (2, False), "3-bit", (17,)),
    (3, 7, (2, False), (3, True), "ternary", (4, 2)),
]


@pytest.mark.parametrize("kind", LANED, ids=str)
def test_several_values_in_a_word(kind, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes, n_inputs, given, codes, weights, hidden = kind
    monkeypatch.setattr("gen.sharing.program.LANES", (lanes,))
    rng = np.random.default_rng(lanes)
    net = random_net(rng, n_inputs, given, hidden, codes, weights)
    assert make_program(net).lanes == lanes
    bits = rng.integers(0, 2, (40, n_inputs * net.input_bits))
    assert np.array_equal(hardware(net, bits), expected(net, bits))


def test_weights_of_one_size_are_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of 2 and -2, or 6 and -6: a bit each, and the factor is in thresholds and scores."""
    monkeypatch.setattr("gen.sharing.program.LANES", (4,))
    rng = np.random.default_rng(0)

    def ones(*shape: int) -> np.ndarray:
        return i8(rng.choice([-1, 1], shape))

    edges = np.sort(rng.integers(-20, 20, (4, 1)), axis=1)
    net = IntNet(
        8,
        (
            Linear("sum", ("x",), ones(4, 8) * i8([[2], [6], [1], [2]]), i32([1, -3, 0, 2])),
            Levels("layer1", ("sum",), i32(edges), i8([[0, 1]] * 4)),
            Linear("score", ("layer1",), ones(3, 4) * i8([[4]]), i32([1, 0, -3])),
            Winner("class", ("score",)),
        ),
    )
    program = make_program(net)
    assert (program.signs, program.shift, program.lanes) == (True, 2, 4)
    bits = np.array([[row >> at & 1 for at in range(8)] for row in range(256)])
    assert np.array_equal(hardware(net, bits), expected(net, bits))


def test_a_long_program_gets_the_lanes_that_make_it_smallest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = random_net(np.random.default_rng(0), 40, hidden=(20,))
    alone = make_program(net)
    assert alone.lanes == 1
    monkeypatch.setattr("gen.sharing.program.LONG", 100)
    laned = make_program(net)
    assert laned.lanes > 1
    assert laned.rom_bits < alone.rom_bits
    assert laned.latency < alone.latency / 2
    heavy = random_net(np.random.default_rng(0), 40, hidden=(20,), weights="8-bit")
    assert make_program(heavy).lanes == 1


def test_codes_of_12_bits_and_the_last_of_equal_classes() -> None:
    edges = np.sort(np.random.default_rng(0).integers(-900, 900, (3, 40)), axis=1)
    codes = np.random.default_rng(1).integers(0, 4096, (3, 41))
    net = IntNet(
        3,
        (
            Linear("sum", ("x",), np.array([[300, -1, 2], [-1, 1, 0], [5, 5, -260]]), i32([9] * 3)),
            Levels("layer1", ("sum",), edges, codes, bits=12),
            Linear("score", ("layer1",), i8([[1, 0, 0], [0, 1, -1], [1, 0, 0]]), i32([0, 5, 0])),
            Winner("class", ("score",), last=True),
        ),
        3,
        True,
    )
    bits = np.random.default_rng(2).integers(0, 2, (40, 9))
    values = interpret(net, bits_to_codes(bits, 3, True))
    assert 2 in values["class"]
    assert 0 not in values["class"]
    wanted = [codes_to_bits(values["class"][:, None], 2)]
    wanted += [codes_to_bits(values["score"], net.score_width)]
    assert np.array_equal(hardware(net, bits), np.concatenate(wanted, axis=1))


def test_the_class_alone() -> None:
    bits = np.array([[x >> at & 1 for at in range(3)] for x in range(8)])
    assert np.array_equal(hardware(small(), bits, ("class",)), expected(small(), bits)[:, :1])


def test_a_convolution() -> None:
    rng = np.random.default_rng(0)
    weight = i8(rng.integers(-1, 2, (2, 1, 2, 2)))
    nodes = (
        Conv("layer1.sum", ("x",), weight, i32([0, 1]), (1, 3, 3), padding=(1, 0)),
        Levels("layer1", ("layer1.sum",), i32([[1]] * 16), i8([[0, 1]] * 16)),
        *random_net(rng, 16, hidden=()).nodes,
    )
    net = IntNet(9, (*nodes[:2], replace(nodes[2], inputs=("layer1",)), nodes[3]))
    bits = rng.integers(0, 2, (20, 9))
    sums = np.array([_convolved(image.reshape(3, 3), weight) for image in bits])
    hidden = (sums + [[0], [1]] >= 1).reshape(20, 16)
    scores = hidden @ nodes[2].weight.T.astype(int) + nodes[2].bias
    words = [scores.argmax(axis=1)[:, None], scores]
    wanted = np.concatenate(
        [codes_to_bits(words[0], net.class_width), codes_to_bits(words[1], net.score_width)], axis=1
    )
    assert np.array_equal(hardware(net, bits), wanted)


def _convolved(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(channels, places), with a row of zeros above and below."""
    padded = np.pad(image, ((1, 1), (0, 0)))
    places = [(row, column) for row in range(4) for column in range(2)]
    return np.array([[(padded[r : r + 2, c : c + 2] * one[0]).sum() for r, c in places]
                     for one in weight.astype(int)])  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("level", ["core", "netlist"])
def test_files_through_the_simulator(tmp_path: Path, level: str) -> None:
    net = small()
    save(net, tmp_path / "net.npz")
    save_vectors(make_vectors(net, 8), tmp_path / "vectors.npz")
    core = write_shared(tmp_path / "net.npz", tmp_path, "small")
    assert core["outputs"] == [["class", 1], ["score[0]", 2], ["score[1]", 2]]
    assert core["interval"] == core["latency"]
    where = ["--core", str(tmp_path / "core.json"), "--vectors", str(tmp_path / "vectors.npz")]
    few = ["--cycles", str(4 * core["interval"] - 1)] if level == "netlist" else []
    assert main(parser(), [level, *where, "--results", str(tmp_path / level), *few]) == 0
    result = json.loads((tmp_path / level / "sim.json").read_text())
    assert (result["vectors"], result["mismatches"]) == (3 if few else 8, 0)
    # A core that answers a cycle earlier than told is found.
    description = json.loads((tmp_path / "core.json").read_text())
    description["latency"] += 1
    (tmp_path / "core.json").write_text(json.dumps(description))
    assert main(parser(), [level, *where, "--results", str(tmp_path / "late")]) == 1


def test_the_same_network_gives_the_same_files(tmp_path: Path) -> None:
    save(small(), tmp_path / "net.npz")
    for name in ("a", "b"):
        write_shared(tmp_path / "net.npz", tmp_path / name, "small", block=name == "a")
    again = write_shared(tmp_path / "net.npz", tmp_path / "c", "small")
    assert (tmp_path / "a/core.v").read_bytes() == (tmp_path / "c/core.v").read_bytes()
    assert json.loads((tmp_path / "a/core.json").read_text())["digest"] == again["digest"]
    assert "rom_style" in (tmp_path / "b/core.v").read_text()


def test_what_has_no_shared_form_wrong() -> None:
    net = small()
    linear, levels, score, winner = net.nodes
    largest = Max("most", ("layer1",), i32([[0, 1]]))
    narrow = replace(score, inputs=("most",), weight=score.weight[:, :1])
    with pytest.raises(SharedError, match=re.escape("most: this Max has no shared form; weighted")):
        make_program(IntNet(3, (linear, levels, largest, narrow, winner)))
    sums = Add("both", ("layer1", "layer1"), 2)
    with pytest.raises(SharedError, match="both: this Add has no shared form"):
        make_program(IntNet(3, (linear, levels, sums, Winner("class", ("both",)))))
    with pytest.raises(SharedError, match="class: this Argmax has no shared form"):
        make_program(IntNet(3, (linear, levels, Winner("class", ("layer1",)))))
    with pytest.raises(SharedError, match="^score: the shared form ends with an argmax"):
        make_program(IntNet(3, (linear, levels, score)))
    with pytest.raises(SharedError, match="^class: the shared form ends with an argmax"):
        make_program(net, ("score",))
    with pytest.raises(SharedError, match="^outputs nothing: the network's are class,score$"):
        make_program(net, ("nothing",))
    with pytest.raises(SharedError, match="^output layer1: the shared form answers the class"):
        make_program(replace(net, outputs=("class", "score", "layer1")))
    held = State("h", "layer1", i8([0, 0]))
    with pytest.raises(SharedError, match="^state h: a recurrent network has no shared form$"):
        make_program(replace(net, states=(held,)))
