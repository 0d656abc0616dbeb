"""Sweeping and merging against truth tables listed in full."""

import itertools

import numpy as np
import pytest

from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver
from gen.logic.sweep import candidates, equal_on, merge, sweep

ALL = np.array(list(itertools.product((0, 1), repeat=6)), dtype=np.uint8)
THERMOMETER = [[(0, True), (1, False)], [(1, True), (2, False)]]
"""Bit 1 only with bit 0, bit 2 only with bit 1."""
VALID = ALL[(ALL[:, 0] >= ALL[:, 1]) & (ALL[:, 1] >= ALL[:, 2])]


def random_graph(seed: int, ands: int = 60) -> Graph:
    rng = np.random.default_rng(seed)
    b = Builder()
    signals = [b.input(f"x[{i}]") for i in range(6)]
    for _ in range(ands):
        one, other = (signals[rng.integers(len(signals))] for _ in range(2))
        signals.append(b.and_(~one if rng.random() < 0.5 else one, other))
    for at, signal in enumerate(signals[-8:]):
        b.output(f"y[{at}]", ~signal if at & 1 else signal)
    return b.graph()


def values(graph: Graph, rows: np.ndarray) -> np.ndarray:
    """Each node's values by plain Python, (rows, nodes)."""
    table = []
    for row in rows.tolist():
        node = [0, *row]
        for a, b in graph.fan_in.tolist():
            node.append((node[a >> 1] ^ (a & 1)) & (node[b >> 1] ^ (b & 1)))
        table.append(node)
    return np.array(table)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_proved_is_what_enumeration_says(seed: int) -> None:
    """On valid inputs: exactly the nodes that equal an earlier one, or its complement."""
    graph = random_graph(seed)
    rng = np.random.default_rng(seed)
    found = sweep(graph, VALID[rng.integers(0, len(VALID), 3)], THERMOMETER)
    truth = values(graph, VALID)
    first: dict[bytes, int] = {}
    expected = {}
    for node in range(truth.shape[1]):
        column = truth[:, node] ^ truth[0, node]
        other = first.setdefault(column.tobytes(), node)
        if other != node and node >= graph.first_and:
            expected[node] = other << 1 | int(truth[0, node] != truth[0, other])
    assert found.undecided == 0
    assert found.proved == expected


@pytest.mark.parametrize("seed", range(8))
def test_merged_is_equal_where_it_matters_and_no_larger(seed: int) -> None:
    graph = random_graph(seed)
    merged = merge(graph, sweep(graph, VALID[:4], THERMOMETER).proved)
    assert np.array_equal(evaluate(merged, VALID), evaluate(graph, VALID))
    assert merged.n_ands <= graph.n_ands
    same = bool((evaluate(merged, ALL) == evaluate(graph, ALL)).all())
    assert equal_on(graph, merged, VALID, THERMOMETER) is True
    assert equal_on(graph, merged, ALL[:5]) is same


def test_sixty_five_samples_leave_no_stray_bits() -> None:
    graph = random_graph(3)
    rows = ALL[np.r_[0:64, 7]]
    truth = values(graph, rows)
    for node, literal in candidates(graph, rows).items():
        assert np.array_equal(truth[:, node], truth[:, literal >> 1] ^ (literal & 1))


def test_a_difference_is_found() -> None:
    graph = random_graph(0)
    outputs = graph.outputs.copy()
    outputs[2] ^= 1
    other = Graph(graph.input_names, graph.output_names, graph.fan_in, outputs)
    assert equal_on(graph, other, ALL[:4]) is False


def test_no_time_means_nothing_is_proved() -> None:
    found = sweep(random_graph(1), VALID[:2], THERMOMETER, seconds=0)
    assert found.proved == {}
    assert found.undecided > 0


def pigeons(count: int) -> Graph:
    """Satisfiable where `count` pigeons sit in one hole less: hard to refute."""
    b = Builder()
    holes = count - 1
    sits = [[b.input(f"p[{i}][{j}]") for j in range(holes)] for i in range(count)]
    fine = b.true
    for row in sits:
        some = b.false
        for bit in row:
            some = b.or_(some, bit)
        fine = b.and_(fine, some)
    for hole in range(holes):
        for i, j in itertools.combinations(range(count), 2):
            fine = b.and_(fine, ~b.and_(sits[i][hole], sits[j][hole]))
    b.output("fits", fine)
    return b.graph()


def test_a_budget_that_runs_out_is_none_and_a_proof_is_false() -> None:
    with Solver(pigeons(9)) as solver:
        assert solver.can([int(solver.graph.outputs[0])], conflicts=50) is None
    with Solver(pigeons(5)) as solver:
        assert solver.can([int(solver.graph.outputs[0])]) is False


def test_what_a_solver_gives_up_on_is_neither_equal_nor_different(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every other question gets no answer: what is proved is true, the rest is counted."""
    can = Solver.can

    def some(self: Solver, literals: list[int], *budget: int) -> bool | None:
        return None if sum(literals) >> 1 & 1 else can(self, literals, *budget)

    left, answers = 0, set()
    for seed in range(8):
        graph = random_graph(seed)
        merged = merge(graph, sweep(graph, VALID[:4], THERMOMETER).proved)
        outputs = graph.outputs.copy()
        outputs[seed] ^= 1
        wrong = Graph(graph.input_names, graph.output_names, graph.fan_in, outputs)
        monkeypatch.setattr(Solver, "can", some)
        found, truth = sweep(graph, VALID[:2], THERMOMETER), values(graph, VALID)
        for node, literal in found.proved.items():
            assert np.array_equal(truth[:, node], truth[:, literal >> 1] ^ (literal & 1))
        left += found.undecided
        for other, same in ((merged, True), (wrong, False)):
            answers.add(answer := equal_on(graph, other, VALID[:2], THERMOMETER))
            assert answer in (same, None)
        monkeypatch.setattr(Solver, "can", can)
    assert left
    assert answers == {True, False, None}


def test_a_witness_satisfies_what_was_asked_and_the_care_set() -> None:
    graph = random_graph(5)
    truth = values(graph, VALID)
    with Solver(graph, THERMOMETER) as solver:
        for node in range(graph.first_and, truth.shape[1]):
            answer = solver.can([node << 1])
            assert answer is bool(truth[:, node].any())
            if answer:
                row = solver.witness()
                assert row.tolist() in VALID.tolist()
                assert values(graph, row[None])[0, node] == 1
