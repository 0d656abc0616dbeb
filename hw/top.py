"""The top level around a melted core: serial port, link, core, the class on lights.

The core comes as numbers and an instance of the Verilog module `core`; nothing here knows how it
was made. Its clock and reset are those of the `sync` domain.
"""

from collections.abc import Callable, Sequence

from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.link import ReplyLayout, ReplySender, RequestReceiver, payload_bytes
from hw.uart import UartReceiver, UartTransmitter, baud_divisor, check_divisor

__all__ = ["CoreTop", "verilog_core"]

# Gaps inside a request come from the sending machine: USB packets and its scheduler, milliseconds.
# 1,024 bits are 8.9 ms at 115,200 baud.
IDLE_BITS = 1024

CoreFactory = Callable[[Signal, Signal, Signal, Signal], Elaboratable]


def verilog_core(x: Signal, x_valid: Signal, y: Signal, y_valid: Signal) -> Instance:
    """The Verilog module `core` on these signals: x and x_valid go in, y and y_valid come out."""
    return Instance(
        "core",
        i_clk=ClockSignal(),
        i_rst=ResetSignal(allow_reset_less=True),
        i_x=x,
        i_x_valid=x_valid,
        o_y=y,
        o_y_valid=y_valid,
    )


class CoreTop(wiring.Component):
    """A core that answers on a serial line (protocol: `hw.link`); `leds` keeps the last class.

    `n_in` and `outputs` ([name, width] in order, the class first) describe the core's x and y.
    `divisor` is the clock cycles per bit, at least 4. A request ends after `idle_bits` bit times
    without a byte, rounded up to a power of two. `core` makes the core from x,
    x_valid, y and y_valid; it may take any number of cycles. Raises ValueError on a layout that
    the link cannot carry.
    """

    def __init__(
        self,
        n_in: int,
        outputs: Sequence[tuple[str, int]],
        divisor: int,
        *,
        score_signed: bool = True,
        idle_bits: int = IDLE_BITS,
        core: CoreFactory = verilog_core,
    ) -> None:
        self.layout = ReplyLayout.of(outputs, score_signed)
        self.n_in = n_in
        self.divisor = check_divisor(divisor)
        self.idle_bits = idle_bits
        self.core = core
        super().__init__(
            {"rx": In(1, init=1), "tx": Out(1, init=1), "leds": Out(self.layout.class_bits)}
        )

    @classmethod
    def at(
        cls,
        n_in: int,
        outputs: Sequence[tuple[str, int]],
        clock_hz: float,
        baud: float,
        *,
        score_signed: bool = True,
    ) -> "CoreTop":
        """With the divisor for `baud` at `clock_hz`; raises ValueError where none fits.

        Everything is checked before the component exists: Amaranth warns of components that were
        made and never used.
        """
        ReplyLayout.of(outputs, score_signed)
        payload_bytes(n_in)
        divisor = baud_divisor(clock_hz, baud)
        return cls(n_in, outputs, divisor, score_signed=score_signed)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self.divisor)
        m.submodules.request = request = RequestReceiver(self.n_in, self.idle_bits)
        m.submodules.reply = reply = ReplySender(self.layout)
        m.submodules.core = self.core(request.x, request.x_valid, reply.y, reply.y_valid)
        wiring.connect(m, receiver.bytes, request.bytes)
        wiring.connect(m, reply.bytes, transmitter.bytes)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            self.leds.eq(reply.class_),
            request.bit_passed.eq(receiver.bit_passed),
            request.free.eq(reply.free),
            reply.asked.eq(request.x_valid),
            reply.refused.eq(request.refused),
        ]
        return m
