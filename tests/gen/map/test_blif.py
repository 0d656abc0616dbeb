"""BLIF in every form that ABC writes, and what it may never be."""

import numpy as np
import pytest

from gen.map.blif import parse_blif
from gen.map.netlist import FALSE, TRUE, NetlistError
from tests.gen.map.netlists import blif_text, netlist_tables, random_netlist

HEAD = ".model m\n.inputs a b c\n.outputs y\n"
INPUTS = ["x[0]", "x[1]", "x[2]"]


def table(body: str) -> int:
    """The truth table of y, over a, b, c."""
    return netlist_tables(parse_blif(HEAD + body + ".end\n", INPUTS, ["out"]))["out"]


COVERS = {
    ".names a b y\n11 1\n": 0b10001000,
    ".names a b c y\n1-- 1\n-11 1\n": 0b11101010,
    ".names a b y\n11 0\n": 0b01110111,
    ".names a b y\n1- 0\n-1 0\n": 0b00010001,
    ".names a b c y\n000 0\n111 0\n": 0b01111110,
    ".names b a y\n10 1\n": 0b01000100,
    ".names a y\n1 1\n": 0b10101010,
    ".names a y\n0 1\n": 0b01010101,
    ".names a y\n1 0\n": 0b01010101,
    ".names y\n1\n": 0xFF,
    ".names y\n": 0x00,
    ".names y\n0\n": 0x00,
    ".names a b y\n": 0x00,
    ".names a b y\n-- 1\n": 0xFF,
    ".names a b y\n1- 0\n0- 0\n": 0x00,
    ".names a b y\n1- 0\n0- 0\n-1 0\n": 0x00,
    "# a comment\n.names a \\\nb y\n11 1\n": 0b10001000,
    ".names t y\n0 1\n.names a b t\n11 1\n": 0b01110111,
    ".names t u y\n11 1\n.names a u\n0 1\n.names u b t\n01 1\n": 0b00000000,
    ".names a a y\n10 1\n": 0x00,
}


@pytest.mark.parametrize("body", COVERS)
def test_a_cover_is_its_truth_table(body: str) -> None:
    assert table(body) == COVERS[body]


def test_outputs_that_are_inputs_or_equal() -> None:
    text = ".model m\n.inputs a b\n.outputs a n\n.names a n\n0 1\n.end\n"
    netlist = parse_blif(text, ["p", "q"], ["same", "not"])
    assert netlist_tables(netlist) == {"same": 0b1010, "not": 0b0101}


def test_names_go_by_position_only() -> None:
    text = ".model m\n.inputs pi0 \\\n pi1\n.outputs po0\n.names pi1 pi0 po0\n10 1\n.end\n"
    netlist = parse_blif(text, ["x[0]", "x[1]"], ["class.0"])
    assert netlist.inputs == ("x[0]", "x[1]")
    assert netlist_tables(netlist) == {"class.0": 0b0100}


@pytest.mark.parametrize("seed", range(25))
def test_printed_and_parsed_the_function_is_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    netlist = random_netlist(rng, inputs=5, cells=int(rng.integers(0, 20)), k=4)
    names = [name for name, _ in netlist.outputs]
    back = parse_blif(blif_text(netlist), netlist.inputs, names, netlist.k)
    assert netlist_tables(back) == netlist_tables(netlist)
    assert len(back.cells) <= len(netlist.cells) + len(netlist.outputs)


def test_constants_are_printed() -> None:
    netlist = parse_blif(HEAD + ".names y\n1\n.end\n", INPUTS, ["out"])
    assert netlist.outputs == (("out", TRUE),)
    again = parse_blif(blif_text(netlist), INPUTS, ["out"])
    assert again.outputs == (("out", TRUE),)
    zero = parse_blif(HEAD + ".names y\n.end\n", INPUTS, ["out"])
    assert parse_blif(blif_text(zero), INPUTS, ["out"]).outputs == (("out", FALSE),)


def test_another_number_of_inputs_or_outputs_wrong() -> None:
    with pytest.raises(NetlistError) as caught:
        parse_blif(HEAD + ".names y\n.end\n", ["p"], ["out"])
    assert str(caught.value) == "BLIF with 3 inputs and 1 outputs, expected 1 and 1"


@pytest.mark.parametrize("body", [
    ".names y y\n1 1\n", ".names t y\n1 1\n.names y t\n1 1\n",
    ".names a y\n1 1\n.names p q\n1 1\n.names q r\n1 1\n.names r p\n1 1\n",
])  # fmt: skip
def test_a_cycle_wrong(body: str) -> None:
    with pytest.raises(NetlistError, match="^BLIF with a combinational cycle: .* -> "):
        table(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        ".names a unknown y\n11 1\n",
        ".names a b y\n1\n",
        ".names a b y\n111 1\n",
        ".names a b y\n1 1\n",
        ".names a b y\n1x 1\n",
        ".names a b y\n11 2\n",
        ".names a b y\n11 1\n.names a b y\n00 1\n",
        ".latch a y\n",
        ".names a b y\n11 1\n.latch y t\n",
        ".gate and2 A=a B=b Y=y\n",
        ".subckt and2 A=a B=b Y=y\n",
    ],
)
def test_what_is_not_a_combinational_netlist_wrong(body: str) -> None:
    with pytest.raises(NetlistError):
        table(body)
