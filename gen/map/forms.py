"""The forms of one network that mapping chooses among."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.proofs import NARROW, SHOWN, WIDE

__all__ = ["Forms", "forms_of", "read_forms"]


@dataclass(frozen=True)
class Forms:
    """Graphs of one network, as `gen.map.luts.map_luts` takes them: the simplified one, those cut
    at activations, one joined as it was melted, those of `gen.map.proofs.SHOWN`, and one that is
    cut at the LUTs of its counts, maybe of the words of which the class is the largest."""

    flat: Graph
    sectioned: Sequence[Graph]
    joined: Graph
    shown: Mapping[str, Graph] = field(default_factory=dict)
    counted: Graph | None = None


def forms_of(
    flat: Graph,
    melted: Graph,
    sections: Graph,
    reduced: Graph | None = None,
    narrow: Graph | None = None,
    wide: Graph | None = None,
    counted: Graph | None = None,
) -> Forms:
    """The forms, of the simplified graph, the melted one, the simplified one that is cut, and those
    of `gen.melt.forms` where they are."""
    graphs = [melted, sections, *([] if reduced is None else [reduced])]
    others = {word: one for word, one in ((NARROW, narrow), (WIDE, wide)) if one is not None}
    shown = {word: one for word, one in others.items() if _interface(one) == _interface(flat)}
    if counted is not None and _interface(counted)[0] != flat.input_names:
        counted = None
    joined = flatten(melted if reduced is None else reduced)
    return Forms(flat, graphs, joined, shown, counted)


def _interface(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    joined = flatten(graph)
    return joined.input_names, joined.output_names


def read_forms(path: Path, wide: Graph | None = None) -> Forms:
    """The forms that lie beside graph.aig, and the one of counts for LUT6, if given."""
    flat, melted, sections = (
        read_aiger(path.with_name(one)) for one in (path.name, "melted.aig", "sections.aig")
    )
    reduced, narrow, counted = (
        read_aiger(one) if one.is_file() else None
        for one in map(path.with_name, ("reduced.aig", SHOWN[NARROW], "counted.aig"))
    )
    return forms_of(flat, melted, sections, reduced, narrow, wide, counted)
