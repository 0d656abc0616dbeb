"""The two results of simplification: the sectioned graph for questions, the flat for hardware.

The flat one starts from the simplified sections, joined: what rewriting gains across the cuts
comes on top. Both are simplified for the fewest ANDs, and at the end proved equal.
"""

from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.simplify.ledger import Ledger
from gen.simplify.run import prove_row, simplify

__all__ = ["simplify_both"]


def simplify_both(melted: Graph, budget: float = 300) -> tuple[Graph, Graph, Ledger]:
    """Simplified sections, simplified flat graph, and the ledger of every step.

    `budget` is seconds per proof. Raises SimplifyError where the two are not proved equal.
    """
    sections, section_rows = simplify(melted, "sections", budget=budget)
    joined = flatten(sections)
    flat, flat_rows = simplify(joined, "graph", budget=budget)
    last = prove_row("graph = melted", "both", flatten(melted), flat, budget)
    rows = [*section_rows, *flat_rows, last]
    summary = {
        "melted": melted.n_ands,
        "simplified": flat.n_ands,
        "depth": flat.depth,
        "activations": len(cut_names(sections)),
        "seconds": round(sum(row.seconds + row.proof_seconds for row in rows), 2),
    }
    return sections, flat, Ledger(rows, summary)
