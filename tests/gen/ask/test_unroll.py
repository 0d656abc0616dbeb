"""Recurrent networks: several steps against the interpreter's, and states that can be reached."""

from pathlib import Path

import numpy as np
import pytest

from gen.ask.conditions import Conditions
from gen.ask.depends import depends
from gen.ask.forward import interpreter
from gen.ask.names import AskError
from gen.ask.states import reachable_states
from gen.ask.unroll import unrolled, unrolled_forward
from gen.files import FileDamaged, write_json
from gen.intnet.interpret import run_steps
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, State
from gen.logic.evaluate import evaluate
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.logic.graphs import every_input

STEPS = 3


def test_steps_are_those_of_the_interpreter() -> None:
    for seed in range(6):
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


def test_what_an_early_input_affects_later_is_as_listed() -> None:
    for seed in range(6):
        net = random_rnn(seed)
        logic = logic_of(net)
        several, forward = unrolled(logic, STEPS), unrolled_forward(logic, interpreter(net), STEPS)
        answer = depends(several, ["x[0]@0", "x[1]@2", "layer1[0]@0"], ["class.0@2", "class.0@1"])
        answer.verify(forward)
        rows = every_input(9)
        for pair in answer.details["pairs"]:
            if pair["from"].startswith("x"):
                other = rows.copy()
                other[:, several.inputs.index(pair["from"])] ^= 1
                sides = [forward(one, {}, [pair["to"]]) for one in (rows, other)]
            else:
                values = [np.full(len(rows), value, np.uint8) for value in (0, 1)]
                sides = [forward(rows, {pair["from"]: v}, [pair["to"]]) for v in values]
            assert pair["verdict"] == ("depends" if (sides[0] != sides[1]).any() else "independent")


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
    assert (answer.verdict, answer.method) == ("independent", "proved 1")
    answer.verify(interpreter(logic.net))
    # One of two states that are always alike cannot change alone.
    alone = depends(logic, ["h[0]"], ["class.0"], Conditions({"reset": 0}, states=states))
    assert alone.verdict == "cannot change"


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ([[("h[0]", True)]], "a step leads out of"),
        ([[("h[7]", True)]], r"about h\[7\], which is no state"),
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
