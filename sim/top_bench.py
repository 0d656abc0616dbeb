"""The cocotb bench for the top level: a host on the serial line, one bit at a time.

Requests and replies follow `hw.link`. Besides the vectors it sends requests that go wrong, and
after each of them one that must be answered as if nothing had been.
"""

from pathlib import Path
from typing import Any

import cocotb

from hw.frames import ESCAPE, FLAG, FrameReader, encode_frame
from hw.link import FIRST, GENERATE, INFER, QUIET, REFUSED, STEPS
from sim.job import Job, Mismatch, read_job, write_answer
from sim.line import Line

SLACK_BITS = 200


class Host:
    """Sends requests and takes replies; `number` counts as the link does."""

    def __init__(self, dut: Any, job: Job) -> None:
        self.job, self.dut = job, dut
        self.shape = job.shape
        self.line = Line(dut, job.divisor)
        self.reader = FrameReader()
        self.number = self.command = 0

    async def frames(self, count: int = 1) -> list[bytes | None]:
        """Wait for `count` frames; fewer where the line stays quiet for a whole reply's time."""
        found: list[bytes | None] = []
        waited = 0
        most = 20 * (self.shape.signature_bytes + 20) + SLACK_BITS + self.job.latency
        while len(found) < count and waited < most * count:
            await self.line.bits(10)
            waited += 10
            found += self.reader.feed(self.line.taken())
        return found

    def request(self, vector: int, quiet: bool = False) -> bytes:
        """The line's bytes for a vector; the count starts at the first and where states do."""
        x, reset = self.job.inputs[vector], self.job.reset
        first = vector == 0 if reset is None else bool(x >> reset & 1)
        return self.step(x, first, quiet)

    def step(self, x: int, first: bool, quiet: bool) -> bytes:
        """The line's bytes for a step."""
        self.number = 0 if first else (self.number + 1) % STEPS
        self.command = INFER | self.number << 2 | QUIET * quiet | FIRST * first
        return encode_frame(bytes([self.command]) + self.shape.pack(x))

    def reply(self, vector: int) -> bytes:
        """The content of the reply to the request made last, if it was this vector's."""
        y = self.job.outputs[vector].to_bytes(self.shape.answer_bytes, "little")
        return bytes([self.command]) + y

    def differs(self, vector: int, got: list[bytes | None]) -> list[Mismatch]:
        """Nothing where `got` is the vector's reply alone."""
        expected = self.reply(vector)
        if got == [expected]:
            return []
        shown = ", ".join("damaged" if frame is None else frame.hex(" ") for frame in got)
        text = f"reply expected {expected.hex(' ')}, got {shown or 'nothing'}"
        return [Mismatch(vector, self._output_bits(got), text)]

    def _output_bits(self, got: list[bytes | None]) -> str:
        """The output bits of a reply, bit 0 last; empty where it is no single whole reply."""
        frame = got[0] if len(got) == 1 else None
        if frame is None or len(frame) != 1 + self.shape.answer_bytes:
            return ""
        return f"{int.from_bytes(frame[1:], 'little'):0{self.job.n_out}b}"

    async def ask(self, vector: int) -> list[Mismatch]:
        """Send a vector and compare the reply."""
        await self.line.send(self.request(vector))
        return self.differs(vector, await self.frames())


@cocotb.test()
async def every_vector_and_what_goes_wrong(dut: Any) -> None:
    """Replies are the expected bytes; bad requests are refused or dropped, and harm no other."""
    job = read_job()
    host = Host(dut, job)
    await host.line.start()
    mismatches: list[Mismatch] = []
    for vector in range(len(job.inputs)):
        mismatches += await host.ask(vector)
        mismatches += lights(host, vector)
        print(f"smelt: {vector + 1} of {len(job.inputs)} requests", flush=True)
    for what_goes_wrong in (corrupt, cut_short, too_long, unknown, noise, quiet, streamed):
        print(f"smelt: trying a {what_goes_wrong.__name__} request", flush=True)
        mismatches += await what_goes_wrong(host)
        mismatches += await host.ask(0)
    for given, made in job.written:
        mismatches += await written(host, given, made)
    write_answer(Path(job.answer), len(job.inputs), mismatches)
    if mismatches:
        raise AssertionError(f"{len(mismatches)} mismatches")


