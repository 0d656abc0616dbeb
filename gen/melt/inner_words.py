"""Words inside a graph that stand for what an argmax chooses among, where no output has them.

A graph that answers its class alone compares words of its own: the scores plus one number, and plus
what all of them have in common. Where they stand is guessed from values on random codes; that
these literals are the words, and that the class is the largest one's, is for the caller to prove.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import columns
from gen.intnet.network import IntNet, Linear
from gen.logic.evaluate import evaluate_nodes, pack_vectors, unpack_vectors
from gen.logic.graph import Graph
from gen.melt.free_codes import codes_of, inputs_of, random_codes, values_between
from gen.melt.functions import Function
from gen.melt.linear import without_common

__all__ = ["InnerWords", "WordSearch"]

VECTORS = 1_024
MOST_SHIFTS = 1 << 12


@dataclass(frozen=True)
class InnerWords:
    """Literals that should hold the scores + some number of a network of the same class, and these
    as outputs of a graph: one function for each score."""

    literals: tuple[tuple[int, ...], ...]
    graph: Graph
    functions: tuple[Function, ...]


class WordSearch:
    """Looks for words of signal `name`, which an argmax reads, in a graph of the network.

    `net` is a network of the same class, whose scores are looked for. None of it is proved.
    """

    def __init__(self, net: IntNet, graph: Graph, name: str) -> None:
        alike = without_common(net) if name == net.score else net
        self.net = alike if _same_winner(net, alike, name) else net
        self.graph, self.name = graph, name
        self.codes = random_codes(self.net, VECTORS, np.random.default_rng(3))

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
        for plus in range(-low, min((1 << width) - high, MOST_SHIFTS - low)):
            words = [_word(places, score + plus, width) for score in scores.T]
            found = tuple(word for word in words if word is not None)
            if len(found) == len(words):
                return _made(self.graph, self.name, found, plus)
        return None


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


def _places(graph: Graph, bits: NDArray[np.uint8]) -> dict[bytes, int]:
    """The first literal of each row of values."""
    values = unpack_vectors(evaluate_nodes(graph, pack_vectors(bits)), len(bits)).T
    found: dict[bytes, int] = {}
    for flip in (0, 1):
        for node, row in enumerate(np.packbits(values ^ flip, axis=1)):
            found.setdefault(row.tobytes(), 2 * node + flip)
    return found


def _word(
    places: Mapping[bytes, int], value: NDArray[np.int64], width: int
) -> tuple[int, ...] | None:
    """The literals of a word with these values; None where a bit has none."""
    found = []
    for place in range(width):
        literal = places.get(np.packbits(value >> place & 1).tobytes())
        if literal is None:
            return None
        found.append(literal)
    return tuple(found)


def _made(graph: Graph, name: str, words: tuple[tuple[int, ...], ...], plus: int) -> InnerWords:
    functions = tuple(
        Function(name, name, at, tuple(f"{name}[{at}] word {place}" for place in range(len(word))),
                 plus=plus)
        for at, word in enumerate(words)
    )  # fmt: skip
    names = tuple(_names(functions))
    ends = np.array([literal for word in words for literal in word], dtype=np.int64)
    made = Graph(graph.input_names, names, graph.fan_in, ends)
    return InnerWords(words, made, functions)


def _names(functions: tuple[Function, ...]) -> Iterator[str]:
    for function in functions:
        yield from function.bits
