"""Pooling: the largest, the sum or the average of a window."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.intnet.network import Conv, Max
from gen.nets.layers.conv import Sizes, pair_of
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.layers.norm import SumScale

__all__ = ["AvgPool2d", "SumPool2d"]


class SumPool2d(nn.Module):
    """Codes (n, channels, height, width) to the integer sums of windows; no padding.

    `stride` None is the size. A window that does not fit at the end is left out.
    """

    def __init__(self, size: Sizes, stride: Sizes | None = None) -> None:
        super().__init__()
        self.size = pair_of(size)
        self.stride = self.size if stride is None else pair_of(stride, "stride")

    @property
    def area(self) -> int:
        return self.size[0] * self.size[1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.avg_pool2d(x, self.size, self.stride, divisor_override=1)


class AvgPool2d(SumPool2d):
    """The sum of each window times 1/area. An activation must follow: an average is no integer."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * (1 / self.area)


@freezes(SumPool2d)
def freeze_sum_pool(at: Freezing, module: SumPool2d) -> None:
    """A depthwise convolution with ones; over -1/+1 values with twos, less the area."""
    at.need_integers(module)
    shape = at.need_shape(module, 3)
    if module.size[0] > shape[1] or module.size[1] > shape[2]:
        raise at.error(f"windows of {module.size}, but {at.value.name!r} has shape {shape}")
    scale, bias = (2, -module.area) if at.value.signs else (1, 0)
    node = Conv(
        at.fresh("sum"),
        (at.value.name,),
        np.full((shape[0], 1, *module.size), scale, np.int8),
        np.full(shape[0], bias, np.int32),
        shape,  # type: ignore[arg-type]
        module.stride,
        groups=shape[0],
    )
    at.add(node, (shape[0], *node.places))


@freezes(AvgPool2d)
def freeze_avg_pool(at: Freezing, module: AvgPool2d) -> None:
    """The sums, which wait with the factor for the activation."""
    freeze_sum_pool(at, module)
    at.wait(SumScale(1 / module.area).eval())


@freezes(nn.MaxPool1d, nn.MaxPool2d)
def freeze_max_pool(at: Freezing, module: nn.MaxPool1d | nn.MaxPool2d) -> None:
    """A Max node, the OR for bits. Padding never wins, so a window at the edge is a smaller one."""
    at.need_integers(module)
    flat = isinstance(module, nn.MaxPool1d)
    shape = at.need_shape(module, 2 if flat else 3)
    if module.ceil_mode or module.return_indices:
        raise at.error(f"a {type(module).__name__} with ceil_mode or return_indices")
    _check_windows(at, module, shape, flat)
    places = torch.arange(at.signal.size, dtype=torch.float64).view(1, *shape)
    windows = _windows(places if not flat else places.unsqueeze(2), module, flat)
    high, wide = windows.shape[1:3]
    wiring = windows.reshape(shape[0] * high * wide, -1).numpy().astype(np.int32)
    own = wiring.max(1, keepdims=True)
    node = Max(at.fresh(""), (at.value.name,), np.where(wiring < 0, own, wiring))
    at.add(node, (shape[0], *((wide,) if flat else (high, wide))), at.value.signs)


def _check_windows(
    at: Freezing, module: nn.MaxPool1d | nn.MaxPool2d, shape: tuple[int, ...], flat: bool
) -> None:
    """Raise FreezeError for windows that there cannot be, or that do not fit."""
    least = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}
    said = ", ".join(f"{name} {getattr(module, name)}" for name in least)
    what = f"a {type(module).__name__} of {said}"
    for name, smallest in least.items():
        value = getattr(module, name)
        given = value if isinstance(value, (tuple, list)) else (value,) * (1 if flat else 2)
        whole = all(type(n) is int and n >= smallest for n in given)
        if not whole or len(given) != (1 if flat else 2):
            raise at.error(f"{what}: {name} is at least {smallest}, one number or one for each way")
    size, _, padding, dilation = (
        _sizes(getattr(module, name), flat, smallest) for name, smallest in least.items()
    )
    for have, n, pad, gap in zip((1, *shape)[-2:], size, padding, dilation, strict=True):
        if 2 * pad > n:
            raise at.error(f"{what}: padding is at most half the kernel")
        if gap * (n - 1) + 1 > have + 2 * pad:
            raise at.error(f"{what}: a window does not fit {at.value.name!r} of shape {shape}")


def _windows(places: torch.Tensor, module: nn.MaxPool1d | nn.MaxPool2d, flat: bool) -> torch.Tensor:
    """Elements under each window (channels, height, width, size), -1 where padded."""
    size = _sizes(module.kernel_size, flat, 1)
    stride = _sizes(module.stride, flat, 1)
    padding = _sizes(module.padding, flat, 0)
    dilation = _sizes(module.dilation, flat, 1)
    images = F.pad(places, (padding[1], padding[1], padding[0], padding[0]), value=-1.0)[0]
    reach = [gap * (n - 1) + 1 for gap, n in zip(dilation, size, strict=True)]
    rows = range(0, images.shape[1] - reach[0] + 1, stride[0])
    columns = range(0, images.shape[2] - reach[1] + 1, stride[1])
    picked = [
        images[:, y : y + reach[0] : dilation[0], x : x + reach[1] : dilation[1]]
        for y in rows
        for x in columns
    ]
    return torch.stack(picked, 1).flatten(2).unflatten(1, (len(rows), len(columns)))


def _sizes(value: int | tuple[int, ...], flat: bool, first: int) -> tuple[int, int]:
    """Height and width of a setting; one dimension has `first` for the height."""
    given = (value,) if isinstance(value, int) else tuple(value)
    return (first, given[0]) if flat else (given[0], given[-1])
