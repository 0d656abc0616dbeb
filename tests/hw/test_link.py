"""The link and the harness without a serial port, a byte a cycle, against frames made by hand."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frames import FrameReader, encode_frame
from hw.harness import Harness
from hw.link import (
    FIRST,
    IDENTIFY,
    INFER,
    QUIET,
    REFUSED,
    SELF_TEST,
    RequestReceiver,
    identity,
)
from hw.reply import ReplySender
from hw.shape import CoreShape
from tests.hw.cores import OUTPUTS, echo
from tests.hw.lines import run

SHAPE = CoreShape.of(13, OUTPUTS, self_test=False)
TESTED = CoreShape.of(13, OUTPUTS)
DIGEST = bytes(range(0xA0, 0xA8))


class Bytes(wiring.Component):
    """Receiver, harness and sender, with bytes in place of a line."""

    def __init__(self, shape: CoreShape, latency: int = 2) -> None:
        self.shape, self.latency = shape, latency
        super().__init__(
            {
                "rx": In(stream.Signature(8, always_ready=True)),
                "tx": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.request = request = RequestReceiver(self.shape)
        description = identity(self.shape, DIGEST, 12000, 104, False)
        m.submodules.reply = reply = ReplySender(self.shape, description, False)
        m.submodules.harness = harness = Harness(self.shape, echo(self.latency))
        wiring.connect(m, wiring.flipped(self.rx), request.bytes)
        wiring.connect(m, reply.bytes, wiring.flipped(self.tx))
        for name in ("command", "pending", "refused"):
            m.d.comb += getattr(reply, name).eq(getattr(request, name))
        for name in ("load", "byte"):
            m.d.comb += getattr(harness, name).eq(getattr(request, name))
        for name in ("start", "first", "log16", "next"):
            m.d.comb += getattr(harness, name).eq(getattr(reply, name))
        for name in ("done", "answer"):
            m.d.comb += getattr(reply, name).eq(getattr(harness, name))
        m.d.comb += request.taken.eq(reply.taken)
        return m


def converse(*parts, shape: CoreShape = SHAPE, latency: int = 2, stall: int = 0, gap: int = 0):
    """Send bytes, pausing for as many cycles as an integer says; the frames that come back.

    A byte goes out every `stall` + 1 cycles, one comes in every `gap` + 1.
    """
    dut, sent = Bytes(shape, latency), bytearray()

    async def take(ctx):
        cycle = 0
        ctx.set(dut.tx.ready, stall == 0)
        offered = ctx.tick().sample(dut.tx.valid, dut.tx.ready, dut.tx.payload)
        async for _, _, valid, ready, byte in offered:
            if valid and ready:
                sent.append(byte)
            cycle += 1
            ctx.set(dut.tx.ready, cycle % (stall + 1) == 0)

    async def bench(ctx):
        for part in parts:
            if isinstance(part, int):
                await ctx.tick().repeat(part)
                continue
            for byte in part:
                ctx.set(dut.rx.payload, byte)
                ctx.set(dut.rx.valid, 1)
                await ctx.tick()
                ctx.set(dut.rx.valid, 0)
                if gap:
                    await ctx.tick().repeat(gap)
        await ctx.tick().repeat(80 * (stall + 1) + latency)

    run(dut, bench, background=[take])
    return FrameReader().feed(bytes(sent))


def infer(x: int, flags: int = FIRST, shape: CoreShape = SHAPE, number: int = 0) -> bytes:
    return encode_frame(bytes([INFER | number << 2 | flags]) + shape.pack(x))


def answer(x: int, flags: int = FIRST, number: int = 0) -> bytes:
    """The stand-in core answers with its inputs."""
    return bytes([INFER | number << 2 | flags]) + x.to_bytes(2, "little")


def test_identity() -> None:
    content = bytes([1, 0b010, 13, 0, 13, 0, 0xE0, 0x2E, 0, 104, 0]) + DIGEST[:5]
    assert converse(encode_frame(bytes([IDENTIFY])), shape=TESTED) == [bytes([0]) + content]
    untested = bytes([1, 0, *content[2:]])
    assert converse(encode_frame(bytes([IDENTIFY]))) == [bytes([0]) + untested]


@pytest.mark.parametrize("x", [0, 1, 0x1FFF, 0x0F7E, 0x107D, 0x1D7E])
@pytest.mark.parametrize("shape", [SHAPE, TESTED])
def test_inputs_come_back(x: int, shape: CoreShape) -> None:
    assert converse(infer(x, shape=shape), shape=shape) == [answer(x)]


@pytest.mark.parametrize(
    ("latency", "stall", "gap"), [(1, 0, 0), (300, 0, 0), (2, 9, 0), (2, 0, 7)]
)
def test_at_any_speed(latency: int, stall: int, gap: int) -> None:
    got = converse(infer(0x1A5), latency=latency, stall=stall, gap=gap)
    assert got == [answer(0x1A5)]


def test_vectors_are_numbered_from_the_first_on() -> None:
    parts: list = []
    for number, flags in enumerate((FIRST, 0, 0, QUIET, 0)):
        parts += [infer(7, flags, number=number), 40]
    assert converse(*parts, infer(8)) == [
        answer(7),
        *(answer(7, 0, number) for number in (1, 2, 4)),
        answer(8),
    ]


def test_numbers_go_round_after_15() -> None:
    parts: list = []
    for index in range(18):
        parts += [infer(index, FIRST if index == 0 else 0, number=index % 16), 40]
    numbers = [frame and frame[0] >> 2 & 15 for frame in converse(*parts)]
    assert numbers == [*range(16), 0, 1]


def test_vector_after_a_lost_one_is_refused_until_the_right_one_comes() -> None:
    parts = infer(1), 40, infer(3, 0, number=2), 40, infer(2, 0, number=1), 40
    assert converse(*parts) == [answer(1), bytes([REFUSED | 4]), answer(2, 0, 1)]


WRONG = {
    "a wrong check value": (bytes([INFER, 0, 0, 1, 2]) + b"\x7e", 1),
    "a frame cut short": (infer(5)[:-3] + b"\x7e", 1),
    "a byte too few": (encode_frame(bytes([INFER, 0])), 2),
    "a byte too much": (encode_frame(bytes([INFER, 0, 0, 0])), 2),
    "many bytes too much": (encode_frame(bytes([INFER, *bytes(200)])), 2),
    "an identify with a payload": (encode_frame(bytes([IDENTIFY, 0])), 2),
    "no self-test here": (encode_frame(bytes([SELF_TEST, 0, 0])), 3),
    "an unknown command": (encode_frame(bytes([REFUSED, 0, 0])), 3),
    "a frame that was broken off": (infer(5)[:-1] + b"\x7d\x7e", 1),
    "a single byte": (b"\x00\x7e", 1),
}


@pytest.mark.parametrize("what", WRONG)
def test_refused_and_the_next_one_taken(what: str) -> None:
    line, reason = WRONG[what]
    assert converse(line, 40, infer(9)) == [bytes([REFUSED | reason]), answer(9)]


def test_self_test_of_too_many_vectors_is_refused() -> None:
    line = encode_frame(bytes([SELF_TEST | 7]) + TESTED.pack(1))
    assert converse(line, shape=TESTED) == [bytes([REFUSED | 3])]


def test_flags_alone_are_ignored() -> None:
    assert converse(b"\x7e" * 20, infer(3), b"\x7e" * 20) == [answer(3)]


def test_lost_flag_costs_two_requests() -> None:
    got = converse(infer(3)[:-1], infer(4), 40, infer(5))
    assert got == [bytes([REFUSED | 1]), answer(5)]


def test_request_during_a_reply_waits_and_one_more_is_dropped() -> None:
    parts = infer(3), 60, infer(4) + infer(5), 400, infer(6)
    assert converse(*parts, stall=20) == [answer(3), answer(4), answer(6)]


def test_requests_as_far_apart_as_replies_are_all_answered() -> None:
    words = random.Random(5).choices(range(1 << 13), k=40)
    stream_of = b"".join(infer(x) + b"\x7e" * 14 for x in words)
    assert converse(stream_of) == [answer(x) for x in words]


def bad_frames(count: int, seed: int) -> list[bytes]:
    """Random bytes, and good requests with bytes changed, lost, doubled or put between."""
    choose = random.Random(seed)
    made: list[bytes] = []
    while len(made) < count:
        line = bytearray(infer(choose.getrandbits(13), choose.randrange(4), TESTED))
        kind = choose.randrange(5)
        if kind == 0:
            line = bytearray(choose.randbytes(choose.randint(1, 20)))
        for _ in range(choose.randint(1, 3)):
            place = choose.randrange(len(line))
            if kind == 1:
                line[place] ^= 1 << choose.randrange(8)
            elif kind == 2 and len(line) > 1:
                del line[place]
            elif kind == 3:
                line.insert(place, choose.choice([line[place], 0x7D, 0x7E, 0]))
            elif kind == 4:
                line[place:place] = choose.randbytes(choose.randint(1, 40))
        made.append(bytes(line) + b"\x7e" * choose.randrange(3))
    return made


def fuzz(count: int, seed: int) -> None:
    """After all the bad frames, and after every hundred of them, a good one is answered."""
    frames = bad_frames(count, seed)
    parts: list = []
    goods = []
    for index in range(0, count, 100):
        parts += [b"".join(frames[index : index + 100]), 60, b"\x7e", 60]
        goods.append(index * 37 % (1 << 13))
        parts += [infer(goods[-1], FIRST, TESTED), 60]
    got = converse(*parts, shape=TESTED)
    assert got.count(None) == 0
    answers = [frame for frame in got if frame is not None and frame[0] == INFER | FIRST]
    wanted = [answer(x) for x in goods]
    for frame in answers:
        if wanted and frame == wanted[0]:
            wanted.pop(0)
    assert wanted == []
    assert got[-1] == answer(goods[-1])
    refusals = [frame for frame in got if frame and frame[0] & REFUSED == REFUSED]
    assert {frame[0] & 7 for frame in refusals} >= {1}
    assert len(refusals) > count // 10


def test_bad_frames_wedge_nothing() -> None:
    fuzz(400, 11)


@pytest.mark.long
def test_ten_thousand_bad_frames_wedge_nothing() -> None:
    fuzz(10_000, 12)
