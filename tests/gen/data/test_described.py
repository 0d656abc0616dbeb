"""What inputs mean, judged by encoding values and reading what is said of them as arithmetic."""

import numpy as np
import pytest

from gen.data.described import (
    bit_meanings,
    code_meanings,
    feature_names,
    feature_shares,
    feature_values,
)
from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns
from gen.data.sensors import Sensor, SensorEncoder

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
    image = meta_of(*flags, *flags) | {"image": [2, 3]}
    assert feature_names(image) == (
        "pixel 0,0", "pixel 0,1", "pixel 0,2", "pixel 1,0", "pixel 1,1", "pixel 1,2",
    )  # fmt: skip
    # Two steps of a table, or columns of another network.
    assert feature_names(meta | {"encoder": image["encoder"]}) == ()


def test_a_category_of_a_column_whose_name_has_an_equals_sign() -> None:
    flags = [Code("threshold", (0.5,))] * 2
    meta = meta_of(*flags, exclusive=((0, 1),))
    meta["columns"] = Columns((Column("a=b", ("c", "d=e")),), "kind").to_dict()
    assert feature_values(meta, [1, 0]) == ("a=b=c", "a=b is not d=e")
    assert feature_values(meta, [0, 1]) == ("a=b is not c", "a=b=d=e")
    del meta["columns"]
    assert feature_values(meta, [0, 1]) == ("not feature[0]", "feature[1]")


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


def chip_meta(steps: int = 1) -> dict[str, object]:
    """A signed integer in halves, and two categories."""
    codes = Code("onehot", (-0.5, 1.0)), *[Code("threshold", (0.5,))] * 2
    sensors = Sensor(3, True, 0.5), Sensor(1), Sensor(1)
    columns = Columns((Column("tilt"), Column("hand", ("left", "right"))), "kind")
    encoder = SensorEncoder(codes, ((1, 2),), sensors)
    return {"encoder": encoder.to_dict(), "columns": columns.to_dict(), "steps": steps}


def test_integers_of_sensors_are_said_as_values() -> None:
    meta = chip_meta()
    assert bit_meanings(meta) == (
        "bit 0 of tilt", "bit 1 of tilt", "bit 2 of tilt", "hand=left", "hand=right",
    )  # fmt: skip
    assert feature_values(meta, [1, 0, 1, 0, 1]) == (
        "tilt = -1.5",
        "hand is not left",
        "hand=right",
    )
    assert feature_values(meta, [1, 1, 0, 1, 0])[0] == "tilt = 1.5"
    assert feature_shares(meta, [1, 0, 1, 0, 1]) == pytest.approx((1 / 7, 0, 1))
    assert feature_shares(meta, [0, 0, 1, 0, 0])[0] == 0
    assert feature_shares(meta, [1, 1, 0, 0, 0])[0] == 1


def test_comparators_are_called_by_what_they_compare() -> None:
    assert code_meanings(chip_meta()) == {
        "encoder[0]": "tilt < -0.5",
        "encoder[1]": "-0.5 <= tilt < 1",
        "encoder[2]": "tilt >= 1",
        "encoder[3]": "hand=left",
        "encoder[4]": "hand=right",
    }
    assert code_meanings(chip_meta(steps=2)) == code_meanings(meta_of(*CODES)) == {}


def test_how_high_a_feature_is_on_the_host() -> None:
    assert feature_shares(meta_of(*CODES[:1]), [1, 1, 0]) == pytest.approx((2 / 3,))
    assert feature_shares({}, [1]) == feature_shares(meta_of(*CODES[:1]), [1]) == ()
