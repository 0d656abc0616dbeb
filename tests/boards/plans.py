"""A board's plan, made once for each core: Amaranth takes half a second for one, and commands
whose tools are stand-ins ask for the same ones over and over."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from boards.build.core import CoreFile
from boards.build.plan import BuildPlan, make_plan
from boards.table.entries import Board
from gen.files import read_text

__all__ = ["known_plan"]

PLANS: dict[str, BuildPlan] = {}
"""By all that they are made from."""


def known_plan(board: Board, core: CoreFile, *settings: Any) -> BuildPlan:
    """What `make_plan` gives; the core's path is no part of a plan."""
    named = replace(core, verilog=Path("core.v"))
    options = {name: value for name, value in os.environ.items() if name.startswith("AMARANTH_")}
    of = repr((board, named, read_text(core.verilog), settings, options))
    if of not in PLANS:
        PLANS[of] = make_plan(board, core, *settings)
    return PLANS[of]
