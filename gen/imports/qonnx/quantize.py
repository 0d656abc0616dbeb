"""Tensors as integers: affine ones as they are, all others by a step function of their integer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.chain import Affine, Chain, Floats, Listed, Values, tabulate
from gen.imports.qonnx.integers import distance, granule, multiples
from gen.imports.qonnx.network import Making
from gen.imports.qonnx.tensor import Tensor, begun
from gen.intnet.held import CODE_BITS
from gen.intnet.network import NEVER, Levels
from gen.intnet.node import Integers, code_range

__all__ = ["Code", "Integral", "coded", "integral", "settled", "stepped"]

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


@dataclass(frozen=True, eq=False)
class _Whole:
    """One chain's floats as whole numbers of a step."""

    low: int
    step: float
    whole: Integers
    floats: Floats
    error: float
    grain: int
    reach: float
    unsure: int = 0

    @property
    def affine(self) -> tuple[int, int] | None:
        """Factor and offset, where whole = factor * integer + offset."""
        if len(self.whole) < 2:
            return 0, int(self.whole[0])
        factor = int(self.whole[1] - self.whole[0])
        offset = int(self.whole[0]) - factor * self.low
        line = factor * (self.low + np.arange(len(self.whole))) + offset
        return (factor, offset) if (self.whole == line).all() else None


@dataclass(frozen=True)
class Code:
    """How codes stand for whole numbers: factor * code + offset."""

    factor: int
    offset: int
    bits: int
    signed: bool


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


def _wholes(making: Making, tensor: Tensor, reader: str) -> dict[int, _Whole]:
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


def _whole(tensor: Tensor, kind: int, values: Values, reader: str) -> _Whole:
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


def _measured(values: Values, step: float, whole: Integers, error: float) -> _Whole:
    unsure = 0
    if not values.exact and not error:
        low, high = np.rint(values.least / step), np.rint(values.most / step)
        sure = (low == whole) & (high == whole)
        unsure = int((~sure).sum())
        error = float(np.where(sure, values.most - values.least, 0).max(initial=0))
    exact = bool((whole * step == values.middle.astype(np.float64)).all())
    reach = float(np.abs(values.middle).max(initial=0))
    far = 0.0 if exact else float(np.abs(whole * step - values.middle).max(initial=0))
    return _Whole(
        values.low, step, whole, values.middle, error + far, granule(values.middle), reach, unsure
    )


def _tell(making: Making, tensor: Tensor, wholes: Mapping[int, _Whole]) -> None:
    unsure = sum(one.unsure for one in wholes.values())
    if unsure:
        count = sum(len(one.whole) for one in wholes.values())
        making.notes.append(
            f"{tensor.label}: {unsure:,} of {count:,} sums lie so near a threshold that float32"
            " may round to either side, with the order of additions; the sum's exact value decides"
        )
        making.doubts.append(tensor.label)


def _integral(tensor: Tensor, wholes: Mapping[int, _Whole]) -> Integral:
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


def _stepped(making: Making, tensor: Tensor, wholes: Mapping[int, _Whole]) -> Tensor:
    """With a node of step functions: one element for each pair of source and chain."""
    flat, kinds = tensor.source.ravel(), tensor.kind.ravel()
    pairs = np.stack([flat, kinds], axis=1)[flat >= 0]
    unique, place = np.unique(pairs, axis=0, return_inverse=True)
    read = making.gathered(tensor.signal, unique[:, 0], tensor.label)
    used = {at: wholes[at] for at in sorted(set(unique[:, 1].tolist()))}
    code = _code(tensor, list(used.values()))
    node = _levels(making.name(tensor.label), read, used, unique[:, 1], code)
    making.add(node)
    source = flat.copy()
    source[flat >= 0] = place.ravel()
    chains = list(tensor.chains)
    for at, one in used.items():
        chains[at] = _listed(one, code)
    each = [chains[kind] for kind in kinds.tolist()]
    return begun(node.name, source.reshape(tensor.shape), each, tensor.label)


def _code(tensor: Tensor, wholes: list[_Whole]) -> Code:
    """Codes that hold the whole numbers of all chains."""
    found = np.unique(np.concatenate([np.unique(one.whole) for one in wholes]))
    code = coded(int(found[0]), int(found[-1]), max(1, int(np.gcd.reduce(np.diff(found)))))
    if code.bits > CODE_BITS:
        raise ImportRefused(
            f"{tensor.label}: codes of {code.bits} bits; {CODE_BITS} at most are made: quantize to"
            " fewer"
        )
    return code


def _listed(one: _Whole, code: Code) -> Chain:
    """The chain from codes to floats, as the runtime has them; of codes that do not occur, the
    multiples of the step."""
    low, high = code_range(1, code.bits, code.signed)
    codes = np.arange(low[0], high[0] + 1)
    floats = (one.step * (code.factor * codes + code.offset)).astype(np.float32)
    floats[(one.whole - code.offset) // code.factor - low[0]] = one.floats
    return Chain(Listed(int(low[0]), floats.tobytes(), one.step))


def _levels(
    name: str, read: str, wholes: Mapping[int, _Whole], kinds: Integers, code: Code
) -> Levels:
    """The node of step functions: element i is that of chain kinds[i]."""
    rows = {at: _row(one, code) for at, one in wholes.items()}
    longest = max(1, *(len(edges) for edges, _ in rows.values()))
    table = {at: _padded(row, longest) for at, row in rows.items()}
    edges = np.stack([table[at][0] for at in kinds.tolist()]).astype(np.int32)
    codes = np.stack([table[at][1] for at in kinds.tolist()])
    return Levels(name, (read,), edges, codes, bits=code.bits, signed=code.signed)


def coded(low: int, high: int, apart: int) -> Code:
    """The narrowest codes for whole numbers low..high, multiples of `apart` from each other."""
    if low % apart == 0:
        ends = low // apart, high // apart
        signed = ends[0] < 0
        natural = max(1, max(n if n >= 0 else ~n for n in ends).bit_length() + signed)
        if natural <= max(1, (ends[1] - ends[0]).bit_length()):
            return Code(apart, 0, natural, signed)
    return Code(apart, low, max(1, ((high - low) // apart).bit_length()), False)


def _row(one: _Whole, code: Code) -> tuple[Integers, Integers]:
    """Edges, and the code below the first and from each on."""
    codes = (one.whole - code.offset) // code.factor
    rises = np.flatnonzero(np.diff(codes)) + 1
    return one.low + rises, codes[np.concatenate([[0], rises])]


def _padded(row: tuple[Integers, Integers], longest: int) -> tuple[Integers, Integers]:
    more = longest - len(row[0])
    return (
        np.pad(row[0], (0, more), constant_values=NEVER),
        np.pad(row[1], (0, more), mode="edge"),
    )
