"""What the model answers: scores as integers in the same order, and the class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.chain import Values, tabulate
from gen.imports.qonnx.integers import distance, multiples
from gen.imports.qonnx.network import INPUT, Making
from gen.imports.qonnx.products import LARGEST
from gen.imports.qonnx.quantize import stepped
from gen.imports.qonnx.tensor import Tensor
from gen.intnet.network import Argmax, Conv, Linear, Node
from gen.intnet.node import EXACT, Integers

__all__ = ["Scores", "argmax", "scored"]

CLOSE = 2.0**-20
"""Scores are taken for a line of their sum where they are this close to one, relatively."""


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores' signal, and of each class the integers that its floats stand for: float
    `values[c].middle[j]` is score `factor[c] * (values[c].low + j) + offset[c]`."""

    signal: str
    values: tuple[Values, ...]
    factor: Integers
    offset: Integers
    label: str

    def integers(self, floats: NDArray[np.floating]) -> Integers:
        """The scores (rows, classes) that a runtime's floats stand for; EXACT where a float is
        none that the network has."""
        found = np.full(floats.shape, EXACT, np.int64)
        for at, one in enumerate(self.values):
            found[:, at] = _looked_up(one, floats[:, at])
            known = found[:, at] != EXACT
            found[known, at] = found[known, at] * self.factor[at] + self.offset[at]
        return found


