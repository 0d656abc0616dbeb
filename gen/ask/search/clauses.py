"""Clauses for a SAT solver, and the two ways here of saying that sums reach a bound.

A neuron is a threshold of a weighted sum of bits. Said by its decision diagram (Eén, Sörensson,
"Translating pseudo-Boolean constraints into SAT", 2006; two clauses a node and direction, as the
function is monotone in its literals), unit propagation decides it as soon as the bits known decide
it; through the gates of an adder tree it does not. A score that is compared with others is counted
in unary (Bailleux, Boufkhad, "Efficient CNF encoding of Boolean cardinality constraints", 2003).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TypeAlias

from gen.logic.graph import Graph

__all__ = ["Clauses", "TooLarge", "Terms"]

Terms: TypeAlias = Sequence[tuple[int, int]]
"""A weighted sum of literals: (weight, literal)."""

MOST_NODES = 4_000
"""Of a neuron's decision diagram; above, its gates are smaller."""


class TooLarge(Exception):
    """A decision diagram outgrew MOST_NODES; for callers here, who then take gates."""


class Clauses:
    """A growing list of clauses. Literals are DIMACS's; `true` is a literal that always holds."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.top = 0
        self.true = self.new()
        self.rows.append([self.true])

    def new(self) -> int:
        """A new variable."""
        self.top += 1
        return self.top

    def add(self, *literals: int) -> None:
        """Add a clause, without what `true` decides."""
        if self.true not in literals:
            self.rows.append([one for one in literals if one != -self.true])

    def some(self, literals: Sequence[int]) -> int:
        """A literal that is true exactly where one of these is."""
        found = self.new()
        self.add(-found, *literals)
        for one in literals:
            self.add(found, -one)
        return found

    def every(self, literals: Sequence[int]) -> int:
        """A literal that is true exactly where all of these are."""
        return -self.some([-one for one in literals])

    def differ(self, first: int, second: int) -> int:
        """A literal that is true exactly where these two are not the same."""
        found = self.new()
        for one, other in ((first, second), (-first, -second)):
            self.add(-found, one, other)
            self.add(found, one, -other)
        return found

    def at_least(self, terms: Terms, bound: int) -> int:
        """A literal that is true exactly where the sum reaches `bound`; weights of any sign.

        Raises TooLarge where more than MOST_NODES nodes are needed.
        """
        bound -= sum(weight for weight, _ in terms if weight < 0)
        flat = [(abs(w), one if w > 0 else -one) for w, one in terms if w]
        return _Diagram(self, sorted(flat, reverse=True)).node(0, bound)[2]

    def count(self, literals: Sequence[int], most: float = inf) -> list[int]:
        """Literals in unary: the k-th (from 0) is true where more than k of `literals` are.

        With `most` there are so many at most, and they are forced to be true only: nothing
        forces one to be false.
        """
        if len(literals) <= 1:
            return list(literals)
        half = len(literals) // 2
        left, right = self.count(literals[:half], most), self.count(literals[half:], most)
        size = int(min(most, len(left) + len(right)))
        made = [self.new() for _ in range(size)]
        for i in range(len(left) + 1):
            for j in range(len(right) + 1):
                reached = [-left[i - 1]] * (i > 0) + [-right[j - 1]] * (j > 0)
                if 0 < i + j <= size:
                    self.add(made[i + j - 1], *reached)
                if most == inf and i + j < size:
                    beyond = left[i : i + 1] + right[j : j + 1]
                    self.add(-made[i + j], *beyond)
        return made

    def graph(self, graph: Graph, inputs: Mapping[str, int]) -> list[int]:
        """A literal for each output of a graph; `inputs` has those of its inputs by name."""
        known = [-self.true, *(inputs[name] for name in graph.input_names)]
        for pair in graph.fan_in.tolist():
            left, right = (-known[one >> 1] if one & 1 else known[one >> 1] for one in pair)
            known.append(self.every([left, right]))
        return [-known[one >> 1] if one & 1 else known[one >> 1] for one in graph.outputs.tolist()]

    def extend(self, rows: Iterable[Sequence[int]]) -> None:
        """Add several clauses."""
        for row in rows:
            self.add(*row)


class _Diagram:
    """The ordered decision diagram of a sum's bounds, terms of positive weight, largest first."""

    def __init__(self, clauses: Clauses, terms: Terms) -> None:
        self.clauses, self.terms = clauses, terms
        self.rest = [sum(weight for weight, _ in terms[at:]) for at in range(len(terms) + 1)]
        # For each term, (low, high, literal): the same function for bounds in low + 1 .. high.
        self.known: list[list[tuple[float, float, int]]] = [[] for _ in terms]
        self.made = 0

    def node(self, at: int, bound: float) -> tuple[float, float, int]:
        """Whether the terms from `at` on reach `bound`, and for which bounds that is the same."""
        if bound <= 0:
            return -inf, 0, self.clauses.true
        if bound > self.rest[at]:
            return self.rest[at], inf, -self.clauses.true
        for found in self.known[at]:
            if found[0] < bound <= found[1]:
                return found
        weight, literal = self.terms[at]
        low1, high1, with_it = self.node(at + 1, bound - weight)
        low0, high0, without = self.node(at + 1, bound)
        made = with_it if with_it == without else self._join(literal, with_it, without)
        known = max(low1 + weight, low0), min(high1 + weight, high0), made
        self.known[at].append(known)
        return known

    def _join(self, literal: int, with_it: int, without: int) -> int:
        self.made += 1
        if self.made > MOST_NODES:
            raise TooLarge
        add, found = self.clauses.add, self.clauses.new()
        add(-found, with_it)
        add(-found, literal, without)
        add(found, -without)
        add(found, -literal, -with_it)
        return found
