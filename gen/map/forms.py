"""The forms of one network that mapping chooses among."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gen.logic.aiger import read_aiger
from gen.logic.evaluate import differing
from gen.logic.graph import Graph, GraphError
from gen.logic.sections import flatten
from gen.map.proofs import NARROW, SHOWN

__all__ = ["Forms", "differs", "forms_of", "read_forms"]

WORDS = 64
"""Random vectors, 64 to a word, on which graphs are compared."""


@dataclass(frozen=True)
class Forms:
    """Graphs of one network, as `gen.map.luts.map_luts` takes them: the simplified one, those cut
    at activations, one joined as it was melted, those of `gen.map.proofs.SHOWN`, and those that are
    cut at the LUTs of their counts, maybe of the words of which the class is the largest."""

    flat: Graph
    sectioned: Sequence[Graph]
    joined: Graph
    shown: Mapping[str, Graph] = field(default_factory=dict)
    counted: Mapping[str, Graph] = field(default_factory=dict)

    def with_shown(self, word: str, graph: Graph, counted: Graph | None = None) -> "Forms":
        """With one more of SHOWN, and the same cut at the LUTs of its counts, if given and if it
        has the same answers."""
        counts = {word: counted} if counted and _is_counted(counted, self.flat) else {}
        return replace(self, shown={**self.shown, word: graph}, counted={**self.counted, **counts})


def forms_of(
    flat: Graph,
    melted: Graph,
    sections: Graph,
    reduced: Graph | None = None,
    narrow: Graph | None = None,
    counted: Graph | None = None,
) -> Forms:
    """The forms, of the simplified graph, the melted one, the simplified one that is cut, and those
    of `gen.melt.forms` where they are."""
    graphs = [melted, sections, *([] if reduced is None else [reduced])]
    shown = {NARROW: narrow} if narrow and _interface(narrow) == _interface(flat) else {}
    counts = {"": counted} if counted and _is_counted(counted, flat) else {}
    joined = flatten(melted if reduced is None else reduced)
    return Forms(flat, graphs, joined, shown, counts)


def _interface(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    joined = flatten(graph)
    return joined.input_names, joined.output_names


def differs(graph: Graph, flat: Graph) -> str:
    """In which way a graph, cut or not, is found to be another one than the flat graph; "" where it
    is not: it may be another one still."""
    joined = flatten(graph)
    if (joined.input_names, joined.output_names) != (flat.input_names, flat.output_names):
        return "its inputs or answers are not those of the graph"
    return "the network beside the graph is another one" if differing(joined, flat, WORDS) else ""


def _is_counted(counted: Graph, flat: Graph) -> bool:
    """Whether it has the inputs of the flat graph and its outputs, or where these are the bits of
    one index, only words of which that may be the largest's."""
    inputs, outputs = _interface(counted)
    answers = {name.rpartition(".")[0] for name in flat.output_names}
    words = {name.partition("[")[0] for name in outputs}
    return inputs == flat.input_names and (
        outputs == flat.output_names or (len(answers) == 1 and words == answers)
    )


def read_forms(path: Path) -> Forms:
    """The forms that lie beside graph.aig. Raises GraphError where one that has to be of the same
    network is found to be of another one."""
    flat, melted, sections = (
        read_aiger(path.with_name(one)) for one in (path.name, "melted.aig", "sections.aig")
    )
    reduced, narrow, counted = (
        read_aiger(one) if one.is_file() else None
        for one in map(path.with_name, ("reduced.aig", SHOWN[NARROW], "counted.aig"))
    )
    same = {"melted.aig": melted, "sections.aig": sections, "reduced.aig": reduced}
    for name, graph in same.items():
        if graph is not None and differs(graph, flat):
            raise GraphError(
                f"{path.with_name(name)}: is not of the network of {path.name}; simplify again"
            )
    return forms_of(flat, melted, sections, reduced, narrow, counted)
