"""First recipes with the encoder on the chip: sensors hold all that the data has."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.data.sensors import Sensor, integers_of, measured
from gen.first.sensors import choose_sensor
from gen.nets.training.job import data_of
from tests.gen.first.examples import write_arrays, write_images, write_sequence, write_table
from tests.gen.first.test_recipe import learned, made


def sensor_of(values: np.ndarray) -> Sensor:
    keys = dict(choose_sensor(values).keys)
    return Sensor(keys.pop("sensor_bits"), **keys)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=30))
@settings(deadline=None, max_examples=300)
def test_a_sensor_holds_every_value_to_half_a_step(values: list[float]) -> None:
    column = np.array(values)[:, None]
    sensor = sensor_of(column)
    integers_of([sensor], column)
    error = np.abs(measured([sensor], column) - column).max()
    assert error <= sensor.scale * 0.5001
    spread = max(abs(column.min()), abs(column.max()))
    assert sensor.scale <= 1 or sensor.scale <= spread / 100


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ([0, 3, 255], {"sensor_bits": 8}),
        ([-128, 127], {"sensor_bits": 8, "signed": True}),
        ([-129, 127], {"sensor_bits": 9, "signed": True}),
        ([0, 0], {"sensor_bits": 1}),
        ([1.25, 3.5], {"sensor_bits": 9, "scale": 0.01}),
        ([100000.0, 100001.0], {"sensor_bits": 10, "scale": 0.000978, "offset": 100000.0}),
        ([0.2, 1 / 3], {"sensor_bits": 10, "scale": 0.000131, "offset": 0.2}),
        # Half of the way to zero or more: steps begin there. 2 / 1023 are 0.001955.
        ([1 / 3, 2.0], {"sensor_bits": 10, "scale": 0.00196}),
        ([-1e-240, 1.0], {"sensor_bits": 1}),
    ],
)
def test_bits_sign_and_scale(values: list[float], keys: dict[str, object]) -> None:
    assert choose_sensor(np.array(values)).keys == keys


@pytest.mark.parametrize("kind", ["table", "arrays", "images", "sequence"])
def test_every_kind_of_data_is_learned_on_the_chip(tmp_path: Path, kind: str) -> None:
    path, words = {
        "table": lambda: (write_table(tmp_path, "csv"), ["--label", "gait"]),
        "arrays": lambda: (write_arrays(tmp_path), []),
        "images": lambda: (write_images(tmp_path), []),
        "sequence": lambda: (write_sequence(tmp_path), ["--label", "way", "--steps", "6"]),
    }[kind]()
    recipe = made(path, *words, "--where", "chip")
    assert recipe.encoding.where == "chip"
    _, data = data_of(recipe)
    found, _ = learned(recipe, 10)
    assert found > np.bincount(data.labels).max() / len(data.labels) + 0.2


def test_columns_that_differ_say_so(tmp_path: Path) -> None:
    recipe = made(write_table(tmp_path, "csv"), "--label", "gait", "--where", "chip")
    said = dict(recipe.encoding.columns)
    usual = recipe.encoding
    wanted = {"heart rate": (7, 1.0), "pace": (13, 0.001), "on": (1, 1.0), "room": (2, 1.0)}
    for name, (bits, scale) in wanted.items():
        one = said.get(name, usual)
        assert (one.sensor_bits, one.scale or 1.0) == (bits, scale), name


@pytest.mark.parametrize(
    ("whitest", "keys"),
    [(255, (8, None)), (1.0, (10, 0.001)), (16, (8, None)), (1000, (10, None))],
    ids=str,
)
def test_pixels_are_bytes_where_they_are_bytes(
    tmp_path: Path, whitest: float, keys: tuple[int, float | None]
) -> None:
    images = np.random.default_rng(2).integers(0, 1001, (60, 5, 5)) / 1000 * whitest
    images[0, 0, 0] = whitest
    whole = np.floor(images) if whitest > 1 else images
    np.savez(tmp_path / "day.npz", x=whole, y=np.arange(60) % 2)
    said = made(tmp_path / "day.npz", "--where", "chip").encoding
    assert (said.sensor_bits, said.scale) == keys
