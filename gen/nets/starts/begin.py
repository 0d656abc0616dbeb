"""A training's begin: the network given another's weights, and what that one answers."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import nn

from gen.nets.hardness import set_hardness
from gen.nets.recipe import RecipeError
from gen.nets.schedules.plan import calibrate
from gen.nets.starts.layers import as_twin, give_by_layer
from gen.nets.starts.read import Start, same_shape

__all__ = ["begin_from"]


def begin_from(
    model: nn.Sequential,
    start: Start,
    bits: Callable[[], Iterable[torch.Tensor]],
    right: Callable[[nn.Module], float] | None = None,
    twin: Callable[[], nn.Sequential] | None = None,
) -> dict[str, float]:
    """Give the network the start's weights: by name, where it is a network of this recipe in
    float, else layer by layer. `bits` gives the training rows in batches.

    Where `right` says how much of a test a network answers: that of the `start`, the module itself
    or the recipe's float `twin` with its weights, and of the network `rounded` without training.
    Raises RecipeError with both shapes where they do not fit.
    """
    named = bool(set(model.state_dict()) & set(start.tensors)) and start.module is None
    if named:
        _by_name(model, start)
    else:
        give_by_layer(model, start, bits)
    if right is None or twin is None:
        return {}
    tried = copy.deepcopy(model).eval()
    set_hardness(tried, 0.0)
    if start.module is not None:
        own = _own(start, right)
    else:
        own = right(tried if named else as_twin(twin(), start))
    set_hardness(tried, 1.0)
    calibrate(tried, bits())
    return {"start": own, "rounded": right(tried.eval())}


def _by_name(model: nn.Sequential, start: Start) -> None:
    own = model.state_dict()
    missing = next((name for name in own if name not in start.tensors), None)
    if missing is not None:
        raise RecipeError(
            f"{start.place}: has no tensor {missing!r}, which the recipe's network has, though it"
            " has others of its names; `python -m gen train RECIPE --float` writes all"
        )
    for name, tensor in own.items():
        same_shape(start, name, start.tensors[name], name, tuple(tensor.shape))
    model.load_state_dict({name: start.tensors[name].to(one.dtype) for name, one in own.items()})


def _own(start: Start, right: Callable[[nn.Module], float]) -> float:
    assert start.module is not None
    try:
        return right(_Scores(copy.deepcopy(start.module).float()))
    except Exception as error:  # a user's forward may raise anything
        said = " ".join(str(error).split())[:200]
        raise RecipeError(
            f"{start.place}: the module does not run on rows of the recipe's input bits ({said})"
        ) from None


class _Scores(nn.Module):
    """A module of a user's, whose answer is looked at."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, bits: torch.Tensor) -> torch.Tensor:
        found = self.module(bits)
        if isinstance(found, torch.Tensor) and found.ndim == 2 and len(found) == len(bits):
            return found
        told = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        raise ValueError(f"it gives {told}, not scores of shape (rows, classes)")
