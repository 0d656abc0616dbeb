"""Tensors as integers: affine ones as they are, all others by a step function of their integer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Affine, Values, tabulate
from gen.imports.qonnx.floats.codes import Whole, code_for, levels, listed
from gen.imports.qonnx.floats.integers import distance, granule, multiples
from gen.imports.qonnx.floats.tensor import Tensor, begun
from gen.imports.qonnx.sums.network import Making
from gen.intnet.node import Integers

__all__ = ["Integral", "integral", "settled", "stepped"]

MOST_VALUES = 1 << 24
"""Integers on which a chain is evaluated."""


@dataclass(frozen=True, eq=False)
class Integral:
    """A tensor's floats as integers of a signal: of element e (of `shape`)

        float = step[e] * (factor[e] * signal[source[e]] + offset[e]), within error[e]

    where `source` is not negative; else step[e] * offset[e]. `grain` is the exponent of the power
    of two of which all floats of an element are multiples, `reach` their greatest magnitude.
    """

    signal: str
    source: Integers
    step: NDArray[np.float64]
    factor: Integers
    offset: Integers
    error: NDArray[np.float64]
    grain: Integers
    reach: NDArray[np.float64]
    label: str

    @property
    def shape(self) -> tuple[int, ...]:
        return self.source.shape

    def mapped(self, move: Callable[[NDArray[Any]], NDArray[Any]]) -> "Integral":
        """With all arrays as `move` makes them: other elements, or another shape."""
        made: dict[str, Any] = {name: move(getattr(self, name)) for name in ARRAYS}
        return replace(self, **made)


ARRAYS = ("source", "step", "factor", "offset", "error", "grain", "reach")


def integral(making: Making, tensor: Tensor, reader: str) -> Integral:
    """A tensor as integers, behind step functions where it is not affine in its signal's.

    Raises ImportRefused, naming the node that gave it and the one that reads it, where its floats
    have no common distance.
    """
    wholes = _wholes(making, tensor, reader)
    if not all(one.affine for one in wholes.values()):
        return integral(making, _stepped(making, tensor, wholes), reader)
    return _integral(tensor, wholes)


def settled(making: Making, tensor: Tensor, reader: str) -> Tensor:
    """A quantized tensor that more than one node reads: its step functions made once for all."""
    wholes = _wholes(making, tensor, reader)
    affine = all(one.affine for one in wholes.values())
    return tensor if affine else _stepped(making, tensor, wholes)


def stepped(making: Making, tensor: Tensor, reader: str) -> Tensor:
    """A tensor as codes of a node of step functions, greater codes for greater floats."""
    return _stepped(making, tensor, _wholes(making, tensor, reader))


def _wholes(making: Making, tensor: Tensor, reader: str) -> dict[int, Whole]:
    """Every chain that an element has, as whole numbers."""
    ranges = making.ranges(tensor.signal, tensor.source, tensor.kind)
    for low, high in ranges.values():
        if high - low >= MOST_VALUES:
            raise ImportRefused(
                f"{tensor.label}: its integer has {high - low + 1:,} values; {MOST_VALUES:,} at"
                " most are tried: quantize before it, or to fewer bits"
            )
    fixed = np.unique(tensor.kind[tensor.source < 0]).tolist()
    values = tabulate(tensor.chains, ranges | dict.fromkeys(fixed, (0, 0)))
    wholes = {kind: _whole(tensor, kind, one, reader) for kind, one in values.items()}
    _tell(making, tensor, wholes)
    return wholes


def _whole(tensor: Tensor, kind: int, values: Values, reader: str) -> Whole:
    chain = tensor.chains[kind]
    if not chain.steps and isinstance(chain.start, Affine) and not chain.start.plus:
        start = chain.start
        whole = values.low + start.offset + np.arange(len(values.middle), dtype=np.int64)
        return _measured(values, start.scale, whole, start.error)
    step = distance(values.middle, chain.step)
    found = None if step is None else multiples(values.middle, step)
    if step is None or found is None:
        at = f"{tensor.label}: " if tensor.label != reader else ""
        raise ImportRefused(f"{at}{_told(values)} where {reader} reads it; {_ADVICE}")
    return _measured(values, step, found, 0.0)


_ADVICE = "put a Quant, BipolarQuant or MultiThreshold between them, or train with one"


def _told(values: Values) -> str:
    floats = np.unique(values.middle)
    if not np.isfinite(floats).all():
        return "gives a value that is not a finite number"
    some = ", ".join(f"{one:g}" for one in floats[:3])
    return f"gives {len(floats):,} floats ({some}, ...) without a common step"


def _measured(values: Values, step: float, whole: Integers, error: float) -> Whole:
    unsure = 0
    if not values.exact and not error:
        low, high = np.rint(values.least / step), np.rint(values.most / step)
        sure = (low == whole) & (high == whole)
        unsure = int((~sure).sum())
        error = float(np.where(sure, values.most - values.least, 0).max(initial=0))
    exact = bool((whole * step == values.middle.astype(np.float64)).all())
    reach = float(np.abs(values.middle).max(initial=0))
    far = 0.0 if exact else float(np.abs(whole * step - values.middle).max(initial=0))
    return Whole(
        values.low, step, whole, values.middle, error + far, granule(values.middle), reach, unsure
    )


def _tell(making: Making, tensor: Tensor, wholes: Mapping[int, Whole]) -> None:
    unsure = sum(one.unsure for one in wholes.values())
    if unsure:
        count = sum(len(one.whole) for one in wholes.values())
        making.notes.append(
            f"{tensor.label}: {unsure:,} of {count:,} sums lie so near a threshold that float32"
            " may round to either side, with the order of additions; the sum's exact value decides"
        )
        making.doubts.append(tensor.label)


def _integral(tensor: Tensor, wholes: Mapping[int, Whole]) -> Integral:
    lines = {kind: one.affine or (0, 0) for kind, one in wholes.items()}

    def of(values: Mapping[int, float], kind: type) -> np.ndarray:
        table: NDArray[Any] = np.zeros(len(tensor.chains), kind)
        table[list(values)] = list(values.values())
        found: np.ndarray = table[tensor.kind]
        return found

    return Integral(
        tensor.signal,
        tensor.source,
        of({at: one.step for at, one in wholes.items()}, np.float64),
        of({at: line[0] for at, line in lines.items()}, np.int64),
        of({at: line[1] for at, line in lines.items()}, np.int64),
        of({at: one.error for at, one in wholes.items()}, np.float64),
        of({at: one.grain for at, one in wholes.items()}, np.int64),
        of({at: one.reach for at, one in wholes.items()}, np.float64),
        tensor.label,
    )


def _stepped(making: Making, tensor: Tensor, wholes: Mapping[int, Whole]) -> Tensor:
    """With a node of step functions: one element for each pair of source and chain."""
    flat, kinds = tensor.source.ravel(), tensor.kind.ravel()
    pairs = np.stack([flat, kinds], axis=1)[flat >= 0]
    unique, place = np.unique(pairs, axis=0, return_inverse=True)
    read = making.gathered(tensor.signal, unique[:, 0], tensor.label)
    used = {at: wholes[at] for at in sorted(set(unique[:, 1].tolist()))}
    code = code_for(tensor.label, list(used.values()))
    node = levels(making.name(tensor.label), read, used, unique[:, 1], code)
    making.add(node)
    source = flat.copy()
    source[flat >= 0] = place.ravel()
    chains = list(tensor.chains)
    for at, one in used.items():
        chains[at] = listed(one, code)
    each = [chains[kind] for kind in kinds.tolist()]
    return begun(node.name, source.reshape(tensor.shape), each, tensor.label)
