"""Does one bit affect another: a pair of inputs that shows it, or a proof that none does.

Three ways, the cheapest first. No path in the simplified graph leads from A to B; simulation of
random pairs that differ only in A finds one on which B differs; a SAT solver is asked of two copies
of the network that differ only in A. A name of several bits is one thing: it affects B where any
change of its bits does, and is affected where any of its bits is. A matrix of pairs can be shared
out: each piece of work is a search of its own for some of the sources.
"""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.sources import sources_of
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.dependences import Pair, Search
from gen.ask.search.fates import became

__all__ = ["depends", "search_pairs"]

SHARE = 16
"""Sources that are settled by one piece of work: each starts from random inputs of its own."""
FEW = 4
"""Most pairs with which it is said what became of their activations in the flat graph."""


def depends(
    logic: Logic,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
    seed: int = 0,
    executor: Executor | None = None,
) -> Answer:
    """Which of `sources` (inputs, activations; default: every input bit) affect which of `targets`
    (activations, outputs, "class=7"; default: every output bit).

    For an input: are there two inputs that satisfy the conditions, differ in it only, and give the
    target two values? For an activation, the same with it cut, and any value put in its place.
    `certify` adds a proof for each pair that a solver proved. With an `executor` pairs are settled
    SHARE sources at a time by whoever is free. Raises AskError for unknown names and for conditions
    that contradict each other.
    """
    case = case_of(logic, conditions)
    search = Search(logic, Region(logic, conditions), (budget or Budget()).start(), seed)
    names = list(dict.fromkeys(sources or logic.inputs))
    wanted = list(dict.fromkeys(targets or logic.flat.output_names))
    if executor is None:
        pairs = search_pairs(search, names, wanted)
    else:
        pairs = _shared_out(search, names, wanted, conditions, seed, executor)
    run = Run(_methods(pairs), search.clock.spent, search.clock.budget, _notes(logic, pairs))
    question = {"kind": "depends", "from": names, "to": wanted}
    return finished(case, question, claims_of(pairs), run, certify)


def search_pairs(search: Search, sources: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """All pairs, settled as far as the search's clock allows."""
    pairs = _pairs(search.logic, sources, targets)
    search.run(pairs)
    return pairs


def _pairs(logic: Logic, sources: Sequence[str], targets: Sequence[str]) -> list[Pair]:
    """All pairs, a source's one after the other, nothing known of them."""
    wanted = {name: logic.targets(name) for name in targets}
    for name, bits in wanted.items():
        if set(bits) & set(logic.inputs):
            raise AskError(f"{name} is an input: nothing in the network affects it")
    return [
        Pair(source, name, wanted[name])
        for source in sources_of(logic, sources, wanted)
        for name in targets
    ]


Settled = tuple[str, str, tuple[Any, Any] | None, str]
"""Verdict, method, rows and bit of a pair."""


def _shared_out(
    search: Search,
    sources: Sequence[str],
    targets: Sequence[str],
    conditions: Conditions | None,
    seed: int,
    executor: Executor,
) -> list[Pair]:
    """The pairs as others settle them, each until the search's clock is over."""
    logic, pairs = search.logic, _pairs(search.logic, sources, targets)
    until, conflicts = time.time() + search.clock.left, search.clock.budget.conflicts
    shares = [sources[at : at + SHARE] for at in range(0, len(sources), SHARE)]
    given = logic, targets, conditions, until, conflicts
    under_way = [
        executor.submit(_settled, share, seed + at, *given) for at, share in enumerate(shares)
    ]
    found = [one for future in under_way for one in future.result()]
    for pair, one in zip(pairs, found, strict=True):
        pair.verdict, pair.method, pair.apart, pair.bit = one
    return pairs


def _settled(
    sources: Sequence[str],
    seed: int,
    logic: Logic,
    targets: Sequence[str],
    conditions: Conditions | None,
    until: float,
    conflicts: int,
) -> list[Settled]:
    """What a search of its own finds, until this time of the clock."""
    clock = Budget(max(1e-3, until - time.time()), conflicts).start()
    search = Search(logic, Region(logic, conditions), clock, seed)
    found = search_pairs(search, sources, targets)
    return [(pair.verdict, pair.method, pair.apart, pair.bit) for pair in found]


def claims_of(pairs: Sequence[Pair]) -> dict[str, Any]:
    """What is claimed of pairs: of a dependence the bit, an input, and two values of the source."""
    return {"pairs": [_claim(pair) for pair in pairs]}


def _claim(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = {"from": pair.source.name, "to": pair.name, "verdict": pair.verdict}
    if pair.apart is None:
        return found
    source = pair.source
    width = source.graph.n_inputs - len(set(source.bits) & set(source.cut))
    values = [text_of(row[source.places]) for row in pair.apart]
    return found | {"bit": pair.bit, "row": text_of(pair.apart[0][:width]), "values": values}


def _notes(logic: Logic, pairs: Sequence[Pair]) -> dict[str, Any]:
    """How each kind of pair was settled, and of a few activations what simplification made of
    them."""
    if len(pairs) > FEW:
        return {}
    bits = [bit for pair in pairs for bit in (*pair.source.bits, *pair.bits)]
    inner = [bit for bit in dict.fromkeys(bits) if bit in logic.activations]
    return {"in the flat graph": [str(fate) for fate in became(logic, inner)]} if inner else {}


def _methods(pairs: Sequence[Pair]) -> str:
    found = Counter(pair.method for pair in pairs)
    return ", ".join(f"{method} {count}" for method, count in found.most_common())
