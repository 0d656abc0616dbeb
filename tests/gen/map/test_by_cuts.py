"""Proofs from cut to cut: what is said to be equal is equal on all inputs, whatever was changed."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.sections import cut_names, flatten
from gen.map import by_cuts
from gen.map.by_cuts import equal_by_cuts, proved_by_cuts

INPUTS = np.array([*product((0, 1), repeat=6)], np.uint8)
ENDS = "y[0]", "y[1]", "y[2]"


def sectioned(seed: int) -> Graph:
    """Six inputs, two layers of four activations, of which two are the same, three answers."""
    rng, b = np.random.default_rng(seed), Builder()
    read = [b.input(f"x[{at}]") for at in range(6)]
    for layer in ("layer1", "layer2"):
        made = [_drawn(b, rng, read, 12) for _ in range(3)]
        read = [b.input(f"{layer}[{at}]") for at in range(4)]
        for at, end in enumerate((*made, made[0])):
            b.output(f"{layer}[{at}]", end)
    for name in ENDS:
        b.output(name, _drawn(b, rng, read, 8))
    return b.graph()


def _drawn(b: Builder, rng: np.random.Generator, read: list[Signal], count: int) -> Signal:
    made = list(read)
    for _ in range(count):
        one, other = rng.choice(len(made), 2, replace=False)
        gate = (b.and_, b.or_, b.xor)[int(rng.integers(3))]
        made.append(gate(made[one], ~made[other] if rng.integers(2) else made[other]))
    return made[-1]


def changed(graph: Graph, at: int) -> Graph:
    """One AND reads the complement of what it read."""
    fan_in = graph.fan_in.copy()
    fan_in[at, 0] ^= 1
    return replace(graph, fan_in=fan_in)


def truly_equal(one: Graph, other: Graph) -> set[str]:
    names = [name for name in other.output_names if name in one.output_names]
    values = (dict(zip(g.output_names, evaluate(g, INPUTS).T, strict=True)) for g in (one, other))
    first, second = values
    return {name for name in names if np.array_equal(first[name], second[name])}


@pytest.mark.parametrize("seed", range(2))
def test_all_of_what_is_the_same_is_proved(seed: int) -> None:
    sections = sectioned(seed)
    assert equal_by_cuts(sections, flatten(sections)) == set(ENDS)
    whole = flatten(sections, keep=cut_names(sections))
    assert equal_by_cuts(sections, whole) == set(whole.output_names)


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_proved_that_differs(seed: int) -> None:
    sections = sectioned(seed)
    whole = flatten(sections, keep=cut_names(sections))
    rng = np.random.default_rng(seed)
    different = 0
    for at in rng.choice(whole.n_ands, 4, replace=False):
        made = changed(whole, int(at))
        same = truly_equal(whole, made)
        assert equal_by_cuts(sections, made) <= same
        different += len(same) < len(made.output_names)
    assert different


def test_two_activations_that_change_places_are_not_those() -> None:
    """Their functions differ, and each stands under the other's name."""
    sections = sectioned(0)
    whole = flatten(sections, keep=cut_names(sections))
    names = list(whole.output_names)
    one, other = names.index("layer1[0]"), names.index("layer1[1]")
    names[one], names[other] = names[other], names[one]
    found = equal_by_cuts(sections, replace(whole, output_names=tuple(names)))
    assert found & {*cut_names(sections)[:4]} == {"layer1[2]", "layer1[3]"}


def test_other_inputs_or_answers_are_not_compared() -> None:
    sections = sectioned(0)
    flat = flatten(sections)
    other = flat.renamed([f"z[{at}]" for at in range(6)], flat.output_names)
    assert equal_by_cuts(sections, other) == set()
    assert equal_by_cuts(sections, flat.renamed(flat.input_names, ["y[0]", "y[1]", "z"])) == set()
    assert equal_by_cuts(sections, flat, seconds=0) == set()


def test_small_graphs_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = sectioned(0)
    flat = flatten(sections)
    assert not proved_by_cuts(sections, flat)
    monkeypatch.setattr(by_cuts, "MANY", 1)
    assert proved_by_cuts(sections, flat)
    assert not proved_by_cuts(None, flat)
    assert not proved_by_cuts(sections, replace(flat, outputs=flat.outputs ^ 1))
