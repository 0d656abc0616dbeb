"""Answers about one input: what decides its class, what is the least change that flips it, and
whether a given explanation is one. Each carries inputs of another class as witnesses, and on
request a certificate, made from the gates and by another solver than the one that searched."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer, Evidence, Only, Witness, class_claims
from gen.ask.evidence.certificate import Copy
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Bits, Classifier, Part, Sample, Subject, parts_of
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.certify import Ball, certified
from gen.ask.questions.verdicts import made
from gen.ask.search.explainer import Explainer
from gen.ask.search.nearest import Nearest
from gen.logic.solver import Solver

__all__ = ["check_explanation", "explain", "not_nearer", "smallest_change"]


def explain(
    logic: Logic,
    sample: Sample,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    unit: str = "features",
    data: Data | None = None,
    certify: bool = False,
) -> Answer:
    """A smallest set, by inclusion, of the sample's parts that alone decide its class.

    `unit` is "features" or "bits"; `data` serves to leave out first what matters least. The
    verdict is "explained", or "not minimal" where the budget ran out while parts were left to try.
    Raises AskError for a sample that does not fit.
    """
    clock = (budget or Budget()).start()
    with Explainer(logic, conditions, parts_of(logic, unit), data) as explainer:
        subject = explainer.subject(sample)
        found = explainer.explain(sample, clock)
        parts, region = explainer.parts, explainer.region
    kept = [parts[at] for at in found.kept]
    classify = Classifier(logic)
    rows, claims = [subject.row], class_claims(classify.bits, subject.index, 0)
    free = _names(logic, [part for part in parts if part not in kept])
    for at, row in found.counterexamples.items():
        claims += class_claims(classify.bits, int(classify(row[None])[0]), len(rows))
        claims.append(Only(0, len(rows), (*free, *_names(logic, [parts[at]]))))
        rows.append(row)
    claim = f"{len(kept)} of {len(parts)} {unit} decide {subject.name}"
    given = _fixing(region.conditions, logic, subject, kept)
    evidence = decided(logic, subject, given, claim) if certify else None
    return Answer(
        {"kind": "explain", "sample": _text(subject.row), "unit": unit},
        "not minimal" if found.undecided else "explained",
        f"deletion with SAT on neurons, {found.questions} questions",
        clock.spent,
        clock.budget,
        region.conditions,
        Witness(logic.inputs, np.stack(rows), tuple(claims)),
        details=_words(subject)
        | {
            "kept": [part.name for part in kept],
            "of": len(parts),
            "bits": sum(len(part.bits) for part in kept),
            "undecided": [parts[at].name for at in found.undecided],
        },
        **_proofs(evidence, "that these are enough"),
    )


def check_explanation(
    logic: Logic,
    sample: Sample,
    names: Sequence[str],
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Whether these inputs, features or bits of a sample decide its class: "true", "false" with an
    input of another class that agrees in them, or "undecided".

    Raises AskError for names that are no inputs, and a sample that does not fit.
    """
    clock = (budget or Budget()).start()
    place = {name: at for at, name in enumerate(logic.inputs)}
    bits = {name: logic.names.bits(name) for name in names}
    wrong = [name for name, mine in bits.items() if not set(mine) <= set(place)]
    if wrong:
        raise AskError(f"{wrong[0]} is no input; an explanation is of inputs")
    parts = [Part(name, tuple(place[bit] for bit in mine)) for name, mine in bits.items()]
    with Explainer(logic, conditions, parts) as explainer:
        subject = explainer.subject(sample)
        row = explainer.refuted(sample, range(len(parts)), clock)
        region = explainer.region
    evidence = None
    if row is False and certify:
        claim = f"{', '.join(names) or 'nothing'} decides {subject.name}"
        given = _fixing(region.conditions, logic, subject, parts)
        evidence = decided(logic, subject, given, claim)
    free = set(logic.inputs) - {bit for mine in bits.values() for bit in mine}
    found = not isinstance(row, bool)
    return Answer(
        {"kind": "explain", "sample": _text(subject.row), "claimed": list(names)},
        "false" if found else "undecided" if row else "true",
        "SAT on neurons",
        clock.spent,
        clock.budget,
        region.conditions,
        _pair(logic, subject, row, tuple(free)) if not isinstance(row, bool) else None,
        details=_words(subject) | {"claimed": list(names)},
        **(_proofs(evidence, "that these are enough") if row is False else {}),
    )


