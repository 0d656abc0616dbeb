"""Whether two or three of a few bits are set, in the fewest LUT4 known.

Three: a state of two bits, the count up to 3, takes in two bits with two LUTs, and its last LUT two
more: n - 3 LUTs for n bits. A SAT solver found how the last two LUTs take in three, and that 5, 6,
7 and 8 bits need no fewer than 3, 3, 4 and 5 LUTs. Two: circuits that it found, of which those of 5
to 8 bits are the smallest too (exact synthesis after Knuth, "The Art of Computer Programming",
volume 4A, 7.1.2, and Kojevnikov, Kulikov, Yaroslavtsev, "Finding efficient circuits using
SAT-solvers", 2009).
"""

from collections.abc import Callable, Sequence

from gen.logic.graph import Builder, GraphError, Signal
from gen.logic.words import truth_table

__all__ = ["has_few", "reaches_few"]

LONGEST = 12
"""Above, a running count (`gen.logic.count`) is hardly larger, and can be shared."""

# Cells of circuits for two of n bits: inputs (0 to n - 1 are the bits, then cells), truth table.
TWO: dict[int, tuple[tuple[tuple[int, ...], int], ...]] = {
    7: (((0, 1, 2, 3), 0xFEBE), ((0, 1, 2, 4), 0x4156), ((3, 5, 6, 8), 0xFEE8),
        ((1, 7, 8, 9), 0xFF2C)),
    8: (((0, 1, 2, 3), 0xFEC6), ((2, 3, 4, 5), 0xC19E), ((6, 7, 8, 9), 0xF1E8),
        ((0, 8, 9, 10), 0xEFF2), ((4, 5, 9, 11), 0xFF8E)),
    9: (((0, 1, 2, 3), 0xFEE8), ((0, 1, 2, 3), 0xFFFE), ((4, 5, 6, 7), 0xFEEA),
        ((5, 6, 7, 9), 0x17FE), ((8, 10, 11, 12), 0xFEE8)),
}  # fmt: skip

# The last two cells of three of n: of three bits and the state's low bit; of the last two bits,
# the state's high bit and the first cell.
LAST = 0xD7BE, 0xF8E6


def has_few(size: int, bound: int) -> bool:
    """Whether there is a circuit for at least `bound` of `size` bits, or its mirror image."""
    wanted = min(bound, size + 1 - bound)
    if wanted < 1 or size > LONGEST:
        return False
    return size <= 4 or wanted in (1, 3) or (wanted == 2 and (size < 7 or size in TWO))


def reaches_few(b: Builder, bits: Sequence[Signal], bound: int) -> Signal:
    """Whether at least `bound` of the bits are set; `has_few` says where there is a circuit."""
    size = len(bits)
    if not has_few(size, bound):
        raise GraphError(f"there is no circuit for {bound} of {size} bits")
    if 2 * bound > size + 1:
        return ~reaches_few(b, [~bit for bit in bits], size + 1 - bound)
    if bound == 1:
        return ~_all(b, [~bit for bit in bits])
    if bound == 2 and size in TWO:
        signals = list(bits)
        for pins, table in TWO[size]:
            signals.append(truth_table(b, table, [signals[pin] for pin in pins]))
        return signals[-1]
    return _by_state(b, list(bits), bound)


def _all(b: Builder, bits: Sequence[Signal]) -> Signal:
    found = b.true
    for bit in bits:
        found = b.and_(found, bit)
    return found


def _by_state(b: Builder, bits: list[Signal], bound: int) -> Signal:
    """The state is the count, up to 3, as two bits."""
    first, rest = bits[:4], bits[4:]
    low = _tabled(b, first, lambda row: min(3, sum(row)) & 1)
    high = _tabled(b, first, lambda row: min(3, sum(row)) >> 1)
    if not rest:
        return _tabled(b, first, lambda row: sum(row) >= bound)
    while len(rest) > 3:
        added, rest = rest[:2], rest[2:]
        known = [low, high, *added]
        low = _tabled(b, known, lambda row: min(3, _total(row)) & 1)
        high = _tabled(b, known, lambda row: min(3, _total(row)) >> 1)
    if len(rest) == 3:
        if bound != 3:
            raise GraphError(f"the last cells are for 3 bits at least, not for {bound}")
        middle = truth_table(b, LAST[0], [*rest, low])
        return truth_table(b, LAST[1], [*rest[1:], high, middle])
    return _tabled(b, [low, high, *rest], lambda row: _total(row) >= bound)


def _total(row: Sequence[int]) -> int:
    low, high, *bits = row
    return low + 2 * high + sum(bits)


def _tabled(b: Builder, bits: Sequence[Signal], function: Callable[[list[int]], int]) -> Signal:
    """A LUT of a function given on lists of bits."""
    rows = range(1 << len(bits))
    table = sum(int(function([row >> at & 1 for at in range(len(bits))])) << row for row in rows)
    return truth_table(b, table, bits)
