"""Running the passes: measure, prove, keep or undo, record, and stop when nothing pays."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from gen.console import say
from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.simplify.ledger import Row
from gen.simplify.passes import PASSES, Pass
from gen.tools.abc import count_luts, prove_equal
from gen.tools.tool import ToolFailed

__all__ = ["SimplifyError", "prove_row", "simplify"]

PAYS = 0.002


class SimplifyError(SmeltError):
    """Two graphs that must be equal are not proved to be."""


@dataclass(frozen=True)
class Measured:
    """A graph with its LUT4 estimate."""

    graph: Graph
    lut4: int

    def row(self, step: str, target: str, seconds: float, proof: str, proof_seconds: float) -> Row:
        size = (self.graph.n_ands, self.graph.depth, self.lut4)
        return Row(step, target, *size, seconds, proof, proof_seconds)


def measure(graph: Graph) -> Measured:
    """Count what a quick mapping makes of a graph."""
    return Measured(graph, count_luts(aiger_bytes(graph, symbols=False)))


def simplify(
    graph: Graph,
    target: str,
    passes: Sequence[Pass] = PASSES,
    budget: float = 300,
    rounds: int = 8,
) -> tuple[Graph, list[Row]]:
    """Run the passes in order, again and again, until a whole round gains nothing.

    A result is kept if it has fewer ANDs and is proved equal within `budget` seconds; otherwise
    it is undone, and its row says why. A round that takes away less than `PAYS` of the ANDs is
    the last. Returns the graph and the ledger rows.
    """
    best = measure(graph)
    rows = [best.row("start", target, 0.0, "given", 0.0)]
    for _ in range(rounds):
        before = best.graph.n_ands
        for one in passes:
            best, row = _step(best, one, target, budget)
            rows.append(row)
            say(f"  {target}: {row.step} -> {row.ands:,} ANDs, {row.lut4:,} LUT4 ({row.proof})")
        if best.graph.n_ands >= before * (1 - PAYS):
            break
    return best.graph, rows


def _step(best: Measured, one: Pass, target: str, budget: float) -> tuple[Measured, Row]:
    start = time.monotonic()
    try:
        tried = measure(one(best.graph))
    except ToolFailed as error:
        say(f"  {one.__name__}: {error}")
        spent = time.monotonic() - start
        return best, best.row(one.__name__, target, spent, "undone: failed", 0.0)
    spent = time.monotonic() - start
    if tried.graph.n_ands >= best.graph.n_ands:
        return best, tried.row(one.__name__, target, spent, "undone: no gain", 0.0)
    start = time.monotonic()
    before, after = (aiger_bytes(g, symbols=False) for g in (best.graph, tried.graph))
    proved = prove_equal(before, after, budget)
    proof = "proved" if proved else "undone: not proved"
    row = tried.row(one.__name__, target, spent, proof, time.monotonic() - start)
    return (tried if proved else best), row


def prove_row(step: str, target: str, first: Graph, second: Graph, budget: float = 300) -> Row:
    """Prove two graphs of the same interface equal; raises SimplifyError where that fails."""
    if first.input_names != second.input_names or first.output_names != second.output_names:
        raise SimplifyError(f"{step}: the two graphs have different inputs or outputs")
    start = time.monotonic()
    if not prove_equal(aiger_bytes(first, False), aiger_bytes(second, False), budget):
        raise SimplifyError(f"{step}: not proved equal within {budget:g} s")
    spent = time.monotonic() - start
    return measure(second).row(step, target, 0.0, "proved", spent)
