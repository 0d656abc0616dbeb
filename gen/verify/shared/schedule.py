"""In which cycles a time-shared core adds and stores, by the program that the network has."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gen.intnet.network import Argmax, IntNet, Levels, Product
from gen.intnet.products import Row
from gen.proof.machine import MachineError
from hw.program import Program

__all__ = ["Neuron", "neurons_of"]


@dataclass(frozen=True)
class Neuron:
    """A row of a layer: its first term is read in cycle `begin`; numbers of its terms and ends."""

    node: Levels | Argmax
    at: int
    source: str
    row: Row
    begin: int
    terms: int
    ends: int

    @property
    def added(self) -> range:
        """After how many cycles each term is in the sum."""
        return range(self.begin + 2, self.begin + 2 + self.terms)

    @property
    def stored(self) -> int:
        """After how many cycles its code is stored, or its score kept."""
        return self.begin + self.terms + self.ends + 2


def neurons_of(net: IntNet, program: Program) -> Iterator[Neuron]:
    """The neurons in their order, with the cycles that the program says."""
    begin, terms, ends = program.loads + 1, iter(program.terms), iter(program.ends)
    for node in net.nodes:
        if not isinstance(node, (Levels, Argmax)):
            continue
        product = net.node(node.inputs[0])
        assert isinstance(product, Product)
        for at, row in enumerate(product.rows()):
            count, last = _until_last(terms), _until_last(ends)
            yield Neuron(node, at, product.inputs[0], row, begin, count, last)
            begin += count + last + 2


def _until_last(items: Iterator[Any]) -> int:
    for count, item in enumerate(items, 1):
        if item.last:
            return count
    raise MachineError("the program ends within a neuron")
