"""A netlist of few inputs made smaller by a walk: LUTs read other signals, time and again.

Every signal's value is known for every pattern of the inputs, so whether a LUT can be made of other
signals is seen at once. One is picked, and one or two of what it reads are exchanged for signals
that do as well wherever the LUT's value matters to an output. Where nothing else reads what was
given up, that LUT falls away; else nothing is gained, and the netlist is another one of the same
size, in which the next exchange may gain. Functions of six inputs, 53 of them, came from 215 LUT4,
where ABC's commands find nothing more, to 151 so.
Resubstitution with don't-cares as in Mishchenko, Brayton, Jiang, Jang, "Scalable don't-care-based
logic optimization and resynthesis", 2011; that exchanges without gain lead on is from local search.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeAlias

import numpy as np

from gen.map.netlist import Netlist
from gen.map.resynthesis.standing import Depth, Standing

__all__ = ["MOST_INPUTS", "walked"]

MOST_INPUTS = 12
"""Inputs of a netlist, at most: 4,096 patterns."""

PAIRS = 32
"""Pairs of patterns by which signals are looked through: two that a LUT must tell apart."""
SOME, SEEN = 48, 24
"""Signals that are looked through with all others, and pairs of them that are looked at closely."""
CHOICE = 8
"""Exchanges among which one is chosen."""
TWO = 0.5
"""How often two signals are exchanged where one is enough."""

Half: TypeAlias = tuple[int, int]
"""Patterns where a LUT has to be 1, and where it has to be 0, as the bits of two numbers."""


def walked(netlist: Netlist, steps: int, seed: int = 0, depth: Depth | None = None) -> Netlist:
    """The netlist after so many tries of an exchange, by signals chosen at random from `seed`; one
    without registers or stages, of at most MOST_INPUTS inputs. It never has more cells, nor paths
    longer than `depth` says."""
    walk = _Walk(netlist, Random(seed), depth)
    for _ in range(steps if walk.fan_in else 0):
        walk.step()
    return walk.netlist()


class _Walk(Standing):
    """The netlist, and what is done next."""

    def __init__(self, netlist: Netlist, random: Random, depth: Depth | None) -> None:
        super().__init__(netlist, random, depth)
        self.some: list[int] = []

    def step(self) -> None:
        """Try one exchange."""
        random = self.random
        cell = self.a_cell()
        fan_in = self.fan_in[cell]
        if not fan_in:
            return
        lost = random.choices(fan_in, [self.loose(one) for one in fan_in])[0]
        kept = [one for one in fan_in if one != lost]
        count = 2 if random.random() < TWO else 1
        if count == 2 and len(kept) + 2 > self.given.k:
            kept.pop(int(random.random() * len(kept)))
        matters = self.matters(cell)
        value = self.values[cell]
        halves = self.mixed([(value & matters, ~value & matters)], kept)
        if not halves:
            self.exchange(cell, kept, matters)
            return
        found = self.one(cell, halves) if count == 1 else self.two(cell, halves)
        found = [one for one in found if lost not in one and not {*kept} & {*one}]
        if found:
            weights = [sum(self.firm(one) for one in ones) for ones in found]
            new = random.choices(found, weights)[0]
            if self.may_read(cell, new):
                self.exchange(cell, [*kept, *new], matters)

    def a_cell(self) -> int:
        """A cell at random."""
        while True:
            if not self.some:
                self.some = list(self.fan_in)
                self.random.shuffle(self.some)
            cell = self.some.pop()
            if cell in self.fan_in:
                return cell

    def loose(self, signal: int) -> float:
        """How much is to be said for giving a signal up: few readers."""
        if signal < self.first or signal in self.roots:
            return 0.02
        return 1 / len(self.readers[signal]) ** 2

    def firm(self, signal: int) -> int:
        """How much is to be said for reading a signal: that it will stay."""
        stays = signal < self.first or signal in self.roots
        return len(self.readers[signal]) + (6 if stays else 1)

    def mixed(self, halves: list[Half], signals: Sequence[int]) -> list[Half]:
        """What is left to be told apart, once these signals tell patterns apart."""
        for signal in signals:
            bit = self.values[signal]
            parts = [
                part
                for on, off in halves
                for part in ((on & bit, off & bit), (on & ~bit, off & ~bit))
            ]
            halves = [one for one in parts if one[0] and one[1]]
        return halves

    def one(self, cell: int, halves: list[Half]) -> list[tuple[int, ...]]:
        """Signals that tell everything apart."""
        found: list[tuple[int, ...]] = []
        on, off = halves[0]
        for signal in self.others(cell):
            bit = self.values[signal]
            if (on & bit and off & bit) or (on & ~bit and off & ~bit):
                continue
            if not self.mixed(halves[1:], (signal,)):
                found.append((signal,))
        self.random.shuffle(found)
        return found[:CHOICE]

    def others(self, cell: int) -> list[int]:
        found = [*range(self.first), *self.fan_in]
        found.remove(cell)
        return found

    def two(self, cell: int, halves: list[Half]) -> list[tuple[int, ...]]:
        """Pairs of signals that tell everything apart: first by some pairs of patterns."""
        each = max(1, PAIRS // len(halves))
        pairs = [
            (self.a_bit(on), self.a_bit(off)) for on, off in halves[:PAIRS] for _ in range(each)
        ]
        first, second = np.array(pairs).T
        signals = np.array(self.others(cell))
        bits = self.bits[signals]
        packed = np.zeros((len(signals), PAIRS // 8), np.uint8)
        told = np.packbits(bits[:, first] ^ bits[:, second], axis=1, bitorder="little")
        packed[:, : told.shape[1]] = told
        masks = packed.view(np.uint32)[:, 0]
        some = np.array(self.random.choices(range(len(masks)), k=SOME))
        rows, columns = np.nonzero((masks[some, None] | masks) == (1 << len(pairs)) - 1)
        at = self.random.choices(range(len(rows)), k=SEEN) if len(rows) else []
        rows, columns = signals[some[rows[at]]], signals[columns[at]]
        found: list[tuple[int, ...]] = []
        for low, high in zip(rows.tolist(), columns.tolist(), strict=True):
            if not self.mixed(halves, (low, high)):
                found.append((low, high) if low != high else (low,))
                if len(found) == CHOICE:
                    break
        return found

    def a_bit(self, patterns: int) -> int:
        """One of some patterns."""
        start = self.random.getrandbits(self.first)
        above = patterns >> start
        return (above & -above).bit_length() - 1 + start if above else _lowest(patterns)


def _lowest(number: int) -> int:
    return (number & -number).bit_length() - 1
