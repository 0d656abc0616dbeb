"""A graph of counts in parts: shown where it is the network, and mapped where stages are short."""

from pathlib import Path

import numpy as np
import pytest

from gen.intnet.interpret import codes_to_bits, interpret
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.map import luts
from gen.map.netlist import Netlist
from gen.map.pipeline import logic_cells
from gen.map.proofs import through
from gen.melt.forms import OtherForm, parts_form
from gen.melt.melt import melt
from gen.proof.chain import PROVED
from gen.verify.graphs import check_graphs, check_mapped, files
from tests.commands import run
from tests.gen.melt.proof.test_wide import CHOSEN, voting
from tests.gen.verify.builds import check_of, write_build

THROUGH = "counts in parts == the network"
DEPTH = "3"


@pytest.fixture(autouse=True)
def quick(one_flow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is polished: that takes most of the time, and gains the same either way."""
    monkeypatch.setattr(luts, "_polished", lambda found, depth: [])


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


def mapped(folder: Path, depth: str) -> Netlist:
    done = run("gen", "map", "--graph", str(folder / "graph.aig"), "--out",
               str(folder / "mapped.json"), "--stage-depth", depth)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Netlist.read(folder / "mapped.json")


def test_it_is_mapped_where_it_takes_fewer_cells_and_the_link_holds(tmp_path: Path) -> None:
    write_build(tmp_path, voting(40))
    found = mapped(tmp_path, DEPTH)
    assert through(tmp_path / "mapped.json") == "parts.aig"
    link = check_graphs(tmp_path)
    assert link.verdict == PROVED, link.fault
    assert check_of(link, THROUGH).verdict == PROVED
    assert {"net.npz", "parts.aig"} < {*files(tmp_path)}
    assert check_mapped(tmp_path, tmp_path / "mapped.json").verdict == PROVED

    (tmp_path / "net.npz").unlink()
    done = run("gen", "map", "--graph", str(tmp_path / "graph.aig"), "--out",
               str(tmp_path / "mapped.json"), "--stage-depth", DEPTH, "--no-care")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "parts.aig").exists()
    assert logic_cells(found) < logic_cells(Netlist.read(tmp_path / "mapped.json"))
