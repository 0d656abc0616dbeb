"""The care set: which input bits can occur at all, as a predicate stored with the network.

In a thermometer code a group of bits, lowest threshold first, has bit j + 1 only where it has
bit j; in a one-hot code one bit of each group is set. None means that all inputs can occur.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from gen.data.errors import DataError

__all__ = ["KINDS", "Clauses", "care_clauses", "group_codes", "random_bits"]

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


def _kind(care: dict[str, Any]) -> str:
    kind = care.get("kind")
    if kind not in KINDS:
        raise DataError(f"care set of kind {kind!r}; known are {', '.join(KINDS)}")
    return str(kind)


def care_clauses(care: dict[str, Any] | None) -> Clauses:
    """The predicate as disjunctions of (bit index, value): valid inputs satisfy all of them."""
    if care is None:
        return []
    clauses_of = KINDS[_kind(care)]
    return [clause for group in care["groups"] for clause in clauses_of(group)]


def group_codes(care: dict[str, Any], width: int) -> np.ndarray:
    """The codes that a group of so many bits takes, uint8 (codes, width): row v is value v."""
    if _kind(care) == "onehot":
        return np.eye(width, dtype=np.uint8)
    return (np.arange(width + 1)[:, None] > np.arange(width)).astype(np.uint8)


def random_bits(n_bits: int, count: int, seed: int, care: dict[str, Any] | None) -> np.ndarray:
    """Random input bits uint8 (count, n_bits), all of them allowed by the care set.

    Without one every bit is a fair coin. All codes of a group are equally likely: B + 1 of a
    thermometer of B bits, B of a one-hot code.
    """
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2, (count, n_bits), dtype=np.uint8)
    if care is None:
        return bits
    _kind(care)
    for group in care["groups"]:
        codes = group_codes(care, len(group))
        bits[:, group] = codes[generator.integers(0, len(codes), count)]
    return bits
