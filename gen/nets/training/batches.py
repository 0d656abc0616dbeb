"""Batches of a training part: shuffled, each sample changed as the recipe says, as input bits."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from gen.data.encode import Encoder
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.training.augment import changed, flipped
from gen.nets.training.keys import Augment

__all__ = ["Batch", "Batches"]

MOST_KEPT = 1 << 30
"""Bytes of input bits that are kept, a byte each, where rows are always the same."""


class Batch(NamedTuple):
    """Bits float32 (n, n_in), labels int64 (n,), of a text (n, steps), and a teacher's answers,
    logits (n, classes), where there is one."""

    bits: torch.Tensor
    labels: torch.Tensor
    taught: torch.Tensor | None


class Batches:
    """Shuffled batches of a training part, features (n, F) and labels, for one network."""

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
        self.encoder, self.teacher, self.generator = encoder, teacher, generator
        self.spread = self.features.std(0, correction=0) * recipe.schedule.noise
        self.size = min(recipe.schedule.batch, len(labels))
        self.bits = self._all_bits()

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

    def in_order(self, size: int = 1024) -> Iterator[torch.Tensor]:
        """The bits of all rows as they are, in batches of up to `size`."""
        for features in self.features.split(size):
            yield self._encoded(features)

    def changed(self, rows: torch.Tensor) -> torch.Tensor:
        """The features of some rows, changed and with noise."""
        features = self.features[rows]
        if self.augment.of_images and self.sides is not None:
            found = changed(features.float(), self.augment, self.sides, self.generator)
            features = found.to(features.dtype)
        if self.spread.any():
            noise = torch.randn(features.shape, generator=self.generator, dtype=features.dtype)
            features = features + self.spread * noise
        return features

    def _bits(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        taught = None
        if self.bits is None or self.teacher is not None:
            features = self.changed(rows)
            bits = self._encoded(features)
            if self.teacher is not None:
                with torch.no_grad():
                    taught = self.teacher(features.float())
        else:
            bits = self.bits[rows].float()
        flips = self.augment.flips
        return flipped(bits, flips, self.generator) if flips else bits, taught

    def _all_bits(self) -> torch.Tensor | None:
        """The bits of all rows, uint8, where they are the same each time and few enough."""
        always = not self.augment.of_images and not self.spread.any()
        if not always or len(self.labels) * self.encoder.n_bits > MOST_KEPT:
            return None
        return torch.cat([bits.byte() for bits in self.in_order()])

    def _encoded(self, features: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(self.encoder.encode(features.numpy())).float()
