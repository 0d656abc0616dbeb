"""Operators of two tensors whose steps are not of one number: run by the runtime on every pair of
values that the two can have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from gen.imports.packing import factors_of, packed
from gen.imports.qonnx.floats.chain import Chain, Listed, Values, tabulate
from gen.imports.qonnx.floats.quantize import stepped
from gen.imports.qonnx.floats.tensor import Tensor, begun, moved
from gen.imports.qonnx.kernel import label, run_node
from gen.imports.qonnx.sums.network import Making
from gen.imports.qonnx.sums.products import LARGEST
from gen.intnet.lookups import TABLE_BITS
from gen.intnet.network import Add, Concat, Conv, Table
from gen.intnet.node import EXACT, Integers, code_range

__all__ = ["summed_pairs", "tabled_pairs"]

MOST_PAIRS = 1 << 22
MOST_LISTED = 1 << 24
Pair = tuple[int, int]
Floats = NDArray[np.float32]


class _Sides:
    """Two tensors broadcast to one shape, quantized ones as codes, with the floats of every kind of
    element, and the kinds that meet."""

    def __init__(self, making: Making, node: NodeProto, tensors: Sequence[Tensor]) -> None:
        self.node = node
        self.shape = np.broadcast_shapes(*(one.shape for one in tensors))
        self.tensors = [self._wide(making, one) for one in tensors]
        self.values = [_tabulated(making, one) for one in self.tensors]
        kinds = np.stack([one.kind for one in self.tensors], axis=1)
        pairs, place = np.unique(kinds, axis=0, return_inverse=True)
        self.pairs: list[Pair] = [(int(a), int(b)) for a, b in pairs]
        self.place = place.ravel()

    def _wide(self, making: Making, tensor: Tensor) -> Tensor:
        coded = tensor.quantized and any(chain.steps for chain in tensor.chains)
        made = stepped(making, tensor, label(self.node)) if coded else tensor
        wide = moved(made, lambda at: np.broadcast_to(at, self.shape), tensor.label)
        return replace(wide, source=wide.source.ravel(), kind=wide.kind.ravel())

    @property
    def count(self) -> int:
        """How many pairs of values there are, of all kinds."""
        sizes = [{kind: len(one.middle) for kind, one in each.items()} for each in self.values]
        return sum(sizes[0][a] * sizes[1][b] for a, b in self.pairs)

    def of(self, pair: Pair) -> tuple[Values, Values]:
        return self.values[0][pair[0]], self.values[1][pair[1]]

    def run(self, pair: Pair, versions: Mapping[str, int]) -> list[Floats]:
        """What the operator gives (n, m) for a pair of kinds; then the ends of where that lies, if
        float32 rounds what it reads."""
        first, second = self.of(pair)

        def each(left: Floats, right: Floats) -> Floats:
            wide = np.repeat(left, len(right)), np.tile(right, len(left))
            found: Floats = run_node(self.node, list(wide), versions)[0]
            return found.reshape(len(left), len(right))

        middle = each(first.middle, second.middle)
        if first.exact and second.exact:
            return [middle]
        ends = [each(a, b) for a in (first.least, first.most) for b in (second.least, second.most)]
        return [middle, np.min(ends, axis=0), np.max(ends, axis=0)]


def _tabulated(making: Making, tensor: Tensor) -> dict[int, Values]:
    fixed = np.unique(tensor.kind[tensor.source < 0]).tolist()
    ranges = making.ranges(tensor.signal, tensor.source, tensor.kind)
    return tabulate(tensor.chains, ranges | dict.fromkeys(fixed, (0, 0)))


def summed_pairs(
    making: Making, node: NodeProto, tensors: Sequence[Tensor], versions: Mapping[str, int]
) -> Tensor | None:
    """Add and Sub: a sum of the integers, each times a factor, that tells every pair apart. None
    where the factors or the pairs are too many."""
    sides = _Sides(making, node, tensors)
    if sides.count > MOST_PAIRS:
        return None
    made = [_packed(sides, pair, versions) for pair in sides.pairs]
    found = [one for one in made if one is not None]
    if len(found) < len(made):
        return None
    if sum(len(chain.floats) for _, chain in found) > 4 * MOST_LISTED:
        return None
    factors = np.array([one for one, _ in found])[sides.place]
    reach = [max(abs(one.low), abs(one.low + len(one.floats) // 4)) for _, one in found]
    if np.abs(factors).max() > LARGEST or max(reach) >= EXACT:
        return None
    names = tuple(
        _scaled(making, node, one, factors[:, at]) for at, one in enumerate(sides.tensors)
    )
    name = making.add(Add(making.name(label(node)), names, len(sides.place)))
    chains = [Chain(found[at][1]) for at in sides.place.tolist()]
    return begun(name, np.arange(len(chains)).reshape(sides.shape), chains, label(node))


def _packed(sides: _Sides, pair: Pair, versions: Mapping[str, int]) -> tuple[Pair, Listed] | None:
    """Factors of both integers, and the floats of the numbers that they make; None where a number
    would stand for two floats."""
    first, second = sides.of(pair)
    p, q = factors_of(_slope(first), _slope(second, sides.node.op_type == "Sub"))
    factors = (p if len(first.middle) > 1 else 0), (q if len(second.middle) > 1 else 0)
    i, j = (one.low + np.arange(len(one.middle)) for one in (first, second))
    made = [packed(i, j, factors, floats) for floats in sides.run(pair, versions)]
    tables = [one for one in made if one is not None]
    if len(tables) < len(made):
        return None
    middle, *ends = (floats.astype(np.float32).tobytes() for _, floats in tables)
    return factors, Listed(tables[0][0], middle, None, (ends[0], ends[1]) if ends else None)


def _slope(one: Values, negative: bool = False) -> tuple[float, int]:
    count = len(one.middle)
    slope = float(one.middle[-1] - one.middle[0]) / max(1, count - 1)
    return (-slope if negative else slope), count


def _scaled(making: Making, node: NodeProto, side: Tensor, factor: Integers) -> str:
    """A signal of one side's integers, each times its factor."""
    read, count = making.gathered(side.signal, np.maximum(side.source, 0), label(node)), len(factor)
    if (factor == 1).all():
        return read
    weight, bias = factor.reshape(count, 1, 1, 1), np.zeros(count, np.int32)
    name = making.name(label(node), "scaled")
    return making.add(Conv(name, (read,), weight, bias, (count, 1, 1), groups=count))


