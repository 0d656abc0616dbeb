"""The forms of one network that mapping chooses among."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.logic.sections import flatten

__all__ = ["Forms", "forms_of", "read_forms"]


@dataclass(frozen=True)
class Forms:
    """Graphs of one network, as `gen.map.luts.map_luts` takes them: the simplified one, those cut
    at activations, one joined as it was melted, and the joined one of narrower codes."""

    flat: Graph
    sectioned: Sequence[Graph]
    joined: Graph
    narrow: Graph | None = None


def forms_of(
    flat: Graph,
    melted: Graph,
    sections: Graph,
    reduced: Graph | None = None,
    narrow: Graph | None = None,
) -> Forms:
    """The forms, of the simplified graph, the melted one, the simplified one that is cut, and the
    two of `gen.melt.forms` where they are."""
    graphs = [melted, sections, *([] if reduced is None else [reduced])]
    other = None if narrow is None else flatten(narrow)
    if other is not None and _interface(other) != _interface(flat):
        other = None
    return Forms(flat, graphs, flatten(melted if reduced is None else reduced), other)


def _interface(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return graph.input_names, graph.output_names


def read_forms(path: Path) -> Forms:
    """The forms that lie beside graph.aig."""
    flat, melted, sections = (
        read_aiger(path.with_name(one)) for one in (path.name, "melted.aig", "sections.aig")
    )
    more = (
        read_aiger(one) if one.is_file() else None
        for one in (path.with_name("reduced.aig"), path.with_name("narrow.aig"))
    )
    return forms_of(flat, melted, sections, *more)
