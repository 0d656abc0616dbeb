"""A graph of counts for LUT6: shown where it is the network, refused where it is another one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.files import save
from gen.intnet.interpret import codes_to_bits, interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Table
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.logic.sections import flatten
from gen.map import luts
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.map.proofs import WIDE, made_of, through
from gen.melt.forms import OtherForm, wide_form
from gen.melt.melt import melt, outputs_of
from gen.proof.chain import FAILED, PROVED
from gen.verify.graphs import check_graphs, check_mapped, files
from tests.commands import run
from tests.gen.intnet.nets import i8, i32, small
from tests.gen.verify.builds import check_of, write_build

CHOSEN = ("class",)
THROUGH = "counts for LUT6 == the network"


@pytest.fixture(autouse=True)
def quick(one_flow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is polished: that takes most of the time, and gains the same either way."""
    monkeypatch.setattr(luts, "_polished", lambda found, depth: [])


def voting(votes: int = 9, seed: int = 0) -> IntNet:
    """Two classes, each of so many tables of four inputs, and one of five, among twelve bits."""
    rng = np.random.default_rng(seed)
    tables = i8(rng.integers(0, 2, (2 * votes, 16)))
    wiring = i32([rng.choice(12, 4, replace=False) for _ in range(2 * votes)])
    weight = i8(np.repeat(np.eye(2, dtype=np.int8), votes, axis=1))
    return IntNet(
        12,
        (
            Table("layer1", ("x",), wiring, tables),
            Linear("score", ("layer1",), weight, i32([0, 1])),
            Argmax("class", ("score",)),
        ),
        meta={"name": "voting", "classes": ["a", "b"]},
    )


def ternary(fan_in: int, seed: int) -> IntNet:
    """Six neurons of so many of 24 bits, at any threshold, and three scores of them."""
    rng = np.random.default_rng(seed)
    first, second = np.zeros((6, 24), np.int8), rng.integers(-1, 2, (3, 6)).astype(np.int8)
    for row in first:
        row[rng.choice(24, fan_in, replace=False)] = rng.choice([-1, 1], fan_in)
    edges = i32(rng.integers(-fan_in, fan_in, (6, 1)))
    return IntNet(
        24,
        (
            Linear("layer1.sum", ("x",), first, np.zeros(6, np.int32)),
            Levels("layer1", ("layer1.sum",), edges, i8([[0, 1]] * 6)),
            Linear("score", ("layer1",), second, i32([0, 1, -1])),
            Argmax("class", ("score",)),
        ),
        meta={"name": "ternary", "classes": ["a", "b", "c"]},
    )


def made(net: IntNet) -> OtherForm:
    form = wide_form(net, None, melt(net, CHOSEN), CHOSEN)
    assert isinstance(form, OtherForm)
    return form


def test_it_answers_as_the_network_on_every_input_in_fewer_luts() -> None:
    net = voting()
    form, melted = made(net), melt(net, CHOSEN)
    codes = (np.arange(1 << 12)[:, None] >> np.arange(12) & 1).astype(np.int64)
    bits = codes_to_bits(codes, 1)
    found = evaluate(flatten(form.graph), bits)
    assert np.array_equal(found[:, 0], interpret(net, codes)["class"].ravel())
    netlist, how = map_luts(flatten(melted), [melted], 6, shown={WIDE: form.graph})
    other, _ = map_luts(flatten(melted), [melted], 6)
    assert made_of(how) == "wide.aig"
    assert len(netlist.cells) < len(other.cells)
    assert np.array_equal(evaluate(netlist.to_graph(), bits), found)


@pytest.mark.parametrize("fan_in", [5, 7, 8, 10, 13, 20])
def test_each_neuron_and_score_is_shown(fan_in: int) -> None:
    rng = np.random.default_rng(fan_in)
    for seed in range(3):
        net = ternary(fan_in, seed)
        for outputs in (CHOSEN, ("class", "score")):
            melted = melt(net, outputs)
            form = wide_form(net, None, melted, outputs)
            assert isinstance(form, OtherForm), form
            bits = rng.integers(0, 2, (500, 24), dtype=np.uint8)
            found = evaluate(flatten(form.graph), bits)
            assert np.array_equal(found, evaluate(flatten(melted), bits))


def test_a_network_that_counts_nothing_has_no_such_form() -> None:
    net = replace(small(), nodes=small().nodes[:2], outputs=("layer1",))
    assert wide_form(net, None, melt(net), outputs_of(net, melt(net))) == ""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build whose netlist the command mapped to LUT6."""
    write_build(tmp_path, voting())
    done = run("gen", "map", "--graph", str(tmp_path / "graph.aig"), "--out",
               str(tmp_path / "mapped.json"), "--k", "6")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_the_link_holds_through_it(build: Path) -> None:
    assert through(build / "mapped.json") == "wide.aig"
    link = check_graphs(build)
    assert link.verdict == PROVED, link.fault
    assert check_of(link, THROUGH).verdict == PROVED
    assert {"net.npz", "wide.aig"} < {*files(build)}
    assert "narrow.npz" not in files(build)
    assert check_mapped(build, build / "mapped.json").verdict == PROVED


def test_counts_of_another_network_break_the_link(build: Path) -> None:
    """The graph and the netlist are one function, but not the build's."""
    graph = melt(voting(seed=1), builder=Builder(6))
    write_aiger(graph, build / "wide.aig")
    netlist, _ = map_luts(flatten(graph), [], 6)
    netlist.write(build / "mapped.json", proof="proved", through="wide.aig")
    link = check_graphs(build)
    assert link.verdict == FAILED
    assert check_of(link, THROUGH).verdict == FAILED
    assert check_mapped(build, build / "mapped.json").verdict == FAILED


def test_a_changed_cell_breaks_the_link(build: Path) -> None:
    netlist = Netlist.read(build / "mapped.json")
    cells = list(netlist.cells)
    cells[-1] = replace(cells[-1], table=cells[-1].table ^ 1)
    netlist.with_cells(cells).write(build / "mapped.json", proof="proved", through="wide.aig")
    link = check_graphs(build)
    assert link.verdict == FAILED
    assert check_of(link, THROUGH).verdict == PROVED


def test_without_a_network_there_is_no_such_form(build: Path) -> None:
    graph = read_aiger(build / "graph.aig")
    (build / "net.npz").unlink()
    done = run("gen", "map", "--graph", str(build / "graph.aig"), "--out",
               str(build / "mapped.json"), "--k", "6", "--no-care")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (build / "wide.aig").exists()
    assert through(build / "mapped.json") == ""
    assert Netlist.read(build / "mapped.json").inputs == graph.input_names


def test_one_of_narrower_codes_is_made_of_their_network(tmp_path: Path) -> None:
    net = voting()
    save(net, tmp_path / "narrow.npz")
    form = wide_form(net, net, melt(net, CHOSEN), CHOSEN)
    assert isinstance(form, OtherForm)
    assert form.graph.n_ands == made(net).graph.n_ands
