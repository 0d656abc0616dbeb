"""What the outputs of a graph can see of its inputs, by its wiring alone."""

from gen.logic.graph import Graph

__all__ = ["only", "read_by", "support"]


def read_by(graph: Graph) -> dict[str, set[str]]:
    """Of every output of a graph, the inputs with a path to it."""
    masks = [0, *(1 << at for at in range(graph.n_inputs))]
    for a, b in (graph.fan_in >> 1).tolist():
        masks.append(masks[a] | masks[b])
    found, known = {}, dict[int, set[str]]()
    for name, end in zip(graph.output_names, (graph.outputs >> 1).tolist(), strict=True):
        mask = masks[end]
        if mask not in known:
            known[mask] = {one for at, one in enumerate(graph.input_names) if mask >> at & 1}
        found[name] = known[mask]
    return found


def support(graph: Graph) -> list[int]:
    """The places of inputs with a path to the output."""
    stack = [int(graph.outputs[0]) >> 1]
    seen = set(stack)
    while stack:
        node = stack.pop()
        if node >= graph.first_and:
            fresh = {one >> 1 for one in graph.fan_in[node - graph.first_and].tolist()} - seen
            seen |= fresh
            stack += fresh
    return sorted(node - 1 for node in seen if 0 < node < graph.first_and)


def only(graph: Graph, output: str) -> Graph:
    """The graph of one of the outputs."""
    at = graph.output_names.index(output)
    return Graph(graph.input_names, (output,), graph.fan_in, graph.outputs[at : at + 1]).hashed()
