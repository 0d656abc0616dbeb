"""Don't-cares of netlists: equal on every valid input, or on every sample, listed in full."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from gen.files import FileDamaged
from gen.logic.evaluate import evaluate
from gen.map.dont_cares import on_data
from gen.map.netlist import Cell, Netlist
from gen.map.resynthesis.run import on_care_set
from gen.map.trusted import Samples, compare, read_samples, trust

ALL = np.array(list(itertools.product((0, 1), repeat=6)), dtype=np.uint8)
THERMOMETER = [[(0, True), (1, False)], [(1, True), (2, False)]]
VALID = ALL[(ALL[:, 0] >= ALL[:, 1]) & (ALL[:, 1] >= ALL[:, 2])]


def random_netlist(seed: int, cells: int = 25) -> Netlist:
    rng = np.random.default_rng(seed)
    made = []
    for index in range(cells):
        size = int(rng.integers(2, 5))
        fan_in = rng.choice(6 + index, size, replace=False)
        made.append(Cell(int(rng.integers(1, (1 << (1 << size)) - 1)), tuple(fan_in.tolist())))
    outputs = tuple((f"class.{k}", 6 + cells - 1 - k) for k in range(4))
    return Netlist(tuple(f"x[{i}]" for i in range(6)), outputs, tuple(made))


def answers(netlist: Netlist, rows: np.ndarray) -> np.ndarray:
    """Outputs by looking tables up one after the other."""
    found = []
    for row in rows.tolist():
        signal = list(row)
        for cell in netlist.cells:
            signal.append(cell.table >> sum(signal[s] << k for k, s in enumerate(cell.fan_in)) & 1)
        found.append([signal[s] if s >= 0 else -1 - s for _, s in netlist.outputs])
    return np.array(found)


@pytest.mark.parametrize("seed", [0, 7])
def test_equal_on_every_valid_input(seed: int) -> None:
    netlist = random_netlist(seed)
    found = on_care_set(netlist, THERMOMETER, VALID[:5])
    assert found is not None
    assert found.undecided == 0
    assert np.array_equal(answers(found.netlist, VALID), answers(netlist, VALID))
    assert len(found.netlist.cells) < len(netlist.cells)


def test_without_time_nothing_changes_where_it_matters() -> None:
    netlist = random_netlist(1)
    found = on_care_set(netlist, THERMOMETER, VALID[:5], seconds=0)
    assert found is None or np.array_equal(answers(found.netlist, VALID), answers(netlist, VALID))


@pytest.mark.parametrize("seed", range(12))
def test_data_keeps_the_answers_on_the_samples_only(seed: int) -> None:
    netlist = random_netlist(seed)
    rows = ALL[np.random.default_rng(seed).choice(64, 12, replace=False)]
    found = trust(netlist, rows)
    assert np.array_equal(answers(found, rows), answers(netlist, rows))
    assert len(found.cells) <= len(on_data(netlist, rows).netlist.cells) <= len(netlist.cells)


def test_the_report_counts_what_changed() -> None:
    netlist = random_netlist(2)
    after = trust(netlist, ALL[:6])
    labels = answers(netlist, ALL) @ (1 << np.arange(4))
    report = compare(netlist, after, Samples(ALL, labels))
    changed = (answers(netlist, ALL) != answers(after, ALL)).any(axis=1)
    assert report["cells"] == [len(netlist.cells), len(after.cells)]
    assert report["accuracy"] == [1.0, round(1 - changed.mean(), 4)]
    assert (report["held_out"], report["changed_held_out"]) == (64, changed.sum())
    assert abs(report["changed_random"] / report["random"] - changed.mean()) < 0.02
    assert changed.any()


def test_samples_of_another_network_wrong(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    inputs = np.packbits(ALL[:3], axis=1, bitorder="little")
    for arrays in (
        {"inputs": inputs, "n_in": 5, "labels": [0, 1, 2]},
        {"inputs": inputs, "n_in": 6, "labels": []},
        {"inputs": inputs, "n_in": 6},
    ):
        np.savez(path, **arrays)  # type: ignore[arg-type]
        with pytest.raises(FileDamaged, match=r"vectors\.npz: "):
            read_samples(path, random_netlist(0))
    np.savez(path, inputs=inputs, n_in=6, labels=np.array([0, 1, 2]))
    assert np.array_equal(read_samples(path, random_netlist(0)).inputs, ALL[:3])
    assert evaluate(random_netlist(0).to_graph(), ALL[:3]).shape == (3, 4)
    assert json.dumps(
        compare(random_netlist(0), random_netlist(0), read_samples(path, random_netlist(0)))
    )
