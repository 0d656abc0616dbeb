"""The wrapper proved to be a queue, and found out where it is none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.ip.axis import axis_verilog, beat_bits
from gen.ip.queue import prove_queue
from gen.map.netlist import Netlist
from gen.proof.chain import FAILED, PROVED, Found
from tests.gen.map.netlists import random_netlist


def netlist(latency: int, inputs: int = 7, outputs: int = 5) -> Netlist:
    made = random_netlist(np.random.default_rng(1), inputs, 20, outputs)
    return replace(made, latency=latency)


def proved(folder: Path, mapped: Netlist, text: str) -> Found:
    (folder / "panel_axis.v").write_text(text)
    return prove_queue(folder / "panel_axis.v", mapped, "panel")


@pytest.mark.parametrize("latency", [1, 2, 3, 6])
def test_the_wrapper_is_a_queue(tmp_path: Path, latency: int) -> None:
    mapped = netlist(latency)
    assert proved(tmp_path, mapped, axis_verilog(mapped, "panel", "test")).verdict == PROVED


@pytest.mark.parametrize(("inputs", "outputs"), [(8, 8), (1, 1), (9, 16)])
def test_whole_bytes_and_single_bits(tmp_path: Path, inputs: int, outputs: int) -> None:
    mapped = netlist(1, inputs, outputs)
    assert proved(tmp_path, mapped, axis_verilog(mapped, "panel", "test")).verdict == PROVED


# What is changed in the text, and what the proof then says is broken.
FAULTS = {
    "one beat too many": ("outstanding != 4", "outstanding != 5"),
    "one beat too few": ("outstanding != 4", "outstanding != 3"),
    "taken in a reset": ("aresetn & (outstanding", "(outstanding"),
    "no end of the places": ("(head == 3) ? 0 : head + 1'b1", "head + 1'b1 + (head == 1)"),
    "nothing kept": ("if (y_valid) store[tail]", "if (y_valid & give) store[tail]"),
    "always kept": ("if (y_valid) store[tail]", "store[tail]"),
    "another first": ("= store[head]", "= store[tail]"),
    "tlast at once": ("<= {last[1], y}", "<= {last[0], y}"),
    "tlast of another kind": ("take & s_axis_tlast}", "take & ~s_axis_tlast}"),
    "no tlast": ("take & s_axis_tlast}", "1'b0}"),
    "bits exchanged": (".y(y)", ".y({y[0], y[4:1]})"),
    "inputs exchanged": (".x(s_axis_tdata[6:0])", ".x(s_axis_tdata[7:1])"),
    "high bits set": ("{3'b0, given[4:0]}", "{3'b1, given[4:0]}"),
    "taken back": ("m_axis_tvalid = count != 0", "m_axis_tvalid = count != 0 & ~y_valid"),
    "never given": ("m_axis_tvalid = count != 0", "m_axis_tvalid = count > 1"),
    "counted twice": ("if (take & !give) outs", "if (take) outs"),
    "valid always": (".x_valid(take)", ".x_valid(s_axis_tvalid)"),
    "no reset of the core": (".rst(~aresetn)", ".rst(1'b0)"),
    "starts in the middle": ("head = 0, tail = 0", "head = 1, tail = 0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(tmp_path: Path, fault: str) -> None:
    mapped = netlist(2)
    text = axis_verilog(mapped, "panel", "test")
    before, after = FAULTS[fault]
    assert text.count(before) == 1
    found = proved(tmp_path, mapped, text.replace(before, after))
    assert found.verdict == FAILED, found


def test_whole_bytes() -> None:
    assert [beat_bits(bits) for bits in (1, 8, 9, 16, 17, 180)] == [8, 8, 16, 16, 24, 184]
