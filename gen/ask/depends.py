"""Does one bit affect another: a pair of inputs that shows it, or a proof that none does.

Three ways, the cheapest first. No path in the simplified graph leads from A to B; simulation of
random pairs that differ only in A finds one on which B differs; a SAT solver is asked of two copies
of the network that differ only in A. A name of several bits is one thing: it affects B where any
change of its bits does, and is affected where any of its bits is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.answer import Answer, Claim, Differ, Evidence, Only, Witness, Witnesses
from gen.ask.budget import Budget, Clock
from gen.ask.certificate import Certificate, Copy
from gen.ask.conditions import Conditions, Region
from gen.ask.cutting import Cutting
from gen.ask.logic import Logic
from gen.ask.names import CLASS, AskError
from gen.ask.nopath import NoPath, Walk
from gen.ask.pairs import Source, Trial, TwoCopies, decide, supports
from gen.ask.proof import certified
from gen.ask.samples import random_inputs
from gen.console import progress
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["depends", "sources_of"]

Bits: TypeAlias = NDArray[np.uint8]

VECTORS = 1 << 13
"""Random inputs that every source is tried on."""


@dataclass
class Pair:
    """What is known of one source and one target: `apart` are two rows that show a dependence."""

    source: Source
    name: str
    bits: tuple[str, ...]
    verdict: str = "undecided"
    method: str = "budget"
    apart: tuple[Bits, Bits] | None = None
    bit: str = ""
    rows: list[int] = field(default_factory=list)

    def settle(self, verdict: str, method: str) -> None:
        self.verdict, self.method = verdict, method

    def shown(self, first: Bits, second: Bits, bit: str, method: str) -> None:
        self.settle("depends", method)
        self.apart, self.bit = (first, second), bit

    def to_json(self) -> dict[str, Any]:
        found = {"from": self.source.name, "to": self.name, "verdict": self.verdict}
        found["method"] = self.method
        return found | ({"rows": self.rows, "bit": self.bit} if self.rows else {})


def depends(
    logic: Logic,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    conditions: Conditions | None = None,
    budget: Budget | None = None,
    certify: bool = False,
    seed: int = 0,
) -> Answer:
    """Which of `sources` (inputs, activations; default: every input bit) affect which of `targets`
    (activations, outputs, "class=7"; default: every output bit).

    For an input: are there two inputs that satisfy the conditions, differ in it only, and give the
    target two values? For an activation, the same with it cut, and any value put in its place.
    `certify` adds a proof for each pair that is proved independent. Raises AskError for unknown
    names and for conditions that contradict each other.
    """
    clock = (budget or Budget()).start()
    region = Region(logic, conditions)
    names = list(targets) or list(logic.flat.output_names)
    wanted = {name: logic.targets(name) for name in names}
    for name, bits in wanted.items():
        if set(bits) & set(logic.inputs):
            raise AskError(f"{name} is an input: nothing in the network affects it")
    pairs = [
        Pair(source, name, wanted[name])
        for source in sources_of(logic, sources or logic.inputs, wanted)
        for name in names
    ]
    search = _Search(logic, region, clock, seed)
    search.run(pairs)
    return _answer(search, pairs, [list(sources), list(targets)], certify)


def sources_of(
    logic: Logic, names: Sequence[str], wanted: dict[str, tuple[str, ...]]
) -> list[Source]:
    """Each name with the graph that it is asked about in: the flat one for inputs, for activations
    one in which they are cut and may take any value."""
    targets = list(dict.fromkeys(bit for bits in wanted.values() for bit in bits))
    plain: Graph | None = None
    cutting: Cutting | None = None
    found = []
    for name in names:
        if name.startswith(CLASS):
            raise AskError(f"{name} is an output: nothing in the network reads it")
        bits = logic.names.bits(name)
        cut = [bit for bit in bits if bit in set(logic.activations)]
        if cut and len(cut) < len(bits) or not cut and not set(bits) <= set(logic.inputs):
            raise AskError(f"{name} is no input or activation: nothing in the network reads it")
        if cut:
            cutting = cutting or Cutting(logic, targets)
            graph = cutting.freed(cut)
        else:
            graph = plain = plain or logic.opened(targets)
        found.append(Source(name, bits, graph))
    return found


class _Search:
    """Settles pairs: without a path, then by simulation, then by SAT."""

    def __init__(self, logic: Logic, region: Region, clock: Clock, seed: int) -> None:
        self.logic, self.region, self.clock = logic, region, clock
        self.rng = np.random.default_rng(seed)
        self.rows = random_inputs(logic, region, VECTORS, seed)
        self.learned = self.rows[:64]
        self._tried: Any = None, None
        self._walked: tuple[Graph | None, dict[str, int]] = None, {}

    def _supports(self, graph: Graph) -> dict[str, int]:
        if graph is not self._walked[0]:
            self._walked = graph, dict(zip(graph.output_names, supports(graph), strict=True))
        return self._walked[1]

    def run(self, pairs: Sequence[Pair]) -> None:
        """Settle as many as the budget allows."""
        groups = list(_by_source(pairs))
        for source, mine in progress(groups, label="depends: paths and simulation"):
            self._paths(source, mine)
            self._simulate(source, mine, self._trial(source.graph), "simulated")
        left = [(source, mine) for source, mine in groups if _open(mine)]
        for source, mine in progress(left, label="depends: SAT"):
            if not self.clock.over:
                self._solve(source, mine)

    def _paths(self, source: Source, pairs: Sequence[Pair]) -> None:
        there = self._supports(source.graph)
        mask = sum(1 << place for place in source.places)
        for pair in pairs:
            if set(pair.bits) & set(source.bits):
                pair.settle("depends", "itself")
            elif not any(there[bit] & mask for bit in pair.bits):
                pair.settle("independent", "no path")

    def _simulate(self, source: Source, pairs: Sequence[Pair], trial: Trial, method: str) -> None:
        left = _open(pairs)
        if not left:
            return
        width = trial.words.shape[1]
        found = trial.differing(source, int(self.rng.integers(1, max(2, width))))
        for pair in left:
            bit = next((bit for bit in pair.bits if bit in found), None)
            if bit is not None:
                pair.shown(*found[bit], bit, method)

    def _trial(self, graph: Graph) -> Trial:
        """All rows, with random values of the activations that are free."""
        if graph is not self._tried[0]:
            self._tried = graph, Trial(graph, self._with_free(graph, self.rows), self.region)
        found: Trial = self._tried[1]
        return found

    def _with_free(self, graph: Graph, rows: Bits) -> Bits:
        free = graph.n_inputs - rows.shape[1]
        values = self.rng.integers(0, 2, (len(rows), free), dtype=np.uint8)
        return np.concatenate([rows, values], axis=1)

    def _solve(self, source: Source, pairs: Sequence[Pair]) -> None:
        learned = self._with_free(source.graph, self.learned)
        self._simulate(source, pairs, Trial(source.graph, learned, self.region), "simulated")
        left = _open(pairs)
        if not left:
            return
        both = TwoCopies(source, self.region)
        width = len(self.region.inputs)
        with Solver(both.graph) as solver:
            holds = both.literals["holds"]
            if not self._can_change(source, both, solver, pairs):
                return
            for pair in left:
                if pair.verdict != "undecided":
                    continue
                answers = []
                for bit in pair.bits:
                    answer = decide(solver, [holds, both.literals[f"{bit} differs"]], self.clock)
                    answers.append(answer)
                    if answer:
                        first, second = both.rows(solver.witness())
                        pair.shown(first, second, bit, "SAT")
                        self._learn(source, left, first[:width])
                        break
                if not any(answers) and None not in answers:
                    pair.settle("independent", "proved")

    def _can_change(
        self, source: Source, both: TwoCopies, solver: Solver, pairs: Sequence[Pair]
    ) -> bool:
        """Whether the conditions leave the source two values at all; without, nothing is said."""
        if self.region.everywhere or source.bits[0] in self.logic.activations:
            return True
        if self._trial(source.graph).changed(source)[1].any():
            return True
        for place, bit in zip(source.places, source.bits, strict=True):
            changed = 2 * (both.graph.input_names.index(f"{bit}'") + 1)
            for flip in (0, 1):
                apart = [2 * (place + 1) ^ flip, changed ^ flip ^ 1]
                answer = decide(solver, [both.literals["holds"], *apart], self.clock)
                if answer is not False:
                    return answer is True
        for pair in pairs:
            pair.settle("cannot change", "proved")
        return False

    def _learn(self, source: Source, pairs: Sequence[Pair], row: Bits) -> None:
        """What a solver found shows other pairs too, here and, kept, for other sources."""
        near = np.tile(row, (256, 1))
        near[1:] ^= self.rng.random(near[1:].shape) < 4 / len(row)
        near = near[self.region.holds(near)]
        trial = Trial(source.graph, self._with_free(source.graph, near), self.region)
        self._simulate(source, pairs, trial, "SAT, simulated near")
        self.learned = np.concatenate([self.learned, near[:16]])[-VECTORS:]


def _by_source(pairs: Sequence[Pair]) -> Iterator[tuple[Source, list[Pair]]]:
    found: dict[int, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(id(pair.source), []).append(pair)
    return ((mine[0].source, mine) for mine in found.values())


def _open(pairs: Sequence[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.verdict == "undecided"]


def _answer(search: _Search, pairs: list[Pair], asked: list[list[str]], certify: bool) -> Answer:
    witness = _witness(search.logic, pairs)
    walks = _walks(search.logic, pairs)
    evidence: list[Evidence] = [NoPath(walks)] if walks else []
    proved = [p for p in pairs if p.method == "proved"]
    if certify:
        evidence += [one for pair in proved for one in _certificates(search, pair)]
    left = len(_open(pairs))
    verdicts, methods = Counter(p.verdict for p in pairs), Counter(p.method for p in pairs)
    single = len(pairs) == 1
    return Answer(
        {"kind": "depends", "from": asked[0], "to": asked[1]},
        pairs[0].verdict if single else f"{left} undecided" if left else "all decided",
        ", ".join(f"{method} {count}" for method, count in methods.most_common()),
        search.clock.spent,
        search.clock.budget,
        search.region.conditions,
        witness,
        tuple(evidence),
        {
            "pairs": [pair.to_json() for pair in pairs],
            "decided": len(pairs) - left,
            "undecided": left,
            "verdicts": dict(verdicts),
            "methods": dict(methods),
        },
        _unchecked(proved, certify),
    )


def _unchecked(proved: Sequence[Pair], certify: bool) -> str:
    bare = [p for p in proved if not certify or p.verdict != "independent"]
    return f"{len(bare)} pairs that Glucose 4 proved, without a certificate" if bare else ""


def _witness(logic: Logic, pairs: Sequence[Pair]) -> Witnesses | None:
    """The rows that show dependences, each once, by which activations are forced."""
    kinds: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        if pair.apart is not None:
            forced = pair.source.graph.input_names[len(logic.inputs) :]
            kinds.setdefault(forced, []).append(pair)
    parts = tuple(_part(logic, forced, mine) for forced, mine in kinds.items())
    return Witnesses(parts) if parts else None


def _part(logic: Logic, forced: tuple[str, ...], pairs: Sequence[Pair]) -> Witness:
    rows: list[Bits] = []
    known: dict[bytes, int] = {}
    claims: list[Claim] = []
    for pair in pairs:
        assert pair.apart is not None
        for row in pair.apart:
            at = known.setdefault(row.tobytes(), len(rows))
            if at == len(rows):
                rows.append(row)
            pair.rows.append(at)
        claims.append(Only(pair.rows[0], pair.rows[1], pair.source.bits))
        claims.append(Differ(pair.rows[0], pair.rows[1], pair.bit))
    table, width = np.stack(rows), len(logic.inputs)
    values = {name: table[:, width + at] for at, name in enumerate(forced)}
    return Witness(logic.inputs, table[:, :width], tuple(claims), values)


def _walks(logic: Logic, pairs: Sequence[Pair]) -> tuple[Walk, ...]:
    found: dict[int, tuple[Graph, list[tuple[Sequence[str], str]]]] = {}
    for pair in pairs:
        if pair.method == "no path":
            graph = pair.source.graph
            mine = found.setdefault(id(graph), (graph, []))[1]
            mine += [(pair.source.bits, bit) for bit in pair.bits]
    return tuple(Walk(graph, len(logic.inputs), mine) for graph, mine in found.values())


def _certificates(search: _Search, pair: Pair) -> Iterator[Certificate]:
    """A proof for each bit of a target that is proved independent."""
    if pair.verdict != "independent":
        return
    both, width = TwoCopies(pair.source, search.region), len(search.region.inputs)
    place = {name: at + 2 for at, name in enumerate(both.graph.input_names)}
    ends = {name: Solver.literal(one) for name, one in both.literals.items()}
    for bit in pair.bits:
        copies = []
        for mark in ("", "'"):
            mine = {
                name: place[f"{name}{mark}" if name in pair.source.bits else name]
                for name in pair.source.graph.input_names
            }
            items = list(mine.items())
            outputs = {bit: ends[f"{bit}{mark}"]}
            copies.append(Copy(dict(items[:width]), dict(items[width:]), outputs))
        first, second = ends[bit], ends[f"{bit}'"]
        claim = f"{pair.source.name} never affects {bit}"
        goal = [[first, second], [-first, -second]]
        made = certified(claim, both.graph, copies, search.region, goal)
        if made is not None:
            yield made
