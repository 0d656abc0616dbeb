"""Decision diagrams under a budget: CUDD's through the package dd, dd's own where there is none.

Functions are equal exactly where their diagrams are (Bryant, 1986), so building both sides proves
it, or gives an input on which they differ.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from gen.logic.graph import Graph

try:
    from dd.cudd import BDD
except ImportError:  # CUDD comes with dd on Linux only.
    from dd.autoref import BDD

__all__ = ["Budget", "Diagram", "Diagrams", "OutOfBudget"]

Diagram: TypeAlias = Any
"""A function of bits; equal ones are one."""

MOST_NODES = 4_000_000
"""A head of 29 codes of two bits, ten times a sum and its class's rank, takes 3,000,000 of them in
5 seconds, most of them parts of sums on the way; with 300,000 it was only simulated."""
EACH = 10.0
"""Seconds of the processor for one function."""
STEPS = 64
"""Operations between two looks at the budget."""
BETWEEN_COUNTS = 0.2
"""Seconds of the processor between two counts of the nodes, which may take 0.01."""


class OutOfBudget(Exception):
    """Diagrams outgrew their budget; for callers in this room, who then say so."""


class Budget:
    """Seconds of the processor for all functions together and for each, and nodes at a time."""

    def __init__(
        self,
        seconds: float,
        each: float = EACH,
        nodes: int = MOST_NODES,
        between: float = BETWEEN_COUNTS,
    ) -> None:
        self.seconds, self.each, self.nodes, self.between = seconds, each, nodes, between
        self.last = time.process_time() + seconds
        self.end = self.last
        self.counted = time.process_time()

    def begin(self) -> None:
        """A function's time begins."""
        self.end = min(self.last, time.process_time() + self.each)

    def is_over(self) -> bool:
        """Whether the seconds for all functions are used up."""
        return time.process_time() > self.last

    def check(self, nodes: Callable[[], int] = int) -> None:
        """Raise OutOfBudget, saying what ran out; `nodes` counts them."""
        now = time.process_time()
        if now > self.counted + self.between:
            self.counted = now
            if nodes() > self.nodes:
                raise OutOfBudget(f"{self.nodes:,} nodes of decision diagrams")
        if now > self.last:
            raise OutOfBudget(f"{self.seconds:g} s for all functions")
        if now > self.end:
            raise OutOfBudget(f"{self.each:g} s for one function")


class Diagrams:
    """Functions of named bits, of one network element after the other in the same memory."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.manager = BDD()
        self.manager.configure(reordering=False)  # The orders given are good ones.
        self.false, self.true = self.manager.false, self.manager.true
        self.levels: dict[str, int] = {}
        self.declared = self.steps = 0

    def order(self, names: Sequence[str]) -> None:
        """Begin anew with these bits in this order."""
        self.levels = {name: at for at, name in enumerate(names)}
        new = range(self.declared, len(names))
        self.manager.declare(*(f"b{at}" for at in new))
        self.declared = max(self.declared, len(names))

    def level(self, name: str) -> int:
        """The place of a bit in the order."""
        return self.levels[name]

    def bit(self, name: str) -> Diagram:
        """The function that is a bit."""
        return self.manager.var(f"b{self.levels[name]}")

    def _step(self) -> None:
        """Look at the budget now and then: that takes longer than most operations."""
        self.steps += 1
        if self.steps % STEPS == 0:
            self.budget.check(self.manager.__len__)

    def choose(self, bit: Diagram, one: Diagram, zero: Diagram) -> Diagram:
        """`one` where `bit` is true, else `zero`."""
        self._step()
        return self.manager.ite(bit, one, zero)

    def both(self, one: Diagram, other: Diagram) -> Diagram:
        """Where both are true."""
        self._step()
        return one & other

    def either(self, one: Diagram, other: Diagram) -> Diagram:
        """Where one of them is true."""
        self._step()
        return one | other

    def differ(self, one: Diagram, other: Diagram) -> Diagram:
        """Where one of them is true and the other not."""
        self._step()
        return self.manager.apply("xor", one, other)

    def graph(self, graph: Graph) -> list[Diagram]:
        """The functions of a graph's outputs, whose inputs are among the bits."""
        made = [self.false, *map(self.bit, graph.input_names)]

        def value(literal: int) -> Diagram:
            return ~made[literal >> 1] if literal & 1 else made[literal >> 1]

        for left, right in graph.fan_in.tolist():
            made.append(self.both(value(left), value(right)))
        return [value(end) for end in graph.outputs.tolist()]

    def difference(self, one: Diagram, other: Diagram) -> dict[str, int]:
        """Bits at which two functions that are not equal differ; bits left out may be anything."""
        names = {f"b{at}": name for name, at in self.levels.items()}
        found = self.manager.pick(self.manager.apply("xor", one, other))
        return {names[bit]: int(value) for bit, value in found.items()}

    def holds(self, one: Diagram, values: Mapping[str, int]) -> bool:
        """Whether a function is true at these bits, those left out being 0."""
        places = {f"b{at}": bool(values.get(name, 0)) for name, at in self.levels.items()}
        found: bool = self.manager.let(places, one) == self.true
        return found
