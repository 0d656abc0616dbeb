"""The top level around a melted core: serial port and link, harness with the core, lights.

The core comes as a shape and an instance of the Verilog module `core`; nothing here knows how it
was made. The serial port and the link are in `sync`; harness and core are there too, or in a clock
domain of their own, which the design around this one makes.
"""

from amaranth.hdl import DomainRenamer, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import PulseSynchronizer
from amaranth.lib.wiring import In, Out

from hw.harness import CoreFactory, Harness, verilog_core
from hw.link import RequestReceiver, identity
from hw.reply import ReplySender
from hw.shape import CoreShape
from hw.signature import LARGEST_LOG16
from hw.uart import UartReceiver, UartTransmitter, baud_divisor, check_divisor

__all__ = ["CoreTop", "Link", "verilog_core"]

LINK_DOMAIN = "sync"
NO_DIGEST = bytes(8)


class Link(wiring.Component):
    """Serial port, requests and replies: everything between the line and a harness.

    The signals but `rx` and `tx` are those of `Harness`, of the same names.
    """

    def __init__(self, shape: CoreShape, divisor: int, identity: bytes, own_clock: bool) -> None:
        self.shape = shape
        self.divisor = divisor
        self.identity = identity
        self.own_clock = own_clock
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "load": Out(1),
                "byte": Out(8),
                "start": Out(1),
                "first": Out(1),
                **({"feed": Out(1)} if shape.feedback else {}),
                "log16": Out(range(LARGEST_LOG16 + 1)),
                "done": In(1),
                "answer": In(8),
                "next": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self.divisor)
        m.submodules.request = request = RequestReceiver(self.shape)
        m.submodules.reply = reply = ReplySender(self.shape, self.identity, self.own_clock)
        wiring.connect(m, receiver.bytes, request.bytes)
        wiring.connect(m, reply.bytes, transmitter.bytes)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            self.load.eq(request.load),
            self.byte.eq(request.byte),
            reply.command.eq(request.command),
            reply.pending.eq(request.pending),
            reply.refused.eq(request.refused),
            request.taken.eq(reply.taken),
            self.start.eq(reply.start),
            self.first.eq(reply.first),
            self.log16.eq(reply.log16),
            reply.done.eq(self.done),
            reply.answer.eq(self.answer),
            self.next.eq(reply.next),
        ]
        if self.shape.feedback:
            m.d.comb += self.feed.eq(reply.feed)
        return m


class CoreTop(wiring.Component):
    """A core that answers on a serial line (protocol: `hw.link`); `leds` keeps the last class.

    `divisor` is the link's clock cycles per bit, at least 4. `digest` and `clock_khz`, the link's
    clock, are what the design says of itself. `core` makes the core from x, x_valid, y and y_valid.
    With a `core_domain` other than `sync`, that domain must exist; its clock may have any relation
    to the link's, as long as a byte on the line lasts at least six of its cycles. Raises ValueError
    for a divisor or a digest that will not do.
    """

    def __init__(
        self,
        shape: CoreShape,
        divisor: int,
        *,
        digest: bytes = NO_DIGEST,
        clock_khz: int = 0,
        core_domain: str = LINK_DOMAIN,
        core: CoreFactory = verilog_core,
    ) -> None:
        self.shape = shape
        self.divisor = check_divisor(divisor)
        self.core_domain = core_domain
        self.core = core
        self.identity = identity(shape, digest, clock_khz, divisor, core_domain != LINK_DOMAIN)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "leds": Out(shape.class_bits)})

    @classmethod
    def at(
        cls,
        shape: CoreShape,
        clock_hz: float,
        baud: float,
        *,
        digest: bytes = NO_DIGEST,
        core_domain: str = LINK_DOMAIN,
    ) -> "CoreTop":
        """With the divisor for `baud` at `clock_hz`; raises ValueError where none fits.

        Everything is checked before the component exists: Amaranth warns of components that were
        made and never used.
        """
        divisor = baud_divisor(clock_hz, baud)
        khz = round(clock_hz / 1000)
        identity(shape, digest, khz, divisor, core_domain != LINK_DOMAIN)
        return cls(shape, divisor, digest=digest, clock_khz=khz, core_domain=core_domain)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        own_clock = self.core_domain != LINK_DOMAIN
        m.submodules.link = link = Link(self.shape, self.divisor, self.identity, own_clock)
        harness = Harness(self.shape, self.core)
        m.submodules.harness = DomainRenamer(self.core_domain)(harness)
        byte = link.byte
        if own_clock:
            # The receiver's byte lasts for a cycle only; a byte time is there to pass it on.
            byte = Signal(8, reset_less=True)
            with m.If(link.load):
                m.d.sync += byte.eq(link.byte)
        m.d.comb += [
            link.rx.eq(self.rx),
            self.tx.eq(link.tx),
            self.leds.eq(harness.class_),
            harness.byte.eq(byte),
            # Steady from the start of a vector until its answer is sent, as the answer then is.
            harness.first.eq(link.first),
            harness.log16.eq(link.log16),
            link.answer.eq(harness.answer),
        ]
        if self.shape.feedback:
            m.d.comb += harness.feed.eq(link.feed)
        for name in ("load", "start", "next"):
            self._pass_pulse(m, name, getattr(link, name), getattr(harness, name), True)
        self._pass_pulse(m, "done", harness.done, link.done, False)
        return m

    def _pass_pulse(
        self, m: Module, name: str, source: Signal, target: Signal, inwards: bool
    ) -> None:
        """Connect a pulse that lasts one cycle, between clock domains where there are two."""
        if self.core_domain == LINK_DOMAIN:
            m.d.comb += target.eq(source)
            return
        domains = (LINK_DOMAIN, self.core_domain) if inwards else (self.core_domain, LINK_DOMAIN)
        m.submodules[f"pass_{name}"] = crossing = PulseSynchronizer(*domains)
        m.d.comb += [crossing.i.eq(source), target.eq(crossing.o)]
