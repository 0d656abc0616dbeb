"""A serial line for Amaranth's simulator: bytes onto it and off it, one bit at a time."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from amaranth.sim import Simulator

__all__ = ["bytes_of", "record", "run", "send_bits", "send_bytes"]


def run(dut: Any, *testbenches: Callable[[Any], Coroutine], background: Sequence = ()) -> None:
    """Run testbenches to their end with a clock in `sync`; `background` ones may go on for ever."""
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for testbench in testbenches:
        simulator.add_testbench(testbench)
    for testbench in background:
        simulator.add_testbench(testbench, background=True)
    simulator.run()


async def send_bits(ctx: Any, line: Any, bits: Sequence[int], cycles: int) -> None:
    """Hold each bit on the line for so many cycles."""
    for bit in bits:
        ctx.set(line, bit)
        await ctx.tick().repeat(cycles)


async def send_bytes(ctx: Any, line: Any, data: Sequence[int], cycles: int) -> None:
    """Start bit, eight data bits with the lowest first, stop bit; byte after byte."""
    for byte in data:
        await send_bits(ctx, line, [0, *(byte >> k & 1 for k in range(8)), 1], cycles)


def record(line: Any, levels: list[int]) -> Callable[[Any], Coroutine]:
    """A background testbench that appends the line's level to `levels` in every cycle."""

    async def listen(ctx: Any) -> None:
        async for _, _, level in ctx.tick().sample(line):
            levels.append(level)

    return listen


def bytes_of(levels: Sequence[int], cycles: int) -> list[int]:
    """The bytes in recorded levels; -1 for one without a stop bit."""
    found, place = [], 0
    while 0 in levels[place:]:
        start = levels.index(0, place)
        bits = levels[start + cycles // 2 : start + 10 * cycles : cycles]
        assert len(bits) == 10, "the record ends in the middle of a byte"
        byte = sum(bit << k for k, bit in enumerate(bits[1:9]))
        found.append(byte if bits[9] else -1)
        place = start + 9 * cycles + cycles // 2
    return found
