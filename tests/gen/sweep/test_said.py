"""Sweep files are read strictly: what is wrong is named with its place."""

from pathlib import Path
from typing import Any

import pytest

from gen.errors import SmeltError
from gen.sweep.proposals import recipe_of
from gen.sweep.ranges import put
from gen.sweep.said import Goal, read_sweep
from tests.gen.sweep.files import BASE, sweep_file

GOALS = '[goals]\nminimize = ["nonzero"]\n[budget]\ntrials = 3\n'


def test_a_file_is_what_it_says(tmp_path: Path) -> None:
    ranges = """
[ranges]
head = [{fan_in = 3}, {kind = "threshold", fan_in = 4}]
[ranges.layers.1]
units = [8, 4]
fan_in = {low = 2, high = 4}
[ranges.encoding]
bits = [1]
[ranges.schedule]
noise = {low = 0, high = 1, step = 0.25}
learning_rate = {low = 0.01, high = 0.05, log = true}
"""
    rest = """
[goals]
minimize = ["cells", "levels"]
[limits]
accuracy = {least = 0.9}
lut4 = {most = 300}
[budget]
trials = 7
seconds = 60
[search]
sampler = "tpe"
seed = 3
ahead = 2
[validation]
share = 0.25
seed = 1
[[rivals]]
name = "other"
accuracy = 0.96
cells = 90
"""
    found = read_sweep(sweep_file(tmp_path, ranges, rest, 'seeds = 2\noutputs = "all"'))
    assert [one.name for one in found.ranges] == [
        *("head", "layers.1.units", "layers.1.fan_in", "encoding.bits"),
        *("schedule.noise", "schedule.learning_rate"),
    ]
    assert [one.count for one in found.ranges] == [2, 2, 3, 1, 5, None]
    assert found.ranges[2].values() == [2, 3, 4]
    assert found.ranges[4].values() == [0, 0.25, 0.5, 0.75, 1]
    assert not found.ranges[1].ordered  # 8 before 4: told in no order
    assert found.goals == (Goal("accuracy", 1), Goal("cells", -1), Goal("levels", -1))
    assert found.limits == (("accuracy", 1, 0.9), ("lut4", -1, 300))
    assert found.counts == ("lut4", "cells", "levels")
    assert (found.budget.trials, found.budget.seconds) == (7, 60)
    assert (found.search.sampler, found.search.seed, found.search.ahead) == ("tpe", 3, 2)
    assert (found.validation.share, found.validation.seed) == (0.25, 1)
    assert (found.seeds, found.outputs) == (2, ())
    assert found.rivals[0].name == "other"
    params = {"head": 1, "layers.1.units": 0, "layers.1.fan_in": 4, "encoding.bits": 0,
              "schedule.noise": 0.5, "schedule.learning_rate": 0.02}  # fmt: skip
    recipe = recipe_of(found, params, "made")
    assert (recipe.name, recipe.head.kind, recipe.folder) == ("made", "threshold", tmp_path)
    assert recipe.layers[0].units == 8  # type: ignore[attr-defined]
    assert recipe.schedule.noise == 0.5
    assert recipe.schedule.epochs == 2


