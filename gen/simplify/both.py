"""The two results of simplification: the sectioned graph for questions, the flat for hardware.

The sectioned graph is simplified for the fewest ANDs. The flat one starts from the melted
sections joined, and is simplified for the fewest LUT4: fewer ANDs do not always map to fewer
LUTs, since rewriting breaks up the adders that melting built (6,357 to 5,184 ANDs cost 2.5 % more
LUT4 on a digits network). At the end the two are proved equal.
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
    sections, section_rows = simplify(
        melted, "sections", lambda graph, lut4: (graph.n_ands, lut4), budget=budget
    )
    start = flatten(melted)
    flat, flat_rows = simplify(
        start, "graph", lambda graph, lut4: (lut4, graph.n_ands), budget=budget
    )
    joined = flatten(sections)
    last = prove_row("sections = graph", "both", flat, joined, budget)
    rows = [*section_rows, *flat_rows, last]
    summary = {
        "melted": melted.n_ands,
        "simplified": joined.n_ands,
        "depth": joined.depth,
        "hardware_ands": flat.n_ands,
        "activations": len(cut_names(sections)),
        "seconds": round(sum(row.seconds + row.proof_seconds for row in rows), 2),
    }
    return sections, flat, Ledger(rows, summary)
