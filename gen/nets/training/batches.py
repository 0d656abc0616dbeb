"""Batches of a training part: shuffled, each sample changed as the recipe says, as input bits."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.data.encode import Encoder
from gen.nets.layers.lut import telling
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.training.augment import changed, flipped
from gen.nets.training.keys import Augment

__all__ = ["Batch", "Batches"]

AT_ONCE = 1024
MOST_KEPT = 1 << 30
"""Bytes of input bits that are kept, a byte each, where rows are always the same."""


class Batch(NamedTuple):
    """Bits float32 (n, n_in), labels int64 (n,), of a text (n, steps), and a teacher's answers,
    logits (n, classes), where there is one."""

    bits: torch.Tensor
    labels: torch.Tensor
    taught: torch.Tensor | None


class Batches:
    """Shuffled batches of a training part, features (n, F) and labels, for one network; `fine`
    uint8 (n, height, width) are the images that features are means of, if they are."""

    def __init__(
        self,
        encoder: Encoder,
        features: np.ndarray,
        labels: np.ndarray,
        recipe: Recipe,
        generator: torch.Generator,
        teacher: nn.Module | None = None,
    ) -> None:
        self.augment, self.sides = recipe.augment or Augment(), recipe.data.image
        if self.augment.of_images and self.sides is None:
            raise RecipeError(
                f"{recipe.name}: [augment]: the features of {recipe.data.name} are no image; flips"
                " alone goes with any data"
            )
        self.features = torch.from_numpy(np.ascontiguousarray(features))
        self.labels = torch.from_numpy(labels)
        self.fine: torch.Tensor | None = None
        self.encoder, self.teacher, self.generator = encoder, teacher, generator
        self.recipe = recipe
        self.spread = self.features.std(0, correction=0) * recipe.schedule.noise
        self.size = min(recipe.schedule.batch, len(labels))
        self.alike = not self.augment.of_images and not bool(self.spread.any())
        few = len(labels) * encoder.n_bits <= MOST_KEPT
        self.bits = self._every_bit() if self.alike and few else None

    def __len__(self) -> int:
        return len(self.labels) // self.size

    def __iter__(self) -> Iterator[Batch]:
        for rows in self.rows():
            bits, taught = self._bits(rows)
            yield Batch(bits, self.labels[rows], taught)

    def rows(self) -> Iterator[torch.Tensor]:
        """The rows of each batch of an epoch; what does not fill one waits for another epoch."""
        order = torch.randperm(len(self.labels), generator=self.generator)
        for number in range(len(self)):
            yield order[number * self.size : (number + 1) * self.size]

    def in_order(self, size: int = AT_ONCE) -> Iterator[torch.Tensor]:
        """The bits of all rows as they are, in batches of up to `size`."""
        for features in self.features.split(size):
            yield self._encoded(features)

    @cached_property
    def telling(self) -> torch.Tensor:
        """The inputs that tell something in rows as they are (`gen.nets.layers.lut.telling`)."""
        return telling(self._every_bit() if self.bits is None else self.bits)

    def drawn(
        self, copies: int, most: int, inputs: torch.Tensor, n_classes: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Every row as it is, and so often changed that it is there `copies` times; once where no
        changes are said; no more than `most`, then drawn at random. Bits uint8 (n, inputs) of the
        `inputs`, and the probability that each class is to have, float64 (n_classes, n)."""
        order = torch.arange(len(self.labels))
        often = 1 if self.alike and not self.augment.flips else copies
        bits, wanted = [], []
        for copy in range(often):
            if len(order) * often > most:
                drawn = torch.randperm(len(order), generator=self.generator)
                order = drawn[: max(1, most // often)]
            for rows in order.split(AT_ONCE):
                one, taught = self._bits(rows, as_they_are=copy == 0)
                bits.append(one[:, inputs].byte())
                wanted.append(self._likely(rows, taught, n_classes))
        return torch.cat(bits), torch.cat(wanted).T.contiguous()

    def _likely(
        self, rows: torch.Tensor, taught: torch.Tensor | None, n_classes: int
    ) -> torch.Tensor:
        """What the loss wants of some rows, float64 (n, n_classes): labels, smoothed, and so far as
        there is a teacher, what it answers."""
        wanted = F.one_hot(self.labels[rows], n_classes).double()
        smoothing = self.recipe.schedule.label_smoothing
        wanted = (1 - smoothing) * wanted + smoothing / n_classes
        if taught is None or self.recipe.teacher is None:
            return wanted
        weight, temperature = self.recipe.teacher.weight, self.recipe.teacher.temperature
        return (1 - weight) * wanted + weight * (taught.double() / temperature).softmax(1)

    def changed(self, rows: torch.Tensor) -> torch.Tensor:
        """The features of some rows, changed and with noise."""
        features = self.features[rows]
        if self.augment.of_images and self.sides is not None:
            if self.fine is None:
                found = changed(features.float(), self.augment, self.sides, self.generator)
            else:
                found = self._means(self.fine[rows], self.sides)
            features = found.to(features.dtype)
        if self.spread.any():
            noise = torch.randn(features.shape, generator=self.generator, dtype=features.dtype)
            features = features + self.spread * noise
        return features

    def _means(self, images: torch.Tensor, sides: tuple[int, int]) -> torch.Tensor:
        """Features of fine images, which are changed first."""
        _, high, wide = images.shape
        found = changed(images.flatten(1).float(), self.augment, (high, wide), self.generator)
        return F.adaptive_avg_pool2d(found.view(images.shape), sides).flatten(1)

    def _bits(
        self, rows: torch.Tensor, as_they_are: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        taught = None
        if self.bits is None or self.teacher is not None:
            features = self.features[rows] if as_they_are else self.changed(rows)
            bits = self._encoded(features)
            if self.teacher is not None:
                with torch.no_grad():
                    taught = self.teacher(features.float())
        else:
            bits = self.bits[rows].float()
        flips = 0.0 if as_they_are else self.augment.flips
        return flipped(bits, flips, self.generator) if flips else bits, taught

    def _every_bit(self) -> torch.Tensor:
        """The bits of all rows as they are, uint8 (n, n_in)."""
        return torch.cat([bits.byte() for bits in self.in_order()])

    def _encoded(self, features: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.encoder.encode(features.numpy())).float()
