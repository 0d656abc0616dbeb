"""The whole top level around a stand-in core, from line to line."""

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Elaboratable, Module, Signal

from hw.top import CoreTop
from tests.hw.lines import bytes_of, record, run, send_bytes

DIVISOR = 8
OUTPUTS = [("class", 3), ("score[0]", 5), ("score[1]", 5)]


class StandIn(Elaboratable):
    """A core of 13 inputs whose outputs are its inputs, `latency` cycles later."""

    def __init__(self, x, x_valid, y, y_valid, latency: int) -> None:
        self.ports = x, x_valid, y, y_valid
        self.latency = latency

    def elaborate(self, platform):
        m = Module()
        x, x_valid, y, y_valid = self.ports
        value = Cat(x, x_valid)
        for _ in range(self.latency):
            later = Signal(14)
            m.d.sync += later.eq(value)
            value = later
        m.d.comb += Cat(y, y_valid).eq(value)
        return m


def converse(*parts, latency: int = 1, idle_bits: int = 32) -> tuple[list[int], int]:
    """Send byte lists, pausing for as many bit times as an integer says; returns bytes and leds."""
    dut = CoreTop(
        13, OUTPUTS, DIVISOR, idle_bits=idle_bits, core=lambda *ports: StandIn(*ports, latency)
    )
    levels: list[int] = []
    leds = 0

    async def bench(ctx):
        nonlocal leds
        for part in parts:
            if isinstance(part, int):
                await ctx.tick().repeat(part * DIVISOR)
            else:
                await send_bytes(ctx, dut.rx, part, DIVISOR)
        await ctx.tick().repeat(130 * DIVISOR)
        leds = ctx.get(dut.leds)

    run(dut, bench, background=[record(dut.tx, levels)])
    return bytes_of(levels, DIVISOR), leds


# Inputs 0b10000_00011_110: class 6, scores 3 and -16. And class 1, scores -1 and 15.
FIRST, FIRST_REPLY = [0xA5, 0x1E, 0x10, 0x0E], [0x5A, 6, 3, 0xF0, 6 ^ 3 ^ 0xF0]
SECOND, SECOND_REPLY = [0xA5, 0xF9, 0x0F, 0xF6], [0x5A, 1, 0xFF, 0x0F, 1 ^ 0xFF ^ 0x0F]
REFUSAL = [0x5E, 0x01]


@pytest.mark.parametrize("latency", [1, 2, 300])
def test_request_and_reply(latency: int) -> None:
    assert converse(FIRST, latency=latency) == (FIRST_REPLY, 6)


def test_requests_after_replies() -> None:
    assert converse(FIRST, 70, SECOND, 70, FIRST) == (FIRST_REPLY + SECOND_REPLY + FIRST_REPLY, 6)


def test_two_requests_without_a_gap() -> None:
    assert converse(FIRST, SECOND) == (FIRST_REPLY + SECOND_REPLY, 1)


def test_three_requests_without_a_gap_lose_bytes_and_nothing_else() -> None:
    got, _ = converse(FIRST, SECOND, FIRST, 100, FIRST, 70)
    assert got[: len(FIRST_REPLY)] == FIRST_REPLY
    assert got[len(FIRST_REPLY) : 2 * len(FIRST_REPLY)] == SECOND_REPLY
    assert got[-len(FIRST_REPLY) :] == FIRST_REPLY


def test_wrong_check_byte_keeps_the_lights_and_the_next_request() -> None:
    wrong = [*FIRST[:-1], 0x0F]
    assert converse(SECOND, 70, wrong, 30) == (SECOND_REPLY + REFUSAL, 1)
    assert converse(wrong, FIRST) == (REFUSAL + FIRST_REPLY, 6)


def test_wrong_check_byte_while_a_reply_goes_out_is_refused_after_it() -> None:
    assert converse(SECOND, [*FIRST[:-1], 0]) == (SECOND_REPLY + REFUSAL, 1)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_lost_bytes_cost_one_request(length: int) -> None:
    assert converse(FIRST[:length], 40, SECOND) == (SECOND_REPLY, 1)


def test_request_with_pauses_shorter_than_the_idle_time() -> None:
    assert converse(FIRST[:1], 20, FIRST[1:3], 20, FIRST[3:]) == (FIRST_REPLY, 6)


def test_quiet_line_gets_no_answer() -> None:
    assert converse(200) == ([], 0)


def test_divisor_from_clock_and_baud() -> None:
    top = CoreTop.at(13, OUTPUTS, 12e6, 115200)
    assert top.divisor == 104
    assert "module \\core" not in rtlil.convert(top)
    with pytest.raises(ValueError, match="lower the baud rate"):
        CoreTop.at(13, OUTPUTS, 12e6, 12e6)
    with pytest.raises(ValueError, match="at least one input"):
        CoreTop.at(0, OUTPUTS, 12e6, 115200)
    with pytest.raises(ValueError, match="class byte"):
        CoreTop.at(13, [("class", 12)], 12e6, 115200)
