"""The commands as a user runs them: builds, interruptions, one-line errors, exit statuses."""

import hashlib
import json
import os
import re
import signal
from hashlib import sha256
from pathlib import Path

import pytest

from boards.__main__ import parser
from boards.report import publish
from boards.table.entries import BOARDS
from gen.console import main
from tests.boards.designs import FAKE_ICEPACK, fake_flow, fake_tool, write_core
from tests.boards.report.test_inputs import write_sim, write_vectors


def smelt(*words: object) -> int:
    return main(parser(), [str(word) for word in words])


def synth(folder: Path, *more: object, board: str = "icebreaker") -> int:
    return smelt("synth", "--board", board, "--core", folder / "core.json", *more)


def test_list_shows_every_board(capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("list") == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == (
        ["board", "device", "package", "capacity", "clock", "link", "rx,", "tx"]
        + ["programmer", "tools"]
    )
    assert [row.split()[0] for row in rows[: len(BOARDS)]] == list(BOARDS)
    # Pins: iCEBreaker v1.0 schematic.
    assert "iCE40UP5K" in rows[0]
    assert "5,280 logic cells  12 MHz  6, 9" in rows[0]
    assert any(row.startswith("tang-nano-9k: timing is not trusted") for row in rows)


def test_list_says_what_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NEXTPNR_ECP5", str(tmp_path / "none"))
    assert smelt("list", "--board", "ulx3s-25f") == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.endswith("openFPGALoader (not found)  fetched when asked for")


@pytest.mark.parametrize(
    ("board", "lines"),
    [
        ("icebreaker", "FAMILY := ice40\nTOOLS :=\nCLOCK_KHZ := 12000\nDEVICE := iCE40UP5K\n"),
        (
            "orangecrab",
            "FAMILY := ecp5\nTOOLS := $(VENV)/.ecp5\nCLOCK_KHZ := 48000\nDEVICE := LFE5U-25F\n",
        ),
    ],
)
def test_list_for_make(board: str, lines: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("list", "--board", board, "--make") == 0
    *shown, key = capsys.readouterr().out.splitlines(keepends=True)
    assert "".join(shown) == lines
    assert re.fullmatch("BOARD_KEY := [0-9a-f]{16}\n", key)


OWN = """
from amaranth_boards.icestick import ICEStickPlatform
from boards.table import Board, Serial
BOARD = Board(
    "x", "Mine", ICEStickPlatform, "iCE40HX1K", "TQ144", 1280, (14, 18),
    12_000_000, leds=(0,), programmers=(("iceprog",),), uart="mine",
    serial=Serial(rx="116", tx="117"),
)
"""


def test_a_board_is_known_by_what_its_file_says_and_not_by_its_name_or_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def key(folder: str, text: str) -> str:
        path = tmp_path / folder / "mine.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (1, 1))
        assert smelt("list", "--board", path, "--make") == 0
        return capsys.readouterr().out.splitlines()[-1]

    first = key("a", OWN)
    assert key("b", OWN) == first
    assert key("a", OWN.replace("116", "112")) != first
    assert key("a", OWN.replace("12_000_000, leds=(0,)", "12_000_000, leds=(1,)")) != first


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("list", "--board", "icestick", "--json") == 0
    assert [board["capacity"] for board in json.loads(capsys.readouterr().out)] == [1280]


def test_unknown_board_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("list", "--board", "icebrekaer") == 1
    assert capsys.readouterr().err == (
        f"smelt: error: board 'icebrekaer' is unknown; known are {', '.join(BOARDS)};"
        " did you mean icebreaker?\n"
    )


def test_fake_build_leaves_bitstream_report_and_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    assert synth(tmp_path) == 0
    out = tmp_path / "icebreaker"
    assert (out / "top.bin").read_text() == "bin of asc of seed 2"
    assert (out / "top.asc").read_text() == "asc of seed 2"
    assert {"yosys.out", "pack.log", "nextpnr-seed5.log", "icepack.log"} <= {
        path.name for path in (out / "logs").iterdir()
    }
    report = json.loads((out / "report.json").read_text())
    assert report["format"] == "smelt-report-1"
    assert report["bitstream_sha256"] == hashlib.sha256((out / "top.bin").read_bytes()).hexdigest()
    assert report["fmax_mhz"] == {
        "constraint": 12.0,
        "median": 21.0,
        "best": 23.5,
        "seeds": {"1": 20.0, "2": 23.5, "3": 21.0, "4": 22.0, "5": 19.0},
        "trusted": True,
    }
    assert report["core"]["lut4"] == 20
    assert capsys.readouterr().out == (
        "400 of 5,280 logic cells (8%), Fmax 23.5 MHz best, 21.0 median for a clock of 12.0,"
        f" latency 2 cycles: {out}/top.bin, {out}/report.html\n"
    )


@pytest.mark.parametrize(("asked", "missed"), [("23", False), ("30", True)])
def test_a_missed_fmax_is_said(
    asked: str,
    missed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The fake's best seed reaches 23.5 MHz: 30 * 30 / 23.5 is 38."""
    core = write_core(tmp_path / "recipe")
    fake_flow(tmp_path, monkeypatch)
    words = ["synth", "--board", "icebreaker", "--core", str(core), "--fmax", asked]
    assert main(parser(), words) == 0
    told = capsys.readouterr().err
    assert ("FMAX=30 was asked for and 23.50 MHz reached" in told) == missed
    assert ("FMAX=38 cuts it as much deeper" in told) == missed


def test_report_takes_in_what_ran_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    assert synth(tmp_path) == 0
    assert (
        json.loads((tmp_path / "icebreaker" / "report.json").read_text())["accuracy"]["logic"]
        == "not run"
    )
    write_vectors(tmp_path / "vectors.npz", [3, 9, 1, 2], [3, 8, 1, 2])
    of = {"core.json": sha256((tmp_path / "core.json").read_bytes()).hexdigest()}
    write_sim(tmp_path / "sim" / "core" / "sim.json", of=of)
    assert smelt("report", tmp_path / "icebreaker") == 0
    assert "simulated logic 75.00%, on 4 rows that came with the network" in capsys.readouterr().out
    assert smelt("report", tmp_path / "icebreaker", "--json") == 0
    assert json.loads(capsys.readouterr().out)["accuracy"]["logic"] == 0.75


def test_report_without_a_build_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("report", tmp_path / "icebreaker") == 1
    assert capsys.readouterr().err.endswith(
        "holds no finished build; run `make synth BOARD=icebreaker` first\n"
    )


def test_report_of_another_core_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    assert synth(tmp_path) == 0
    core = json.loads((tmp_path / "core.json").read_text())
    (tmp_path / "core.json").write_text(json.dumps(core | {"digest": "1" * 64}))
    assert smelt("report", tmp_path / "icebreaker") == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "was built from another core than" in error
    assert error.endswith("run `make synth BOARD=icebreaker` again")


def test_timing_not_met_has_its_own_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch, fmax={1: 7.0, 2: 8.0})
    assert synth(tmp_path, "--seeds", 2, "--json") == 3
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "status": "timing not met",
        "fmax_mhz": 8.0,
        "constraint_mhz": 12.0,
    }
    assert "smelt: error: iCEBreaker runs at 12.00 MHz" in captured.err
    assert not (tmp_path / "icebreaker" / "top.bin").exists()


def test_core_too_large_is_refused_before_any_tool_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path, luts=6000)
    fake_tool(tmp_path, "YOSYS", "pathlib.Path('started').write_text('')", monkeypatch)
    assert synth(tmp_path) == 1
    assert "iCEBreaker has 5,280 logic cells, the design needs 6,000" in capsys.readouterr().err
    assert not (tmp_path / "icebreaker" / "started").exists()


