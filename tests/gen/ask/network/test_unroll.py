"""Recurrent networks: several steps against the interpreter's, and states that can be reached."""

from pathlib import Path

import numpy as np
import pytest

from gen.ask.evidence.judging import plain_word
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.states import reachable_states
from gen.ask.network.unroll import unrolled, unrolled_forward
from gen.ask.questions.depends import depends
from gen.ask.questions.explain import explain
from gen.ask.questions.robust import smallest_change
from gen.files import FileDamaged, write_json
from gen.intnet.interpret import run_steps
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, State
from gen.logic.evaluate import evaluate
from tests.gen.ask.battery import Case, blocks
from tests.gen.ask.brute import affected
from tests.gen.ask.nets import logic_of, random_net, random_rnn, verified
from tests.gen.logic.graphs import every_input

STEPS = 3


def steps_of(seed: int) -> Case:
    """Steps of a recurrent network from reset, on all sequences or some that conditions allow."""
    net, rng = random_rnn(seed, 2, 3, 2 + seed % 2), np.random.default_rng(seed)
    step, count = logic_of(net), 2 + seed % 3
    logic, rows = unrolled(step, count), every_input(2 * count)
    fixed = {name: int(rng.integers(2)) for name in logic.inputs if rng.random() < 0.15}
    given = Conditions(fixed if seed % 2 else {}, codes=False)
    for name, value in given.fixed.items():
        rows = rows[rows[:, logic.inputs.index(name)] == value]
    forward = unrolled_forward(step, interpreter(net), count)
    return Case(seed, "steps", net, logic, given, rows, forward, f"@{count - 1}")


def test_steps_are_those_of_the_interpreter() -> None:
    for seed in range(0, 300, 5):
        net = random_rnn(seed)
        logic = logic_of(net)
        several = unrolled(logic, STEPS)
        rows = every_input(3 * STEPS)
        made = evaluate(several.opened(["class.0@0", "class=1@2", "layer1[1]@1"]), rows)
        values = run_steps(net, rows.reshape(len(rows), STEPS, 3).transpose(1, 0, 2))
        assert (made[:, 0] == values[0]["class"]).all()
        assert (made[:, 1] == (values[2]["class"] == 1)).all()
        assert (made[:, 2] == values[1]["layer1"][:, 1]).all()
        forward = unrolled_forward(logic, interpreter(net), STEPS)
        assert (forward(rows, {}, ["class.0@0", "class=1@2", "layer1[1]@1"]) == made).all()


@blocks()
def test_what_an_early_input_affects_later_is_as_listed(seeds: range) -> None:
    for seed in seeds:
        one = steps_of(seed)
        sources = ["x[0]@0", "x@1", "layer1[0]@0", "layer1@1"]
        targets = ["class.0@1", "score[0]@1", "layer1@1", "class=1@1"]
        answer = depends(one.logic, sources, targets, one.given, certify=seed % 25 == 0)
        for pair in answer.details["pairs"]:
            bits = one.logic.names.bits(pair["from"]), one.logic.targets(pair["to"])
            wanted = affected(one.forward, one.logic.inputs, one.rows, *bits)
            if set(bits[0]) & set(bits[1]):
                wanted = "depends"
            verdict = plain_word(pair["verdict"])
            if wanted == "cannot change" and verdict == "independent":
                continue  # no path, whatever the conditions are
            assert verdict == wanted, (seed, pair)
        one.verify(answer)


@blocks()
def test_answers_about_a_sequence_are_as_listed(seeds: range) -> None:
    for seed in seeds:
        one = steps_of(seed)
        rows, classes, at = one.rows, one.classes, seed % len(one.rows)
        certify = seed % 10 == 0
        answer = explain(one.logic, rows[at], one.given, certify=certify)
        kept = [one.logic.inputs.index(name) for name in answer.details["kept"]]
        for left in [None, *kept]:
            rest = [bit for bit in kept if bit != left]
            same = (rows[:, rest] == rows[at, rest]).all(axis=1)
            assert (classes[same] == classes[at]).all() == (left is None)
        change = smallest_change(one.logic, rows[at], one.given, certify=certify)
        apart = (rows != rows[at]).sum(axis=1)[classes != classes[at]]
        assert plain_word(change.verdict) == ("exact" if len(apart) else "nowhere")
        assert change.details["least"] == min(apart, default=None)
        for found in (answer, change):
            one.verify(found)


