"""Sweep files of small trainings, for tests."""

from pathlib import Path

__all__ = ["BASE", "RANGES", "sweep_file"]

BASE = """
[data]
set = "cancer"

[encoding]
kind = "threshold"

[[layers]]
units = 5
fan_in = 3

[head]
fan_in = 3

[schedule]
epochs = 2
batch = 128
"""

RANGES = """
[ranges.layers.1]
units = [4, 5, 8]
fan_in = {low = 2, high = 4}

[ranges.schedule]
learning_rate = {low = 0.01, high = 0.05, log = true}
"""


def sweep_file(
    folder: Path,
    ranges: str = RANGES,
    rest: str = '[goals]\nminimize = ["nonzero"]\n[budget]\ntrials = 3\n',
    top: str = "",
    base: str = BASE,
) -> Path:
    """A sweep file with its recipe beside it."""
    (folder / "small.toml").write_text(base)
    path = folder / "wide.toml"
    path.write_text(f'recipe = "small.toml"\n{top}\n{ranges}\n{rest}')
    return path
