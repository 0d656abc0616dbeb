"""The beginning of a training: a few batches, timed, and the network that they leave.

Its size is close to that of the trained network: fan-ins are fixed from the start, and what more
training changes, which weights they are, makes little difference. See `gen.estimate`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np
import torch
from torch import nn

from gen.data.encode import Encoder
from gen.data.own.columns import Columns
from gen.nets.hardness import set_hardness
from gen.nets.model import build, build_float
from gen.nets.recipe import Recipe
from gen.nets.schedules.plan import calibrate
from gen.nets.training.batches import Batches
from gen.nets.training.descent import time_descent
from gen.nets.training.localize import Routing
from gen.nets.training.train import adam, behind_encoder, deterministic, encoder_for, loss_of

__all__ = ["Begun", "begin", "time_twin"]

TIMED = 3
"""The first batches are slower: so many are not timed."""
ROWS = 2048
"""Rows that batch norm's statistics are taken of."""


@dataclass(frozen=True)
class Begun:
    """A network after a few batches, in evaluation mode, its encoder, the batches of an epoch and
    the seconds of one; `settled` says that as many batches as wanted were seen. `descent` is the
    seconds of a whole coordinate descent, where the recipe has one."""

    model: nn.Sequential
    encoder: Encoder
    per_epoch: int
    seconds: float
    settled: bool
    descent: float = 0.0


def begin(
    recipe: Recipe,
    features: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    columns: Columns | None = None,
    batches: int = 100,
    most_seconds: float = 3.0,
    n_rows: int | None = None,
) -> Begun:
    """Train `recipe` for `batches`, of hard weights, or as many as `most_seconds` allow; batch
    norm's statistics are taken anew in the end. `n_rows` are the rows that a descent is to see, if
    not these. Raises RecipeError as `gen.nets.training.train.train`."""
    encoder = encoder_for(recipe, features, labels, columns)
    features = encoder.measured(features)
    with deterministic(recipe.schedule.seed) as generator:
        model = build(recipe, encoder.host.n_bits, n_classes)
        made = Batches(encoder.host, features, labels, recipe, generator)
        set_hardness(model, 1.0)
        seen, seconds = _steps(model, made, recipe, batches, most_seconds)
        calibrate(model, _some(made))
        descent = time_descent(model, made, recipe, n_rows or len(labels))
    model.eval()
    whole = behind_encoder(model, encoder, recipe.data.steps)
    return Begun(whole, encoder, len(made), seconds, seen >= batches, descent)


def time_twin(
    recipe: Recipe, features: np.ndarray, labels: np.ndarray, n_classes: int, encoder: Encoder
) -> float:
    """Seconds of a batch of the float twin, which is trained beside every recipe's network."""
    with deterministic(recipe.schedule.seed) as generator:
        model = build_float(recipe, encoder.host.n_bits, n_classes)
        made = Batches(encoder.host, features, labels, recipe, generator)
        return _steps(model, made, recipe, 4 * TIMED, 1.0)[1]


def _steps(
    model: nn.Sequential, made: Batches, recipe: Recipe, batches: int, most_seconds: float
) -> tuple[int, float]:
    """Steps of Adam: how many there was time for, and the seconds of one."""
    optimizer = adam(model, recipe.schedule)
    routing = Routing(model)
    model.train()
    start = time.monotonic()
    ends: list[float] = []
    for batch in islice(chain.from_iterable(repeat(made)), batches):
        with routing.of(batch.labels):
            loss = loss_of(model, batch, recipe)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ends.append(time.monotonic() - start)
        if ends[-1] > most_seconds:
            break
    timed = ends[TIMED:]
    return len(ends), (timed[-1] - ends[TIMED - 1]) / len(timed) if timed else ends[-1] / len(ends)


def _some(made: Batches) -> Iterator[torch.Tensor]:
    """The bits of the first rows, as many as tell batch norm enough."""
    return islice(made.in_order(), ROWS // 1024)
