"""BLIF as it is given to Yosys: without comments and continued lines, each table looked at.

After Berkeley's "Logic Interchange Format (BLIF)" (1992). A `.model` and an `.end` may be missing
there, delays and loads say nothing about the logic, and a table lists where it is 1, or where 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gen.imports.errors import ImportRefused

__all__ = ["cleaned_blif"]

KNOWN = {"inputs", "outputs", "names", "subckt", "gate", "conn", "param", "barbuf", "end", "model"}
DROPPED = {
    *("attr", "cname", "area", "delay", "wire_load_slope", "wire", "input_arrival"),
    *("default_input_arrival", "output_required", "default_output_required", "input_drive"),
    *("default_input_drive", "output_load", "default_output_load", "max_input_load"),
    *("default_max_input_load", "input_required", "default_input_required", "no_merge"),
}
REFUSED = {
    "latch": "it holds a state; take the network out of its registers",
    "mlatch": "it holds a state; take the network out of its registers",
    "clock": "it is for registers; take the network out of them",
    "search": "it names another file; put all models into one",
    "exdc": "don't-cares are not read; write what the network answers",
    "blackbox": "it has no logic; give the model of what is in it",
}


@dataclass
class _Table:
    """A `.names` whose rows come: its output, how many inputs, and what its rows say."""

    name: str
    inputs: int
    value: str = ""

    def wrong(self, words: Sequence[str]) -> str:
        """What is wrong with a row; "" where it is one."""
        cube, value = ("", words[0]) if len(words) == 1 else words[:2]
        if len(words) > 2 or len(cube) != self.inputs or not {*cube} <= {*"01-"}:
            places = f"{self.inputs} of 0, 1 and -, then " if self.inputs else ""
            return f"`{' '.join(words)[:60]}` is no row of it; {places}0 or 1 is expected"
        if value not in ("0", "1"):
            return f"it gives {value[:20]!r}; 0 or 1 is expected"
        if self.value not in ("", value):
            return "rows of 0 and of 1 are mixed; list one of them, the others are what is left"
        self.value = value
        return ""


def cleaned_blif(text: str) -> str:
    """The text that Yosys reads. Raises ImportRefused, with the line, for what it does not hold."""
    made: list[str] = []
    inside, table = False, None
    for at, words in _lines(text):
        word = words[0][1:]
        if words[0][0] != ".":
            wrong = table.wrong(words) if table else "a row of no table; .names comes before it"
            if wrong:
                where = f".names {table.name}: " if table else ""
                raise ImportRefused(f"line {at}: {where}{wrong}")
        elif word in REFUSED:
            raise ImportRefused(f"line {at}: .{word}: {REFUSED[word]}")
        elif word in DROPPED:
            continue
        elif word not in KNOWN or (word == "names" and len(words) == 1):
            raise ImportRefused(f"line {at}: .{word}: not read; .names and .subckt are")
        else:
            made += [".end"] * (inside and word == "model")
            made += [".model net"] * (not inside and word not in ("model", "end"))
            inside = word != "end"
            table = _Table(words[-1], len(words) - 2) if word == "names" else None
        made.append(" ".join(words))
    return "\n".join([*made, *[".end"] * inside, ""])


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that has some, and its number; one that ends with a backslash goes on
    in the next."""
    held: list[str] = []
    first = 0
    for at, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].rstrip()
        goes_on = words.endswith("\\")
        first = first if held else at
        held += words.removesuffix("\\").split()
        if held and not goes_on:
            yield first, held
            held = []
    if held:
        yield first, held
