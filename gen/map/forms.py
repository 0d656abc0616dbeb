"""The forms of one network that mapping chooses among."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.proofs import NARROW, SHOWN

__all__ = ["Forms", "forms_of", "read_forms"]


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
        """With one more of SHOWN, and maybe the same cut at the LUTs of its counts."""
        counts = {} if counted is None else {word: counted}
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
    counts = {"": counted} if counted and _interface(counted)[0] == flat.input_names else {}
    joined = flatten(melted if reduced is None else reduced)
    return Forms(flat, graphs, joined, shown, counts)


def _interface(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    joined = flatten(graph)
    return joined.input_names, joined.output_names


def read_forms(path: Path) -> Forms:
    """The forms that lie beside graph.aig."""
    flat, melted, sections = (
        read_aiger(path.with_name(one)) for one in (path.name, "melted.aig", "sections.aig")
    )
    reduced, narrow, counted = (
        read_aiger(one) if one.is_file() else None
        for one in map(path.with_name, ("reduced.aig", SHOWN[NARROW], "counted.aig"))
    )
    return forms_of(flat, melted, sections, reduced, narrow, counted)
