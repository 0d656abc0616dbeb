"""A serial port: 8 data bits, no parity, 1 stop bit, at clock / divisor bits per second.

Registers of an iCE40 power up at 0, so the idle line (1) is kept inverted inside: a bitstream
starts up with a quiet line and nothing to send, before any reset. Data registers have no reset,
because a reset beside a clock enable costs a cell per bit there.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartReceiver", "UartTransmitter", "baud_divisor"]

SMALLEST_DIVISOR = 4
BAUD_TOLERANCE = 0.02


def baud_divisor(clock_hz: float, baud: float) -> int:
    """Clock cycles per bit, rounded.

    Raises ValueError where a bit would last fewer than 4 cycles or the rate would be off by more
    than 2 % (a receiver that samples ten bits in a row stands about 4 %, both ends together).
    """
    divisor = round(clock_hz / baud)
    if divisor < SMALLEST_DIVISOR:
        raise ValueError(
            f"baud {baud:g} at a clock of {clock_hz:g} Hz is {divisor} cycles per bit;"
            f" at least {SMALLEST_DIVISOR} are needed: lower the baud rate"
        )
    error = abs(clock_hz / divisor / baud - 1)
    if error > BAUD_TOLERANCE:
        raise ValueError(
            f"baud {baud:g} at a clock of {clock_hz:g} Hz would be off by {error:.1%}"
            f" (divisor {divisor}); at most {BAUD_TOLERANCE:.0%} works: take another baud rate"
        )
    return divisor


def check_divisor(divisor: int) -> int:
    """Return `divisor` where it is an integer that the port can count; raises ValueError."""
    if not isinstance(divisor, int) or divisor < SMALLEST_DIVISOR:
        raise ValueError(
            f"divisor is {divisor!r}; it must be an integer of at least {SMALLEST_DIVISOR}"
        )
    return divisor


class UartReceiver(wiring.Component):
    """Turns the line into bytes.

    A start bit is checked again at its middle, and a byte without a stop bit is dropped.
    `bytes.valid` is up for one cycle per byte; there is no way to make the line wait.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = check_divisor(divisor)
        super().__init__(
            {
                "rx": In(1, init=1),
                "bytes": Out(stream.Signature(8, always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        low = Signal()
        m.submodules.synchronizer = FFSynchronizer(~self.rx, low, init=0)
        # Bytes start at an edge: after a byte without a stop bit the line must go up first.
        was_low = Signal()
        m.d.sync += was_low.eq(low)
        busy = Signal()
        timer = Signal(range(self.divisor), reset_less=True)
        # A mark moves from the top to bit 0 as the start bit and eight data bits come in.
        shift = Signal(10, reset_less=True)
        sample, first = Signal(), Signal()
        m.d.comb += [
            sample.eq(busy & (timer == 0)),
            first.eq(shift[9] & (shift[1:9] == 0)),
            self.bytes.payload.eq(shift[2:]),
            self.bytes.valid.eq(sample & shift[0] & ~low),
        ]
        m.d.sync += timer.eq(Mux(timer == 0, self.divisor - 1, timer - 1))
        with m.If(sample):
            m.d.sync += shift.eq(Cat(shift[1:], ~low))
            with m.If(shift[0] | (first & ~low)):
                m.d.sync += busy.eq(0)
        with m.Elif(~busy):
            m.d.sync += [shift.eq(1 << 9), busy.eq(low & ~was_low)]
            with m.If(low & ~was_low):
                # Two cycles went by in the synchronizer and one goes by in starting.
                m.d.sync += timer.eq(max(self.divisor // 2 - 3, 0))
        return m


class UartTransmitter(wiring.Component):
    """Sends bytes down the line; takes one at the bit time after the line became free."""

    def __init__(self, divisor: int) -> None:
        self.divisor = check_divisor(divisor)
        super().__init__({"tx": Out(1, init=1), "bytes": In(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        timer = Signal(range(self.divisor), reset_less=True)
        # A mark goes behind the bits: where nothing is above bit 0, it is the mark that is there.
        low, inverted = Signal(), Signal(9)
        last = inverted[1:] == 0
        m.d.comb += self.tx.eq(~low)
        m.d.sync += timer.eq(timer - 1)
        with m.If(timer == 0):
            m.d.comb += self.bytes.ready.eq(last & ~inverted[0])
            m.d.sync += [
                timer.eq(self.divisor - 1),
                low.eq(inverted[0] & ~last),
                inverted.eq(inverted >> 1),
            ]
            with m.If(self.bytes.ready & self.bytes.valid):
                m.d.sync += [low.eq(1), inverted.eq(Cat(~self.bytes.payload, 1))]
        return m
