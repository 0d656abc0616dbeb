"""Counts that several sums of a layer begin with: found by clustering, and made once.

What two sums have in common, in one polarity or wholly complemented, is counted first, and both go
on from there; what two such pairs have in common is counted before that, and so on. The two with
the most in common are joined first (agglomerative clustering: Sneath and Sokal, "Numerical
Taxonomy", 1973). What is left of the sums, and their beginnings, then share single adders
(`gen.melt.rules.share`): on a head of ten sums of 48 bits that made 718 LUTs 629, with common
beginnings 604.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.logic.graph import Builder, Signal
from gen.logic.words import Columns
from gen.melt.rules.linear import Sum, joined
from gen.melt.rules.share import share_adders

__all__ = ["share_counts"]

PAYS = 6
"""Bits that two sums must have in common: fewer gain more where any sum shares their adders."""

Bits: TypeAlias = tuple[int, int]
"""A set of bits as two masks, of those that are plain and of those that are complemented."""


@dataclass(frozen=True)
class Group:
    """Bits that all its sums have, in its own polarity; parts are turned over where it says so.

    A group without parts is the sum of number `index`.
    """

    bits: Bits
    parts: tuple[tuple["Group", bool], ...] = ()
    index: int = -1


@dataclass(frozen=True)
class Plan:
    """How a sum is counted: sets of bits in order, its own last, all of them `inverted` or not."""

    index: int
    inverted: bool
    chain: tuple[Bits, ...]


def share_counts(b: Builder, sums: Sequence[Sum], adders: bool = True) -> list[Sum]:
    """The same sums, with common beginnings and, where asked for, shared adders taken out."""
    literals = _Literals(b)
    leaves = [Group(literals.take(i, one.columns), (), i) for i, one in enumerate(sums)]
    plans = sorted(
        (plan for root in _cluster(leaves) for plan in _plans(root)), key=lambda plan: plan.index
    )
    # While adders are shared, every beginning is a sum of its own.
    starts = list(dict.fromkeys(bits for plan in plans for bits in plan.chain[:-1]))
    pieces = [literals.columns(bits) for bits in starts]
    pieces += [literals.rest(plan) for plan in plans]
    if adders:
        pieces = [one.columns for one in share_adders(b, [Sum(piece, 0, 0) for piece in pieces])]
    begun, own = dict(zip(starts, pieces, strict=False)), pieces[len(starts) :]
    return [
        replace(one, columns=columns, inverted=plan.inverted,
                before=[begun[bits] for bits in plan.chain[:-1]])
        for one, columns, plan in zip(sums, own, plans, strict=True)
    ]  # fmt: skip


class _Literals:
    """Numbers for the bits of columns, so that sets of them are the bits of integers."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.numbers: dict[tuple[int, int], int] = {}
        self.bits: list[tuple[int, Signal]] = []
        self.others: dict[int, Columns] = {}

    def take(self, index: int, columns: Columns) -> Bits:
        """The bits of sum `index`, but for constants and repeated ones, which are kept apart."""
        aig, masks = self.b.aig, [0, 0]
        others = self.others[index] = [[] for _ in columns]
        for place, column in enumerate(columns):
            for signal in column:
                node, flip = aig.node_to_index(aig.get_node(signal)), aig.is_complemented(signal)
                number = self.numbers.setdefault((place, node), len(self.bits))
                if number == len(self.bits):
                    self.bits.append((place, ~signal if flip else signal))
                if node == 0 or (masks[0] | masks[1]) >> number & 1:
                    others[place].append(signal)
                else:
                    masks[flip] |= 1 << number
        return masks[0], masks[1]

    def columns(self, bits: Bits) -> Columns:
        """A set of bits, in columns."""
        made: Columns = []
        left = bits[0] | bits[1]
        while left:
            number = left.bit_length() - 1
            left ^= 1 << number
            place, signal = self.bits[number]
            made += [[] for _ in range(place + 1 - len(made))]
            made[place].append(~signal if bits[1] >> number & 1 else signal)
        return made

    def rest(self, plan: Plan) -> Columns:
        """What a sum counts after its beginnings: its own set, and what is in no set."""
        others = self.others[plan.index]
        if plan.inverted:
            others = [[~bit for bit in column] for column in others]
        return joined(self.columns(plan.chain[-1]), others)


