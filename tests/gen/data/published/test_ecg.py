"""Heart beats on signals made here, against features computed beat by beat in plain Python."""

from pathlib import Path

import numpy as np
import pytest

from gen.arrays import write_arrays
from gen.data.errors import DataError
from gen.data.published.beats import FEATURES, Beats, features_of
from gen.data.published.ecg import read_ecg
from gen.data.sets import load_set

PLACES = {name: at for at, name in enumerate(FEATURES)}
SHAPE = np.array([0, 10, 40, 120, 200, 120, -60, -40, -10, 0])


def signal(beats: list[int], heights: list[float], length: int) -> np.ndarray:
    """A level of 1024 with a peak at each of the beats."""
    found = np.full(length, 1024.0)
    for at, height in zip(beats, heights, strict=True):
        found[at - 4 : at + 6] += height * SHAPE
    return found.astype(np.int16)


def table(beats: list[int], heights: list[float] | None = None) -> np.ndarray:
    made = signal(beats, heights or [1.0] * len(beats), beats[-1] + 300)[None]
    at = np.array(beats)
    return features_of(Beats(made, np.zeros(len(at), np.int64), at))


def column(found: np.ndarray, name: str) -> list[int]:
    return [int(one) for one in found[:, PLACES[name]]]


def test_a_steady_heart_is_as_usual() -> None:
    found = table([150 * at for at in range(1, 9)])
    for name in ("RR before", "RR after", "RR before that", "RR shortened", "RR after it"):
        assert column(found, name) == [64] * 8
    for name in ("RR of late", "amplitude", "width to usual"):
        assert column(found, name) == [64] * 8
    assert not found[:, PLACES["change P"] : PLACES["wave -211 ms"]].any()


