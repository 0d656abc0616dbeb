"""Windows of pools: which places each one has, and the OR of what is there."""

from typing import Any

import numpy as np

from gen.imports.lgn.gates import ZERO

__all__ = ["POOL", "Windows", "adaptive", "pooled", "sliding"]

Windows = list[list[list[int]]]
"""For each dimension behind the channels, the places of each of its windows; the dimension's size
stands for a place outside."""
POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
"""What a pool says, in the order in which functions take it."""


def sliding(sizes: tuple[int, ...], said: dict[str, Any]) -> Windows:
    """The windows of `POOL`, as torch's MaxPool has them."""
    made, spatial = [], len(sizes)
    for at, size in enumerate(sizes):
        kernel = _each(said["kernel_size"], spatial)[at]
        stride = _each(said.get("stride") or said["kernel_size"], spatial)[at]
        padding = _each(said.get("padding", 0), spatial)[at]
        dilation = _each(said.get("dilation", 1), spatial)[at]
        ceil = said.get("ceil_mode", False)
        past = size + 2 * padding - dilation * (kernel - 1) - 1
        count = (-(-past // stride) if ceil else past // stride) + 1
        if ceil and (count - 1) * stride >= size + padding:  # A window begins within the image.
            count -= 1
        starts = [one * stride - padding for one in range(count)]
        places = [[start + dilation * k for k in range(kernel)] for start in starts]
        made.append([[one if 0 <= one < size else size for one in row] for row in places])
    return made


def adaptive(sizes: tuple[int, ...], output: Any) -> Windows:
    """The windows of which there are so many, as torch's AdaptiveMaxPool has them."""
    made = []
    for size, asked in zip(sizes, _each(output, len(sizes)), strict=True):
        out = size if asked is None else asked
        ends = [(at * size // out, -(-(at + 1) * size // out)) for at in range(out)]
        widest = max(to - since for since, to in ends)
        made.append([[min(since + k, to - 1) for k in range(widest)] for since, to in ends])
    return made


def pooled(bits: Any, windows: Windows) -> Any:
    """The OR of windows of bits (1, channels, ...)."""
    given = bits.numbers()
    given = np.pad(given, [(0, 0), (0, 0), *[(0, 1)] * len(windows)], constant_values=ZERO)
    for at, places in enumerate(windows):  # Each dimension becomes two: windows, and what is in.
        given = np.take(given, np.array(places), axis=2 + 2 * at)
    order = [0, 1, *range(2, given.ndim, 2), *range(3, given.ndim, 2)]
    given = given.transpose(order)
    return bits.any_of(given.reshape(*given.shape[: 2 + len(windows)], -1))


def _each(value: Any, count: int) -> list[Any]:
    found = list(value) if isinstance(value, tuple | list) else [value] * count
    return found if len(found) == count else found * count
