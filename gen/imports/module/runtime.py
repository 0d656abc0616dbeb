"""The module's own forward as what the network is compared with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.imports.errors import ImportRefused
from gen.imports.module.described import Described
from gen.imports.module.graph import ROWS, Graph
from gen.imports.module.head import Scores
from gen.imports.module.walk import Answer
from gen.intnet.network import Integers

__all__ = ["Forward"]


@dataclass(frozen=True, eq=False)
class Forward:
    """The module on rows of codes; its graph beside it, to see the scores where the module ends in
    something else."""

    module: nn.Module
    graph: Graph
    answer: Answer
    scores: Scores
    described: Described

    def __call__(self, codes: Integers) -> Integers:
        """Integer scores (vectors, classes). Raises ImportRefused where the module's class is none
        of the greatest score, or its graph is not what it does."""
        own, seen = self._both(codes)
        found = self.scores.of(seen)
        if self.answer.chosen and not self.scores.rounded:
            self._check(own.numpy(), found)
        return found

    def seen(self, codes: Integers) -> torch.Tensor:
        """The scores (vectors, classes) as the module has them."""
        return self._both(codes)[1].reshape(len(codes), -1)

    def _both(self, codes: Integers) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.described.tensor(codes)
        with torch.no_grad():
            parts = x.split(len(x) if self.graph.dynamic else ROWS)
            own = torch.cat([_first(self.module(part)) for part in parts])
        given, seen = self.graph.run(x, self.answer.node)
        if not torch.equal(own, given):
            raise ImportRefused(
                f"{self.graph.path}: the module answers otherwise than the operations that"
                " torch.export found in it; does its forward keep something from call to call?"
            )
        return own, seen

    def _check(self, own: np.ndarray, scores: Integers) -> None:
        """That the module's class has the greatest score, and is the first that has it."""
        classes = own.reshape(len(scores)).astype(np.int64).tolist()
        for row, (index, one) in enumerate(zip(classes, scores, strict=True)):
            first = int(one.argmax())
            if one[index] != one[first] or (self.scores.fair and index != first):
                raise ImportRefused(
                    f"row {row}: the module chooses class {index} where the scores are"
                    f" {one.tolist()}; this is a defect of the importer: nothing was written"
                )


def _first(given: Any) -> torch.Tensor:
    """The first tensor of what a module gives: itself, or in a tuple or a dictionary."""
    found: torch.Tensor = torch.utils._pytree.tree_leaves(given)[0]
    return found
