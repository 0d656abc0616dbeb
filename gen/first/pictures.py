"""How large the images of a folder are, and to what size to bring them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gen.data.errors import DataError
from gen.data.own.pictures import pictures_in

__all__ = ["choose_picture_size", "picture_sizes"]

SIDES = (28, 24, 20, 16, 14, 12, 10, 8, 6)
PART = 0.12
"""Of a board's cells that may hold pixels, at two bits a pixel: the link keeps what is read."""
MOST_PIXELS = 1024
MOST_LOOKED_AT = 2000


def picture_sizes(folder: Path) -> list[tuple[int, int]]:
    """Height and width of the images in the folders of a folder, as they say they have."""
    from PIL import Image

    files = [path for path, _ in pictures_in(folder)]
    found = []
    for path in files[:: max(1, len(files) // MOST_LOOKED_AT)]:
        try:
            with Image.open(path) as image:
                found.append((image.height, image.width))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(f"{path}: not a whole image ({error})") from None
    if not found:
        raise DataError(f"{folder}: no images; expected a folder for each class, with images in it")
    return found


def choose_picture_size(
    sizes: Sequence[tuple[int, int]], capacity: int
) -> tuple[tuple[int, int], str]:
    """Height and width to bring images to, and why: their own where that is small enough for a
    board of `capacity` cells, else of the same shape."""
    high, wide = (int(one) for one in np.median(np.array(sizes), axis=0))
    alike = len(set(sizes)) == 1
    most = min(MOST_PIXELS, max(SIDES[-1] ** 2, PART * capacity / 2))
    if high * wide <= most:
        said = "their own size" if alike else f"sizes differ; half are up to {high} x {wide}"
        return (high, wide), said
    longest = max(high, wide)
    for side in SIDES:
        size = max(1, round(high * side / longest)), max(1, round(wide * side / longest))
        if size[0] * size[1] <= most and side <= longest:
            break
    return size, f"{high} x {wide} pixels are more than a first try should read on this board"
