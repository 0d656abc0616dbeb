"""A chain of parallel-in shift registers (74HC165) as a sensor: read bit by bit, again and again.

`load_n` low takes the chain's inputs in; then its serial output is the first bit, and every rising
edge of `shift` brings the next (Nexperia, "74HC165; 74HCT165", function table). Slow for the chip:
half a period of `shift` is `divisor` cycles, which is also how long `load_n` is low.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["ShiftSensor"]


class ShiftSensor(wiring.Component):
    """Reads `bits` bits into `x`, the first that comes out of the chain being x[0]; `x_valid` is 1
    for a cycle when they are all there. `data` may come from outside the clock domain.

    Raises ValueError where the divisor leaves no time for the two registers behind `data`.
    """

    def __init__(self, bits: int, divisor: int) -> None:
        if bits < 1 or divisor < 4:
            raise ValueError(f"{bits} bits, divisor {divisor}: at least 1 bit and 4 cycles")
        self.bits, self.divisor = bits, divisor
        super().__init__(
            {
                "data": In(1),
                "load_n": Out(1, init=1),
                "shift": Out(1),
                "x": Out(bits),
                "x_valid": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Two registers, so that a level between 0 and 1 has a cycle to settle.
        seen = Signal(2)
        m.d.sync += seen.eq(Cat(self.data, seen))
        half = Signal(range(self.divisor))
        # A frame is a half period of loading, then two for each bit: `shift` low, `shift` high.
        place = Signal(range(2 * self.bits + 1))
        last = place == 2 * self.bits
        # From registers: what the chain takes for an edge must be one.
        m.d.sync += self.load_n.eq(place != 0)
        m.d.sync += self.shift.eq((place != 0) & ~place[0])
        m.d.sync += [half.eq(half + 1), self.x_valid.eq(0)]
        with m.If(half == self.divisor - 1):
            m.d.sync += [half.eq(0), place.eq(Mux(last, 0, place + 1))]
            # The end of a half in which `shift` is low: the bit has settled.
            with m.If(place[0]):
                m.d.sync += self.x.eq(Cat(self.x[1:], seen[1]))
            m.d.sync += self.x_valid.eq(last)
        return m
