"""The whole top level around a stand-in core, from line to line, in one clock domain and in two."""

import pytest
from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Elaboratable, Module
from amaranth.sim import Simulator

from hw.frames import FrameReader, encode_frame
from hw.link import IDENTIFY, INFER, REFUSED, SELF_TEST
from hw.shape import CoreShape
from hw.signature import advance, fold
from hw.top import CoreTop
from tests.hw.cores import OUTPUTS, counting, echo
from tests.hw.lines import bytes_of, record, send_bytes

DIVISOR = 8
SHAPE = CoreShape.of(13, OUTPUTS)
# Adds up four bits; the fifth input starts a sequence.
RECURRENT = CoreShape.of(5, [("class", 8)], reset=4)


class WithDomain(Elaboratable):
    """A top level whose core has a clock domain of its own."""

    def __init__(self, top: CoreTop) -> None:
        self.top = top

    def elaborate(self, platform):
        m = Module()
        m.domains.fast = ClockDomain("fast")
        m.submodules.top = self.top
        return m


def converse(*parts, shape=SHAPE, core=None, core_period: float | None = None):
    """Send bytes, pausing for as many bit times as an integer says; frames, and the lights.

    `core_period` is that of the core's clock, where the link's is 1.
    """
    domain = "sync" if core_period is None else "fast"
    top = CoreTop(shape, DIVISOR, clock_khz=12000, core_domain=domain, core=core or echo(2))
    levels: list[int] = []
    leds = 0

    async def bench(ctx):
        nonlocal leds
        for part in parts:
            if isinstance(part, int):
                await ctx.tick().repeat(part * DIVISOR)
            else:
                await send_bytes(ctx, top.rx, part, DIVISOR)
        await ctx.tick().repeat(250 * DIVISOR)
        leds = ctx.get(top.leds)

    simulator = Simulator(top if core_period is None else WithDomain(top))
    simulator.add_clock(1e-6)
    if core_period is not None:
        simulator.add_clock(core_period * 1e-6, phase=0.37e-6, domain="fast")
    simulator.add_testbench(bench)
    simulator.add_testbench(record(top.tx, levels), background=True)
    simulator.run()
    return FrameReader().feed(bytes(bytes_of(levels, DIVISOR))), leds


def infer(x: int, number: int = 0, shape: CoreShape = SHAPE) -> bytes:
    return encode_frame(bytes([INFER | number << 2 | (not number)]) + shape.pack(x))


def answer(x: int, number: int = 0) -> bytes:
    return bytes([INFER | number << 2 | (not number)]) + x.to_bytes(2, "little")


def self_test(shape: CoreShape, x: int, log16: int) -> bytes:
    return encode_frame(bytes([SELF_TEST | log16]) + shape.pack(x))


def predicted(shape: CoreShape, x: int, count: int, core) -> bytes:
    """The signature, from vectors one by one."""
    frame, signature = int.from_bytes(shape.pack(x), "little"), 0
    for _ in range(count):
        signature = fold(signature, core(shape.unpack(frame)), 8 * shape.signature_bytes)
        frame = advance(frame, 8 * shape.payload_bytes)
    return signature.to_bytes(shape.signature_bytes, "little")


# The link's clock is 1: two unrelated ones, a faster and a slower one, and the link's own.
CLOCKS = [None, 0.437, 2.71]


@pytest.mark.parametrize("core_period", CLOCKS)
def test_requests_and_replies(core_period: float | None) -> None:
    got = converse(infer(0x101E), 120, infer(0x0FF9, 1), core_period=core_period)
    assert got == ([answer(0x101E), answer(0x0FF9, 1)], 1)


@pytest.mark.parametrize("core_period", CLOCKS)
def test_second_request_comes_while_the_first_reply_goes_out(core_period: float | None) -> None:
    frames, _ = converse(infer(3) + b"\x7e\x7e" + infer(4), core_period=core_period)
    assert frames == [answer(3), answer(4)]


