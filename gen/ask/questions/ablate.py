"""Ablation: what a network can still do after a cut, and what it provably cannot.

Measuring is not enough: a cut that silences a behaviour on all data may leave inputs that bring it
back, and what looks like a circuit may be one among several (Wang et al., "Interpretability in the
wild", 2022, arXiv:2211.00593, found heads that take over when others are ablated). So a solver is
asked twice: for an input on which the cut network still shows the behaviour, and for a setting of
what was cut that changes an output that is kept.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import text_of
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.capabilities import Capabilities
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.cuts import Cut, kept_outputs
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS
from gen.ask.questions.finished import case_of, finished
from gen.ask.search.cut_and_free import CutAndFree, with_conditions
from gen.ask.search.pairs import decide
from gen.logic.solver import Solver

__all__ = ["ablate"]

Bits = NDArray[np.uint8]
Claim = dict[str, Any]


def ablate(
    logic: Logic,
    cut: Cut,
    kill: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
    search: tuple[dict[str, Any], dict[str, Any]] | None = None,
) -> Answer:
    """Cut, measure every capability, and prove what remains.

    `kill` are behaviours ("class=7", or an output's bit) that should be gone: the verdict is then
    "killed" (on no input that satisfies the conditions), "alive" with an input that shows one, or
    "undecided"; without them it is "measured". The details say of every kept output whether it is
    independent of what was cut, for any setting of it; of a class, whether it is only ever the
    killed one or what it is after the cut. `certify` adds proofs to what a solver proved. `search`
    is how the cut was found: what was asked, and what is claimed of smaller ones.
    """
    killed = list(dict.fromkeys(kill))
    given = budget or Budget()
    work = _Work(logic.source, cut, killed, given.start(), conditions)
    claims: dict[str, Any] = {"claims": work.claims()}
    question = {
        "kind": "ablate",
        "cut": list(cut.elements),
        "to": "free" if cut.to is None else cut.to,
        "kill": killed,
        "search": None if search is None else search[0],
    }
    claims |= {} if search is None else {"search": search[1]}
    run = Run("SAT, one output after the other", work.clock.spent, given)
    return finished(case_of(logic, conditions), question, claims, run, certify)


class _Work:
    """Searches the network's own graph, in which every output and every activation is there."""

    def __init__(
        self,
        logic: Logic,
        cut: Cut,
        killed: Sequence[str],
        clock: Clock,
        conditions: Conditions | None,
    ) -> None:
        self.logic, self.cut, self.killed, self.clock = logic, cut, killed, clock
        self.region = Region(logic, conditions)
        self.classes = Capabilities(logic, self.region, tuple(killed)).has_classes

    def claims(self) -> list[Claim]:
        """Whether each behaviour is gone, and each output that is kept independent."""
        if not self.killed:
            return []
        return [*map(self._gone, self.killed), *self._kept()]

    def _gone(self, name: str) -> Claim:
        (target,) = self.logic.targets(name)
        graph = with_conditions(self.cut.graph(self.logic, [target]), self.region)
        with Solver(graph) as solver:
            answer = decide(solver, graph.outputs.tolist(), self.clock)
            shown = self._shown(solver.witness(), graph.input_names) if answer else {}
        word = {True: "alive", False: "killed", None: "undecided"}[answer]
        return _claim(name, word) | shown

    def _shown(self, row: Bits, names: Sequence[str]) -> Claim:
        width, values = len(self.logic.inputs), dict(self.cut.values)
        values |= dict(zip(names[width:], row[width:].tolist(), strict=True))
        setting = "".join(str(values.get(bit, 0)) for bit in self.cut.bits)
        return {"row": text_of(row[:width]), "values": [setting]}

    def _kept(self) -> list[Claim]:
        """Whether kept outputs are the same whatever is put in place of what was cut."""
        names = kept_outputs(self.logic, self.killed, self.classes)
        both = CutAndFree(self.logic, self.cut, names, self.region)
        with Solver(both.graph) as solver:
            return [self._same(both, solver, name) for name in names]

    def _same(self, both: CutAndFree, solver: Solver, name: str) -> Claim:
        first, second = both.ends(name)
        # A class may be what it is after the cut under more settings, but not under fewer inputs.
        ways = [(first, second ^ 1), (first ^ 1, second)]
        answer: bool | None = None
        for one, other in ways[:1] if name.startswith(CLASS) else ways:
            answer = decide(solver, [both.holds, one, other], self.clock)
            if answer is not False:
                break
        if not answer:
            return _claim(name, "undecided" if answer is None else "independent")
        row = solver.witness()
        values = [
            "".join(str(row[p[bit] - 2] if bit in p else self.cut.to or 0) for bit in self.cut.bits)
            for p in both.places
        ]
        width = len(self.logic.inputs)
        return _claim(name, "changes") | {"row": text_of(row[:width]), "values": values}


def _claim(name: str, verdict: str) -> Claim:
    return {"about": name, "claim": "", "verdict": verdict}
