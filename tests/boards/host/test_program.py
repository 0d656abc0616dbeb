"""Programming: nothing built, nobody home, no programmer, and a board that answers."""

from pathlib import Path

import pytest

from boards.host.program import program
from boards.table.entries import BOARDS, BoardError
from gen.tools import ToolNotFound
from tests.boards.designs import fake_tool

ICEBREAKER = BOARDS["icebreaker"]


def test_no_bitstream_wrong(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as caught:
        program(ICEBREAKER, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/top.bin: no finished bitstream; run `make synth BOARD=icebreaker` first"
    )


def test_no_programmer_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "top.bin").write_bytes(b"x")
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("ICEPROG", "OPENFPGALOADER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ToolNotFound) as caught:
        program(ICEBREAKER, tmp_path)
    assert str(caught.value) == (
        "no programmer for iCEBreaker found; install one: `apt install fpga-icestorm` (iceprog)"
        " or `apt install openfpgaloader` (openFPGALoader)"
    )


def test_no_board_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "top.bin").write_bytes(b"x")
    body = 'print("Can\'t find iCE FTDI USB device"); sys.exit(2)'
    fake_tool(tmp_path, "ICEPROG", body, monkeypatch)
    with pytest.raises(
        BoardError,
        match="was not programmed: iceprog failed .exit status 2.: Can't"
        " find iCE FTDI USB device; log: .*; is it plugged in",
    ):
        program(ICEBREAKER, tmp_path)


def test_iceprog_gets_the_bitstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "top.bin").write_bytes(b"bits")
    fake_tool(tmp_path, "ICEPROG", "pathlib.Path('sent').write_text(' '.join(args))", monkeypatch)
    assert program(ICEBREAKER, tmp_path) == "iceprog"
    assert (tmp_path / "sent").read_text() == "top.bin"


def test_openfpgaloader_where_iceprog_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "top.bin").write_bytes(b"bits")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ICEPROG", raising=False)
    fake_tool(
        tmp_path, "OPENFPGALOADER", "pathlib.Path('sent').write_text(' '.join(args))", monkeypatch
    )
    assert program(ICEBREAKER, tmp_path) == "openFPGALoader"
    assert (tmp_path / "sent").read_text() == "-b ice40_generic -f top.bin"
