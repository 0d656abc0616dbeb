"""Chains of LUTs of six inputs for few bits, on all inputs."""

import numpy as np
import pytest

from gen.logic.chain import LONGEST, has_few, reaches_few
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.map.luts import map_all


@pytest.mark.parametrize("size", [1, 2, 6, 7, 8, 9, 10, 12])
def test_every_bound_on_all_inputs(size: int) -> None:
    rows = (np.arange(1 << size)[:, None] >> np.arange(size) & 1).astype(np.uint8)
    b = Builder(6)
    bits = [b.input(f"x[{at}]") for at in range(size)]
    bounds = range(-1, size + 3)
    for bound in bounds:
        b.output(f"y[{bound}]", reaches_few(b, bits, bound))
    wanted = rows.sum(axis=1)[:, None] >= np.array(bounds)
    assert np.array_equal(evaluate(b.graph(), rows), wanted)


@pytest.mark.parametrize(("size", "bound", "luts"), [(6, 3, 1), (8, 4, 3), (9, 5, 4), (10, 5, 6)])
def test_the_fewest_luts_are_found_in_it(size: int, bound: int, luts: int, one_flow: None) -> None:
    """As many as the states have bits, and one for the answer."""
    b = Builder(6)
    b.output("y", reaches_few(b, [b.input(f"x[{at}]") for at in range(size)], bound))
    ((netlist, _),) = map_all(b.graph(), [], 6)
    assert len(netlist.cells) == luts


def test_longer_ones_are_counted() -> None:
    assert has_few(LONGEST)
    assert not has_few(LONGEST + 1)
