"""Features of a heart beat, as whole numbers that a small chip can make: sums, differences, running
means that move by a shift, and one division a beat by what is usual for the patient.

Everything looks at the patient's own past alone, but for the interval to the next beat: a decision
falls when that has come. Nothing is learned from other patients, and no class is looked at.

A beat is where the signal is farthest from its mean of 256 samples, within 12 samples of where the
detector (here: the annotation) says it is. Of the 112 samples around it, from 40 before to 71
behind (at 180 Hz), the mean is taken off, and four at a time are added: 28 values, the `wave`.
Intervals and sizes come in 64ths of the patient's running mean, so that 64 is what is usual;
`change` is how far the wave is from the patient's running mean of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEATURES", "Beats", "features_of"]

MEAN = 256
"""Samples of the mean that is taken off, around a beat."""
NEAR = 12
BEFORE, BEHIND = 40, 72
BOX = 4
QRS = slice(28, 56)
"""Of the 112 samples, those whose height is a beat's amplitude."""
STEEP = slice(20, 71)
"""Where a width is looked for."""
PARTS = {"P": slice(0, 8), "QRS": slice(8, 12), "T": slice(12, 28)}
"""Of the 28 values of a wave."""
USUAL = 64
STEP = 16
"""The most that a running mean moves in a beat: a strange one moves it as little as others."""
MOST = 255
RATE_HZ = 180

Ints = NDArray[np.int64]


def _milliseconds(box: int, boxes: int = 1) -> int:
    """Where the middle of some boxes is, in relation to the beat."""
    return round(((box + boxes / 2) * BOX - BEFORE) * 1000 / RATE_HZ)


FEATURES = (
    *("RR before", "RR after", "RR before that", "RR shortened", "RR after it", "RR of late"),
    *("amplitude", "width", "width to usual", "area", "area to amplitude"),
    *(f"change {part}" for part in PARTS),
    *(f"change {_milliseconds(box, 2)} ms" for box in range(0, 28, 2)),
    *(f"wave {_milliseconds(box)} ms" for box in range(28)),
)
"""Names of the features; those of waves tell the middle of what is added up, from the beat on."""


@dataclass(frozen=True, eq=False)
class Beats:
    """Signals (R, T) and the beats in them, by record and then by time: `of` and `at` (B,)."""

    signal: NDArray[np.int16] | Ints
    of: Ints
    at: Ints

    @cached_property
    def place(self) -> Ints:
        """Which beat of its record each is, from 0."""
        return np.arange(len(self.of)) - np.searchsorted(self.of, self.of)

    def past(self, values: Ints, step: Callable[[Ints, Ints], Ints]) -> Ints:
        """Of a running value of `values` (B,) or (B, F), that before each beat: it begins as the
        first value of a record, and goes on by `step(now, value)`. In 64ths."""
        shape = (len(self.signal), int(self.place.max()) + 1, *values.shape[1:])
        grid = np.zeros(shape, np.int64)
        grid[self.of, self.place] = values << 6
        found = np.empty_like(grid)
        now = grid[:, 0]
        for beat in range(shape[1]):
            found[:, beat] = now
            now = now + step(now, grid[:, beat])
        return found[self.of, self.place] >> 6

    def mean(self, values: Ints, shift: int) -> Ints:
        """The running mean that moves by 2^-shift of the difference."""
        return self.past(values, lambda now, value: value - now >> shift)

    def usual(self, values: Ints, most: int = STEP) -> Ints:
        """The running mean that moves by a quarter of the difference, and by `most` at the most."""
        return self.past(
            values, lambda now, value: np.clip(value - now >> 2, -most * 64, most * 64)
        )

    def window(self, at: Ints, before: int, behind: int) -> Ints:
        """Samples (B, before + behind) from `before` ahead of `at` on; beyond a signal's ends its
        last ones."""
        padded = np.pad(self.signal, ((0, 0), (before, behind)), mode="edge")
        return padded[self.of[:, None], at[:, None] + np.arange(before + behind)].astype(np.int64)

    @cached_property
    def sums(self) -> NDArray[np.int32]:
        """Of each signal, all samples before each; they may wrap around, differences do not."""
        wide = np.pad(self.signal, ((0, 0), (MEAN // 2 + 1, MEAN // 2)), mode="edge")
        return np.cumsum(wide, axis=1, dtype=np.int32)

    def level(self, at: Ints) -> Ints:
        """The mean (B,) of MEAN samples around each `at`."""
        held = self.sums[self.of, at + MEAN] - self.sums[self.of, at]
        return held.astype(np.int64) // MEAN

    def peaks(self) -> Ints:
        """Where each beat is, in samples."""
        far = np.abs(self.window(self.at, NEAR, NEAR + 1) - self.level(self.at)[:, None])
        found: Ints = self.at + np.argmax(far, axis=1) - NEAR
        return np.clip(found, 0, self.signal.shape[1] - 1)


def features_of(beats: Beats) -> Ints:
    """Features (B, len(FEATURES)) of beats, 0 to 255, of waves -128 to 127."""
    at = beats.peaks()
    around = beats.window(at, BEFORE, BEHIND) - beats.level(at)[:, None]
    size = around[:, QRS].max(1) - around[:, QRS].min(1)
    usual = beats.usual(size)
    wave = _parts_of(_boxes(around, BOX), usual[:, None])
    change = np.abs(wave - beats.usual(wave))
    sums = [change[:, part].sum(1) >> 3 for part in PARTS.values()]
    found = [
        *_intervals(beats),
        *_shape(beats, around, size, usual),
        *sums,
        *(_boxes(change, 2) >> 1).T,
    ]
    counted = np.clip(np.stack(found, axis=1), 0, MOST)
    return np.concatenate([counted, np.clip(wave >> 1, -128, 127)], axis=1)


def _intervals(beats: Beats) -> list[Ints]:
    """Intervals to the beats before and after, to the patient's mean and to each other. Where a
    record has none, that on the other side stands."""
    gaps = np.diff(beats.at, prepend=0)
    first, last = beats.place == 0, np.append(beats.place[1:] == 0, True)
    after = np.append(gaps[1:], 0)
    before = np.where(first, after, gaps)
    after = np.where(last, before, after)
    before = np.where(first & last, 0, before)
    that = np.where(first, before, np.append(0, before[:-1]))
    usual = beats.mean(before, 4)
    return [
        *(_parts_of(one, usual) for one in (before, after, that)),
        *(_parts_of(before, that), _parts_of(after, before)),
        _parts_of(beats.mean(before, 2), usual),
    ]


def _shape(beats: Beats, around: Ints, size: Ints, usual: Ints) -> list[Ints]:
    """How high, steep and large a beat's middle is: its width is how many samples are a quarter as
    steep as the steepest."""
    steep = np.abs(np.diff(around[:, STEEP], axis=1))
    most = steep[:, QRS.start - STEEP.start : QRS.stop - STEEP.start].max(1)
    width = (steep > most[:, None] // 4).sum(1)
    area = np.abs(around[:, QRS]).sum(1)
    return [
        *(_parts_of(size, usual), width, _parts_of(width, beats.mean(width, 4))),
        *(_parts_of(area, beats.usual(area, 16 * STEP)), _parts_of(area, size) >> 3),
    ]


def _boxes(values: Ints, width: int) -> Ints:
    """Sums of so many columns each."""
    found: Ints = values.reshape(len(values), -1, width).sum(2)
    return found


def _parts_of(values: Ints, whole: Ints) -> Ints:
    """Values in 64ths of a whole; of none, of 1."""
    return values * USUAL // np.maximum(whole, 1)
