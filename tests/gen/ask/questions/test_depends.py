"""What affects what: every verdict against listing all inputs, every piece of evidence checked."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gen.ask.search.dependences as module
from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer, AnswerWrong
from gen.ask.evidence.checker import ProofWrong
from gen.ask.evidence.judging import plain_word
from gen.ask.evidence.obligations import LISTED
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.questions.depends import depends
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.brute import affected
from tests.gen.ask.nets import logic_of, verified
from tests.gen.sent import Sent

THERMOMETER: dict[str, Any] = {"kind": "thermometer", "groups": [[0, 1, 2], [3, 4, 5]]}


def verdicts(answer: Answer) -> dict[tuple[str, str], str]:
    """What was found of each pair, checked or not."""
    pairs = answer.details["pairs"]
    return {(one["from"], one["to"]): plain_word(one["verdict"]) for one in pairs}


@blocks()
def test_every_pair_is_as_listed(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for seed in seeds:
        # With next to no simulation, the solver has to find what there is.
        monkeypatch.setattr(module, "VECTORS", 1 if seed % 2 else 256)
        one = case(seed)
        sources, targets = drawn_names(one)
        answer = depends(one.logic, sources, targets, one.given, certify=seed % 25 == 0)
        for (source, target), verdict in verdicts(answer).items():
            bits = one.logic.names.bits(source), one.logic.targets(target)
            wanted = affected(one.forward, one.logic.inputs, one.rows, *bits)
            found.add(verdict)
            if wanted == "cannot change" and verdict == "independent":
                continue  # no path, whatever the conditions are
            assert verdict == wanted, (seed, source, target)
        assert answer.details["undecided"] == 0
        one.verify(answer)
    assert found == {"depends", "independent", "cannot change"}


def drawn_names(one: Case) -> tuple[list[str], list[str]]:
    """Some of everything that can be asked about: bits, several at once, of all kinds."""
    logic, rng = one.logic, one.rng
    sources = rng.choice(logic.inputs, 3, replace=False).tolist()
    sources += [f"layer1[{rng.integers(3)}]", "layer1" if one.seed % 2 else "x"]
    if one.net.meta.get("encoder"):
        sources += [f"feature[{rng.integers(2)}]"]
    targets = ["layer1", f"layer1[{rng.integers(3)}]", "class", "class=1", "score[0]"]
    return sources, targets + (["h.next[1]"] if one.net.states else [])


def planted() -> IntNet:
    """Input 5 is wired to nothing, unit 2 is unit 0 over again, unit 3 cancels itself."""
    first = np.zeros((4, 6), np.int8)
    first[0, :2], first[2, :2], first[1, 2:5] = 1, 1, 1
    codes = np.tile(np.array([0, 1], np.int8), (4, 1))
    last = np.array([[1, 0, 0, 1], [0, 1, -1, 0], [1, 0, -1, 0]], np.int8)
    edges = np.array([[2], [2], [2], [1]], np.int32)
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(4, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), last, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(6, nodes)


def test_planted_facts_are_found() -> None:
    logic = logic_of(planted())
    found = verdicts(depends(logic, ["x[5]", "x[0]", "x[2]"], ["class", "score[2]", "score[1]"]))
    assert {found["x[5]", to] for to in ("class", "score[2]", "score[1]")} == {"independent"}
    # Unit 0 less unit 2, the same unit, is always 0: proved, not seen from paths alone.
    assert found["x[0]", "score[2]"] == "independent"
    assert found["x[0]", "score[1]"] == found["x[2]", "score[1]"] == "depends"
    # Cut, the one of the two no longer follows the other.
    assert depends(logic, ["layer1[0]"], ["score[2]"]).verdict == "depends"


def outweighed(inputs: int) -> IntNet:
    """x[0] outweighs all others: where it is 1, none of them affects h."""
    codes = np.tile(np.array([0, 1], np.int8), (1, 1))
    weights = np.ones((1, inputs), np.int8)
    weights[0, 0] = inputs
    nodes = (
        Linear("layer1.sum", ("x",), weights, np.zeros(1, np.int32)),
        Levels("layer1", ("layer1.sum",), np.array([[2]], np.int32), codes),
        Linear("score", ("layer1",), np.array([[1], [0]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(inputs, nodes)


def almost_never(inputs: int = LISTED + 4) -> tuple[Logic, Answer]:
    """x[1] never affects h while two others are 1: it takes a proof to see it."""
    codes = np.tile(np.array([0, 1], np.int8), (1, 1))
    weights = np.ones((1, inputs), np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), weights, np.zeros(1, np.int32)),
        Levels("layer1", ("layer1.sum",), np.array([[2]], np.int32), codes),
        Linear("score", ("layer1",), np.array([[1], [0]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    logic = logic_of(IntNet(inputs, nodes))
    # Any two of the others are 1: said by clauses, so that nothing folds.
    given = Conditions(sample=(0, 0, *[1] * (inputs - 2)), radius=inputs - 4)
    return logic, depends(logic, ["x[1]"], ["layer1[0]"], given, certify=True)


def test_a_proof_comes_as_a_certificate_that_the_checker_takes() -> None:
    logic, answer = almost_never()
    assert (answer.verdict, answer.run.method) == ("independent", "proved 1")
    ((key, certificate),) = answer.certificates.items()
    assert key == "x[1] -> layer1[0]"
    (line,) = verified(logic, answer)
    assert line.startswith("x[1] never affects layer1[0]: ")
    # Without the conditions the same question has a witness, and the proof proves nothing.
    assert depends(logic, ["x[1]"], ["layer1[0]"]).verdict == "depends"
    with pytest.raises(ProofWrong):
        verified(logic, replace(answer, conditions=Conditions()))
    with pytest.raises(AnswerWrong, match="nothing in the answer bears out that x"):
        verified(logic, replace(answer, certificates={}))
    with pytest.raises(AnswerWrong, match="a proof that it does not need"):
        verified(logic, replace(answer, certificates={key: certificate, "more": certificate}))


def test_what_has_no_proof_says_so() -> None:
    logic, proved = almost_never()
    answer = depends(logic, ["x[1]"], ["layer1[0]"], proved.conditions)
    assert answer.verdict == "independent, not checked"
    assert answer.details["verdicts"] == {"independent, not checked": 1}
    assert verified(logic, answer) == [
        "not checked, for want of a proof: x[1] never affects layer1[0]"
    ]


def test_few_inputs_are_listed_and_need_no_proof() -> None:
    logic = logic_of(outweighed(LISTED // 2))
    answer = depends(logic, ["x[1]"], ["layer1[0]"], Conditions({"x[0]": 1}))
    assert answer.verdict == "independent"
    (line,) = verified(logic, answer)
    assert "constant 0" in line or "listing" in line


def test_certificates_of_random_networks_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VECTORS", 64)
    monkeypatch.setattr(obligations, "LISTED", 0)
    count = 0
    for seed in range(40, 50):
        one = case(seed)
        answer = depends(one.logic, [], ["class", "score[0]"], one.given, certify=True)
        one.verify(answer)
        count += len(answer.certificates)
    assert count >= 10


def test_what_is_out_of_budget_is_counted_and_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    logic, proved = almost_never()
    monkeypatch.setattr(module, "decide", lambda *_: None)
    answer = depends(logic, ["x[1]"], ["layer1[0]", "score[0]"], proved.conditions)
    assert answer.details["undecided"] == 2
    assert answer.verdict == "2 undecided"
    assert set(verdicts(answer).values()) == {"undecided"}


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("x[9]", "class", r"nothing is named 'x\[9\]'; did you mean x\["),
        ("x[0]", "clas", "did you mean class"),
        ("class.0", "score", "no input or activation"),
        ("class=1", "score", "is an output"),
        ("x[0]", "x[1]", "is an input: nothing in the network affects it"),
        ("x[0]", "class=9", "no such class"),
    ],
)
def test_names_that_do_not_fit_are_refused(source: str, target: str, message: str) -> None:
    with pytest.raises(AskError, match=message):
        depends(logic_of(planted()), [source], [target])


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"conflicts": 0}, {"seconds": float("nan")}])
def test_a_budget_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(AskError, match="nothing could be decided"):
        Budget(**wrong)


def test_pairs_that_are_shared_out_are_settled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen.ask.questions.depends.SHARE", 2)
    elsewhere = Sent()
    logic = logic_of(planted())
    alone, shared = depends(logic), depends(logic, executor=elsewhere)
    assert verdicts(shared) == verdicts(alone)
    assert {*verdicts(shared).values()} == {"depends", "independent"}
    verified(logic, shared)
    assert elsewhere.count == len(logic.inputs) // 2
    logic, proved = almost_never()
    given = logic, ["x[1]"], ["layer1[0]"], proved.conditions, None, True
    answer = depends(*given, executor=elsewhere)
    assert (answer.verdict, answer.run.method) == ("independent", "proved 1")
    verified(logic, answer)
