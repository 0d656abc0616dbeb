"""Which care sets encoders keep to, against codes of many values, and encoders that do not."""

from typing import Any

import numpy as np
import pytest

from gen.data.encode import Code, Encoder
from gen.data.fulfilled import codes_of, fulfilled
from gen.data.sensors import Sensor, on_chip

THREE = Code("thermometer", (-1.5, 0.0, 2.25))
ONE = Code("onehot", (0.5, 1.5))


def meta(encoder: Encoder, kind: str, groups: list[list[int]], **more: Any) -> dict[str, Any]:
    care = {"kind": kind, "groups": groups}
    return {"encoder": encoder.to_dict(), "care": care} | more


@pytest.mark.parametrize(
    "code",
    [
        THREE,
        ONE,
        Code("binary", (0.5, 1.5, 2.5)),
        Code("threshold", (0.1,)),
        Code("thermometer", (1.0, 1.0, np.nextafter(1.0, 2))),
        Code("onehot", (-np.finfo(float).max, 3.0, 3.0)),
    ],
    ids=["thermometer", "onehot", "binary", "threshold", "equal", "extreme"],
)
def test_all_codes_are_found(code: Code) -> None:
    """As many as a fine grid of values, with the thresholds' own neighbours, shows."""
    marks = np.array(code.thresholds)
    values = [np.linspace(-4, 4, 3001), [-np.inf, np.inf, np.finfo(float).min], marks]
    with np.errstate(over="ignore"):
        values += [np.nextafter(marks, way) for way in (-np.inf, np.inf)]
    encoder = Encoder((code,))
    seen = encoder.encode(np.concatenate(values)[:, None])
    assert {*map(bytes, seen)} == {*map(bytes, codes_of(encoder, 0))}


@pytest.mark.parametrize("kind", ["thermometer", "onehot"])
def test_what_our_encoders_say_of_themselves_holds(kind: str) -> None:
    encoder = Encoder.alike(kind, np.array([[-2.0, 0.0, 0.0, 7.5]] * 3))
    found = fulfilled({"encoder": encoder.to_dict(), "care": encoder.care()}, encoder.n_bits)
    assert (found.care, found.why) == (encoder.care(), "")
    assert found.codes == 3 * 4


def test_only_the_groups_that_hold_are_kept() -> None:
    """A thermometer, one with its bits the other way round, and one of two features."""
    encoder = Encoder((THREE, THREE, THREE, ONE))
    care = {
        "kind": "mixed",
        "kinds": ["thermometer", "thermometer", "thermometer", "onehot"],
        "groups": [[0, 1, 2], [5, 4, 3], [6, 7], [9, 10, 11]],
    }
    found = fulfilled({"encoder": encoder.to_dict(), "care": care}, 12)
    kept = {**care, "kinds": ["thermometer", "thermometer", "onehot"]}
    assert found.care == kept | {"groups": [[0, 1, 2], [6, 7], [9, 10, 11]]}
    assert found.why == (
        "1 of 4 groups are not shown to hold: feature 1 has the code 110, bit 0 first: no"
        " thermometer"
    )


@pytest.mark.parametrize(
    ("codes", "kind", "group", "why"),
    [
        ((THREE, THREE), "thermometer", [2, 3], "bits 2 to 3 are of several features (0 and 1)"),
        ((THREE, THREE), "thermometer", [0, 2, 1], "feature 0 has the code 110, bit 0 first"),
        ((THREE,), "onehot", [0, 1, 2], "feature 0 has the code 000, bit 0 first: no onehot"),
        ((ONE,), "onehot", [0, 1], "feature 0 has the code 001, bit 0 first: no onehot"),
        ((ONE,), "thermometer", [0, 1, 2], "feature 0 has the code 010, bit 0 first"),
        ((Code("binary", (1.0, 2.0)),), "onehot", [0, 1], "feature 0 has the code 00, bit 0"),
    ],
)
def test_encoders_that_do_not_keep_to_it_wrong(
    codes: tuple[Code, ...], kind: str, group: list[int], why: str
) -> None:
    encoder = Encoder(codes)
    found = fulfilled(meta(encoder, kind, [group]), encoder.n_bits)
    assert found.care is None
    assert found.why.startswith(f"1 of 1 groups are not shown to hold: {why}")


def test_categories_are_the_rows_own_promise() -> None:
    """That one of several features is 1 follows from no threshold."""
    encoder = Encoder((Code("threshold", (0.5,)),) * 3, exclusive=((0, 1, 2),))
    found = fulfilled({"encoder": encoder.to_dict(), "care": encoder.care()}, 3)
    assert found.care is None
    assert found.why.endswith("bits 0 to 2 are of several features (0 and 1)")


def test_every_step_of_a_sequence_counts() -> None:
    """The second step's feature has its thresholds in another order of bits: none at all."""
    good, other = Encoder((THREE, THREE)), Encoder((THREE, Code("onehot", (0.0, 1.0))))
    care = meta(good, "thermometer", [[0, 1, 2]])
    assert fulfilled(care, 3, steps=2).why == ""
    found = fulfilled(care | {"encoder": other.to_dict()}, 3, steps=2)
    assert "feature 1 has the code 010" in found.why


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"encoder": None}, "nothing says how its inputs are encoded (meta.encoder)"),
        ({"feedback": [0, 1, 2]}, "a class is fed back to the inputs, and no encoder makes it"),
        ({"encoder": Encoder((THREE, THREE)).to_dict()}, "its encoder gives 6 bits, and the netw"),
        ({"encoder": {"kind": "thermometer", "features": 1}}, "its encoder is none: "),
        (
            {
                "encoder": {
                    "kind": "thermometer", "bits": 3, "features": 1, "thresholds": [[2, 1, 0]]
                }
            },
            "its encoder is none: thresholds of feature 0 must ascend",
        ),
    ],
)  # fmt: skip
def test_nothing_is_shown_without_an_encoder_wrong(change: dict[str, Any], why: str) -> None:
    found = fulfilled(meta(Encoder((THREE,)), "thermometer", [[0, 1, 2]]) | change, 3)
    assert found.care is None
    assert found.why.startswith(why)
    assert fulfilled({"encoder": None, "care": None}, 3).why == ""


def test_sensors_give_any_integer() -> None:
    encoder = on_chip(Encoder((THREE,)), [Sensor(4)])
    found = fulfilled(meta(encoder, "thermometer", [[0, 1, 2]]), 4)
    assert (found.care, found.why[:30]) == (None, "its encoder is on the chip, an")
