"""The two results of simplification: the sectioned graph for questions, the flat for hardware.

The flat one starts from the simplified sections, joined: what rewriting gains across the cuts
comes on top. Both are simplified for the fewest ANDs, and at the end proved equal: a small graph
as a whole, a large one section by section, and from there on part by part.
"""

import time
from collections.abc import Sequence

from gen.console import say
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.simplify.ledger import Ledger, Row
from gen.simplify.passes import JOINED, PARTED, PARTED_JOINED, PASSES, Pass
from gen.simplify.proved import Workers
from gen.simplify.run import (
    PART,
    WHOLE,
    NotProved,
    check_joined,
    prove_row,
    prove_sections,
    simplify,
)
from gen.simplify.tables import from_tables

__all__ = ["simplify_both"]


SECTIONS, FLAT = (WHOLE, PART), (3_000, 2_000)
"""Most ANDs that are worked on as one, and ANDs of a part otherwise. Where layers follow each
other proofs are harder: 16 s for a pass on 4,600 ANDs, where 5,000 in sections took 0.3 s."""


def simplify_both(melted: Graph, workers: Workers | None = None) -> tuple[Graph, Graph, Ledger]:
    """Simplified sections, simplified flat graph, and the ledger of every step.

    `workers` says how many processes work, how many seconds a proof gets, and where checkpoints
    are. Raises SimplifyError where the two are not proved equal.
    """
    start = time.monotonic()
    workers = workers or Workers()
    large = melted.n_ands > SECTIONS[0]
    sections, rows = _simplify(melted, "sections", workers, PARTED if large else PASSES, SECTIONS)
    if not large:
        sections, row = from_tables(sections, workers)
        say(f"  sections: {row.step} -> {row.ands:,} ANDs ({row.proof})")
        rows.append(row)
    joined = flatten(sections)
    passes = PARTED_JOINED if large else JOINED
    flat, flat_rows = _simplify(joined, "graph", workers, passes, FLAT)
    rows += [*flat_rows, *_last_rows(melted, sections, flat, workers)]
    summary = {
        "melted": melted.n_ands,
        "simplified": flat.n_ands,
        "depth": flat.depth,
        "activations": len(cut_names(sections)),
        "seconds": round(time.monotonic() - start, 2),
    }
    return sections, flat, Ledger(rows, summary)


def _simplify(
    graph: Graph, target: str, workers: Workers, passes: Sequence[Pass], sizes: tuple[int, int]
) -> tuple[Graph, list[Row]]:
    rounds = 1 if passes in (PARTED, PARTED_JOINED) else 8
    return simplify(graph, target, workers, passes, rounds, sizes)


def _last_rows(melted: Graph, sections: Graph, flat: Graph, workers: Workers) -> list[Row]:
    """That the flat graph is the melted one: by one proof, or by sections and parts."""
    if flat.n_ands <= FLAT[0]:
        try:
            return [prove_row("graph = melted", "both", flatten(melted), flat, workers.budget)]
        except NotProved as error:
            say(f"  {error}; trying section by section")
    row = prove_sections("sections = melted", "sections", melted, sections, workers)
    how = f"proved by parts, {check_joined(flatten(melted), flat)}"
    return [row, Row("graph = melted", "both", flat.n_ands, flat.depth, None, 0.0, how, 0.0)]
