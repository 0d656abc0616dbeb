"""Graphs cut at named activations: each activation is computed once and free everywhere else.

A sectioned graph has the activations both as inputs (free, for what reads them) and as outputs of
the same name (their functions). Questions about activations are asked here; joining the two sides
gives the flat graph.
"""

from collections.abc import Sequence

from gen.logic.graph import Builder, Graph, GraphError, Signal

__all__ = ["cut_names", "flatten", "layer_of"]


def cut_names(sections: Graph) -> tuple[str, ...]:
    """The activations at which a sectioned graph is cut, in input order."""
    made = set(sections.output_names)
    return tuple(name for name in sections.input_names if name in made)


def layer_of(name: str) -> str:
    """The layer that a name belongs to: "layer1[3].0" -> "layer1"."""
    return name.split("[")[0].split(".")[0]


def flatten(sections: Graph, keep: Sequence[str] = (), free: Sequence[str] = ()) -> Graph:
    """Join a sectioned graph: every activation read is the activation made.

    Outputs are the sectioned graph's own, without the activations except those in `keep`.
    Activations in `free` stay cut: inputs after the others, which may take any value, whatever
    they are made.
    """
    b = Builder()
    cuts = set(cut_names(sections)) - set(free)
    made = dict(zip(sections.output_names, sections.outputs.tolist(), strict=True))
    known: dict[int, Signal] = {0: b.false}
    cut_node: dict[int, str] = {}
    for node, name in enumerate(sections.input_names, 1):
        if name in cuts:
            cut_node[node] = name
        else:
            known[node] = b.input(name)
    activations = cuts | set(free)
    wanted = [name for name in sections.output_names if name not in activations or name in keep]
    for name in wanted:
        b.output(name, _join(b, sections, made, known, cut_node, made[name]))
    return b.graph()


def _join(
    b: Builder,
    sections: Graph,
    made: dict[str, int],
    known: dict[int, Signal],
    cut_node: dict[int, str],
    literal: int,
) -> Signal:
    """The signal of a literal; works through its cone with a stack, so depth is no limit."""
    stack, open_cuts = [literal >> 1], set()
    fan_in, first = sections.fan_in, sections.first_and
    while stack:
        node = stack[-1]
        if node in known:
            stack.pop()
            continue
        sources = [made[cut_node[node]]] if node in cut_node else fan_in[node - first].tolist()
        missing = [source >> 1 for source in sources if source >> 1 not in known]
        if missing:
            if node in cut_node and node in open_cuts:
                raise GraphError(f"activation {cut_node[node]!r} depends on itself")
            open_cuts.add(node)
            stack.extend(missing)
            continue
        values = [_value(known, source) for source in sources]
        known[node] = values[0] if node in cut_node else b.and_(*values)
        stack.pop()
    return _value(known, literal)


def _value(known: dict[int, Signal], literal: int) -> Signal:
    return ~known[literal >> 1] if literal & 1 else known[literal >> 1]
