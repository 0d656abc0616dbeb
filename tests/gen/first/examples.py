"""Data as strangers bring it: tables in three forms, arrays, drawn images, a sequence."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

ROWS = 300


def frame(rows: int = ROWS) -> pd.DataFrame:
    """Three kinds of walk, told by two columns; others are of no use, or of none alone."""
    rng = np.random.default_rng(5)
    kinds = np.arange(rows) % 3
    found = pd.DataFrame({
        "id": np.arange(rows) + 1000,
        "at": pd.date_range("2024-01-01", periods=rows, freq="min").astype(str),
        "heart rate": 60 + 25 * (kinds > 0) + rng.integers(0, 12, rows),
        "gait": kinds,
        "pace": np.round(np.where(kinds == 2, 3.0, 1.0) + rng.normal(0, 0.4, rows), 3),
        "hand": rng.choice(["left", "right"], rows),
        "on": (rng.random(rows) < 0.5).astype(int),
        "room": rng.integers(0, 4, rows),
        "constant": 7,
    })  # fmt: skip
    found["gait"] = [["rest", "walk", "run"][one] for one in kinds]
    return found


def write_table(folder: Path, ending: str, rows: int = ROWS) -> Path:
    """The table as day.csv, .tsv or .parquet."""
    path, table = folder / f"day.{ending}", frame(rows)
    if ending == "parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    return path


def write_arrays(folder: Path) -> Path:
    """Two Gaussian classes in six features as day.npz, with a test part of its own."""
    rng = np.random.default_rng(6)
    labels = np.arange(320) % 2
    values = rng.normal(0, 1, (320, 6)) + 2 * labels[:, None]
    parts = {"x": values[:240], "y": labels[:240], "x_test": values[240:], "y_test": labels[240:]}
    np.savez(folder / "day.npz", **parts)
    return folder / "day.npz"


def drawn(kind: int, rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """A bar across, a bar down, or a frame, somewhere on noise."""
    image = rng.normal(30, 15, (side, side))
    row, column = rng.integers(side // 3, side - side // 3, 2)
    if kind == 0:
        image[row] += 180
    elif kind == 1:
        image[:, column] += 180
    else:
        image[[2, -3], 2:-2] += 180
        image[2:-2, [2, -3]] += 180
    return image.clip(0, 255).astype(np.uint8)


def write_images(folder: Path, side: int = 14, each: int = 60) -> Path:
    """A folder `shapes` with a folder of drawn images for each of three classes."""
    rng = np.random.default_rng(7)
    for kind, name in enumerate(("across", "down", "frame")):
        inner = folder / "shapes" / name
        inner.mkdir(parents=True)
        for number in range(each):
            Image.fromarray(drawn(kind, rng, side)).save(inner / f"{number:03}.png")
    return folder / "shapes"


def write_sequence(folder: Path, steps: int = 6, rows: int = ROWS) -> Path:
    """Two channels over time, going up, down or round, as motion.csv."""
    rng = np.random.default_rng(8)
    at, kinds = np.arange(steps), np.arange(rows) % 3
    slopes = np.array([1.0, -1.0, 0.0])[kinds]
    first = slopes[:, None] * (at - steps / 2) / 2 + rng.normal(0, 0.3, (rows, steps))
    second = np.where(kinds == 2, 1.0, -1.0)[:, None] * np.sin(at) + rng.normal(
        0, 0.3, (rows, steps)
    )
    values = np.stack([first, second], axis=2).reshape(rows, -1).round(3)
    names = [f"{channel}{step}" for step in range(steps) for channel in "xy"]
    table = pd.DataFrame(values, columns=names)
    table["way"] = [["up", "down", "round"][one] for one in kinds]
    table.to_csv(folder / "motion.csv", index=False)
    return folder / "motion.csv"
