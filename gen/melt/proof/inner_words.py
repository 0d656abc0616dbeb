"""Words inside a graph that stand for what an argmax chooses among, where no output has them.

A graph that answers its class alone compares words of its own: the scores plus one number, and plus
what all of them have in common. Where they stand is guessed from values on random codes; that
these literals are the words, and that the class is the largest one's, is for the caller to prove.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import columns
from gen.intnet.network import IntNet, Linear, Signal
from gen.logic.evaluate import evaluate_nodes, pack_vectors, unpack_vectors
from gen.logic.graph import Graph
from gen.melt.proof.free_codes import (
    codes_of,
    inputs_of,
    leaning_codes,
    random_codes,
    values_between,
)
from gen.melt.proof.functions import Function
from gen.melt.proof.listed import read_bits
from gen.melt.proof.winner import Words
from gen.melt.rules.linear import without_common

__all__ = ["InnerWords", "WordSearch"]

VECTORS = 1_024
MOST_SHIFTS = 1 << 12
"""Numbers that may have been added, as far as the bits from the lowest up tell."""
MOST_EQUAL = 8
"""Literals of one bit: several nodes can be the same function."""

Codes: TypeAlias = NDArray[np.int64]

Word: TypeAlias = tuple[tuple[int, ...], ...]
"""The literals of each bit, lowest first."""


@dataclass(frozen=True)
class InnerWords:
    """Literals of each bit that should all be that bit of the scores + some number, in a network of
    the same class; and these as outputs of a graph: functions of which each has one of every bit's
    literals."""

    literals: tuple[Word, ...]
    ranges: tuple[tuple[int, int], ...]
    graph: Graph
    functions: tuple[Function, ...]

    def words(self, last: bool) -> Words:
        """The words, once the functions are proved; the `last` of equal ones wins, or the first."""
        first = tuple(tuple(bit[0] for bit in word) for word in self.literals)
        bits = [bit for word in self.literals for bit in word]
        same = {one: bit[0] for bit in bits for one in bit[1:]}
        return Words(first, signed=False, same=same, ranges=self.ranges, last=last)


class WordSearch:
    """Looks for words of signal `name`, which an argmax reads, in a graph of the network.

    `net` is a network of the same class, whose scores are looked for. None of it is proved.
    """

    def __init__(self, net: IntNet, graph: Graph, name: str) -> None:
        alike = without_common(net) if name == net.score else net
        self.net = alike if _same_winner(net, alike, name) else net
        self.graph, self.name = graph, name
        rng = np.random.default_rng(3)
        codes = random_codes(self.net, VECTORS, rng), leaning_codes(self.net, VECTORS, rng)
        self.codes = {name: np.concatenate([one[name] for one in codes]) for name in codes[0]}
        self.read = _reads(graph)
        size = self.net.signals[name].size
        places = {bit: 1 << at for at, bit in enumerate(graph.input_names)}
        found = (read_bits(self.net, Function(name, name, at, ())) for at in range(size))
        self.wanted = [sum(places.get(bit, 0) for bit in bits) for bits in found]

    def add(self, inputs: Sequence[Mapping[str, int]]) -> None:
        """Look at these inputs too, given as bits by name; others are 0."""
        new = codes_of(self.net, inputs)
        self.codes = {name: np.concatenate([old, new[name]]) for name, old in self.codes.items()}

    def guess(self) -> InnerWords | None:
        """Where the words seem to be; None if nowhere."""
        _, values = values_between(self.net, self.codes)
        scores = columns(values[self.name])
        places = _places(self.graph, inputs_of(self.net, self.graph, self.codes))
        signal = self.net.signals[self.name]
        low, high = int(signal.low.min()), int(signal.high.max())
        width = max(1, (high - low).bit_length())
        # All that is known of a number added is what it is modulo the words' last place.
        numbers = (shift + (-((shift + low) >> width) << width) for shift in
                   _shifts(places, scores, width))  # fmt: skip
        for plus in sorted(one for one in numbers if one + high < 1 << width):
            found = self._words(places, scores + plus, width)
            if found is not None:
                return _made(self.graph, self.name, found, plus, signal)
        return None

    def _words(
        self, places: Mapping[bytes, list[int]], values: NDArray[np.int64], width: int
    ) -> tuple[Word, ...] | None:
        """The words with these values (vectors, words); None where one of them is nowhere."""
        found = []
        for at, value in enumerate(values.T):
            word = self._word(places, at, value, width)
            if word is None:
                return None
            found.append(word)
        return tuple(found)

    def _word(
        self, places: Mapping[bytes, list[int]], at: int, value: NDArray[np.int64], width: int
    ) -> Word | None:
        """Literals with these values that read no more than a score does; None where a bit has
        none."""
        found = []
        for place in range(width):
            literals = places.get(np.packbits(value >> place & 1).tobytes(), [])
            fitting = [one for one in literals if not self.read[one >> 1] & ~self.wanted[at]]
            if not fitting:
                return None
            found.append(tuple(fitting[:MOST_EQUAL]))
        return tuple(found)


def _shifts(places: Mapping[bytes, list[int]], scores: Codes, width: int) -> list[int]:
    """What scores (vectors, words) may have been added to, modulo 2**width: the literals have
    every bit of what comes out."""
    found = [0]
    for place in range(width):
        both = (one + (bit << place) for bit in (0, 1) for one in found)
        found = [
            shift
            for shift in both
            if all(np.packbits((one + shift) >> place & 1).tobytes() in places for one in scores.T)
        ][:MOST_SHIFTS]
    return found


def _reads(graph: Graph) -> list[int]:
    """The inputs that each node reads, as bits of a number."""
    found = [0, *(1 << at for at in range(graph.n_inputs))]
    for left, right in (graph.fan_in >> 1).tolist():
        found.append(found[left] | found[right])
    return found


def _same_winner(net: IntNet, alike: IntNet, name: str) -> bool:
    """Whether two networks' scores differ by the same sum everywhere, if at all."""
    if net is alike:
        return True
    one, other = net.node(name), alike.node(name)
    assert isinstance(one, Linear)
    assert isinstance(other, Linear)
    rest = zip(net.nodes, alike.nodes, strict=True)
    same = all(a is b or (a is one and b is other) for a, b in rest)
    change = other.weight.astype(np.int64) - one.weight
    same = same and one.inputs == other.inputs and bool((one.bias == other.bias).all())
    return same and bool((change == change[:1]).all())


