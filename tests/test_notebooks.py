"""The notebooks of docs/, run from top to bottom as their reader would, in an empty folder.

They are kept without their outputs: another processor trains another network, so figures in them
would be those of one machine, and each run would change the file.
"""

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
BOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the command `smelt` on the way, as an installed Smelt has it."""
    programs, work = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    work.mkdir()
    (programs / "smelt").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smelt "$@"\n')
    (programs / "smelt").chmod(0o755)
    for name in [name for name in os.environ if name.startswith(("MAKE", "MFLAGS", "SMELT_MAKE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), beside, os.environ["PATH"]]))
    return work


def ran(name: str, folder: Path) -> list[str]:
    """What each code cell showed, as text."""
    book = nbformat.read(ROOT / "docs" / "notebooks" / f"{name}.ipynb", as_version=4)
    NotebookClient(book, timeout=900, resources={"metadata": {"path": str(folder)}}).execute()
    return [
        "".join(map(_said, cell["outputs"])) for cell in book.cells if cell["cell_type"] == "code"
    ]


def _said(output: Any) -> str:
    text = str(output.get("text", ""))
    data = output.get("data", {})
    return text + str(data.get("text/plain", "")) + str(data.get("text/html", ""))


@pytest.mark.slow
def test_from_a_csv_to_a_board(folder: Path) -> None:
    shown = ran("from-a-csv-to-a-board", folder)
    assert (folder / "build" / "gestures" / "icebreaker" / "top.bin").stat().st_size > 30_000
    assert "[data]" in shown[2]
    assert "of 5280" in shown[4]
    assert "bitstream, bytes: " in shown[4]
    assert shown[5].count("<tr") == 9
    assert "sensor " in shown[6], "inputs are said with their columns"
    table = shown[7]
    assert all(f"sensor {at}" in table for at in range(4)), "the columns have their names"
    assert "depends" in table
    assert "run through the network itself" in shown[8]


@pytest.mark.slow
def test_ask_and_check(folder: Path) -> None:
    shown = ran("ask-and-check", folder)
    assert "held-out rows" in shown[1]
    assert "hears" in shown[2]
    assert "depends" in shown[4]
    assert "explain: " in shown[6]
    assert "of its proof, by the checker" in shown[7] or "run through" in shown[7]
    assert "checked: " in shown[9]
    assert "smelt: error: " in shown[10], "a forged answer is refused"
    assert "(declare-fun |x[0]| () Bool)" in shown[11]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_outputs_are_not_kept(book: Path) -> None:
    cells = nbformat.read(book, as_version=4).cells
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in cells)
