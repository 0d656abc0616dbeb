"""A tensor of the model while its graph is walked: where each element comes from, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gen.imports.qonnx.floats.chain import Chain, Fixed, Floats, Op, Raw, Step
from gen.intnet.node import Integers

__all__ = ["CONSTANT", "FEATURES", "Tensor", "begun", "extended", "joined", "moved"]

FEATURES = ""
"""The signal of a tensor that no quantizer has made integers of yet: the model's input."""
CONSTANT = -1
"""The source of an element that is a constant."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """Floats of `shape`: element e is `chains[kind[e]]` of element `source[e]` of a signal.

    `source` and `kind` are int64 of the tensor's shape; `label` is the node that gave it.
    """

    signal: str
    source: Integers
    kind: Integers
    chains: tuple[Chain, ...]
    label: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.source.shape

    @property
    def raw(self) -> bool:
        """Whether it still is the model's input, unquantized."""
        return any(isinstance(chain.start, Raw) for chain in self.chains)

    @property
    def quantized(self) -> bool:
        """Whether a quantizer is among every element's steps."""
        computed = (chain for chain in self.chains if not isinstance(chain.start, Fixed))
        return all(chain.step is not None for chain in computed)

    @property
    def plain(self) -> bool:
        """Whether its elements are those of its signal, one after the other."""
        return bool((self.source.ravel() == np.arange(self.source.size)).all())


def begun(signal: str, source: Integers, chains: Sequence[Chain], label: str) -> Tensor:
    """A tensor whose element e (of `source`, flat) is the e-th chain; equal ones are one."""
    kinds: dict[Chain, int] = {}
    kind = np.array([kinds.setdefault(chain, len(kinds)) for chain in chains], np.int64)
    return Tensor(signal, source, kind.reshape(source.shape), tuple(kinds), label)


def moved(tensor: Tensor, move: Callable[[Integers], Integers], label: str) -> Tensor:
    """With its elements moved as `move` moves an array of their numbers; -1 is a new 0."""
    order = move(np.arange(tensor.source.size, dtype=np.int64).reshape(tensor.shape))
    new = order < 0
    source = np.where(new, CONSTANT, tensor.source.ravel()[order])
    kind, chains = tensor.kind.ravel()[order], tensor.chains
    if new.any():
        kind, chains = np.where(new, len(chains), kind), (*chains, Chain(Fixed(0.0)))
    return replace(tensor, source=source, kind=kind, chains=chains, label=label)


def extended(tensor: Tensor, op: Op, arguments: Sequence[Floats]) -> Tensor:
    """With one more step: `arguments` are float32 of the tensor's shape and more dimensions."""
    count = tensor.source.size
    shapes = [one.shape[tensor.source.ndim :] for one in arguments]
    flat = [np.ascontiguousarray(one, np.float32).reshape(count, -1) for one in arguments]
    bits = [one.view(np.int32).astype(np.int64) for one in flat]
    rows = np.concatenate([tensor.kind.reshape(count, 1), *bits], axis=1)
    _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    kinds = tensor.kind.ravel()
    chains = tuple(
        Chain(
            (old := tensor.chains[kinds[at]]).start,
            (*old.steps, Step(op, tuple(one[at].tobytes() for one in flat), tuple(shapes))),
        )
        for at in first
    )
    return replace(tensor, kind=kind.reshape(tensor.shape), chains=chains, label=op.label)


def joined(tensors: Sequence[Tensor], axis: int, offsets: Sequence[int], signal: str) -> Tensor:
    """Tensors one after the other along an axis; their sources move by `offsets`."""
    sources, kinds = [], []
    chains: list[Chain] = []
    for one, offset in zip(tensors, offsets, strict=True):
        sources.append(np.where(one.source < 0, CONSTANT, one.source + offset))
        kinds.append(one.kind + len(chains))
        chains += one.chains
    source, kind = np.concatenate(sources, axis), np.concatenate(kinds, axis)
    return Tensor(signal, source, kind, tuple(chains), tensors[0].label)
