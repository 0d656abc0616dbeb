"""Encoders: features to input bits.

Feature f becomes B bits, bit f*B + j = (feature >= thresholds[f][j]), thresholds ascending: a
thermometer code, in which a set bit means that all lower ones are set too. B = 1 is a plain
threshold. Thresholds are given, or the quantiles j/(B+1) of the training part.

A one-hot code of B bits has B - 1 thresholds, given or the quantiles j/B, and sets the one bit j
of the interval that the feature lies in: from threshold j-1, if any, to below threshold j. Symbols
0, 1, 2 are categories with thresholds 0.5, 1.5.

A binary code of B bits is the number of thresholds that the feature reaches, bit 0 first: up to
2^B - 1 thresholds, given or the quantiles j/2^B. Symbols 0, 1, 2 are 00, 10, 01 with the same
thresholds 0.5, 1.5.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.errors import SmeltError
from gen.files import DAMAGE

__all__ = [
    "KINDS",
    "Encoder",
    "EncoderError",
    "encoder_from_dict",
    "fit_encoder",
    "threshold_counts",
]

KINDS = ("threshold", "thermometer", "onehot", "binary")


class EncoderError(SmeltError):
    """Thresholds or features are not what an encoder can work with."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """Thresholds float64 (F, B), of a one-hot code (F, B - 1), of a binary one up to (F, 2^B - 1),
    ascending along each row."""

    kind: str
    thresholds: np.ndarray

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise EncoderError(f"encoder kind {self.kind!r} is not one of {', '.join(KINDS)}")
        _check_thresholds(self.kind, self.thresholds)

    @property
    def features(self) -> int:
        return len(self.thresholds)

    @property
    def bits(self) -> int:
        """Bits per feature."""
        count = int(self.thresholds.shape[1])
        if self.kind == "binary":
            return count.bit_length()
        return count + (self.kind == "onehot")

    @property
    def n_bits(self) -> int:
        """Input bits in all, features x bits."""
        return self.features * self.bits

    def encode(self, features: np.ndarray) -> np.ndarray:
        """Features (n, F) to bits uint8 (n, F*B), those of feature f from f*B on.

        Raises EncoderError for another width or a value that is not a number.
        """
        features = np.asarray(features, np.float64)
        if features.ndim != 2 or features.shape[1] != self.features:
            raise EncoderError(
                f"features of shape {features.shape}: the encoder takes (n, {self.features})"
            )
        if np.isnan(features).any():
            row, column = np.argwhere(np.isnan(features))[0]
            raise EncoderError(f"feature {column} of row {row} is not a number")
        bits = features[:, :, None] >= self.thresholds[None]
        if self.kind == "onehot":
            reached = np.pad(bits, ((0, 0), (0, 0), (1, 0)), constant_values=True)
            bits = reached & ~np.pad(bits, ((0, 0), (0, 0), (0, 1)))
        elif self.kind == "binary":
            bits = bits.sum(2)[:, :, None] >> np.arange(self.bits) & 1
        return bits.reshape(len(features), self.n_bits).astype(np.uint8)

    def care(self) -> dict[str, Any] | None:
        """The predicate on input bits that every encoded frame fulfils; None where all can occur.

        Groups of bit indices, lowest threshold first; see `gen.data.care`.
        """
        if self.bits == 1 or self.kind == "binary":
            return None
        groups = np.arange(self.n_bits).reshape(self.features, self.bits)
        kind = "onehot" if self.kind == "onehot" else "thermometer"
        return {"kind": kind, "groups": groups.tolist()}

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able value from which `encoder_from_dict` makes the same encoder."""
        return {
            "kind": self.kind,
            "bits": self.bits,
            "features": self.features,
            "thresholds": self.thresholds.tolist(),
        }


def encoder_from_dict(value: Any) -> Encoder:
    """The encoder that `to_dict` described. Raises EncoderError where it is damaged."""
    try:
        thresholds = np.asarray(value["thresholds"], np.float64)
        kind = value["kind"]
        features, bits = int(value["features"]), int(value["bits"])
        counts = threshold_counts(kind, bits)
    except DAMAGE as error:
        raise EncoderError(f"not an encoder: {type(error).__name__}: {error}") from None
    if thresholds.ndim != 2 or len(thresholds) != features or thresholds.shape[1] not in counts:
        stated = (features, counts[-1])
        raise EncoderError(
            f"thresholds of shape {thresholds.shape}, but features and bits say {stated}"
        )
    return Encoder(kind, thresholds)


def threshold_counts(kind: str, bits: int) -> range:
    """How many thresholds a feature that becomes so many bits may have; the last is the usual."""
    if kind == "binary":
        return range(1 << bits - 1, 1 << bits)
    count = bits - (kind == "onehot")
    return range(count, count + 1)


def fit_encoder(
    kind: str, bits: int, train: np.ndarray, thresholds: tuple[float, ...] | None = None
) -> Encoder:
    """An encoder for features like `train` (n, F), of which only the quantiles are used.

    With explicit `thresholds` (as many as `threshold_counts` allows, the same for every feature)
    the values of `train` are not looked at.
    """
    train = np.asarray(train, np.float64)
    if train.ndim != 2 or not train.size:
        raise EncoderError(f"training features of shape {train.shape}: expected (n, F), not empty")
    counts = threshold_counts(kind, bits)
    if thresholds is None:
        count = counts[-1]
        levels = np.arange(1, count + 1) / (count + 1)
        return Encoder(kind, np.quantile(train, levels, axis=0).T.copy())
    if len(thresholds) not in counts:
        raise EncoderError(f"{len(thresholds)} thresholds for {bits} bits per feature")
    return Encoder(kind, np.tile(np.asarray(thresholds, np.float64), (train.shape[1], 1)))


def _check_thresholds(kind: str, thresholds: np.ndarray) -> None:
    if thresholds.ndim != 2 or not thresholds.size:
        raise EncoderError(f"thresholds of shape {thresholds.shape}: expected (features, bits)")
    if kind == "threshold" and thresholds.shape[1] != 1:
        raise EncoderError(f"a threshold encoder has 1 bit per feature, not {thresholds.shape[1]}")
    if not np.isfinite(thresholds).all():
        feature = np.argwhere(~np.isfinite(thresholds))[0][0]
        raise EncoderError(f"a threshold of feature {feature} is not a finite number")
    falling = np.diff(thresholds, axis=1) < 0
    if falling.any():
        feature = np.argwhere(falling)[0][0]
        raise EncoderError(
            f"thresholds of feature {feature} must ascend, got {thresholds[feature].tolist()}"
        )
