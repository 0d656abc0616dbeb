"""The benchmark of cuts: what it measures on a small network, its probe, table and plot."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.questions.section import ROWS, measure_seed, plot_sections, probe, table
from gen.nets.recipe import recipe_from_dict


@pytest.fixture(scope="module")
def row() -> dict:
    """One seed of a tiny network for two classes, hardly trained."""
    recipe = recipe_from_dict(
        {
            "name": "tiny",
            "data": {"set": "cancer"},
            "encoding": {"kind": "thermometer", "bits": 1},
            "layers": [{"units": 8, "fan_in": 4}],
            "head": {"fan_in": 4},
            "schedule": {"epochs": 8, "learning_rate": 0.05},
            "localize": {"behaviour": 0, "section": 4},
        }
    )
    return measure_seed(recipe, 3)


def test_a_seed_is_measured(row: dict) -> None:
    assert row["seed"] == 3
    own = row["localized"]
    assert own["verdict"] == "killed"
    assert set(own["kept"]) == {"independent"}
    assert own["said"][1] == 0
    assert own["rest"][1] == 1.0  # with two classes only the other one is left
    assert own["units"] == 4
    assert 1 <= row["same"]["units"] <= 4  # those that anything reads there
    assert row["circuit"]["units"] == 4
    assert row["deleted"]["rest"][1] == 1.0
    assert row["deleted"]["probe"][0] == row["deleted"]["probe"][1]


def test_a_probe_finds_what_there_is_and_no_more() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, (2000, 12)).astype(np.float64)
    there, not_there = x[:, 3] == 1, rng.random(2000) < 0.1
    found = probe(x[:1000], there[:1000], x[1000:], there[1000:])
    assert found == {"auc": 1.0, "balanced": 1.0, "found": 1.0}
    lost = probe(x[:1000], not_there[:1000], x[1000:], not_there[1000:])
    assert lost["auc"] == pytest.approx(0.5, abs=0.08)
    assert lost["balanced"] == pytest.approx(0.5, abs=0.08)


def test_table_and_plot(row: dict, tmp_path: Path) -> None:
    second = {**row, "seed": 4, "same": {**row["same"], "verdict": "alive", "rest": [0.9, 0.8]}}
    rows = [{**row, "same": {**row["same"], "verdict": "killed", "rest": [0.8, 0.8]}}, second]
    lines = table(rows).splitlines()
    assert "Seeds 3, 4;" in lines[0]
    same = next(line for line in lines if ROWS["same"] in line)
    units = row["same"]["units"]
    assert f"| {units} | proved in 1 of 2 | 85.00 % | 80.00 % | 5.00 ± 7.07 |" in same
    plot_sections(rows, tmp_path / "section.png")
    assert (tmp_path / "section.png").read_bytes().startswith(b"\x89PNG")
