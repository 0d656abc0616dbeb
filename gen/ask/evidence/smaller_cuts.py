"""That no smaller cut ends a behaviour: every smaller set of elements is tried.

For each set an input is shown on which the network, with the set cut, still shows the behaviour.
The network itself is run on all of them. A set that no input is shown for may still cost the rest
too much: that is measured. Where the sets are too many to be tried, there is no such evidence.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.case import AnswerWrong, Bits, Case
from gen.ask.network.capabilities import Capabilities
from gen.ask.network.cuts import cut_of
from gen.logic.named import named

__all__ = ["MOST", "check_no_smaller", "sets_below"]

MOST = 1 << 16
"""Sets that are tried; a network of 600 weights takes a few seconds for so many."""
CHUNK = 1 << 12
COSTLY = 1 << 8
"""Sets whose cost to the rest is measured."""


def sets_below(elements: int, size: int) -> int:
    """How many sets of fewer than `size` of so many elements there are."""
    return sum(comb(elements, k) for k in range(min(size, elements + 1)))


def check_no_smaller(
    case: Case,
    elements: Sequence[str],
    to: int,
    killed: Sequence[str],
    size: int,
    rows: Bits,
    tolerance: float,
) -> None:
    """Raise AnswerWrong unless each set of fewer than `size` elements, held at `to`, leaves a
    behaviour to be seen on one of the rows (n, inputs), or costs the rest more than `tolerance`."""
    sets, layers = _sets(len(elements), size), _layers(case, elements)
    costly: list[NDArray[np.bool_]] = []
    while len(chunk := list(islice(sets, CHUNK))):
        left = np.array(chunk)
        for row in rows:
            if len(left):
                left = left[~_shows(case, row, left, layers, to, killed)]
        costly += list(left)
        if len(costly) > COSTLY:
            raise AnswerWrong("for many smaller sets no input shows that they do not end it")
    measured = Capabilities(case.logic, case.region, tuple(killed))
    least = measured.rest(measured.before) - tolerance - 1e-12
    for one in costly:
        names = [name for name, cut in zip(elements, one.tolist(), strict=True) if cut]
        graph = cut_of(case.logic, names, to).graph(case.logic, measured.targets) if names else None
        made = measured.before if graph is None else measured.run(graph)
        if measured.rest(made) >= least:
            raise AnswerWrong(
                f"no input shows {', '.join(killed)} with {', '.join(names) or 'nothing'} cut"
            )


def _sets(count: int, size: int) -> Iterator[NDArray[np.bool_]]:
    """All smaller sets: whether each element is cut."""
    for k in range(min(size, count + 1)):
        for at in combinations(range(count), k):
            found = np.zeros(count, bool)
            found[list(at)] = True
            yield found


def _layers(case: Case, elements: Sequence[str]) -> list[list[tuple[str, int]]]:
    """The elements' bits with the elements' numbers, layer by layer (and step by step)."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for at, name in enumerate(elements):
        for bit in case.logic.names.bits(name):
            found.setdefault((named(bit).signal, named(bit).step), []).append((bit, at))
    order = {bit: at for at, bit in enumerate(case.logic.activations)}
    return sorted(found.values(), key=lambda layer: min(order[bit] for bit, _ in layer))


def _shows(
    case: Case,
    row: Bits,
    sets: NDArray[np.bool_],
    layers: Sequence[Sequence[tuple[str, int]]],
    to: int,
    killed: Sequence[str],
) -> NDArray[np.bool_]:
    """On which of the cuts this input shows a behaviour. What is not cut is held at its own value,
    layer by layer, so that what is behind a cut can be cut as well."""
    rows = np.tile(row, (len(sets), 1))
    forced: dict[str, Bits] = {}
    for layer in layers:
        own = case.values(rows, [bit for bit, _ in layer], forced)
        held = {bit: values for (bit, _), values in zip(layer, own.T, strict=True)}
        for bit, at in layer:  # a bit may be of several elements: any of them cuts it
            held[bit] = np.where(sets[:, at], to, held[bit]).astype(np.uint8)
        forced |= held
    return np.asarray(case.values(rows, list(killed), forced).any(axis=1))
