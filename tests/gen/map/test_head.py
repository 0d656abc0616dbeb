"""The index of the largest word by carries: what it says, by numpy, and what it costs."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.size.area import combinational
from boards.measured.measure import measure_core
from gen.files import write_text
from gen.logic.evaluate import evaluate
from gen.map.carries import carries, logic_luts
from gen.map.head import knock_out
from gen.map.netlist import FALSE, TRUE, Cell, Netlist
from tests.gen.map.netlists import random_words

INPUTS = 8


def chosen(netlist: Netlist) -> list[int]:
    """The index that a netlist gives for every input."""
    rows = (np.arange(1 << INPUTS)[:, None] >> np.arange(INPUTS) & 1).astype(np.uint8)
    bits = evaluate(netlist.to_graph(), rows).astype(int)
    return (bits @ (1 << np.arange(bits.shape[1]))).tolist()


def values(words: Netlist, count: int) -> np.ndarray:
    rows = (np.arange(1 << INPUTS)[:, None] >> np.arange(INPUTS) & 1).astype(np.uint8)
    bits = evaluate(words.to_graph(), rows).astype(int).reshape(len(rows), count, -1)
    return bits @ (1 << np.arange(bits.shape[2]))


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    ("count", "width"), [(2, 1), (2, 4), (3, 2), (4, 3), (5, 1), (6, 3), (7, 2), (10, 5), (11, 2)]
)
def test_largest_word_of_any(count: int, width: int, last: bool) -> None:
    words = random_words(count, width, INPUTS, seed=count)
    made = knock_out(words, "class", last)
    assert [name for name, _ in made.outputs] == [
        f"class.{k}" for k in range((count - 1).bit_length())
    ]
    found = values(words, count)
    wanted = count - 1 - found[:, ::-1].argmax(axis=1) if last else found.argmax(axis=1)
    assert chosen(made) == wanted.tolist()


def test_words_that_are_constant_inputs_or_one_signal() -> None:
    ends = [0, FALSE, 1, TRUE, INPUTS, INPUTS, TRUE, INPUTS]
    names = [f"class[{at}].{k}" for at in range(4) for k in range(2)]
    inputs = tuple(f"x[{at}]" for at in range(INPUTS))
    cells = (Cell(0b0110, (2, 3)),)
    words = Netlist(inputs, tuple(zip(names, ends, strict=True)), cells)
    assert chosen(knock_out(words, "class")) == values(words, 4).argmax(axis=1).tolist()


@pytest.mark.parametrize(("count", "width", "index"), [(3, 3, 1), (4, 5, 1), (10, 6, 7)])
def test_a_match_takes_a_cell_for_each_bit_and_one(count: int, width: int, index: int) -> None:
    """Of all but the last, which has no word to pass on and two bits in its first LUT."""
    words = random_words(count, width, 12, seed=1)
    made = knock_out(words, "class")
    assert len(carries(made)) == (count - 2) * (width - 1)
    matches = (count - 2) * (width + 1) + width - 1
    assert logic_luts(made) == len(words.cells) + matches + index


def test_nextpnr_packs_carries_beside_luts(tmp_path: Path) -> None:
    """All but the two cells of constants; without hosts each carry would take a cell."""
    made = knock_out(random_words(5, 4, 12, seed=1), "class")
    write_text(tmp_path / "logic.v", combinational(made))
    found = measure_core(tmp_path / "logic.v", "logic", tmp_path)
    assert (found["lut4"], found["carry"]) == (logic_luts(made), 9)
    assert found["lc"] <= logic_luts(made) + 2
