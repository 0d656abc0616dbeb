"""What would take long, left out: training, plots, simulators, programs, a board's plan again."""

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boards.build.synth
import boards.report.publish
import gen.nets.training.train
import sim.board
import sim.compare
from gen.tools.tool import ToolFailed
from tests.boards.plans import known_plan

__all__ = ["quick"]


def _refused(*_: Any, **__: Any) -> None:
    raise ToolFailed("stand-in for all programs")


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Commands do everything but these."""
    with (
        patch.object(subprocess, "run", _refused),
        patch.object(gen.nets.training.train, "_fit", lambda *_: None),
        patch.object(boards.build.synth, "make_plan", known_plan),
        patch.object(boards.report.publish, "make_plots", lambda *_: {}),
        patch.object(sim.compare, "run_bench", _refused),
        patch.object(sim.board, "run_bench", _refused),
    ):
        yield
