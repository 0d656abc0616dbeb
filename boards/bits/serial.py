"""What PyTorch's vectors alone would find: a changed design on its serial line, lane by lane."""

from pathlib import Path
from typing import Any

import numpy as np

from boards.bits.lanes import Line, heard, run_lanes, step_graph
from boards.bits.simulate import serial_ports
from gen.errors import SmeltError
from gen.proof.machine import Machine
from hw.frames import FrameReader, encode_frame
from hw.link import FIRST, INFER, STEPS
from hw.shape import CoreShape
from hw.uart import baud_divisor
from sim.description import load_core
from sim.pins_bench import POWER_UP
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
        replies: list[list[bytes]],
        ports: tuple[str, str],
    ) -> None:
        self.line, self.ports = line, ports
        self.sent = list(run_lanes(*step_graph(machine, *ports), line))
        answers = [FrameReader().feed(data) for data in heard(self.sent, line)]
        if answers != replies:
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


def serial_of(machine: Machine, build: dict[str, Any], recipe: Path, limit: int) -> Serial:
    """The vectors of a recipe's build folder, at most `limit` sequences, on a board's machine.

    `build` is build.json's value. A lane is sent one vector, or one sequence of a recurrent core.
    Raises FaultError where the machine does not answer as PyTorch does.
    """
    core = load_core(recipe / "core.json")
    vectors = load_vectors(recipe / "vectors.npz")
    steps = vectors.steps
    board = build["board"]
    divisor = baud_divisor(board["clock_hz"], board["baud"])
    lanes = [range(at, at + steps) for at in range(0, len(vectors.rows), steps)][:limit]
    requests = [[_request(core.shape, vectors.inputs[row], row == lane[0]) for row in lane]
                for lane in lanes]  # fmt: skip
    replies = [[_reply(core.shape, vectors.outputs[row], at + 1) for at, row in enumerate(lane)]
               for lane in lanes]  # fmt: skip
    # A byte of a reply may be escaped, so it is two.
    pause = 10 * 2 * len(encode_frame(replies[0][0])) + SPARE_BITS
    line = Line(requests, divisor, POWER_UP, pause)
    return Serial(machine, line, replies, serial_ports(machine))


def _request(shape: CoreShape, x: int, first: bool) -> bytes:
    """The line's bytes for a vector, or for a step; each lane begins a sequence."""
    return encode_frame(bytes([INFER | FIRST * first]) + shape.pack(x))


def _reply(shape: CoreShape, y: int, count: int) -> bytes:
    """The content of the reply to a lane's vector number `count`."""
    return bytes([INFER | count % STEPS]) + y.to_bytes(shape.answer_bytes, "little")
