"""Step functions from the codes that they give."""

import numpy as np

from gen.intnet.lookups import step_arrays
from gen.intnet.network import Levels


def test_steps_give_the_code_of_every_value_in_reach() -> None:
    random = np.random.default_rng(1)
    values = np.arange(-9, 14)
    codes = random.integers(-3, 4, (len(values), 40))
    low = random.integers(-9, 3, 40)
    high = low + random.integers(0, 10, 40)
    edges, table = step_arrays(values, codes, low, high)
    assert edges.shape[1] < len(values) - 1
    node = Levels("codes", ("x",), edges, table.astype(np.int8), bits=3, signed=True)
    for element in range(40):
        reached = np.arange(low[element], high[element] + 1)
        given = np.zeros((len(reached), 40), np.int64)
        given[:, element] = reached
        assert (node.apply([given])[:, element] == codes[reached + 9, element]).all()


def test_a_constant_has_no_edges() -> None:
    ends = np.zeros(2, np.int64), np.full(2, 2)
    edges, table = step_arrays(np.arange(3), np.full((3, 2), 5), *ends)
    assert edges.shape == (2, 0)
    assert table.tolist() == [[5], [5]]
