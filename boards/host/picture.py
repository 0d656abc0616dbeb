"""A picture file as the input bits of a network that was trained on images."""

from pathlib import Path

import numpy as np

from boards.host.client import HostError
from gen.data.encode import encoder_from_dict
from gen.data.sets import image_of
from gen.intnet.network import IntNet

__all__ = ["read_picture"]

# The largest value of a pixel in sets where it is not 255; the figures are light on dark.
BRIGHTEST = {"digits": 16.0}


def read_picture(path: Path, net: IntNet, invert: bool = False) -> int:
    """Input bits of a PNG file, reduced to the size of the data set's images by averaging.

    Raises HostError where the network takes no pictures, or the file is none.
    """
    name = str(net.meta.get("data"))
    size = image_of(net.meta)
    if size is None or not net.meta.get("encoder"):
        raise HostError(f"the network takes no pictures (its data set is {name})")
    grey = _grey(path)
    small = np.rint(_shrink(1 - grey if invert else grey, size) * BRIGHTEST.get(name, 255.0))
    bits = encoder_from_dict(net.meta["encoder"]).encode(small.reshape(1, -1))
    return int.from_bytes(np.packbits(bits[0], bitorder="little").tobytes(), "little")


def _grey(path: Path) -> np.ndarray:
    """Lightness 0 to 1, (height, width); transparent is black."""
    from matplotlib.image import imread

    try:
        pixels = np.asarray(imread(path), np.float64)
    except (OSError, ValueError, SyntaxError) as error:
        raise HostError(f"{path}: no picture that can be read ({error}); give a PNG file") from None
    if pixels.max(initial=0) > 1:
        pixels = pixels / 255
    if pixels.ndim == 2:
        return pixels
    alpha = pixels[..., 3] if pixels.shape[2] == 4 else 1
    return pixels[..., :3].mean(axis=2) * alpha


def _shrink(grey: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mean of the pixels under each of `size` cells; a smaller picture repeats pixels."""
    edges = [np.linspace(0, have, want + 1) for have, want in zip(grey.shape, size, strict=True)]
    bounds = [
        [(int(a), max(int(np.ceil(b)), int(a) + 1)) for a, b in zip(e[:-1], e[1:], strict=True)]
        for e in edges
    ]
    return np.array([[grey[a:b, c:d].mean() for c, d in bounds[1]] for a, b in bounds[0]])
