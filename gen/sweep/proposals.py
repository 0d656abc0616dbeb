"""What is tried next: Optuna's samplers, asked so that the same sweep proposes the same again.

A sampler that sees whatever happens to be finished proposes something else each time. Here trial n
is proposed from the results of trials 0 to n - `ahead` and from what the others are, by a sampler
of its own whose seed is that of the sweep and n: whoever is faster, however often the sweep was
interrupted, it is the same. NSGA-II: Deb et al., 2002; TPE: Bergstra et al., 2011.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from gen.nets.recipe import Recipe, recipe_from_dict
from gen.nets.toml.table import RecipeError
from gen.sweep.ranges import KIND, Range, SweepError, put
from gen.sweep.said import Search, Sweep

__all__ = ["Exhausted", "Params", "propose", "recipe_of", "replayed", "values_of"]

Params = Mapping[str, Any]
"""What Optuna keeps of a trial: a number for each range by name, of choices their place."""

TRIES = 64
"""Proposals of a sampler that were made before, or are no recipe, before others are looked for."""
LISTED = 100_000
"""Combinations that are listed when few are left."""


class Exhausted(Exception):
    """All combinations were tried."""


def distribution_of(one: Range) -> BaseDistribution:
    """A range as Optuna takes it: choices by their place, ordered ones as whole numbers."""
    if one.choices:
        last = len(one.choices) - 1
        return IntDistribution(0, last) if one.ordered else CategoricalDistribution(range(last + 1))
    if one.whole:
        return IntDistribution(int(one.low), int(one.high), one.log, int(one.step or 1))
    return FloatDistribution(one.low, one.high, log=one.log, step=one.step)


def values_of(ranges: Sequence[Range], params: Params) -> dict[Range, Any]:
    """The value of each range."""
    return {
        one: one.choices[params[one.name]] if one.choices else params[one.name] for one in ranges
    }


def recipe_of(sweep: Sweep, params: Params, name: str) -> Recipe:
    """The recipe with these values, called `name`. Raises RecipeError where it is none."""
    made = put(sweep.recipe.to_dict(), values_of(sweep.ranges, params)) | {"name": name}
    return replace(recipe_from_dict(made, name), folder=sweep.recipe.folder)


def replayed(sweep: Sweep, trials: Sequence[FrozenTrial], sampler: BaseSampler) -> optuna.Study:
    """A study in memory of these trials, as they are; those that broke a limit say so."""
    study = optuna.create_study(
        directions=[goal.direction for goal in sweep.goals], sampler=sampler
    )
    study.add_trials([_with_limits(sweep, trial) for trial in trials])
    return study


def _with_limits(sweep: Sweep, trial: FrozenTrial) -> FrozenTrial:
    figures = trial.user_attrs.get("mean", {})
    broken = {
        f"{name} {sign * bound}": sign * (bound - figures[name])
        for name, sign, bound in sweep.limits
        if trial.state == TrialState.COMPLETE
    }
    return create_trial(
        state=trial.state,
        values=trial.values,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs=trial.user_attrs,
        system_attrs=dict(trial.system_attrs),
        constraints=broken or None,
    )


def propose(sweep: Sweep, trials: Sequence[FrozenTrial]) -> FrozenTrial:
    """The next trial, running, after these, all of which but the last `ahead` - 1 are finished.

    It is none that was tried before, and a recipe. Raises Exhausted where there is no other, and
    SweepError where no combination is a recipe.
    """
    spaces = {one.name: distribution_of(one) for one in sweep.ranges}
    seen = {_key(sweep, trial.params) for trial in trials}
    refused: RecipeError | None = None
    number = len(trials)
    if sweep.search.sampler != "grid":
        known = [_as_known(trial, number - sweep.search.ahead) for trial in trials]
        for attempt in range(TRIES):
            sampler = _sampler(sweep.search, number, attempt)
            study = replayed(sweep, known, sampler)
            asked = study.ask(spaces)
            refused = _refused(sweep, asked.params)
            if refused is None and _key(sweep, asked.params) not in seen:
                attrs = study.get_trials(deepcopy=False)[-1].system_attrs
                return _running(asked.params, spaces, attrs)
    return _running(_listed(sweep, number, seen, refused), spaces, {})


def _as_known(trial: FrozenTrial, last: int) -> FrozenTrial:
    """A trial as a proposal sees it: one after number `last` as if it were not finished."""
    if trial.number <= last:
        return trial
    return _running(trial.params, trial.distributions, trial.system_attrs)


def _running(
    params: Params, spaces: Mapping[str, BaseDistribution], attrs: Mapping[str, Any]
) -> FrozenTrial:
    return create_trial(
        state=TrialState.RUNNING,
        params=dict(params),
        distributions=dict(spaces),
        system_attrs=dict(attrs),
    )


def _sampler(search: Search, number: int, attempt: int) -> BaseSampler:
    seed = int(np.random.SeedSequence([search.seed, number, attempt]).generate_state(1)[0])
    if search.sampler == "random":
        return RandomSampler(seed)
    if search.sampler == "tpe":
        return TPESampler(seed=seed, multivariate=True, constant_liar=True)
    return NSGAIISampler(population_size=search.population, seed=seed)


def _key(sweep: Sweep, params: Params) -> str:
    """The same for proposals that make the same recipe: where a kind decides which values count,
    that is known of the recipe only."""
    values = values_of(sweep.ranges, params)
    if all(one.path[-1] != KIND for one in sweep.ranges):
        return repr(list(values.values()))
    return repr(put(sweep.recipe.to_dict(), values))


def _refused(sweep: Sweep, params: Params) -> RecipeError | None:
    try:
        recipe_of(sweep, params, sweep.name)
    except RecipeError as error:
        return error
    return None


def _listed(sweep: Sweep, number: int, seen: set[str], refused: RecipeError | None) -> Params:
    """A combination that was not tried: of a grid the next one, else any."""
    counts = [one.count for one in sweep.ranges]
    size = math.prod(count or LISTED + 1 for count in counts)
    if size > LISTED and sweep.search.sampler != "grid":
        raise SweepError(
            f"{sweep.name}: none of {TRIES} proposals is a recipe that was not tried"
            + (f"; the last one: {refused}" if refused else "")
        )
    order = np.random.default_rng([sweep.search.seed, number])
    combinations = itertools.product(*(_places(one) for one in sweep.ranges))
    left = []
    for values in combinations:
        params = {one.name: value for one, value in zip(sweep.ranges, values, strict=True)}
        if _key(sweep, params) in seen:
            continue
        refused = _refused(sweep, params)
        if refused is None:
            if sweep.search.sampler == "grid":
                return params
            left.append(params)
    if left:
        return left[int(order.integers(len(left)))]
    if refused is not None and not seen:
        raise SweepError(f"{sweep.name}: no combination of the ranges is a recipe: {refused}")
    raise Exhausted


def _places(one: Range) -> list[Any]:
    return list(range(len(one.choices))) if one.choices else one.values()
