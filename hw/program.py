"""What a sequencer runs: the terms and ends of every neuron, and the words that hold them.

A term is a word of the value memory and the weights of its lanes; the last term of a neuron is
marked. Then come the neuron's ends: for a hidden neuron the thresholds of its activation with the
code that each gives (the last one reached counts), for a score its bias.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["End", "Program", "Term", "signed_bits"]


@dataclass(frozen=True)
class Term:
    """Weights times the values in the word at an address, a weight for each lane; `last` of its
    neuron or not."""

    address: int
    weights: tuple[int, ...]
    last: bool


@dataclass(frozen=True)
class End:
    """A threshold, reached by sums of `value` and more, and the code it gives; or a score's bias.

    `last` of its neuron or not; a `score` has one; `final` ends the network.
    """

    value: int
    code: int = 0
    last: bool = True
    score: bool = False
    final: bool = False


@dataclass(frozen=True)
class Program:
    """What the sequencer runs.

    `n_in` elements of `in_bits` bits come in, two's complement if `in_signed`; those in `loaded` go
    to memory, in this order, and the activations behind them. A word there holds a value in each of
    its `lanes`, lowest first, of `bits` bits, `signed` or not; the inputs fill up their last word.
    There are `values` words. Every partial sum lies in -reach..reach. There are `classes` scores,
    sums shifted left by `shift` with a bias, of `score_bits` bits, two's complement, which are
    outputs too where `scores_out`. `block` puts the program in block RAM, else in LUTs. The lowest
    index wins a tie, or the `last`.
    """

    n_in: int
    in_bits: int
    in_signed: bool
    loaded: tuple[int, ...]
    terms: tuple[Term, ...]
    ends: tuple[End, ...]
    values: int
    bits: int
    signed: bool
    reach: int
    classes: int
    score_bits: int
    scores_out: bool
    block: bool = True
    last: bool = False
    lanes: int = 1
    shift: int = 0

    @property
    def loads(self) -> int:
        """Words that the inputs fill."""
        return -(-len(self.loaded) // self.lanes)

    @cached_property
    def signs(self) -> bool:
        """Whether all weights are 1 or -1: a bit each, 1 for -1."""
        return all(abs(weight) == 1 for term in self.terms for weight in term.weights)

    @property
    def class_bits(self) -> int:
        """Bits of the class, at least one."""
        return max(1, (self.classes - 1).bit_length())

    @property
    def latency(self) -> int:
        """Cycles from `x_valid` to `y_valid`, the same for every input."""
        neurons = sum(term.last for term in self.terms)
        return self.loads + len(self.terms) + len(self.ends) + 2 * neurons + 1

    @property
    def address_bits(self) -> int:
        """Bits of the address of a word of values."""
        return max(1, (self.values - 1).bit_length())

    @cached_property
    def weight_bits(self) -> int:
        """Bits of a weight: its sign alone, or two's complement."""
        if self.signs:
            return 1
        return max(signed_bits(weight) for term in self.terms for weight in term.weights)

    @cached_property
    def end_bits(self) -> int:
        """Bits of the value of an end, two's complement."""
        return max(signed_bits(end.value) for end in self.ends)

    @property
    def memories(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Words, and bits of a word, of both program memories: a term has a mark besides, an end
        three and a code."""
        term = self.address_bits + self.lanes * self.weight_bits + 1
        return (len(self.terms), term), (len(self.ends), self.end_bits + self.bits + 3)

    @property
    def rom_bits(self) -> int:
        """Bits of both program memories."""
        return sum(words * bits for words, bits in self.memories)

    def term_words(self) -> list[dict[str, Any]]:
        """The words of the terms' memory, by field."""
        return [
            {
                "address": term.address,
                "weights": [int(w < 0) for w in term.weights] if self.signs else term.weights,
                "last": term.last,
            }
            for term in self.terms
        ]


def signed_bits(value: int) -> int:
    """Bits of a number in two's complement."""
    return 1 + (value if value >= 0 else ~value).bit_length()
