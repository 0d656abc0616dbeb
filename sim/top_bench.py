"""The cocotb bench for the top level: a host on the serial line, one bit at a time.

Requests and replies follow `hw.link`. Besides the vectors it sends requests that go wrong, and
after each of them one that must be answered as if nothing had been.
"""

from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.queue import Queue
from cocotb.triggers import ClockCycles, FallingEdge, SimTimeoutError, Timer, with_timeout

from hw.link import REFUSAL_START, REFUSED_CHECK, REPLY_START, REQUEST_START, ReplyLayout
from sim.job import Job, Mismatch, read_job, write_answer

CYCLE_NS = 10


class Host:
    """The other end of the line."""

    def __init__(self, dut: Any, job: Job) -> None:
        self.dut = dut
        self.job = job
        self.layout = ReplyLayout.of(job.outputs_layout, job.score_signed)
        self.bit_ns = job.divisor * CYCLE_NS
        self.received: Queue[int] = Queue()

    async def start(self) -> None:
        """Start the clock, reset, and listen."""
        Clock(self.dut.clk, CYCLE_NS, unit="ns").start()
        self.dut.rx.value, self.dut.rst.value = 1, 1
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
            assert int(self.dut.tx.value) == 1, "no stop bit"
            self.received.put_nowait(byte)

    async def receive(self, count: int) -> bytes:
        """Wait for `count` bytes; fewer where the line stays quiet for two replies' time."""
        wait = self.bit_ns * 10 * 2 * (self.layout.reply_bytes + 4) + CYCLE_NS * self.job.latency
        data = bytearray()
        while len(data) < count:
            try:
                data.append(await with_timeout(self.received.get(), wait, "ns"))
            except SimTimeoutError:
                break
        return bytes(data)

    async def quiet(self, bits: int) -> bytes:
        """Let `bits` bit times pass; returns what came meanwhile."""
        await Timer(self.bit_ns * bits, unit="ns")
        return bytes(self.received.get_nowait() for _ in range(self.received.qsize()))


def exclusive_or(data: bytes) -> int:
    """The check byte of these bytes."""
    value = 0
    for byte in data:
        value ^= byte
    return value


def request(job: Job, vector: int) -> bytes:
    """The request that carries a vector."""
    payload = job.inputs[vector].to_bytes(-(-job.n_in // 8), "little")
    return bytes([REQUEST_START, *payload, exclusive_or(payload)])


def reply(job: Job, vector: int) -> bytes:
    """The reply that a vector must have."""
    layout = ReplyLayout.of(job.outputs_layout, job.score_signed)
    y = job.outputs[vector]
    data = bytearray([y & ((1 << layout.class_bits) - 1)])
    y >>= layout.class_bits
    for _ in range(layout.scores):
        score = y & ((1 << layout.score_bits) - 1)
        y >>= layout.score_bits
        if layout.score_signed and score >> (layout.score_bits - 1):
            score -= 1 << layout.score_bits
        data += score.to_bytes(layout.score_bytes, "little", signed=layout.score_signed)
    return bytes([REPLY_START, *data, exclusive_or(bytes(data))])


def output_bits(job: Job, data: bytes) -> str:
    """The output bits that a reply carries, bit 0 last; empty where it is no whole reply."""
    layout = ReplyLayout.of(job.outputs_layout, job.score_signed)
    whole = len(data) == layout.reply_bytes and data[0] == REPLY_START
    if not whole or data[-1] != exclusive_or(data[1:-1]):
        return ""
    y, place = data[1], layout.class_bits
    for start in range(2, len(data) - 1, layout.score_bytes):
        score = int.from_bytes(data[start : start + layout.score_bytes], "little")
        y |= (score & ((1 << layout.score_bits) - 1)) << place
        place += layout.score_bits
    return f"{y:0{job.n_out}b}"


def differs(job: Job, vector: int, got: bytes) -> list[Mismatch]:
    """Nothing where `got` is the vector's reply."""
    expected = reply(job, vector)
    if got == expected:
        return []
    text = f"reply expected {expected.hex(' ')}, got {got.hex(' ') or 'nothing'}"
    return [Mismatch(vector, output_bits(job, got), text)]


@cocotb.test()
async def every_vector_and_what_goes_wrong(dut: Any) -> None:
    """Replies are the expected bytes; bad requests are refused or dropped, and harm no other."""
    job = read_job()
    host = Host(dut, job)
    await host.start()
    mismatches: list[Mismatch] = []
    length = len(reply(job, 0))
    for vector in range(len(job.inputs)):
        await host.send(request(job, vector))
        mismatches += differs(job, vector, await host.receive(length))
        mismatches += lights(dut, host, vector)
        print(f"smelt: {vector + 1} of {len(job.inputs)} requests", flush=True)
    for what_goes_wrong in (corrupt, stalled, noise, overlapping):
        print(f"smelt: trying a {what_goes_wrong.__name__} request", flush=True)
        mismatches += await what_goes_wrong(host, job)
        await host.send(request(job, 0))
        mismatches += differs(job, 0, await host.receive(length))
    write_answer(Path(job.answer), len(job.inputs), mismatches)
    assert not mismatches, f"{len(mismatches)} mismatches"


def lights(dut: Any, host: Host, vector: int) -> list[Mismatch]:
    """Nothing where the lights show the vector's class."""
    expected = f"{reply(host.job, vector)[1]:0{host.layout.class_bits}b}"
    shown = str(dut.leds.value)
    return (
        []
        if shown == expected
        else [Mismatch(vector, "", f"lights expected {expected}, got {shown}")]
    )


async def corrupt(host: Host, job: Job) -> list[Mismatch]:
    """A wrong check byte is refused."""
    data = bytearray(request(job, 0))
    data[-1] ^= 0x10
    await host.send(bytes(data))
    got, expected = await host.receive(2), bytes([REFUSAL_START, REFUSED_CHECK])
    if got != expected:
        return [Mismatch(None, "", f"refusal expected {expected.hex(' ')}, got {got.hex(' ')}")]
    return []


async def stalled(host: Host, job: Job) -> list[Mismatch]:
    """A request that lost its last byte is dropped after the idle time, without an answer."""
    await host.send(request(job, 0)[:-1])
    got = await host.quiet(2 * job.idle_bits + 2)
    return [Mismatch(None, "", f"a stalled request got {got.hex(' ')}")] if got else []


async def noise(host: Host, job: Job) -> list[Mismatch]:
    """Bytes outside a request are ignored."""
    await host.send(bytes([0x00, 0xFF, REPLY_START, REFUSAL_START]))
    got = await host.quiet(job.idle_bits)
    return [Mismatch(None, "", f"noise got {got.hex(' ')}")] if got else []


async def overlapping(host: Host, job: Job) -> list[Mismatch]:
    """A request sent while the previous reply goes out is answered after it.

    It is the vector after the first: to a recurrent core no other can follow it.
    """
    after = min(1, len(job.inputs) - 1)
    length = len(reply(job, 0))
    await host.send(request(job, 0) + request(job, after))
    first = await host.receive(length)
    second = await host.receive(length)
    return differs(job, 0, first) + differs(job, after, second)
