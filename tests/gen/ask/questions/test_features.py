"""Features, fates and cuts, against listing all inputs; planted duplicates and constants found."""

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gen.ask.search.fates as module
from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer, AnswerWrong
from gen.ask.network.cutpoints import Cutpoints
from gen.ask.network.forward import interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.features import features
from gen.ask.questions.finished import case_of
from gen.ask.search.fates import became
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.evaluate import evaluate, evaluate_nodes, pack_vectors
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.brute import affected, satisfying
from tests.gen.ask.forged import accepted
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_depends import planted
from tests.gen.logic.graphs import every_input


def twins(order: tuple[int, ...] = (0, 1, 2, 3, 4)) -> IntNet:
    """Unit 1 is the complement of unit 0, unit 2 equals it, unit 3 is constant, unit 4 an input;
    then they are put in this order."""
    first = np.zeros((5, 6), np.int8)
    first[0, :3], first[1, :3], first[2, :3], first[4, 5] = 1, -1, 1, 1
    edges = np.array([[2], [-1], [2], [-1], [1]], np.int32)
    codes = np.tile(np.array([0, 1], np.int8), (5, 1))
    last = np.array([[1, 1, 0, 1, 0], [0, 0, 1, 0, 1]], np.int8)
    first, edges = first[list(order)], edges[list(order)]
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(5, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), last, np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(6, nodes)


def test_planted_twins_and_constants_are_found() -> None:
    found = {fate.name: fate for fate in became(logic_of(twins()))}
    assert found["layer1[0]"].twin is None
    assert (found["layer1[1]"].twin, found["layer1[1]"].opposite) == ("layer1[0]", True)
    assert (found["layer1[2]"].twin, found["layer1[2]"].opposite) == ("layer1[0]", False)
    assert found["layer1[3]"].value == 1
    assert (found["layer1[4]"].twin, found["layer1[4]"].opposite) == ("x[5]", False)
    assert [str(fate) for fate in found.values()][1:] == [
        "layer1[1] is the complement of layer1[0]",
        "layer1[2] is merged with layer1[0]",
        "layer1[3] is always 1",
        "layer1[4] is merged with x[5]",
    ]


def test_twins_are_found_in_any_order() -> None:
    for order in itertools.permutations(range(3)):
        fates = became(logic_of(twins((*order, 3, 4))))
        assert fates[0].twin is None
        for fate, unit in zip(fates[1:3], order[1:], strict=True):
            assert fate.twin == "layer1[0]"
            assert fate.opposite == ((unit == 1) != (order[0] == 1))


def listed_tables(logic: Logic) -> tuple[dict[str, bytes], set[bytes]]:
    """Values of every activation, and of every node of the flat graph and its complement, on all
    inputs."""
    rows = every_input(len(logic.inputs))
    made = interpreter(logic.net)(rows, {}, logic.activations)
    words = evaluate_nodes(logic.flat, pack_vectors(rows))
    nodes = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")[:, : len(rows)]
    activations = {name: made[:, at].tobytes() for at, name in enumerate(logic.activations)}
    return activations, {one.tobytes() for node in nodes for one in (node, 1 - node)}


