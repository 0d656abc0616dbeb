"""Encoders: features to input bits.

Feature f becomes bits that follow each other, those of feature f + 1 behind them. Each has a code:

A thermometer of B thresholds, ascending: bit j = (feature >= threshold j), so that a set bit means
that all lower ones are set too. One threshold alone is the kind "threshold".

A one-hot code of B bits has B - 1 thresholds and sets the one bit j of the interval that the
feature lies in: from threshold j-1, if any, to below threshold j. Symbols 0, 1, 2 are categories
with thresholds 0.5, 1.5.

A binary code of B bits is the number of thresholds that the feature reaches, bit 0 first: up to
2^B - 1 thresholds. Symbols 0, 1, 2 are 00, 10, 01 with the same thresholds 0.5, 1.5.

Which thresholds there are is another matter: see `gen.data.thresholds`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gen.data.care import care_of
from gen.errors import SmeltError
from gen.files import DAMAGE

__all__ = [
    "KINDS",
    "SENSORS",
    "Code",
    "Encoder",
    "EncoderError",
    "encoder_from_dict",
    "feature_places",
    "threshold_counts",
]

KINDS = ("threshold", "thermometer", "onehot", "binary")
BY_FEATURE = "by feature"
"""The kind of an encoder whose features have codes of their own."""
SENSORS = "sensors"
"""That of an encoder on the chip, as it is described: see `gen.data.sensors`."""


class EncoderError(SmeltError):
    """Thresholds or features are not what an encoder can work with."""


@dataclass(frozen=True)
class Code:
    """How one feature becomes bits."""

    kind: str
    thresholds: tuple[float, ...]

    @property
    def bits(self) -> int:
        """How many bits it becomes."""
        count = len(self.thresholds)
        return count.bit_length() if self.kind == "binary" else count + (self.kind == "onehot")

    def says(self, bit: int, name: str) -> str:
        """What it means that a bit is set, of a feature of this name: "petal width >= 1.75"."""
        marks = _told_apart(self.thresholds)
        if self.kind == "binary":
            return f"bit {bit} of the {len(marks)} thresholds that {name} reaches"
        if self.kind != "onehot":
            return f"{name} >= {marks[bit]}"
        if not 0 < bit < len(marks):
            return f"{name} >= {marks[-1]}" if bit else f"{name} < {marks[0]}"
        return f"{marks[bit - 1]} <= {name} < {marks[bit]}"

    def holds(self, bits: Sequence[int], name: str) -> str:
        """What a feature of this name is whose bits are these: "1 <= petal width < 1.75"; "" where
        no value has this code."""
        marks, reached = _told_apart(self.thresholds), self._reached(bits)
        if reached is None:
            return ""
        low, high = marks[reached - 1 : reached], marks[reached : reached + 1]
        if low and high:
            return f"{low[0]} <= {name} < {high[0]}"
        return f"{name} >= {low[0]}" if low else f"{name} < {high[0]}"

    def _reached(self, bits: Sequence[int]) -> int | None:
        """How many thresholds a value with these bits reaches; None where no value has them."""
        count = sum(bits)
        if self.kind == "binary":
            count = sum(bit << place for place, bit in enumerate(bits))
            return count if count <= len(self.thresholds) else None
        if self.kind == "onehot":
            return list(bits).index(1) if count == 1 else None
        return count if all(bits[:count]) else None


@dataclass(frozen=True, eq=False)
class Encoder:
    """A code for each feature. `exclusive` are groups of features of one bit each, of which one
    at the most is 1: the categories of a column."""

    codes: tuple[Code, ...]
    exclusive: tuple[tuple[int, ...], ...] = ()

    where: ClassVar[str] = "host"

    def __post_init__(self) -> None:
        for feature, code in enumerate(self.codes):
            _check_code(code, feature)

    @staticmethod
    def alike(kind: str, thresholds: NDArray[np.float64]) -> "Encoder":
        """All features of one kind: thresholds float64 (F, B), of a one-hot code (F, B - 1), of a
        binary one up to (F, 2^B - 1), ascending along each row."""
        if thresholds.ndim != 2 or not thresholds.size:
            raise EncoderError(f"thresholds of shape {thresholds.shape}: expected (features, bits)")
        return Encoder(tuple(Code(kind, tuple(row)) for row in thresholds.tolist()))

    @property
    def features(self) -> int:
        return len(self.codes)

    @cached_property
    def kind(self) -> str:
        """The kind of all codes, or "by feature" where they are not alike."""
        first = self.codes[0]
        alike = {(code.kind, len(code.thresholds)) for code in self.codes}
        return BY_FEATURE if len(alike) > 1 or self.exclusive else first.kind

    @property
    def bits(self) -> int | None:
        """Bits of each feature; None where they are not alike."""
        return None if self.kind == BY_FEATURE else self.codes[0].bits

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """Thresholds (F, B) of codes that are alike."""
        return np.array([code.thresholds for code in self.codes], np.float64)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first bit of each feature, and at the end how many there are in all."""
        widths = np.cumsum([0, *(code.bits for code in self.codes)])
        return tuple(widths.tolist())

    @property
    def n_bits(self) -> int:
        """Input bits in all."""
        return self.starts[-1]

    @property
    def host(self) -> "Encoder":
        """The encoder that makes the network's code bits of features: this one."""
        return self

    @property
    def between(self) -> "Encoder":
        """The host's encoder for features with noise: with sensors, its thresholds lie midway
        between the values that a sensor gives, so that less than half a step changes no bit."""
        return self

    def measured(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features (n, F) as the network gets them: with sensors, in steps of their scale."""
        return features

    def encode(self, features: np.ndarray) -> np.ndarray:
        """Features (n, F) to bits uint8 (n, bits in all).

        Raises EncoderError for another width or a value that is not a number.
        """
        features = self.checked(features)
        found = np.empty((len(features), self.n_bits), np.uint8)
        for kind, thresholds, given, places in self._groups:
            found[:, places] = _encoded(kind, thresholds, features[:, given])
        return found

    def checked(self, features: np.ndarray) -> NDArray[np.float64]:
        """Features as float64; raises EncoderError as `encode` does."""
        features = np.asarray(features, np.float64)
        if features.ndim != 2 or features.shape[1] != self.features:
            raise EncoderError(
                f"features of shape {features.shape}: the encoder takes (n, {self.features})"
            )
        if np.isnan(features).any():
            row, column = np.argwhere(np.isnan(features))[0]
            raise EncoderError(f"feature {column} of row {row} is not a number")
        return features

    @cached_property
    def _groups(self) -> list[tuple[str, NDArray[np.float64], list[int], list[int]]]:
        """Features whose codes are alike: kind, thresholds, the features and the bits."""
        alike: dict[tuple[str, int], list[int]] = {}
        for feature, code in enumerate(self.codes):
            alike.setdefault((code.kind, len(code.thresholds)), []).append(feature)
        return [
            (
                kind,
                np.array([self.codes[f].thresholds for f in given], np.float64),
                given,
                [bit for f in given for bit in range(self.starts[f], self.starts[f + 1])],
            )
            for (kind, _), given in alike.items()
        ]

    def care(self) -> dict[str, Any] | None:
        """The predicate on input bits that every encoded frame fulfils; None where all can occur.

        Groups of bit indices, lowest threshold first; see `gen.data.care`.
        """
        groups = [
            (_care_kind(code), list(range(start, start + code.bits)))
            for code, start in zip(self.codes, self.starts, strict=False)
            if code.bits > 1 and code.kind != "binary"
        ]
        groups += [("onehot", [self.starts[one] for one in group]) for group in self.exclusive]
        return care_of(groups)

    def says(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        """What it means that an input bit is set, for each: "petal width >= 1.75", and of a
        category its name alone, as "hand=left". Features have these names, "feature[4]" where
        there are not as many."""
        categories = {one for group in self.exclusive for one in group}
        return tuple(
            name if feature in categories else code.says(bit, name)
            for feature, (name, code) in enumerate(zip(self.named(names), self.codes, strict=True))
            for bit in range(code.bits)
        )

    def code_says(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        """What it means that a code bit is set, which is an input bit where the host encodes."""
        return self.says(names)

    def holds(self, feature: int, bits: Sequence[int], name: str) -> str:
        """What a feature of this name is whose input bits are these: "1 <= petal width < 1.75";
        "" where no value has this code."""
        return self.codes[feature].holds(bits, name)

    def share(self, feature: int, bits: Sequence[int]) -> float:
        """How high a feature is whose input bits are these, 0 to 1: the share of them that are
        set."""
        return sum(bits) / len(bits)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """Names of the features: these, or feature[4] where there are not as many."""
        fits = len(names) == self.features
        return tuple(names) if fits else tuple(f"feature[{at}]" for at in range(self.features))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value from which `encoder_from_dict` makes the same encoder."""
        top: dict[str, Any] = {"kind": self.kind, "bits": self.bits, "features": self.features}
        if self.kind != BY_FEATURE:
            return top | {"thresholds": self.thresholds.tolist()}
        codes = [{"kind": code.kind, "thresholds": list(code.thresholds)} for code in self.codes]
        return top | {"codes": codes, "exclusive": [list(group) for group in self.exclusive]}


def _told_apart(values: Sequence[float]) -> list[str]:
    """Numbers in as few digits, from six on, as move none by a hundredth of the way to another."""
    least = min((b - a for a, b in pairwise(values) if b > a), default=float("inf")) / 100
    for digits in range(6, 18):
        said = [f"{one:.{digits}g}" for one in values]
        if all(abs(float(text) - one) <= least for text, one in zip(said, values, strict=True)):
            break
    return said


def _care_kind(code: Code) -> str:
    return "onehot" if code.kind == "onehot" else "thermometer"


def _encoded(kind: str, thresholds: NDArray[np.float64], features: np.ndarray) -> np.ndarray:
    """Bits (n, features x bits) of features whose codes are alike."""
    if kind == "binary":
        columns = zip(thresholds, features.T, strict=True)
        counts = np.stack([np.searchsorted(one, f, side="right") for one, f in columns], axis=1)
        width = int(thresholds.shape[1]).bit_length()
        places = counts[:, :, None] >> np.arange(width) & 1
        return places.reshape(len(features), len(thresholds) * width).astype(np.uint8)
    bits = features[:, :, None] >= thresholds[None]
    if kind == "onehot":
        reached = np.pad(bits, ((0, 0), (0, 0), (1, 0)), constant_values=True)
        bits = reached & ~np.pad(bits, ((0, 0), (0, 0), (0, 1)))
    return bits.reshape(len(features), bits.shape[1] * bits.shape[2]).astype(np.uint8)


def encoder_from_dict(value: Any) -> Encoder:
    """The encoder that `to_dict` described. Raises EncoderError where it is damaged."""
    if isinstance(value, Mapping) and value.get("kind") == SENSORS:
        from gen.data.sensors import sensors_from_dict

        return sensors_from_dict(value)
    try:
        kind, features = value["kind"], int(value["features"])
        if kind == BY_FEATURE:
            codes = [
                Code(one["kind"], tuple(map(float, one["thresholds"]))) for one in value["codes"]
            ]
            exclusive = tuple(tuple(map(int, group)) for group in value["exclusive"])
            _check_exclusive(codes, exclusive, features)
            return Encoder(tuple(codes), exclusive)
        thresholds, bits = np.asarray(value["thresholds"], np.float64), int(value["bits"])
        counts = threshold_counts(kind, bits)
    except DAMAGE as error:
        raise EncoderError(f"not an encoder: {type(error).__name__}: {error}") from None
    if thresholds.ndim != 2 or len(thresholds) != features or thresholds.shape[1] not in counts:
        stated = (features, counts[-1])
        raise EncoderError(
            f"thresholds of shape {thresholds.shape}, but features and bits say {stated}"
        )
    return Encoder.alike(kind, thresholds)


def feature_places(described: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The first bit and the one behind the last of every feature, of an encoder's description, of
    which the number of features and bits is enough; none where there is no encoder."""
    if described.get("kind") in (BY_FEATURE, SENSORS):
        starts = encoder_from_dict(described).starts
        return list(zip(starts, starts[1:], strict=False))
    width, count = int(described.get("bits", 1)), int(described.get("features", 0))
    return [(at * width, (at + 1) * width) for at in range(count)]


def _check_exclusive(
    codes: Sequence[Code], exclusive: Sequence[Sequence[int]], features: int
) -> None:
    """Raise EncoderError where groups of categories are none."""
    if len(codes) != features or not codes:
        raise EncoderError(f"{len(codes)} codes for {features} features")
    named = [one for group in exclusive for one in group]
    fits = all(0 <= one < features and codes[one].bits == 1 for one in named)
    if not fits or len(set(named)) < len(named) or not all(exclusive):
        raise EncoderError("its exclusive features are not features of one bit, each named once")


def threshold_counts(kind: str, bits: int) -> range:
    """How many thresholds a feature that becomes so many bits may have; the last is the usual."""
    if kind == "binary":
        return range(1 << bits - 1, 1 << bits)
    count = bits - (kind == "onehot")
    return range(count, count + 1)


def _check_code(code: Code, feature: int) -> None:
    if code.kind not in KINDS:
        raise EncoderError(f"encoder kind {code.kind!r} is not one of {', '.join(KINDS)}")
    if code.kind == "threshold" and len(code.thresholds) != 1:
        raise EncoderError(f"a threshold encoder has 1 bit per feature, not {len(code.thresholds)}")
    values = np.array(code.thresholds, np.float64)
    if not len(values) or not np.isfinite(values).all():
        raise EncoderError(f"a threshold of feature {feature} is not a finite number")
    if (np.diff(values) < 0).any():
        raise EncoderError(
            f"thresholds of feature {feature} must ascend, got {list(code.thresholds)}"
        )
