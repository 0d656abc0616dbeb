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
from dataclasses import dataclass, field

import numpy as np

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
from gen.melt.values import element_bits

__all__ = ["Reference", "Values"]

Values = dict[int, Diagram]
"""Where a quantity has each value that it can have: diagrams of which always one is true."""


@dataclass
class _Sum:
    """A constant, bits with their weights, and quantities with theirs."""

    constant: int = 0
    bits: dict[str, int] = field(default_factory=dict)
    others: list[tuple[int, Values]] = field(default_factory=list)

    def add(self, weight: int, other: "_Sum") -> None:
        """Add a multiple of another sum."""
        self.constant += weight * other.constant
        for name, one in other.bits.items():
            self.bits[name] = self.bits.get(name, 0) + weight * one
        self.others += [(weight * one, values) for one, values in other.others]


class Reference:
    """The elements of a network; where `started`, states have their reset values ("reset" is 1).

    Every method raises OutOfBudget where diagrams grow too large.
    """

    def __init__(self, net: IntNet, diagrams: Diagrams, started: bool = False) -> None:
        self.net, self.diagrams, self.started = net, diagrams, started
        self.resets = {state.name: state.reset.tolist() for state in net.states}

    def values(self, function: Function) -> Values:
        """Where a function's bits hold each value."""
        name, element = function.name, function.element
        if function.at_cut:
            found = self._values(self._code(name, element))
        else:
            found = self._values(self._computed(name, element))
        return {value + function.plus: where for value, where in found.items()}

    def _computed(self, name: str, element: int) -> _Sum:
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

    def _code(self, name: str, element: int) -> _Sum:
        """A code at a cut: its bits, the highest of them negative in two's complement."""
        if self.started and name in self.resets:
            return _Sum(self.resets[name][element])
        signal = self.net.signals[name]
        bits = element_bits(name, element, signal.bits)
        weights = [1 << place for place in range(signal.bits)]
        if signal.signed:
            weights[-1] = -weights[-1]
        return _Sum(0, dict(zip(bits, weights, strict=True)))

    def _node(self, node: Node, element: int, sums: Mapping[Cut, _Sum]) -> _Sum:
        """An element of a node, given what it reads."""
        if isinstance(node, (Linear, Conv, Words, Add, Concat)):
            return _total(node, element, self._sizes(node), sums)
        (source,) = node.inputs
        if isinstance(node, Levels) and _is_integer(sums[source, element]):
            made = self._compared(node, element, sums[source, element])
        elif isinstance(node, Levels):
            made = self._steps(node, element, self._values(sums[source, element]))
        elif isinstance(node, Table):
            read = [self._values(sums[source, at]) for at in node.wiring[element].tolist()]
            made = self._looked_up(node, element, read)
        elif isinstance(node, Max):
            read = [self._values(sums[source, at]) for at in set(node.wiring[element].tolist())]
            made = self._largest(read)
        elif isinstance(node, Argmax):
            size = self._sizes(node)[0]
            read = [self._values(sums[source, at]) for at in range(size)]
            made = self._winner(read, node.last)
        else:
            raise NotImplementedError(f"{node.name}: a {type(node).__name__} has no reference")
        return _Sum(0, {}, [(1, made)])

    def _sizes(self, node: Node) -> list[int]:
        return [self.net.signals[name].size for name in node.inputs]

    def _values(self, total: _Sum) -> Values:
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
            pairs = (
                (one + weight * other, d.both(left, right))
                for one, left in found.items()
                for other, right in values.items()
            )
            found = self._gathered(pairs)
        return found

    def _gathered(self, pairs: Iterator[tuple[int, Diagram]]) -> Values:
        """The values of which some occur several times."""
        found: Values = {}
        for value, where in pairs:
            found[value] = self.diagrams.either(found.get(value, self.diagrams.false), where)
        return {value: where for value, where in found.items() if where != self.diagrams.false}

    def _steps(self, node: Levels, element: int, given: Values) -> Values:
        edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
        return self._gathered(
            (codes[bisect_right(edges, value)], where) for value, where in given.items()
        )

    def _compared(self, node: Levels, element: int, given: _Sum) -> Values:
        """The steps of an integer of many bits, from its highest bit down, as long as the bits
        below it can still change the code: so two values at most are open after each bit."""
        edges, codes = node.edges[element].tolist(), node.codes[element].tolist()
        bits = sorted(given.bits.items(), key=lambda bit: -abs(bit[1]))

        def open_at(value: int, at: int) -> Values:
            rest = [weight for _, weight in bits[at:]]
            low = value + sum(weight for weight in rest if weight < 0)
            high = value + sum(weight for weight in rest if weight > 0)
            reached = bisect_right(edges, low)
            if reached == bisect_right(edges, high):
                return {codes[reached]: self.diagrams.true}
            name, weight = bits[at]
            one, zero, false = (
                open_at(value + weight, at + 1), open_at(value, at + 1), self.diagrams.false
            )  # fmt: skip
            bit = self.diagrams.bit(name)
            return {
                code: self.diagrams.choose(bit, one.get(code, false), zero.get(code, false))
                for code in {*one, *zero}
            }

        return open_at(given.constant, 0)

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

    def _largest(self, read: list[Values]) -> Values:
        """The largest of all so far and one more, value by value from the least up."""
        d, found = self.diagrams, read[0]
        for other in read[1:]:
            after, below_one, below_other = dict[int, Diagram](), d.false, d.false
            for value in sorted({*found, *other}):
                left, right = found.get(value, d.false), other.get(value, d.false)
                below_other = d.either(below_other, right)
                reached = d.either(d.both(left, below_other), d.both(below_one, right))
                below_one = d.either(below_one, left)
                after[value] = reached
            found = {value: where for value, where in after.items() if where != d.false}
        return found

    def _winner(self, read: list[Values], last: bool) -> Values:
        """The index of the largest, the first of equal ones or the last, with what it is so far."""
        d = self.diagrams
        found: dict[tuple[int, int], Diagram] = {(v, 0): where for v, where in read[0].items()}
        for at, other in enumerate(read[1:], 1):
            after: dict[tuple[int, int], Diagram] = {}
            for (best, index), where in found.items():
                for value, there in other.items():
                    ahead = value > best or (last and value == best)
                    key = (value, at) if ahead else (best, index)
                    after[key] = d.either(after.get(key, d.false), d.both(where, there))
            found = {key: where for key, where in after.items() if where != d.false}
        return self._gathered((index, where) for (_, index), where in found.items())


