"""Designs on a serial line in lanes: one that says what it hears, later, and one that does not."""

import numpy as np

from boards.bits.lanes import Line, heard, run_lanes, step_graph
from gen.proof.machine import Machine, Register


def echo(delay: int) -> Machine:
    """tx is rx some cycles ago; the line is idle at first."""
    machine = Machine({"clk": "c", "rx": "rx"}, {"tx": f"q{delay - 1}"}, clock="clk")
    for at in range(delay):
        machine.hold(f"q{at}", Register(f"q{at - 1}" if at else "rx", 1))
    return machine


def test_every_lane_hears_its_own_bytes() -> None:
    rng = np.random.default_rng(0)
    # More lanes than bits in a word, requests of different lengths, two in each lane.
    requests = [[rng.bytes(int(rng.integers(1, 5))) for _ in range(2)] for _ in range(70)]
    line = Line(requests, 5, 7, 3)
    sent = list(run_lanes(*step_graph(echo(4), "rx", "tx"), line))
    assert len(sent) == 7 + 5 * 2 * (10 * 4 + 3)
    assert heard(sent, line) == [b"".join(lane) for lane in requests]


def test_a_silent_line() -> None:
    machine = echo(1)
    machine.outputs["tx"] = "1"
    line = Line([[b"\x55"]], 4, 3, 2)
    assert heard(list(run_lanes(*step_graph(machine, "rx", "tx"), line)), line) == [b""]
