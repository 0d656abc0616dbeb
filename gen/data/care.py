"""The care set: which input bits can occur at all, as a predicate stored with the network.

In a thermometer code a group of bits, lowest threshold first, has bit j + 1 only where it has
bit j; in a one-hot code one bit of each group is set. None means that all inputs can occur.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from gen.data.errors import DataError

__all__ = [
    "KINDS",
    "MIXED",
    "Clauses",
    "care_clauses",
    "care_of",
    "group_codes",
    "groups_of",
    "random_bits",
]

Clauses = list[list[tuple[int, bool]]]


def _thermometer(group: list[int]) -> Clauses:
    return [[(low, True), (high, False)] for low, high in zip(group, group[1:], strict=False)]


def _one_hot(group: list[int]) -> Clauses:
    rivals = [[(one, False), (other, False)] for one, other in combinations(group, 2)]
    return [[(bit, True) for bit in group], *rivals]


KINDS: dict[str, Callable[[list[int]], Clauses]] = {
    "thermometer": _thermometer,
    "onehot": _one_hot,
}
"""Kinds of care sets, and the clauses of one group of bits."""


MIXED = "mixed"
"""The kind of a care set with groups of several kinds, told one by one in `kinds`."""


def care_of(groups: Sequence[tuple[str, list[int]]]) -> dict[str, Any] | None:
    """The care set of groups of bits, each with its kind; None where there are none."""
    kinds, bits = [kind for kind, _ in groups], [group for _, group in groups]
    if not groups:
        return None
    if len(set(kinds)) == 1:
        return {"kind": kinds[0], "groups": bits}
    return {"kind": MIXED, "kinds": kinds, "groups": bits}


def groups_of(care: Mapping[str, Any] | None) -> list[tuple[str, list[int]]]:
    """The groups of bits of a care set, each with its kind. Raises DataError for another kind."""
    if care is None:
        return []
    alike = care.get("kind") != MIXED
    for kind in [care.get("kind")] if alike else care["kinds"]:
        if kind not in KINDS:
            raise DataError(f"care set of kind {kind!r}; known are {', '.join(KINDS)}")
    groups = care["groups"]
    kinds = [care["kind"]] * len(groups) if alike else care["kinds"]
    return list(zip(kinds, groups, strict=True))


def care_clauses(care: dict[str, Any] | None) -> Clauses:
    """The predicate as disjunctions of (bit index, value): valid inputs satisfy all of them."""
    return [clause for kind, group in groups_of(care) for clause in KINDS[kind](group)]


def group_codes(kind: str, width: int) -> np.ndarray:
    """The codes that a group of so many bits takes, uint8 (codes, width): row v is value v."""
    if kind == "onehot":
        return np.eye(width, dtype=np.uint8)
    return (np.arange(width + 1)[:, None] > np.arange(width)).astype(np.uint8)


def random_bits(n_bits: int, count: int, seed: int, care: dict[str, Any] | None) -> np.ndarray:
    """Random input bits uint8 (count, n_bits), all of them allowed by the care set.

    Without one every bit is a fair coin. All codes of a group are equally likely: B + 1 of a
    thermometer of B bits, B of a one-hot code.
    """
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2, (count, n_bits), dtype=np.uint8)
    for kind, group in groups_of(care):
        codes = group_codes(kind, len(group))
        bits[:, group] = codes[generator.integers(0, len(codes), count)]
    return bits
