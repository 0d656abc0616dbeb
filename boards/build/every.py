"""One recipe on every board: builds what is missing or changed, goes on after a refusal.

A build is taken as it is where its key (core, plan, seeds, tool versions) is what a new one would
have, so that an interrupted run goes on where it was.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from boards.build.core import DoesNotFit
from boards.build.run import TimingNotMet
from boards.build.synth import (
    BUILD,
    BUILD_FORMAT,
    Options,
    build_key,
    core_folder,
    making_build,
    synthesize,
)
from boards.table.entries import Board
from gen.console import say
from gen.errors import SmeltError
from gen.files import FileDamaged, reading
from gen.times import read_timed, write_timed

__all__ = ["BuildsFailed", "build_every", "failed"]

COMPARISON_FORMAT = "smelt-boards-1"
Publish = Callable[[Path, Path, dict[str, Any]], dict[str, Any]]


class BuildsFailed(SmeltError):
    """A board that should carry the recipe has no build."""


def build_every(
    boards: Sequence[Board], recipe_folder: Path, options: Options, publish: Publish
) -> dict[str, Any]:
    """Build build/<recipe> for each board; writes boards.json there, and returns its value.

    `publish` makes the report from (recipe folder, build folder, build.json's value). A board
    that is too small, or whose clock is not met, is a row that says so.
    """
    rows = []
    for number, board in enumerate(boards, 1):
        say(f"[{number} of {len(boards)}] {board.title}")
        rows.append(_row(board, recipe_folder, options, publish))
        value = {"format": COMPARISON_FORMAT, "recipe": recipe_folder.name, "boards": rows}
        write_timed(recipe_folder / "boards.json", value)
    return value


def failed(value: dict[str, Any]) -> list[str]:
    """The boards that have no build though the recipe fits them."""
    fine = ("built", "does not fit")
    return [row["board"] for row in value["boards"] if row["status"] not in fine]


def _row(board: Board, recipe_folder: Path, options: Options, publish: Publish) -> dict[str, Any]:
    folder = recipe_folder / board.name
    core = core_folder(recipe_folder, board.family) / "core.json"
    start = time.monotonic()
    row: dict[str, Any] = {"board": board.name, "family": board.family}
    try:
        key = build_key(board, core, options)
        figures = _finished(folder, key)
        if figures is None:
            with making_build(board, core, folder, options):
                build = synthesize(board, core, folder, options)
                figures = _figures(publish(recipe_folder, folder, build))
        else:
            say(f"  unchanged: {folder / 'report.json'}")
    except DoesNotFit as error:
        return row | {"status": "does not fit", "why": str(error)}
    except TimingNotMet as error:
        return row | error.result() | {"why": str(error)}
    except SmeltError as error:
        return row | {"status": "failed", "why": str(error)}
    return row | figures | {"seconds": round(time.monotonic() - start, 1)}


def _finished(folder: Path, key: str) -> dict[str, Any] | None:
    """The figures of a finished build with this key, or None."""
    try:
        build = read_timed(folder / "build.json", BUILD_FORMAT, BUILD)
        if build.get("key") != key or not (folder / build["bitstream_file"]).is_file():
            return None
        report = read_timed(folder / "report.json")
        with reading(folder / "report.json"):
            return _figures(report)
    except FileDamaged:
        return None


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    top, fmax = report["top"], report["fmax_mhz"]
    speeds = [speed for speed in fmax["seeds"].values() if speed is not None]
    latency = report["latency_cycles"]
    return {
        "status": "built",
        "device": report["device"],
        "used": top["used"],
        "capacity": top["capacity"],
        "unit": top["unit"],
        "core": report["core"]["lc"],
        "cells": top["cells"],
        "fmax_mhz": {
            "best": fmax["best"],
            "median": fmax["median"],
            "lowest": min(speeds),
            "seeds": len(speeds),
            "trusted": fmax["trusted"],
        },
        "clock_mhz": fmax["constraint"],
        "latency_cycles": latency,
        "latency_ns": round(1000 * latency / fmax["constraint"], 1),
        "bitstream_sha256": report["bitstream_sha256"],
    }