def _places(graph: Graph, bits: NDArray[np.uint8]) -> dict[bytes, list[int]]:
    """The literals that have each row of values, ascending."""
    values = unpack_vectors(evaluate_nodes(graph, pack_vectors(bits)), len(bits)).T
    found: dict[bytes, list[int]] = {}
    for flip in (0, 1):
        for node, row in enumerate(np.packbits(values ^ flip, axis=1)):
            found.setdefault(row.tobytes(), []).append(2 * node + flip)
    return found


def _made(
    graph: Graph, name: str, words: tuple[Word, ...], plus: int, signal: Signal
) -> InnerWords:
    functions, ends = [], dict[str, int]()
    for at, word in enumerate(words):
        for turn in range(max(map(len, word))):
            names = [f"{name}[{at}] word {place}, {turn}" for place in range(len(word))]
            functions.append(Function(name, name, at, tuple(names), plus=plus))
            ends |= {one: bit[turn % len(bit)] for one, bit in zip(names, word, strict=True)}
    literals = np.array([*ends.values()], dtype=np.int64)
    made = Graph(graph.input_names, (*ends,), graph.fan_in, literals)
    ends_of = zip((signal.low + plus).tolist(), (signal.high + plus).tolist(), strict=True)
    return InnerWords(words, tuple(ends_of), made, tuple(functions))
