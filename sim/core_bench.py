"""The cocotb bench for a core, as written or as a netlist: every output bit of every vector.

It drives a vector per cycle (initiation interval 1) and compares `y` exactly `latency` cycles
later; `y_valid` is compared in every cycle. A core that takes several cycles for an input gets each
vector when it is done with the one before, and its `y_valid` must rise exactly `latency` cycles
after the input, and not before. Values are driven and sampled at falling edges.
"""

import random
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, First, RisingEdge

from sim.job import Job, Mismatch, read_job, write_answer

PROGRESS_EVERY = 1000
GAPPED = 24


def schedule(job: Job) -> list[int | None]:
    """The vector of each cycle, or None: one alone, all in a row, some with gaps.

    Vectors come in the file's order, since those of a recurrent network are steps of a sequence.
    """
    wait: list[int | None] = [None] * (job.latency + 2)
    choose = random.Random(0)
    gapped: list[int | None] = []
    for index in range(min(GAPPED, len(job.inputs))):
        gapped += [*[None] * choose.choice([0, 0, 1, 2]), index]
    return [0, *wait, *range(len(job.inputs)), *wait, *gapped, *wait]


@cocotb.test()
async def every_vector(dut: Any) -> None:
    """y equals the expected bits and y_valid the delayed x_valid, cycle for cycle."""
    job = read_job()
    Clock(dut.clk, 10, unit="ns").start()
    dut.rst.value, dut.x_valid.value, dut.x.value = 1, 0, 0
    for _ in range(2):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    mismatches = await (in_turn(dut, job) if job.interval > 1 else in_a_row(dut, job))
    write_answer(Path(job.answer), len(job.inputs), mismatches)
    if mismatches:
        raise AssertionError(f"{len(mismatches)} mismatches")


async def in_a_row(dut: Any, job: Job) -> list[Mismatch]:
    """A vector per cycle."""
    mismatches: list[Mismatch] = []
    cycles = schedule(job)
    for cycle, vector in enumerate(cycles):
        drive(dut, job, vector)
        if cycle % PROGRESS_EVERY == PROGRESS_EVERY - 1:
            print(f"smelt: {cycle + 1} of {len(cycles)} cycles", flush=True)
        await FallingEdge(dut.clk)
        due = cycle + 1 - job.latency
        mismatches += compare(dut, job, cycles[due] if due >= 0 else None)
    return mismatches


async def in_turn(dut: Any, job: Job) -> list[Mismatch]:
    """A vector after the other, `interval` cycles apart."""
    mismatches: list[Mismatch] = []
    for done, vector in enumerate(range(len(job.inputs)), 1):
        drive(dut, job, vector)
        await FallingEdge(dut.clk)
        drive(dut, job, None)
        # Up to the rising edge two before the one that the answer is due after.
        quiet = ClockCycles(dut.clk, job.latency - 2)
        if await First(RisingEdge(dut.y_valid), quiet) is not quiet:
            mismatches.append(Mismatch(vector, "", "y_valid rises too early"))
            await quiet
        await FallingEdge(dut.clk)
        mismatches += compare(dut, job, None)
        await FallingEdge(dut.clk)
        mismatches += compare(dut, job, vector)
        for _ in range(job.interval - job.latency):
            await FallingEdge(dut.clk)
        if done % PROGRESS_EVERY == 0:
            print(f"smelt: {done} of {len(job.inputs)} vectors", flush=True)
    return mismatches


def drive(dut: Any, job: Job, vector: int | None) -> None:
    """Put a vector on x, or the first one inverted where x_valid is down."""
    spare = ~job.inputs[0] & ((1 << job.n_in) - 1)
    dut.x_valid.value = int(vector is not None)
    dut.x.value = spare if vector is None else job.inputs[vector]


def compare(dut: Any, job: Job, vector: int | None) -> list[Mismatch]:
    """What differs in this cycle, in which the answer to `vector` (or none) is due."""
    valid = str(dut.y_valid.value)
    if valid != str(int(vector is not None)):
        due = "no answer is due" if vector is None else f"{job.latency} cycles after its input"
        return [Mismatch(vector, "", f"y_valid is {valid}, {due}")]
    got = str(dut.y.value)
    if vector is None or got == f"{job.outputs[vector]:0{job.n_out}b}":
        return []
    return [Mismatch(vector, got)]
