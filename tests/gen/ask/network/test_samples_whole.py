"""The data of a recurrent network: whole sequences where these are asked for, none of a step."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from gen.ask.network.samples import data_of, whole_samples
from gen.data.encode import Code, Encoder
from gen.data.sets import load_set


def test_whole_sequences_are_the_rows_of_the_data() -> None:
    data = load_set("cancer")
    encoder = Encoder((Code("threshold", (1.0,)),) * data.n_features)
    meta = {"data": "cancer", "encoder": encoder.to_dict(), "steps": 5}
    net = SimpleNamespace(meta=meta, folder=None)
    logic: Any = SimpleNamespace(net=net, registers=("h",), inputs=("x",) * 7)
    assert data_of(logic) is None
    for part, rows in (("test", data.test), ("train", data.train)):
        found = whole_samples(logic, part)
        assert found is not None
        assert np.array_equal(found.bits, data.features[rows] >= 1)
        assert np.array_equal(found.labels, data.labels[rows])
