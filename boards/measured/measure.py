"""A core measured alone, without link or pins: cells by type, and packed logic cells.

Packed cells are what nextpnr makes of the netlist (`--pack-only`): LUT, carry and flip-flop share
an iCE40's logic cell where they can; one more holds the constant 1, which nextpnr always adds. Its
JSON report is written with `--pack-only` too, so no log is read.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boards.measured.results import cells_by_type, group_cells, used_cells
from boards.table.entries import BOARDS, Board
from gen.files import make_folder, read_text, write_text
from gen.tools import YOSYS

__all__ = ["measure_core"]


def measure_core(
    verilog_path: Path,
    top: str,
    folder: Path,
    options: Sequence[str] = (),
    board: Board = BOARDS["icebreaker"],
    timeout: float | None = 1800,
) -> dict[str, Any]:
    """Synthesize and pack module `top` of a Verilog file alone; files go to `folder`.

    `options` are for the family's synthesis (such as "-nocarry" of `synth_ice40`). The result has
    `lc` (packed logic cells, or what else the family counts), `lut4`, `carry`, `ff`, `blocks`
    (memories and multipliers) and `cells` (by type).
    Raises ToolFailed, ToolNotFound, FileDamaged.
    """
    family = board.kind
    make_folder(folder)
    _write(folder / "core.v", read_text(verilog_path))
    synthesis = " ".join([family.synthesis, *options, "-top", top, "-json", "core.syn.json"])
    script = ["read_verilog core.v", synthesis, "tee -q -o core.stat.json stat -json", ""]
    _write(folder / "core.ys", "\n".join(script))
    for name in ("core.syn.json", "core.stat.json", "core.pack.json"):
        (folder / name).unlink(missing_ok=True)
    YOSYS.run(["-q", "-l", "yosys.log", "core.ys"], folder, folder / "yosys.out", timeout)
    cells = cells_by_type(folder / "core.stat.json")
    groups = group_cells(cells, family.kinds)
    used = groups["lut4"] + groups["carry"]
    if family.alone is not None:
        used = _pack(board, family.alone, folder, timeout)
    return {"lc": used, **groups, "cells": cells}


def _pack(board: Board, alone: Sequence[str], folder: Path, timeout: float | None) -> int:
    family = board.kind
    args = [*board.device_args, "--pack-only", *alone, "--json", "core.syn.json"]
    args += ["--report", "core.pack.json"]
    family.route.run(args, folder, folder / "nextpnr.out", timeout)
    used, _ = used_cells(folder / "core.pack.json", family.counted)
    return used


def _write(path: Path, text: str) -> None:
    write_text(path, text)
