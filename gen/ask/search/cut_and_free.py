"""A cut network beside the same network with what was cut free, for a solver."""

from collections.abc import Sequence

from gen.ask.network.conditions import Region
from gen.ask.network.cuts import Cut
from gen.ask.network.logic import Logic
from gen.logic.graph import Builder, Graph

__all__ = ["CutAndFree", "variables", "with_conditions"]


class CutAndFree:
    """The network with what was cut free, and the cut network, on the same inputs.

    `graph` gives each target T of the first, T' of the second, and whether the inputs satisfy the
    conditions. `places` says for each of the two which variable is which input or free bit.
    """

    def __init__(self, logic: Logic, cut: Cut, targets: Sequence[str], region: Region) -> None:
        targets = list(dict.fromkeys(targets))
        self.free = cut.graph(logic, targets, held=False)
        other = cut.graph(logic, targets)
        b, width = Builder(), len(logic.inputs)
        first = [b.input(name) for name in self.free.input_names]
        more = [b.input(f"{name}'") for name in other.input_names[width:]]
        one = b.import_graph(self.free, first)
        two = b.import_graph(other, [*first[:width], *more])
        for name, x, y in zip(targets, one, two, strict=True):
            b.output(name, x)
            b.output(f"{name}'", y)
        b.output("holds", region.add(b, first[:width]))
        self.graph = b.graph()
        self._ends = dict(zip(self.graph.output_names, self.graph.outputs.tolist(), strict=True))
        self.holds = self._ends["holds"]
        place = variables(self.graph)
        self.places = (
            {name: place[name] for name in self.free.input_names},
            {
                name: place[name if at < width else f"{name}'"]
                for at, name in enumerate(other.input_names)
            },
        )

    def ends(self, name: str) -> tuple[int, int]:
        """The literals of a target in both."""
        return self._ends[name], self._ends[f"{name}'"]


def variables(graph: Graph) -> dict[str, int]:
    """Variables of a graph's inputs."""
    return {name: at + 2 for at, name in enumerate(graph.input_names)}


def with_conditions(graph: Graph, region: Region) -> Graph:
    """The graph with a last output: whether its first inputs satisfy the conditions."""
    b = Builder()
    inputs = [b.input(name) for name in graph.input_names]
    for name, signal in zip(graph.output_names, b.import_graph(graph, inputs), strict=True):
        b.output(name, signal)
    b.output("holds", region.add(b, inputs[: len(region.inputs)]))
    return b.graph()
