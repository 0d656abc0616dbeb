"""A folder of images with a sub-folder for each class: grey pixels, 0 to 255, row by row."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen.data.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ENDINGS", "pictures_in", "read_pictures", "read_some_pictures"]

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".webp")
MOST_PIXELS = 1 << 24


def read_pictures(
    folder: Path, size: tuple[int, int] | None
) -> tuple[NDArray[np.float64], list[str], tuple[int, int]]:
    """Pixels (n, height * width), the class of each image, and height and width.

    Images are brought to `size`; without it all must be of one. Order is by class and name, so the
    same folder gives the same. Raises DataError naming the image.
    """
    files = pictures_in(folder)
    if not files:
        raise DataError(
            f"{folder}: no images; expected a folder for each class, with images in it"
            f" ({', '.join(ENDINGS)})"
        )
    images = [_read(path, size) for path, _ in files]
    high, wide = images[0].shape
    for (path, _), image in zip(files, images, strict=True):
        if image.shape != (high, wide):
            raise DataError(
                f"{path}: {image.shape[0]} x {image.shape[1]} pixels, and {files[0][0]} has"
                f" {high} x {wide}; say size = [height, width] to bring all to one"
            )
    pixels = np.stack(images).reshape(len(images), -1).astype(np.float64)
    return pixels, [name for _, name in files], (high, wide)


def pictures_in(folder: Path) -> list[tuple[Path, str]]:
    """The images in the folders of classes, each with its class, by class and name; what is hidden
    (.DS_Store, ._1.png, .ipynb_checkpoints) is none."""
    inner = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    return [(path, one.name) for one in sorted(inner) for path in _images(one)]


def _images(folder: Path) -> list[Path]:
    return sorted(
        one
        for one in folder.iterdir()
        if one.suffix.lower() in ENDINGS and not one.name.startswith(".")
    )


def read_some_pictures(
    path: Path, size: tuple[int, int]
) -> tuple[NDArray[np.float64], tuple[str, ...] | None]:
    """Pixels (n, height * width) of one image, or of all in a folder by name, brought to `size`;
    and their classes where they lie in a folder for each. Raises DataError naming the image."""
    if path.is_dir():
        files = _images(path)
        if not files:
            pixels, labels, _ = read_pictures(path, size)
            return pixels, tuple(labels)
    else:
        files = [path]
    images = [_read(one, size) for one in files]
    return np.stack(images).reshape(len(images), -1).astype(np.float64), None


def _grey(image: "Image.Image") -> "Image.Image":
    """An image in 256 greys: of 16 bits the upper eight, which Pillow alone would cut off.

    Raises ValueError where it does not say what is white."""
    if image.mode.startswith("I;16"):
        from PIL import Image

        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(f"pixels of 32 bits, mode {image.mode}; 8 or 16 are read")
    return image.convert("L")


def _read(path: Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise DataError(f"{path}: {image.width} x {image.height} pixels are too many")
            grey = _grey(image)
            if size is not None and (grey.height, grey.width) != size:
                grey = grey.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            return np.asarray(grey)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: not a whole image ({error})") from None
