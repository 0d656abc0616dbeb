"""The serial line of the top level in a simulation: bytes onto it and off it."""

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.queue import Queue
from cocotb.triggers import ClockCycles, FallingEdge, Timer

__all__ = ["CYCLE_NS", "Line"]

CYCLE_NS = 10


class Line:
    """The other end of the line of a top level with `divisor` cycles per bit."""

    def __init__(self, dut: Any, divisor: int) -> None:
        self.dut = dut
        self.bit_ns = divisor * CYCLE_NS
        self.received: Queue[int] = Queue()

    async def start(self) -> None:
        """Start the clock, reset, and listen."""
        self.dut.rx.value, self.dut.rst.value = 1, 1
        # A design that nothing resets would never get rid of a line unknown at the first edge.
        await Timer(CYCLE_NS, unit="ns")
        Clock(self.dut.clk, CYCLE_NS, unit="ns").start()
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        await ClockCycles(self.dut.clk, 3)
        cocotb.start_soon(self._listen())

    async def send(self, data: bytes) -> None:
        """Send bytes without a gap."""
        for byte in data:
            for bit in (0, *((byte >> k & 1) for k in range(8)), 1):
                self.dut.rx.value = bit
                await Timer(self.bit_ns, unit="ns")

    async def _listen(self) -> None:
        while True:
            await FallingEdge(self.dut.tx)
            await Timer(self.bit_ns * 3 // 2, unit="ns")
            byte = 0
            for k in range(8):
                byte |= int(self.dut.tx.value) << k
                await Timer(self.bit_ns, unit="ns")
            if int(self.dut.tx.value) != 1:
                raise AssertionError("no stop bit")
            self.received.put_nowait(byte)

    async def bits(self, count: int) -> None:
        """Let `count` bit times pass."""
        await Timer(self.bit_ns * count, unit="ns")

    def taken(self) -> bytes:
        """What came since this was last asked."""
        return bytes(self.received.get_nowait() for _ in range(self.received.qsize()))
