"""Coordinate descent against brute force: every wire, every table, every loss written out."""

import itertools
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gen.nets.layers.lut import LutLayer
from gen.nets.recipe import Recipe, RecipeError, recipe_from_dict
from gen.nets.training.batches import Batches
from gen.nets.training.descent import _Sweep, _Tables
from gen.nets.training.keys import Descent
from gen.nets.training.train import deterministic, train
from gen.nets.training.wires import addresses, best_wires

HEADS: dict[str, dict[str, Any]] = {
    "group_sum": {"kind": "group_sum", "temperature": 0.4},
    "heavy": {"kind": "group_sum", "temperature": 0.4, "heavy": 2},
    "majority": {"kind": "majority"},
    "far apart": {"kind": "group_sum", "temperature": 300},
    "argmax": {"fan_in": 4},
}


def recipe_of(head: str = "group_sum", levels: int | None = None, **said: Any) -> Recipe:
    units = 9 if head == "majority" else 12
    layer = {"kind": "lut", "units": units, "k": 3} | ({"levels": levels} if levels else {})
    value = {
        "name": "tables",
        "data": {"set": "digits"},
        "encoding": {"kind": "threshold", "thresholds": [8]},
        "layers": [layer],
        "head": HEADS[head],
        "descent": {"sweeps": 3, "copies": 2, "rows": 1000},
        "schedule": {"epochs": 0, "batch": 32},
    }
    return recipe_from_dict(value | said)


def least_cost(bits: np.ndarray, cost: np.ndarray, wires: tuple[int, ...]) -> int:
    """Of all tables on these wires, one address at a time."""
    found = 0
    for address in itertools.product((0, 1), repeat=len(wires)):
        rows = (bits[:, list(wires)] == address).all(1)
        found += min(0, int(cost[rows].sum()))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_wire_goes_where_the_best_table_costs_least(seed: int) -> None:
    draw = np.random.default_rng(seed)
    bits, cost = draw.integers(0, 2, (60, 7)), draw.integers(-9, 10, 60)
    wires = tuple(draw.permutation(7)[:3].tolist())
    wanted, left = list(wires), [0, 1, 2]
    while left:
        now = least_cost(bits, cost, tuple(wanted))
        options = [
            (least_cost(bits, cost, (*wanted[:wire], one, *wanted[wire + 1 :])), wire, one)
            for wire in left
            for one in range(7)
            if one == wanted[wire] or one not in wanted
        ]
        least, wire, one = min(options)
        if least >= 1.002 * now:
            break
        wanted[wire] = one
        left.remove(wire)

    found = best_wires(
        torch.from_numpy(bits).byte(), torch.from_numpy(cost).to(torch.int8), torch.tensor(wires)
    )
    assert found.tolist() == wanted


def test_addresses_have_the_first_wire_lowest() -> None:
    bits = torch.tensor(list(itertools.product((0, 1), repeat=3))).byte()
    wanted = (bits[:, 2].long() + 2 * bits[:, 0]).tolist()
    assert addresses(bits.T, torch.tensor([2, 0])).tolist() == wanted


def prepared(head: str, levels: int | None) -> tuple[torch.nn.Sequential, _Sweep, Batches]:
    from gen.data.encode import Encoder
    from gen.nets.layers.lut import settle
    from gen.nets.model import build

    recipe = recipe_of(head, levels)
    draw = np.random.default_rng(4)
    rows, labels = (
        draw.uniform(0, 16, (90, 64)),
        draw.integers(0, 2 if head == "majority" else 3, 90),
    )
    with deterministic(1) as generator:
        model = build(recipe, 64, int(labels.max()) + 1)
        batches = Batches(
            Encoder.alike("threshold", np.full((64, 1), 8.0)), rows, labels, recipe, generator
        )
        tables = _Tables.of(model, batches.telling)
        settle(model)
        return model, _Sweep(tables, batches, Descent(1, 1, 2_700)), batches


def loss(model: torch.nn.Sequential, batches: Batches) -> float:
    """By PyTorch, on the whole of the rows."""
    with torch.no_grad():
        logits = model[-1].logits(model(torch.cat(list(batches.in_order()))).double())
    return F.cross_entropy(logits, batches.labels, reduction="sum").item()


