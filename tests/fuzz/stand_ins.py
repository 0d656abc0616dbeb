"""What would take long, left out: training, plots, simulators, programs."""

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boards.report.publish
import gen.nets.train
import sim.board
import sim.compare
from gen.tools.tool import ToolFailed

__all__ = ["quick"]


def _refused(*_: Any, **__: Any) -> None:
    raise ToolFailed("stand-in for all programs")


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Commands do everything but these."""
    with (
        patch.object(subprocess, "run", _refused),
        patch.object(gen.nets.train, "_fit", lambda *_: None),
        patch.object(boards.report.publish, "make_plots", lambda *_: {}),
        patch.object(sim.compare, "run_bench", _refused),
        patch.object(sim.board, "run_bench", _refused),
    ):
        yield
