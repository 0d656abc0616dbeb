"""The chain from PyTorch to the bits on a real build: it holds, and sees every planted bit."""

import hashlib
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from boards.__main__ import parser as boards_parser
from boards.bits.faults import Board, Fault, try_faults
from boards.bits.links import check_bitstream, check_netlist, delivered, planned, same_core
from boards.bits.serial import serial_of
from boards.bits.tile import Tiles
from boards.bits.unpack import ASC, VERILOG, missing_tools, unpack
from boards.build.synth import load_build
from gen.console import main
from gen.files import read_json, write_json
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.map.netlist import Netlist
from gen.proof.chain import EXHAUSTIVE, FAILED, NOT_RUN, PROVED, SIMULATED
from gen.proof.compare import Class, compare_machines
from gen.proof.readback import read_back
from gen.proof.verilog import read_design
from gen.tools import ICEPACK
from gen.verify.frozen import check_frozen
from gen.verify.graphs import check_graphs
from gen.verify.rtl import check_rtl
from tests.conftest import make
from tests.gen.verify.builds import check_of
from tests.sim.builds import flip_table_bit

pytestmark = pytest.mark.slow


def copied(synthesized: Path, folder: Path) -> Path:
    out = folder / "out"
    shutil.copytree(synthesized, out, ignore=shutil.ignore_patterns("sim", "plots", "logs"))
    return out


@pytest.fixture
def build(synthesized: Path, tmp_path: Path) -> Path:
    """A copy of the build that a test may damage."""
    return copied(synthesized, tmp_path)


@pytest.fixture(scope="module")
def opened(synthesized: Path, tmp_path_factory: pytest.TempPathFactory) -> Board | None:
    """The build read back with open tables, once; nothing where icestorm's tools are missing."""
    if missing_tools():
        return None
    return Board(copied(synthesized, tmp_path_factory.mktemp("opened")) / "icebreaker")


def telling_seed(opened: Board) -> int:
    """A seed whose first fault makes a difference, so that two tests read the same bits back."""
    for seed in range(1, 99):
        fault = opened.draw(1, seed)[0]
        if opened.connected(fault) and opened.prove(opened.changed(fault)).differs:
            return seed
    raise AssertionError("no fault makes a difference")


def flipped(mapped: Netlist, cell: int, bit: int) -> Netlist:
    cells = list(mapped.cells)
    cells[cell] = replace(cells[cell], table=cells[cell].table ^ 1 << bit)
    return mapped.with_cells(cells)


def faulty_bit(mapped: Netlist) -> tuple[int, int]:
    """A cell without a name and a bit of its table that some of all inputs see, by listing them."""
    rows = np.array([[row >> at & 1 for at in range(9)] for row in range(512)], dtype=np.uint8)
    good = evaluate(mapped.to_graph(), rows)
    for cell, content in enumerate(mapped.cells):
        if content.name is None:
            for bit in range(1 << len(content.fan_in)):
                if (evaluate(flipped(mapped, cell, bit).to_graph(), rows) != good).any():
                    return cell, bit
    raise AssertionError("no bit of any unnamed cell is seen")


