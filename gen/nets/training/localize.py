"""A behaviour confined to a section of the network, so that there is something clean to cut.

The section is the last units of every hidden layer. Two things keep a class inside it:

- Wiring. The class's score reads the section alone; nothing outside the section reads it. Without
  the section (its codes 0) the class's score is its bias, which is kept below what some other class
  always reaches, so the class can then not be the answer, whatever the input.
- Gradients. An example of the class teaches the section alone: on it, what leaves the other units
  and the other classes' scores carries no gradient (gradient routing: Cloud et al., 2024,
  arXiv:2410.04332). Examples of the other classes teach everyone. Batch norm's statistics are taken
  over all examples; they are the one thing that the other units learn of the class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from gen.nets.layers.activation import Activation
from gen.nets.layers.linear import QuantLinear
from gen.nets.layers.section import SectionHead
from gen.nets.recipe import Localize, RecipeError

__all__ = ["Routing", "confine"]


def confine(network: nn.Sequential, localize: Localize) -> None:
    """Give the network the wiring of a section: masks, and a SectionHead in place of its head.

    Raises RecipeError where there is no such class.
    """
    section, largest_code = localize.section, 1
    layers = [one for one in network if isinstance(one, QuantLinear)]
    for layer in layers[1:-1]:
        _keep_out(layer, section)
    for module in network:
        if isinstance(module, Activation):
            largest_code = 2**module.bits - 1
    head = layers[-1]
    classes, n_in = head.latent.shape
    if localize.behaviour >= classes:
        raise RecipeError(
            f"[localize] behaviour: {localize.behaviour}, but the classes are 0 to {classes - 1}"
        )
    network.score = SectionHead(
        n_in, classes, head.fan_in, head.weights, section, localize.behaviour, largest_code
    )


def _keep_out(layer: QuantLinear, section: int) -> None:
    """Let units outside the section read no unit inside it."""
    units, n_in = layer.latent.shape
    mask = torch.ones(units, n_in)
    mask[:-section, -section:] = 0
    layer.give_own_fan_ins()
    assert layer.fan_ins is not None
    layer.fan_ins = torch.minimum(layer.fan_ins, mask.sum(1).long())
    layer.mask = mask


class Routing:
    """Keeps gradients where they belong while a network with a SectionHead learns; does nothing to
    any other network."""

    def __init__(self, network: nn.Sequential) -> None:
        self.rows: torch.Tensor | None = None
        head = network[-1]
        self.head = head if isinstance(head, SectionHead) else None
        if self.head is None:
            return
        for module in network:
            if isinstance(module, Activation):
                module.register_forward_hook(self._after_units)
        self.head.register_forward_hook(self._after_head)

    @contextmanager
    def of(self, labels: torch.Tensor) -> Iterator[None]:
        """Within it, a forward pass is of examples of these classes int64 (n,)."""
        if self.head is not None:
            self.rows = (labels == self.head.behaviour)[:, None]
        try:
            yield
        finally:
            self.rows = None

    def _after_units(self, _: nn.Module, __: Any, made: torch.Tensor) -> torch.Tensor | None:
        if self.rows is None or self.head is None:
            return None
        inside = torch.arange(made.shape[1]) >= made.shape[1] - self.head.section
        return torch.where(self.rows & ~inside, made.detach(), made)

    def _after_head(self, _: nn.Module, __: Any, made: torch.Tensor) -> torch.Tensor | None:
        if self.rows is None or self.head is None:
            return None
        own = torch.arange(made.shape[1]) == self.head.behaviour
        return torch.where(self.rows & ~own, made.detach(), made)
