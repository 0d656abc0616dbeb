"""Running the passes: in parts, measured, proved, kept or undone, until nothing pays."""

import time
from collections.abc import Sequence

from gen.console import say
from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.evaluate import differing
from gen.logic.graph import Graph
from gen.simplify.groups import group_outputs
from gen.simplify.ledger import Row
from gen.simplify.parts import join, split
from gen.simplify.passes import PASSES, Pass, usable
from gen.simplify.proved import NO_GAIN, PROVED, Result, Tried, Workers, prove_pairs, run_passes
from gen.tools.abc import prove_equal

__all__ = ["PART", "WHOLE", "NotProved", "SimplifyError", "prove_row", "prove_sections", "simplify"]

PAYS = 0.01
"""A round that takes away a smaller share is the last: on digits the ones after it took 6 of 11 s
of processor time for 7 of 2,235 ANDs, and no LUT."""
WHOLE = 12_000
"""Graphs of up to so many ANDs are worked on as one."""
PART = 5_000
"""ANDs of a part: of 2,000 the parts' edges cost 0.1 % of `dc2`'s gain, of 5,000 nothing."""
WORDS = 16
"""Random vectors, 64 to a word, that a joined graph is simulated on."""


class SimplifyError(SmeltError):
    """Two graphs that must be equal are not proved to be."""


class NotProved(SimplifyError):
    """A proof ended without a verdict, or with the wrong one."""


def simplify(
    graph: Graph,
    target: str,
    workers: Workers | None = None,
    passes: Sequence[Pass] = PASSES,
    rounds: int = 8,
    sizes: tuple[int, int] = (WHOLE, PART),
) -> tuple[Graph, list[Row]]:
    """Run the passes in order, again and again, until they gain next to nothing.

    A graph of more ANDs than the first of `sizes` is cut into parts of about the second, and each
    is worked on by itself. A result is kept if it has fewer ANDs and is proved equal within the
    workers' budget; otherwise it is undone, and its row says why. Returns the graph and its rows.
    """
    workers, passes = workers or Workers(), usable(passes)
    rows: list[Row] = []
    for number in range(rounds):
        where = (target, f"{target}, round {number + 1}", _size(graph.n_ands, sizes, number))
        graph, found = _round(graph, where, workers, passes)
        for row in found[1:]:
            lut4 = "" if row.lut4 is None else f", {row.lut4:,} LUT4"
            say(f"  {target}: {row.step} -> {row.ands:,} ANDs{lut4} ({row.proof})")
        rows += found if not number else found[1:]
        if found[len(passes)].ands >= found[0].ands * (1 - PAYS):
            break
    return graph, rows


def _size(ands: int, sizes: tuple[int, int], number: int) -> int:
    """Of the parts of a round, all about alike; another in every other round, so that what lay at
    an edge comes inside."""
    whole, part = sizes
    if ands <= whole:
        return max(1, ands)
    return -(-ands // (max(2, ands // part) + number % 2))


def _round(
    graph: Graph, where: tuple[str, str, int], workers: Workers, passes: Sequence[Pass]
) -> tuple[Graph, list[Row]]:
    """One round: the graph, a row for its start, and one for every pass.

    `where` is the target, a label for progress, and the parts' size.
    """
    target, label, size = where
    parts = split(graph, size)
    results = run_passes([p.graph for p in parts], passes, workers, label, len(parts) == 1)
    lut4 = results[0].lut4 if len(parts) == 1 else None
    rows = [Row("start", target, graph.n_ands, graph.depth, lut4, 0.0, "given", 0.0)]
    rows += [_row(target, one.name, at, results, workers.budget) for at, one in enumerate(passes)]
    start = time.monotonic()
    made = join(graph, parts, [result.graph for result in results])
    if len(parts) > 1:
        how = check_joined(graph, made)
        spent = time.monotonic() - start
        rows.append(Row("join", target, made.n_ands, made.depth, None, spent, how, 0.0))
    return (made if made.n_ands < graph.n_ands else graph), rows


def _row(target: str, step: str, at: int, results: Sequence[Result], budget: float) -> Row:
    """What a pass did to all parts."""
    tried = [result.tried[at] for result in results]
    alone = tried[0] if len(tried) == 1 else None
    return Row(
        step,
        target,
        sum(one.ands for one in tried),
        alone.depth if alone else None,
        alone.lut4 if alone else None,
        round(sum(one.seconds for one in tried), 3),
        _summary(tried),
        round(sum(one.proof_seconds for one in tried), 3),
        len(tried),
        sum(one.proof not in (PROVED, NO_GAIN) for one in tried),
        budget,
    )


def _summary(tried: Sequence[Tried]) -> str:
    """PROVED where any part has a proved gain, else why a part was undone."""
    found = {one.proof: None for one in tried}
    undone = [proof for proof in found if proof not in (PROVED, NO_GAIN)]
    return PROVED if PROVED in found else [*undone, NO_GAIN][0]


def check_joined(first: Graph, second: Graph) -> str:
    """Simulate two graphs of one interface on the same random vectors; says how many.

    Their parts are proved; this is about how they were put together. Raises SimplifyError.
    """
    name = differing(first, second, WORDS)
    if name:
        raise SimplifyError(f"{name}: differs after joining parts; this is a defect of simplify")
    return f"simulated {64 * WORDS:,}"


def prove_row(step: str, target: str, first: Graph, second: Graph, budget: float = 300) -> Row:
    """Prove two graphs of the same interface equal; raises SimplifyError where that fails."""
    _check_interface(step, first, second)
    start = time.monotonic()
    if not prove_equal(aiger_bytes(first, False), aiger_bytes(second, False), budget):
        raise NotProved(f"{step}: not proved equal within {budget:g} s")
    spent = round(time.monotonic() - start, 3)
    size = (second.n_ands, second.depth, None)
    return Row(step, target, *size, 0.0, PROVED, spent, budget=budget)


def prove_sections(step: str, target: str, first: Graph, second: Graph, workers: Workers) -> Row:
    """The same, in groups of outputs: what scales where a graph is cut at activations."""
    _check_interface(step, first, second)
    groups = list(group_outputs(first, second, PART))
    found = prove_pairs([(group.first, group.second) for group in groups], workers, step)
    for group, (proved, _) in zip(groups, found, strict=True):
        if not proved:
            raise NotProved(
                f"{step}: {group.names[0]} and {len(group.names) - 1} more outputs not proved"
                f" equal within {workers.budget:g} s"
            )
    spent = round(sum(seconds for _, seconds in found), 3)
    size = (second.n_ands, second.depth, None)
    return Row(step, target, *size, 0.0, PROVED, spent, len(groups), 0, workers.budget)


def _check_interface(step: str, first: Graph, second: Graph) -> None:
    if first.input_names != second.input_names or first.output_names != second.output_names:
        raise SimplifyError(f"{step}: the two graphs have different inputs or outputs")