def _is_integer(given: _Sum) -> bool:
    """Whether it is made of bits alone, each worth another power of two."""
    weights = {abs(weight) for weight in given.bits.values()}
    powers = all(weight > 0 and weight & weight - 1 == 0 for weight in weights)
    return not given.others and powers and len(weights) == len(given.bits)


def _total(node: Node, element: int, sizes: list[int], sums: Mapping[Cut, _Sum]) -> _Sum:
    """A weighted sum of elements."""
    found = _Sum()
    if isinstance(node, Linear):
        found.constant = int(node.bias[element])
        for at, weight in enumerate(node.weight[element].tolist()):
            if weight:
                found.add(weight, sums[node.inputs[0], at])
    elif isinstance(node, Conv):
        found.constant = int(node.bias[np.unravel_index(element, _shape(node))[0]])
        for at, weight in _window(node, element):
            found.add(weight, sums[node.inputs[0], at])
    elif isinstance(node, Words):
        first, width = int(node.first[element]), int(node.width[element])
        for place in range(width):
            negative = node.signed[element] == 1 and place == width - 1
            found.add(
                -(1 << place) if negative else 1 << place, sums[node.inputs[0], first + place]
            )
    elif isinstance(node, Add):
        for name in node.inputs:
            found.add(1, sums[name, element])
    else:
        for name, size in zip(node.inputs, sizes, strict=True):
            if 0 <= element < size:
                found.add(1, sums[name, element])
            element -= size
    return found


def _shape(node: Conv) -> tuple[int, int, int]:
    """Filters, height and width of what a convolution gives."""
    sizes = zip(node.shape[1:], node.padding, node.weight.shape[2:], node.stride, strict=True)
    high, wide = ((size + 2 * pad - kernel) // step + 1 for size, pad, kernel, step in sizes)
    return len(node.weight), high, wide


def _window(node: Conv, element: int) -> Iterator[tuple[int, int]]:
    """The elements that a sum of a convolution reads, and their weights, none of them 0."""
    out, row, column = (int(at) for at in np.unravel_index(element, _shape(node)))
    channels, height, width = node.shape
    own = channels // node.groups
    first = out // (len(node.weight) // node.groups) * own
    for (channel, dy, dx), weight in np.ndenumerate(node.weight[out]):
        y = row * node.stride[0] - node.padding[0] + dy
        x = column * node.stride[1] - node.padding[1] + dx
        if weight and 0 <= y < height and 0 <= x < width:
            yield ((first + channel) * height + y) * width + x, int(weight)
