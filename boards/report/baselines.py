"""What a recipe took on each board when last agreed to: a regression of area is seen against it.

Counted is the packed design with its link, and the core alone; nothing is placed, so that it takes
seconds. The figures are in baselines.json; a change for the better is no failure, and should be
written there too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boards.build.core import load_core
from boards.build.plan import make_plan
from boards.build.run import Build, pack_only
from boards.build.synth import core_folder
from boards.measured.measure import measure_core
from boards.table.entries import Board
from gen.console import say
from gen.errors import SmeltError
from gen.files import read_json, write_json
from gen.forms import COUNT

__all__ = ["BASELINES", "AreaGrew", "compare", "measure_boards", "read_baselines", "update"]

BASELINES = Path(__file__).with_name("baselines.json")
BASELINES_FORMAT = "smelt-baselines-1"
FIGURES = ("used", "core")
BASELINES_FORM = {"tolerance": float, "recipes": {str: {str: {str: COUNT}}}}
Figures = dict[str, int]


class AreaGrew(SmeltError):
    """A design takes more of a board than the baselines allow."""


def measure_boards(
    boards: Sequence[Board], recipe_folder: Path, folder: Path, timeout: float = 600
) -> dict[str, Figures]:
    """For each board the cells of the whole design ("used") and of the core alone ("core").

    The cores are those in build/<recipe>; files go to `folder`. Raises DoesNotFit, ToolFailed.
    """
    return {board.name: _measure(board, recipe_folder, folder, timeout) for board in boards}


def _measure(board: Board, recipe_folder: Path, folder: Path, timeout: float) -> Figures:
    core = load_core(core_folder(recipe_folder, board.family) / "core.v")
    work = folder / board.name
    used = pack_only(make_plan(board, core), board, work, timeout, Build())
    alone = measure_core(core.verilog, "core", work / "alone", (), board, timeout)
    say(f"{board.name}: {used:,} {board.kind.unit}, {alone['lc']:,} of them the core's")
    return {"used": used, "core": alone["lc"]}


def read_baselines(path: Path = BASELINES) -> tuple[float, dict[str, dict[str, Figures]]]:
    """The tolerance (0.03 is 3 %), and the figures by recipe and board."""
    value = read_json(path, BASELINES_FORMAT, BASELINES_FORM)
    return float(value["tolerance"]), dict(value["recipes"])


def compare(
    measured: Mapping[str, Figures], agreed: Mapping[str, Figures], tolerance: float
) -> list[str]:
    """A line for each figure that grew by more than the tolerance, or has no baseline."""
    lines = []
    for board, figures in measured.items():
        for name in FIGURES:
            now, before = figures[name], agreed.get(board, {}).get(name)
            if before is None:
                lines.append(f"{board}: {name} {now:,} has no baseline")
            elif now > before * (1 + tolerance):
                lines.append(f"{board}: {name} {now:,}, the baseline is {before:,}")
    return lines


def update(recipe: str, measured: Mapping[str, Figures], path: Path = BASELINES) -> dict[str, Any]:
    """Write the figures as the new baselines of a recipe; other boards keep theirs."""
    tolerance, recipes = read_baselines(path)
    recipes[recipe] = recipes.get(recipe, {}) | dict(measured)
    value = {"format": BASELINES_FORMAT, "tolerance": tolerance, "recipes": recipes}
    write_json(path, value)
    return value
