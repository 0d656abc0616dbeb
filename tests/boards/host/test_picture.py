"""Pictures against the features of the data set that they were drawn from."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave

from boards.host.client import HostError
from boards.host.picture import read_picture
from gen.data.encode import Encoder
from gen.data.sets import load_set
from gen.intnet.network import IntNet
from tests.gen.intnet.nets import small

DIGITS = load_set("digits")
THRESHOLDS = np.tile([2.0, 6.0, 10.0, 14.0], (64, 1))


def network() -> IntNet:
    net = small()
    encoder = {
        "kind": "thermometer",
        "bits": 4,
        "features": 64,
        "thresholds": THRESHOLDS.tolist(),
    }
    meta = {"name": "small", "data": "digits", "encoder": encoder}
    return IntNet(net.n_inputs, net.nodes, meta=meta)


def draw(path: Path, pixels: np.ndarray, times: int = 1, alpha: float | None = None) -> Path:
    """Grey pixels 0..1 as a PNG file, each so many times."""
    big = np.kron(pixels, np.ones((times, times)))
    channels = [big] * 3 + ([] if alpha is None else [np.full_like(big, alpha)])
    imsave(path, np.rint(255 * np.stack(channels, axis=2)).astype(np.uint8))
    return path


def expected(row: int) -> int:
    bits = Encoder.alike("thermometer", THRESHOLDS).encode(DIGITS.features[row : row + 1])[0]
    return sum(int(bit) << place for place, bit in enumerate(bits))


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("row", range(8))
def test_a_digit_of_the_set_is_read_back(tmp_path: Path, row: int, times: int) -> None:
    pixels = DIGITS.features[row].reshape(8, 8) / 16
    dark = draw(tmp_path / "dark.png", pixels, times)
    assert read_picture(dark, network()) == expected(row)
    light = draw(tmp_path / "light.png", 1 - pixels, times)
    assert read_picture(light, network(), invert=True) == expected(row)


def test_any_size_is_averaged(tmp_path: Path) -> None:
    for height, width in ((3, 5), (30, 17), (8, 64)):
        picture = draw(tmp_path / "grey.png", np.full((height, width), 10 / 16))
        assert read_picture(picture, network()) == int("0111" * 64, 2)


def test_transparent_is_black(tmp_path: Path) -> None:
    picture = draw(tmp_path / "clear.png", np.ones((8, 8)), alpha=0)
    assert read_picture(picture, network()) == 0


def test_not_a_picture_wrong(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no")
    with pytest.raises(HostError, match=r"text\.png: no picture that can be read .*give a PNG"):
        read_picture(tmp_path / "text.png", network())
    with pytest.raises(HostError, match=r"none\.png: no picture that can be read"):
        read_picture(tmp_path / "none.png", network())


def test_network_without_pictures_wrong(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="takes no pictures"):
        read_picture(tmp_path / "any.png", small())
