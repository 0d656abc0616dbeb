"""Answers are checked by the network itself: a claim that was tampered with is not confirmed."""

from dataclasses import replace

import numpy as np
import pytest

from gen.ask.evidence.answer import AnswerWrong, Differ, Is, Only, Witness
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.checker import ProofWrong
from gen.ask.evidence.walks import NoPath, PathFound, Walk
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import interpreter
from gen.commands.ask.by_torch import by_torch
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_depends import proved_pair
from tests.gen.logic.graphs import every_input

NET = random_net(3)
LOGIC = logic_of(NET)
INPUTS = LOGIC.inputs


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


def witness(*claims: Is | Differ | Only) -> Witness:
    return Witness(INPUTS, every_input(6)[[0, 1]], claims)


def value(name: str, row: int = 0) -> int:
    return int(interpreter(NET)(every_input(6)[[row]], {}, [name])[0, 0])


@pytest.mark.parametrize("forward", [interpreter, by_torch])
def test_claims_are_confirmed_by_the_network(forward: object) -> None:
    assert callable(forward)
    right = value("layer1[0]")
    said = witness(Is(0, "layer1[0]", right), Only(0, 1, ("x[0]",)))
    assert "2 claims about 2 inputs" in said.check(forward(NET), Conditions())
    with pytest.raises(AnswerWrong, match=r"\['is', 0, 'layer1\[0\]', "):
        witness(Is(0, "layer1[0]", 1 - right)).check(forward(NET), Conditions())
    with pytest.raises(AnswerWrong, match="only"):
        witness(Only(0, 1, ("x[1]",))).check(forward(NET), Conditions())


def test_a_pair_that_does_not_differ_is_not_confirmed() -> None:
    names = [n for n in LOGIC.flat.output_names if value(n) == value(n, 1)]
    with pytest.raises(AnswerWrong, match="differ"):
        witness(Differ(0, 1, names[0])).check(interpreter(NET), Conditions())


@pytest.mark.parametrize(
    "given",
    [
        Conditions({"x[2]": 1}),
        Conditions(sample=(0, 0, 1, 1, 0, 0), radius=2),
        Conditions(states=((("x[3]", True), ("x[4]", True)),)),
    ],
)
def test_a_row_outside_the_conditions_is_not_confirmed(given: Conditions) -> None:
    with pytest.raises(AnswerWrong, match="outside the conditions"):
        witness().check(interpreter(NET), given)


def test_a_row_off_the_code_is_not_confirmed() -> None:
    clauses = [[(0, True), (1, False)]]
    off = Witness(INPUTS, np.array([[0, 1, 0, 0, 0, 0]], np.uint8), ())
    with pytest.raises(AnswerWrong, match="outside the conditions"):
        off.check(interpreter(NET), Conditions(), clauses)
    off.check(interpreter(NET), Conditions(codes=False), clauses)


def test_a_certificate_of_another_network_is_refused() -> None:
    logic, answer = proved_pair()
    (certificate,) = answer.certificates
    assert isinstance(certificate, Certificate)
    wrong = [[-out for out in clause] for clause in certificate.gates[1:4]]
    tampered = replace(certificate, gates=[*certificate.gates[:1], *wrong, *certificate.gates[4:]])
    with pytest.raises(ProofWrong):
        tampered.check(interpreter(logic.net))
    (copy, *others) = certificate.copies
    upside = replace(copy, outputs={name: -one for name, one in copy.outputs.items()})
    with pytest.raises(ProofWrong, match="not the network's"):
        replace(certificate, copies=(upside, *others)).check(interpreter(logic.net))
    with pytest.raises(ProofWrong):
        replace(certificate, goal=[]).check(interpreter(logic.net))


def test_a_path_that_is_there_is_found() -> None:
    graph = LOGIC.opened(["class.0"])
    claim = NoPath((Walk(graph, 6, [(("x[0]", "x[1]", "x[2]"), "class.0")]),))
    with pytest.raises(PathFound, match=r"path from x\[[012]\] to class.0"):
        claim.check(interpreter(NET))
    other = NoPath((Walk(graph, 6, []),))
    with pytest.raises(PathFound, match="not the network's"):
        other.check(interpreter(random_net(4)))


def test_an_answer_is_json() -> None:
    import json

    _, answer = proved_pair()
    value = json.loads(json.dumps(answer.to_json()))
    assert value["question"] == {"kind": "depends", "from": ["x[1]"], "to": ["layer1[0]"]}
    assert value["verdict"] == "independent"
    assert value["conditions"]["fixed"] == {"x[0]": 1}
    assert value["budget"]["seconds"] == 60
    assert value["certificates"][0]["format"] == "DIMACS, DRAT"
