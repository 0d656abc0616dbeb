"""Rows that a model is compared on: what is no rows of its inputs, or no classes, is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.errors import SmeltError
from tests.gen.imports.qonnx.cases import CASES
from tests.gen.imports.qonnx.models import brought, model, write

X = np.zeros((4, 5), np.float32)
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "classes above": ({"x": X, "y": np.full(4, 9)}, "y reaches 9, and the model has 3 classes"),
    "classes below": ({"x": X, "y": np.full(4, -5)}, "y has -5; classes from 0 on are expected"),
    "classes of floats": ({"x": X, "y": np.zeros(4)}, "y is float64"),
    "few classes": ({"x": X, "y": np.zeros(3, int)}, "not 4 classes"),
    "short rows": ({"x": X[:, :4]}, "the encoder takes"),
    "no numbers": ({"x": X * np.nan}, "is not a number"),
    "texts": ({"x": np.array(["a"] * 4)}, "rows of numbers are expected"),
    "complex numbers": ({"x": X.astype(complex)}, "rows of numbers are expected"),
    "one number": ({"x": np.float32(3)}, "rows of numbers are expected"),
    "nothing": ({"x": X[:0]}, "rows of numbers are expected"),
    "no rows": ({"z": X}, "holds z; `x` is expected"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_rows_is_one_line(tmp_path: Path, name: str) -> None:
    arrays, wrong = WRONG[name]
    np.savez(tmp_path / "rows.npz", **arrays)
    path = write(tmp_path, model(*CASES["gemm"]))
    with pytest.raises(SmeltError, match=wrong) as caught:
        brought(path, check=tmp_path / "rows.npz")
    assert "\n" not in str(caught.value)
