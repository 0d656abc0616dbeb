"""Thresholds by a tree: between the values at which classes part, however near these lie."""

import numpy as np
import pytest

from gen.data.own.columns import Column, Columns
from gen.data.thresholds import Wanted, fit_by_feature

COLUMNS = Columns((Column("a"),), "kind")


@pytest.mark.parametrize(
    "values",
    [np.arange(40.0), 1.7e9 + np.arange(40) * 60, 2.0**60 + np.arange(40) * 256.0,
     np.arange(40) * 1e28, -np.arange(40) * 1e-310, np.repeat([1.0, np.nextafter(1, 2)], 20)],
)  # fmt: skip
def test_a_tree_parts_classes_exactly(values: np.ndarray) -> None:
    labels = np.arange(40) // 20
    encoder = fit_by_feature(
        Wanted("thermometer", 1, fit="tree"), {}, COLUMNS, values[:, None], labels
    )
    above = encoder.encode(values[:, None])[:, 0]
    assert above.tolist() == (labels if values[-1] > values[0] else 1 - labels).tolist()
    (threshold,) = encoder.codes[0].thresholds
    assert min(values[19], values[20]) < threshold <= max(values[19], values[20])
