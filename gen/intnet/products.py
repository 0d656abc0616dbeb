"""Nodes that multiply codes by weights and add: linear, convolution, and integers of their bits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gen.intnet.held import WEIGHT_BITS, Held
from gen.intnet.node import MOST_ELEMENTS, Integers, NetError, Node, Signal, integer, integers, pair

__all__ = ["WORD_BITS", "Conv", "Linear", "Product", "Row", "Words"]

WORD_BITS = 16
"""Most bits of an integer that comes as bits."""

Row = tuple[NDArray[np.int64], NDArray[np.int64], int]
"""One sum: the elements it reads (ascending), their weights (none 0), and its bias."""


class Product(Node):
    """A node of weighted sums; `rows` lists them without the zeros."""

    def rows(self) -> Iterator[Row]:
        """Every sum in order."""
        raise NotImplementedError

    def row(self, element: int) -> Row:
        """One sum of `rows`."""
        raise NotImplementedError

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        elements, weights, bias = self.row(element)
        return [elements], Linear(self.name, self.inputs, weights[None], np.array([bias]))

    def check_weights(self, shape: tuple[int | None, ...]) -> None:
        """Raise NetError unless `weight` has this shape and its values up to 16 bits."""
        self.array("weight", shape)
        most = 1 << WEIGHT_BITS - 1
        self.within("weight", -most, most - 1, f"weights have up to {WEIGHT_BITS} bits")

    def signal(self, given: Sequence[Signal]) -> Signal:
        low, high, reach = np.zeros((3, self.size), np.int64)
        for at, (element, weight, bias) in enumerate(self.rows()):
            ends = weight * given[0].low[element], weight * given[0].high[element]
            low[at] = np.minimum(*ends).sum() + bias
            high[at] = np.maximum(*ends).sum() + bias
            reach[at] = (abs(weight) * given[0].magnitude[element]).sum() + abs(bias)
        return self.exact(low, high, reach)


@dataclass(frozen=True, eq=False)
class Linear(Product):
    """Sums = weight @ input + bias; weight (out, in), bias (out,)."""

    weight: Held
    bias: NDArray[np.int32]

    op: ClassVar[str] = "linear"
    ARRAYS: ClassVar[tuple[str, ...]] = ("weight", "bias")
    SMALL: ClassVar[tuple[str, ...]] = ("weight",)

    @property
    def size(self) -> int:
        return len(self.weight)

    def check(self, given: Sequence[Signal]) -> None:
        self.check_weights((None, given[0].size))
        self.array("bias", (self.size,))

    def rows(self) -> Iterator[Row]:
        return map(self.row, range(self.size))

    def row(self, element: int) -> Row:
        row = self.weight[element]
        read = row.nonzero()[0]
        return read, row[read].astype(np.int64), int(self.bias[element])

    def reads(self, elements: Integers, sizes: Sequence[int]) -> list[Integers]:
        return [np.flatnonzero(self.weight[elements].any(axis=0))]

    def signal(self, given: Sequence[Signal]) -> Signal:
        # float64 is exact here, and much faster than integer products.
        weight = self.weight.astype(np.float64)
        up, down = weight * (weight > 0), weight * (weight < 0)
        low = up @ given[0].low + down @ given[0].high + self.bias
        high = up @ given[0].high + down @ given[0].low + self.bias
        reach = np.abs(weight) @ given[0].magnitude + np.abs(self.bias.astype(np.int64))
        return self.exact(*(ends.astype(np.int64) for ends in (low, high, reach)))

    def apply(self, given: Sequence[Integers]) -> Integers:
        sums = given[0].astype(np.float64) @ self.weight.T.astype(np.float64)
        return sums.astype(np.int64) + self.bias


@dataclass(frozen=True, eq=False)
class Conv(Product):
    """A convolution (cross-correlation) over `shape` = (channels, height, width), row-major.

    weight (out, channels / groups, kernel height, kernel width), bias (out,). Sums are
    (out, height, width), row-major. `padding` adds rows and columns of code 0 on both sides. One
    dimension is height 1.
    """

    weight: Held
    bias: NDArray[np.int32]
    shape: tuple[int, int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1

    op: ClassVar[str] = "conv"
    ARRAYS: ClassVar[tuple[str, ...]] = ("weight", "bias")
    SMALL: ClassVar[tuple[str, ...]] = ("weight",)
    OPTIONS = {
        "shape": lambda value: integers(value, 3),
        "stride": pair,
        "padding": pair,
        "groups": integer,
    }

    @property
    def size(self) -> int:
        return len(self.weight) * self.places[0] * self.places[1]

    @property
    def places(self) -> tuple[int, int]:
        """Height and width of the result."""
        high, wide = (
            (n + 2 * pad - kernel) // step + 1
            for n, pad, kernel, step in zip(
                self.shape[1:], self.padding, self.weight.shape[2:], self.stride, strict=True
            )
        )
        return high, wide

    def check(self, given: Sequence[Signal]) -> None:
        if len(self.shape) != 3 or int(np.prod(self.shape)) != given[0].size:
            raise NetError(f"{self.name}: shape {self.shape}, but its input has {given[0].size}")
        if min(*self.stride, self.groups) < 1 or min(self.padding) < 0:
            raise NetError(
                f"{self.name}: stride {self.stride}, padding {self.padding}, groups {self.groups}:"
                " of these strides and groups are at least 1, padding at least 0"
            )
        if self.shape[0] % self.groups:
            raise NetError(f"{self.name}: {self.shape[0]} channels in {self.groups} groups")
        self.check_weights((None, self.shape[0] // self.groups, None, None))
        self.array("bias", (len(self.weight),))
        if len(self.weight) % self.groups:
            raise NetError(f"{self.name}: {len(self.weight)} filters in {self.groups} groups")
        if min(self.places) < 1:
            raise NetError(
                f"{self.name}: a kernel of {self.weight.shape[2:]} does not fit {self.shape[1:]}"
            )
        if self.size > MOST_ELEMENTS:
            raise NetError(f"{self.name}: {self.size} sums; {MOST_ELEMENTS} at most")
        if max(*self.stride, *self.padding) > MOST_ELEMENTS:
            raise NetError(
                f"{self.name}: stride {self.stride}, padding {self.padding}: {MOST_ELEMENTS} at"
                " most"
            )

    @cached_property
    def windows(self) -> NDArray[np.int64]:
        """Elements of channel 0 under the kernel, int64 (places, kernel), -1 where padded."""
        (high, wide), (rows, columns) = self.places, self.weight.shape[2:]
        y = np.arange(high)[:, None] * self.stride[0] + np.arange(rows) - self.padding[0]
        x = np.arange(wide)[:, None] * self.stride[1] + np.arange(columns) - self.padding[1]
        inside = (y >= 0) & (y < self.shape[1])
        inside_x = (x >= 0) & (x < self.shape[2])
        place = y[:, None, :, None] * self.shape[2] + x[None, :, None, :]
        real = inside[:, None, :, None] & inside_x[None, :, None, :]
        return np.where(real, place, -1).reshape(high * wide, rows * columns)

    def rows(self) -> Iterator[Row]:
        return map(self.row, range(self.size))

    def row(self, element: int) -> Row:
        out, at = divmod(element, len(self.windows))
        plane, per_group = self.shape[1] * self.shape[2], self.weight.shape[1]
        first = out // (len(self.weight) // self.groups) * per_group
        kernel, window = self.weight[out].reshape(per_group, -1), self.windows[at]
        channel, place = np.nonzero((kernel != 0) & (window >= 0))
        read = (first + channel) * plane + window[place]
        return read, kernel[channel, place].astype(np.int64), int(self.bias[out])

    def apply(self, given: Sequence[Integers]) -> Integers:
        count, plane = len(given[0]), self.shape[1] * self.shape[2]
        padded = np.zeros((count, self.groups, self.weight.shape[1], plane + 1))
        padded[..., :-1] = given[0].reshape(count, self.groups, -1, plane)
        size = self.weight.shape[1], self.windows.shape[1]
        kernels = self.weight.reshape(self.groups, -1, *size)
        sums = np.zeros((count, self.groups, kernels.shape[1], len(self.windows)))
        for at, window in enumerate(self.windows.T):
            # float64 is exact below 2**53, and its products are much faster.
            sums += kernels[..., at].astype(np.float64) @ padded[..., window]
        flat = sums.reshape(count, len(self.weight), -1) + self.bias[:, None]
        return flat.reshape(count, -1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Words(Product):
    """Integers whose bits are elements of the input, lowest first: element i is made of the
    `width[i]` elements from `first[i]` on, in two's complement where `signed[i]` is 1.

    `first`, `width` and `signed` (n,). A width of 0 gives 0 and reads nothing.
    """

    first: NDArray[np.int32]
    width: Held
    signed: Held

    op: ClassVar[str] = "words"
    ARRAYS: ClassVar[tuple[str, ...]] = ("first", "width", "signed")
    SMALL: ClassVar[tuple[str, ...]] = ("width", "signed")

    @property
    def size(self) -> int:
        return len(self.first)

    def check(self, given: Sequence[Signal]) -> None:
        self.array("first", (None,))
        self.array("width", (self.size,))
        self.array("signed", (self.size,))
        if given[0].bits != 1 or given[0].signed:
            raise NetError(
                f"{self.name}: an integer's bits are unsigned codes of 1 bit, its input"
                f" {self.inputs[0]!r} has others"
            )
        self.within("width", 0, WORD_BITS, f"an integer has up to {WORD_BITS} bits")
        self.within("signed", 0, 1, "it is 0 or 1")
        ends = self.first.astype(np.int64) + self.width
        wrong = np.flatnonzero((self.first < 0) | (ends > given[0].size))
        if len(wrong):
            at = int(wrong[0])
            raise NetError(
                f"{self.name}[{at}]: bits {self.first[at]} to {ends[at] - 1} of an input that has"
                f" {given[0].size}"
            )

    def rows(self) -> Iterator[Row]:
        return map(self.row, range(self.size))

    def row(self, element: int) -> Row:
        width = int(self.width[element])
        weights = np.int64(1) << np.arange(width, dtype=np.int64)
        if self.signed[element]:
            weights[-1:] *= -1
        return int(self.first[element]) + np.arange(width), weights, 0

    def apply(self, given: Sequence[Integers]) -> Integers:
        values = np.zeros((len(given[0]), self.size), np.int64)
        for place in range(int(self.width.max(initial=0))):
            has = np.flatnonzero(self.width > place)
            top = (self.signed[has] == 1) & (self.width[has] == place + 1)
            values[:, has] += given[0][:, self.first[has] + place] * np.where(top, -1, 1) << place
        return values

    def part(self, element: int, sizes: Sequence[int]) -> tuple[list[Integers], Node]:
        elements = self.row(element)[0]
        one = (self.width[[element]], self.signed[[element]])
        return [elements], Words(self.name, self.inputs, np.zeros(1, np.int32), *one)
