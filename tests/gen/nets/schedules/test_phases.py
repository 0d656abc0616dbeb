"""The phases of each schedule, against what its description says, and its keys in a recipe."""

from dataclasses import replace

import pytest

from gen.nets.recipe import KINDS, RecipeError, Schedule, recipe_from_dict
from gen.nets.schedules import SCHEDULES, phases
from tests.gen.nets.conftest import tiny


def hardness(schedule: Schedule, stages: int) -> list[list[float]]:
    """What every stage's hardness is in each epoch."""
    found = []
    for phase in phases(schedule, stages):
        for epoch in range(phase.epochs):
            done = (epoch + 1) / phase.epochs
            found.append([phase.hardness(stage, done) for stage in range(stages)])
    return found


def test_the_table_is_what_recipes_allow() -> None:
    assert tuple(SCHEDULES) == KINDS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("warm_start", [0, 1, 4])
@pytest.mark.parametrize("stages", [1, 2, 3])
def test_epochs_add_up_and_a_warm_start_is_float(kind: str, warm_start: int, stages: int) -> None:
    schedule = Schedule(epochs=11, kind=kind, warm_start=warm_start)
    found = hardness(schedule, stages)
    assert len(found) == 11
    assert found[:warm_start] == [[0.0] * stages] * warm_start


def test_ste_is_hard_from_the_start() -> None:
    (phase,) = phases(Schedule(epochs=5), 3)
    assert hardness(Schedule(epochs=5), 3) == [[1, 1, 1]] * 5
    assert phase.frozen == 0


def test_naive_is_float_to_the_end() -> None:
    assert hardness(Schedule(epochs=4, kind="naive"), 2) == [[0, 0]] * 4


@pytest.mark.parametrize("epochs", [1, 2, 7, 100])
@pytest.mark.parametrize("ramp", [None, 0.01, 0.3, 1.0])
def test_gradual_grows_and_reaches_exactly_one(epochs: int, ramp: float | None) -> None:
    found = [row[0] for row in hardness(Schedule(epochs=epochs, kind="gradual", ramp=ramp), 1)]
    assert found == sorted(found)
    assert found[-1] == 1.0
    assert found[0] > 0


def test_gradual_is_half_hard_in_the_middle_of_its_ramp() -> None:
    found = [row[0] for row in hardness(Schedule(epochs=40, kind="gradual"), 1)]
    assert found[9] == pytest.approx(0.5)  # a quarter of the epochs, half of the ramp
    assert found[19:] == [1.0] * 21
    late = [row[0] for row in hardness(Schedule(epochs=40, kind="gradual", ramp=1.0), 1)]
    assert late == pytest.approx([(epoch + 1) / 40 for epoch in range(40)])


def test_layerwise_goes_from_input_to_output() -> None:
    schedule = Schedule(epochs=8, kind="layerwise")
    assert hardness(schedule, 3) == [[1, 0, 0]] * 3 + [[1, 1, 0]] * 3 + [[1, 1, 1]] * 2
    assert [phase.frozen for phase in phases(schedule, 3)] == [0, 1, 2]


def test_a_network_of_float_modules_has_one_phase() -> None:
    for kind in KINDS:
        (phase,) = phases(Schedule(epochs=6, kind=kind, warm_start=2), 0)
        assert phase.epochs == 6


def test_fewer_epochs_than_layers_wrong() -> None:
    with pytest.raises(RecipeError) as caught:
        phases(Schedule(epochs=4, kind="layerwise", warm_start=2), 3)
    assert str(caught.value) == (
        "[schedule] epochs: 2 after the warm start; layerwise needs one for each of the 3 layers"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"kind": "gradul"},
            "recipe: [schedule] kind: 'gradul'; did you mean 'gradual'?"
            " known: naive, ste, gradual, layerwise",
        ),
        ({"kind": 3}, "recipe: [schedule] kind: 3; known: naive, ste, gradual, layerwise"),
        (
            {"warmstart": 3},
            "recipe: [schedule]: unknown key 'warmstart'; did you mean 'warm_start'? known: epochs,"
            " batch, learning_rate, label_smoothing, noise, seed, kind, warm_start, ramp,"
            " gate_budget, wiring_rate, wiring_epochs, validation, start",
        ),
        (
            {"warm_start": 3},
            "recipe: [schedule] warm_start: 3 leaves none of the 3 epochs",
        ),
        ({"warm_start": -1}, "recipe: [schedule] warm_start: -1 is not in 0..100000"),
        (
            {"ramp": 0.5},
            'recipe: [schedule] ramp: only kind "gradual" has one, this is "ste"',
        ),
        ({"kind": "gradual", "ramp": 0}, "recipe: [schedule] ramp: 0 is not in 0.01..1.0"),
        ({"gate_budget": 0}, "recipe: [schedule] gate_budget: 0 is not in 1..10000000"),
        ({"gate_budget": 1.5}, "recipe: [schedule] gate_budget: 1.5 is not an integer"),
    ],
)
def test_keys_wrong(keys: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        tiny(**keys)
    assert str(caught.value) == message


def test_keys_survive_the_round_trip_and_absent_ones_stay_absent() -> None:
    recipe = tiny(kind="gradual", ramp=0.25, warm_start=1, gate_budget=9)
    assert recipe_from_dict(recipe.to_dict()) == recipe
    plain = tiny()
    assert "ramp" not in plain.to_dict()["schedule"]
    assert recipe_from_dict(plain.to_dict()) == plain
    assert replace(plain.schedule, kind="ste") == plain.schedule
