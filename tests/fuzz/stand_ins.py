"""What would take long, left out: training, plots, simulators, programs, a board's plan again."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boards.build.synth
import boards.report.publish
import gen.nets.train
import sim.board
import sim.compare
from boards.build.core import CoreFile
from boards.build.plan import BuildPlan, make_plan
from boards.table.entries import Board
from gen.files import read_text
from gen.tools.tool import ToolFailed

__all__ = ["quick"]


def _refused(*_: Any, **__: Any) -> None:
    raise ToolFailed("stand-in for all programs")


PLANS: dict[str, BuildPlan] = {}
"""By what they are made from: Amaranth takes half a second for one, and most are of one core."""


def _plan(board: Board, core: CoreFile, *settings: Any) -> BuildPlan:
    named = replace(core, verilog=Path("core.v"))
    options = {name: value for name, value in os.environ.items() if name.startswith("AMARANTH_")}
    of = repr((board, named, read_text(core.verilog), settings, options))
    if of not in PLANS:
        PLANS[of] = make_plan(board, core, *settings)
    return PLANS[of]


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Commands do everything but these."""
    with (
        patch.object(subprocess, "run", _refused),
        patch.object(gen.nets.train, "_fit", lambda *_: None),
        patch.object(boards.build.synth, "make_plan", _plan),
        patch.object(boards.report.publish, "make_plots", lambda *_: {}),
        patch.object(sim.compare, "run_bench", _refused),
        patch.object(sim.board, "run_bench", _refused),
    ):
        yield
