"""What every node of an integer network has, and what is known of the signals between them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.errors import SmeltError
from gen.intnet.held import CODE_BITS, HELD, held, some_of, wrong_width

__all__ = [
    "EXACT",
    "MOST_ELEMENTS",
    "Integers",
    "NetError",
    "Node",
    "Signal",
    "code_range",
    "code_signal",
    "flag",
    "integer",
    "integers",
    "pair",
]

Integers: TypeAlias = NDArray[np.int64]

EXACT = 1 << 24
"""Sums stay below this, so that float32 holds them exactly."""

MOST_ELEMENTS = 1 << 22
"""A signal of more elements than this is refused before anything of its size is made."""


class NetError(SmeltError):
    """An integer network is inconsistent, or not a network at all."""


@dataclass(frozen=True, eq=False)
class Signal:
    """A vector of integers: lowest and highest value of each element, int64 (size,).

    `bits` is the width where the elements are codes, two's complement if `signed`; 0 where they
    are sums, of no declared width.
    """

    low: Integers
    high: Integers
    bits: int = 0
    signed: bool = False

    @property
    def size(self) -> int:
        return len(self.low)

    @property
    def magnitude(self) -> Integers:
        """The greatest magnitude of each element."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def width(self) -> int:
        """Bits that hold every element: those of codes, for sums those of two's complement."""
        if self.bits:
            return self.bits
        ends = int(self.low.min()), int(self.high.max())
        return 1 + max((n if n >= 0 else ~n).bit_length() for n in ends)


