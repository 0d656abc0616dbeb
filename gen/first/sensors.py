"""Chooses what a sensor gives for each column, as far as the data shows it: bits, sign and scale.

With the encoder on the chip a column comes as an integer, and value = integer * scale + offset.
Data tells in which steps its values were written, not what sensor they came from: the comments say
what was seen, for the user to put right.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.data.dataset import DataSet
from gen.data.own.columns import Columns
from gen.first.codes import Codes

__all__ = ["choose_sensor", "with_sensors"]

MOST_BITS, USUAL_BITS, MOST_DECIMALS = 16, 10, 6
PIXEL = {"sensor_bits": 8}


@dataclass(frozen=True)
class _Seen:
    """What [encoding] says of a sensor, and why."""

    keys: dict[str, Any]
    why: str

    @property
    def bits(self) -> int:
        return int(self.keys["sensor_bits"])


def with_sensors(codes: Codes, data: DataSet, steps: int) -> Codes:
    """The codes with what they say of sensors: of single columns of a table, else of all alike."""
    if data.image is not None and _are_bytes(data.features):
        return _alike(codes, _Seen(PIXEL, "a pixel comes as a byte"))
    if data.columns is None or steps > 1:
        return _alike(codes, choose_sensor(data.features))
    seen = _by_column(data.columns, data.features)
    if not seen:
        return _alike(
            codes, _Seen({"sensor_bits": 1}, "there are categories alone, a bit for each")
        )
    usual = _usual(list(seen.values()))
    told = {name: (table, why) for name, table, why in codes.columns}
    columns = []
    for name in [*told, *(one for one in seen if one not in told)]:
        table, why = told.get(name, ({}, ""))
        other = {} if name not in seen or seen[name].keys == usual.keys else _whole(seen[name].keys)
        if table or other:
            reasons = [why, seen[name].why if other else ""]
            columns.append((name, table | other, "; ".join(one for one in reasons if one)))
    bits = sum(one.bits for one in seen.values())
    return _alike(replace(codes, columns=tuple(columns)), usual, bits)


def _are_bytes(values: NDArray[np.float64]) -> bool:
    """Whether pixels are whole numbers from 0 to 255, and use the room."""
    whole = np.array_equal(values, np.floor(values))
    return bool(whole and values.min() >= 0 and 15 < values.max() <= 255)


def choose_sensor(values: NDArray[np.float64]) -> _Seen:
    """An integer for these values: in steps of their last decimal where that takes 16 bits at the
    most, else in steps of a thousandth of their range."""
    known = values[~np.isnan(values)]
    low, high = float(known.min()), float(known.max())
    said = f"{low:g} to {high:g}"
    for decimals in range(MOST_DECIMALS + 1):
        scaled = known * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max() > 1e-6 * max(1.0, np.abs(scaled).max()):
            continue
        ends = round(low * 10.0**decimals), round(high * 10.0**decimals)
        bits = _bits(*ends)
        if bits > MOST_BITS:
            break
        what = f"{decimals} decimals" if decimals else "whole numbers"
        return _Seen(_keys(bits, ends[0] < 0, float(f"1e-{decimals}")), f"{what}, {said}")
    return _ranged(low, high, said)


def _ranged(low: float, high: float, said: str) -> _Seen:
    """Steps of about a thousandth of what there is to tell apart."""
    far = low > 0 and high - low < high / 2  # All values lie far from zero.
    least = high - low if far else max(abs(low), abs(high))
    signed = low < 0
    steps = (1 << USUAL_BITS - signed) - 1
    scale = _rounded_up((least or 1.0) / steps)
    keys = _keys(USUAL_BITS, signed, scale) | ({"offset": low} if far else {})
    return _Seen(keys, f"{said}: in {1 << USUAL_BITS:,} steps")


def _keys(bits: int, signed: bool, scale: float) -> dict[str, Any]:
    found: dict[str, Any] = {"sensor_bits": bits}
    found |= {"signed": True} if signed else {}
    return found | ({"scale": scale} if scale != 1 else {})


def _whole(keys: Mapping[str, Any]) -> dict[str, Any]:
    """All keys of a column, which would else be as for the others."""
    return {"sensor_bits": 1, "signed": False, "scale": 1.0, "offset": 0.0, **keys}


def _bits(low: int, high: int) -> int:
    """Bits of the least integer that holds both."""
    if low < 0:
        return 1 + max((-low - 1).bit_length(), high.bit_length())
    return max(1, high.bit_length())


def _rounded_up(value: float) -> float:
    """To three digits, not below the value."""
    digits = 2 - math.floor(math.log10(value))
    return float(f"{math.ceil(value * 10**digits) / 10**digits:.6g}")


def _by_column(columns: Columns, features: NDArray[np.float64]) -> dict[str, _Seen]:
    """Of each column of numbers."""
    found, at = {}, 0
    for column in columns.columns:
        if not column.categories:
            found[column.name] = choose_sensor(features[:, at])
        at += len(column.features)
    return found


def _usual(seen: Sequence[_Seen]) -> _Seen:
    """That of most columns."""
    counts = [sum(other.keys == one.keys for other in seen) for one in seen]
    return seen[int(np.argmax(counts))]


def _alike(codes: Codes, sensor: _Seen, bits: int | None = None) -> Codes:
    """The codes with one sensor for all that say nothing else, of `bits` in all."""
    table = codes.table | {"where": "chip"} | sensor.keys
    why = (
        f"{codes.why}; on the chip, where a value is its sensor's integer * scale"
        f"{' + offset' if 'offset' in sensor.keys else ''} (seen: {sensor.why}): put right what"
        " your sensors give"
    )
    carried = codes.features * sensor.bits if bits is None else bits
    return replace(codes, table=table, why=why, sensor_bits=carried + codes.fixed)
