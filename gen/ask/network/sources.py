"""What is changed to see whether something else changes: an input, a feature, an activation cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gen.ask.network.cutpoints import Cutpoints
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.logic.graph import Graph

__all__ = ["Source", "sources_of"]


@dataclass(frozen=True, eq=False)
class Source:
    """What is changed: a name, its bits, and a graph in which they are inputs.

    The graph's first inputs are the network's, then come activation bits that are free.
    """

    name: str
    bits: tuple[str, ...]
    graph: Graph
    cut: tuple[str, ...] = ()
    """The bits, where they are activations, which the graph takes after the network's inputs."""

    @cached_property
    def places(self) -> list[int]:
        """Places of the bits among the graph's inputs."""
        return [self.graph.input_names.index(bit) for bit in self.bits]


def sources_of(
    logic: Logic, names: Sequence[str], wanted: Mapping[str, Sequence[str]]
) -> list[Source]:
    """Each name with the graph that it is asked about in: the flat one for inputs, for activations
    one in which they are cut and may take any value. `wanted` are targets with their bits.

    Raises AskError for a name that is no input or activation.
    """
    targets = list(dict.fromkeys(bit for bits in wanted.values() for bit in bits))
    plain: Graph | None = None
    cutpoints: Cutpoints | None = None
    activations, inputs = set(logic.activations), set(logic.inputs)
    found = []
    for name in names:
        if name.startswith(CLASS):
            raise AskError(f"{name} is an output: nothing in the network reads it")
        bits = logic.names.bits(name)
        cut = [bit for bit in bits if bit in activations]
        if cut and len(cut) < len(bits) or not cut and not set(bits) <= inputs:
            raise AskError(f"{name} is no input or activation: nothing in the network reads it")
        if cut:
            cutpoints = cutpoints or Cutpoints(logic, targets)
            graph = cutpoints.freed(cut)
        else:
            graph = plain = plain or logic.opened(targets)
        found.append(Source(name, bits, graph, tuple(cut)))
    return found
