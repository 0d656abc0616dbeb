"""Does one bit affect another: a pair of inputs that shows it, or a proof that none does.

Three ways, the cheapest first. No path in the simplified graph leads from A to B; simulation of
random pairs that differ only in A finds one on which B differs; a SAT solver is asked of two copies
of the network that differ only in A. A name of several bits is one thing: it affects B where any
change of its bits does, and is affected where any of its bits is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.answer import Answer, Claim, Differ, Evidence, Only, Witness, Witnesses
from gen.ask.evidence.certificate import Copy
from gen.ask.evidence.walks import NoPath, Walk
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions, Region
from gen.ask.network.cutpoints import Cutpoints
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.ask.questions.certify import certified
from gen.ask.questions.verdicts import made
from gen.ask.search.dependences import Pair, Search, still_open
from gen.ask.search.fates import became
from gen.ask.search.pairs import Source, TwoCopies
from gen.logic.graph import Graph
from gen.logic.solver import Solver

__all__ = ["depends", "sources_of"]

Bits: TypeAlias = NDArray[np.uint8]

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
) -> Answer:
    """Which of `sources` (inputs, activations; default: every input bit) affect which of `targets`
    (activations, outputs, "class=7"; default: every output bit).

    For an input: are there two inputs that satisfy the conditions, differ in it only, and give the
    target two values? For an activation, the same with it cut, and any value put in its place.
    `certify` adds a proof for each pair that a solver proved. Raises AskError for unknown
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
    search = Search(logic, region, clock, seed)
    search.run(pairs)
    return _answer(search, pairs, [list(sources), list(targets)], certify)


def sources_of(
    logic: Logic, names: Sequence[str], wanted: dict[str, tuple[str, ...]]
) -> list[Source]:
    """Each name with the graph that it is asked about in: the flat one for inputs, for activations
    one in which they are cut and may take any value."""
    targets = list(dict.fromkeys(bit for bits in wanted.values() for bit in bits))
    plain: Graph | None = None
    cutting: Cutpoints | None = None
    found = []
    for name in names:
        if name.startswith(CLASS):
            raise AskError(f"{name} is an output: nothing in the network reads it")
        bits = logic.names.bits(name)
        cut = [bit for bit in bits if bit in set(logic.activations)]
        if cut and len(cut) < len(bits) or not cut and not set(bits) <= set(logic.inputs):
            raise AskError(f"{name} is no input or activation: nothing in the network reads it")
        if cut:
            cutting = cutting or Cutpoints(logic, targets)
            graph = cutting.freed(cut)
        else:
            graph = plain = plain or logic.opened(targets)
        found.append(Source(name, bits, graph))
    return found


def _answer(search: Search, pairs: list[Pair], asked: list[list[str]], certify: bool) -> Answer:
    witness = _witness(search.logic, pairs)
    walks = _walks(search.logic, pairs)
    evidence: list[Evidence] = [NoPath(walks)] if walks else []
    proved = [p for p in pairs if p.method == "proved"]
    if certify:
        evidence += [one for pair in proved for one in _certificates(search, pair)]
        stuck = [pair.source for pair in proved if pair.verdict == "cannot change"]
        evidence += [one for source in dict.fromkeys(stuck) for one in _unchanging(search, source)]
    left = len(still_open(pairs))
    verdicts, methods = Counter(p.verdict for p in pairs), Counter(p.method for p in pairs)
    single = len(pairs) == 1
    asked_about = [bit for pair in pairs[:FEW] for bit in (*pair.source.bits, *pair.bits)]
    inner = [bit for bit in dict.fromkeys(asked_about) if bit in search.logic.activations]
    few = inner if len(pairs) <= FEW else []
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
            "became": [str(fate) for fate in became(search.logic, few)] if few else [],
        },
        _unchecked(proved, certify),
    )


def _unchecked(proved: Sequence[Pair], certify: bool) -> str:
    if not proved or certify:
        return ""
    return f"{len(proved)} pairs that Glucose 4 proved, without a certificate"


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


def _certificates(search: Search, pair: Pair) -> Iterator[Evidence]:
    """A proof for each bit of a target that is proved independent."""
    if pair.verdict != "independent":
        return
    both = TwoCopies(pair.source, search.region)
    ends = {name: Solver.literal(one) for name, one in both.literals.items()}
    for bit in pair.bits:
        copies = _copies(search, both, [bit])
        first, second = ends[bit], ends[f"{bit}'"]
        claim = f"{pair.source.name} never affects {bit}"
        goal = [[first, second], [-first, -second]]
        yield from made(certified(claim, both.graph, copies, search.region, goal))


def _unchanging(search: Search, source: Source) -> Iterator[Evidence]:
    """A proof for each bit of a source that the conditions leave it one value."""
    both = TwoCopies(source, search.region)
    copies = _copies(search, both, [])
    for bit in source.bits:
        first, second = (copy.inputs[bit] for copy in copies)
        claim = f"{bit} cannot change" + (f" with {source.name}" if source.bits[1:] else "")
        goal = [[first, second], [-first, -second]]
        yield from made(certified(claim, both.graph, copies, search.region, goal))


def _copies(search: Search, both: TwoCopies, targets: Sequence[str]) -> list[Copy]:
    """Both copies of the network in the graph of both."""
    source, width = both.source, len(search.region.inputs)
    place = {name: at + 2 for at, name in enumerate(both.graph.input_names)}
    found = []
    for mark in ("", "'"):
        items = [
            (name, place[f"{name}{mark}" if name in source.bits else name])
            for name in source.graph.input_names
        ]
        outputs = {bit: Solver.literal(both.literals[f"{bit}{mark}"]) for bit in targets}
        found.append(Copy(dict(items[:width]), dict(items[width:]), outputs))
    return found
