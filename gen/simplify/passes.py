"""The simplification passes: ABC commands, in one ordered tuple.

Every pass keeps inputs and outputs and their order. None is trusted: the runner
(`gen.simplify.run`) has each result proved equal to what the pass was given, or undoes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from gen.logic.aiger import aiger_bytes, parse_aiger
from gen.logic.graph import Builder, Graph
from gen.tools.abc import native, transform
from gen.tools.tool import ToolFailed

__all__ = [
    "JOINED",
    "PARTED",
    "PARTED_JOINED",
    "PASSES",
    "Pass",
    "compress",
    "orchestrate",
    "resubstitute",
    "sweep",
    "usable",
]


@dataclass(frozen=True)
class Pass:
    """A name and ABC commands that turn the current network into a better one."""

    name: str
    commands: tuple[str, ...]

    def __call__(self, graph: Graph) -> Graph:
        """The pass alone, without proof; raises ToolFailed where ABC fails."""
        made = transform(aiger_bytes(graph, symbols=False), self.commands, "out.aig")
        return parse_aiger(made, "ABC's result").renamed(graph.input_names, graph.output_names)


sweep = Pass("sweep", ("&get", "&fraig -x -C 1000", "&put"))
"""SAT sweeping: nodes that are proved equal become one. Mishchenko, Chatterjee, Jiang, Brayton,
"FRAIGs: A unifying representation for logic synthesis and verification", 2005."""

compress = Pass("compress", ("dc2", "dc2", "dc2"))
"""Balancing, rewriting and refactoring with don't-cares. On trained networks it beats every other
pass for its cost. Mishchenko, Chatterjee, Brayton, "DAG-aware AIG rewriting", DAC 2006."""

orchestrate = Pass("orchestrate", ("orchestrate -N 2",))
"""Rewriting, refactoring and resubstitution, the best of them at each node. Li, Liu, Ren,
Mishchenko, Yu, "DAG-aware synthesis orchestration", IEEE TCAD 2024. Not in older ABCs."""

resubstitute = Pass(
    "resubstitute",
    (
        *("balance -l", "resub -K 6 -l", "rewrite -l", "resub -K 6 -N 2 -l", "refactor -l"),
        *("resub -K 8 -l", "balance -l", "resub -K 8 -N 2 -l", "rewrite -l", "resub -K 10 -l"),
        *("rewrite -l -z", "resub -K 10 -N 2 -l", "balance -l", "resub -K 12 -l"),
        *("refactor -l -z", "resub -K 12 -N 2 -l", "rewrite -l -z", "balance -l"),
    ),
)
"""ABC's script `compress2rs`: nodes through others in ever larger windows. Where `orchestrate` is
known it gains nothing more."""

PASSES: tuple[Pass, ...] = (sweep, compress, orchestrate, compress, orchestrate)
"""A round on a graph that is worked on as one."""

JOINED: tuple[Pass, ...] = (compress, orchestrate)
"""A round on a small flat graph, joined from simplified sections."""

PARTED: tuple[Pass, ...] = (sweep, compress, orchestrate)
"""The only round on a graph in parts: a second gained 0.2 % on 67,000 ANDs, for as much time."""

PARTED_JOINED: tuple[Pass, ...] = (compress,)
"""The only round on a large flat graph, whose parts lie across the cuts; it gained 0.1 %."""

INSTEAD = {orchestrate: resubstitute}


def usable(passes: Sequence[Pass]) -> tuple[Pass, ...]:
    """The passes, another in place of each that the native ABC found does not know."""
    return tuple(INSTEAD.get(one, one) if native() and not _works(one) else one for one in passes)


@cache
def _works(one: Pass) -> bool:
    b = Builder()
    b.output("y", b.and_(b.input("a"), b.input("b")))
    try:
        one(b.graph())
    except ToolFailed:
        return False
    return True
