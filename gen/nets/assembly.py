"""Putting a recipe's modules together, one after the other, with the shape that has come about."""

from collections import OrderedDict

import torch
from torch import nn

from gen.nets.layers import (
    Activation,
    SignActivation,
    SignedActivation,
    SumNorm,
    UnsignedActivation,
)
from gen.nets.toml import kinds
from gen.nets.weights import LayerError

__all__ = ["Assembly", "FloatRecurrent"]

Shape = tuple[int, ...]


class Assembly:
    """Modules by name, and the shape after them: (features,) or (channels, height, width).

    `pixels` is height, width and bits of each pixel where the input is an image: bit j of pixel
    (y, x) is input (y * width + x) * bits + j. `signs` says that values are -1 and +1, `bits` that
    they are 0 and 1. Without `quantized` it is the float twin that is put together.
    """

    def __init__(
        self, shape: Shape, pixels: tuple[int, int, int] | None = None, quantized: bool = True
    ) -> None:
        self.modules: OrderedDict[str, nn.Module] = OrderedDict()
        self.shape, self.pixels, self.quantized = shape, pixels, quantized
        self.signs, self.bits = False, True

    def put(self, name: str, module: nn.Module, shape: Shape) -> None:
        """Add a module that makes this shape."""
        self.modules[name] = module
        self.shape, self.pixels = shape, None

    def branch(self) -> "Assembly":
        """An assembly that goes on from here, with no module yet."""
        other = Assembly(self.shape, self.pixels, self.quantized)
        other.signs, other.bits = self.signs, self.bits
        return other

    def flat(self, name: str) -> int:
        """Make the shape a vector; its size."""
        if len(self.shape) > 1:
            size = self.shape[0] * self.shape[1] * self.shape[2]
            self.put(f"{name}_flat", nn.Flatten(), (size,))
        return self.shape[0]

    def image(self, name: str) -> int:
        """Make the shape an image; how many bits of a pixel then lie side by side in its rows.

        The encoder's bits of a pixel follow each other, so as an image (channels, height, width)
        they would have to be permuted. Instead a row is width * bits wide and a kernel covers and
        steps over whole pixels: the same convolution, without a permutation.
        """
        if len(self.shape) == 3:
            return 1
        if self.pixels is None:
            raise LayerError(f"needs an image, but gets {self.shape[0]} values without rows")
        high, wide, bits = self.pixels
        shape = 1, high, wide * bits
        self.put(f"{name}_image", nn.Unflatten(1, shape), shape)
        return bits

    def activate(self, layer: kinds.Activated, name: str) -> None:
        """Norm and activation of a layer, per feature or channel."""
        norm = SumNorm if self.quantized else _float_norm(self.shape)
        self.put(f"{name}_norm", norm(self.shape[0]), self.shape)
        self.put(name, _activation(layer) if self.quantized else nn.ReLU(), self.shape)
        self.signs = self.quantized and layer.activation == "sign"
        self.bits = layer.activation == "unsigned" and layer.activation_bits == 1

    def need_bits(self, kind: str) -> None:
        """Raise LayerError where values come in that are not 0 or 1."""
        if not self.bits and self.quantized:
            raise LayerError(
                f"a {kind} reads bits 0 and 1; the layer before it gives other values: let it have"
                ' activation = "unsigned" and activation_bits = 1'
            )


def _float_norm(shape: Shape) -> type[nn.Module]:
    return nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d


def _activation(layer: kinds.Activated) -> Activation:
    if layer.activation == "sign":
        return SignActivation()
    kind = SignedActivation if layer.activation == "signed" else UnsignedActivation
    return kind(layer.activation_bits)


class FloatRecurrent(nn.Module):
    """The library's RNN or GRU over the steps of samples (n, steps * width): its last output, or
    with `sequence` all of them, (n, steps * units)."""

    def __init__(
        self, kind: str, width: int, units: int, steps: int, sequence: bool = False
    ) -> None:
        super().__init__()
        self.steps, self.sequence = steps, sequence
        self.body = (nn.GRU if kind == "gru" else nn.RNN)(width, units, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.body(x.unflatten(1, (self.steps, -1)))[0]
        return found.flatten(1) if self.sequence else found[:, -1]
