"""Triples in two or more columns, against plain enumeration."""

from itertools import combinations

import numpy as np
import pytest

from gen.melt.rules import triples
from gen.melt.rules.triples import Place, Repeated, Row, Triple, repeated_triples


def random_rows(seed: int, nodes: int = 12, rows: int = 7, most: int = 8) -> dict[Place, Row]:
    """Rows of random bits in random order, empty ones among them."""
    rng = np.random.default_rng(seed)
    made = {}
    for at in range(rows):
        chosen = rng.permutation(nodes)[: rng.integers(0, most + 1)]
        made[at, int(rng.integers(3))] = {100 * int(n): int(rng.integers(2)) for n in chosen}
    return made


def enumerated(rows: dict[Place, Row]) -> dict[Triple, list[Place]]:
    found: dict[Triple, list[Place]] = {}
    for place, row in rows.items():
        for nodes in combinations(sorted(row), 3):
            turned = [row[node] != row[nodes[0]] for node in nodes]
            a, b, c = (2 * node + int(turn) for node, turn in zip(nodes, turned, strict=True))
            found.setdefault((a, b, c), []).append(place)
    return {triple: places for triple, places in found.items() if len(places) > 1}


def listed(found: Repeated) -> dict[Triple, list[Place]]:
    return {
        found.triples[at]: [found.rows[use] for use in found.places(at)]
        for at in range(len(found.counts))
    }


@pytest.mark.parametrize("seed", range(20))
def test_all_repeated_triples_are_found(seed: int) -> None:
    rows = random_rows(seed)
    found = repeated_triples(rows)
    assert found.all
    assert listed(found) == enumerated(rows)
    assert list(listed(found)) == sorted(enumerated(rows))
    assert found.counts == [len(places) for places in listed(found).values()]


@pytest.mark.parametrize("seed", range(10))
def test_only_those_with_a_fresh_bit(seed: int) -> None:
    rows, fresh = random_rows(seed), {0, 300, 500, 12345}
    wanted = {
        triple: places
        for triple, places in enumerated(rows).items()
        if fresh & {literal // 2 for literal in triple}
    }
    assert listed(repeated_triples(rows, fresh)) == wanted
    assert listed(repeated_triples(rows, set())) == {}


@pytest.mark.parametrize("seed", range(10))
def test_over_the_budget_some_are_found_and_none_is_wrong(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = random_rows(seed, 30, 12, 20)
    monkeypatch.setattr(triples, "FEWEST", 300)
    monkeypatch.setattr(triples, "PER_BIT", 0)
    found = repeated_triples(rows, set())
    assert not found.all
    assert found.counts
    wanted = enumerated(rows)
    for triple, places in listed(found).items():
        assert set(places) <= set(wanted[triple])
        assert len(places) > 1


def test_rows_cut_into_blocks_by_the_rows_of_their_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two long rows of 8 + 8 bits; the halves lie in other columns, interleaved by number."""
    even, odd = range(0, 16, 2), range(1, 16, 2)
    rows: dict[Place, Row] = {
        (0, 0): dict.fromkeys([*even, *odd], 0),
        (1, 0): dict.fromkeys(even, 0),
        (2, 0): dict.fromkeys(odd, 1),
    }
    monkeypatch.setattr(triples, "FEWEST", 4 * 56)
    monkeypatch.setattr(triples, "PER_BIT", 0)
    found = repeated_triples(rows)
    assert not found.all
    # Every triple that repeats lies within a half, and 16 choose 3 = 560 were over the budget.
    assert listed(found) == enumerated(rows)
    assert len(enumerated(rows)) == 2 * 56


def test_nothing_to_list() -> None:
    assert listed(repeated_triples({})) == {}
    assert listed(repeated_triples({(0, 0): {}, (0, 1): {1: 0, 2: 0, 3: 0}})) == {}


def test_more_nodes_than_fit_a_number_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triples, "ID_BITS", 3)
    rows: dict[Place, Row] = {(at, 0): dict.fromkeys(range(12), 0) for at in range(2)}
    assert {max(triple) for triple in listed(repeated_triples(rows))} == {4, 6, 8, 10, 12, 14}
