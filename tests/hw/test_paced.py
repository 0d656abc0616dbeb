"""A core of one input at a time answers, and tests itself, as one that takes one a cycle."""

import pytest
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.sim import Simulator

from hw.harness import Harness
from hw.shape import CoreShape

N_IN = 32


class Delayed(Elaboratable):
    """y = three bits of the sum of x's halves, `wait` cycles later; deaf meanwhile unless 1."""

    def __init__(self, x: Signal, x_valid: Signal, y: Signal, y_valid: Signal, wait: int) -> None:
        self.x, self.x_valid, self.y, self.y_valid, self.wait = x, x_valid, y, y_valid, wait

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held, left = Signal(N_IN), Signal(range(self.wait + 1))
        with m.If(left > 0):
            m.d.sync += left.eq(left - 1)
        with m.If(self.x_valid & (left <= (self.wait == 1))):
            m.d.sync += [held.eq(self.x), left.eq(self.wait)]
        total = held[:16] + held[16:]
        m.d.comb += [self.y.eq(total[4:7]), self.y_valid.eq(left == 1)]
        return m


def answers(wait: int, frames: list[int], log16: int) -> list[int]:
    """The answer register after each frame's run of 16^log16 vectors."""
    shape = CoreShape.of(N_IN, [("class", 3)], paced=wait > 1)
    dut = Harness(shape, lambda *ports: Delayed(*ports, wait))
    found = []

    async def bench(ctx) -> None:  # type: ignore[no-untyped-def]
        for frame in frames:
            for byte in shape.pack(frame):
                ctx.set(dut.load, 1)
                ctx.set(dut.byte, byte)
                await ctx.tick()
            ctx.set(dut.load, 0)
            ctx.set(dut.log16, log16)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            cycles = 0
            while not ctx.get(dut.done):
                await ctx.tick()
                cycles += 1
                assert cycles < (wait + 2 << 4 * log16) + 10, "never done"
            await ctx.tick()
            answer = 0
            for at in range(shape.signature_bytes):
                answer |= ctx.get(dut.answer) << 8 * at
                ctx.set(dut.next, 1)
                await ctx.tick()
            ctx.set(dut.next, 0)
            found.append(answer)
            for _ in range(2 * wait):
                assert not ctx.get(dut.done)
                await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


FRAMES = [0x12345678, 0xFFFF0001, 0, 0xDEADBEEF]


@pytest.mark.parametrize("wait", [1, 2, 7])
def test_a_single_vector(wait: int) -> None:
    wanted = [((x & 0xFFFF) + (x >> 16) >> 4) & 7 for x in FRAMES]
    assert answers(wait, FRAMES, 0) == wanted


@pytest.mark.parametrize("log16", [1, 2])
def test_the_signature_is_that_of_a_core_of_one_a_cycle(log16: int) -> None:
    fast = answers(1, FRAMES, log16)
    assert answers(2, FRAMES, log16) == fast
    assert answers(7, FRAMES, log16) == fast
    assert len(set(fast)) > 2