@pytest.mark.parametrize("levels", [None, 2, 5])
@pytest.mark.parametrize("head", list(HEADS))
def test_scores_are_the_networks_and_each_visit_lowers_its_loss(
    head: str, levels: int | None
) -> None:
    model, sweep, batches = prepared(head, levels)
    before = loss(model, batches)
    for unit in range(sweep.tables.units):
        sweep.visit(unit)
        sweep.tables.give()
        with torch.no_grad():
            wanted = model(torch.cat(list(batches.in_order()))).T
        assert torch.equal(sweep.scores.float(), wanted)
        after = loss(model, batches)
        # By the grid that entries are found on.
        assert after <= before + 0.02 * max(1, sweep.tables.scale)
        before = after


def test_many_votes_are_told_apart(faint_bars: tuple[np.ndarray, np.ndarray]) -> None:
    """However many there are: e to the largest sum of votes there can be is no float64."""
    features, labels = faint_bars
    found = {}
    for units in (41, 1601):
        layers = [{"kind": "lut", "units": units, "k": 3}]
        said = {"layers": layers, "descent": {"sweeps": 1, "rows": 500}}
        made = train(recipe_of("majority", **said), features, labels % 2, 2)
        found[units] = made.train_accuracy
    assert found[1601] >= found[41]


def test_no_other_table_on_the_same_wires_is_better() -> None:
    """After a visit, any entry of the visited table flipped makes the loss larger."""
    model, sweep, batches = prepared("group_sum", None)
    layer = model[0]
    assert isinstance(layer, LutLayer)
    sweep.visit(5)
    sweep.tables.give()
    best = loss(model, batches)
    for entry in range(8):
        with torch.no_grad():
            layer.table_latent[5, entry] *= -1
        assert loss(model, batches) >= best - 0.01
        with torch.no_grad():
            layer.table_latent[5, entry] *= -1


@pytest.mark.parametrize("levels", [None, 2, 4])
def test_it_learns_from_nothing_and_repeats(
    faint_bars: tuple[np.ndarray, np.ndarray], levels: int | None
) -> None:
    recipe = recipe_of(levels=levels, augment={"flips": 0.02})
    first, second = (train(recipe, *faint_bars, 3) for _ in range(2))
    assert first.train_accuracy > 0.95
    one, other = first.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_fixed_wires_stay(faint_bars: tuple[np.ndarray, np.ndarray]) -> None:
    layers = [{"kind": "lut", "units": 12, "k": 3, "wiring": "random"}]
    wires = []
    for sweeps in (1, 4):
        said = {"layers": layers, "descent": {"sweeps": sweeps}}
        model = train(recipe_of(**said), *faint_bars, 3).model
        assert isinstance(model[0], LutLayer)
        wires.append(model[0].wiring)
    assert np.array_equal(*wires)


@pytest.mark.parametrize(
    "said",
    [
        {"layers": [{"units": 12, "fan_in": 4}]},
        {"layers": [{"kind": "lut", "units": 20}, {"kind": "lut", "units": 12}]},
    ],
)
def test_other_layers_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_of(**said)
    assert str(caught.value) == "recipe: [descent] goes with one layer of kind lut alone"


def test_scores_alone_are_refused() -> None:
    value = {**recipe_of().to_dict(), "head": {"kind": "scores", "fan_in": 4}}
    with pytest.raises(RecipeError, match=r"\[descent\] goes with a head that chooses a class"):
        recipe_from_dict(value)


def test_no_epochs_go_with_descent_alone() -> None:
    with pytest.raises(RecipeError, match=r"epochs: 0, which goes with \[descent\] alone$"):
        recipe_of(descent=None)


LEVELS = ({}, {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"})
BYTES = """
import hashlib
import numpy as np
from gen.nets.training.train import train
from tests.gen.nets.training.conftest import make_bars
from tests.gen.nets.training.test_descent import recipe_of

changes = {"flips": 0.02, "shift": 0.5, "rotate": 6, "scale": 0.05, "elastic": 0.3}
made = train(recipe_of(augment=changes), *make_bars(5, 3, 6), 3).model.state_dict()
print(hashlib.sha256(b"".join(one.numpy().tobytes() for one in made.values())).hexdigest())
"""


def test_every_processor_gets_the_same_tables() -> None:
    """With the fewest instructions, and with all that there are: the same bytes."""
    found = set()
    for told in LEVELS:
        command = [sys.executable, "-c", BYTES]
        told = {**os.environ, **told}
        found.add(subprocess.run(command, env=told, capture_output=True, check=True).stdout)
    assert len(found) == 1


def test_a_class_that_no_training_row_has(faint_bars: tuple[np.ndarray, np.ndarray]) -> None:
    """Four classes of 12 tables' votes, of which the last is never answered in training."""
    found = train(recipe_of(), *faint_bars, 4)
    assert found.train_accuracy > 0.9
