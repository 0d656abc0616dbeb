"""Questions about all inputs at once: can a class be the answer, can two tie."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from gen.ask.evidence.answer import Answer, Claim, Evidence, Is, Witness
from gen.ask.evidence.certificate import Copy
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.forward import interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data, random_inputs
from gen.ask.questions.certify import certified
from gen.ask.questions.verdicts import bare, made, together, word
from gen.ask.search.bounded_solver import BoundedSolver
from gen.ask.search.encoding import Copy as Encoded
from gen.ask.search.encoding import Encoding
from gen.console import progress
from gen.logic.solver import Solver

__all__ = ["can", "never", "ties"]

VECTORS = 1 << 13
"""Random inputs that are tried before a solver is asked."""


def can(
    logic: Logic,
    classes: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    data: Data | None = None,
    certify: bool = False,
) -> Answer:
    """Which of these classes ("class=7"; default: all) is the answer for some input that counts.

    Each is "possible", with such an input, "never", or "undecided". Raises AskError for unknown
    classes and contradictory conditions.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    classify = Classifier(logic)
    names = list(classes) or [f"class={name}" for name in classify.names]
    tried = random_inputs(logic, region, VECTORS, 0, data)
    seen = classify(tried)
    rows: list[Bits] = []
    verdicts: dict[str, str] = {}
    claims: list[Claim] = []
    evidence: list[Evidence] = []
    encoding = Encoding()
    copy = encoding.copy(logic)
    encoding.condition(region, copy.inputs)
    with BoundedSolver(encoding.clauses) as asking:
        for name in progress(names, label="can"):
            index = logic.class_index(name)
            row: Bits | None = tried[seen == index][0] if (seen == index).any() else None
            found: bool | None = row is not None
            if row is None:
                found = asking.can([copy.classes[index]], clock)
                row = np.array(asking.values(copy.inputs), np.uint8) if found else None
            verdicts[name] = word(found, "possible", "never")
            if row is not None:
                claims.append(Is(len(rows), name, 1))
                rows.append(row)
            if found is False and certify:
                evidence += never(logic, region, name)
    return Answer(
        {"kind": "can", "classes": names},
        together(list(verdicts.values())),
        "simulation, then SAT on neurons",
        clock.spent,
        clock.budget,
        region.conditions,
        Witness(logic.inputs, np.stack(rows), tuple(claims)) if rows else None,
        tuple(evidence),
        {"classes": verdicts},
        bare(sum(v == "never" for v in verdicts.values()), len(evidence)),
    )


def ties(
    logic: Logic,
    pair: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Which two of these classes (default: any two) can both have the highest score.

    Each pair is "possible", with such an input, "never", or "undecided"; the class is then the
    lower one. Raises AskError where the scores are not to be had.
    """
    clock, region = (budget or Budget()).start(), Region(logic, conditions)
    names = list(pair) or [f"class={name}" for name in Classifier(logic).names]
    indices = sorted({logic.class_index(name) for name in names})
    if len(indices) < 2:
        raise AskError(f"{', '.join(names)}: a tie is between two classes; name two")
    encoding = Encoding()
    copy = encoding.copy(logic)
    encoding.condition(region, copy.inputs)
    equal = _equality(encoding, copy, logic)
    labels = Classifier(logic).names
    verdicts: list[list[str]] = []
    rows: list[Bits] = []
    claims: list[Claim] = []
    evidence: list[Evidence] = []
    with BoundedSolver(encoding.clauses) as asking:
        for low, high in progress(list(combinations(indices, 2)), label="ties"):
            found = asking.can([copy.classes[low], equal(low, high)], clock)
            verdicts.append([labels[low], labels[high], word(found, "possible", "never")])
            if found:
                row = np.array(asking.values(copy.inputs), np.uint8)
                claims += _tied(logic, row, low, high, len(rows))
                rows.append(row)
            if found is False and certify and _score_bits(logic, low)[0] in logic.names.groups:
                evidence += _never_tied(logic, region, low, high)
    never = sum(verdict[2] == "never" for verdict in verdicts)
    return Answer(
        {"kind": "ties", "classes": names},
        together([verdict[2] for verdict in verdicts]),
        "SAT on neurons",
        clock.spent,
        clock.budget,
        region.conditions,
        Witness(logic.inputs, np.stack(rows), tuple(claims)) if rows else None,
        tuple(evidence),
        {"pairs": verdicts},
        bare(never, len(evidence)),
    )


def _equality(encoding: Encoding, copy: Encoded, logic: Logic) -> Callable[[int, int], int]:
    """A literal that forces the scores of two classes to be equal."""
    scores, clauses = copy.scores, encoding.clauses
    if scores is not None:
        return lambda low, high: encoding.equal(scores[low], scores[high])
    names = [
        [n for n in logic.flat.output_names if n in _score_bits(logic, c)] for c in _all(logic)
    ]
    if not all(names):
        raise AskError("the graph answers the class only; build it with OUTPUTS=class,score")
    given = dict(zip(logic.inputs, copy.inputs, strict=True))
    words = [clauses.graph(logic.opened(mine), given) for mine in names]
    return lambda low, high: clauses.every(
        [-clauses.differ(a, b) for a, b in zip(words[low], words[high], strict=True)]
    )


def _all(logic: Logic) -> range:
    return range(logic.net.n_classes)


def _score_bits(logic: Logic, index: int) -> list[str]:
    net = logic.net
    return [f"{net.score}[{index}].{place}" for place in range(net.score_width)]


def _tied(logic: Logic, row: Bits, low: int, high: int, at: int) -> list[Claim]:
    """That two scores have the same bits, as the network itself has them."""
    names = _score_bits(logic, low)
    values = interpreter(logic.net)(row[None], {}, names)[0].tolist()
    label = Classifier(logic).names[low]
    pairs = [zip(_score_bits(logic, c), values, strict=True) for c in (low, high)]
    claims: list[Claim] = [Is(at, name, value) for pair in pairs for name, value in pair]
    return [Is(at, f"class={label}", 1), *claims]


def _never_tied(logic: Logic, region: Region, low: int, high: int) -> list[Evidence]:
    """A certificate that a class is never the answer with another one's score equal to its own."""
    classify, words = Classifier(logic), [_score_bits(logic, c) for c in (low, high)]
    names = [*classify.bits, *words[0], *words[1]]
    graph = logic.opened(names)
    ends = {n: Solver.literal(o) for n, o in zip(names, graph.outputs.tolist(), strict=True)}
    copy = Copy({bit: at + 2 for at, bit in enumerate(logic.inputs)}, {}, ends)
    goal = [[ends[n] if low >> at & 1 else -ends[n]] for at, n in enumerate(classify.bits)]
    for one, other in zip(*words, strict=True):
        goal += [[ends[one], -ends[other]], [-ends[one], ends[other]]]
    claim = f"class={classify.names[low]} never ties with class={classify.names[high]}"
    return made(certified(claim, graph, [copy], region, goal))


def never(logic: Logic, region: Region, name: str) -> list[Evidence]:
    """A certificate that a bit, or "class=...", is 1 on no input that counts."""
    graph = logic.opened([name])
    literal = Solver.literal(int(graph.outputs[0]))
    copy = Copy({bit: at + 2 for at, bit in enumerate(logic.inputs)}, {}, {name: literal})
    return made(certified(f"never {name}", graph, [copy], region, [[literal]]))
