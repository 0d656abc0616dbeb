"""What the model answers: scores as integers in the order of its floats, and the class."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.ends.scores import Scores, in_order
from gen.imports.qonnx.floats.chain import Affine, Values, tabulate
from gen.imports.qonnx.floats.integers import distance, multiples
from gen.imports.qonnx.floats.quantize import stepped
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.sums.network import INPUT, Making
from gen.imports.qonnx.sums.products import LARGEST
from gen.intnet.held import CODE_BITS
from gen.intnet.lookups import step_rows
from gen.intnet.network import Argmax, Conv, Levels, Linear
from gen.intnet.node import EXACT, Integers

__all__ = ["argmax", "scored"]

CLOSE = 2.0**-20
"""Scores are taken for a line of their sum where they are this close to one, relatively."""
Lines = tuple[Integers, Integers, int]
"""Factors and offsets of classes, and how many fractions were ranked, 0 where none were."""


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
    if not all(one.exact for one in values) and len(values) > 1:
        making.notes.append(
            f"{tensor.label}: float32 may tell apart, or not, classes of equal scores, with the"
            " order of additions; the sums' exact values decide"
        )
    found = _as_lines(making, flat, values)
    if found is None and flat.quantized:
        flat = stepped(making, flat, "the output")
        values = _values(making, flat)
        found = _as_lines(making, flat, values)
    return found or _ranked(making, flat, values)


def _values(making: Making, flat: Tensor) -> tuple[Values, ...]:
    known = making.signals[flat.signal]
    ranges = {
        at: (int(known.low[one]), int(known.high[one]))
        for at, one in enumerate(flat.source.tolist())
    }
    found = tabulate([flat.chains[kind] for kind in flat.kind.tolist()], ranges)
    for one in found.values():
        if not np.isfinite(one.middle).all():
            raise ImportRefused(f"{flat.label}: gives a score that is not a finite number")
    return tuple(found[at] for at in range(len(ranges)))


def _as_lines(making: Making, flat: Tensor, values: tuple[Values, ...]) -> Scores | None:
    """Scores that are multiples of the sums and offsets; None where these have another order."""
    lines = _alike(flat, values) or _lines(values)
    if lines is None or np.abs(lines[0]).max() > LARGEST:
        return None
    factor, offset, ranks = lines
    whole = tuple(
        k * (one.low + np.arange(len(one.middle))) + b
        for one, k, b in zip(values, factor.tolist(), offset.tolist(), strict=True)
    )
    if max(int(np.abs(one).max()) for one in whole) >= EXACT:
        return None
    if all(one.exact for one in values) and not (_sums(flat) or in_order(values, whole)):
        return None
    if ranks:
        making.notes.append(
            f"{flat.label}: the classes' biases are no whole steps of their sums; scores are"
            f" {ranks} times the sums and the biases' ranks, in the order of the model's scores"
        )
    return Scores(_node(making, flat, factor, offset), values, whole, flat.label)


def _sums(flat: Tensor) -> bool:
    """Whether all scores are exact multiples of integers: these have their order."""
    chains = [flat.chains[kind] for kind in flat.kind.tolist()]
    starts = [chain.start for chain in chains if not chain.steps]
    return len(starts) == len(chains) and all(
        isinstance(one, Affine) and not (one.plus or one.error) for one in starts
    )


def _alike(flat: Tensor, values: Sequence[Values]) -> Lines | None:
    """Of classes with one chain that rises with its integer: the integers themselves."""
    count = len(values)
    if count < 2 or len(set(flat.kind.tolist())) > 1:
        return None
    if not all((one.most[:-1] < one.least[1:]).all() for one in values):
        return None
    return np.ones(count, np.int64), np.zeros(count, np.int64), 0


def _lines(values: Sequence[Values]) -> Lines | None:
    """Factors and offsets of classes whose floats are lines of their integers.

    Where offsets are no whole steps apart, their fractions' ranks decide between equal sums: the
    factors are as many times greater as there are fractions.
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
    if np.abs(offsets).max() >= EXACT:
        return None
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


def _ranked(making: Making, flat: Tensor, values: tuple[Values, ...]) -> Scores:
    """Scores that are the ranks of the floats among those of all classes: codes of each sum."""
    floats = np.unique(np.concatenate([one.middle for one in values]))
    bits = max(1, (len(floats) - 1).bit_length())
    if len(values) < 2 or bits > CODE_BITS:
        raise ImportRefused(
            f"{flat.label}: {len(floats):,} different scores, and no integers of one step among"
            " them: give the last layer's weights one scale for all classes, or end with a Quant"
        )
    whole = tuple(np.searchsorted(floats, one.middle).astype(np.int64) for one in values)
    making.notes.append(
        f"{flat.label}: the classes' scores have no common step; ranked, {len(floats):,} of them"
        f" are codes of {bits} bits. One scale for all classes makes the last layer smaller"
    )
    signal = making.gathered(flat.signal, flat.source, flat.label)
    low = [one.low for one in values]
    edges, codes = step_rows(low, whole)
    node = Levels(making.name(flat.label, "rank"), (signal,), edges, codes, bits=bits)
    return Scores(making.add(node), values, whole, flat.label)


def _node(making: Making, flat: Tensor, factor: Integers, offset: Integers) -> str:
    """The signal of the scores: factors and offsets go into the last layer where only it reads
    its integers, else into a node of their own."""
    signal, last = flat.signal, making.nodes.get(flat.signal)
    all_of_it = flat.plain and making.signals[signal].size == flat.source.size
    if (factor == 1).all() and not offset.any() and signal != INPUT and all_of_it:
        return signal
    if isinstance(last, Linear) and all_of_it and not making.readers(signal):
        weight = last.weight.astype(np.int64) * factor[:, None]
        if np.abs(weight).max(initial=0) <= LARGEST:
            bias = last.bias.astype(np.int64) * factor + offset
            return making.replaced(replace(last, weight=weight, bias=bias))
    read, count = making.gathered(signal, flat.source, flat.label), len(factor)
    weight = factor.reshape(count, 1, 1, 1)
    name = making.name(flat.label, "score")
    bias = offset.astype(np.int32)
    return making.add(Conv(name, (read,), weight, bias, (count, 1, 1), groups=count))


def argmax(making: Making, signal: str, last: bool) -> None:
    """The class, as the last node; of equal scores the first one, or the last."""
    making.add(Argmax(making.name("class"), (signal,), last=last))
