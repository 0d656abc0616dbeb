"""The frozen network with some of its values replaced on the way: ablations in PyTorch."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gen.nets.freezing.frozen import FrozenNet

__all__ = ["Patch", "forced_signals"]

Patch: TypeAlias = Callable[[str, NDArray[Any]], NDArray[Any]]
"""A signal's name and values (n, size) -> the values that are read instead."""


def forced_signals(
    module: FrozenNet, sources: Mapping[str, NDArray[Any]], patch: Patch
) -> dict[str, NDArray[Any]]:
    """Every signal's values by name, as `FrozenNet.signals` gives them for one step.

    `sources` are codes (n, size) of "x" and of every state; `patch` sees each node's values but
    an argmax's before anything reads them.
    """
    states = {name: _tensor(codes) for name, codes in sources.items()}
    x = states.pop("x")
    hooks = [
        node.register_forward_hook(_hook(name, patch))
        for name, node in zip(module.names, module.nodes, strict=True)
    ]
    try:
        with torch.no_grad():
            values = module.signals(x, states)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: value.numpy() for name, value in values.items()}


def _hook(name: str, patch: Patch) -> Callable[[nn.Module, Any, torch.Tensor], torch.Tensor | None]:
    def hook(_: nn.Module, __: Any, made: torch.Tensor) -> torch.Tensor | None:
        return _tensor(patch(name, made.numpy())) if made.ndim == 2 else None

    return hook


def _tensor(codes: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(codes, dtype=np.float32))
