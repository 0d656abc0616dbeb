"""What decides a sample's class: a smallest set of its parts, or whether a given set does.

That a part is needed is shown by an input of another class that agrees in all the others; that they
are enough is proved on request, from the gates and by another solver than the one that searched.
"""

from collections.abc import Sequence

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Part, Sample, parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.explainer import Explainer

__all__ = ["check_explanation", "explain"]


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
    verdict is "explained", or "sufficient" where the budget ran out while parts were left to try.
    Raises AskError for a sample that does not fit.
    """
    clock = (budget or Budget()).start()
    with Explainer(logic, conditions, parts_of(logic, unit), data) as explainer:
        subject = explainer.subject(sample)
        found = explainer.explain(sample, clock)
        names = [part.name for part in explainer.parts]
    rows = {at: text_of(row) for at, row in found.counterexamples.items()}
    claims = {
        "verdict": "sufficient" if found.undecided else "explained",
        "kept": [names[at] for at in found.kept],
        "alternatives": {names[at]: rows.get(at) for at in found.kept},
    }
    question = {"kind": "explain", "sample": text_of(subject.row), "unit": unit}
    method = f"deletion with SAT on neurons, {found.questions} questions"
    run = Run(method, clock.spent, clock.budget)
    return finished(case_of(logic, conditions), question, claims, run, certify)


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
    clock, names = (budget or Budget()).start(), list(dict.fromkeys(names))
    parts = _parts(logic, names)
    with Explainer(logic, conditions, parts) as explainer:
        subject = explainer.subject(sample)
        row = explainer.refuted(sample, range(len(parts)), clock)
    if isinstance(row, bool):
        claims = {"verdict": "undecided" if row else "true", "row": None}
    else:
        claims = {"verdict": "false", "row": text_of(row)}
    question = {"kind": "explain", "sample": text_of(subject.row), "claimed": names}
    run = Run("SAT on neurons", clock.spent, clock.budget)
    return finished(case_of(logic, conditions), question, claims, run, certify)


def _parts(logic: Logic, names: Sequence[str]) -> list[Part]:
    place = {name: at for at, name in enumerate(logic.inputs)}
    bits = {name: logic.names.bits(name) for name in names}
    wrong = [name for name, mine in bits.items() if not set(mine) <= set(place)]
    if wrong:
        raise AskError(f"{wrong[0]} is no input; an explanation is of inputs")
    return [Part(name, tuple(place[bit] for bit in mine)) for name, mine in bits.items()]
