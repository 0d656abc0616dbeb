"""Rows are judged by the network itself, obligations by what they are made of."""

from dataclasses import replace

import numpy as np
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.answer import AnswerWrong
from gen.ask.evidence.case import Case, bits_of, text_of
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.checker import ProofWrong
from gen.ask.evidence.formulas import Formula
from gen.ask.evidence.judging import Judging, fields, names_of, plain_word
from gen.ask.evidence.obligations import Obligation, formula
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.ask.questions.finished import case_of
from gen.ask.search.prover import prove
from gen.commands.ask.by_torch import by_torch, case_by_torch
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.logic.graphs import every_input

NET = random_net(3)
LOGIC = logic_of(NET)


def test_interpreter_and_pytorch_are_one_forward_also_when_forced() -> None:
    for net in (random_net(1), random_net(2), random_rnn(1), random_rnn(2)):
        logic = logic_of(net)
        rows = every_input(len(logic.inputs))
        free = {name: rows[::-1, at] for at, name in enumerate(logic.activations[:2])}
        wanted = [*logic.activations, *logic.flat.output_names, "class=1"]
        for forced in ({}, free):
            assert (
                interpreter(net)(rows, forced, wanted) == by_torch(net)(rows, forced, wanted)
            ).all()
        patched = interpreter(net)(rows, free, list(free))
        assert (patched == np.stack(list(free.values()), axis=1)).all()


@pytest.mark.parametrize("make", [case_of, lambda logic, given: case_by_torch(logic, given)])
def test_a_case_says_what_the_network_gives(make: object) -> None:
    assert callable(make)
    case: Case = make(LOGIC, Conditions())
    rows = every_input(6)
    names = [f"class={at}" for at in range(NET.n_classes)]
    wanted = interpreter(NET)(rows, {}, names).argmax(axis=1)
    assert (case.classes(rows) == wanted).all()
    assert case.values(rows[:0], names).shape == (0, 3)


@pytest.mark.parametrize(
    "given",
    [
        Conditions({"x[2]": 1}),
        Conditions(sample=(0, 0, 1, 1, 0, 0), radius=2),
    ],
)
def test_a_row_outside_the_conditions_is_refused(given: Conditions) -> None:
    case, rows = case_of(LOGIC, given), every_input(6)
    counts = case.region.holds(rows)
    assert 0 < counts.sum() < len(rows)
    for row, holds in zip(rows, counts, strict=True):
        if holds:
            assert (case.row(text_of(row)) == row).all()
        else:
            with pytest.raises(AnswerWrong, match="outside the conditions"):
                case.row(text_of(row))


def test_a_row_off_the_code_is_refused() -> None:
    net = random_net(3, care={"kind": "thermometer", "groups": [[0, 1, 2]]})
    with pytest.raises(AnswerWrong, match="outside the conditions"):
        case_of(logic_of(net)).row("010000")
    assert case_of(logic_of(net), Conditions(codes=False)).row("010000").tolist()[1] == 1


@pytest.mark.parametrize("text", ["01", "0102", 3, None, ["0"], "0a0000", ""])
def test_what_is_no_row_is_refused(text: object) -> None:
    with pytest.raises(AnswerWrong, match="is not 6 bits"):
        bits_of(text, 6)


def parity(width: int) -> Graph:
    """Whether a parity and the same parity, counted from the other end, differ: never."""
    b = Builder()
    inputs = [b.input(f"i{at}") for at in range(width)]
    ends = []
    for order in (inputs, inputs[::-1]):
        found = b.false
        for one in order:
            found = b.xor(found, one)
        ends.append(found)
    b.output("bad", b.xor(*ends))
    return b.graph()


def owed(graph: Graph, **more: object) -> Obligation:
    return Obligation("key", "it never is", lambda: graph, **more)  # type: ignore[arg-type]


