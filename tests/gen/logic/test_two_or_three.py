"""Circuits for few of a few bits: by enumeration, and their size in LUTs as mapped."""

import pytest

from gen.logic.aiger import aiger_bytes
from gen.logic.two_or_three import LONGEST, has_few, reaches_few
from tests.gen.logic.graphs import built, every_input, numbers
from tests.luts import count_luts

KNOWN = [(n, t) for n in range(LONGEST + 1) for t in range(1, n + 1) if has_few(n, t)]


@pytest.mark.parametrize(("size", "bound"), KNOWN)
def test_every_circuit_is_the_comparison(size: int, bound: int) -> None:
    graph = built(size, lambda b, bits: [reaches_few(b, bits, bound)])
    assert numbers(graph) == [int(sum(row) >= bound) for row in every_input(size).tolist()]


def test_what_has_a_circuit() -> None:
    assert {(n, t) for n, t in KNOWN if n in (4, 6, 8, 10)} == {
        *((4, t) for t in range(1, 5)), *((6, t) for t in range(1, 7)),
        *((8, t) for t in (1, 2, 3, 6, 7, 8)), *((10, t) for t in (1, 3, 8, 10)),
    }  # fmt: skip
    assert not any(has_few(n, t) for n, t in [(0, 0), (0, 1), (5, 0), (5, 6), (13, 1), (8, -1)])


# What a solver found to be the least for 5 to 8 bits; ABC makes 5 of three of 6, 8 of three of 8.
LEAST = {(5, 2): 3, (6, 2): 3, (7, 2): 4, (8, 2): 5, (9, 2): 5,
         (5, 3): 3, (6, 3): 3, (7, 3): 4, (8, 3): 5, (9, 3): 6, (12, 3): 9}  # fmt: skip


@pytest.mark.parametrize(("size", "bound"), LEAST)
def test_a_circuit_maps_to_the_fewest_luts(size: int, bound: int) -> None:
    for wanted in (bound, size + 1 - bound):
        graph = built(size, lambda b, bits, t=wanted: [reaches_few(b, bits, t)])
        assert count_luts(aiger_bytes(graph, symbols=False)) == LEAST[size, bound]