@pytest.mark.parametrize("core_period", CLOCKS)
@pytest.mark.parametrize("log16", [0, 1, 2])
def test_self_test(core_period: float | None, log16: int) -> None:
    frames, _ = converse(self_test(SHAPE, 0x1234 & 0x1FFF, log16), core_period=core_period)
    (reply,) = frames
    assert reply[:5] == bytes([SELF_TEST | log16]) + predicted(
        SHAPE, 0x1234, 16**log16, lambda x: x
    )
    if core_period is None:
        assert len(reply) == 5
    else:
        # The link's cycles that 16^log16 of the core's last, and a few to get there and back.
        ticks = int.from_bytes(reply[5:], "little")
        assert 0 < ticks - core_period * 16**log16 < 12 + 12 * core_period


@pytest.mark.parametrize("core_period", CLOCKS)
def test_self_test_harms_nothing_after_it(core_period: float | None) -> None:
    parts = infer(5), 100, self_test(SHAPE, 77, 1), 200, infer(6, 1), 100
    frames, _ = converse(*parts, core_period=core_period)
    assert [frames[0], frames[2]] == [answer(5), answer(6, 1)]


@pytest.mark.parametrize("core_period", CLOCKS)
def test_steps_of_a_recurrent_core(core_period: float | None) -> None:
    parts: list = []
    for x, number in ((3, 0), (4, 1), (9, 2), (2, 0)):
        parts += [infer(x, number, RECURRENT), 60]
    frames, _ = converse(*parts, shape=RECURRENT, core=counting, core_period=core_period)
    sums = [(0, 3), (1, 7), (2, 16), (0, 2)]
    assert frames == [bytes([INFER | n << 2 | (not n), total]) for n, total in sums]


@pytest.mark.parametrize("core_period", CLOCKS)
def test_self_test_of_a_recurrent_core_is_a_sequence(core_period: float | None) -> None:
    total = 0

    def core(x: int) -> int:
        nonlocal total
        total = (total + x) & 0xFF
        return total

    parts = infer(9, 0, RECURRENT), 60, self_test(RECURRENT, 11, 1)
    frames, _ = converse(*parts, shape=RECURRENT, core=counting, core_period=core_period)
    assert frames[1][1:5] == predicted(RECURRENT, 11, 16, core)


def test_identity_tells_of_an_own_clock_and_of_states() -> None:
    line = encode_frame(bytes([IDENTIFY]))
    assert converse(line, core_period=0.437)[0][0][2] == 0b110
    assert converse(line, shape=RECURRENT, core=counting)[0][0][2] == 0b011


def test_lost_byte_costs_one_request_and_keeps_the_lights() -> None:
    lost = infer(6)[:2] + infer(6)[3:]
    frames, leds = converse(infer(5), 100, lost, 60)
    assert (frames, leds) == ([answer(5), bytes([REFUSED | 1])], 5)
    assert converse(lost, infer(7))[0][-1] == answer(7)


def test_quiet_line_gets_no_answer() -> None:
    assert converse(100) == ([], 0)


def test_divisor_from_clock_and_baud() -> None:
    top = CoreTop.at(SHAPE, 12e6, 115200, digest=bytes(range(32)))
    assert top.divisor == 104
    assert top.identity == bytes([1, 2, 13, 0, 13, 0, 0xE0, 0x2E, 0, 104, 0, *range(5)])
    assert "module \\core" not in rtlil.convert(top)
    with pytest.raises(ValueError, match="lower the baud rate"):
        CoreTop.at(SHAPE, 12e6, 12e6)
    with pytest.raises(ValueError, match="a digest of 4 bytes; at least 5"):
        CoreTop.at(SHAPE, 12e6, 115200, digest=bytes(4))
    with pytest.raises(ValueError, match="83333 clock cycles per bit; at most 65535: raise"):
        CoreTop.at(SHAPE, 100e6, 1200)
