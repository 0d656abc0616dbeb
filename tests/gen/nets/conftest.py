"""Tiny recipes and data made here, so that training takes a second."""

from typing import Any

import numpy as np
import pytest

from gen.nets.recipe import Recipe, recipe_from_dict

QUICK = """
[data]
set = "cancer"

[encoding]
kind = "thermometer"
bits = 2

[[layers]]
units = 6
fan_in = 4

[head]
fan_in = 4

[schedule]
epochs = 4
batch = 64
"""


def tiny(name: str = "tiny", **schedule: Any) -> Recipe:
    """Two hidden layers, two-bit activations in the first, on 2 x 4 input bits or more."""
    return recipe_from_dict(
        {
            "name": name,
            "data": {"set": "cancer"},
            "encoding": {"kind": "thermometer", "bits": 2},
            "layers": [
                {"units": 7, "fan_in": 4, "activation_bits": 2},
                {"units": 6, "fan_in": 5, "weights": "3-bit"},
            ],
            "head": {"fan_in": 4},
            "schedule": {"epochs": 3, "batch": 32, **schedule},
        }
    )


@pytest.fixture
def recipe() -> Recipe:
    return tiny()


@pytest.fixture
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """Three classes that lie apart: features (120, 4), labels (120,)."""
    generator = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 40)
    centres = np.array([[0, 0, 4, 4], [4, 0, 0, 4], [4, 4, 0, 0]], np.float64)
    return centres[labels] + generator.normal(0, 0.7, (120, 4)), labels.astype(np.int64)
