"""Functions as few LUTs, looked up row by row wherever they matter."""

import itertools

import numpy as np
import pytest

from gen.map.resynthesis.decompose import decompose
from gen.map.resynthesis.function import Function, Lut, cells_of, luts_of


def looked_up(root: Lut, row: int) -> int:
    """The value of LUTs over signals 0, 1, ... that are the bits of a row."""
    known: dict[object, int] = {}
    for lut in luts_of(root):
        bits = [known[one] if isinstance(one, Lut) else row >> one & 1 for one in lut.fan_in]
        known[lut] = lut.table >> sum(bit << at for at, bit in enumerate(bits)) & 1
    return known[root]


def function_of(values: dict[int, int], size: int) -> Function:
    """A function of signals 0 to size - 1 with these values of rows; others do not matter."""
    on, off = (sum(1 << row for row, one in values.items() if one == bit) for bit in (1, 0))
    return Function(tuple(range(size)), on, off)


def check(values: dict[int, int], size: int, k: int, most: int) -> Lut | None:
    made = decompose(function_of(values, size), k, most)
    if made is not None:
        assert cells_of(made) <= most
        assert all(len(lut.fan_in) <= k for lut in luts_of(made))
        assert {row: looked_up(made, row) for row in values} == values
    return made


@pytest.mark.parametrize("seed", range(20))
def test_random_functions_keep_every_value_that_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, k = int(rng.integers(3, 7)), int(rng.integers(3, 5))
    rows = rng.random(1 << size) < rng.choice([0.2, 0.5, 1.0])
    values = {row: int(rng.integers(2)) for row in np.flatnonzero(rows).tolist()}
    made = check(values, size, k, 30)
    assert made is not None
    fewest = cells_of(made)
    assert check(values, size, k, fewest) is not None
    check(values, size, k, max(0, fewest - 1))


def thermometer(row: int) -> bool:
    """Whether bits 0 to 2 are those of a thermometer code, and bits 3 and 4."""
    bits = [row >> at & 1 for at in range(5)]
    return bits[0] >= bits[1] >= bits[2] and bits[3] >= bits[4]


@pytest.mark.parametrize(
    ("name", "size", "values", "fewest"),
    [
        ("parity", 7, {row: row.bit_count() & 1 for row in range(128)}, 2),
        ("majority of five", 5, {row: int(row.bit_count() > 2) for row in range(32)}, 3),
        ("choice of four", 6, {row: row >> 2 + (row & 3) & 1 for row in range(64)}, 2),
        ("constant", 6, dict.fromkeys(range(64), 1), 0),
        ("wire", 6, {row: row >> 4 & 1 for row in range(64)}, 0),
        ("one row", 6, {37: 1}, 0),
        ("middle bits", 5, {r: r >> 1 & 1 ^ r >> 4 for r in range(32) if thermometer(r)}, 1),
        ("eight", 8, {row: int(row & 15 > row >> 4) ^ (row & 1) for row in range(256)}, 4),
    ],
)
def test_what_is_known_of_functions(
    name: str, size: int, values: dict[int, int], fewest: int
) -> None:
    made = check(values, size, 4, 12)
    assert made is not None
    assert cells_of(made) <= fewest, name


def test_rows_that_do_not_matter_save_cells() -> None:
    """Of three thermometer bits and three others, random values: three LUTs of four inputs."""
    rng = np.random.default_rng(5)
    every = {row: int(rng.integers(2)) for row in range(64)}
    valid = {row: one for row, one in every.items() if thermometer(row & 7 | 24)}
    whole, part = check(every, 6, 4, 12), check(valid, 6, 4, 12)
    assert whole is not None
    assert part is not None
    assert cells_of(part) == 3 < cells_of(whole)


def test_too_many_signals_or_too_few_luts() -> None:
    parity = {row: row.bit_count() & 1 for row in range(512)}
    assert decompose(function_of(parity, 9), 4, 9) is None
    rng = np.random.default_rng(0)
    wild = {row: int(rng.integers(2)) for row in range(64)}
    assert decompose(function_of(wild, 6), 4, 2) is None
    assert decompose(function_of({3: 1, 0: 0}, 2), 4, 0) is not None  # A wire takes no cell.


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_cofactors_and_signals_left_out(size: int) -> None:
    rng = np.random.default_rng(size)
    values = {row: int(rng.integers(2)) for row in range(1 << size) if rng.random() < 0.6}
    function = function_of(values, size)
    for at, bit in itertools.product(range(size), (0, 1)):
        part = function.cofactor(at, bit)
        assert part.signals == (*range(at), *range(at + 1, size))
        kept = {row: one for row, one in values.items() if row >> at & 1 == bit}
        low = (1 << at) - 1
        wanted = {row & low | row >> at + 1 << at: one for row, one in kept.items()}
        given = function_of(wanted, size - 1)
        assert (part.on, part.off) == (given.on, given.off)
    narrow = function.narrowed()
    assert {*narrow.signals} <= {*range(size)}
    for row, one in values.items():
        at = sum((row >> int(s) & 1) << k for k, s in enumerate(narrow.signals))  # type: ignore[call-overload]
        assert (narrow.on >> at & 1, narrow.off >> at & 1) == (one, 1 - one)
