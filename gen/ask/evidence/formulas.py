"""Building the graph of an obligation: copies of a network on the same or on changed inputs."""

from collections.abc import Mapping, Sequence

from gen.ask.evidence.case import Bits, Case
from gen.logic.count import reaches
from gen.logic.graph import Builder, Graph, Signal

__all__ = ["Formula"]


class Formula:
    """What must not be: everything that was required holds at once."""

    def __init__(self, case: Case) -> None:
        self.case, self.b = case, Builder()
        self._all = self.b.true

    def inputs(self, names: Sequence[str], mark: str = "") -> dict[str, Signal]:
        """New inputs of these names, with a mark after each."""
        return {name: self.b.input(name + mark) for name in names}

    def network(self, mark: str = "") -> dict[str, Signal]:
        """New inputs for all of the network's."""
        return self.inputs(self.case.logic.inputs, mark)

    def copy(self, graph: Graph, signals: Mapping[str, Signal]) -> dict[str, Signal]:
        """A copy of a graph on these signals: its outputs by name."""
        made = self.b.import_graph(graph, [signals[name] for name in graph.input_names])
        return dict(zip(graph.output_names, made, strict=True))

    def require(self, signal: Signal) -> None:
        self._all = self.b.and_(self._all, signal)

    def require_value(self, signal: Signal, value: int) -> None:
        self.require(signal if value else ~signal)

    def counts(self, signals: Mapping[str, Signal]) -> None:
        """Require that an input satisfies the conditions."""
        inputs = [signals[name] for name in self.case.logic.inputs]
        self.require(self.case.region.add(self.b, inputs))

    def within(
        self, signals: Mapping[str, Signal], sample: Bits, parts: Sequence[Sequence[int]], most: int
    ) -> None:
        """Require that an input differs from the sample in at most `most` of the parts, each the
        numbers of its bits; bits in no part are the sample's."""
        inputs = [signals[name] for name in self.case.logic.inputs]
        same = [one if bit else ~one for one, bit in zip(inputs, sample.tolist(), strict=True)]
        kept = []
        for part in parts:
            whole = self.b.true
            for at in part:
                whole = self.b.and_(whole, same[at])
            kept.append(whole)
        for at in set(range(len(same))) - {at for part in parts for at in part}:
            self.require(same[at])
        self.require(reaches(self.b, [[kept]], len(kept) - most))

    def any_differ(self, pairs: Sequence[tuple[Signal, Signal]]) -> Signal:
        """Whether the two are apart in some pair."""
        found = self.b.false
        for one, other in pairs:
            found = self.b.or_(found, self.b.xor(one, other))
        return found

    def is_class(self, made: Mapping[str, Signal], bits: Sequence[str], index: int) -> Signal:
        """Whether the class, given by its bits, is this one."""
        found = self.b.true
        for place, bit in enumerate(bits):
            found = self.b.and_(found, made[bit] if index >> place & 1 else ~made[bit])
        return found

    def graph(self) -> Graph:
        """The graph with one output "bad": whether all that was required holds at once."""
        self.b.output("bad", self._all)
        return self.b.graph()
