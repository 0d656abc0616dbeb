"""Ablation: what a network can still do after a cut, and what it provably cannot.

Measuring is not enough: a cut that silences a behaviour on all data may leave inputs that bring it
back, and what looks like a circuit may be one among several (Wang et al., "Interpretability in the
wild", 2022, arXiv:2211.00593, found heads that take over when others are ablated). So a solver is
asked twice: for an input on which the cut network still shows the behaviour, and for a setting of
what was cut that changes an output that is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer, Claim, Differ, Evidence, Is, Only, Witness, Witnesses
from gen.ask.evidence.certificate import Copy
from gen.ask.evidence.walks import NoPath, Walk
from gen.ask.network.budget import Budget, Clock
from gen.ask.network.capabilities import Capabilities
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.cuts import Cut, became
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS
from gen.ask.questions.certify import certified
from gen.ask.search.cut_and_free import CutAndFree, variables, with_conditions
from gen.ask.search.pairs import decide, supports
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.logic.solver import Solver

__all__ = ["ablate"]

Bits = NDArray[np.uint8]


def ablate(
    logic: Logic,
    cut: Cut,
    kill: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
) -> Answer:
    """Cut, measure every capability, and prove what remains.

    `kill` are behaviours ("class=7", or an output's bit) that should be gone: the verdict is then
    "killed" (on no input that satisfies the conditions), "alive" with an input that shows one, or
    "undecided"; without them it is "measured". The details say of every kept output whether it is
    independent of what was cut, for any setting of it; of a class, whether it is only ever the
    killed one or what it is after the cut. `certify` adds proofs to what a solver proved.
    """
    work = _Work(logic, cut, tuple(kill), (budget or Budget()).start(), Region(logic, conditions))
    verdict = work.gone(certify) if kill else "measured"
    if kill:
        work.independent(certify)
    return work.answer(verdict)


@dataclass
class _Work:
    logic: Logic
    cut: Cut
    killed: tuple[str, ...]
    clock: Clock
    region: Region
    parts: list[Witness] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    claims: list[dict[str, str]] = field(default_factory=list)
    bare: int = 0

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(self.logic, self.region, self.killed)

    def gone(self, certify: bool) -> str:
        """Whether no input brings the behaviours back."""
        found = [self._gone(name, certify) for name in self.killed]
        return next((one for one in ("alive", "undecided") if one in found), "killed")

    def _gone(self, name: str, certify: bool) -> str:
        (target,), cut = self.logic.targets(name), self.cut
        graph = with_conditions(cut.graph(self.logic, [target]), self.region)
        end, claim = int(graph.outputs[0]), f"after the cut, {name} on {_no_input(self.region)}"
        with Solver(graph) as solver:
            answer = decide(solver, [end, int(graph.outputs[1])], self.clock)
            if answer:
                row = solver.witness()
                self._show(row[None], {}, [Is(0, target, 1)], graph)
        if answer is False:
            copy = self._copy(graph, dict(variables(graph)), {target: Solver.literal(end)})
            goal_clauses = [[Solver.literal(end)]]
            self._prove(certify, lambda: certified(claim, graph, [copy], self.region, goal_clauses))
        self._say(claim, answer)
        return {True: "alive", False: "killed", None: "undecided"}[answer]

    def independent(self, certify: bool) -> None:
        """Whether kept outputs are the same whatever is put in place of what was cut."""
        bits, classes = self._kept()
        targets = [*bits, *classes, *self.killed]
        targets = [bit for name in targets for bit in self.logic.targets(name)]
        both = CutAndFree(self.logic, self.cut, targets, self.region)
        walk = supports(both.free)
        mask = sum(1 << at for at in range(len(self.logic.inputs), both.free.n_inputs))
        reach = dict(zip(both.free.output_names, walk, strict=True))
        apart = [bit for bit in bits if not reach[bit] & mask]
        if apart:
            walked = Walk(both.free, len(self.logic.inputs), [(self.cut.bits, b) for b in apart])
            self.evidence.append(NoPath((walked,)))
            for bit in apart:
                self._say(_never(bit), False, "no path")
        with Solver(both.graph) as solver:
            for bit in (one for one in bits if one not in apart):
                self._same_bit(both, solver, bit, certify)
            for name in classes:
                self._same_class(both, solver, name, certify)

    def _kept(self) -> tuple[list[str], list[str]]:
        """Output bits that are kept, and classes that are."""
        net, outputs = self.logic.net, self.logic.flat.output_names
        own = {bit for name in self.killed if not name.startswith(CLASS) for bit in [name]}
        classes: list[str] = []
        gone = {self.logic.class_index(name) for name in self.killed if name.startswith(CLASS)}
        if net.decision is not None and self.capabilities.has_classes:
            names = net.meta.get("classes") or range(net.n_classes)
            classes = [f"{CLASS}{name}" for at, name in enumerate(names) if at not in gone]
            own |= {f"{net.decision.name}.{at}" for at in range(net.class_width)}
            for at in gone:
                own |= set(self.logic.names.groups.get(f"{net.score}[{at}]", []))
        return [bit for bit in outputs if bit not in own], classes

    def _same_bit(self, both: CutAndFree, solver: Solver, bit: str, certify: bool) -> None:
        first, second = both.ends(bit)
        answer = None
        for one, two in ((first, second ^ 1), (first ^ 1, second)):
            answer = decide(solver, [both.holds, one, two], self.clock)
            if answer is not False:
                break
        a, b = Solver.literal(first), Solver.literal(second)
        self._settle(both, solver, answer, bit, _never(bit), [[a, b], [-a, -b]], certify)

    def _same_class(self, both: CutAndFree, solver: Solver, name: str, certify: bool) -> None:
        first, second = both.ends(name)
        answer = decide(solver, [both.holds, first, second ^ 1], self.clock)
        claim = f"{name} under any setting only where it is so after the cut"
        goal = [[Solver.literal(first)], [-Solver.literal(second)]]
        self._settle(both, solver, answer, name, claim, goal, certify)

    def _settle(
        self,
        both: CutAndFree,
        solver: Solver,
        answer: bool | None,
        name: str,
        claim: str,
        goal: list[list[int]],
        certify: bool,
    ) -> None:
        if answer:
            self._show_two(both, solver.witness(), name)
        elif answer is False:
            copies = [
                self._copy(both.graph, places, {name: Solver.literal(end)})
                for places, end in zip(both.places, both.ends(name), strict=True)
            ]
            self._prove(certify, lambda: certified(claim, both.graph, copies, self.region, goal))
        self._say(claim, answer)

    def _prove(self, certify: bool, make: Callable[[], Evidence | None]) -> None:
        made = make() if certify else None
        if made is None:
            self.bare += 1
        else:
            self.evidence.append(made)

    def _say(self, claim: str, broken: bool | None, how: str = "proved") -> None:
        verdict = {True: "refuted", False: how, None: "undecided"}[broken]
        self.claims.append({"claim": claim, "verdict": verdict})

    def _copy(self, graph: Graph, places: dict[str, int], outputs: dict[str, int]) -> Copy:
        inputs = {name: places[name] for name in self.logic.inputs}
        held = {name: -1 if value else 1 for name, value in self.cut.values.items()}
        forced = {name: places.get(name, held.get(name, 1)) for name in self.cut.bits}
        return Copy(inputs, forced, outputs)

    def _show(self, rows: Bits, values: dict[str, Bits], claims: list[Claim], graph: Graph) -> None:
        """A witness of the cut network; free bits come after the inputs in `rows`."""
        width = len(self.logic.inputs)
        free = {name: rows[:, at] for at, name in enumerate(graph.input_names) if at >= width}
        held = {name: np.full(len(rows), v, np.uint8) for name, v in self.cut.values.items()}
        self.parts.append(
            Witness(self.logic.inputs, rows[:, :width], tuple(claims), held | free | values)
        )

    def _show_two(self, both: CutAndFree, row: Bits, name: str) -> None:
        """One input, what was cut at two settings, and an output that differs."""
        rows = np.stack([row[: len(self.logic.inputs)]] * 2)
        forced = {}
        for bit in self.cut.bits:
            pair = [row[p[bit] - 2] if bit in p else self.cut.to or 0 for p in both.places]
            forced[bit] = np.array(pair, np.uint8)
        claims = (Only(0, 1, self.cut.bits), Differ(0, 1, name))
        self.parts.append(Witness(self.logic.inputs, rows, claims, forced))

    def answer(self, verdict: str) -> Answer:
        """Everything, with what was measured before and after."""
        measured = self.capabilities
        graph = self.cut.graph(self.logic, measured.targets)
        after = measured.run(graph)
        joined = flatten(self.logic.sections)
        left = self.cut.graph(self.logic, self.logic.flat.output_names)
        proofs = [one["verdict"] for one in self.claims]
        return Answer(
            {
                "kind": "ablate",
                "cut": list(self.cut.elements),
                "to": "free" if self.cut.to is None else self.cut.to,
                "kill": list(self.killed),
            },
            verdict,
            ", ".join(f"{how} {proofs.count(how)}" for how in dict.fromkeys(proofs)) or "measured",
            self.clock.spent,
            self.clock.budget,
            self.region.conditions,
            Witnesses(tuple(self.parts)) if self.parts else None,
            tuple(self.evidence),
            {
                "before": measured.describe(measured.before),
                "after": measured.describe(after),
                "claims": self.claims,
                "ands": {"before": joined.n_ands, "after": left.n_ands},
                "became": became(self.logic, self.cut),
            },
            f"{self.bare} claims that Glucose 4 proved, without a certificate" if self.bare else "",
        )


def _no_input(region: Region) -> str:
    """How far a proof reaches."""
    if region.everywhere:
        return "no input at all"
    given = region.conditions
    if given.fixed or given.sample or given.states:
        return "no input that satisfies the conditions"
    return "no valid input"


def _never(bit: str) -> str:
    return f"{bit} never depends on what was cut"
