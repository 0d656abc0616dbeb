"""Windows of convolutions and pools: what a node's attributes say of kernel, stride and padding."""

from dataclasses import dataclass

import numpy as np
from onnx import NodeProto

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.kernel import attributes, label
from gen.intnet.node import Integers

__all__ = ["Windows", "image", "windows_of"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """Kernel, stride, dilation, and padding before and after, each (down, right); `ceil` where a
    last window may reach over the edge."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair
    after: Pair
    ceil: bool = False

    @property
    def extent(self) -> Pair:
        """The kernel with its holes."""
        down, right = ((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))
        return down, right

    def places(self, size: Pair) -> Pair:
        """How many windows an image of this size has."""
        found = []
        for n, k, s, b, a in zip(
            size, self.extent, self.stride, self.before, self.after, strict=True
        ):
            room = n + b + a - k
            count = (-(-room // s) if self.ceil else room // s) + 1
            # A window must not begin in the padding behind the image.
            found.append(count - (self.ceil and (count - 1) * s >= n + b))
        return found[0], found[1]

    def elements(self, size: Pair) -> Integers:
        """Places of one channel under each window, int64 (windows, kernel), -1 outside."""
        high, wide = self.places(size)
        y = _along(high, self.stride[0], self.kernel[0], self.dilation[0], self.before[0])
        x = _along(wide, self.stride[1], self.kernel[1], self.dilation[1], self.before[1])
        inside = ((y >= 0) & (y < size[0]))[:, None, :, None]
        inside = inside & ((x >= 0) & (x < size[1]))[None, :, None, :]
        place = y[:, None, :, None] * size[1] + x[None, :, None, :]
        return np.where(inside, place, -1).reshape(high * wide, -1)


def _along(count: int, stride: int, kernel: int, dilation: int, before: int) -> Integers:
    first = np.arange(count)[:, None] * stride - before
    return first + np.arange(kernel) * dilation


def image(node: NodeProto, tensor: Tensor) -> tuple[int, int, int]:
    """Channels, height and width of a tensor (1, channels, height, width), or of one dimension."""
    shape = tensor.shape
    if len(shape) not in (3, 4) or shape[0] != 1:
        raise ImportRefused(
            f"{label(node)}: reads a tensor of shape {shape}; a batch of 1 with channels and one or"
            " two dimensions is read"
        )
    return (shape[1], 1, shape[2]) if len(shape) == 3 else (shape[1], shape[2], shape[3])


def windows_of(node: NodeProto, tensor: Tensor, kernel: tuple[int, ...] = ()) -> Windows:
    """What the attributes say; `kernel` is that of the weights, where there are any."""
    said, dims = attributes(node), tensor.source.ndim - 2
    size = image(node, tensor)[1:]

    def pair(name: str, default: int) -> Pair:
        found = [int(one) for one in said.get(name) or [default] * dims]
        if len(found) != dims or not all(1 <= one <= 1 << 16 for one in found):
            raise ImportRefused(f"{label(node)}: {name} {found}; {dims} numbers from 1 are read")
        return (1, found[0]) if dims == 1 else (found[0], found[1])

    own = (1, *kernel) if len(kernel) == 1 else kernel
    spread = (own[0], own[1]) if own else pair("kernel_shape", 0)
    stride, dilation = pair("strides", 1), pair("dilations", 1)
    pads = [int(one) for one in said.get("pads") or [0] * (2 * dims)]
    if len(pads) != 2 * dims or not all(0 <= one <= 1 << 16 for one in pads):
        raise ImportRefused(f"{label(node)}: pads {pads}; {2 * dims} numbers from 0 are read")
    pads = [0, pads[0], 0, pads[1]] if dims == 1 else pads
    made = Windows(
        spread,
        stride,
        dilation,
        (pads[0], pads[1]),
        (pads[2], pads[3]),
        bool(said.get("ceil_mode")),
    )
    made = _automatic(node, str(said.get("auto_pad", "NOTSET")), made, size)
    if min(made.places(size)) < 1:
        raise ImportRefused(f"{label(node)}: a kernel of {made.kernel} does not fit {size}")
    return made


def _automatic(node: NodeProto, said: str, made: Windows, size: Pair) -> Windows:
    """With the padding that `auto_pad` asks for."""
    if said in ("NOTSET", "VALID", ""):
        return made
    if said not in ("SAME_UPPER", "SAME_LOWER"):
        raise ImportRefused(f"{label(node)}: auto_pad {said!r} is not known")
    more = [
        max(0, (-(-n // s) - 1) * s + k - n)
        for n, k, s in zip(size, made.extent, made.stride, strict=True)
    ]
    less, rest = [one // 2 for one in more], [one - one // 2 for one in more]
    before, after = (less, rest) if said == "SAME_UPPER" else (rest, less)
    return Windows(
        made.kernel,
        made.stride,
        made.dilation,
        (before[0], before[1]),
        (after[0], after[1]),
        made.ceil,
    )