def test_few_inputs_are_listed_and_many_take_a_proof() -> None:
    assert owed(parity(6)).plain == "listed"
    wide = owed(parity(obligations.LISTED + 1))
    assert wide.plain == ""
    steps = prove(wide.graph)
    assert steps is not None
    assert "steps of its proof" in Certificate(steps).check(wide)
    with pytest.raises(ProofWrong):
        Certificate(steps[: len(steps) // 4]).check(wide)


def test_what_can_be_is_never_plain_and_has_no_proof() -> None:
    b = Builder()
    b.output("bad", b.and_(b.input("a"), b.input("b")))
    seen = owed(b.graph())
    assert seen.plain == ""
    assert prove(seen.graph) is None
    with pytest.raises(ProofWrong):
        Certificate(["0"]).check(seen)
    with pytest.raises(ProofWrong):
        Certificate([]).check(seen)


def test_no_path_and_constants_are_plain() -> None:
    assert owed(parity(3), wired=True).plain == "no path"
    b = Builder()
    one = b.input("a")
    b.output("bad", b.and_(one, ~one))
    assert owed(b.graph()).plain == "folded"
    assert owed(parity(3), free=99).plain == ""


def test_the_clauses_are_satisfied_exactly_where_the_output_is_1() -> None:
    graph = LOGIC.opened(["class=1"])
    clauses, rows = formula(graph), every_input(6)
    given = evaluate(graph, rows)[:, 0]
    for row, value in zip(rows.tolist(), given.tolist(), strict=True):
        nodes = [0, *row]
        for a, b in graph.fan_in.tolist():
            nodes.append((nodes[a >> 1] ^ a & 1) & (nodes[b >> 1] ^ b & 1))
        true = [any(nodes[abs(one) - 1] == (one > 0) for one in clause) for clause in clauses]
        assert all(true[:-1])
        assert true[-1] == bool(value)


def test_a_formula_is_the_conditions_and_the_claim() -> None:
    given = Conditions({"x[1]": 1}, sample=(1,) * 6, radius=3)
    case = case_of(LOGIC, given)
    it = Formula(case)
    signals = it.network()
    it.counts(signals)
    it.require(it.copy(LOGIC.opened(["class=0"]), signals)["class=0"])
    rows = every_input(6)
    near = (rows[:, 1] == 1) & ((rows == 0).sum(axis=1) <= 3)
    wanted = near & (interpreter(NET)(rows, {}, ["class=0"])[:, 0] == 1)
    assert (evaluate(it.graph(), rows)[:, 0] == wanted).all()


def test_a_word_is_marked_where_nothing_bears_it_out() -> None:
    wide, few = owed(parity(obligations.LISTED + 1)), owed(parity(4))
    assert Judging(case_of(LOGIC)).word("never", few) == "never"
    assert Judging(case_of(LOGIC)).word("never", wide) == "never"
    assert Judging(case_of(LOGIC)).word("never, not checked", wide) == "never, not checked"
    assert Judging(case_of(LOGIC), {"key"}).word("never", wide) == "never, not checked"
    # A mark that is not needed is taken away, so that an answer that has it is refused.
    assert Judging(case_of(LOGIC)).word("never, not checked", few) == "never"
    judging = Judging(case_of(LOGIC))
    judging.word("never, not checked", few, wide)
    assert (judging.owed, judging.bare) == ([], [few, wide])


def test_unknown_and_missing_fields_are_refused() -> None:
    assert fields({"a": 1}, ("a",), ("b",)) == {"a": 1}
    for wrong, message in (({}, "lacks 'a'"), ({"a": 1, "c": 2}, "unknown field 'c'"), (3, "no")):
        with pytest.raises(AnswerWrong, match=message):
            fields(wrong, ("a",), ("b",))
    for names in (["a", "a"], [], "a", [1], None):
        with pytest.raises(AnswerWrong):
            names_of(names)
    with pytest.raises(AnswerWrong, match="is no verdict"):
        plain_word(3)


def test_the_network_is_melted_anew_whatever_was_simplified() -> None:
    """Evidence is about the network, not about a graph that somebody changed."""
    other = logic_of(random_net(4))
    forged = replace(LOGIC, sections=other.sections, flat=other.flat)
    source = forged.source
    rows = every_input(6)
    names = [f"class={at}" for at in range(3)]
    wanted = interpreter(NET)(rows, {}, names)
    assert (evaluate(source.opened(names), rows) == wanted).all()
    assert (evaluate(forged.opened(names), rows) != wanted).any()
