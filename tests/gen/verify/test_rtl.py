"""core.v with something changed by hand: its ports, registers, y_valid, reset, description."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil

from gen.files import read_json, write_json
from gen.hdl import Core, write_core
from gen.map.description import state_identifiers
from gen.map.netlist import Cell, Netlist
from gen.proof.chain import FAILED, PROVED, Found
from gen.verify.rtl import check_rtl, compare_core, described, files
from tests.gen.verify.degenerate import DEGENERATE

ANSWERS = (("class.0", 4), ("score[0].0", 6), ("score[0].1", 2))
STATES = (("h.next[0]", 5), ("g.next[0]", 0))
NETLIST = Netlist(
    ("x[0]", "reset", "h[0]", "g[0]"),
    (*ANSWERS, *STATES),
    (
        Cell(0b1000, (2, 0), "layer1[0]", "layer1"),
        Cell(0b0110, (3, 0)),
        Cell(0b0001, (4, 5), stage=1),
    ),
    latency=3,
    registers=(("h[0]", "h.next[0]", 1), ("g[0]", "g.next[0]", 0)),
)
"""An answer three cycles later, of two states; x[0] and the states are read, "reset" is not."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("rtl") / "build", NETLIST)


@pytest.fixture
def build(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "build"))


def written(folder: Path, netlist: Netlist, family: str = "plain") -> Path:
    folder.mkdir()
    netlist.write(folder / "mapped.json", proof="proved")
    write_core(folder / "mapped.json", folder, family, "tiny")
    return folder


def compared(build: Path) -> Found:
    live = read_json(build / "core.json")["live_inputs"]
    return compare_core(build / "core.v", NETLIST, live)


def changed(build: Path, old: str, new: str) -> Found:
    """The comparison with core.v after a text in it, found once, was replaced by another."""
    path = build / "core.v"
    text, count = re.subn(old, new, path.read_text())
    assert count == 1, path.read_text()
    path.write_text(text)
    return compared(build)


def test_an_untouched_core_holds(made: Path) -> None:
    link = check_rtl(made, made / "core.json")
    assert [(check.verdict, check.fault) for check in link.checks] == [(PROVED, "")] * 3
    names = files(made, made / "core.json")
    assert [Path(name).name for name in names] == ["mapped.json", "core.v", "core.il", "core.json"]


SHIFT = r"\{ valid\[1:0\], x_valid \}"
STEPPED = {
    "a register takes another value": (r"\? x\[0\] : g_0", "? ~x[0] : g_0", "g.next"),
    "a state steps without x_valid": (r"2_CMP  = x_valid;", "2_CMP  = 1'h1;", "g.next"),
    "another steps without x_valid": (r"4_CMP  = x_valid;", "4_CMP  = 1'h1;", "h.next"),
    "a state is reset": (r"2_CMP  \? x\[0\] : g_0", "2_CMP & ~rst ? x[0] : g_0", "g.next"),
    "an answer is another": (r"assign n1 = x\[0\] \^ g_0;", "assign n1 = x[0] | g_0;", "score"),
    "an answer is early": (r"n2_s3 <= n2_s2;", "n2_s3 <= n2;", "score[0].0"),
    "an answer is reset": (r"n2_s3 <= n2_s2;", "n2_s3 <= n2_s2 & ~rst;", "score[0].0"),
    "y_valid is early": (r"y_valid = valid\[2\];", "y_valid = valid[1];", "y_valid"),
    "y_valid is always": (r"y_valid = valid\[2\];", "y_valid = 1'h1;", "y_valid"),
    "reset is not there": (r"3'h0 : \{", r"{ valid[1:0], x_valid } : {", "y_valid"),
    "reset works in the first cycle alone": (
        r"\S+CMP  \? 3'h0 : " + SHIFT,
        "{ valid[1:0], x_valid & ~rst }",
        "y_valid",
    ),
    "reset works in the last cycles alone": (
        r"3'h0 : " + SHIFT, "{ 2'h0, x_valid } : { valid[1:0], x_valid }", "y_valid",
    ),
    **{
        f"an answer {3 - bit} cycles after power-up": (
            r"valid = 3'h0;", f"valid = 3'h{1 << bit};", f"y_valid in cycle {2 - bit} from power-up"
        )
        for bit in range(3)
    },
}  # fmt: skip


