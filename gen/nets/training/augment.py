"""Changed samples: images moved, turned, scaled, sheared and bent, each on its own; bits flipped.

Mild affine and elastic changes are the usual ones for handwritten digits (Simard et al., "Best
Practices for Convolutional Neural Networks Applied to Visual Document Analysis", ICDAR 2003).
"""

import math

import torch
import torch.nn.functional as F

from gen.nets.training.keys import Augment

__all__ = ["changed", "flipped"]

FIELD = 4  # an elastic field has so many knots each way


def changed(
    images: torch.Tensor, by: Augment, sides: tuple[int, int], generator: torch.Generator
) -> torch.Tensor:
    """Images float32 (n, height * width), row by row, changed; what comes in from outside is 0.

    Values between pixels are interpolated bilinearly.
    """
    n, (high, wide) = len(images), sides
    places = F.affine_grid(_affine(n, by, sides, generator), [n, 1, high, wide], False)
    if by.elastic:
        places = places + _field(n, by.elastic, sides, generator)
    found = images.view(n, 1, high, wide)
    if by.mirror:
        turned = torch.rand(n, 1, 1, 1, generator=generator) < 0.5
        found = torch.where(turned, found.flip(3), found)
    return F.grid_sample(found, places, padding_mode="zeros", align_corners=False).flatten(1)


def flipped(bits: torch.Tensor, part: float, generator: torch.Generator) -> torch.Tensor:
    """Bits (n, n_in), floats that are 0 or 1, each of them flipped with probability `part`."""
    return (bits - (torch.rand(bits.shape, generator=generator) < part).float()).abs()


def _affine(
    n: int, by: Augment, sides: tuple[int, int], generator: torch.Generator
) -> torch.Tensor:
    """Matrices (n, 2, 3) from places in the new image, -1..1 each way, to places in the old."""

    def drawn(most: float) -> torch.Tensor:
        return (torch.rand(n, generator=generator) * 2 - 1) * most

    angle, shear = drawn(math.radians(by.rotate)), drawn(by.shear)
    wider, higher = 1 + drawn(by.scale), 1 + drawn(by.scale)
    right, down = drawn(2 * by.shift / sides[1]), drawn(2 * by.shift / sides[0])
    cosine, sine = angle.cos(), angle.sin()
    across = torch.stack([cosine * wider, shear - sine * wider, right], 1)
    along = torch.stack([sine * higher, cosine * higher, down], 1)
    return torch.stack([across, along], 1)


def _field(
    n: int, pixels: float, sides: tuple[int, int], generator: torch.Generator
) -> torch.Tensor:
    """Smooth random shifts (n, height, width, 2), as parts of half a side."""
    knots = torch.randn(n, 2, FIELD, FIELD, generator=generator) * pixels
    smooth = F.interpolate(knots, sides, mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    return smooth * torch.tensor([2 / sides[1], 2 / sides[0]])