def smallest_change(
    logic: Logic,
    sample: Sample,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    unit: str = "bits",
    most: int | None = None,
    certify: bool = False,
    becomes: str | None = None,
) -> Answer:
    """The least number of a sample's bits (in a thermometer code, levels) or features whose change
    gives it another class, or the one that `becomes` names ("class=1"), and such a change.

    The verdict is "exact", "nowhere" (no input that counts has such a class), or "at least" where
    the budget, or `most`, ended the search. Raises AskError for a sample that does not fit.
    """
    clock = (budget or Budget()).start()
    target = None if becomes is None else logic.class_index(becomes)
    with Nearest(logic, conditions, parts_of(logic, unit)) as nearest:
        subject = nearest.subject(sample)
        found = nearest.search(sample, clock, most, target)
        region, parts = nearest.region, nearest.parts
    verdict = "at least" if not found.exact else "nowhere" if found.row is None else "exact"
    words = _words(subject) | {"least": found.least, "most": found.most, "unit": unit}
    witness = None
    if found.row is not None:
        at = [part for part in parts if (found.row != subject.row)[list(part.bits)].any()]
        words["changed"] = [part.name for part in at]
        words["becomes"] = Subject.of(found.row.tolist(), region, nearest.classify).name
        witness = _pair(logic, subject, found.row, _names(logic, at))
    return Answer(
        {
            "kind": "robust",
            "sample": _text(subject.row),
            "unit": unit,
            "most": most,
            "becomes": becomes,
        },
        verdict,
        f"SAT on neurons, radius by radius, {found.questions} questions",
        clock.spent,
        clock.budget,
        region.conditions,
        witness,
        details=words,
        **_nearer(logic, region, subject, found.least, parts, unit, becomes, certify),
    )


def _nearer(
    logic: Logic,
    region: Region,
    subject: Subject,
    least: int,
    parts: Sequence[Part],
    unit: str,
    becomes: str | None,
    certify: bool,
) -> dict[str, Any]:
    """Evidence that nothing nearer has another class, or the one that was asked for."""
    if least <= 1:
        return {}
    if not certify:
        return _proofs(None, f"that no change of fewer than {least} {unit} is enough")
    return _proofs(not_nearer(logic, region.conditions, subject, least, parts, unit, becomes), "")


def not_nearer(
    logic: Logic,
    conditions: Conditions,
    subject: Subject,
    least: int,
    parts: Sequence[Part],
    unit: str,
    becomes: str | None = None,
) -> tuple[Evidence, ...]:
    """A certificate that no change of fewer than `least` parts, more than 1, gives the subject
    another class, or the class `becomes`."""
    ball, how = None, "no input that counts"
    if least <= len(parts):
        sample, bits = tuple(subject.row.tolist()), tuple(part.bits for part in parts)
        ball, how = Ball(sample, bits, least - 1), f"no change of {least - 1} {unit} or fewer"
    claim = f"{how} gives {becomes or f'another class than {subject.name}'}"
    return decided(logic, subject, conditions, claim, ball, becomes)


def decided(
    logic: Logic,
    subject: Subject,
    conditions: Conditions,
    claim: str,
    ball: Ball | None = None,
    becomes: str | None = None,
) -> tuple[Evidence, ...]:
    """A certificate that every input under these conditions, and inside the ball, has the subject's
    class; or, with `becomes`, that none has that class."""
    classify = Classifier(logic)
    ends = [Solver.literal(one) for one in classify.graph.outputs.tolist()]
    outputs = dict(zip(classify.bits, ends, strict=True))
    copy = Copy({bit: at + 2 for at, bit in enumerate(logic.inputs)}, {}, outputs)
    goal = [[-one if subject.index >> at & 1 else one for at, one in enumerate(ends)]]
    if becomes is not None:
        index = logic.class_index(becomes)
        goal = [[one if index >> at & 1 else -one] for at, one in enumerate(ends)]
    region = Region(logic, conditions)
    return tuple(made(certified(claim, classify.graph, [copy], region, goal, ball)))


def _proofs(evidence: Sequence[Evidence] | None, what: str) -> dict[str, Any]:
    if evidence is None:
        return {"unchecked": f"{what}: Glucose 4 proved it, without a certificate"}
    return {"certificates": tuple(evidence)}


def _fixing(
    conditions: Conditions, logic: Logic, subject: Subject, parts: Sequence[Part]
) -> Conditions:
    bits = [at for part in parts for at in part.bits]
    return conditions.with_fixed({logic.inputs[at]: int(subject.row[at]) for at in bits})


def _pair(logic: Logic, subject: Subject, row: Bits, names: tuple[str, ...]) -> Witness:
    """The sample and a row that differs from it in some of these inputs only, and in class."""
    classify, rows = Classifier(logic), np.stack([subject.row, row])
    claims = [
        one
        for at, c in enumerate(classify(rows).tolist())
        for one in class_claims(classify.bits, c, at)
    ]
    return Witness(logic.inputs, rows, (*claims, Only(0, 1, names)))


def _names(logic: Logic, parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(logic.inputs[at] for part in parts for at in part.bits)


def _words(subject: Subject) -> dict[str, Any]:
    return {"class": subject.index, "name": subject.name}


def _text(row: Bits) -> str:
    return "".join(map(str, row.tolist()))
