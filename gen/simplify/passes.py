"""The simplification passes: plain functions from graph to graph, in one ordered tuple.

Every pass keeps inputs, outputs and their names. None is trusted: the runner (`gen.simplify.run`)
proves each result equal to what it was given, or undoes it.
"""

from collections.abc import Callable
from typing import TypeAlias

from aigverse.algorithms import aig_cut_rewriting, aig_resubstitution, sop_refactoring

from gen.logic.aiger import aiger_bytes, parse_aiger
from gen.logic.graph import Graph
from gen.tools.abc import transform

__all__ = ["PASSES", "Pass", "compress", "refactor", "resubstitute", "rewrite"]

Pass: TypeAlias = Callable[[Graph], Graph]


def compress(graph: Graph) -> Graph:
    """ABC's `dc2`, three times: balancing, rewriting and refactoring with don't-cares.

    On trained networks it beats every other pass for its cost. Mishchenko, Chatterjee, Brayton,
    "DAG-aware AIG rewriting", DAC 2006.
    """
    result = transform(aiger_bytes(graph, symbols=False), ["dc2", "dc2", "dc2"], "out.aig")
    return parse_aiger(result, "ABC's result").renamed(graph.input_names, graph.output_names)


def resubstitute(graph: Graph) -> Graph:
    """Express nodes through others in a window (aigverse, from mockturtle)."""
    aig = graph.to_aig()
    aig_resubstitution(aig, window_size=12, max_inserts=2, inplace=True)
    return Graph.from_aig(aig, graph.input_names, graph.output_names)


def refactor(graph: Graph) -> Graph:
    """Collapse cones and factor them again (aigverse, from mockturtle)."""
    aig = graph.to_aig()
    sop_refactoring(aig, inplace=True)
    return Graph.from_aig(aig, graph.input_names, graph.output_names)


def rewrite(graph: Graph) -> Graph:
    """Replace 4-input cuts by the best known structure (aigverse, from mockturtle)."""
    return Graph.from_aig(aig_cut_rewriting(graph.to_aig()), graph.input_names, graph.output_names)


PASSES: tuple[Pass, ...] = (compress, resubstitute, refactor, rewrite)
