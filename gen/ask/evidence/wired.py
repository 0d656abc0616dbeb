"""What the outputs of a graph can see of its inputs, by its wiring alone."""

from gen.logic.graph import Graph

__all__ = ["read_by"]


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
