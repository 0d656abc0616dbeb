"""A graph of narrower codes: shown where it is the network, refused where anything is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.files import read_json, write_json
from gen.intnet.files import load, save
from gen.intnet.interpret import codes_to_bits, interpret
from gen.intnet.narrow import narrow_net
from gen.intnet.network import IntNet
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.luts import map_luts
from gen.map.names import name_activations
from gen.map.netlist import Netlist
from gen.map.proofs import NARROW, SHOWN
from gen.melt.melt import melt
from gen.melt.proof.narrow import show_narrow
from gen.proof.chain import FAILED, PROVED
from gen.verify.graphs import NETS, check_graphs, check_mapped, files
from tests.gen.intnet.nets import every_code
from tests.gen.intnet.test_narrow import changed, tabled
from tests.gen.verify.builds import check_of, write_build

CHOSEN = ("class", "score")


def forms() -> tuple[IntNet, IntNet, Graph, Graph]:
    net = tabled()
    narrow = narrow_net(net)
    assert narrow is not None
    return net, narrow, melt(narrow, CHOSEN), melt(net, CHOSEN)


def test_it_is_shown_and_holds_on_every_input() -> None:
    net, narrow, graph, sections = forms()
    shown = show_narrow(net, narrow, graph, sections, CHOSEN)
    assert (shown.why, shown.differs) == ("", False)
    codes = every_code(2, 3, False)
    bits = codes_to_bits(codes, 3)
    assert np.array_equal(evaluate(flatten(graph), bits), evaluate(flatten(sections), bits))
    named = [name for name in flatten(graph).output_names if name.startswith("class")]
    assert len(named) == 1
    found = evaluate(flatten(graph), bits)[:, flatten(graph).output_names.index(named[0])]
    assert np.array_equal(found, interpret(net, codes)["class"].ravel())


def test_a_graph_of_another_network_is_refused() -> None:
    net, narrow, _, sections = forms()
    bias = narrow.node("sum").bias + 1  # type: ignore[attr-defined]
    wrong = changed(narrow, "sum", bias=bias)
    assert show_narrow(net, wrong, melt(wrong, CHOSEN), sections, CHOSEN).differs
    shown = show_narrow(net, narrow, melt(wrong, CHOSEN), sections, CHOSEN)
    assert shown.differs
    assert "layer[" in shown.why


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build whose netlist is made of the graph of narrower codes alone."""
    net, narrow, graph, _ = forms()
    write_build(tmp_path, net)
    save(narrow, tmp_path / "narrow.npz")
    write_aiger(graph, tmp_path / "narrow.aig")
    netlist, how = map_luts(flatten(graph), [])
    netlist.write(tmp_path / "mapped.json", proof="proved", through="narrow.aig", flow=how)
    return tmp_path


THROUGH = "narrower codes == the network"


def test_the_link_holds_through_it(build: Path) -> None:
    link = check_graphs(build)
    assert link.verdict == PROVED, link.fault
    assert check_of(link, THROUGH).verdict == PROVED
    assert {*NETS, SHOWN[NARROW]} < {*files(build)}
    assert check_mapped(build, build / "mapped.json").verdict == PROVED


def test_activations_are_named_that_are_the_same_in_both(build: Path) -> None:
    """Not the tables' own codes: a cell that is called one breaks the link."""
    graph = read_aiger(build / "narrow.aig")
    named = name_activations(Netlist.read(build / "mapped.json"), graph, without={"edge"})
    found = {cell.name for cell in named.cells if cell.name}
    assert found
    assert all(name.startswith("layer[") for name in found)
    named.write(build / "mapped.json", proof="proved", through="narrow.aig")
    what = "cells that are called activations"
    assert check_of(check_graphs(build), what).verdict == PROVED
    cells = [replace(c, name="edge[1].0" if c.name else None) for c in named.cells]
    named.with_cells(cells).write(build / "mapped.json", proof="proved", through="narrow.aig")
    assert check_of(check_graphs(build), what).verdict == FAILED


def test_narrow_codes_of_another_network_break_the_link(build: Path) -> None:
    """Both files are of one network, and the netlist is its: but it is not the build's."""
    narrow = load(build / "narrow.npz")
    wrong = changed(narrow, "sum", bias=narrow.node("sum").bias + 1)  # type: ignore[attr-defined]
    save(wrong, build / "narrow.npz")
    write_aiger(melt(wrong, CHOSEN), build / "narrow.aig")
    netlist, _ = map_luts(flatten(melt(wrong, CHOSEN)), [])
    netlist.write(build / "mapped.json", proof="proved", through="narrow.aig")
    link = check_graphs(build)
    assert link.verdict == FAILED
    assert check_of(link, THROUGH).fault == "sum: its sums differ"
    assert check_mapped(build, build / "mapped.json").verdict == FAILED


def test_a_netlist_of_another_graph_breaks_the_link(build: Path) -> None:
    netlist = Netlist.read(build / "mapped.json")
    cells = list(netlist.cells)
    last = cells[-1]
    cells[-1] = type(last)(last.table ^ 1, last.fan_in)
    netlist.with_cells(cells).write(build / "mapped.json", proof="proved", through="narrow.aig")
    link = check_graphs(build)
    assert link.verdict == FAILED
    assert check_of(link, THROUGH).verdict == PROVED


def test_a_missing_or_damaged_file_breaks_the_link(build: Path) -> None:
    (build / "narrow.npz").write_bytes(b"no network")
    assert check_of(check_graphs(build), THROUGH).verdict == FAILED


def test_what_is_named_is_never_another_file(build: Path) -> None:
    """`through` only says that it is so: the files' names are the link's."""
    value = read_json(build / "mapped.json") | {"through": "elsewhere.aig"}
    write_json(build / "mapped.json", value)
    assert check_graphs(build).verdict == PROVED
    read_aiger(build / "narrow.aig")
    (build / "narrow.npz").unlink()
    assert check_graphs(build).verdict == FAILED


def test_a_netlist_says_what_it_was_made_of() -> None:
    _, _, graph, sections = forms()
    flat = flatten(sections)
    netlist, how = map_luts(flat, [], shown={NARROW: graph})
    assert how.startswith((NARROW, "flat"))
    inputs = every_code(6, 1, False)
    assert np.array_equal(evaluate(netlist.to_graph(), inputs), evaluate(flat, inputs))
