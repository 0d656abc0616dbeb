"""What is proposed: the same again whoever is faster, nothing twice, nothing that is no recipe, and
better than chance where there is something to learn."""

import contextlib
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from gen.sweep.proposals import Exhausted, propose, values_of
from gen.sweep.ranges import SweepError
from gen.sweep.result import best_of
from gen.sweep.said import Sweep, read_sweep
from tests.gen.sweep.files import sweep_file

WIDE = """
[ranges.layers.1]
units = {low = 4, high = 60}
fan_in = [2, 3, 4, 6, 8]
[ranges.schedule]
noise = {low = 0.0, high = 1.0}
"""


def swept(folder: Path, search: str, ranges: str = WIDE, limits: str = "") -> Sweep:
    rest = f'[goals]\nminimize = ["nonzero"]\n{limits}\n[budget]\ntrials = 50\n[search]\n{search}\n'
    return read_sweep(sweep_file(folder, ranges, rest))


def judged(sweep: Sweep, trial: FrozenTrial, number: int) -> FrozenTrial:
    """A trial with figures by a rule: noise harms, size helps and costs."""
    said = {one.name: value for one, value in values_of(sweep.ranges, trial.params).items()}
    units, noise = said["layers.1.units"], said.get("schedule.noise", 0.0)
    mean = {"accuracy": units / (units + 10) - noise**2, "nonzero": float(units)}
    made = create_trial(
        state=TrialState.COMPLETE,
        values=[mean[goal.figure] for goal in sweep.goals],
        params=trial.params,
        distributions=trial.distributions,
        user_attrs={"mean": mean},
        system_attrs=trial.system_attrs,
    )
    made.number = number
    return made


def proposed(sweep: Sweep, count: int, order: Callable[[list[int]], int]) -> list[FrozenTrial]:
    """So many trials, where of those under way it is told by `order` which is done next."""
    trials: list[FrozenTrial] = []
    under_way: list[int] = []
    while len(trials) < count:
        if not under_way or len(trials) - min(under_way) < sweep.search.ahead:
            made = propose(sweep, trials)
            made.number = len(trials)
            under_way.append(len(trials))
            trials.append(made)
        else:
            done = order(under_way)
            under_way.remove(done)
            trials[done] = judged(sweep, trials[done], done)
    return [judged(sweep, one, at) for at, one in enumerate(trials)]


@pytest.mark.parametrize("sampler", ["nsga2", "tpe", "random"])
def test_who_is_faster_makes_no_difference(sampler: str, tmp_path: Path) -> None:
    sweep = swept(tmp_path, f"sampler = '{sampler}'\nahead = 4\npopulation = 5")
    drawn = random.Random(0)
    first = proposed(sweep, 24, min)
    second = proposed(sweep, 24, max)
    third = proposed(sweep, 24, drawn.choice)
    told = [[one.params for one in found] for found in (first, second, third)]
    assert told[0] == told[1] == told[2]
    other = proposed(swept(tmp_path, f"sampler = '{sampler}'\nahead = 4\nseed = 1"), 24, min)
    assert [one.params for one in other] != told[0]
    assert len({str(one) for one in told[0]}) == 24


@pytest.mark.parametrize("sampler", ["nsga2", "tpe"])
def test_what_was_found_is_made_use_of(sampler: str, tmp_path: Path) -> None:
    """Less noise is better: late proposals have less than what is drawn at random, 0.5."""
    sweep = swept(tmp_path, f"sampler = '{sampler}'\nahead = 2\npopulation = 6")
    late = proposed(sweep, 50, min)[30:]
    assert sum(one.params["schedule.noise"] for one in late) / len(late) < 0.3


def _all(sweep: Sweep) -> list[FrozenTrial]:
    found: list[FrozenTrial] = []
    with contextlib.suppress(Exhausted):
        while len(found) < 100:
            found.append(propose(sweep, found))
    return found


def test_a_grid_is_all_combinations_in_order(tmp_path: Path) -> None:
    ranges = "[ranges.layers.1]\nunits = [9, 4]\nfan_in = {low = 2, high = 4}\n"
    sweep = swept(tmp_path, "sampler = 'grid'", ranges)
    found = _all(sweep)
    told = [tuple(values_of(sweep.ranges, one.params).values()) for one in found]
    assert told == list(itertools.product([9, 4], [2, 3, 4]))


def test_what_is_no_recipe_is_not_proposed(tmp_path: Path) -> None:
    """The head reads 3: fewer units than that are none, and of 2 to 5 units three are left."""
    ranges = "[ranges.layers.1]\nunits = {low = 1, high = 5}\n"
    sweep = swept(tmp_path, "sampler = 'random'", ranges)
    found = _all(sweep)
    assert sorted(one.params["layers.1.units"] for one in found) == [3, 4, 5]
    none = swept(tmp_path, "sampler = 'random'", ranges.replace("5", "2"))
    with pytest.raises(SweepError, match="no combination of the ranges is a recipe: .*fan_in"):
        propose(none, [])


def test_the_best_are_those_that_none_beats_within_the_limits(tmp_path: Path) -> None:
    sweep = swept(tmp_path, "sampler = 'random'", limits="[limits]\naccuracy = {least = 0.5}")
    found = proposed(sweep, 40, min)
    points = {
        one.number: (one.user_attrs["mean"]["accuracy"], one.user_attrs["mean"]["nonzero"])
        for one in found
    }
    allowed = {at: point for at, point in points.items() if point[0] >= 0.5}
    wanted = [
        at
        for at, (right, size) in allowed.items()
        if not any(
            (r >= right and s <= size) and (r > right or s < size) for r, s in allowed.values()
        )
    ]
    assert 1 < len(wanted) < len(allowed)
    assert best_of(sweep, found) == sorted(wanted, key=lambda at: -points[at][0])