@blocks()
def test_fates_are_those_of_all_inputs(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    # Few random inputs: most guesses are wrong at first, and the solver mends them.
    monkeypatch.setattr(module, "VECTORS", 3)
    for seed in seeds:
        logic = case(seed).logic
        tables, nodes = listed_tables(logic)
        for fate in became(logic):
            mine = np.frombuffer(tables[fate.name], np.uint8)
            assert fate.flat == (mine.tobytes() in nodes), (seed, fate)
            if fate.value is not None:
                assert (mine == fate.value).all()
            elif fate.twin and fate.twin in tables:
                twin = np.frombuffer(tables[fate.twin], np.uint8)
                assert (mine == (twin ^ fate.opposite)).all()
            else:
                earlier = [name for name in tables if name < fate.name]
                assert all(tables[name] != tables[fate.name] for name in earlier) or fate.twin


def test_cuts_are_those_of_the_forced_network() -> None:
    for net in (random_net(3), random_net(4), twins(), random_rnn(1)):
        logic = logic_of(net)
        free = logic.activations[:2]
        wanted = [*logic.activations[2:], *logic.flat.output_names, "class=1"]
        graph = Cutpoints(logic, wanted).freed(free)
        assert graph.input_names == (*logic.inputs, *free)
        rows = every_input(graph.n_inputs)
        width = len(logic.inputs)
        forced = {name: rows[:, width + at] for at, name in enumerate(free)}
        given = interpreter(net)(rows[:, :width], forced, wanted)
        assert (evaluate(graph, rows) == given).all()


def figures(counts: list[int]) -> dict[str, float]:
    mean = round(sum(counts) / len(counts), 3)
    return {"mean": mean, "least": min(counts), "most": max(counts)}


@blocks()
def test_what_activations_hear_and_serve_is_as_listed(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        logic, encoded = one.logic, one.net.meta.get("encoder")
        answer = features(logic, (), one.given, certify=seed % 25 == 0)
        one.verify(answer)
        groups = logic.features() if encoded else list(logic.names.elements("x"))
        scores = [f"score[{at}]" for at in range(one.net.n_classes)]

        def depends(source: str, target: str, one: Case = one) -> bool:
            bits = one.logic.names.bits(source), one.logic.names.bits(target)
            return affected(one.forward, one.logic.inputs, one.rows, *bits) == "depends"

        rows = answer.details["activations"]
        assert [row["name"] for row in rows] == list(logic.activations)
        for row in rows:
            assert row["features"] == [name for name in groups if depends(name, row["name"])]
            assert row["classes"] == [name for name in scores if depends(row["name"], name)]
        heard, served = ([len(row[key]) for row in rows] for key in ("features", "classes"))
        listeners = [sum(name in row["features"] for row in rows) for name in groups]
        shared = dict(answer.details["shared"])
        assert shared.pop("unheard features") == [
            name for name, count in zip(groups, listeners, strict=True) if not count
        ]
        assert shared == {
            "features per activation": figures(heard),
            "activations per feature": figures(listeners),
            "classes per activation": figures(served),
        }
        assert answer.details["dependences"] == sum(heard)
        assert answer.details["paths"] >= sum(heard)


def test_a_duplicated_neuron_and_an_unheard_input_are_found() -> None:
    rows = {row["name"]: row for row in features(logic_of(planted())).details["activations"]}
    assert rows["layer1[2]"]["twin"] == ["layer1[0]", False]
    assert rows["layer1[0]"]["features"] == rows["layer1[2]"]["features"] == ["x[0]", "x[1]"]
    assert rows["layer1[3]"]["constant"] == 0
    details = features(logic_of(planted())).details
    assert details["shared"]["unheard features"] == ["x[5]"]
    assert details["paths"] == details["dependences"] == 2 + 3 + 2


def test_names_that_are_no_activations_are_refused() -> None:
    with pytest.raises(AskError, match=r"x\[0\]: no activation"):
        features(logic_of(planted()), ["x[0]"])


@pytest.mark.parametrize("net", [twins(), planted(), case(11).net], ids=["twins", "planted", "11"])
def test_no_changed_answer_is_believed_that_is_not_true(net: IntNet, tmp_path: Path) -> None:
    logic = logic_of(net)
    answer = features(logic, ["layer1[0]", "layer1[1]", "layer1[3]"], certify=True)
    words = ("depends", "independent", "cannot change", "undecided", "constant", "twin")
    count, believed = accepted(
        answer, lambda one: case_of(logic, one.conditions), tmp_path, 19, (*words, "none found")
    )
    assert count > 300
    for changed in believed:
        is_true(logic, changed)


def is_true(logic: Logic, answer: Answer) -> None:
    """Listing all inputs confirms what is said of every pair and every activation."""
    forward, details = interpreter(logic.net), answer.details
    rows = satisfying(logic.net, logic.inputs, answer.conditions)
    for pair in (*details["heard"], *details["served"]):
        bits = logic.names.bits(pair["from"]), logic.targets(pair["to"])
        wanted = affected(forward, logic.inputs, rows, *bits)
        assert pair["verdict"] in (wanted, "undecided") or (
            (pair["verdict"], wanted) == ("independent", "cannot change")
        )
    every = every_input(len(logic.inputs))
    for row in details["activations"]:
        mine = forward(every, {}, [row["name"]])[:, 0]
        if row["constant"] is not None:
            assert (mine == row["constant"]).all()
        if row["twin"]:
            name, opposite = row["twin"]
            there = name in logic.inputs
            other = (
                every[:, logic.inputs.index(name)] if there else forward(every, {}, [name])[:, 0]
            )
            assert (mine == (other ^ opposite)).all()
        for key, found in (("features", details["heard"]), ("classes", details["served"])):
            mine_at, other_at = ("to", "from") if key == "features" else ("from", "to")
            assert row[key] == [
                pair[other_at]
                for pair in found
                if pair["verdict"] == "depends" and pair[mine_at] == row["name"]
            ]


def test_what_is_said_of_an_activation_owes_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    # x[0] + x[1] + x[2] of two codes, once as a threshold on the negated sum: nothing folds.
    logic = logic_of(twins())
    monkeypatch.setattr(obligations, "LISTED", -1)
    bare, proved = (features(logic, ["layer1[1]"], certify=given) for given in (False, True))
    (row,) = proved.details["activations"]
    assert (row["twin"], row["fate"]) == (["layer1[0]", True], "twin")
    key = "layer1[1] is the complement of layer1[0]"
    assert bare.details["activations"][0]["fate"] == "twin, not checked"
    assert bare.verdict.endswith(" not checked")
    left = {name: one for name, one in proved.certificates.items() if name != key}
    with pytest.raises(AnswerWrong, match=f"bears out that {re.escape(key)}"):
        replace(proved, certificates=left).verify(case_of(logic))
    for answer in (bare, proved):
        answer.verify(case_of(logic))


@pytest.mark.parametrize(
    "wrong",
    [
        {"twin": ["layer1[0]", False]},
        {"twin": ["layer1[1]", False]},
        {"twin": ["x[5]", True]},
        {"twin": None, "constant": 1, "fate": "constant"},
        {"fate": "always"},
    ],
)
def test_a_wrong_fate_is_refused(wrong: dict[str, Any]) -> None:
    logic = logic_of(twins())
    answer = features(logic, ["layer1[1]"])
    (row,) = answer.details["activations"]
    changed = {**answer.details, "activations": [row | wrong]}
    with pytest.raises(AskError):
        replace(answer, details=changed).verify(case_of(logic))