def lights(host: Host, vector: int) -> list[Mismatch]:
    """Nothing where the lights show the vector's class."""
    bits = host.shape.class_bits
    expected = f"{host.job.outputs[vector] & ((1 << bits) - 1):0{bits}b}"
    shown = str(host.dut.leds.value)
    if shown == expected:
        return []
    return [Mismatch(vector, "", f"lights expected {expected}, got {shown}")]


async def refused(host: Host, line: bytes, reason: int) -> list[Mismatch]:
    """Send bytes that must be refused for a reason."""
    await host.line.send(line)
    got, expected = await host.frames(), bytes([REFUSED | reason])
    return (
        [] if got == [expected] else [Mismatch(None, "", f"refusal {reason} expected, got {got}")]
    )


async def corrupt(host: Host) -> list[Mismatch]:
    """A wrong check value is refused."""
    line = bytearray(encode_frame(bytes(1 + host.shape.payload_bytes)))
    line[1] ^= 0x10
    return await refused(host, bytes(line), 1)


async def cut_short(host: Host) -> list[Mismatch]:
    """A request that lost bytes is refused as soon as its flag or the next one comes."""
    return await refused(host, host.request(0)[:3] + bytes([FLAG]), 1) + await refused(
        host, encode_frame(bytes([INFER]) + bytes(host.shape.payload_bytes - 1)), 2
    )


async def too_long(host: Host) -> list[Mismatch]:
    """A request with a byte or many too much is refused."""
    content = bytes([INFER]) + bytes(host.shape.payload_bytes)
    several = [encode_frame(content + bytes(more)) for more in (1, 100)]
    return await refused(host, several[0], 2) + await refused(host, several[1], 2)


async def unknown(host: Host) -> list[Mismatch]:
    """An unknown command, and a self-test of too many vectors, are refused."""
    payload = bytes(host.shape.payload_bytes)
    return await refused(host, encode_frame(bytes([REFUSED]) + payload), 3) + await refused(
        host, encode_frame(bytes([0x80 | 7]) + payload), 3
    )


async def noise(host: Host) -> list[Mismatch]:
    """Flags alone are ignored; other bytes are refused when a flag ends them."""
    await host.line.send(bytes([FLAG] * 3))
    got = await host.frames()
    wrong = [Mismatch(None, "", f"flags got {got}")] if got else []
    return wrong + await refused(host, bytes([0, 0xFF, ESCAPE, FLAG]), 1)


async def quiet(host: Host) -> list[Mismatch]:
    """A quiet request is not answered, and counts."""
    await host.line.send(host.request(0, quiet=True))
    got = await host.frames()
    return [Mismatch(None, "", f"a quiet request got {got}")] if got else []


async def written(host: Host, given: tuple[int, ...], made: bytes) -> list[Mismatch]:
    """After the steps given, the core goes on by itself."""
    for at, x in enumerate(given):
        await host.line.send(host.step(x, at == 0, at < len(given) - 1))
        await host.line.bits(SLACK_BITS)
    content = bytes([GENERATE | len(made) - 2])
    await host.line.send(encode_frame(content))
    got = await host.frames(2)
    found = [frame or b"" for frame in got]
    if len(found) == 2 and found[0][1:2] == made[:1] and found[1] == content + made[1:]:
        return []
    shown = " and ".join(frame.hex(" ") for frame in found)
    text = f"after {list(given)} the core should go on with {made.hex(' ')}, got {shown}"
    return [Mismatch(None, "", text)]


async def streamed(host: Host) -> list[Mismatch]:
    """Requests are sent while replies to earlier ones come, with flags between them."""
    at_work = host.job.latency // (10 * host.job.divisor)
    fill = bytes([FLAG] * (2 * (host.shape.answer_bytes + 4) + at_work))
    expected = []
    for vector in range(len(host.job.inputs)):
        await host.line.send(host.request(vector) + fill)
        expected.append(host.reply(vector))
    got = await host.frames(len(expected))
    return (
        [] if got == expected else [Mismatch(None, "", f"a stream expected {expected}, got {got}")]
    )
