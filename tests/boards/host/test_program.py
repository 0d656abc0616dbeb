"""Programming: nothing built, nobody home, no programmer, and a board that answers."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from boards.host.program import program
from boards.table.entries import BOARDS, BoardError
from gen.files import FileDamaged
from gen.tools import ToolNotFound
from tests.boards.designs import fake_tool

ICEBREAKER = BOARDS["icebreaker"]


def finished(folder: Path, bits: bytes = b"bits") -> None:
    """What of a build is looked at before it is programmed."""
    (folder / "top.bin").write_bytes(bits)
    board = {"name": "icebreaker", "device": "iCE40UP5K"}
    value = {"format": "smelt-build-1", "board": board, "bitstream": sha256(bits).hexdigest()}
    (folder / "build.json").write_text(json.dumps(value))


def test_no_bitstream_wrong(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as caught:
        program(ICEBREAKER, tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/top.bin: no finished bitstream; run `make synth BOARD=icebreaker` first"
    )


def test_no_programmer_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path)
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
    finished(tmp_path)
    body = 'print("Can\'t find iCE FTDI USB device"); sys.exit(2)'
    fake_tool(tmp_path, "ICEPROG", body, monkeypatch)
    with pytest.raises(
        BoardError,
        match="was not programmed: iceprog failed .exit status 2.: Can't"
        " find iCE FTDI USB device; log: .*; is it plugged in",
    ):
        program(ICEBREAKER, tmp_path)


def test_iceprog_gets_the_bitstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path)
    fake_tool(tmp_path, "ICEPROG", "pathlib.Path('sent').write_text(' '.join(args))", monkeypatch)
    assert program(ICEBREAKER, tmp_path) == "iceprog"
    assert (tmp_path / "sent").read_text() == "top.bin"


def test_openfpgaloader_where_iceprog_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ICEPROG", raising=False)
    fake_tool(
        tmp_path, "OPENFPGALOADER", "pathlib.Path('sent').write_text(' '.join(args))", monkeypatch
    )
    assert program(ICEBREAKER, tmp_path) == "openFPGALoader"
    assert (tmp_path / "sent").read_text() == "-b ice40_generic -f top.bin"


@pytest.mark.parametrize("change", [b"bit", b"bitz", b""])
def test_a_bitstream_that_is_not_the_builds_wrong(
    change: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path)
    (tmp_path / "top.bin").write_bytes(change)
    fake_tool(tmp_path, "ICEPROG", "pathlib.Path('sent').write_text('')", monkeypatch)
    with pytest.raises(BoardError, match=r"top\.bin: is cut short or changed: .*; move it away"):
        program(ICEBREAKER, tmp_path)
    assert not (tmp_path / "sent").exists()


def test_a_bitstream_for_another_chip_wrong(tmp_path: Path) -> None:
    finished(tmp_path)
    with pytest.raises(BoardError, match="was built for iCE40UP5K; Lattice iCEstick has iCE40HX1K"):
        program(BOARDS["icestick"], tmp_path)


def test_a_build_that_names_no_bitstream_wrong(tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "build.json").write_text('{"format": "smelt-build-1", "board": []}')
    with pytest.raises(FileDamaged, match=r"build\.json: names no bitstream; run `make synth"):
        program(ICEBREAKER, tmp_path)