def tabled_pairs(
    making: Making, node: NodeProto, tensors: Sequence[Tensor], versions: Mapping[str, int]
) -> Tensor | None:
    """Any operator of two quantized tensors of few bits: a truth table for each pair of elements,
    whose codes are the ranks of the floats. None where they have too many bits."""
    if not all(one.quantized for one in tensors):
        return None
    sides = _Sides(making, node, tensors)
    names = [one.signal for one in sides.tensors]
    known = [making.signals[name] for name in names]
    if any((one.source < 0).any() for one in sides.tensors) or not all(one.bits for one in known):
        return None
    mixed = len({one.signed for one in known}) > 1
    if 2 * max((one.bits or 0) + (mixed and not one.signed) for one in known) > TABLE_BITS:
        return None
    name, start = names[0], 0
    if names[0] != names[1]:
        start, total = known[0].size, known[0].size + known[1].size
        name = making.add(Concat(making.name(label(node), "both"), (names[0], names[1]), total))
    wiring = np.stack([sides.tensors[0].source, sides.tensors[1].source + start], axis=1)
    width, signed = making.signals[name].bits or 1, making.signals[name].signed
    made = [_ranks(sides, pair, versions, width, signed) for pair in sides.pairs]
    if any(one is None for one in made):
        return None
    found = [one for one in made if one is not None]
    bits = max(1, max(len(floats) - 1 for _, floats in found).bit_length())
    tables = np.stack([codes for codes, _ in found])[sides.place]
    table = Table(
        making.name(label(node)), (name,), wiring.astype(np.int32), tables, bits=bits,
        width=width,
    )  # fmt: skip
    source = np.arange(len(sides.place)).reshape(sides.shape)
    lists = [Chain(Listed(0, floats.tobytes(), None)) for _, floats in found]
    chains = [lists[at] for at in sides.place.tolist()]
    return begun(making.add(table), source, chains, label(node))


def _ranks(
    sides: _Sides, pair: Pair, versions: Mapping[str, int], bits: int, signed: bool
) -> tuple[Integers, Floats] | None:
    """The table of ranks by address, and the floats in order; None where float32 rounds what the
    operator reads."""
    values, (floats, *ends) = sides.of(pair), sides.run(pair, versions)
    if ends or not np.isfinite(floats).all():
        return None
    known, ranks = np.unique(floats, return_inverse=True)
    low, high = code_range(1, bits, signed)
    codes = np.arange(int(low[0]), int(high[0]) + 1)
    at = [np.clip(codes - one.low, 0, len(one.middle) - 1) for one in values]
    whole = ranks.reshape(floats.shape)[at[0][:, None], at[1]]
    order = np.argsort(codes % (1 << bits))  # as they stand in an address
    return whole[order][:, order].T.ravel(), known.astype(np.float32)
