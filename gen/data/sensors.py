"""Sensors: features that come as integers, and the encoder that is on the chip behind them.

The network's inputs are then the bits of these integers, feature after feature, bit 0 first; what
the host's encoder would make of the values they stand for is made by comparators in the logic.
A category is an integer of one bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gen.data.care import care_of
from gen.data.encode import SENSORS, Code, Encoder, EncoderError, encoder_from_dict
from gen.files import DAMAGE

__all__ = ["Comparators", "Sensor", "SensorEncoder", "measured", "on_chip", "sensors_from_dict"]

MOST_BITS = 16
NEVER = np.iinfo(np.int32).max
"""An edge that no integer reaches."""


@dataclass(frozen=True)
class Sensor:
    """An integer of so many bits, two's complement where `signed`, that stands for the value
    integer * scale + offset. `name` is that of its feature, where it has one.

    Raises EncoderError where two integers would stand for one value, as with a scale of zero.
    """

    bits: int
    signed: bool = False
    scale: float = 1.0
    offset: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MOST_BITS:
            raise EncoderError(f"{self}: {self.bits} bits; 1 to {MOST_BITS} are allowed")
        if not self.scale:
            raise EncoderError(f"{self}: a scale of zero: all integers would be one value")
        with np.errstate(over="ignore", invalid="ignore"):
            back = self.nearest(self.values(self.all))
        if not np.array_equal(back, self.all):
            raise EncoderError(
                f"{self}: its integers cannot be told apart by their values with scale"
                f" {self.scale:g} and offset {self.offset:g}"
            )

    def __str__(self) -> str:
        return f"column {self.name!r}" if self.name else "a sensor"

    @property
    def low(self) -> int:
        """The least integer."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def all(self) -> NDArray[np.int64]:
        """All its integers, ascending."""
        return np.arange(self.low, self.low + (1 << self.bits), dtype=np.int64)

    def values(self, integers: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values that integers stand for."""
        return np.asarray(integers, np.float64) * self.scale + self.offset

    def nearest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The integers nearest to values, as floats, whether the sensor has them or not."""
        found: NDArray[np.float64] = np.rint((values - self.offset) / self.scale)
        return found

    def integer(self, bits: Sequence[int]) -> int:
        """The integer of these bits, lowest first."""
        found = sum(bit << place for place, bit in enumerate(bits))
        return found - (1 << self.bits) if self.signed and bits[-1] else found

    def says(self) -> str:
        """What it can give, for an error."""
        ends = sorted(self.values(self.all[[0, -1]]).tolist())
        kind = "signed" if self.signed else "unsigned"
        said = f"{self.bits} bit{'s' * (self.bits > 1)}, {kind}, scale {self.scale:g}"
        return (
            f"{ends[0]:g} to {ends[1]:g} ({said}{f', offset {self.offset:g}' * (self.offset != 0)})"
        )

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value."""
        value: dict[str, Any] = {"bits": self.bits, "signed": self.signed}
        return value | {"scale": self.scale, "offset": self.offset, "name": self.name}


def integers_of(sensors: Sequence[Sensor], features: NDArray[np.float64]) -> NDArray[np.int64]:
    """The integers (n, F) nearest to features (n, F).

    Raises EncoderError naming the row, from 1, and column of the first that its sensor cannot give.
    """
    scale = np.array([one.scale for one in sensors])
    found = np.rint((features - np.array([one.offset for one in sensors])) / scale)
    low = np.array([one.low for one in sensors])
    high = low + np.array([(1 << one.bits) - 1 for one in sensors])
    wrong = np.argwhere(~((found >= low) & (found <= high)))
    if len(wrong):
        row, at = wrong[0].tolist()
        where = str(sensors[at]) if sensors[at].name else f"feature {at}"
        raise EncoderError(
            f"row {row + 1}, {where}: {features[row, at]:g} is not within {sensors[at].says()},"
            " which its sensor gives"
        )
    return found.astype(np.int64)


def measured(sensors: Sequence[Sensor], features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features (n, F) as sensors give them: the values of the nearest integers."""
    scale, offset = (
        np.array([getattr(one, key) for one in sensors]) for key in ("scale", "offset")
    )
    found: NDArray[np.float64] = integers_of(sensors, features) * scale + offset
    return found


@dataclass(frozen=True, eq=False)
class Comparators:
    """What makes code bits of integers: bit i is `codes[i, number of edges[i] that are reached]`
    by the integer whose `width[i]` input bits begin at `first[i]`, two's complement if `signed[i]`.

    Edges int32 (m, L), ascending, padded with NEVER; codes int8 (m, L + 1).
    """

    first: NDArray[np.int32]
    width: NDArray[np.int8]
    signed: NDArray[np.int8]
    edges: NDArray[np.int32]
    codes: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class SensorEncoder(Encoder):
    """Features to the bits of their sensors' integers; `codes` are what the chip makes of these.

    `host` is the encoder that gives the code bits at once: of `measured` features the same ones,
    bit for bit, that the comparators give of the integers.
    """

    sensors: tuple[Sensor, ...] = ()

    where: ClassVar[str] = "chip"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.sensors) != len(self.codes):
            raise EncoderError(f"{len(self.sensors)} sensors for {len(self.codes)} features")

    @cached_property
    def host(self) -> Encoder:
        return Encoder(self.codes, self.exclusive)

    @cached_property
    def between(self) -> Encoder:
        categories = {one for group in self.exclusive for one in group}
        codes = [
            code if at in categories else _midway(code, sensor)
            for at, (code, sensor) in enumerate(zip(self.codes, self.sensors, strict=True))
        ]
        return Encoder(tuple(codes), self.exclusive)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        return tuple(np.cumsum([0, *(one.bits for one in self.sensors)]).tolist())

    def measured(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return measured(self.sensors, self.checked(features))

    def encode(self, features: np.ndarray) -> np.ndarray:
        return self.bits_of(integers_of(self.sensors, self.checked(features)))

    def bits_of(self, integers: NDArray[np.int64]) -> np.ndarray:
        """Input bits uint8 (n, bits in all) of integers (n, F)."""
        place = np.concatenate([np.arange(one.bits) for one in self.sensors])
        spread = np.repeat(integers, [one.bits for one in self.sensors], axis=1)
        return (spread >> place & 1).astype(np.uint8)

    def care(self) -> dict[str, Any] | None:
        return care_of([("onehot", [self.starts[f] for f in group]) for group in self.exclusive])

    def says(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        """What each input bit is: "bit 3 of heart rate"; "hand=left" of a category."""
        categories = {one for group in self.exclusive for one in group}
        return tuple(
            name if feature in categories else f"bit {bit} of {name}"
            for feature, (name, one) in enumerate(zip(self.named(names), self.sensors, strict=True))
            for bit in range(one.bits)
        )

    def holds(self, feature: int, bits: Sequence[int], name: str) -> str:
        one = self.sensors[feature]
        return f"{name} = {one.values(np.array(one.integer(bits))):g}"

    def share(self, feature: int, bits: Sequence[int]) -> float:
        one = self.sensors[feature]
        return (one.integer(bits) - one.low) / ((1 << one.bits) - 1)

    def code_says(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        return self.host.says(names)

    def first_step(self, steps: int) -> "SensorEncoder":
        """The encoder of a sequence's first step, of as many features as each has."""
        count = self.features // steps
        return replace(self, codes=self.codes[:count], sensors=self.sensors[:count], exclusive=())

    def comparators(self) -> Comparators:
        """The comparators of all code bits, in order."""
        rows = [
            (start, one.bits, int(one.signed), *step)
            for start, one, code in zip(self.starts, self.sensors, self.codes, strict=False)
            for step in _steps(replace(one, name=""), code)
        ]
        most = max(len(edges) for *_, edges in rows)
        edges = np.full((len(rows), most), NEVER, np.int32)
        codes = np.zeros((len(rows), most + 1), np.int8)
        for at, (*_, low, reached) in enumerate(rows):
            edges[at, : len(reached)] = reached
            codes[at] = (np.minimum(np.arange(most + 1), len(reached)) + low) % 2
        first, width, signed = (
            np.array(part) for part in zip(*(row[:3] for row in rows), strict=True)
        )
        whole = first.astype(np.int32), width.astype(np.int8), signed.astype(np.int8)
        return Comparators(*whole, edges, codes)

    def to_dict(self) -> dict[str, Any]:
        sensors = [one.to_dict() for one in self.sensors]
        alike = all(one == sensors[0] for one in sensors)
        top = {"where": self.where, "kind": SENSORS, "features": self.features}
        return top | {"sensors": sensors[:1] if alike else sensors, "codes": self.host.to_dict()}


@lru_cache(maxsize=4096)
def _steps(sensor: Sensor, code: Code) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Of each bit of a code: its value at the least integer, and the integers at which it changes,
    from the code of every integer's value as the host's encoder has it."""
    bits = Encoder((code,)).encode(sensor.values(sensor.all)[:, None])
    found = []
    for column in bits.T:
        changes = sensor.all[1:][np.diff(column.astype(np.int8)) != 0]
        found.append((int(column[0]), tuple(changes.tolist())))
    return tuple(found)


def on_chip(encoder: Encoder, sensors: Sequence[Sensor], drop: bool = False) -> SensorEncoder:
    """An encoder put behind sensors: thresholds become values that the sensor gives, which changes
    no code. With `drop` thresholds that are then equal are left out."""
    categories = {one for group in encoder.exclusive for one in group}
    codes = [
        code if at in categories else _snapped(code, sensor, drop)
        for at, (code, sensor) in enumerate(zip(encoder.codes, sensors, strict=True))
    ]
    return SensorEncoder(tuple(codes), encoder.exclusive, tuple(sensors))


def _snapped(code: Code, sensor: Sensor, drop: bool) -> Code:
    values = np.sort(sensor.values(sensor.all))
    at = np.searchsorted(values, code.thresholds)
    found = [
        float(values[place]) if place < len(values) else one
        for place, one in zip(at.tolist(), code.thresholds, strict=True)
    ]
    found = sorted(set(found)) if drop else found
    kind = "threshold" if len(found) == 1 and code.kind == "thermometer" else code.kind
    return Code(kind, tuple(found))


def _midway(code: Code, sensor: Sensor) -> Code:
    """The code with its thresholds, values that the sensor gives, half a step lower."""
    known = set(sensor.values(sensor.all).tolist())
    half = abs(sensor.scale) / 2
    return Code(code.kind, tuple(one - half if one in known else one for one in code.thresholds))


def sensors_from_dict(value: Any) -> SensorEncoder:
    """The encoder that `to_dict` described. Raises EncoderError where it is damaged."""
    try:
        features = int(value["features"])
        sensors = [
            Sensor(
                int(one["bits"]), bool(one["signed"]), float(one["scale"]), float(one["offset"]),
                str(one["name"]),
            )
            for one in value["sensors"]
        ]  # fmt: skip
        inner = encoder_from_dict(value["codes"])
    except DAMAGE as error:
        raise EncoderError(f"not an encoder: {type(error).__name__}: {error}") from None
    if len(sensors) == 1:
        sensors *= max(1, min(features, inner.features))
    if not len(sensors) == inner.features == features:
        raise EncoderError(
            f"{len(sensors)} sensors and {inner.features} codes for {features} features"
        )
    return SensorEncoder(inner.codes, inner.exclusive, tuple(sensors))
