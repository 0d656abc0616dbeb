"""The serial port against bits written by hand."""

import random

import pytest

from hw.uart import UartReceiver, UartTransmitter, baud_divisor, check_divisor
from tests.hw.lines import bytes_of, record, run, send_bits, send_bytes

DATA = [0x00, 0xFF, 0xA5, 0x5A, 0x01, 0x80, 0x55, 0xAA]


def receive(divisor: int, drive) -> list[int]:
    """The bytes that a receiver makes of what `drive(ctx, line)` does."""
    dut = UartReceiver(divisor)
    seen = []

    async def listen(ctx):
        async for _, _, valid, byte in ctx.tick().sample(dut.bytes.valid, dut.bytes.payload):
            if valid:
                seen.append(byte)

    async def bench(ctx):
        await ctx.tick().repeat(3)
        await drive(ctx, dut.rx)
        await ctx.tick().repeat(2 * divisor)

    run(dut, bench, background=[listen])
    return seen


@pytest.mark.parametrize("divisor", [4, 5, 8, 13, 104])
def test_receiver_takes_bytes_without_gaps(divisor: int) -> None:
    async def drive(ctx, line):
        await send_bytes(ctx, line, DATA, divisor)

    assert receive(divisor, drive) == DATA


@pytest.mark.parametrize("cycles", [97, 100, 104, 108, 111])
def test_receiver_takes_a_line_that_is_up_to_four_percent_off(cycles: int) -> None:
    async def drive(ctx, line):
        await send_bytes(ctx, line, DATA, cycles)

    inside = abs(cycles / 104 - 1) < 0.041
    assert (receive(104, drive) == DATA) == inside


def test_receiver_drops_a_byte_without_a_stop_bit() -> None:
    async def drive(ctx, line):
        await send_bits(ctx, line, [0, 1, 0, 1, 0, 1, 0, 1, 1, 0], 8)
        await send_bits(ctx, line, [1] * 12, 8)
        await send_bytes(ctx, line, [0x42], 8)

    assert receive(8, drive) == [0x42]


def test_receiver_takes_nothing_from_a_glitch_or_a_broken_line() -> None:
    async def drive(ctx, line):
        await send_bits(ctx, line, [0, 1], 3)
        await send_bytes(ctx, line, [0x81], 16)
        await send_bits(ctx, line, [0] * 40 + [1] * 12, 16)
        await send_bytes(ctx, line, [0x7E], 16)

    assert receive(16, drive) == [0x81, 0x7E]


def test_receiver_takes_nothing_from_a_quiet_line() -> None:
    async def drive(ctx, line):
        await send_bits(ctx, line, [1] * 50, 8)

    assert receive(8, drive) == []


@pytest.mark.parametrize("divisor", [4, 7, 104])
def test_transmitter_sends_bytes_without_gaps(divisor: int) -> None:
    dut = UartTransmitter(divisor)
    levels: list[int] = []

    async def bench(ctx):
        for byte in DATA:
            ctx.set(dut.bytes.payload, byte)
            ctx.set(dut.bytes.valid, 1)
            await ctx.tick().until(dut.bytes.ready)
        ctx.set(dut.bytes.valid, 0)
        await ctx.tick().repeat(12 * divisor)

    run(dut, bench, background=[record(dut.tx, levels)])
    assert bytes_of(levels, divisor) == DATA
    bits = [bit for byte in DATA for bit in [0, *(byte >> k & 1 for k in range(8)), 1]]
    start = levels.index(0)
    assert levels[start : start + len(bits) * divisor : divisor] == bits


def test_transmitter_is_quiet_from_the_first_cycle() -> None:
    dut = UartTransmitter(8)
    levels = []

    async def bench(ctx):
        for _ in range(100):
            levels.append(ctx.get(dut.tx))
            await ctx.tick()

    run(dut, bench)
    assert set(levels) == {1}


def test_random_bytes_go_through_both() -> None:
    data = random.Random(7).randbytes(40)
    dut = UartTransmitter(6)
    levels: list[int] = []

    async def bench(ctx):
        for byte in data:
            await ctx.tick().repeat(1 + byte % 90)
            ctx.set(dut.bytes.payload, byte)
            ctx.set(dut.bytes.valid, 1)
            await ctx.tick().until(dut.bytes.ready)
            ctx.set(dut.bytes.valid, 0)
        await ctx.tick().repeat(80)

    run(dut, bench, background=[record(dut.tx, levels)])
    assert bytes(bytes_of(levels, 6)) == data


@pytest.mark.parametrize(
    ("clock", "baud", "divisor"),
    [(12e6, 115200, 104), (12e6, 1e6, 12), (25e6, 115200, 217), (12e6, 3e6, 4)],
)
def test_divisor(clock: float, baud: float, divisor: int) -> None:
    assert baud_divisor(clock, baud) == divisor


def test_divisor_wrong() -> None:
    with pytest.raises(ValueError, match="at least 4 are needed") as error:
        baud_divisor(12e6, 6e6)
    assert str(error.value) == (
        "baud 6e+06 at a clock of 1.2e+07 Hz is 2 cycles per bit; at least 4 are needed:"
        " lower the baud rate"
    )
    with pytest.raises(ValueError, match=r"would be off by 4\.2% \(divisor 5\)"):
        baud_divisor(12e6, 2.304e6)
    for divisor in (3, 4.5):
        with pytest.raises(ValueError, match=r"must be an integer of at least 4$"):
            check_divisor(divisor)