def test_names_carry_their_step() -> None:
    names = unrolled(logic_of(random_rnn(0)), 2).names
    assert names.bits("layer1@1") == tuple(f"layer1[{at}]@1" for at in range(4))
    assert names.bits("x@0") == ("x[0]@0", "x[1]@0", "x[2]@0")
    with pytest.raises(AskError, match=r"did you mean x\[0\]@"):
        names.bits("x[0]")


def test_what_cannot_be_unrolled_is_refused() -> None:
    with pytest.raises(AskError, match="keeps no states"):
        unrolled(logic_of(random_net(0)), 2)
    with pytest.raises(AskError, match="0 steps"):
        unrolled(logic_of(random_rnn(0)), 0)


def two_alike() -> IntNet:
    """Two states that always hold the same; a unit that sees whether they differ."""
    weight = np.array([[1, 0, 0], [1, 0, 0]], np.int8)
    codes = np.tile(np.array([0, 1], np.int8), (2, 1))
    apart = np.array([[0, 1, -1]], np.int8)
    nodes = (
        Concat("cat", ("x", "h"), 3),
        Linear("layer1.sum", ("cat",), weight, np.zeros(2, np.int32)),
        Levels("layer1", ("layer1.sum",), np.array([[1], [1]], np.int32), codes),
        Linear("apart.sum", ("cat",), apart, np.zeros(1, np.int32)),
        Levels("apart", ("apart.sum",), np.array([[1]], np.int32), codes[:1]),
        Linear("score", ("apart",), np.array([[0], [1]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(1, nodes, states=(State("h", "layer1", np.zeros(2, np.int8)),))


def invariant(path: Path, clauses: list[list[tuple[str, bool]]]) -> Path:
    write_json(
        path, {"format": "smelt-invariant-1", "registers": ["h[0]", "h[1]"], "clauses": clauses}
    )
    return path


def test_over_reachable_states_more_is_independent(tmp_path: Path) -> None:
    logic = logic_of(two_alike())
    assert depends(logic, ["h"], ["class.0"]).verdict == "depends"
    alike = [[("h[0]", True), ("h[1]", False)], [("h[0]", False), ("h[1]", True)]]
    states = reachable_states(logic, invariant(tmp_path / "invariant.json", alike))
    answer = depends(logic, ["h"], ["class.0"], Conditions(states=states), certify=True)
    assert (answer.verdict, answer.run.method) == ("independent", "proved 1")
    assert verified(logic, answer)
    # One of two states that are always alike cannot change alone.
    alone = depends(logic, ["h[0]"], ["class.0"], Conditions({"reset": 0}, states=states))
    assert alone.verdict == "cannot change"


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ([[("h[0]", True)]], "a step leads out of"),
        ([[("h[7]", True)]], r"about 'h\[7\]', which is no state"),
    ],
)
def test_clauses_that_are_not_inductive_are_refused(
    tmp_path: Path, clauses: list[list[tuple[str, bool]]], message: str
) -> None:
    with pytest.raises(AskError, match=message):
        reachable_states(logic_of(two_alike()), invariant(tmp_path / "i.json", clauses))


def test_other_files_and_networks_without_states_are_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "other.json", {"format": "smelt-invariant-1", "clauses": [1]})
    with pytest.raises(FileDamaged, match="not an invariant"):
        reachable_states(logic_of(two_alike()), tmp_path / "other.json")
    with pytest.raises(AskError, match="keeps no states"):
        reachable_states(logic_of(random_net(0)), tmp_path / "other.json")
