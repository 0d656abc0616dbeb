"""The float network that a smaller one learns from, see `gen.nets.training.keys.Teacher`."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from gen.console import progress
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.training.batches import Batches
from gen.nets.training.keys import Teacher

__all__ = ["make_teacher"]

RATE = {"cnn": 4e-3, "mlp": 2e-3}
"""The highest learning rate of Adam, reached in the first third of the steps and left again."""
SMOOTHING = 0.02


def make_teacher(recipe: Recipe, batches: Batches, n_classes: int, label: str) -> nn.Module | None:
    """A network in evaluation mode, features float32 (n, F) to logits (n, n_classes), trained on
    the rows of `batches`; None where the recipe has no [teacher].

    Raises RecipeError where a convolution is asked for and features are no image.
    """
    said = recipe.teacher
    if said is None:
        return None
    teacher = _network(recipe, said, batches.features, n_classes)
    optimizer = torch.optim.Adam(teacher.parameters(), lr=RATE[said.kind])
    steps = said.epochs * len(batches)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _factor(step / steps))
    for _ in progress(range(said.epochs), said.epochs, f"{label}, its teacher"):
        for rows in batches.rows():
            logits = teacher(batches.changed(rows).float())
            loss = F.cross_entropy(logits, batches.labels[rows], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
    return teacher.eval()


def _factor(done: float) -> float:
    """Of the rate: up in the first third of the training, then half a cosine down."""
    if done < 1 / 3:
        return 0.04 + 0.96 * 3 * done
    return 0.5 * (1 + math.cos(math.pi * (done - 1 / 3) * 1.5))


class _Standard(nn.Module):
    """Features less their mean, over their deviation: of each, or of all pixels together."""

    def __init__(self, features: torch.Tensor, together: bool) -> None:
        super().__init__()
        over = (0, 1) if together else (0,)
        self.register_buffer("mean", features.mean(over).float())
        self.register_buffer("spread", features.std(over, correction=0).clamp(min=1e-6).float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.get_buffer("mean")) / self.get_buffer("spread")


def _network(
    recipe: Recipe, said: Teacher, features: torch.Tensor, n_classes: int
) -> nn.Sequential:
    standard = _Standard(features, said.kind == "cnn")
    if said.kind == "mlp":
        return nn.Sequential(
            standard, *_dense(features.shape[1], said.width), *_dense(said.width, said.width),
            nn.Linear(said.width, n_classes),
        )  # fmt: skip
    sides = recipe.data.image
    if sides is None or min(sides) < 4:
        raise RecipeError(
            f'{recipe.name}: [teacher] kind: "cnn" reads images of 4 x 4 pixels or more, the'
            f' features of {recipe.data.name} are none; "mlp" reads any'
        )
    width = said.width
    return nn.Sequential(
        standard, nn.Unflatten(1, (1, *sides)),
        *_convolution(1, width), nn.MaxPool2d(2),
        *_convolution(width, 2 * width), nn.MaxPool2d(2),
        *_convolution(2 * width, 4 * width), nn.AdaptiveMaxPool2d(1),
        nn.Flatten(), nn.Linear(4 * width, n_classes),
    )  # fmt: skip


def _dense(n_in: int, n_out: int) -> list[nn.Module]:
    return [nn.Linear(n_in, n_out, bias=False), nn.BatchNorm1d(n_out), nn.ReLU()]


def _convolution(n_in: int, n_out: int) -> list[nn.Module]:
    made = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
    return [made, nn.BatchNorm2d(n_out), nn.ReLU()]
