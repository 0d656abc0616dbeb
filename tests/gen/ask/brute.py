"""Answers by listing all inputs through the integer network, without any logic."""

from collections.abc import Sequence

import numpy as np

from gen.ask.conditions import Conditions
from gen.ask.forward import interpreter
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


def affected(
    net: IntNet, inputs: Sequence[str], source: Sequence[str], target: str, given: Conditions
) -> str:
    """ "depends", "independent" or "cannot change": of all pairs of rows that agree on all but the
    source. A source of activations is forced to all its values in turn."""
    rows, forward = satisfying(net, inputs, given), interpreter(net)
    if source[0] in inputs:
        values = forward(rows, {}, [target])[:, 0]
        keys = np.delete(rows, [inputs.index(bit) for bit in source], axis=1)
    else:
        forced = np.repeat(every_input(len(source)), len(rows), axis=0)
        keys = np.tile(rows, (1 << len(source), 1))
        patches = {name: forced[:, at] for at, name in enumerate(source)}
        values = forward(keys, patches, [target])[:, 0]
    groups: dict[bytes, list[int]] = {}
    for key, value in zip(keys, values.tolist(), strict=True):
        groups.setdefault(key.tobytes(), []).append(value)
    if all(len(found) == 1 for found in groups.values()):
        return "cannot change"
    return "depends" if any(len(set(found)) > 1 for found in groups.values()) else "independent"
