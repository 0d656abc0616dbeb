"""Sensors' integers, and the comparators behind them, against plain Python on every integer."""

import json

import numpy as np
import pytest

from gen.data.encode import Code, Encoder, EncoderError, encoder_from_dict, feature_places
from gen.data.own.columns import Column, Columns
from gen.data.sensors import Comparators, Sensor, SensorEncoder, on_chip

CODES = {
    "threshold": Code("threshold", (1.75,)),
    "thermometer": Code("thermometer", (-2.0, 0.3, 0.3, 7.01)),
    "onehot": Code("onehot", (-0.25, 0.5, 3.3)),
    "binary": Code("binary", (-4.0, -1.0, 0.0, 0.1, 2.5)),
    "never and always": Code("thermometer", (-1e9, 0.0, 1e9)),
}
SENSORS = {
    "unsigned": Sensor(10, False, 0.01),
    "signed": Sensor(8, True, 0.07),
    "negative scale": Sensor(7, False, -0.125, 3.0),
    "signed, negative, shifted": Sensor(9, True, -0.031, 0.4),
    "one bit": Sensor(1, False, 2.0, 0.5),
    "one signed bit": Sensor(1, True),
    "sixteen bits": Sensor(16, True, 0.0003),
}


def by_hand(made: Comparators, integers: list[int], first: int) -> list[list[int]]:
    """The code bits of comparators whose integer begins at a bit, for each integer."""
    rows = [at for at in range(len(made.first)) if made.first[at] == first]
    return [
        [int(made.codes[at, sum(n >= edge for edge in made.edges[at].tolist())]) for at in rows]
        for n in integers
    ]


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize("sensor", SENSORS.values(), ids=SENSORS)
def test_comparators_give_the_hosts_code_of_every_integer(sensor: Sensor, code: Code) -> None:
    low = -(1 << sensor.bits - 1) if sensor.signed else 0
    every = range(low, low + (1 << sensor.bits))
    integers = list(every) if sensor.bits < 12 else [*every][::97] + [low, -1, 0, 1]
    values = np.array([float(n) * sensor.scale + sensor.offset for n in integers])[:, None]
    wanted = Encoder((code,)).encode(values).tolist()
    made = SensorEncoder((code,), (), (sensor,))
    assert by_hand(made.comparators(), integers, 0) == wanted
    assert made.host.encode(made.measured(values)).tolist() == wanted
    snapped = on_chip(Encoder((code,)), (sensor,))
    assert by_hand(snapped.comparators(), integers, 0) == wanted
    words = [[n >> place & 1 for place in range(sensor.bits)] for n in integers]
    assert made.encode(values).tolist() == words
    assert (made.comparators().width == sensor.bits).all()
    assert (made.comparators().signed == sensor.signed).all()


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
@pytest.mark.parametrize("sensor", SENSORS.values(), ids=SENSORS)
def test_less_than_half_a_step_changes_no_code_in_training(sensor: Sensor, code: Code) -> None:
    made = on_chip(Encoder((code,)), (sensor,))
    given = sensor.values(sensor.all)[::17, None]
    for part in (-0.49, 0.0, 0.49):
        noisy = given + part * sensor.scale
        assert np.array_equal(made.between.encode(noisy), made.host.encode(given))


def test_values_are_rounded_to_the_nearest_integer() -> None:
    made = SensorEncoder((CODES["threshold"],), (), (Sensor(4, True, 0.5, 0.1),))
    rows = np.array([[0.1], [0.34], [0.36], [-3.9], [3.6]])
    assert made.measured(rows)[:, 0] == pytest.approx([0.1, 0.1, 0.6, -3.9, 3.6])
    assert made.encode(rows).tolist() == [
        [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 0],
    ]  # fmt: skip


def test_bits_lie_feature_after_feature_lowest_first() -> None:
    made = encoder()
    assert made.starts == (0, 3, 5, 6, 7)
    assert made.encode(np.array([[6.0, -1.0, 1, 0]])).tolist() == [[0, 1, 1, 0, 1, 1, 0]]
    assert feature_places(made.to_dict()) == [(0, 3), (3, 5), (5, 6), (6, 7)]


def encoder() -> SensorEncoder:
    """An integer of three bits, a signed one of two in halves, and two categories."""
    codes = (
        Code("thermometer", (2.0, 5.0)),
        Code("onehot", (-0.5, 0.5)),
        *[Code("threshold", (0.5,))] * 2,
    )
    sensors = Sensor(3, name="rate"), Sensor(2, True, 0.5, name="tilt"), Sensor(1), Sensor(1)
    return SensorEncoder(codes, ((2, 3),), sensors)


def test_only_categories_leave_dont_cares() -> None:
    assert encoder().care() == {"kind": "onehot", "groups": [[5, 6]]}
    assert SensorEncoder((CODES["onehot"],), (), (Sensor(4),)).care() is None


