"""Before training: LUT4 with an interval, the boards that they fit, and minutes of training.

Two ways were tried. A formula of the layers' sizes (`gen.estimate.formula`) takes no time. A sketch
(`gen.nets.training.begin`) is the recipe's own network after a few batches of training, frozen,
melted and mapped quickly: it has the fan-ins, codes and shared inputs of the real one, and is the
nearer of the two (BENCHMARKS.md has both). It is what is told; the formula stands in where a
network is too large to be mapped in seconds.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from boards.table import Board
from gen.errors import SmeltError
from gen.estimate.count import Count, count
from gen.estimate.data import Looked, look
from gen.estimate.fitted import FORMULA, MAPPED, SKETCHED, Way
from gen.estimate.formula import formula
from gen.first.cells import link_cells, whole_cells
from gen.intnet.network import IntNet
from gen.nets.freezing.freeze import freeze_model
from gen.nets.recipe import Recipe
from gen.nets.store import Model
from gen.nets.training.begin import Begun, begin, time_twin
from gen.nets.training.budget import size
from gen.nets.training.job import TWIN_EPOCHS
from gen.tools.tool import ToolTimedOut

__all__ = ["Estimate", "EstimateError", "Fit", "Training", "estimate_network", "estimate_recipe"]

BATCHES = 60
LARGEST = 8_000
"""LUT4 by formula above which no sketch is mapped: that would take minutes."""


class EstimateError(SmeltError):
    """There is no way to estimate this network."""


@dataclass(frozen=True)
class Fit:
    """A board, cells of the whole design on it as expected and at the ends of the interval, and
    whether it fits: "yes", "no", or "perhaps" where the interval's ends differ."""

    board: str
    title: str
    unit: str
    capacity: int
    cells: int
    low: int
    high: int
    fits: str


@dataclass(frozen=True)
class Training:
    """Minutes of training on this machine, the float twin's included, and what they come from:
    epochs of batches, as many or `twin_epochs` of the float twin, and sweeps of a descent."""

    minutes: float
    epochs: int
    twin_epochs: int
    batches: int
    batch_ms: float
    twin_ms: float
    sweeps: int
    sweep_s: float


@dataclass(frozen=True)
class Estimate:
    """What is expected of a network: LUT4 of the core, in nine of ten cases from `low` to `high`.

    `read` and `answered` are bits of input that are read and of answers; `way` says how the
    estimate was made, `notes` what a reader should know, `seconds` how long it took.
    """

    name: str
    luts: int
    low: int
    high: int
    read: int
    answered: int
    link: int
    way: str
    boards: tuple[Fit, ...]
    training: Training | None
    notes: tuple[str, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value."""
        return asdict(self)


def estimate_network(net: IntNet, name: str, boards: Sequence[Board]) -> Estimate:
    """An estimate for a network that is trained already."""
    start = time.monotonic()
    return _told(name, MAPPED, count(net), boards, None, (), start)


def estimate_recipe(recipe: Recipe, boards: Sequence[Board]) -> Estimate:
    """An estimate for a recipe; takes seconds. Raises what reading its data and building its
    network raise, and EstimateError where it is too large and has a layer without formula."""
    start = time.monotonic()
    looked = look(recipe)
    recipe, data = looked.recipe, looked.data
    rows, classes = data.part(data.train), len(data.classes)
    begun = begin(recipe, *rows, classes, data.columns, BATCHES, n_rows=looked.rows)
    twin = time_twin(recipe, *rows, classes, begun.encoder)
    training = _training(looked, begun, twin)
    notes = _notes(looked, begun)
    by_formula = formula(recipe, classes)
    if by_formula is not None and by_formula > LARGEST:
        notes = (*notes, f"more than {LARGEST:,} LUT4 are not mapped for an estimate")
        found = _by_size(recipe, by_formula, begun.encoder.host.n_bits, classes)
        return _told(recipe.name, FORMULA, found, boards, training, notes, start)
    try:
        found = count(_frozen(recipe, looked, begun))
    except ToolTimedOut:
        raise EstimateError(
            f"{recipe.name}: its network is too large to be mapped in a minute"
            + ("" if by_formula is None else f"; a formula says {by_formula:,.0f} LUT4")
        ) from None
    if recipe.schedule.gate_budget is not None:
        kept = min(1.0, recipe.schedule.gate_budget / size(begun.model))
        found = replace(found, luts=round(found.luts * kept))
    return _told(recipe.name, SKETCHED, found, boards, training, notes, start)


def _by_size(recipe: Recipe, luts: float, n_in: int, classes: int) -> Count:
    """Inputs that are read and bits that are answered, as far as sizes tell."""
    return Count(round(luts), n_in // recipe.data.steps, 8 * classes, 0)


def _frozen(recipe: Recipe, looked: Looked, begun: Begun) -> IntNet:
    data = looked.data
    return freeze_model(
        Model(recipe, begun.model, begun.encoder, data.classes, {"train": 0.0}, data.columns)
    )


def _training(looked: Looked, begun: Begun, twin: float) -> Training:
    """Epochs times batches, of the network and of its float twin, and the descent."""
    schedule, descent = looked.recipe.schedule, looked.recipe.descent
    batches = max(1, looked.rows // min(schedule.batch, looked.rows))
    twin_epochs, sweeps = schedule.epochs or TWIN_EPOCHS, descent.sweeps if descent else 0
    whole = batches * (schedule.epochs * begun.seconds + twin_epochs * twin) + begun.descent
    return Training(
        float(np.round(whole / 60, 2)),
        schedule.epochs,
        twin_epochs,
        batches,
        float(np.round(1000 * begun.seconds, 2)),
        float(np.round(1000 * twin, 2)),
        sweeps,
        float(np.round(begun.descent / sweeps, 2)) if sweeps else 0.0,
    )


def _notes(looked: Looked, begun: Begun) -> tuple[str, ...]:
    notes = []
    if looked.stands_in:
        name = looked.recipe.data.name
        notes.append(f"{name} is not here, and is not downloaded: noise of its shape stands in")
    if not begun.settled:
        notes.append(f"there was no time for {BATCHES} batches: the estimate is less sure")
    return tuple(notes)


def _told(
    name: str,
    way: Way,
    found: Count,
    boards: Sequence[Board],
    training: Training | None,
    notes: tuple[str, ...],
    start: float,
) -> Estimate:
    luts, low, high = way.interval(found.luts)
    link = link_cells(found.read, found.answered)
    fits = tuple(_fit(board, (luts, low, high), link) for board in boards)
    return Estimate(
        name=name,
        luts=round(luts),
        low=round(low),
        high=round(high),
        read=found.read,
        answered=found.answered,
        link=link,
        way=way.name,
        boards=fits,
        training=training,
        notes=notes,
        seconds=round(time.monotonic() - start, 2),
    )


def _fit(board: Board, luts: tuple[float, float, float], link: int) -> Fit:
    cells, low, high = (whole_cells(one, link) for one in luts)
    fits = "yes" if high <= board.capacity else "no" if low > board.capacity else "perhaps"
    unit, capacity = board.kind.unit, board.capacity
    return Fit(board.name, board.title, unit, capacity, cells, low, high, fits)
