"""Answers by listing all inputs through the integer network, without any logic."""

from collections.abc import Sequence

import numpy as np

from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward
from gen.data.care import care_clauses
from gen.intnet.network import IntNet
from tests.gen.logic.graphs import every_input


def satisfying(net: IntNet, inputs: Sequence[str], given: Conditions) -> np.ndarray:
    """All input vectors that satisfy the conditions, said once more without a graph."""
    bits = every_input(len(inputs))
    kept = np.ones(len(bits), dtype=bool)
    for name, value in given.fixed.items():
        kept &= bits[:, inputs.index(name)] == value
    if given.sample:
        kept &= (bits != np.array(given.sample)).sum(axis=1) <= given.radius
    clauses = [[(inputs.index(n), v) for n, v in clause] for clause in given.states]
    for clause in [*clauses, *(care_clauses(net.meta.get("care")) if given.codes else [])]:
        kept &= np.any([bits[:, at] == value for at, value in clause], axis=0)
    return bits[kept]


def grouped(
    forward: Forward,
    inputs: Sequence[str],
    rows: np.ndarray,
    source: Sequence[str],
    targets: Sequence[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that agree on all but the source, taken together: how many there are in each group
    (groups,), and on how many of them each target is 1 (groups, targets). A source of activations
    is forced to all its values in turn."""
    keys, patches = rows, {}
    if source[0] in inputs:
        values = forward(rows, patches, targets)
        keys = np.delete(rows, [inputs.index(bit) for bit in source], axis=1)
    else:
        forced = np.repeat(every_input(len(source)), len(rows), axis=0)
        keys = np.tile(rows, (1 << len(source), 1))
        patches = {name: forced[:, at] for at, name in enumerate(source)}
        values = forward(keys, patches, targets)
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    ones = np.stack([np.bincount(group, column) for column in values.T], axis=1)
    return np.bincount(group), ones.astype(np.int64)


def affected(
    forward: Forward,
    inputs: Sequence[str],
    rows: np.ndarray,
    source: Sequence[str],
    targets: Sequence[str],
) -> str:
    """ "depends", "independent" or "cannot change": of all pairs of rows that agree on all but the
    source, and differ there; a target of several bits depends where any of them does."""
    counts, ones = grouped(forward, inputs, rows, source, targets)
    if (counts == 1).all():
        return "cannot change"
    mixed = (ones > 0) & (ones < counts[:, None])
    return "depends" if mixed.any() else "independent"