def code_range(n: int, bits: int, signed: bool) -> tuple[Integers, Integers]:
    """Lowest and highest of n codes of `bits` bits."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    return np.full(n, low, dtype=np.int64), np.full(n, high, dtype=np.int64)


def code_signal(n: int, bits: int, signed: bool) -> Signal:
    """A signal of n codes, any of their width."""
    return Signal(*code_range(n, bits, signed), bits, signed)


@dataclass(frozen=True, eq=False)
class Node(ABC):
    """One operation: `inputs` name the signals it reads.

    `op` is its name in files, `ARRAYS` and `OPTIONS` are what a file holds of it beside name and
    inputs (the option's value says how JSON becomes it), `DEFAULTS` those options that may be left
    out, `ARITY` how many signals it reads (None: one or more). Arrays named in `SMALL` are held in
    the least type that holds their values, others as int32, whatever integers they are made of.
    """

    name: str
    inputs: tuple[str, ...]

    op: ClassVar[str]
    ARRAYS: ClassVar[tuple[str, ...]] = ()
    SMALL: ClassVar[tuple[str, ...]] = ()
    OPTIONS: ClassVar[dict[str, Callable[[Any], Any]]] = {}
    DEFAULTS: ClassVar[dict[str, Any]] = {}
    ARITY: ClassVar[int | None] = 1

    def __post_init__(self) -> None:
        for what in self.ARRAYS:
            object.__setattr__(self, what, held(getattr(self, what), small=what in self.SMALL))

    @property
    @abstractmethod
    def size(self) -> int:
        """How many elements it gives."""

    @abstractmethod
    def signal(self, given: Sequence[Signal]) -> Signal:
        """What it gives, for signals that passed `check`."""

    @abstractmethod
    def apply(self, given: Sequence[Integers]) -> Integers:
        """Its values int64 (vectors, size) for those of its inputs."""

    @abstractmethod
    def part(self, element: int, sizes: Sequence[int]) -> "tuple[list[Integers], Node]":
        """The elements of each input that one element reads, and a node that gives it of them.

        `sizes` are those of the inputs.
        """

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        """The elements of each input, ascending, that any of these elements depends on.

        `sizes` are those of the inputs.
        """
        found: list[set[int]] = [set() for _ in sizes]
        for element in elements.tolist():
            for own, read in zip(found, self.part(element, sizes)[0], strict=True):
                own.update(read.tolist())
        return [np.array(sorted(own), dtype=np.int64) for own in found]

    def check(self, given: Sequence[Signal]) -> None:
        """Raise NetError where it cannot read these signals, or holds what it must not."""
        del given  # A node without arrays of its own reads anything.

    def array(self, what: str, shape: tuple[int | None, ...], empty: bool = False) -> None:
        """Raise NetError unless the array is of integers, has this shape (None: any size), and
        elements; where it may be `empty`, rows."""
        found: NDArray[Any] = getattr(self, what)
        fits = len(shape) == found.ndim and all(
            n in (m, None) for n, m in zip(shape, found.shape, strict=True)
        )
        if not fits:
            expected = ", ".join("*" if n is None else str(n) for n in shape)
            raise NetError(
                f"{self.name}: {what} of shape {found.shape}, expected"
                f" ({expected}{',' * (len(shape) == 1)})"
            )
        self.dtype(what)
        if not found.size and not (empty and len(found)):
            raise NetError(f"{self.name}: {what} is empty, of shape {found.shape}")

    def dtype(self, what: str) -> None:
        """Raise NetError unless the array is of integers that int32 holds."""
        found: NDArray[Any] = getattr(self, what)
        if found.dtype.kind not in "iu":
            raise NetError(f"{self.name}: {what} is {found.dtype}, expected integers")
        if found.dtype not in HELD:
            self.within(what, -(1 << 31), (1 << 31) - 1, "it has to fit int32")

    def within(self, what: str, low: int, high: int, why: str) -> None:
        """Raise NetError at the first value of an array outside low..high."""
        found: NDArray[Any] = getattr(self, what)
        wrong = np.argwhere((found < low) | (found > high))
        if len(wrong):
            place = wrong[0].tolist()
            raise NetError(f"{self.name}: {what}{place} is {found[tuple(place)]}; {why}")

    def exact(self, low: Integers, high: Integers, reach: Integers) -> Signal:
        """The sums of these ranges; NetError where adding one up is too much for float32.

        `reach` is the sum of every term's greatest magnitude, which no partial sum exceeds.
        """
        worst = int(reach.argmax())
        if int(reach[worst]) >= EXACT:
            raise NetError(f"{self.name}[{worst}]: sums reach {EXACT}; float32 would round them")
        return Signal(low, high)


def integer(value: Any) -> int:
    """An integer from JSON; TypeError for anything else."""
    if type(value) is not int:
        raise TypeError(f"{value!r}, expected an integer")
    return value


def flag(value: Any) -> bool:
    """true or false from JSON; TypeError for anything else."""
    if type(value) is not bool:
        raise TypeError(f"{value!r}, expected true or false")
    return value


def integers(value: Any, count: int) -> tuple[int, ...]:
    """A list of so many integers from JSON; TypeError for anything else."""
    if type(value) is not list or [type(one) for one in value] != [int] * count:
        raise TypeError(f"{value!r}, expected a list of {count} integers")
    return tuple(value)


def pair(value: Any) -> tuple[int, int]:
    """Two integers from JSON."""
    first, second = integers(value, 2)
    return first, second


@dataclass(frozen=True, eq=False)
class Coded(Node):
    """A node whose elements are codes of `bits` bits, two's complement where `signed`."""

    bits: int = field(default=1, kw_only=True)
    signed: bool = field(default=False, kw_only=True)

    OPTIONS: ClassVar[dict[str, Callable[[Any], Any]]] = {"bits": integer, "signed": flag}

    def check_codes(self, what: str) -> None:
        """Raise NetError where the width is not 1 to 16, or a code of array `what` exceeds it."""
        if wrong_width(self.bits):
            raise NetError(f"{self.name}: codes of {self.bits} bits; 1 to {CODE_BITS} are allowed")
        low, high = code_range(1, self.bits, self.signed)
        found: NDArray[Any] = getattr(self, what)
        wrong = (found < low) | (found > high)
        if wrong.any():
            row = int(np.flatnonzero(wrong.any(axis=1))[0])
            raise NetError(
                f"{self.name}[{row}]: codes {some_of(found[row])} do not fit {self.bits} bits"
                f" ({'signed' if self.signed else 'unsigned'})"
            )

    def signal(self, given: Sequence[Signal]) -> Signal:
        # All codes of its width, given or not: where a graph is cut, activations are free.
        return code_signal(self.size, self.bits, self.signed)