def _looked_up(one: Values, floats: NDArray[np.floating]) -> Integers:
    """The integer of each float, the nearest within the chain's error; EXACT for none."""
    order = np.argsort(one.middle, kind="stable")
    known = one.middle[order].astype(np.float64)
    after = np.clip(np.searchsorted(known, floats), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(known[before] - floats) < np.abs(known[after] - floats)
    at = order[np.where(nearer, before, after)]
    fits = (floats >= one.least[at]) & (floats <= one.most[at])
    return np.where(fits, one.low + at, EXACT)


def scored(making: Making, tensor: Tensor) -> Scores:
    """The scores of a tensor of one float for each class, as the last node before the argmax.

    Raises ImportRefused, naming the node, where their order is that of no integers.
    """
    flat = replace(tensor, source=tensor.source.ravel(), kind=tensor.kind.ravel())
    if (flat.source < 0).any():
        raise ImportRefused(f"{tensor.label}: a score is constant")
    if tensor.raw:
        raise ImportRefused(f"{tensor.label}: nothing quantizes the input; begin with a Quant node")
    values = _values(making, flat)
    if all((one.middle == one.middle[0]).all() for one in values):
        raise ImportRefused(
            f"{tensor.label}: the answer is the same for every input; see that no layer before it"
            " gives one value only"
        )
    lines = _alike(flat, values) or _lines(flat, values)
    if lines is None and flat.quantized:
        flat = stepped(making, flat, "the output")
        values = _values(making, flat)
        lines = _lines(flat, values)
    if lines is None:
        raise ImportRefused(
            f"{tensor.label}: the scores are no integers of one step, since nothing quantizes"
            " them: end with a product, or with a Quant node"
        )
    factor, offset, ranks = lines
    if ranks:
        making.notes.append(
            f"{tensor.label}: the classes' biases are no whole steps of their sums; scores are"
            f" {ranks} times the sums and the biases' ranks, in the order of the model's scores"
        )
    signal = _node(making, flat, factor, offset)
    _check_order(making, tensor, values, factor, offset)
    return Scores(signal, tuple(values), factor, offset, tensor.label)


def _values(making: Making, flat: Tensor) -> list[Values]:
    ranges = {
        at: (int(making.signals[flat.signal].low[one]), int(making.signals[flat.signal].high[one]))
        for at, one in enumerate(flat.source.tolist())
    }
    chains = [flat.chains[kind] for kind in flat.kind.tolist()]
    found = tabulate(chains, ranges)
    for one in found.values():
        if not np.isfinite(one.middle).all():
            raise ImportRefused(f"{flat.label}: gives a score that is not a finite number")
    return [found[at] for at in range(len(chains))]


def _alike(flat: Tensor, values: Sequence[Values]) -> tuple[Integers, Integers, int] | None:
    """Of classes with one chain that rises with its integer: the integers themselves."""
    count = len(values)
    if count < 2 or len(set(flat.kind.tolist())) > 1:
        return None
    if not all((one.most[:-1] < one.least[1:]).all() for one in values):
        return None
    return np.ones(count, np.int64), np.zeros(count, np.int64), 0


def _lines(flat: Tensor, values: Sequence[Values]) -> tuple[Integers, Integers, int] | None:
    """Factors and offsets of classes whose floats are lines of their integers.

    Where offsets are no whole steps apart, their fractions' ranks decide between equal sums: the
    factors are as many times greater as there are fractions, and that number is the third.
    """
    fitted = [_line(one) for one in values]
    if any(one is None for one in fitted):
        return None
    slopes, starts = (np.array(one) for one in zip(*(line for line in fitted if line), strict=True))
    step = distance(slopes)
    factor = None if step is None else multiples(slopes, step)
    if step is None or factor is None or not factor.any():
        return None
    offsets = (starts - starts[0]) / step
    noise = CLOSE * max(float(np.abs(one.middle).max()) for one in values) / step
    below = np.floor(offsets + noise)
    rank = _ranks(offsets - below, 2 * noise)
    count = int(rank.max()) + 1
    return factor * count, below.astype(np.int64) * count + rank, count if count > 1 else 0


def _ranks(values: NDArray[np.float64], noise: float) -> Integers:
    """The rank of each value from 0 on; those within `noise` of the next lower have one rank."""
    order = np.argsort(values, kind="stable")
    rank = np.zeros(len(values), np.int64)
    rank[order[1:]] = np.cumsum(np.diff(values[order]) > noise)
    return rank


def _line(one: Values) -> tuple[float, float] | None:
    """Slope and value at 0 of floats that are a line of their integers."""
    wide, count = one.middle.astype(np.float64), len(one.middle)
    slope = float(wide[-1] - wide[0]) / max(1, count - 1)
    line = wide[0] + slope * np.arange(count)
    if (np.abs(wide - line) > CLOSE * (np.abs(wide).max() + abs(slope))).any():
        return None
    return slope, wide[0] - slope * one.low


def _check_order(
    making: Making, tensor: Tensor, values: Sequence[Values], factor: Integers, offset: Integers
) -> None:
    """Raise ImportRefused unless all classes' floats have the order of their integers."""
    floats = np.concatenate([one.middle for one in values])
    whole = np.concatenate(
        [
            k * (one.low + np.arange(len(one.middle))) + b
            for one, k, b in zip(values, factor.tolist(), offset.tolist(), strict=True)
        ]
    )
    order = np.lexsort((floats, whole))
    rises, steps = np.diff(floats[order].astype(np.float64)), np.diff(whole[order])
    wrong = (rises < 0) | ((steps > 0) != (rises > 0))
    sure = all(one.exact for one in values)
    if wrong.any() and sure:
        at = int(np.flatnonzero(wrong)[0])
        pair = floats[order][at : at + 2].tolist()
        raise ImportRefused(
            f"{tensor.label}: scores {pair[0]:.9g} and {pair[1]:.9g} of two classes are too near"
            " for integers in their order; end with a Quant node, or round the last layer's bias"
            " to whole steps of its sum"
        )
    if not sure:
        making.notes.append(
            f"{tensor.label}: float32 may tell apart, or not, classes of equal scores, with the"
            " order of additions; the sums' exact values decide"
        )


def _node(making: Making, flat: Tensor, factor: Integers, offset: Integers) -> str:
    """The signal of the scores: factors and offsets go into the last layer where only it reads
    its integers, else into a node of their own."""
    plain = (factor == 1).all() and not offset.any()
    signal = flat.signal
    if plain and signal != INPUT and flat.plain and making.signals[signal].size == flat.source.size:
        return signal
    last = making.nodes.get(signal)
    alone = flat.plain and isinstance(last, Linear) and not making.readers(signal)
    if isinstance(last, Linear) and alone and last.size == flat.source.size:
        weight = last.weight.astype(np.int64) * factor[:, None]
        if np.abs(weight).max(initial=0) <= LARGEST:
            bias = last.bias * factor + offset
            node = replace(last, weight=weight.astype(np.int8), bias=bias.astype(np.int32))
            return making.replaced(node)
    read = making.gathered(signal, flat.source, flat.label)
    return making.add(_scaled(making, read, factor, offset, flat.label))


def _scaled(making: Making, signal: str, factor: Integers, offset: Integers, label: str) -> Node:
    """factor * element + offset, element by element: a convolution of one place."""
    if np.abs(factor).max() > LARGEST:
        raise ImportRefused(
            f"{label}: scores in {factor.max()} steps of each other; {LARGEST} at most: give the"
            " last layer's weights one scale for all classes"
        )
    count = len(factor)
    return Conv(
        making.name(label, "score"),
        (signal,),
        factor.astype(np.int8).reshape(count, 1, 1, 1),
        offset.astype(np.int32),
        (count, 1, 1),
        groups=count,
    )


def argmax(making: Making, signal: str, last: bool) -> None:
    """The class, as the last node; of equal scores the first one, or the last."""
    if last:
        raise ImportRefused("an argmax that takes the last of equal scores; take the first")
    making.add(Argmax(making.name("class"), (signal,)))
