"""Chooses layers, and says what of a board they will take, its link included.

The layers are learned truth tables of four inputs and a sparse ternary head: of what was tried,
the most accurate for their size. For sequences they are a recurrent layer. Figures of cost are
fitted to builds of the shipped recipes on UP5K and are rough; `gen estimate` knows better.
"""

import math
from dataclasses import dataclass
from typing import Any

from gen.first.cells import link_cells, whole_cells

__all__ = ["FULL", "TABLE_INPUTS", "Size", "choose_size", "few_inputs", "schedule_for"]

SUM_BIT, ARGMAX = 1.17, 1.82
"""LUT4 for each weight of a score, and for each class after the first and bit of a score."""
RNN_INPUT = 1.0
"""LUT4 for each input of a unit of a recurrent layer, and one more."""
COMPARATOR = 3
"""LUT4 for an input bit that the chip makes of a sensor's integer: 2.7 of 10 bits were seen."""
TABLE_INPUTS = 4
"""Input bits of a learned table."""
FEW_UNITS = 8
"""Units where there are too few bits for tables."""
FULL = 0.85
"""Of a board's cells that a first recipe may take."""


@dataclass(frozen=True)
class Size:
    """Layers and a head as a recipe's tables say them, LUT4 of the core and cells in all."""

    layers: tuple[dict[str, Any], ...]
    head: dict[str, Any]
    luts: int
    link: int
    whole: int


def choose_size(
    classes: int,
    input_bits: int,
    capacity: int,
    hard: bool = False,
    step_bits: int | None = None,
    sensor_bits: int = 0,
) -> Size | None:
    """The preferred size, or the largest below it of which FULL of `capacity` is enough; None
    where there is none. `hard` asks for more; `step_bits` is a step's where it is a sequence,
    `sensor_bits` those that the chip makes the input bits of, where it does."""
    wanted = _recurrent_units(classes) if step_bits else _table_units(classes, hard)
    units = wanted
    while units >= max(8, wanted // 5):
        found = (
            _recurrent(units, classes, step_bits, sensor_bits)
            if step_bits
            else _tables(units, classes, input_bits, sensor_bits)
        )
        if found.whole <= FULL * capacity:
            return found
        units = int(units * 0.85)
    return None


def few_inputs(classes: int, bits: int, sensor_bits: int = 0) -> Size:
    """A small network of sums, where there are fewer input bits than a table reads."""
    layer = {"units": FEW_UNITS, "fan_in": bits, "weights": "ternary", "activation_bits": 1}
    luts = FEW_UNITS + (bits * COMPARATOR if sensor_bits else 0)
    return _size(layer, FEW_UNITS // 2, luts, classes, sensor_bits or bits)


def _table_units(classes: int, hard: bool) -> int:
    return 200 if hard else min(400, max(60, 45 + 10 * classes))


def _recurrent_units(classes: int) -> int:
    return min(96, max(48, 4 * classes))


def _tables(units: int, classes: int, input_bits: int, sensor_bits: int) -> Size:
    fan_in = min(units, max(4, round(2 * math.sqrt(units))))
    # Tables choose their wires freely: of many inputs some are read by none.
    read = input_bits * (1 - math.exp(-4 * units / input_bits))
    encoder = read * COMPARATOR if sensor_bits else 0
    layer = {"kind": "lut", "units": units}
    return _size(layer, fan_in, units + encoder, classes, sensor_bits or read)


def _recurrent(units: int, classes: int, step_bits: int, sensor_bits: int) -> Size:
    fan_in = min(12, units + step_bits)
    layer = {"kind": "rnn", "units": units, "fan_in": fan_in}
    read = min(step_bits, units * fan_in)
    luts = units * (RNN_INPUT * fan_in + 1) + (read * COMPARATOR if sensor_bits else 0)
    return _size(layer, min(units, 16), luts, classes, sensor_bits or read)


def _size(layer: dict[str, Any], fan_in: int, luts: float, classes: int, read: float) -> Size:
    """With a head of `fan_in`, whose scores and class are answered."""
    bits = math.ceil(math.log2(fan_in + 1)) + 1
    luts += classes * SUM_BIT * fan_in + (classes - 1) * ARGMAX * bits
    link = link_cells(read, classes * bits + math.ceil(math.log2(classes)))
    return Size((layer,), {"fan_in": fan_in}, round(luts), link, whole_cells(luts, link))


def schedule_for(rows: int, recurrent: bool) -> dict[str, Any]:
    """A schedule for so many rows of training: enough steps for few, not too many for many."""
    batch = next(size for size, most in _BATCHES if rows < most)
    per_epoch = max(1, rows // min(batch, rows))
    epochs = max(4, min(300, round((2400 if rows < 10_000 else 6000) / per_epoch)))
    found: dict[str, Any] = {"epochs": epochs, "batch": batch}
    found["learning_rate"] = 0.01 if recurrent else 0.02
    if not recurrent:
        found["wiring_rate"] = 0.03
    return found | {"label_smoothing": 0.05, "noise": 0.2}


_BATCHES = ((32, 1000), (64, 10_000), (128, 40_000), (256, 200_000), (1024, math.inf))
