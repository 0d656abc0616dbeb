"""The care set: which input bits can occur at all, as a predicate stored with the network.

A thermometer code of a group of bits, lowest threshold first, has bit j + 1 only where it has
bit j. None means that all inputs can occur.
"""

from typing import Any

import numpy as np

from gen.data.errors import DataError

__all__ = ["care_clauses", "random_bits"]


def _groups(care: dict[str, Any]) -> list[list[int]]:
    if care.get("kind") != "thermometer":
        raise DataError(f"care set of kind {care.get('kind')!r}; known is 'thermometer'")
    groups: list[list[int]] = care["groups"]
    return groups


def care_clauses(care: dict[str, Any] | None) -> list[list[tuple[int, bool]]]:
    """The predicate as disjunctions of (bit index, value): valid inputs satisfy all of them."""
    if care is None:
        return []
    return [
        [(low, True), (high, False)]
        for group in _groups(care)
        for low, high in zip(group, group[1:], strict=False)
    ]


def random_bits(n_bits: int, count: int, seed: int, care: dict[str, Any] | None) -> np.ndarray:
    """Random input bits uint8 (count, n_bits), all of them allowed by the care set.

    Without one every bit is a fair coin. In a thermometer group of B bits each of the B + 1 codes
    is equally likely.
    """
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2, (count, n_bits), dtype=np.uint8)
    for group in _groups(care) if care else []:
        level = generator.integers(0, len(group) + 1, (count, 1))
        bits[:, group] = level > np.arange(len(group))
    return bits
