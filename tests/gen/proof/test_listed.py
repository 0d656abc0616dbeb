"""Functions of few inputs, listed: against their tables row by row."""

import numpy as np
import pytest

from gen.logic.cones import Cones
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.proof.listed import MOST, same_listed
from tests.gen.logic.graphs import random_graph


@pytest.mark.parametrize("seed", range(8))
def test_equal_exactly_where_all_rows_are(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed), 4, 12, 40)
    rows = np.array([[row >> at & 1 for at in range(4)] for row in range(16)], dtype=np.uint8)
    values = evaluate(graph, rows)
    cones = Cones(graph)
    for one in range(40):
        for other in range(one, 40):
            wanted = bool((values[:, one] == values[:, other]).all())
            assert same_listed(cones, one, other) == wanted


@pytest.mark.parametrize("n", [1, MOST, MOST + 1])
def test_one_row_of_all(n: int) -> None:
    """An AND of all inputs is 0 but in the last row."""
    b = Builder()
    found = b.true
    for at in range(n):
        found = b.and_(found, b.input(f"x{at}"))
    for name, signal in (("and", found), ("again", found), ("not", ~found), ("zero", b.false)):
        b.output(name, signal)
    cones = Cones(b.graph())
    answers = [same_listed(cones, 0, other) for other in (1, 2, 3)]
    assert answers == ([True, False, False] if n <= MOST else [None, None, None])