def test_keys_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    ranges = """
[ranges.head]
kind = ["argmax", "group_sum"]
fan_in = [3, 4]
temperature = [0.1, 0.2]
"""
    found = read_sweep(sweep_file(tmp_path, ranges, GOALS))
    made = {
        place: put(found.recipe.to_dict(), dict(zip(found.ranges, values, strict=True)))["head"]
        for place, values in enumerate((("argmax", 3, 0.1), ("group_sum", 4, 0.2)))
    }
    assert made[0]["fan_in"] == 3
    assert "temperature" not in made[0]
    assert made[1] == {"kind": "group_sum", "temperature": 0.2}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"ranges": "[ranges.layer]\nunits = [1]"},
     "[ranges]: unknown table 'layer'; did you mean 'layers'?"),
    ({"ranges": "[ranges.layers.1]\nunit = [1, 2]"},
     "[ranges.layers.1]: unknown key 'unit'; did you mean 'units'?"),
    ({"ranges": "[ranges.schedule]\nepoch = {low = 1, high = 2}"},
     "[ranges.schedule]: unknown key 'epoch'; did you mean 'epochs'?"),
    ({"ranges": "[ranges.layers.2]\nunits = [4]"},
     "[ranges.layers] 2: the recipe has 1 there, by number from 1"),
    ({"ranges": "[ranges.localize]\nsection = [1]"},
     "[ranges.localize]: key 'behaviour' is missing"),
    ({"ranges": "[ranges.augment]\nshif = [1]"},
     "[ranges.augment]: unknown key 'shif'; did you mean 'shift'?"),
    ({"ranges": "[ranges.layers.1]\nunits = []"},
     "[ranges.layers.1] units: is empty; give one choice or more"),
    ({"ranges": "[ranges.layers.1]\nunits = [4, 5, 4]"},
     "[ranges.layers.1] units: 4 is given twice"),
    ({"ranges": "[ranges.layers.1]\nunits = {low = 9, high = 4}"},
     "[ranges.layers.1] units: is empty, low 9 is not below high 4"),
    ({"ranges": "[ranges.layers.1]\nunits = {low = 4}"},
     "[ranges.layers.1] units: key 'high' is missing"),
    ({"ranges": "[ranges.layers.1]\nunits = {low = 1.5, high = 4}"},
     "[ranges.layers.1] units: takes whole numbers, got 1.5, 4"),
    ({"ranges": "[ranges.layers.1]\nunits = {low = 1, high = 4, step = 2}"},
     "[ranges.layers.1] units: steps of 2 do not lead from 1 to 4"),
    ({"ranges": "[ranges.schedule]\nnoise = {low = 0.0, high = 1.0, step = 5.0}"},
     "[ranges.schedule] noise: steps of 5.0 do not lead from 0.0 to 1.0"),
    ({"ranges": "[ranges.schedule]\nlearning_rate = {low = nan, high = 1.0}"},
     "[ranges.schedule] learning_rate low: nan is not a finite number"),
    ({"ranges": "[ranges.layers.1]\nunits = 4"},
     "[ranges.layers.1] units: expected a list of choices, or low and high, got 4"),
    ({"ranges": "[ranges.layers.1]\nweights = {low = 1, high = 2}"},
     "[ranges.layers.1] weights: low and high are for numbers; give a list of choices"),
    ({"ranges": "[ranges.layers.1]\nunits = {low = 1, high = 4, stepp = 2}"},
     "[ranges.layers.1] units: unknown key 'stepp'; did you mean 'step'?"),
    ({"ranges": "[ranges.schedule]\nnoise = {low = 0, high = 1, log = true}"},
     "[ranges.schedule] noise: log goes from a low above 0, without step"),
    ({"ranges": "[ranges.layers.1]\nweights = ['ternary', 'quinary']"},
     "[ranges.layers.1] weights: 'quinary'; did you mean 'binary'?"),
    ({"ranges": "[ranges.schedule]\nbatch = {low = 1, high = 4}"},
     "[ranges.schedule] batch: 1 is not in 2..65536"),
    ({"ranges": "[ranges.head]\nkind = ['argmax', 'largest']"},
     "[ranges.head] kind: 'largest'"),
    ({"ranges": ""}, "[ranges] must be a table of keys of the recipe, got {}"),
    ({"rest": "[goals]\nmaximize = ['accuracy', 'cells']"},
     "[goals] maximize: cells contradicts what it is for; minimize it"),
    ({"rest": "[goals]\nminimize = ['accuracy']"},
     "[goals]: accuracy is to be maximized and minimized; choose one"),
    ({"rest": "[goals]\nminimize = ['cell']"},
     "[goals] minimize: unknown figure 'cell'; did you mean 'cells'?"),
    ({"rest": "[goals]\nminimize = ['cells', 'cells']"},
     "[goals] minimize: cells is given twice"),
    ({"rest": "[goals]\nmaximize = []"}, "[goals]: names no goal"),
    ({"rest": "[goals]\nmaximize = []\nminimize = ['cells']"},
     "[goals]: without accuracy among goals or limits the smallest network is best"),
    ({"rest": "[limits]\naccuracy = {most = 0.9}"},
     "[limits] accuracy: takes least: it is a goal to have it so"),
    ({"rest": "[limits]\naccuracy = {least = 96}"},
     "[limits] accuracy: least 96 is more than 1, which is all"),
    ({"rest": "[limits]\ncells = {least = 9}"},
     "[limits] cells: takes most: it is a goal to have it so"),
    ({"rest": "[search]\nsampler = 'nsga'"}, "[search] sampler: 'nsga'; did you mean 'nsga2'?"),
    ({"rest": "[search]\nsampler = 'grid'"},
     "[search] sampler: a grid needs choices or steps, schedule.learning_rate has none"),
    ({"rest": "[budget]"}, "[budget]: trials or seconds, or both, are needed"),
    ({"rest": "[budget]\ntrials = 0"}, "[budget] trials: 0 is not in 1..10000000"),
    ({"rest": "[validation]\nshare = 1.5"}, "[validation] share: 1.5 is not in 0.01..0.9"),
    ({"rest": "[[rivals]]\nname = 'x'"}, "[[rivals]] 1: key 'accuracy' is missing"),
    ({"rest": "[budget]\ntrials = -3"}, "[budget] trials: -3 is not in 1..10000000"),
    ({"top": "outputs = 'clas'"}, "outputs: 'clas' is none; choose of all, class, score"),
    ({"top": "seed = 3"}, "unknown key 'seed'; did you mean 'seeds'?"),
    ({"top": "seeds = 0"}, "seeds: 0 is not in 1..1000"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_named_with_its_place(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = sweep_file(tmp_path, **given)
    with pytest.raises(SmeltError) as caught:
        read_sweep(path)
    said = str(caught.value)
    assert said.startswith((f"{path}: {message}", f"{path} {message}"))
    assert "\n" not in said


def test_a_table_that_the_recipe_lacks_may_have_ranges(tmp_path: Path) -> None:
    ranges = "[ranges.localize]\nbehaviour = [0, 1]\nsection = {low = 1, high = 2}\n"
    found = read_sweep(sweep_file(tmp_path, ranges, GOALS))
    recipe = recipe_of(found, {"localize.behaviour": 1, "localize.section": 2}, "made")
    assert recipe.localize is not None
    assert (recipe.localize.behaviour, recipe.localize.section) == (1, 2)
    assert found.recipe.localize is None


def test_a_recipe_that_is_none_is_named(tmp_path: Path) -> None:
    path = sweep_file(tmp_path, base=BASE.replace("units", "unit"))
    with pytest.raises(SmeltError, match=r"wide.toml: recipe: .*small.toml: .*'unit'"):
        read_sweep(path)
    path.write_text("recipe = 'digit'")
    with pytest.raises(SmeltError, match="did you mean 'digits'"):
        read_sweep(path)
    with pytest.raises(SmeltError, match="none.toml: no such file"):
        read_sweep(tmp_path / "none.toml")
    path.write_text("recipe =")
    with pytest.raises(SmeltError, match="not readable as TOML"):
        read_sweep(path)
