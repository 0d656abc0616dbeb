"""What an element of an integer network is, as decision diagrams over the bits at the cuts.

This is the other side of the proof that a melted graph is its network, so it shares nothing with
the rules of melting: it is written from `gen/intnet/FORMAT.md`. A sum is kept as a weighted sum of
bits; its diagram has one state for each bit and partial sum that can be (Bryant, "Graph-based
algorithms for Boolean function manipulation", 1986), so it is small in any order of the bits.
Everything else is a function of such sums: for each value that it can have, the diagram of where it
has it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from gen.intnet.network import (
    Add,
    Argmax,
    Concat,
    Conv,
    IntNet,
    Levels,
    Linear,
    Max,
    Node,
    Table,
    Words,
)
from gen.melt.proof.diagrams import Diagram, Diagrams
from gen.melt.proof.element import Cut, cut_signals, wanted
from gen.melt.proof.functions import Function
from gen.melt.proof.numbers import (
    Number,
    Term,
    greater,
    largest,
    number_of,
    resized,
    terms_of,
)
from gen.melt.proof.numbers import total as add_up
from gen.melt.proof.sums import Sum, Values, is_integer, weighted
from gen.melt.values import element_bits

__all__ = ["Reference", "Values"]

MANY, SPAN = 40_000, 8
"""Diagrams that the values of one sum may take; of more the bits are added up, where there are more
values than this for each bit. Sums of single bits have as many values as bits."""


class Reference:
    """The elements of a network; where `started`, states have their reset values ("reset" is 1).

    Every method raises OutOfBudget where diagrams grow too large.
    """

    def __init__(self, net: IntNet, diagrams: Diagrams, started: bool = False) -> None:
        self.net, self.diagrams, self.started = net, diagrams, started
        self.resets = {state.name: state.reset.tolist() for state in net.states}

    def bits(self, function: Function) -> list[Diagram]:
        """What a function's bits are, lowest first."""
        given, width = self._given(function), len(function.bits)
        if self._is_many(given):
            return resized(self._number(given), width)
        return number_of(self.diagrams, self._values(given), width)

    def values(self, function: Function) -> Values:
        """Where a function's bits hold each value."""
        return self._values(self._given(function))

    def _given(self, function: Function) -> Sum:
        name, element = function.name, function.element
        found = Sum(function.plus)
        found.add(1, (self._code if function.at_cut else self._computed)(name, element))
        return found

    def _computed(self, name: str, element: int) -> Sum:
        """An element of a node, from the cuts before it."""
        cuts, needed = {*cut_signals(self.net)} - {name}, wanted(self.net, name, element)
        sums = {
            (source, one): self._code(source, one)
            for source in cuts
            for one in needed.get(source, ())
        }
        for node in self.net.nodes:
            for one in needed.get(node.name, ()) if node.name not in cuts else ():
                sums[node.name, one] = self._node(node, one, sums)
        return sums[name, element]

    def _code(self, name: str, element: int) -> Sum:
        """A code at a cut: its bits, the highest of them negative in two's complement."""
        if self.started and name in self.resets:
            return Sum(self.resets[name][element])
        signal = self.net.signals[name]
        bits = element_bits(name, element, signal.bits)
        weights = [1 << place for place in range(signal.bits)]
        if signal.signed:
            weights[-1] = -weights[-1]
        return Sum(0, dict(zip(bits, weights, strict=True)))

    def _node(self, node: Node, element: int, sums: Mapping[Cut, Sum]) -> Sum:
        """An element of a node, given what it reads."""
        if isinstance(node, (Linear, Conv, Words, Add, Concat)):
            return weighted(node, element, self._sizes(node), sums)
        (source,) = node.inputs
        made: Values | Number
        if isinstance(node, Levels):
            made = self._level(node, element, sums[source, element])
        elif isinstance(node, Table):
            read = [self._values(sums[source, at]) for at in node.wiring[element].tolist()]
            made = self._looked_up(node, element, read)
        elif isinstance(node, Max):
            made = self._largest([sums[source, at] for at in set(node.wiring[element].tolist())])
        elif isinstance(node, Argmax):
            size = self._sizes(node)[0]
            made = self._winner([sums[source, at] for at in range(size)], node.last)
        else:
            raise NotImplementedError(f"{node.name}: a {type(node).__name__} has no reference")
        return Sum(0, {}, [(1, made)])

    def _sizes(self, node: Node) -> list[int]:
        return [self.net.signals[name].size for name in node.inputs]

    def _values(self, total: Sum) -> Values:
        """The values of a sum: a bit after the other, those last in the diagrams' order first."""
        d = self.diagrams
        found: Values = {total.constant: d.true}
        bits = {name: weight for name, weight in total.bits.items() if weight}
        for name in sorted(bits, key=d.level, reverse=True):
            bit, weight = d.bit(name), bits[name]
            found = {
                value: d.choose(bit, found.get(value - weight, d.false), found.get(value, d.false))
                for value in {*found, *(one + weight for one in found)}
            }
        for weight, values in total.others:
            assert isinstance(values, dict)  # See `_is_many`.
            pairs = (
                (one + weight * other, d.both(left, right))
                for one, left in found.items()
                for other, right in values.items()
            )
            found = self._gathered(pairs)
        return found

    def _is_many(self, total: Sum) -> bool:
        """Whether the values of a sum are too many, or of a number not known."""
        span, parts = sum(map(abs, total.bits.values())), len(total.bits)
        for weight, values in total.others:
            if not isinstance(values, dict):
                return True
            span += abs(weight) * (max(values) - min(values))
            parts += len(values)
        return span * parts > MANY and span > SPAN * parts

    def _number(self, total: Sum) -> Number:
        """A sum as a number."""
        d = self.diagrams
        terms = [(weight, d.bit(name)) for name, weight in total.bits.items() if weight]
        for weight, values in total.others:
            number = number_of(d, values) if isinstance(values, dict) else values
            terms += [(weight * worth, bit) for worth, bit in terms_of(number)]
        return add_up(d, total.constant, terms)

    def _gathered(self, pairs: Iterator[tuple[int, Diagram]]) -> Values:
        """The values of which some occur several times."""
        found: Values = {}
        for value, where in pairs:
            found[value] = self.diagrams.either(found.get(value, self.diagrams.false), where)
        return {value: where for value, where in found.items() if where != self.diagrams.false}

    def _level(self, node: Levels, element: int, given: Sum) -> Values:
        """The code of a step function of a sum."""
        d = self.diagrams
        if is_integer(given):
            terms = [(weight, d.bit(name)) for name, weight in given.bits.items()]
            return self._compared(node, element, given.constant, terms)
        if self._is_many(given):
            return self._compared(node, element, 0, terms_of(self._number(given)))
        return self._steps(node, element, self._values(given))

    def _steps(self, node: Levels, element: int, given: Values) -> Values:
        edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
        return self._gathered(
            (codes[bisect_right(edges, value)], where) for value, where in given.items()
        )

    def _compared(self, node: Levels, element: int, constant: int, terms: Sequence[Term]) -> Values:
        """The steps of an integer of many bits, from its highest bit down, as long as the bits
        below it can still change the code: so few values are open after each bit."""
        edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
        bits = sorted(terms, key=lambda term: -abs(term[0]))

        def open_at(value: int, at: int) -> Values:
            rest = [weight for weight, _ in bits[at:]]
            low = value + sum(weight for weight in rest if weight < 0)
            high = value + sum(weight for weight in rest if weight > 0)
            reached = bisect_right(edges, low)
            if reached == bisect_right(edges, high):
                return {codes[reached]: self.diagrams.true}
            weight, bit = bits[at]
            one, zero, false = (
                open_at(value + weight, at + 1), open_at(value, at + 1), self.diagrams.false
            )  # fmt: skip
            return {
                code: self.diagrams.choose(bit, one.get(code, false), zero.get(code, false))
                for code in {*one, *zero}
            }

        return open_at(constant, 0)

    def _looked_up(self, node: Table, element: int, read: list[Values]) -> Values:
        """The table folded along one part of its addresses after the other, from the lowest; what
        is the same in several places is folded once."""
        size, rows = 1 << node.width, node.tables[element].tolist()
        codes = sorted({*rows})
        made: list[Values] = [{code: self.diagrams.true} for code in codes]
        places = {code: at for at, code in enumerate(codes)}
        rows = [places[code] for code in rows]
        for values in read:
            known: dict[tuple[int, ...], int] = {}
            for at in range(len(rows) // size):
                own = tuple(rows[at * size : (at + 1) * size])
                if own not in known:
                    known[own] = len(made)
                    made.append(self._chosen(values, [made[one] for one in own]))
                rows[at] = known[own]
            del rows[len(rows) // size :]
        return made[rows[0]]

    def _chosen(self, values: Values, rows: Sequence[Values]) -> Values:
        """The row that a code, in two's complement, is the address of."""
        return self._gathered(
            (code, self.diagrams.both(where, there))
            for address, where in values.items()
            for code, there in rows[address % len(rows)].items()
        )

    def _largest(self, read: Sequence[Sum]) -> Values | Number:
        """The largest of all so far and one more, value by value from the least up."""
        d = self.diagrams
        if any(map(self._is_many, read)):
            return largest(d, [self._number(one) for one in read])
        found, *others = map(self._values, read)
        for other in others:
            after, below_one, below_other = dict[int, Diagram](), d.false, d.false
            for value in sorted({*found, *other}):
                left, right = found.get(value, d.false), other.get(value, d.false)
                below_other = d.either(below_other, right)
                reached = d.either(d.both(left, below_other), d.both(below_one, right))
                below_one = d.either(below_one, left)
                after[value] = reached
            found = {value: where for value, where in after.items() if where != d.false}
        return found

    def _winner(self, read: Sequence[Sum], last: bool) -> Values:
        """The index of the largest, the first of equal ones or the last, with what it is so far."""
        d = self.diagrams
        if any(map(self._is_many, read)):
            return self._first([self._number(one) for one in read], last)
        values, *others = map(self._values, read)
        found: dict[tuple[int, int], Diagram] = {(v, 0): where for v, where in values.items()}
        for at, other in enumerate(others, 1):
            after: dict[tuple[int, int], Diagram] = {}
            for (best, index), where in found.items():
                for value, there in other.items():
                    ahead = value > best or (last and value == best)
                    key = (value, at) if ahead else (best, index)
                    after[key] = d.either(after.get(key, d.false), d.both(where, there))
            found = {key: where for key, where in after.items() if where != d.false}
        return self._gathered((index, where) for (_, index), where in found.items())

    def _first(self, read: Sequence[Number], last: bool) -> Values:
        """The same for numbers."""
        d, best = self.diagrams, read[0]
        found: Values = {0: d.true}
        for at, other in enumerate(read[1:], 1):
            ahead = ~greater(d, best, other) if last else greater(d, other, best)
            found = {index: d.both(where, ~ahead) for index, where in found.items()} | {at: ahead}
            best = largest(d, [best, other])
        return found