def test_a_beat_that_comes_early_and_high() -> None:
    """The mean of intervals of 160 is 160 until the early beat, and before the next one it has
    moved by a sixteenth of -80."""
    found = table([160, 320, 480, 560, 800], [1, 1, 1, 2, 1])
    assert column(found, "RR before") == [64, 64, 64, 32, 240 * 64 // 155]
    assert column(found, "RR after")[2:4] == [32, 96]
    assert column(found, "RR shortened")[3:] == [32, 192]
    assert column(found, "RR after it")[3] == 192
    assert column(found, "amplitude")[:4] == [64, 64, 64, 128]
    assert max(column(found, "change QRS")[:3]) <= 1  # the next peak is in the mean around
    assert column(found, "change QRS")[3] > 8
    assert column(found, "change P")[3] < 8


def running(values: list[int], most: int) -> list[int]:
    """The value before each, in 64ths, as the module says it."""
    now, found = values[0] * 64, []
    for one in values:
        found.append(now >> 6)
        now += max(-most * 64, min(most * 64, (one * 64 - now) >> 2))
    return found


def test_waves_and_changes_as_plain_python_has_them() -> None:
    draw = np.random.default_rng(5)
    made = draw.integers(800, 1300, 4000).astype(np.int16)
    at = np.cumsum(draw.integers(100, 200, 20))
    found = features_of(Beats(made[None], np.zeros(20, np.int64), at))
    long = np.pad(made.astype(int), 300, mode="edge").tolist()
    waves, sizes = [], []
    for beat in (at + 300).tolist():
        mean = sum(long[beat - 128 : beat + 128]) // 256
        peak = max(range(beat - 12, beat + 13), key=lambda one: abs(long[one] - mean))
        mean = sum(long[peak - 128 : peak + 128]) // 256
        window = [one - mean for one in long[peak - 40 : peak + 72]]
        sizes.append(max(window[28:56]) - min(window[28:56]))
        waves.append([sum(window[box : box + 4]) for box in range(0, 112, 4)])
    usual = running(sizes, 16)
    assert column(found, "amplitude") == [a * 64 // b for a, b in zip(sizes, usual, strict=True)]
    waves = [[v * 64 // size for v in wave] for wave, size in zip(waves, usual, strict=True)]
    told = [[max(-128, min(127, one >> 1)) for one in wave] for wave in waves]
    assert found[:, PLACES["wave -211 ms"] :].tolist() == told
    means = [running(list(one), 16) for one in zip(*waves, strict=True)]
    change = [
        [abs(one - mean[beat]) for one, mean in zip(wave, means, strict=True)]
        for beat, wave in enumerate(waves)
    ]
    assert column(found, "change P") == [min(255, sum(one[:8]) >> 3) for one in change]
    assert column(found, "change T") == [min(255, sum(one[12:]) >> 3) for one in change]
    assert column(found, "change -22 ms") == [min(255, sum(one[8:10]) >> 1) for one in change]


def test_a_beat_does_not_depend_on_what_comes_after_the_next_one() -> None:
    draw = np.random.default_rng(6)
    made = draw.integers(800, 1300, (2, 6000)).astype(np.int16)
    made[1, :3000] = made[0, :3000]
    at = np.arange(200, 5000, 170)
    both = np.repeat([0, 1], len(at))
    found = features_of(Beats(made, both, np.tile(at, 2)))
    early = int((at + 150 < 3000).sum())
    assert np.array_equal(found[:early], found[len(at) : len(at) + early])
    assert not np.array_equal(found[: len(at)], found[len(at) :])


def test_a_record_of_one_beat() -> None:
    found = table([400])
    assert column(found, "RR before") == [0]
    assert column(found, "amplitude") == [64]


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    beats = np.array([150, 300, 450, 600])
    made = signal(beats.tolist(), [1, 1, 2, 1], 900)
    return {
        "signal": np.stack([made, made, made]),
        "split": np.array([2, 1, 2], np.uint8),
        "beat_sample": np.array([600, 450, 300, 150, *beats, *beats], np.int32),
        "beat_record": np.repeat([0, 1, 2], 4).astype(np.uint8),
        "beat_class": np.array([0, 3, 1, 0, 0, 2, 4, 0, 0, 0, 2, 0], np.uint8),
        "fs": np.array(180),
    }


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMELT_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mitbih").mkdir()
    return tmp_path / "mitbih/mitbih_180hz.npz"


def test_patients_are_in_one_part_and_unknown_beats_in_none(
    put: Path, arrays: dict[str, np.ndarray]
) -> None:
    write_arrays(put, arrays)
    data = load_set("ecg")
    assert (data.classes, data.features.shape) == (("N", "S", "V", "F"), (11, 56))
    # In the order of time: the first record's beats are written backwards.
    assert data.labels.tolist() == [0, 1, 3, 0, 0, 2, 0, 0, 0, 2, 0]
    assert data.train.tolist() == [4, 5, 6]
    assert data.columns is not None
    assert data.columns.features == FEATURES
    # All three records are alike, and the unknown beat is the usual one for the next.
    assert np.array_equal(data.features[7:], data.features[:4])
    assert np.array_equal(data.features[[4, 5, 6]], data.features[[0, 1, 3]])


def test_it_is_not_for_download(put: Path) -> None:
    with pytest.raises(DataError, match=r"and it is not for download; put mitbih_180hz\.npz, made"):
        read_ecg()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beat_class": np.full(12, 5)}, "beat_class[0] = 5, expected 0 to 4"),
        ({"beat_sample": np.full(12, 900)}, "beat_sample[0] = 900, expected 0 to 899"),
        ({"split": np.zeros(2, int)}, "lengths {'signal': 3, 'split': 2, 'beat_sample': 12,"),
        ({"signal": np.zeros(3, int)}, "signal is int64 (3,), expected whole numbers in 2 dim"),
        ({"split": np.zeros(3)}, "split is float64 (3,), expected whole numbers in 1 dimension"),
    ],
)
def test_arrays_wrong(
    put: Path, arrays: dict[str, np.ndarray], change: dict[str, np.ndarray], message: str
) -> None:
    write_arrays(put, arrays | change)
    with pytest.raises(DataError) as caught:
        read_ecg()
    assert str(caught.value).startswith(f"mitbih_180hz.npz: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive"])
def test_another_file_is_refused(put: Path, content: bytes) -> None:
    put.write_bytes(content)
    with pytest.raises(DataError, match=r"^mitbih_180hz\.npz: not the arrays signal, split, beat_"):
        read_ecg()
