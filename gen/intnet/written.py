"""Verilog text of sums, choices and look-ups: what the baseline is written with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = [
    "Word",
    "choice",
    "kind_of",
    "knockout",
    "numbers",
    "sum_lines",
    "table_lines",
    "terms_of",
    "width",
]

CHUNK = 12
"""Terms to an expression: Yosys's WebAssembly build overflows its stack on hundreds of terms."""


NESTED = 256
"""Comparisons in one another; with more of them Yosys's parser would overflow its stack."""


@dataclass(frozen=True)
class Word:
    """A Verilog expression for one code, or for a sum (signed); `wire`: declared as it is read."""

    name: str
    bits: int
    signed: bool
    wire: bool = True

    @property
    def binary(self) -> bool:
        return self.bits == 1 and not self.signed

    @property
    def number(self) -> str:
        """The word as a signed number."""
        return f"$signed({self.name})" if self.signed else f"$signed({{1'b0, {self.name}}})"

    @property
    def compared(self) -> str:
        """The word where it is compared with words of its sign."""
        return self.name if self.wire or not self.signed else self.number

    def term(self, weight: int, counted: bool) -> str:
        """One product, with its sign; `counted`: inverted for a negative weight, not subtracted."""
        size = abs(weight)
        if counted:
            factor = self.name if weight > 0 else f"!{self.name}"
            return f"+ {factor}" if size == 1 else f"+ {size} * {factor}"
        sign = "+" if weight > 0 else "-"
        return f"{sign} {self.number}" if size == 1 else f"{sign} {size} * {self.number}"


def width(low: int, high: int) -> int:
    """Bits of two's complement for low..high."""
    return max((~low if low < 0 else low).bit_length(), high.bit_length()) + 1


def kind_of(bits: int, signed: bool) -> str:
    """The declaration of a wire."""
    return f"signed [{bits - 1}:0]" if signed else f"[{bits - 1}:0]"


def numbers(words: Sequence[Word]) -> tuple[list[str], str]:
    """Expressions that compare with each other, and the kind of wire that holds any of them."""
    if not any(word.signed for word in words):
        return [word.name for word in words], kind_of(max(word.bits for word in words), False)
    bits = max(word.bits + (not word.signed) for word in words)
    made = [word.compared if word.signed else word.number for word in words]
    return made, kind_of(bits, True)


def terms_of(words: Sequence[Word], row: Iterable[tuple[int, int]], counted: bool) -> list[str]:
    """A term for each (element, weight)."""
    return [words[element].term(weight, counted) for element, weight in row]


def sum_lines(name: str, kind: str, terms: list[str]) -> list[str]:
    """The declaration of a wire that is the sum of terms, in parts where there are many."""
    parts = [terms[at : at + CHUNK] for at in range(0, len(terms), CHUNK)] or [["+ 0"]]
    if len(parts) == 1:
        return [f"  wire {kind} {name} = {' '.join(parts[0]).removeprefix('+ ')};"]
    lines = []
    for at, part in enumerate(parts):
        lines.append(f"  wire {kind} {name}_{at} = {' '.join(part).removeprefix('+ ')};")
    total = " + ".join(f"{name}_{at}" for at in range(len(parts)))
    return [*lines, f"  wire {kind} {name} = {total};"]


def table_lines(word: Word, table: NDArray[Any], address: Sequence[Word]) -> list[str]:
    """A constant that is shifted by the address, for each bit of the word.

    Three ways were measured with `synth_ice40`, a dozen tables each: of 6 inputs and 2 bits, 155
    LUTs as shifts, 158 as parts of one constant, 158 as a case; of 8 inputs 308, 310, 304.
    """
    if not address:
        kind, code = kind_of(word.bits, word.signed), int(table[0])
        return [f"  wire {kind} {word.name} = {code};"]
    rows = len(table)
    joined = ", ".join(part.name for part in reversed(address))
    made = []
    for place in range(word.bits):
        ones = sum((code >> place & 1) << at for at, code in enumerate(table.tolist()))
        made.append(f"  wire {word.name}_{place} = ({rows}'h{ones:x} >> {{{joined}}}) & 1;")
    bits = ", ".join(f"{word.name}_{place}" for place in reversed(range(word.bits)))
    return [*made, f"  wire {kind_of(word.bits, word.signed)} {word.name} = {{{bits}}};"]


def choice(total: str, first: int, steps: Sequence[tuple[int, int]]) -> str:
    """The expression that is `first`, and from each step's edge on its code: one comparison after
    the other, highest edge first; of many the middle one first, as deep nests are not parsed."""
    if len(steps) <= NESTED:
        value = str(first)
        for edge, code in steps:
            value = f"({total} >= {edge}) ? {code} : ({value})"
        return value
    middle = len(steps) // 2
    edge, code = steps[middle]
    above, below = choice(total, code, steps[middle + 1 :]), choice(total, first, steps[:middle])
    return f"({total} >= {edge}) ? ({above}) : ({below})"


def knockout(
    words: Sequence[Word], prefix: str = "", places: int = 0, last: bool = False
) -> tuple[list[str], str, str]:
    """Lines that find the largest word, its expression, and that of its index in `places` bits.

    The later one of a pair wins only if it is greater; where the `last` of equal ones is wanted,
    also if it is equal.
    """
    values, kind = numbers(words)
    field = [(value, f"{places}'d{at}") for at, value in enumerate(values)]
    lines: list[str] = []
    made = 0
    while len(field) > 1:
        ahead = []
        for (s0, i0), (s1, i1) in zip(field[0::2], field[1::2], strict=False):
            later, best, index = (f"{prefix}{what}_{made}" for what in ("later", "best", "index"))
            lines.append(f"  wire {later} = {s1} {'>=' if last else '>'} {s0};")
            lines.append(f"  wire {kind} {best} = {later} ? {s1} : {s0};")
            if places:
                lines.append(f"  wire [{places - 1}:0] {index} = {later} ? {i1} : {i0};")
            ahead.append((best, index))
            made += 1
        field = ahead + field[len(field) & ~1 :]
    return lines, *field[0]