def _common(x: Group, y: Group) -> tuple[int, bool]:
    """How many bits two groups have in common, and whether with the second one turned over."""
    return max(
        ((x.bits[0] & plain).bit_count() + (x.bits[1] & flipped).bit_count(), turned)
        for turned, (plain, flipped) in ((False, y.bits), (True, _turn(y.bits)))
    )


def _turn(bits: Bits) -> Bits:
    return bits[1], bits[0]


def _pairs(leaves: Sequence[Bits]) -> Iterator[tuple[int, int, int, bool]]:
    """Of each two leaves with enough in common: how much, negative; which two, and whether with the
    second one turned over.

    By way of who has each bit: 20 s less than pair by pair where a layer has 3,200 neurons.
    """
    found = [_numbers(plain, 0) + _numbers(flipped, 1) for plain, flipped in leaves]
    literals = [np.array(own, dtype=np.int64) for own in found]
    sizes = [len(own) for own in literals]
    if not sum(sizes):
        return
    given = np.concatenate(literals)
    order = np.argsort(given, kind="stable")
    leaf = np.repeat(np.arange(len(leaves)), sizes)[order]
    ends = np.searchsorted(given[order], np.arange(given.max() + 3))

    def counts(wanted: list[int]) -> NDArray[np.int64]:
        """Of each leaf, how many of these bits it has."""
        having = [leaf[:0], *(leaf[ends[one] : ends[one + 1]] for one in wanted)]
        return np.bincount(np.concatenate(having), minlength=len(leaves))

    for at, own in enumerate(literals):
        same, over = counts(own.tolist()), counts((own ^ 1).tolist())
        best = np.maximum(same, over)
        for other in np.flatnonzero(best[:at] >= PAYS).tolist():
            yield -int(best[other]), other, at, bool(over[other] >= same[other])


def _numbers(mask: int, flip: int) -> list[int]:
    """The bits of a set, twice their number plus whether they are complemented."""
    found = []
    while mask:
        found.append(2 * (mask.bit_length() - 1) + flip)
        mask ^= 1 << (mask.bit_length() - 1)
    return found


def _cluster(leaves: list[Group]) -> list[Group]:
    """Join the two groups with the most in common, again and again while it pays."""
    groups = dict(enumerate(leaves))
    queue = list(_pairs([leaf.bits for leaf in leaves]))
    heapify(queue)

    def add(group: Group, number: int) -> None:
        for other, x in groups.items():
            count, turned = _common(x, group)
            if count >= PAYS:
                heappush(queue, (-count, other, number, turned))
        groups[number] = group

    number = len(leaves)
    while queue:
        _, i, j, turned = heappop(queue)
        if i in groups and j in groups:
            x, y = groups.pop(i), groups.pop(j)
            plain, flipped = _turn(y.bits) if turned else y.bits
            bits = x.bits[0] & plain, x.bits[1] & flipped
            add(Group(bits, ((x, False), (y, turned))), number)
            number += 1
    return list(groups.values())


def _plans(group: Group, turned: bool = False, before: tuple[Bits, ...] = ()) -> Iterator[Plan]:
    """The plans of all sums of a group, whose beginnings so far are `before`."""
    plain, flipped = _turn(group.bits) if turned else group.bits
    for bits in before:
        plain, flipped = plain & ~bits[0], flipped & ~bits[1]
    chain = (*before, (plain, flipped))
    if not group.parts:
        yield Plan(group.index, turned, chain)
    for part, over in group.parts:
        yield from _plans(part, turned != over, chain)
