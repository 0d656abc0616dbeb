"""Pictures that a second's training tells apart."""

import numpy as np
import pytest

Rows = tuple[np.ndarray, np.ndarray]


def make_bars(mean: float, spread: float, light: float) -> Rows:
    """Three kinds of 8 x 8 pictures: light on the left, in the middle or on the right."""
    draw = np.random.default_rng(5)
    labels = np.repeat(np.arange(3), 60)
    images = draw.normal(mean, spread, (180, 8, 8))
    for kind in range(3):
        images[labels == kind, :, 1 + 2 * kind : 3 + 2 * kind] += light
    return images.reshape(180, 64), labels


@pytest.fixture(scope="session")
def bars() -> Rows:
    """Bars that stand out."""
    return make_bars(2, 1, 9)


@pytest.fixture(scope="session")
def faint_bars() -> Rows:
    """Bars that are hard to see."""
    return make_bars(5, 3, 6)
