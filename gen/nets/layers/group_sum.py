"""Heads without weights: features dealt out to the classes, which count their own, or votes.

Petersen et al., "Deep Differentiable Logic Gate Networks", NeurIPS 2022 (arXiv:2210.08277).
"""

import math
from numbers import Integral

import numpy as np
import torch
from torch import nn

from gen.errors import SmeltError
from gen.intnet.network import Levels, Linear
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.layers.heads import decide

__all__ = ["GroupError", "GroupSum", "MajorityVote"]


LEARNED_FROM = 0.15


class GroupError(SmeltError):
    """Features cannot be dealt out evenly, or a vote could end in a tie."""


class GroupSum(nn.Module):
    """Codes (n, features) to integer scores (n, classes): class c sums its consecutive group.

    Features c * g to c * g + g - 1, where g = features / classes; the first `heavy` of a group
    count twice. There are no weights; as with `Head`, `logits` multiplies all scores by one number
    for the loss alone, its `temperature`: a fixed one; or "votes", 0.3 * (1000 / v)^0.57 for v
    votes in all, as one study found best for table networks (github.com/Kanishk234/dwn-fpga-study);
    or "learned", 0.15 at first.
    """

    log_temperature: torch.Tensor

    def __init__(
        self,
        features: int,
        classes: int,
        temperature: float | str = "learned",
        heavy: int = 0,
    ) -> None:
        super().__init__()
        _check_whole(features, classes, heavy)
        if classes < 1 or features < 1 or features % classes:
            raise GroupError(f"{features} features are not a multiple of {classes} classes")
        if not 0 <= heavy <= features // classes:
            raise GroupError(f"heavy = {heavy}: a class counts {features // classes} features")
        self.features, self.classes, self.heavy = features, classes, heavy
        votes = features + heavy * classes
        if temperature == "learned":
            self.log_temperature = nn.Parameter(_logarithm(LEARNED_FROM))
        else:
            fixed = 0.3 * (1000 / votes) ** 0.57 if temperature == "votes" else temperature
            self.register_buffer("log_temperature", _logarithm(fixed))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        groups = x.unflatten(1, (self.classes, -1))
        return groups.sum(2) + groups[:, :, : self.heavy].sum(2)

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()

    def codes(self) -> torch.Tensor:
        """The same head as weights (classes, features): 1 or 2 in each class's group, 0 outside."""
        group = torch.ones(self.features // self.classes)
        group[: self.heavy] = 2
        return torch.eye(self.classes).repeat_interleave(len(group), dim=1) * group.repeat(
            self.classes
        )


class MajorityVote(nn.Module):
    """Bits (n, features) to integer scores (n, 2): how many are 0, how many are 1.

    An odd number of features, so that there is no tie. Output: `class`, a bit: one count and one
    comparison with a constant are all that is left of it in logic.
    """

    def __init__(self, features: int, temperature: float = 0.5) -> None:
        super().__init__()
        _check_whole(features)
        if features < 1 or features % 2 == 0:
            raise GroupError(f"{features} votes: an odd number of them decides between two classes")
        self.features = features
        self.log_temperature = nn.Parameter(_logarithm(temperature))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        ones = x.sum(1)
        return torch.stack([self.features - ones, ones], 1)

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        return scores * self.log_temperature.exp()


def _check_whole(*sizes: object) -> None:
    for size in sizes:
        if not isinstance(size, Integral) or isinstance(size, bool):
            raise GroupError(f"{size!r} features or classes: whole numbers are counted")


def _logarithm(temperature: float | str) -> torch.Tensor:
    if isinstance(temperature, str) or not 0 < temperature < math.inf:
        raise GroupError(f"a temperature of {temperature}; one above 0 is needed")
    return torch.tensor(float(temperature)).log()


@freezes(MajorityVote)
def freeze_majority(at: Freezing, module: MajorityVote) -> None:
    """The count of ones, and whether it is more than half."""
    at.need_integers(module)
    if at.value.shape != (module.features,) or at.value.signs or at.signal.bits != 1:
        raise at.error(
            f"counts {module.features} bits 0 and 1, but gets {at.value.name!r} of shape"
            f" {at.value.shape}"
        )
    weight, bias = np.ones((1, module.features), np.int8), np.zeros(1, np.int32)
    at.add(Linear("count", (at.value.name,), weight, bias), (1,))
    at.mark(module, lambda scores: scores[:, 1:])
    edges, codes = np.array([[module.features // 2 + 1]], np.int32), np.array([[0, 1]], np.int8)
    at.add(Levels("class", ("count",), edges, codes), (1,))
    at.outputs = ("class",)


@freezes(GroupSum)
def freeze_group_sum(at: Freezing, module: GroupSum) -> None:
    """Ones in each class's group."""
    at.need_integers(module)
    if at.value.shape != (module.features,):
        raise at.error(f"takes {module.features} features, but gets shape {at.value.shape}")
    weight, bias = at.whole(module.codes(), "weight"), np.zeros(module.classes, np.int32)
    if at.value.signs:  # v = 2c - 1
        weight, bias = 2 * weight, bias - weight.sum(1).astype(np.int32)
    node = Linear("score", (at.value.name,), weight.astype(np.int8), bias)
    at.add(node, (module.classes,))
    decide(at, module)
