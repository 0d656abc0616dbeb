"""The sample on which changes are counted where they cannot all be: what is drawn for each source.

It is a function of the network's inputs, the conditions, the number of rows, the seed and the
source's name, and of nothing else: whoever counts again draws the same.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.conditions import Region
from gen.ask.network.names import AskError
from gen.ask.network.sources import Source
from gen.ask.network.space import Space
from gen.logic.evaluate import evaluate_words, pack_vectors

__all__ = ["MOST_SAMPLES", "Draws", "Words", "marks", "values_of"]

Bits: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]

MOST_SAMPLES = 1 << 16
MOST_VALUES = 1 << 8
"""Most values of a source that are listed."""


class Draws:
    """Rows of inputs that satisfy the conditions, drawn with equal chances, and for each source
    another value of it. Raises AskError for a number of samples or a seed that is none."""

    def __init__(self, space: Space, samples: int, seed: int) -> None:
        if type(samples) is not int or not 0 < samples <= MOST_SAMPLES:
            raise AskError(f"{str(samples)[:20]} samples: 1 to {MOST_SAMPLES} are drawn")
        if type(seed) is not int or not 0 <= seed < 1 << 63:
            raise AskError(f"a seed of {str(seed)[:20]}: a whole number from 0 is needed")
        self.space, self.samples, self.seed = space, samples, seed

    @cached_property
    def rows(self) -> Bits:
        """The inputs (n, inputs), those that fell outside the conditions left out."""
        return self.space.drawn(self.samples, np.random.default_rng(self.seed))

    @cached_property
    def words(self) -> Words:
        return pack_vectors(self.rows)

    def pairs(self, source: Source) -> tuple[Words, Words, Words]:
        """Inputs of the source's graph (inputs, width), the same with the source changed, and a
        mark (width,) for each pair of which both sides count and differ.

        A single bit is flipped; of several, another of their values is drawn, for activations
        the first one as well.
        """
        free = source.graph.n_inputs - len(self.words)
        first = np.concatenate([self.words, np.zeros((free, self.words.shape[1]), np.uint64)])
        rng = np.random.default_rng([self.seed, *source.name.encode()])
        if free and len(source.places) > 1:
            first[source.places] = self._values(source, rng)
        second = first.copy()
        if len(source.places) == 1:
            second[source.places] = ~second[source.places]
        else:
            second[source.places] = self._values(source, rng)
        return first, second, marks(self.space.region, source.places, first, second, len(self.rows))

    def _values(self, source: Source, rng: np.random.Generator) -> Words:
        """A value of the source for each row, drawn with equal chances from all that it has."""
        count, places = len(self.rows), source.places
        values = np.zeros((count, len(places)), np.uint8)
        if source.cut:
            return pack_vectors(rng.integers(0, 2, values.shape, dtype=np.uint8))
        for mine, codes in self.space.parts(places):
            columns = [places.index(place) for place in mine]
            values[:, columns] = codes[rng.integers(0, len(codes), count)]
        return pack_vectors(values)


def marks(region: Region, places: Sequence[int], first: Words, second: Words, rows: int) -> Words:
    """Which of so many pairs differ in these places and satisfy the conditions on the second side,
    a bit (width,) for each."""
    kept: Words = np.bitwise_or.reduce(first[places] ^ second[places], axis=0)
    if not region.everywhere:
        kept &= evaluate_words(region.graph, second[: len(region.inputs)])[0]
    if rows % 64:
        kept[-1] &= np.uint64((1 << rows % 64) - 1)
    return kept


def values_of(space: Space, source: Source) -> Bits | None:
    """All values (values, bits) that a source takes, an activation any, an input those that its
    codes have; None where there are more than `MOST_VALUES`."""
    bits = len(source.places)
    if source.cut:
        if 1 << bits > MOST_VALUES:
            return None
        return (np.arange(1 << bits)[:, None] >> np.arange(bits) & 1).astype(np.uint8)
    parts = space.parts(source.places)
    total = 1
    for _, codes in parts:
        total *= len(codes)
        if total > MOST_VALUES:
            return None
    return space.values(source.places)
