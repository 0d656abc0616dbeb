"""A slice of the training part that no batch holds, by which the epoch that is kept is chosen."""

import copy
from typing import Any

import numpy as np
from torch import nn

from gen.data.folds import check_classes, stratified_slice
from gen.nets.answers import part_right
from gen.nets.hardness import softest
from gen.nets.recipe import Recipe, RecipeError, Schedule

__all__ = ["Judge", "held_out"]

LAST = 0.7
"""Epochs before this part of them are not considered, nor those before wires are settled."""


def held_out(
    recipe: Recipe, labels: np.ndarray, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows to judge by, `[schedule] validation` of them, each ascending and of
    every class about as many as it has, with `groups` (n,) about so many, whole groups alone.
    Raises RecipeError where that leaves none."""
    wanted, rows = recipe.schedule.validation or 0, np.arange(len(labels))
    if not wanted:
        return rows, rows[:0]
    fewest = np.unique(labels, return_counts=True)[1].min() if labels.ndim == 1 else 2
    if wanted * 2 > len(labels) or fewest < 2:
        raise RecipeError(
            f"{recipe.name}: [schedule] validation: {wanted} of {len(labels)} training rows; half"
            " of them at the most, of classes with two rows or more"
        )
    try:
        left, drawn = stratified_slice(labels, wanted, recipe.schedule.seed, groups)
        check_classes(labels, left, drawn)
    except ValueError as error:
        raise RecipeError(f"{recipe.name}: [schedule] validation: {error}") from None
    return left, drawn


class Judge:
    """Keeps the best network of a training's last epochs, of those equally good the first."""

    def __init__(
        self, model: nn.Module, bits: np.ndarray, labels: np.ndarray, schedule: Schedule
    ) -> None:
        wired = schedule.wiring_epochs or 0
        self.model = model
        self.first = max(LAST * schedule.epochs, wired + 1 if wired < schedule.epochs else 0)
        self.bits, self.labels = bits, labels
        self.best = -1.0
        self.state: dict[str, Any] = {}

    def after_epoch(self, epoch: int) -> None:
        """See how much of the slice is answered after an epoch, counted from 0."""
        if epoch + 1 >= self.first and softest(self.model)[1] == 1:
            self.consider()

    def consider(self) -> None:
        """Keep the network as it is now, if it answers more of the slice than any before."""
        if not len(self.labels):
            return
        right = self.right()
        if right > self.best:
            self.best, self.state = right, copy.deepcopy(self.model.state_dict())

    def right(self) -> float:
        """The part of the slice's labels that the network answers, in evaluation mode."""
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        right = part_right(self.model, self.bits, self.labels)
        for module, training in modes:
            module.training = training
        return right

    def restore(self) -> None:
        """Give the network what it was at its best."""
        if self.state:
            self.model.load_state_dict(self.state)
