"""Encoders against comparisons written out by hand."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.data.care import care_clauses
from gen.data.encode import Code, Encoder, EncoderError, encoder_from_dict
from gen.data.thresholds import fit_encoder


def encoder(*rows: list[float], kind: str = "thermometer") -> Encoder:
    return Encoder.alike(kind, np.array(rows, np.float64))


def test_bits_are_feature_major_lowest_threshold_first() -> None:
    bits = encoder([1, 2, 3], [10, 20, 30]).encode(np.array([[2.0, 9.0], [3.5, 30.0]]))
    assert bits.dtype == np.uint8
    assert bits.tolist() == [[1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]]


def test_a_value_on_a_threshold_sets_the_bit() -> None:
    assert encoder([5.0]).encode(np.array([[4.999], [5.0]])).tolist() == [[0], [1]]


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=8))
def test_encode_is_one_comparison_per_bit(values: list[float]) -> None:
    thresholds = [-3.0, 0.0, 4.5]
    bits = encoder(thresholds).encode(np.array(values)[:, None])
    assert bits.tolist() == [[int(value >= t) for t in thresholds] for value in values]


def test_quantiles_come_from_the_training_rows_alone() -> None:
    train = np.arange(9.0)[:, None]  # thirds of 0..8 by linear interpolation: 8/3 and 16/3
    made = fit_encoder("thermometer", 2, train)
    assert made.thresholds == pytest.approx(np.array([[8 / 3, 16 / 3]]))
    assert made.encode(np.array([[1000.0]])).tolist() == [[1, 1]]


def test_explicit_thresholds_do_not_look_at_the_data() -> None:
    made = fit_encoder("thermometer", 2, np.full((3, 4), np.nan), (4.0, 10.0))
    assert made.thresholds.tolist() == [[4.0, 10.0]] * 4
    assert (made.features, made.bits, made.n_bits) == (4, 2, 8)


def test_care_holds_for_every_encoded_frame_and_for_no_other() -> None:
    made = encoder([1, 2], [5, 6])
    care = made.care()
    assert care == {"kind": "thermometer", "groups": [[0, 1], [2, 3]]}
    grid = np.array([[a, b] for a in (0, 1, 2) for b in (4, 5, 6)], np.float64)
    seen = {tuple(row) for row in made.encode(grid).tolist()}
    allowed = {
        (a, b, c, d)
        for a in (0, 1)
        for b in (0, 1)
        for c in (0, 1)
        for d in (0, 1)
        if b <= a and d <= c
    }
    assert seen == allowed


def test_one_bit_per_feature_leaves_no_dont_cares() -> None:
    assert encoder([1.0], [2.0], kind="threshold").care() is None


def test_one_hot_is_the_interval_that_a_value_lies_in() -> None:
    made = encoder([0.5, 1.5], [-1.0, 4.0], kind="onehot")
    rows = made.encode(np.array([[0, -1], [1, 3.9], [2, 4], [-9, -2.0]]))
    assert rows.tolist() == [
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 0, 1],
        [1, 0, 0, 1, 0, 0],
    ]
    assert (made.features, made.bits, made.n_bits) == (2, 3, 6)
    assert made.care() == {"kind": "onehot", "groups": [[0, 1, 2], [3, 4, 5]]}


def test_one_hot_clauses_allow_its_codes_and_no_others() -> None:
    clauses = care_clauses({"kind": "onehot", "groups": [[2, 0, 3], [1]]})
    allowed = [
        row
        for row in itertools.product((0, 1), repeat=4)
        if all(any(row[bit] == value for bit, value in clause) for clause in clauses)
    ]
    assert allowed == [(0, 1, 0, 1), (0, 1, 1, 0), (1, 1, 0, 0)]


def test_one_hot_thresholds_are_quantiles_and_come_back_from_json() -> None:
    made = fit_encoder("onehot", 3, np.arange(9.0)[:, None])  # thirds of 0..8
    assert made.thresholds == pytest.approx(np.array([[8 / 3, 16 / 3]]))
    again = encoder_from_dict(json.loads(json.dumps(made.to_dict())))
    assert (again.kind, again.bits) == ("onehot", 3)
    assert np.array_equal(again.thresholds, made.thresholds)
    with pytest.raises(EncoderError, match="3 thresholds for 3 bits"):
        fit_encoder("onehot", 3, np.zeros((2, 1)), (1.0, 2.0, 3.0))


def test_binary_is_the_number_of_thresholds_reached() -> None:
    made = encoder([0.5, 1.5, 2.5, 3.5, 4.5], [-1.0, 0, 1, 2, 3], kind="binary")
    rows = made.encode(np.array([[0, -2], [5, 0], [3, 9], [4.4, -1]]))
    assert rows.tolist() == [
        [0, 0, 0, 0, 0, 0],
        [1, 0, 1, 0, 1, 0],
        [1, 1, 0, 1, 0, 1],
        [0, 0, 1, 1, 0, 0],
    ]
    assert (made.features, made.bits, made.n_bits, made.care()) == (2, 3, 6, None)
    again = encoder_from_dict(json.loads(json.dumps(made.to_dict())))
    assert (again.kind, again.bits) == ("binary", 3)


def test_binary_of_two_bits_has_two_or_three_thresholds() -> None:
    made = fit_encoder("binary", 2, np.arange(9.0)[:, None])
    assert made.thresholds == pytest.approx(np.array([[2.0, 4.0, 6.0]]))
    assert fit_encoder("binary", 2, np.zeros((2, 1)), (1.0, 2.0)).bits == 2
    with pytest.raises(EncoderError, match="1 thresholds for 2 bits"):
        fit_encoder("binary", 2, np.zeros((2, 1)), (1.0,))
    value = made.to_dict() | {"bits": 3}
    with pytest.raises(EncoderError, match=r"thresholds of shape \(1, 3\), but features and bits"):
        encoder_from_dict(value)


def test_dict_round_trip_through_json() -> None:
    made = encoder([0.1, 0.2], [1e-9, 3.0])
    again = encoder_from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.kind == made.kind
    assert np.array_equal(again.thresholds, made.thresholds)
    assert made.to_dict()["bits"] == 2
    assert made.to_dict()["features"] == 2


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        ([[2.0, 1.0]], "thermometer", "thresholds of feature 0 must ascend, got [2.0, 1.0]"),
        ([[1.0], [np.nan]], "threshold", "a threshold of feature 1 is not a finite number"),
        ([[1.0, 2.0]], "threshold", "a threshold encoder has 1 bit per feature, not 2"),
        (
            [[1.0]],
            "gray",
            "encoder kind 'gray' is not one of threshold, thermometer, onehot, binary",
        ),
        ([[]], "thermometer", "thresholds of shape (1, 0): expected (features, bits)"),
    ],
)
def test_encoder_wrong(rows: list[list[float]], kind: str, message: str) -> None:
    with pytest.raises(EncoderError) as caught:
        Encoder.alike(kind, np.array(rows, np.float64))
    assert str(caught.value) == message


def test_encode_wrong() -> None:
    made = encoder([1.0], [2.0])
    with pytest.raises(EncoderError) as caught:
        made.encode(np.zeros((3, 5)))
    assert str(caught.value) == "features of shape (3, 5): the encoder takes (n, 2)"
    with pytest.raises(EncoderError) as caught:
        made.encode(np.array([[0.0, 0.0], [0.0, np.nan]]))
    assert str(caught.value) == "feature 1 of row 1 is not a number"


def test_fit_encoder_wrong() -> None:
    with pytest.raises(EncoderError) as caught:
        fit_encoder("thermometer", 2, np.zeros((0, 4)))
    assert str(caught.value) == "training features of shape (0, 4): expected (n, F), not empty"
    with pytest.raises(EncoderError) as caught:
        fit_encoder("thermometer", 2, np.zeros((1, 4)), (1.0,))
    assert str(caught.value) == "1 thresholds for 2 bits per feature"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bits": 3}, "thresholds of shape (1, 2), but features and bits say (1, 3)"),
        ({"thresholds": "x"}, "not an encoder: ValueError: could not convert string to float: 'x'"),
    ],
)
def test_encoder_from_dict_wrong(change: dict[str, object], message: str) -> None:
    with pytest.raises(EncoderError) as caught:
        encoder_from_dict(encoder([1, 2]).to_dict() | change)
    assert str(caught.value) == message


def test_encoder_from_dict_missing_key() -> None:
    with pytest.raises(EncoderError) as caught:
        encoder_from_dict({"kind": "threshold"})
    assert str(caught.value) == "not an encoder: KeyError: 'features'"


def test_what_each_bit_says() -> None:
    codes = Code("thermometer", (1.75, 2.5)), Code("threshold", (0.5,)), Code("threshold", (0.5,))
    made = Encoder(codes, ((1, 2),))
    names = ("petal width", "hand=left", "hand=right")
    said = ("petal width >= 1.75", "petal width >= 2.5", "hand=left", "hand=right")
    assert made.says(names) == said
    assert encoder([1.5], [2.0]).says(names) == ("feature[0] >= 1.5", "feature[1] >= 2")
    assert encoder([1, 2], kind="onehot").says() == (
        "feature[0] < 1",
        "1 <= feature[0] < 2",
        "feature[0] >= 2",
    )