def test_failing_tool_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch, icepack="print('no such tile'); sys.exit(3)")
    assert synth(tmp_path) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    log = tmp_path / "icebreaker" / "logs" / "icepack.log"
    assert error == (
        f"smelt: error: yowasp-icepack failed (exit status 3): no such tile; log: {log}"
    )


def test_second_build_that_fails_leaves_nothing_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    assert synth(tmp_path) == 0
    fake_flow(tmp_path, monkeypatch, icepack="sys.exit(3)")
    assert synth(tmp_path) == 1
    left = {path.name for path in (tmp_path / "icebreaker").iterdir()}
    assert not left & {"top.bin", "report.json", "report.html", "report.md", "build.json"}


def test_interrupted_packing_leaves_no_bitstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """icepack has written half of its file when the user presses Ctrl-C."""
    write_core(tmp_path)
    body = FAKE_ICEPACK + "\nos.kill(os.getppid(), signal.SIGINT); time.sleep(5)"
    # A shell's background job starts with Ctrl-C ignored, and Python leaves it so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    fake_flow(tmp_path, monkeypatch, icepack=body)
    try:
        assert synth(tmp_path) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert not (tmp_path / "icebreaker" / "top.bin").exists()
    assert not (tmp_path / "icebreaker" / "report.json").exists()


def test_interrupted_report_leaves_no_bitstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    write_core(tmp_path)
    fake_flow(tmp_path, monkeypatch)
    monkeypatch.setattr(publish, "html_page", interrupted)
    assert synth(tmp_path) == 130
    assert not (tmp_path / "icebreaker" / "top.bin").exists()
    assert not (tmp_path / "icebreaker" / "report.json").exists()


def test_prog_without_a_build_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert smelt("prog", "--board", "icebreaker", "--build", tmp_path) == 1
    assert "run `make synth BOARD=icebreaker` first" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", ["0", "-3", "many"])
def test_seeds_below_one_wrong(tmp_path: Path, seeds: str) -> None:
    with pytest.raises(SystemExit) as caught:
        synth(tmp_path, "--seeds", seeds)
    assert caught.value.code == 2
