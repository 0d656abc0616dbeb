"""Tensors as integers: those of a signal, where values lie on a line, else new codes for them."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gen.imports.folding import NEAR, common_unit, near_unit
from gen.imports.module.build import Build, Refused
from gen.imports.module.value import Affine, Floats, Value, tabulated
from gen.intnet.held import CODE_BITS
from gen.intnet.lookups import step_arrays
from gen.intnet.network import Integers, Levels

__all__ = ["integers", "width_of"]

Coding: TypeAlias = tuple[int, Callable[[], Affine]]
"""How many bits codes have, and what makes them."""

MOST_VALUES = 1 << 31
MOST_APART = 1 << 12
"""Groups of elements that may have codes of a unit of their own."""


def width_of(codes: Integers | Floats) -> tuple[int, bool]:
    """Bits that hold all of these whole numbers, and whether one of them is the sign's."""
    low, high = int(codes.min()), int(codes.max())
    signed = low < 0
    return max(1, high.bit_length(), (~low).bit_length() if signed else 0) + signed, signed


def integers(build: Build, value: Value, zero: bool = False) -> Affine:
    """The tensor as integers; with `zero` value 0 is integer 0. Raises Refused."""
    key = id(value), zero
    if key not in build.made:
        build.made[key] = value, _integers(build, value, zero)
    return build.made[key][1]


def _integers(build: Build, value: Value, zero: bool) -> Affine:
    if value.step is None:
        affine = _taken(value)
        if not (zero and affine.offset.any()):
            return affine
    table = _Table(build, value)
    straight = table.straight(exact=True)
    if straight and not (zero and straight.offset.any()):
        return straight
    coded = table.coded(common_unit, zero) or table.coded(near_unit, zero) or table.apart()
    straight = straight or table.straight(exact=False)
    if coded or (straight and not (zero and straight.offset.any())):
        return coded or straight  # type: ignore[return-value]
    raise Refused(table.why())


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
        fits = self._few(found, zero) if self.sure else []
        return min(fits, key=lambda one: one[0])[1]() if fits else None

    def apart(self) -> Affine | None:
        """New codes for values that are multiples of a number of their own in each group."""
        if not 1 < len(self.ends[0]) <= MOST_APART or not self.sure:
            return None
        units = np.ones(len(self.ends[0]))
        whole = np.zeros(self.values.shape)
        for at, column in enumerate(self.values.T):
            inside = self.inside[:, at]
            if not np.isfinite(column[inside]).all():
                return None
            units[at] = common_unit(column[inside]) or 1.0
            if np.abs(column[inside]).max() >= units[at] * (1 << CODE_BITS):
                units[at] = near_unit(column[inside]) or 1.0
            whole[inside, at] = np.rint(column[inside] / units[at])
        off = np.abs(np.where(self.inside, self.values - whole * units, 0)).max(0)
        if (off > NEAR * np.abs(self.values).max(0)).any():
            return None
        bits, signed = width_of(whole)
        if bits > CODE_BITS:
            return None
        codes = whole.astype(np.int64)
        known = self._known(codes)
        node, element = self._node(codes, bits, signed)
        scale, error = units[self.group], off[self.group]
        return Affine(node, element, scale, np.zeros(()), error, self.value.base.dtype, 1, known)

    def _known(self, codes: Integers) -> tuple[int, Floats]:
        """The least code, and the values (codes, ...) that elements have of each from it on,
        infinite ones where they have none."""
        low, groups = int(codes.min()), codes.shape[1]
        floats = np.full((int(codes.max()) - low + 1, groups), np.inf)
        place, at = np.nonzero(self.inside)
        floats[codes[place, at] - low, at] = self.values[place, at]
        if groups == 1:
            return low, floats.reshape(-1, *[1] * len(self.value.shape))
        return low, floats[:, self.group]

    def _few(self, found: Callable[[Floats], float], zero: bool = False) -> list[Coding]:
        """Ways to code the values, without the offset and with it."""
        values = np.unique(self.values[self.inside])
        if len(values) > 1 << CODE_BITS or not np.isfinite(values).all():
            return []
        fitting = (self._codes(found, values, one) for one in ([0.0] if zero else [0.0, values[0]]))
        return [one for one in fitting if one is not None]

    def _codes(
        self, found: Callable[[Floats], float], values: Floats, offset: float
    ) -> Coding | None:
        """How many bits the codes have without this offset, and what makes them."""
        unit = found(values - offset) or 1.0
        whole = np.rint((values - offset) / unit)
        off = float(np.abs(values - offset - whole * unit).max())
        if off > NEAR * np.abs(values).max() or np.abs(whole).max() >= 1 << CODE_BITS:
            return None
        bits, signed = width_of(whole)
        if bits > CODE_BITS:
            return None
        return bits, lambda: self._levels(unit, offset, off, bits, signed)

    def _levels(self, unit: float, offset: float, off: float, bits: int, signed: bool) -> Affine:
        filled = np.where(self.inside, self.values, offset)
        codes = np.rint((filled - offset) / unit).astype(np.int64)
        known = self._known(codes) if off else None
        node, element = self._node(codes, bits, signed)
        parts = np.full((), unit), np.full((), offset), np.full((), off)
        return Affine(node, element, *parts, self.value.base.dtype, 1, known)

    def _node(self, codes: Integers, bits: int, signed: bool) -> tuple[str, Integers]:
        """A node of step functions that gives the codes (k, r), and the tensor's elements of it."""
        edges, table = step_arrays(self.integers, codes, *self.ends)
        value, build = self.value, self.build
        self._say()
        group, element = self.group.reshape(-1), value.element.reshape(-1)
        name, size = value.base.signal, build.signals[value.base.signal].size
        if len(np.unique(element)) < len(element):
            name = build.whole(Affine.plain(name, element))
            size, element = len(element), np.arange(len(element))
        rows = np.full(size, -1)
        rows[element] = group
        edges, table = edges[rows], np.where(rows[:, None] < 0, 0, table[rows])
        node = Levels(build.fresh("codes"), (name,), edges, table, bits=bits, signed=signed)
        return build.add(node), element.reshape(value.shape)

    def _say(self) -> None:
        """Note how many sums are so near a step that rounding them might decide."""
        terms = self.value.base.terms
        if len(self.near) > 1 and terms > 1:
            far = [self._at(-1.0 * terms), self._at(1.0 * terms)]
            off = np.logical_or(*(one != self.values for one in far)) & self.inside
            if off.any():
                self.build.notes.append(
                    f"{self.build.place}: at {int(off.sum()):,} of {int(self.inside.sum()):,} sums"
                    " a step is so near that float32's rounding might decide; their exact values do"
                )

    def why(self) -> str:
        """Why the values cannot be codes."""
        if not np.isfinite(self.values[self.inside]).all():
            return "reads values that are no numbers"
        if not self.sure and (self._few(common_unit) or self._few(near_unit)):
            return (
                "reads values with a step where float32's rounding of a sum decides, so that the"
                " module itself may answer either way; make weights and scales powers of two, or"
                " move the step off the sums"
            )
        count = len(np.unique(self.values[self.inside]))
        return (
            f"reads values that are not quantized ({count:,} of them, no multiples of one number in"
            f" {CODE_BITS} bits); put a round, a sign or a quantizer between"
        )
