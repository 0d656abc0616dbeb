"""A graph of counts in parts: shown where it is the network, and mapped where stages are short."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.files import save
from gen.intnet.interpret import codes_to_bits, interpret
from gen.intnet.narrow import narrow_net
from gen.intnet.network import IntNet, Table
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.evaluate import differing, evaluate
from gen.logic.sections import flatten
from gen.map import luts
from gen.map.carries import carries
from gen.map.netlist import Netlist
from gen.map.pipeline import logic_cells
from gen.map.proofs import through
from gen.melt.forms import OtherForm, parts_form
from gen.melt.melt import melt
from gen.proof.chain import FAILED, PROVED
from gen.verify.graphs import check_graphs, check_mapped, files
from tests.commands import run
from tests.gen.intnet.test_narrow import tabled
from tests.gen.melt.proof.test_wide import CHOSEN, voting
from tests.gen.verify.builds import check_of, write_build

THROUGH = "counts in parts == the network"
DEPTH = "3"


@pytest.fixture(autouse=True)
def quick(one_flow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is polished: that takes most of the time, and gains the same either way."""
    monkeypatch.setattr(luts, "_polished", lambda found, depth: [])
    monkeypatch.setattr(luts, "SHALLOW", ())


@pytest.mark.parametrize("part", [2, 5, 8])
def test_it_answers_as_the_network_on_every_input(part: int) -> None:
    net = voting()
    form = parts_form(net, None, melt(net, CHOSEN), CHOSEN, part)
    assert isinstance(form, OtherForm)
    codes = (np.arange(1 << 12)[:, None] >> np.arange(12) & 1).astype(np.int64)
    found = evaluate(flatten(form.graph), codes_to_bits(codes, 1))
    assert np.array_equal(found[:, 0], interpret(net, codes)["class"].ravel())


def test_counts_of_one_part_are_no_other_form() -> None:
    net = voting()
    assert parts_form(net, None, melt(net, CHOSEN), CHOSEN, 9) == ""


def in_classes(classes: int, votes: int) -> IntNet:
    """As many tables for each class; what two of them say is constant."""
    net = voting(classes * votes // 2)
    table, score, winner = net.nodes
    assert isinstance(table, Table)
    tables = table.tables.copy()
    tables[:2] = 0
    weight = np.repeat(np.eye(classes, dtype=np.int8), votes, axis=1)
    nodes = (
        replace(table, tables=tables),
        replace(score, weight=weight, bias=np.zeros(classes, np.int32)),
    )
    return replace(net, nodes=(*nodes, winner), meta={"name": "n", "classes": [*"abcd"[:classes]]})


def map_in(folder: Path, depth: str, *more: str, out: str = "mapped.json") -> Netlist:
    done = run("gen", "map", "--graph", str(folder / "graph.aig"), "--out", str(folder / out),
               "--stage-depth", depth, *more)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Netlist.read(folder / out)


def test_it_is_mapped_where_it_takes_fewer_cells_and_the_link_holds(tmp_path: Path) -> None:
    write_build(tmp_path, voting(40))
    found = map_in(tmp_path, DEPTH)
    assert through(tmp_path / "mapped.json") == "parts.aig"
    link = check_graphs(tmp_path)
    assert link.verdict == PROVED, link.fault
    assert check_of(link, THROUGH).verdict == PROVED
    assert {"net.npz", "parts.aig"} < {*files(tmp_path)}
    assert check_mapped(tmp_path, tmp_path / "mapped.json").verdict == PROVED

    before = (tmp_path / "parts.aig").read_bytes()
    (tmp_path / "other").mkdir()
    map_in(tmp_path, "2", out="other/mapped.json")
    assert (tmp_path / "parts.aig").read_bytes() == before
    assert check_mapped(tmp_path, tmp_path / "other" / "mapped.json").verdict == PROVED

    (tmp_path / "net.npz").unlink()
    plain = map_in(tmp_path, DEPTH, "--no-care")
    assert not (tmp_path / "parts.aig").exists()
    assert logic_cells(found) < logic_cells(plain)


def test_a_mapping_that_fails_leaves_what_there_was(tmp_path: Path) -> None:
    write_build(tmp_path, voting(40))
    map_in(tmp_path, DEPTH)
    kept = {name: (tmp_path / name).read_bytes() for name in ("parts.aig", "mapped.json")}
    (tmp_path / "net.npz").write_bytes(b"nothing")
    done = run("gen", "map", "--graph", str(tmp_path / "graph.aig"), "--out",
               str(tmp_path / "mapped.json"), "--stage-depth", DEPTH)  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept


def test_the_words_of_many_classes_are_compared_by_carries(tmp_path: Path) -> None:
    net = in_classes(3, 40)
    write_build(tmp_path, net, outputs=CHOSEN)
    netlist = map_in(tmp_path, "8")
    assert through(tmp_path / "mapped.json") == "parts.aig"
    assert carries(netlist)
    bits = np.random.default_rng(0).integers(0, 2, (2000, 12), dtype=np.uint8)
    found = evaluate(netlist.to_graph(), bits) @ [1, 2]
    assert found.tolist() == interpret(net, bits.astype(np.int64))["class"].ravel().tolist()


@pytest.mark.parametrize("depth", ["2", "8"])
def test_scores_that_need_fewer_bits_without_constants_are_mapped(
    tmp_path: Path, depth: str
) -> None:
    write_build(tmp_path, in_classes(2, 16))
    netlist = map_in(tmp_path, depth, "--no-care")
    assert differing(netlist.to_graph(), read_aiger(tmp_path / "graph.aig"), 32) == ""


def test_a_network_of_another_graph_is_not_taken(tmp_path: Path) -> None:
    write_build(tmp_path, voting(40))
    save(voting(40, seed=1), tmp_path / "net.npz")
    netlist = map_in(tmp_path, DEPTH, "--no-care")
    assert not (tmp_path / "parts.aig").exists()
    assert differing(netlist.to_graph(), read_aiger(tmp_path / "graph.aig"), 32) == ""


def test_a_network_that_is_another_one_is_no_proof_of_a_netlist(tmp_path: Path) -> None:
    """The netlist is of the graph with parts, and this of net.npz, but graph.aig is another's."""
    other = tmp_path / "other"
    write_build(other, voting(40, seed=1))
    map_in(other, DEPTH)
    write_build(tmp_path, voting(40))
    for name in ("net.npz", "parts.aig", "mapped.json"):
        (tmp_path / name).write_bytes((other / name).read_bytes())
    assert through(tmp_path / "mapped.json") == "parts.aig"
    assert check_mapped(tmp_path, tmp_path / "mapped.json").verdict == FAILED


def test_inputs_of_other_names_break_the_link(tmp_path: Path) -> None:
    write_build(tmp_path, voting(40))
    map_in(tmp_path, DEPTH)
    graph = read_aiger(tmp_path / "parts.aig")
    other = graph.renamed(("z", *graph.input_names[1:]), graph.output_names)
    write_aiger(other, tmp_path / "parts.aig")
    assert check_graphs(tmp_path).verdict == FAILED


def test_narrower_codes_without_long_counts_are_no_other_form() -> None:
    net = tabled()
    narrow = narrow_net(net)
    assert narrow is not None
    assert parts_form(net, narrow, melt(net), net.outputs, 28) == ""
