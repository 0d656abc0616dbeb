"""Residual addition and concatenation of branches, and modules in a row."""

import torch
from torch import nn

from gen.intnet.network import Add, Concat
from gen.nets.layers.freezing import Freezing, Value, freezes

__all__ = ["Parallel", "Residual"]


class Residual(nn.Module):
    """body(x) + x, integers of one shape: codes, or sums that no norm acts on yet.

    What comes out are sums; a norm and an activation usually follow.
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.body(x) + x
        return found


class Parallel(nn.Module):
    """All branches' outputs for one input, one after the other along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


@freezes(nn.Sequential, of_steps=True)
def freeze_sequential(at: Freezing, module: nn.Sequential) -> None:
    """Its modules in order."""
    names = list(module._modules)
    for number, child in enumerate(module):  # named_children() leaves out what comes again
        at.walk(names[number], child)


@freezes(Residual)
def freeze_residual(at: Freezing, module: Residual) -> None:
    """The body's integers and the input's, added."""
    at.need_integers(module)
    start = at.value
    at.walk("body", module.body)
    at.need_integers(module)
    body, skipped = _plain(at, at.value), _plain(at, start)
    if body.shape != skipped.shape:
        raise at.error(f"its body makes shape {body.shape} of {skipped.shape}")
    size = at.signal.size
    at.add(Add(at.fresh("sum"), (body.name, skipped.name), size), body.shape)


@freezes(Parallel)
def freeze_parallel(at: Freezing, module: Parallel) -> None:
    """Each branch from the same input, then a Concat."""
    at.need_integers(module)
    start, made = at.value, list[Value]()
    for number, branch in enumerate(module.branches):
        at.value = start
        at.walk(f"branches.{number}", branch)
        at.need_integers(module)
        made.append(at.value)
    signs = all(value.signs for value in made)
    made = made if signs else [_plain(at, value) for value in made]
    if len({value.shape[1:] for value in made}) > 1:
        raise at.error(f"branches of shapes {', '.join(str(value.shape) for value in made)}")
    size = sum(at.signals[value.name].size for value in made)
    shape = sum(value.shape[0] for value in made), *made[0].shape[1:]
    names = tuple(value.name for value in made)
    at.add(Concat(at.fresh("concat"), names, size), shape, signs)


def _plain(at: Freezing, value: Value) -> Value:
    at.value = value
    at.plain()
    return at.value
