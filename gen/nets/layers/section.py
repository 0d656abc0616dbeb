"""A head of which one class is decided by a section of the units alone."""

import torch

from gen.nets.layers.heads import Head
from gen.nets.weights import LayerError, straight_through

__all__ = ["SectionHead"]


class SectionHead(Head):
    """Scores of which that of class `behaviour` reads the last `section` inputs, all of them, the
    others none of them, `fan_in` of the rest; codes go from 0 to `largest_code`.

    The behaviour's bias is kept at least 1 below the least score that some other class can have:
    with the section at 0 that class is ahead, on every input. Frozen as any Head.
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        fan_in: int,
        weights: str,
        section: int,
        behaviour: int,
        largest_code: int = 1,
    ) -> None:
        if not 0 < section < n_in or not 0 <= behaviour < units or units < 2:
            raise LayerError(
                f"a section of {section} of {n_in} units for class {behaviour} of {units}"
            )
        super().__init__(n_in, units, fan_in, weights)
        self.section, self.behaviour, self.largest_code = section, behaviour, largest_code
        mask = torch.ones(units, n_in)
        mask[:, -section:] = 0
        mask[behaviour] = 1 - mask[behaviour]
        self.give_own_fan_ins()
        self.fan_ins = mask.sum(1).long().clamp(max=fan_in)
        self.fan_ins[behaviour] = section
        self.mask = mask

    def integer_bias(self) -> torch.Tensor:
        assert self.bias is not None
        bias = super().integer_bias()
        kept = bias.detach().clone()
        least = kept + self.largest_code * self.codes().detach().clamp(max=0).sum(1)
        least[self.behaviour] = -torch.inf
        kept[self.behaviour] = torch.minimum(kept[self.behaviour], least.max() - 1)
        return straight_through(self.bias, kept)
