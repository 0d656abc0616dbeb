"""The index of the largest of several words, as cells that share logic cells on an iCE40.

Two words are compared by carries alone (`gen.map.carries`), from the lowest bit up: a bit of one,
the complement of the other's, and the carry so far. The LUT beside each carry reads the same two
bits, and chooses the larger word's with them. So a match of a knock-out costs a logic cell for each
bit and one for its result, where LUTs alone take two for each bit. Every word is there in the
polarity in which it is compared next, which the cells that make it give for free.
"""

from typing import NamedTuple

from gen.map.assemble import Assembler, Wire
from gen.map.netlist import TRUE, Netlist

__all__ = ["knock_out"]

MAJORITY = 0b11101000
CHOICE = 0b11100100
"""The second input, or where the first is 1 the third."""


class _Rival(NamedTuple):
    """A word, complemented if it is the earlier one of its next match, and its index's bits."""

    word: list[Wire]
    number: list[Wire]


def knock_out(words: Netlist, name: str, last: bool = False) -> Netlist:
    """The netlist of `name.k`, the index of the largest word; the lowest wins a tie, or the `last`.

    The outputs of `words` are unsigned words of one width, each lowest bit first: `name[i].k`, or
    `name[i]` where the width is 1.
    """
    names = [one for one, _ in words.outputs]
    count = len({one.partition("]")[0] for one in names})
    width, index_bits = len(names) // count, max(1, (count - 1).bit_length())
    assembler = Assembler(words.inputs)
    ends = _copied(assembler, words, [_is_earlier(at // width, count) for at in range(len(names))])
    field = [
        _Rival(ends[at * width : (at + 1) * width], _constant(at, index_bits))
        for at in range(count)
    ]
    while len(field) > 1:
        ahead = []
        for at, pair in enumerate(zip(field[0::2], field[1::2], strict=False)):
            turned = _is_earlier(at, (len(field) + 1) // 2)
            ahead.append(_match(assembler, *pair, turned, last, len(field) > 2))
        field = ahead + field[len(field) & ~1 :]
    outputs = {f"{name}.{k}": bit for k, bit in enumerate(field[0].number)}
    return assembler.finish(outputs, words.k)


def _is_earlier(at: int, count: int) -> bool:
    """Whether the word at this place among so many is the earlier one of its next match."""
    while count > 1 and at == count - 1 and count % 2:
        at, count = at // 2, (count + 1) // 2
    return count > 1 and at % 2 == 0


def _constant(value: int, bits: int) -> list[Wire]:
    return [(TRUE, not value >> k & 1) for k in range(bits)]


def _copied(assembler: Assembler, words: Netlist, turned: list[bool]) -> list[Wire]:
    """The cells of a netlist, and its outputs, those `turned` being complements that a cell of its
    own makes only where both polarities are read."""
    place = Assembler(words.inputs)
    wires: dict[int, Wire] = {at: (at, False) for at in range(TRUE, words.n_inputs)}
    for at, cell in enumerate(words.cells, words.n_inputs):
        wires[at] = place.add([wires[one] for one in cell.fan_in], cell.table)
    outputs = {
        name: (wires[end][0], wires[end][1] != flip)
        for (name, end), flip in zip(words.outputs, turned, strict=True)
    }
    made = place.finish(outputs, words.k)
    wires = {at: (at, False) for at in range(TRUE, words.n_inputs)}
    for at, cell in enumerate(made.cells, words.n_inputs):
        wires[at] = assembler.add([wires[one] for one in cell.fan_in], cell.table)
    return [wires[end] for _, end in made.outputs]


def _match(
    assembler: Assembler, earlier: _Rival, later: _Rival, turned: bool, last: bool, on: bool
) -> _Rival:
    """The larger of two, its word complemented if `turned`; without a word where it is not `on`."""
    bits = [*zip(earlier.word, later.word, strict=True)]
    # Two bits at once, where no LUT beside carries has them to choose from.
    count = 1 if on else min(2, len(bits))
    wins = assembler.add(sum(bits[:count], ()), _beginning(count, last))
    for pair in bits[count:]:
        wins = assembler.add([*pair, wins], MAJORITY)
    table = CHOICE ^ 0xFF if turned else CHOICE
    word = [
        assembler.add([wins, (low, not flip), high], table)
        for (low, flip), high in (bits if on else ())
    ]
    index = [
        assembler.add([wins, low, high], CHOICE)
        for low, high in zip(earlier.number, later.number, strict=True)
    ]
    return _Rival(word, index)


def _beginning(count: int, last: bool) -> int:
    """The table that says whether the later of two words of so many bits wins, of the earlier one's
    complement and the later one, bit by bit."""
    table = 0
    for row in range(1 << 2 * count):
        earlier = sum((~row >> 2 * at & 1) << at for at in range(count))
        later = sum((row >> 2 * at + 1 & 1) << at for at in range(count))
        table |= (later >= earlier if last else later > earlier) << row
    return table
