"""What PyTorch's vectors alone would find: a changed design on its serial line, lane by lane."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from boards.bits.lanes import Line, heard, run_lanes, step_graph
from gen.errors import SmeltError
from gen.proof.machine import Machine
from hw.uart import baud_divisor
from sim.pins_bench import POWER_UP
from sim.description import load_core
from sim.job import Job
from sim.top_bench import reply, request
from sim.vectors import load_vectors

__all__ = ["FaultError", "Serial", "serial_of"]

SPARE_BITS = 24
"""Bit times that a core may take beside those of its reply."""


class FaultError(SmeltError):
    """Faults cannot be tried on a build, or the short way is not the long way."""


class Serial:
    """The undisturbed design on PyTorch's vectors, and whether a changed one answers otherwise."""

    def __init__(
        self,
        machine: Machine,
        line: Line,
        replies: Sequence[Sequence[bytes]],
        ports: tuple[str, str],
    ) -> None:
        self.line, self.ports = line, ports
        self.sent = list(run_lanes(*step_graph(machine, *ports), line))
        wanted = [list(b"".join(lane)) for lane in replies]
        if heard(self.sent, line, len(wanted[0])) != wanted:
            raise FaultError("the bitstream without a fault does not answer as PyTorch does")
        self.mask = ~np.uint64(0) >> np.uint64(-line.lanes % 64)

    def catches(self, machine: Machine) -> bool:
        """Whether any lane sends another bit in any cycle."""
        cycles = run_lanes(*step_graph(machine, *self.ports), self.line)
        for made, sent in zip(cycles, self.sent, strict=True):
            apart = made ^ sent
            apart[-1] &= self.mask
            if apart.any():
                return True
        return False


def serial_of(
    machine: Machine, build: dict[str, Any], recipe: Path, uart: str, limit: int
) -> Serial:
    """The vectors of a recipe's build folder, at most `limit` sequences, on a board's machine.

    `build` is build.json's value. A lane is sent one vector, or one sequence of a recurrent core.
    Raises FaultError where the machine does not answer as PyTorch does.
    """
    core = load_core(recipe / "core.json")
    vectors = load_vectors(recipe / "vectors.npz")
    with np.load(recipe / "vectors.npz", allow_pickle=False) as file:
        steps = int(file["steps"]) if "steps" in file else 1
    board = build["board"]
    divisor = baud_divisor(board["clock_hz"], board["baud"])
    job = Job(
        "", core.n_in, core.n_out, core.latency, vectors.inputs, vectors.outputs,
        core.outputs, core.score_signed, divisor, 0,
    )  # fmt: skip
    lanes = [range(at, at + steps) for at in range(0, len(vectors.rows), steps)][:limit]
    requests = [[request(job, row) for row in lane] for lane in lanes]
    replies = [[reply(job, row) for row in lane] for lane in lanes]
    pause = 10 * len(replies[0][0]) + SPARE_BITS
    line = Line(requests, divisor, POWER_UP, pause)
    return Serial(machine, line, replies, (f"{uart}_0__rx__io", f"{uart}_0__tx__io"))