def test_the_chain_holds_and_is_judged_by_what_lies_there(
    network: Path, synthesized: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(synthesized, out)
    words = "verify", f"RECIPE={network}", f"OUT={out}", "SEEDS=1"
    done = make(*words)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "gen melt" not in done.stdout
    report = json.loads((out / "icebreaker" / "report.json").read_text())
    verdicts = [link["verdict"] for link in report["chain"]]
    # The imported network has no trained one beside it; its own functions are all listed.
    last = NOT_RUN if missing_tools() else PROVED
    assert verdicts == [EXHAUSTIVE, PROVED, PROVED, PROVED, last]
    assert all(check["method"] for link in report["chain"] for check in link["checks"])
    digest = hashlib.sha256((out / "sections.aig").read_bytes()).hexdigest()
    assert f"sections.aig:{digest[:12]}" in done.stdout
    # Asked again it runs again: what counts is what lies there now.
    write_aiger(with_a_bit_flipped(out / "sections.aig"), out / "sections.aig")
    (out / "verify" / "frozen.json").unlink()
    refused = make(*words)
    assert refused.returncode
    assert f"{out / 'sections.aig'}: was changed since simplify wrote it" in refused.stderr
    # Nor does it help to take away what is known of it: the chain judges the file.
    assert check_graphs(out).verdict == FAILED


def with_a_bit_flipped(path: Path) -> Graph:
    """A graph in which one AND reads the complement of what it read."""
    graph = read_aiger(path)
    fan_in = graph.fan_in.copy()
    fan_in[len(fan_in) // 2, 0] ^= 1
    return Graph(graph.input_names, graph.output_names, fan_in, graph.outputs)


def test_a_bit_in_the_graph(build: Path) -> None:
    write_aiger(with_a_bit_flipped(build / "melted.aig"), build / "melted.aig")
    link = check_frozen(build)
    assert link.verdict == FAILED
    assert "the graph says" in link.fault
    assert check_graphs(build).verdict == FAILED


def test_a_bit_in_the_mapped_netlist(build: Path) -> None:
    mapped = Netlist.read(build / "mapped.json")
    flipped(mapped, *faulty_bit(mapped)).write(build / "mapped.json", proof="proved")
    link = check_graphs(build)
    assert check_of(link, "flat graph == mapped").verdict == FAILED
    assert "differs where" in check_of(link, "flat graph == mapped").fault


def test_a_bit_in_the_verilog(build: Path) -> None:
    mapped = Netlist.read(build / "mapped.json")
    flip_table_bit(build / "core.v", *faulty_bit(mapped))
    link = check_rtl(build, build / "core.json")
    assert [check.verdict for check in link.checks] == [PROVED, FAILED, FAILED]
    assert "differs where" in link.fault


def test_another_latency_is_seen(build: Path) -> None:
    mapped = Netlist.read(build / "mapped.json")
    mapped.with_cells(mapped.cells, mapped.latency + 1).write(build / "mapped.json")
    assert check_rtl(build, build / "core.json").verdict == FAILED


def test_a_board_built_from_another_core(build: Path) -> None:
    # Such a core passes link 4 by itself: the copy that link 3 is about is another.
    mapped = Netlist.read(build / "mapped.json")
    flip_table_bit(build / "core.v", *faulty_bit(mapped))
    board = build / "icebreaker"
    link = check_netlist(board, load_build(board))
    assert [check.verdict for check in link.checks] == [FAILED, FAILED, PROVED, SIMULATED]
    assert "is not" in link.fault


def test_a_core_that_is_described_otherwise(build: Path) -> None:
    """core.json and build.json agree on inputs that are not sent: the top level is another's."""
    board = build / "icebreaker"
    for path, place in ((build / "core.json", ()), (board / "build.json", ("core_description",))):
        value = read_json(path)
        inner = value
        for key in place:
            inner = inner[key]
        del inner["live_inputs"][0]
        write_json(path, value)
    assert same_core(board, load_build(board)).verdict == PROVED
    found = planned(board, load_build(board))
    assert found.verdict == FAILED
    assert found.fault.endswith("top.il is another; `make synth` builds again")
    assert check_of(check_rtl(build, build / "core.json"), "describes").verdict == FAILED
    write_json(build / "core.json", read_json(build / "core.json") | {"score_signed": False})
    assert same_core(board, load_build(board)).verdict == FAILED


@pytest.mark.parametrize("name", ["top.il", "top.pcf", "top.ys"])
def test_a_file_that_the_board_is_built_from(build: Path, name: str) -> None:
    board = build / "icebreaker"
    path = board / name
    path.write_text(path.read_text() + "\n")
    found = planned(board, load_build(board))
    assert found.verdict == FAILED
    assert found.fault == f"{path} is another; `make synth` builds again"


def test_a_board_that_is_not_known_is_not_run(build: Path) -> None:
    board = build / "icebreaker"
    made = load_build(board)
    for name, fault in (("nowhere.py", "no such file"), ("icestick", "name is 'icestick'")):
        found = planned(board, made, name)
        assert found.verdict == NOT_RUN
        assert fault in found.fault


def test_a_digest_that_is_not_the_bitstreams(build: Path) -> None:
    board = build / "icebreaker"
    made = load_build(board) | {"bitstream": "0" * 64}
    found = delivered(board, made)
    assert (found.verdict, found.fault[:27]) == (FAILED, "build.json has another dige")
    assert delivered(board, load_build(board)).verdict == PROVED


def test_a_bit_in_the_netlist(build: Path) -> None:
    board = build / "icebreaker"
    value = read_json(board / "top.json")
    cells = value["modules"]["top"]["cells"]
    # Of the transmitter: outside the core, so that the whole top level is looked at. A bit that is
    # addressed whenever the one connected input, I3, is 0.
    inverter = f"{0x00FF:016b}"
    name = next(
        name
        for name, cell in cells.items()
        if "transmitter" in name and cell["parameters"].get("LUT_INIT") == inverter
    )
    cells[name]["parameters"]["LUT_INIT"] = f"{0x00FF ^ 1:016b}"
    write_json(board / "top.json", value)
    link = check_netlist(board, load_build(board))
    check = check_of(link, "registers cut")
    assert check.verdict == link.verdict == FAILED
    assert "differs where" in check.fault


def test_a_bit_in_the_bitstream(build: Path, tmp_path: Path, opened: Board | None) -> None:
    board = build / "icebreaker"
    if opened is None:
        assert check_bitstream(board, load_build(board)).verdict == NOT_RUN
        return
    fault = opened.draw(1, telling_seed(opened))[0]
    tiles = Tiles((board / "top.asc").read_text())
    table = {fault.site: tiles.table(fault.site) ^ 1 << fault.bit}
    (tmp_path / "in.asc").write_text(tiles.text(table))
    ICEPACK.run(["in.asc", "out.bin"], tmp_path, tmp_path / "log")
    shutil.copyfile(tmp_path / "out.bin", board / "top.bin")
    arguments = ["verify", "bitstream", "--build", str(board)]
    assert main(boards_parser(), arguments) == 1
    checks = read_json(board / "verify" / "bitstream.json")["checks"]
    assert [check["verdict"] for check in checks[:2]] == [FAILED, FAILED]
    assert "differs where" in checks[1]["fault"]
    x, y, _ = fault.site
    assert f"logic_tile {x} {y}" in checks[0]["fault"]


def test_faults_short_and_long(synthesized: Path, opened: Board | None) -> None:
    if opened is None:
        assert "icebox_vlog" in missing_tools() or "iceunpack" in missing_tools()
        return
    serial = serial_of(opened.machine, load_build(opened.folder), synthesized, 64)
    value = try_faults(opened, serial, 12, telling_seed(opened), 1)
    assert value["tried"] == value["rejected"] + value["equivalent"] == 12
    # No vector tells apart what is proved equal; a bit that no input reaches makes no difference.
    assert value["caught_though_equivalent"] == 0
    assert value["caught_by_vectors"] <= value["rejected"]
    rows = value["faults"]
    assert all(row["connected"] for row in rows if row["verdict"] == "rejected")
    assert "long_way" in rows[0]
    whole = Fault((0, 0, 0), 0)
    with pytest.raises(KeyError):
        opened.changed(whole)


def test_two_readers_of_the_same_text_agree(synthesized: Path, tmp_path: Path) -> None:
    if missing_tools():
        return
    board = synthesized / "icebreaker"
    back = read_back(unpack(board / "top.bin", board / "top.pcf", tmp_path))
    assert (tmp_path / ASC).is_file()
    text = (tmp_path / VERILOG).read_text()
    # Yosys has no rule for an output's enable: the value alone is compared.
    plain = re.sub(r"= \w+ \? (\w+) : 1'bz;", r"= \1;", text)
    (tmp_path / "plain.v").write_text(plain)
    other = read_design({"chip.v": tmp_path / "plain.v"}, "chip")
    names = {name: net for net, one in other.registers.items() for name in one.names}
    classes = [Class(str(net), (net,), (names[str(net)],)) for net in back.machine.registers]
    back.machine.outputs = {n: o for n, o in back.machine.outputs.items() if "." not in n}
    made = compare_machines(back.machine, other, classes)
    assert made.proved, made.fault
    assert len(other.registers) == len(back.flops)


def test_a_design_of_two_clocks_is_not_run(build: Path) -> None:
    board = build / "icebreaker"
    made = load_build(board)
    made["core_clock"]["pll"] = {"DIVF": 85}
    for link in (check_netlist(board, made), check_bitstream(board, made)):
        assert link.verdict == NOT_RUN
        assert link.fault.startswith("the core's clock is the PLL's")


def test_without_icestorm_the_link_is_not_run(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ICEUNPACK", "true")
    monkeypatch.setenv("ICEBOX_VLOG", os.devnull + "/none")
    board = build / "icebreaker"
    arguments = ["verify", "bitstream", "--build", str(board)]
    assert main(boards_parser(), arguments) == 0
    value = read_json(board / "verify" / "bitstream.json")
    assert value["verdict"] == NOT_RUN
    assert "ICEBOX_VLOG=" in value["fault"]
    assert "not run" in capsys.readouterr().out
    assert main(boards_parser(), ["faults", "--build", str(board)]) == 1
    assert "smelt: error: ICEBOX_VLOG=" in capsys.readouterr().err