@pytest.mark.parametrize("what", STEPPED)
def test_what_is_changed_in_the_text_is_found(build: Path, what: str) -> None:
    old, new, fault = STEPPED[what]
    check = changed(build, old, new)
    assert check.verdict == FAILED
    assert check.fault.startswith(fault)


def test_what_a_state_powers_up_with_does_not_matter(build: Path) -> None:
    """The step with "reset" comes first, whatever they hold."""
    assert changed(build, r"reg h_0 = 1'h0;", "reg h_0 = 1'h1;").verdict == PROVED


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({r"\[2:0\] y;": "[3:0] y;", r"y = \{": "y = { 1'h0,"}, "y[3] is in one of them only"),
        ({r"\[2:0\] y;": "[1:0] y;"}, "y[2] is in one of them only"),
        ({r"\[1:0\] x;": "[2:0] x;"}, "x[2] is in one of them only"),
        ({r"\(x_valid, clk": "(z, x_valid, clk", r"input x_valid;": "input x_valid, z;"}, "z is"),
        ({r"input rst;": "input rst_;", r"rst, y, ": "rst_, y, "}, "rst is in one of them only"),
    ],
)
def test_ports_wrong(build: Path, changes: dict[str, str], fault: str) -> None:
    path = build / "core.v"
    head, end, rest = path.read_text().partition("endmodule\n")
    for old, new in changes.items():
        head, count = re.subn(old, new, head)
        assert count
    path.write_text(head + end + rest)
    check = compared(build)
    assert check.verdict == FAILED
    assert "core.v has " in check.fault
    assert fault in check.fault


def test_another_core_il_is_found(build: Path) -> None:
    path = build / "core.il"
    text = path.read_text()
    lines = [line for line in text.splitlines() if "connect \\A \\x [0]" in line]
    assert lines
    path.write_text(text.replace(lines[0], lines[0].replace("[0]", "[1]"), 1))
    link = check_rtl(build, build / "core.json")
    assert [check.verdict for check in link.checks] == [PROVED, PROVED, FAILED]


def test_every_entry_of_the_description(build: Path) -> None:
    good = read_json(build / "core.json")
    others = {"family": "none", "recipe": "other"}
    for key, value in good.items():
        if key in ("format", *others):
            continue
        found = described(build / "mapped.json", NETLIST, good | {key: another(value)})
        assert found.verdict == FAILED, key
        assert f"'{key}' is " in found.fault
    more, fewer = good | {"extra": [0]}, {key: good[key] for key in good if key != "live_inputs"}
    for value, fault in ((more, "'extra' is unknown"), (fewer, "'live_inputs' is missing")):
        assert fault in described(build / "mapped.json", NETLIST, value).fault
    assert described(build / "mapped.json", NETLIST, good | others).verdict == FAILED
    assert described(build / "mapped.json", NETLIST, good | {"recipe": "other"}).verdict == PROVED


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return value[:-1]
    return 0 if value is None else f"{value}0"


def test_an_input_that_is_not_sent_must_not_matter(build: Path) -> None:
    """Inputs that the gateware leaves at 0: x[0] is read, "reset" here is not."""
    good = read_json(build / "core.json")
    assert good["live_inputs"] == [0]
    for live, verdict in (([], FAILED), ([1], FAILED), ([0], PROVED), ([0, 1], PROVED)):
        write_json(build / "core.json", good | {"live_inputs": live})
        assert compared(build).verdict == verdict


@pytest.mark.parametrize("what", DEGENERATE)
def test_what_is_hardly_a_netlist_is_proved(tmp_path: Path, what: str) -> None:
    path, netlist = tmp_path / "core.il", DEGENERATE[what]
    path.write_text(rtlil.convert(Core(netlist, "ice40"), name="core", emit_src=False))
    found = compare_core(path, netlist)
    assert (found.verdict, found.fault) == (PROVED, "")


def test_states_have_registers_of_their_own() -> None:
    names = state_identifiers(DEGENERATE["states that read alike"])
    assert names == ["a_b_0", "a_b_0_"]
    every = [one for netlist in DEGENERATE.values() for one in state_identifiers(netlist)]
    assert not {"clk", "rst", "x", "x_valid", "y", "y_valid", "valid"} & set(every)
