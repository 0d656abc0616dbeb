"""Convolutions on integer codes: a linear layer over each window."""

from typing import TypeAlias

import torch
import torch.nn.functional as F

from gen.intnet.network import Conv
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.layers.linear import WeightedSums, product_arrays
from gen.nets.weights import LayerError, check_sizes

__all__ = ["QuantConv1d", "QuantConv2d", "Sizes", "pair_of"]

Sizes: TypeAlias = int | tuple[int, int]


def pair_of(value: Sizes, name: str = "size", least: int = 1) -> tuple[int, int]:
    """Height and width from one number for both, or from both; raises LayerError."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise LayerError(f"{name} {value!r}: one number, or two for height and width")
    for one in pair:
        check_sizes(least, **{name: one})
    return pair


class QuantConv2d(WeightedSums):
    """Codes (n, channels, height, width) to integer sums (n, filters, height, width).

    Of the weights of a filter, (channels / groups) x kernel, `fan_in` are not zero; `weights`,
    `mask` and `bias` are those of WeightedSums. `groups` = channels is a depthwise convolution.
    Padding is with code 0: the value 0, or -1 where `signs` says that the inputs are -1 and +1.
    `latent` is (filters, channels / groups * kernel height * kernel width), row-major.
    """

    dimensions = 3

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: Sizes,
        fan_in: int | None = None,
        weights: str = "ternary",
        mask: str = "learned",
        bias: bool = False,
        stride: Sizes = 1,
        padding: Sizes = 0,
        groups: int = 1,
        signs: bool = False,
    ) -> None:
        check_sizes(channels=channels, filters=filters, groups=groups)
        self_kernel = pair_of(kernel, "kernel")
        pairs = pair_of(stride, "stride"), pair_of(padding, "padding", 0)
        _check(channels, filters, groups)
        window = channels // groups * self_kernel[0] * self_kernel[1]
        super().__init__(window, filters, fan_in, weights, mask, bias)
        self.channels, self.filters, self.kernel = channels, filters, self_kernel
        (self.stride, self.padding), self.groups = pairs, groups
        self.signs = signs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tall, wide = self.padding
        if tall or wide:
            x = F.pad(x, (wide, wide, tall, tall), value=-1.0 if self.signs else 0.0)
        bias = None if self.bias is None else self.integer_bias()
        return F.conv2d(x, self.kernels(), bias, self.stride, groups=self.groups)

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """That of `latent`, and that of the weights of torch's convolution."""
        window = (self.channels // self.groups, *self.kernel[3 - self.dimensions :])
        return (*super().shapes(), (self.filters, *window))

    def kernels(self) -> torch.Tensor:
        """The integer weights (filters, channels / groups, height, width), as floats."""
        return self.codes().view(self.filters, -1, *self.kernel)


class QuantConv1d(QuantConv2d):
    """Codes (n, channels, length) to integer sums (n, filters, length); see QuantConv2d."""

    dimensions = 2

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel: int,
        fan_in: int | None = None,
        weights: str = "ternary",
        mask: str = "learned",
        bias: bool = False,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        signs: bool = False,
    ) -> None:
        super().__init__(
            channels,
            filters,
            (1, kernel),
            fan_in,
            weights,
            mask,
            bias,
            (1, stride),
            (0, padding),
            groups,
            signs,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.unsqueeze(2)).squeeze(2)


def _check(channels: int, filters: int, groups: int) -> None:
    if channels % groups or filters % groups:
        raise LayerError(f"{channels} channels and {filters} filters in {groups} groups")


@freezes(QuantConv1d, QuantConv2d)
def freeze_conv(at: Freezing, module: QuantConv2d) -> None:
    """A Conv node; one dimension is height 1."""
    at.need_integers(module)
    shape = at.need_shape(module, module.dimensions)
    if shape[0] != module.channels:
        raise at.error(f"takes {module.channels} channels, but {at.value.name!r} has shape {shape}")
    if any(module.padding) and module.signs != at.value.signs:
        raise at.error(
            f"signs is {module.signs}, but {at.value.name!r} holds"
            f" {'-1 and +1' if at.value.signs else 'codes'}: padding would be of another value"
        )
    flat, bias = product_arrays(at, module)
    node = Conv(
        at.fresh("sum"),
        (at.value.name,),
        flat.reshape(module.filters, -1, *module.kernel),
        bias,
        (shape[0], *(1,) * (3 - len(shape)), *shape[1:]),  # type: ignore[arg-type]
        module.stride,
        module.padding,
        module.groups,
    )
    at.add(node, (module.filters, *node.places[3 - len(shape) :]))
