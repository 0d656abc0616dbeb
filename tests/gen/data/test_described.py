"""What inputs mean, judged by encoding values and reading what is said of them as arithmetic."""

import numpy as np
import pytest

from gen.data.described import bit_meanings, feature_names, feature_values
from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns

THRESHOLDS = (-1.5, 0.25, 2.0)
CODES = [
    Code("thermometer", THRESHOLDS),
    Code("onehot", THRESHOLDS),
    Code("binary", THRESHOLDS),
    Code("threshold", (0.25,)),
]


def meta_of(*codes: Code, exclusive: tuple[tuple[int, ...], ...] = ()) -> dict[str, object]:
    return {"encoder": Encoder(codes, exclusive).to_dict()}


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.kind)
def test_what_is_said_of_a_value_is_true_of_it_and_of_no_other_code(code: Code) -> None:
    meta = meta_of(code, Code("threshold", (0.0,)))
    meta["columns"] = Columns((Column("v"), Column("w")), "kind").to_dict()
    values = np.array([-9.0, -1.5, -1.4, 0.2, 0.25, 1.0, 2.0, 7.0])
    bits = Encoder((code,)).encode(values[:, None])
    for row in bits:
        (said, _) = feature_values(meta, [*row.tolist(), 0])
        true = [eval(said, {"v": v}) for v in values.tolist()]
        assert true == (bits == row).all(1).tolist()


def test_bits_of_a_thermometer_and_a_one_hot_code_are_said_as_arithmetic() -> None:
    meta = meta_of(*CODES[:2])
    meta["columns"] = Columns((Column("v"), Column("w")), "kind").to_dict()
    for value in (-9.0, -1.5, 0.3, 2.0):
        bits = Encoder(tuple(CODES[:2])).encode(np.array([[value, value]]))[0]
        said = [eval(one, {"v": value, "w": value}) for one in bit_meanings(meta)]
        assert said == bits.tolist()


def test_names_of_columns_categories_and_pixels() -> None:
    flags = [Code("threshold", (0.5,))] * 3
    meta = meta_of(Code("threshold", (1.0,)), *flags[:2], exclusive=((1, 2),))
    columns = Columns((Column("grip"), Column("hand", ("left", "right"))), "kind")
    meta["columns"] = columns.to_dict()
    assert feature_names(meta) == ("grip", "hand=left", "hand=right")
    assert bit_meanings(meta) == ("grip >= 1", "hand=left", "hand=right")
    assert feature_values(meta, [0, 1, 0]) == ("grip < 1", "hand=left", "hand is not right")
    image = meta_of(*flags, flags[0]) | {"image": [2, 2]}
    assert feature_names(image) == ("pixel 0,0", "pixel 0,1", "pixel 1,0", "pixel 1,1")


def test_nothing_is_said_where_nothing_is_recorded() -> None:
    assert feature_names({}) == bit_meanings({}) == feature_values({}, [1]) == ()
    bare = {"encoder": {"kind": "thermometer", "bits": 2, "features": 3}}
    assert bit_meanings(bare) == feature_values(bare, [0] * 6) == ()
    meta = meta_of(*CODES[:1])
    assert feature_names(meta) == ()
    assert bit_meanings(meta)[0] == "feature[0] >= -1.5"
    assert feature_values(meta, [1, 0]) == ()


def test_thresholds_that_differ_little_are_told_apart() -> None:
    meta = meta_of(Code("thermometer", (1234567.25, 1234567.5)))
    assert bit_meanings(meta) == ("feature[0] >= 1234567.25", "feature[0] >= 1234567.5")


def test_a_code_that_no_value_has() -> None:
    assert feature_values(meta_of(CODES[0]), [0, 1, 0]) == ("",)
