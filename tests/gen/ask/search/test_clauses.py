"""Sums said by clauses, against counting; literals are read off a solver's models."""

from itertools import product

import numpy as np
import pytest
from pysat.solvers import Solver

from gen.ask.search.clauses import Clauses, TooLarge
from gen.logic.graph import Builder


def forced(clauses: Clauses, inputs: list[int], wanted: list[int]) -> dict[tuple[int, ...], list]:
    """For every assignment of the inputs what unit propagation makes of the literals: 1, 0, or
    None where it leaves them open."""
    found = {}
    with Solver(name="glucose4", bootstrap_with=clauses.rows) as solver:
        for values in product((0, 1), repeat=len(inputs)):
            assumed = [one if v else -one for one, v in zip(inputs, values, strict=True)]
            consistent, known = solver.propagate(assumed)
            assert consistent
            state = {abs(one): one > 0 for one in known}
            state[clauses.true] = True
            row = [state.get(abs(one)) for one in wanted]
            made = [
                None if v is None else int(v == (one > 0))
                for v, one in zip(row, wanted, strict=True)
            ]
            found[values] = made
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_weighted_sum_reaches_its_bound_where_it_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clauses = Clauses()
    inputs = [clauses.new() for _ in range(7)]
    weights = rng.integers(-4, 5, 7).tolist()
    signs = rng.choice([-1, 1], 7).tolist()
    bounds = [-30, *sorted(rng.integers(-9, 10, 4).tolist()), 30]
    terms = [(w, s * one) for w, s, one in zip(weights, signs, inputs, strict=True)]
    ends = [clauses.at_least(terms, bound) for bound in bounds]
    for values, made in forced(clauses, inputs, ends).items():
        total = sum(
            w * (v if s > 0 else 1 - v) for w, s, v in zip(weights, signs, values, strict=True)
        )
        assert made == [int(total >= bound) for bound in bounds]


def test_a_threshold_is_decided_as_soon_as_its_inputs_decide_it() -> None:
    clauses = Clauses()
    inputs = [clauses.new() for _ in range(6)]
    end = clauses.at_least([(1, one) for one in inputs], 3)
    with Solver(name="glucose4", bootstrap_with=clauses.rows) as solver:
        assert end in solver.propagate(inputs[:3])[1]
        assert -end in solver.propagate([-one for one in inputs[2:]])[1]
        assert end not in solver.propagate(inputs[:2])[1]


def test_a_count_is_unary() -> None:
    clauses = Clauses()
    inputs = [clauses.new() for _ in range(6)]
    ends = clauses.count(inputs)
    for values, made in forced(clauses, inputs, ends).items():
        assert made == [int(sum(values) > k) for k in range(6)]


def test_a_count_up_to_a_bound_only_forces_to_be_true() -> None:
    clauses = Clauses()
    inputs = [clauses.new() for _ in range(7)]
    ends = clauses.count(inputs, 3)
    assert len(ends) == 3
    for values, made in forced(clauses, inputs, ends).items():
        for k, value in enumerate(made):
            assert (value == 1) == (sum(values) > k)
            assert value != 0


def test_some_every_differ_and_gates() -> None:
    clauses = Clauses()
    x, y, z = inputs = [clauses.new() for _ in range(3)]
    b = Builder()
    p, q, r = (b.input(name) for name in "pqr")
    b.output("mux", b.mux(p, q, ~r))
    b.output("constant", b.true)
    ends = clauses.graph(b.graph(), {"p": x, "q": -y, "r": z})
    ends += [clauses.some([x, -y]), clauses.every([x, y, z]), clauses.differ(x, -z)]
    for (a, c, d), made in forced(clauses, inputs, ends).items():
        mux = (1 - c) if a else (1 - d)
        assert made == [mux, 1, int(a or not c), a & c & d, int(a != 1 - d)]


def test_too_wide_a_sum_is_refused() -> None:
    clauses = Clauses()
    terms = [(1 << place, clauses.new()) for place in range(20)] * 2
    rng = np.random.default_rng(0)
    weights = rng.integers(1, 100_000, 40).tolist()
    terms = [(w, clauses.new()) for w in weights]
    with pytest.raises(TooLarge):
        clauses.at_least(terms, sum(weights) // 2)
