"""Nodes that put signals together: concatenation, addition, the largest, and which is largest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gen.intnet.node import (
    MOST_ELEMENTS,
    Integers,
    NetError,
    Node,
    Signal,
    code_signal,
    flag,
    integer,
)

__all__ = ["Add", "Argmax", "Concat", "Max"]


@dataclass(frozen=True, eq=False)
class Concat(Node):
    """The elements of all inputs, one after the other. Codes of several widths become codes of
    one width that holds them all; with sums among them all are sums. `size` is checked."""

    size: int = 0

    op: ClassVar[str] = "concat"
    OPTIONS = {"size": integer}
    ARITY: ClassVar[int | None] = None

    def check(self, given: Sequence[Signal]) -> None:
        total = sum(signal.size for signal in given)
        if total != self.size:
            raise NetError(f"{self.name}: size {self.size}, its inputs have {total}")
        if total > MOST_ELEMENTS:
            raise NetError(f"{self.name}: {total} elements; {MOST_ELEMENTS} at most")

    def signal(self, given: Sequence[Signal]) -> Signal:
        low = np.concatenate([signal.low for signal in given])
        high = np.concatenate([signal.high for signal in given])
        if not all(signal.bits for signal in given):
            return Signal(low, high)
        signed = any(signal.signed for signal in given)
        bits = max(signal.bits + (signed and not signal.signed) for signal in given)
        return Signal(low, high, bits, signed)

    def apply(self, given: Sequence[Integers]) -> Integers:
        return np.concatenate(given, axis=1)

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        ends = np.cumsum(sizes)
        owner = int(np.searchsorted(ends, element, side="right"))
        read = [np.zeros(0, dtype=np.int64) for _ in sizes]
        read[owner] = np.array([element - int(ends[owner]) + sizes[owner]])
        return read, Concat(self.name, self.inputs, 1)

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        starts = np.cumsum([0, *sizes])
        places = (elements - start for start in starts[:-1])
        return [at[(at >= 0) & (at < size)] for at, size in zip(places, sizes, strict=True)]


@dataclass(frozen=True, eq=False)
class Add(Node):
    """Element by element the sum of all inputs, which are of one size: residual connections."""

    size: int = 0

    op: ClassVar[str] = "add"
    OPTIONS = {"size": integer}
    ARITY: ClassVar[int | None] = None

    def check(self, given: Sequence[Signal]) -> None:
        sizes = [signal.size for signal in given]
        if set(sizes) != {self.size}:
            raise NetError(f"{self.name}: size {self.size}, its inputs have {sizes}")

    def signal(self, given: Sequence[Signal]) -> Signal:
        low = np.sum([signal.low for signal in given], axis=0)
        high = np.sum([signal.high for signal in given], axis=0)
        return self.exact(low, high, np.sum([signal.magnitude for signal in given], axis=0))

    def apply(self, given: Sequence[Integers]) -> Integers:
        total: Integers = np.sum(given, axis=0)
        return total

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        return [np.array([element]) for _ in sizes], Add(self.name, self.inputs, 1)

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        return [elements for _ in sizes]


@dataclass(frozen=True, eq=False)
class Max(Node):
    """Element i is the largest of the input's elements wiring[i]; wiring (n, k).

    Max pooling, with an element repeated where a window is smaller; one row of all scores is the
    top score.
    """

    wiring: NDArray[np.int32]

    op: ClassVar[str] = "max"
    ARRAYS: ClassVar[tuple[str, ...]] = ("wiring",)

    @property
    def size(self) -> int:
        return len(self.wiring)

    def check(self, given: Sequence[Signal]) -> None:
        self.array("wiring", (None, None))
        self.within("wiring", 0, given[0].size - 1, f"its input has {given[0].size} elements")

    def signal(self, given: Sequence[Signal]) -> Signal:
        if given[0].bits:  # A place to cut, so any code of its width: see Coded.
            return code_signal(self.size, given[0].bits, given[0].signed)
        low, high = given[0].low[self.wiring].max(axis=1), given[0].high[self.wiring].max(axis=1)
        return Signal(low, high)

    def apply(self, given: Sequence[Integers]) -> Integers:
        largest = given[0][:, self.wiring[:, 0]]
        for element in self.wiring.T[1:]:
            largest = np.maximum(largest, given[0][:, element])
        return largest

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        read = np.unique(self.wiring[element]).astype(np.int64)
        return [read], Max(self.name, self.inputs, np.arange(len(read), dtype=np.int32)[None])

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        return [np.unique(self.wiring[elements]).astype(np.int64)]


@dataclass(frozen=True, eq=False)
class Argmax(Node):
    """Index of the largest input; the lowest index wins a tie, as torch.argmax on integers, the
    highest where it takes the `last`."""

    last: bool = False

    op: ClassVar[str] = "argmax"
    OPTIONS: ClassVar[dict[str, Callable[[Any], Any]]] = {"last": flag}
    DEFAULTS: ClassVar[dict[str, Any]] = {"last": False}

    @property
    def size(self) -> int:
        return 1

    def signal(self, given: Sequence[Signal]) -> Signal:
        bits = max(1, (given[0].size - 1).bit_length())
        top = np.full(1, given[0].size - 1, dtype=np.int64)
        return Signal(np.zeros(1, dtype=np.int64), top, bits)

    def apply(self, given: Sequence[Integers]) -> Integers:
        if self.last:
            return given[0].shape[1] - 1 - given[0][:, ::-1].argmax(axis=1)
        return given[0].argmax(axis=1)

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        return [np.arange(sizes[0])], self