def test_what_bits_and_codes_say() -> None:
    columns = Columns((Column("rate"), Column("tilt"), Column("hand", ("l", "r"))), "label")
    assert encoder().says(columns.features) == (
        "bit 0 of rate", "bit 1 of rate", "bit 2 of rate", "bit 0 of tilt", "bit 1 of tilt",
        "hand=l", "hand=r",
    )  # fmt: skip
    assert encoder().code_says(columns.features) == (
        "rate >= 2", "rate >= 5", "tilt < -0.5", "-0.5 <= tilt < 0.5", "tilt >= 0.5",
        "hand=l", "hand=r",
    )  # fmt: skip
    assert encoder().says()[3] == "bit 0 of feature[1]"


def test_thresholds_become_values_of_the_sensor_and_equal_ones_are_dropped() -> None:
    given = Encoder((Code("thermometer", (0.21, 0.26, 0.4)), Code("thermometer", (0.3, 0.35))))
    sensors = Sensor(6, False, 0.25), Sensor(6, False, 0.5)
    kept, dropped = (on_chip(given, sensors, drop) for drop in (False, True))
    assert [code.thresholds for code in kept.codes] == [(0.25, 0.5, 0.5), (0.5, 0.5)]
    assert dropped.codes == (Code("thermometer", (0.25, 0.5)), Code("threshold", (0.5,)))


def test_a_description_makes_the_same_encoder_again() -> None:
    alike = SensorEncoder((CODES["binary"],) * 3, (), (Sensor(5, True, 0.1),) * 3)
    assert len(alike.to_dict()["sensors"]) == 1
    for made in (encoder(), alike):
        again = encoder_from_dict(json.loads(json.dumps(made.to_dict())))
        assert isinstance(again, SensorEncoder)
        assert (again.codes, again.exclusive, again.sensors) == (
            made.codes, made.exclusive, made.sensors,
        )  # fmt: skip


WRONG = [
    ({"bits": 0}, "a sensor: 0 bits; 1 to 16 are allowed"),
    ({"bits": 17}, "a sensor: 17 bits; 1 to 16 are allowed"),
    ({"scale": 0.0}, "a sensor: a scale of zero: all integers would be one value"),
    ({"scale": 0.0, "name": "rate"},
     "column 'rate': a scale of zero: all integers would be one value"),
    ({"offset": 1e17}, "a sensor: its integers cannot be told apart by their values with scale 1"
     " and offset 1e+17"),
    ({"scale": 1e-320, "offset": 1.0}, "a sensor: its integers cannot be told apart by their"
     " values with scale 9.99989e-321 and offset 1"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "message"), WRONG)
def test_a_sensor_wrong(said: dict[str, float], message: str) -> None:
    with pytest.raises(EncoderError) as caught:
        Sensor(**({"bits": 8} | said))  # type: ignore[arg-type]
    assert str(caught.value) == message


REFUSED = [
    ([[1, 0, 0, 0], [8, 0, 0, 0]],
     "row 2, column 'rate': 8 is not within 0 to 7 (3 bits, unsigned, scale 1), which its sensor"
     " gives"),
    ([[-0.6, 0, 0, 0]],
     "row 1, column 'rate': -0.6 is not within 0 to 7 (3 bits, unsigned, scale 1), which its"
     " sensor gives"),
    ([[0, 0.8, 0, 0]],
     "row 1, column 'tilt': 0.8 is not within -1 to 0.5 (2 bits, signed, scale 0.5), which its"
     " sensor gives"),
    ([[np.inf, 0, 0, 0]],
     "row 1, column 'rate': inf is not within 0 to 7 (3 bits, unsigned, scale 1), which its sensor"
     " gives"),
    ([[0, 0, 2, 0]],
     "row 1, feature 2: 2 is not within 0 to 1 (1 bit, unsigned, scale 1), which its sensor"
     " gives"),
    ([[0, 0, 0, np.nan]], "feature 3 of row 0 is not a number"),
    ([[0, 0, 0]], "features of shape (1, 3): the encoder takes (n, 4)"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), REFUSED)
def test_values_that_a_sensor_cannot_give_wrong(rows: list[list[float]], message: str) -> None:
    with pytest.raises(EncoderError) as caught:
        encoder().encode(np.array(rows, np.float64))
    assert str(caught.value) == message


def test_a_damaged_description_wrong() -> None:
    good = encoder().to_dict()
    for change in (
        {"sensors": good["sensors"][:2]},
        {"sensors": []},
        {"sensors": [{"bits": 3}] * 4},
        {"sensors": None},
        {"features": 5},
        {"codes": {}},
        {"sensors": [one | {"scale": 0} for one in good["sensors"]]},
    ):
        with pytest.raises(EncoderError):
            encoder_from_dict(good | change)
