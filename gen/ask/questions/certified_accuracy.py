"""Certified accuracy: which share of labelled inputs keeps its right class under small changes.

At radius r a row counts where its class is right and no change of r bits or fewer gives another.
A row that the budget did not settle at r is counted apart, for neither side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer, Claim, Evidence, Only, Witness, class_claims
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.classifier import Classifier, Subject, parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.questions.explain import not_nearer
from gen.ask.questions.verdicts import bare
from gen.ask.search.nearest import Distance, Nearest
from gen.console import progress

__all__ = ["certified_accuracy"]


@dataclass(frozen=True, eq=False)
class _Row:
    subject: Subject
    right: bool
    found: Distance


def certified_accuracy(
    logic: Logic,
    data: Data,
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    unit: str = "bits",
    most: int | None = None,
    certify: bool = False,
) -> Answer:
    """The least change of every row of `data` that gives it another class, and from these the
    certified accuracy at every radius.

    The budget's seconds are for all rows; no row may take more than a tenth of them. The verdict is
    "all decided", or how many rows are not. `certify` adds a proof for each row that no smaller
    change is enough, as long as the budget lasts. Raises AskError for rows outside the conditions.
    """
    clock = (budget or Budget()).start()
    if not len(data.bits):
        raise AskError(f"{data.name}: no rows; give some")
    rows = []
    with Nearest(logic, conditions, parts_of(logic, unit)) as nearest:
        labelled = list(zip(data.bits.tolist(), data.labels.tolist(), strict=True))
        for sample, label in progress(labelled, label="robust"):
            subject = nearest.subject(sample)
            found = nearest.search(sample, _share(clock), most)
            rows.append(_Row(subject, subject.index == label, found))
        given = nearest.region.conditions
    evidence = _proofs(logic, rows, given, unit, clock) if certify else []
    needed = sum(row.found.least > 1 for row in rows)
    open_rows = sum(not row.found.exact and row.right for row in rows)
    return Answer(
        {"kind": "robust", "data": data.name, "unit": unit, "most": most},
        f"{open_rows} undecided" if open_rows else "all decided",
        f"SAT on neurons, radius by radius, {sum(r.found.questions for r in rows)} questions",
        clock.spent,
        clock.budget,
        given,
        _witness(logic, rows),
        tuple(evidence),
        _table(rows, len(nearest.parts)) | {"unit": unit},
        bare(needed, len(evidence)),
    )


def _proofs(
    logic: Logic, rows: Sequence[_Row], given: Conditions, unit: str, clock: Clock
) -> list[Evidence]:
    """Proofs for as many rows as there is time for."""
    parts, found = parts_of(logic, unit), list[Evidence]()
    for row in progress(rows, label="robust: proofs"):
        if row.found.least > 1 and not clock.over:
            found += not_nearer(logic, given, row.subject, row.found.least, parts, unit)
    return found


def _share(clock: Clock) -> Clock:
    """A clock of what is left, a tenth of all at most; at once over where nothing is left."""
    seconds = max(min(clock.left, clock.budget.seconds / 10), 1e-9)
    return Budget(seconds, clock.budget.conflicts).start()


def _table(rows: Sequence[_Row], parts: int) -> dict[str, Any]:
    last = max(row.found.least for row in rows if row.found.least <= parts or row.found.row is None)
    radii = []
    for radius in range(min(last, parts) + 1):
        held = [row.right and row.found.least > radius for row in rows]
        unsettled = [
            row.right and row.found.least <= radius and not row.found.exact for row in rows
        ]
        radii.append(
            {
                "radius": radius,
                "certified": sum(held) / len(rows),
                "undecided": sum(unsettled) / len(rows),
            }
        )
    return {
        "rows": len(rows),
        "right": sum(row.right for row in rows),
        "radii": radii,
        "least": [row.found.least for row in rows],
        "exact": [row.found.exact for row in rows],
    }


def _witness(logic: Logic, rows: Sequence[_Row]) -> Witness | None:
    classify, table = Classifier(logic), list[Any]()
    claims: list[Claim] = []
    for row in rows:
        if row.found.row is None:
            continue
        first, second = len(table), len(table) + 1
        table += [row.subject.row, row.found.row]
        apart = np.flatnonzero(row.subject.row != row.found.row)
        other = int(classify(row.found.row[None])[0])
        claims += class_claims(classify.bits, row.subject.index, first) + class_claims(
            classify.bits, other, second
        )
        claims.append(Only(first, second, tuple(logic.inputs[at] for at in apart)))
    return Witness(logic.inputs, np.stack(table), tuple(claims)) if table else None
