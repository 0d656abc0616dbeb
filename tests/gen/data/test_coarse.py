"""Thresholds of few significant bits, worked out by hand on rows that are 0 to 1023, once each."""

import numpy as np
import pytest

from gen.data.coarse import SHARE, coarsened
from gen.data.encode import Code, Encoder
from gen.data.sensors import Sensor

EVERY = np.arange(1024.0)[:, None]
BY_HAND = {
    # 5 % are 51 rows: 384 is 3 * 2^7, and 640 is 5 * 2^7.
    "unsigned": (Sensor(10), (341.0, 682.0), (384.0, 640.0)),
    "in steps": (Sensor(10, False, 0.5), (170.5, 341.0), (192.0, 320.0)),
    "signed": (Sensor(10, True, 1.0, 512.0), (341.0, 682.0), (384.0, 640.0)),
    # Reached are integers below 640 and below 384.
    "negative": (Sensor(10, False, -1.0, 1023.0), (341.0, 682.0), (384.0, 640.0)),
    # Of four thresholds a quarter of a fifth, 51 rows too: 256 is 52 away from 204.
    # 0 is 2^9 above the lowest, the coarsest of all.
    "around zero": (Sensor(10, True), (20.0,), (0.0,)),
    # A quarter of a tenth are 25 rows: 480 is 15 * 2^5, and 512 is 27 away.
    "nine": (
        Sensor(10),
        (64.0, 128.0, 192.0, 256.0, 320.0, 384.0, 485.0, 768.0, 896.0),
        (64.0, 128.0, 192.0, 256.0, 320.0, 384.0, 480.0, 768.0, 896.0),
    ),
    "many": (Sensor(10), (204.0, 409.0, 614.0, 818.0), (192.0, 384.0, 640.0, 768.0)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name: str) -> None:
    sensor, given, wanted = BY_HAND[name]
    rows = sensor.values(sensor.all)[:, None]
    made = coarsened(Encoder((Code("thermometer", given),)), [sensor], rows, [True])
    assert made.codes[0].thresholds == wanted


def test_no_more_rows_change_sides_than_are_allowed() -> None:
    rng = np.random.default_rng(0)
    sensors = [Sensor(12, True, 0.003), Sensor(9, False, -0.02, 4.0), Sensor(16, True, 0.0002)]
    rows = rng.normal(0, 0.8, (3000, 3))
    rows = np.stack(
        [one.values(one.nearest(rows[:, at]).astype(np.int64)) for at, one in enumerate(sensors)], 1
    )
    for count in (1, 3, 7):
        levels = np.arange(1, count + 1) / (count + 1)
        given = Encoder.alike("thermometer", np.quantile(rows, levels, axis=0).T.copy())
        made = coarsened(given, sensors, rows, [True] * 3)
        changed = (given.encode(rows) != made.encode(rows)).mean(0)
        assert changed.max() <= min(SHARE, 0.25 / (count + 1)) + 1e-9
        assert changed.max() > 0
        assert all(len(set(code.thresholds)) == count for code in made.codes)


def test_as_many_rows_may_change_sides_as_the_share_is_of_them() -> None:
    """Of 100 rows that are 1 to 100, five lie from 3 to 7: 8 is 2^3, 4 is one row off."""
    rows = np.arange(1.0, 101.0)[:, None]
    for given, wanted in ((3.0, 8.0), (5.0, 8.0), (13.0, 16.0), (27.0, 32.0), (26.0, 24.0)):
        made = coarsened(Encoder((Code("threshold", (given,)),)), [Sensor(7)], rows, [True])
        assert made.codes[0].thresholds == (wanted,), given


def test_no_threshold_goes_where_all_rows_are_below() -> None:
    """96 of 100 rows are 3, the others 11: 16 would be the coarser, and would tell nothing."""
    rows = np.full((100, 1), 3.0)
    rows[96:] = 11.0
    made = coarsened(Encoder((Code("threshold", (11.0,)),)), [Sensor(5)], rows, [True])
    assert made.codes[0].thresholds == (8.0,)


def test_every_column_is_judged_by_its_own_rows_and_categories_stay_together() -> None:
    rows = np.concatenate([EVERY, 1023.0 - EVERY, EVERY / 1024 > 0.5, EVERY / 1024 <= 0.5], axis=1)
    rows[:, 1] = 600.0 + rows[:, 1] / 8  # To 727, eight rows each: six up or down, 688 is 43 * 2^4.
    flag = Code("threshold", (0.5,))
    codes = Code("threshold", (341.0,)), Code("threshold", (690.0,)), flag, flag
    sensors = [Sensor(10), Sensor(10), Sensor(1), Sensor(1)]
    made = coarsened(Encoder(codes, ((2, 3),)), sensors, rows, [True, True, False, False])
    assert [code.thresholds for code in made.codes] == [(384.0,), (688.0,), (0.5,), (0.5,)]
    assert made.exclusive == ((2, 3),)


def test_what_is_not_free_stays() -> None:
    codes = Code("onehot", (341.0,)), Code("onehot", (341.0,))
    rows = np.concatenate([EVERY, EVERY], axis=1)
    made = coarsened(Encoder(codes), [Sensor(10)] * 2, rows, [False, True])
    assert [code.thresholds for code in made.codes] == [(341.0,), (384.0,)]


def test_where_all_rows_are_one_value_nothing_moves() -> None:
    made = coarsened(
        Encoder((Code("threshold", (3.0,)),)), [Sensor(4)], np.full((9, 1), 3.0), [True]
    )
    assert made.codes[0].thresholds == (3.0,)
