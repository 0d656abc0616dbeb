"""The integer network so far, and tensors made integers of it: as they are, or as new codes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gen.imports.folding import NEAR, common_unit, near_unit, step_arrays
from gen.imports.module.value import Affine, Floats, Value, tabulated
from gen.intnet.network import Add, Concat, Conv, Integers, Levels, Linear, Max, Node, Signal
from gen.intnet.node import EXACT

__all__ = ["CODE_BITS", "WEIGHT", "Build", "Refused", "in_units"]

CODE_BITS = 8
WEIGHT = 127
"""The widest codes, and the largest weight, that the network may have."""
MOST_VALUES = 1 << 31


class Refused(Exception):
    """Why an operation cannot be exact, to be told with its place."""


@dataclass
class Build:
    """Nodes and signals so far; `named` opens the names of nodes to come."""

    signals: dict[str, Signal]
    nodes: list[Node] = field(default_factory=list)
    named: str = ""
    made: dict[tuple[int, bool], tuple[Value, Affine]] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """Add a node; its name. Raises NetError where it does not fit."""
        given = [self.signals[name] for name in node.inputs]
        node.check(given)
        self.signals[node.name] = node.signal(given)
        self.nodes.append(node)
        return node.name

    def fresh(self, kind: str) -> str:
        """A name for a node, `conv1.sum`."""
        base = re.sub(r"[^A-Za-z0-9_.]", "_", self.named) or "net"
        base = f"n{base}" if base[0] in "0123456789." else base
        name, number = f"{base}.{kind}", 1
        while name in self.signals:
            number += 1
            name = f"{base}.{kind}{number}"
        return name

    def whole(self, affine: Affine) -> str:
        """A signal whose elements are those of the tensor, row-major."""
        wanted = affine.element.reshape(-1)
        if np.array_equal(wanted, np.arange(self.signals[affine.signal].size)):
            return affine.signal
        wiring = wanted.astype(np.int32)[:, None]
        return self.add(Max(self.fresh("order"), (affine.signal,), wiring))

    def integers(self, value: Value, zero: bool = False) -> Affine:
        """The tensor as integers; with `zero` value 0 is integer 0. Raises Refused."""
        key = id(value), zero
        if key not in self.made:
            self.made[key] = value, self._integers(value, zero)
        return self.made[key][1]

    def _integers(self, value: Value, zero: bool) -> Affine:
        if value.step is None:
            affine = _taken(value)
            if not (zero and affine.offset.any()):
                return affine
        table = _Table(self, value)
        straight = table.straight(exact=True)
        if straight and not (zero and straight.offset.any()):
            return straight
        coded = table.coded(common_unit, zero) or table.coded(near_unit, zero)
        straight = straight or table.straight(exact=False)
        if coded or (straight and not (zero and straight.offset.any())):
            return coded or straight  # type: ignore[return-value]
        raise Refused(table.why())

    def scaled(self, affine: Affine, factor: Integers, bias: Integers) -> str:
        """A signal of factor * integer + bias for each element; factors and biases (shape)."""
        factor, bias = (np.broadcast_to(one, affine.shape).reshape(-1) for one in (factor, bias))
        if (factor == 1).all() and not bias.any():
            return self.whole(affine)
        made = self._within(affine, factor, bias)
        if made is not None:
            return made
        if np.abs(factor).max() > WEIGHT:
            raise Refused(f"a factor of {np.abs(factor).max()}; {WEIGHT} at most")
        name, n = self.whole(affine), affine.element.size
        weight = factor.astype(np.int8).reshape(n, 1, 1, 1)
        node = Conv(
            self.fresh("scaled"), (name,), weight, bias.astype(np.int32), (n, 1, 1), groups=n
        )
        return self.add(node)

    def _within(self, affine: Affine, factor: Integers, bias: Integers) -> str | None:
        """The same in the product that gives the tensor, where nothing else reads that and its
        weights stay small enough."""
        node = next((one for one in self.nodes if one.name == affine.signal), None)
        read = {name for one in self.nodes for name in one.inputs}
        plain = np.array_equal(affine.element.reshape(-1), np.arange(affine.element.size))
        if not isinstance(node, (Linear, Conv)) or node.name in read or not plain:
            return None
        if affine.element.size != node.size:
            return None
        factor, bias = (one.reshape(len(node.weight), -1) for one in (factor, bias))
        if (factor != factor[:, :1]).any() or (bias != bias[:, :1]).any():
            return None
        by = factor[:, 0].reshape(-1, *[1] * (node.weight.ndim - 1))
        weight = node.weight.astype(np.int64) * by
        offset = node.bias.astype(np.int64) * factor[:, 0] + bias[:, 0]
        if np.abs(weight).max() > WEIGHT or np.abs(offset).max() >= EXACT:
            return None
        made = replace(node, weight=weight.astype(np.int8), bias=offset.astype(np.int32))
        self.nodes[self.nodes.index(node)] = made
        self.signals[node.name] = made.signal([self.signals[name] for name in node.inputs])
        return node.name

    def together(self, parts: Sequence[Affine], axis: int) -> Affine:
        """Tensors one after the other along an axis."""
        names = list(dict.fromkeys(one.signal for one in parts))
        sizes = [self.signals[name].size for name in names]
        signal = names[0]
        if len(names) > 1:
            signal = self.add(Concat(self.fresh("both"), tuple(names), sum(sizes)))
        start = dict(zip(names, np.cumsum([0, *sizes]).tolist(), strict=False))
        element = np.concatenate([one.element + start[one.signal] for one in parts], axis)
        scale, offset, error = (
            np.concatenate(one, axis) for one in zip(*(p.spread() for p in parts), strict=True)
        )
        return Affine(signal, element, scale, offset, error, parts[0].dtype)

    def sum(self, terms: Sequence[Affine]) -> Affine:
        """The sum of tensors of one shape; terms may have scales of their own. Raises Refused."""
        scales, offsets, errors = zip(*(one.spread() for one in terms), strict=True)
        unit, factors = in_units(np.stack(scales), "the scales of what is added")
        none = np.zeros(1, np.int64)
        names = [self.scaled(one, k, none) for one, k in zip(terms, factors, strict=True)]
        size = terms[0].element.size
        made = self.add(Add(self.fresh("sum"), tuple(names), size))
        signal = self.signals[made]
        reach = np.maximum(np.abs(signal.low), np.abs(signal.high)).reshape(terms[0].shape) * unit
        offset = np.sum(offsets, axis=0)
        exact = _exact([np.stack(scales), np.stack(offsets)], reach + np.abs(offset))
        error = np.sum(errors, axis=0) + (0 if exact else NEAR * (reach + np.abs(offset)))
        element = np.arange(size).reshape(terms[0].shape)
        return Affine(made, element, np.full((), unit), offset, error, terms[0].dtype)


def in_units(values: Floats, what: str, most: int = WEIGHT) -> tuple[float, Integers]:
    """A unit and the integers that values are of it. Raises Refused where they are too large."""
    for found in (common_unit, near_unit):
        unit = found(values)
        if not unit:
            return 1.0, np.zeros(values.shape, np.int64)
        whole = np.rint(values / unit)
        near = np.abs(values - whole * unit) <= NEAR * np.abs(values).max()
        if np.abs(whole).max() <= most and near.all():
            return unit, whole.astype(np.int64)
    raise Refused(f"{what} are no multiples, up to {most}, of one number")


def _exact(parts: Sequence[Floats], reach: Floats) -> bool:
    """Whether float32 adds multiples of these parts up without rounding, below `reach`."""
    lowest = min(_lowest(part) for part in parts)
    return float(np.max(reach)) < lowest * 2.0**24


def _lowest(values: Floats) -> float:
    """The worth of the lowest bit that any of the values has."""
    mantissa, exponent = np.frexp(values[values != 0])
    if not mantissa.size:
        return np.inf
    bits = (np.abs(mantissa) * 2.0**53).astype(np.int64)
    return float(((bits & -bits) * 2.0 ** (exponent - 53.0)).min())


def _taken(value: Value) -> Affine:
    base = value.base
    scale, offset, error = (one.reshape(-1)[value.wires] for one in base.spread())
    return Affine(base.signal, value.element, scale, offset, error, base.dtype)


class _Table:
    """The values (k, r) that a tensor takes, for integers low..high of each of r groups of its
    elements that share a function: `group` (shape) says which."""

    def __init__(self, build: Build, value: Value) -> None:
        self.build, self.value = build, value
        signal, element = build.signals[value.base.signal], value.element
        self.low, self.high = int(signal.low[element].min()), int(signal.high[element].max())
        shape = value.table(np.array([self.low])).shape[1:]
        count = int(np.prod(shape))
        if (self.high - self.low + 1) * count > MOST_VALUES:
            raise Refused(
                f"a function of sums {self.low} to {self.high} of {count} elements is too much to"
                " tabulate; quantize before"
            )
        self.group = np.broadcast_to(np.arange(count).reshape(shape), value.shape)
        self.ends = np.full(count, self.high), np.full(count, self.low)
        np.minimum.at(self.ends[0], self.group.reshape(-1), signal.low[element].reshape(-1))
        np.maximum.at(self.ends[1], self.group.reshape(-1), signal.high[element].reshape(-1))
        self.integers = np.arange(self.low, self.high + 1)
        self.values = self._at(0.0)
        exact = not value.base.error.any()
        self.near = [self.values] if exact else [self._at(-1.0), self.values, self._at(1.0)]
        self.inside = (self.integers[:, None] >= self.ends[0]) & (
            self.integers[:, None] <= self.ends[1]
        )

    def _at(self, shift: float) -> Floats:
        table = tabulated(self.value, self.low, self.high, shift)
        return table.reshape(len(table), -1).astype(np.float64)

    @property
    def sure(self) -> bool:
        """Whether no rounding before the function changes what it gives."""
        return all((one == self.values)[self.inside].all() for one in self.near)

    def straight(self, exact: bool) -> Affine | None:
        """The integers as they are, where the values are on a line: exactly, or up to float32's
        rounding."""
        if self.low == self.high or not np.isfinite(self.values).all():
            return None
        span = self.high - self.low
        scale = (self.values[-1] - self.values[0]) / span
        offset = self.values[0] - scale * self.low
        off = np.abs(scale * self.integers[:, None] + offset - self.values)
        most = 0.0 if exact else NEAR * np.abs(self.values).max()
        if off.max() > most or not scale.all():
            return None
        error = np.max([np.abs(one - self.values).max(0) for one in self.near], axis=0) + off.max(0)
        scale, offset, error = (one[self.group] for one in (scale, offset, error))
        base, element = self.value.base, self.value.element
        return Affine(base.signal, element, scale, offset, error, base.dtype)

    def coded(self, found: Callable[[Floats], float], zero: bool) -> Affine | None:
        """New codes for the values, where they are few and multiples of a number, which is `found`
        from them."""
        values = np.unique(self.values[self.inside])
        if len(values) > 1 << CODE_BITS or not np.isfinite(values).all() or not self.sure:
            return None
        fitting = (self._codes(found, values, one) for one in ([0.0] if zero else [0.0, values[0]]))
        fits = [one for one in fitting if one is not None]
        return min(fits, key=lambda one: one[0])[1]() if fits else None

    def _codes(
        self, found: Callable[[Floats], float], values: Floats, offset: float
    ) -> tuple[int, Callable[[], Affine]] | None:
        """How many bits the codes have without this offset, and what makes them."""
        unit = found(values - offset) or 1.0
        whole = np.rint((values - offset) / unit)
        off = float(np.abs(values - offset - whole * unit).max())
        if off > NEAR * np.abs(values).max() or np.abs(whole).max() >= 1 << CODE_BITS:
            return None
        low, high = int(whole.min()), int(whole.max())
        signed = low < 0
        bits = max(1, high.bit_length(), (~low).bit_length() if signed else 0) + signed
        if bits > CODE_BITS or high > 127:
            return None
        return bits, lambda: self._levels(unit, offset, off, bits, signed)

    def _levels(self, unit: float, offset: float, off: float, bits: int, signed: bool) -> Affine:
        filled = np.where(self.inside, self.values, offset)
        codes = np.rint((filled - offset) / unit).astype(np.int64)
        edges, table = step_arrays(self.integers, codes, *self.ends)
        value, build = self.value, self.build
        group, element = self.group.reshape(-1), value.element.reshape(-1)
        name, size = value.base.signal, build.signals[value.base.signal].size
        if len(np.unique(element)) < len(element):
            name = build.whole(Affine.plain(name, element))
            size, element = len(element), np.arange(len(element))
        rows = np.full(size, -1)
        rows[element] = group
        edges, table = edges[rows], np.where(rows[:, None] < 0, 0, table[rows])
        node = Levels(
            build.fresh("codes"), (name,), edges, table.astype(np.int8), bits=bits, signed=signed
        )
        parts = np.full((), unit), np.full((), offset), np.full((), off)
        return Affine(build.add(node), element.reshape(value.shape), *parts, value.base.dtype)

    def why(self) -> str:
        """Why the values cannot be codes."""
        if not np.isfinite(self.values[self.inside]).all():
            return "gives values that are no numbers"
        if not self.sure:
            return (
                "a step lies where float32's rounding of the sum decides, so that the module"
                " itself may answer either way; make weights and scales powers of two, or move the"
                " step off the sums"
            )
        count = len(np.unique(self.values[self.inside]))
        return (
            f"its values are not quantized ({count:,} of them, no multiples of one number in"
            f" {CODE_BITS} bits); put a round, a sign or a quantizer between"
        )
