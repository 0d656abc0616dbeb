"""Modules that change no number: reshaping, identity, and dropout, which evaluation ignores."""

import math

from torch import nn

from gen.nets.layers.freezing import Freezing, Value, freezes

__all__: list[str] = []


@freezes(nn.Identity, nn.Dropout, of_steps=True)
def freeze_nothing(at: Freezing, module: nn.Module) -> None:
    """Nothing happens."""


@freezes(nn.Flatten)
def freeze_flatten(at: Freezing, module: nn.Flatten) -> None:
    """All dimensions become one: elements are row-major already."""
    at.need_integers(module)
    if (module.start_dim, module.end_dim) != (1, -1):
        raise at.error("a Flatten of some dimensions only")
    _reshape(at, (at.signal.size,))


@freezes(nn.Unflatten)
def freeze_unflatten(at: Freezing, module: nn.Unflatten) -> None:
    """A vector becomes channels x height x width."""
    at.need_integers(module)
    at.need_shape(module, 1)
    sizes: tuple[int, ...] = tuple(module.unflattened_size)
    whole = all(type(size) is int and size > 0 for size in sizes)
    if module.dim not in (1, -1) or not whole or math.prod(sizes) != at.signal.size:
        raise at.error(f"{at.signal.size} elements in dimension {module.dim} to {sizes}")
    _reshape(at, sizes)


def _reshape(at: Freezing, shape: tuple[int, ...]) -> None:
    now = at.value
    at.value = Value(now.name, shape, now.signs)
