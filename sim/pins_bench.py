"""The cocotb bench for a board's whole design, as a netlist or as read back from a bitstream.

The clock and the serial line are the board's pins; nothing resets the design but its own circuit
for that, after power-up.
"""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles

from sim.job import Mismatch, read_job, write_answer
from sim.top_bench import Host

POWER_UP = 2_000
"""Cycles until the reset after power-up is over: 15 us at any board's clock are fewer."""


@cocotb.test()
async def every_vector(dut: Any) -> None:
    """Replies to all vectors are the expected bytes."""
    job = read_job()
    host = Host(dut, job)
    await host.line.start()
    await ClockCycles(dut.clk, POWER_UP)
    mismatches: list[Mismatch] = []
    for vector in range(len(job.inputs)):
        mismatches += await host.ask(vector)
        print(f"smelt: {vector + 1} of {len(job.inputs)} requests", flush=True)
    write_answer(Path(job.answer), len(job.inputs), mismatches)
    if mismatches:
        raise AssertionError(f"{len(mismatches)} mismatches")
