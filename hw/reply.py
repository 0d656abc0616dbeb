"""The replies to the requests of `hw.link`: carries these out on a harness, and sends what came."""

from typing import Any

from amaranth.hdl import Array, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frames import CHECK, ESCAPE, FLAG, TURNED
from hw.link import IDENTIFY, INFER, MOST_STEPS, REFUSED, SELF_TEST, TICK_BYTES, generates
from hw.shape import CoreShape
from hw.signature import LARGEST_LOG16

__all__ = ["FrameSender", "ReplySender"]


class FrameSender(wiring.Component):
    """Puts escapes before bytes that need them; a byte with bit 8 set is a flag and goes as it is.

    Takes a byte when its last part is taken: `source` keeps it there until then.
    """

    def __init__(self) -> None:
        super().__init__({"source": In(stream.Signature(9)), "bytes": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        byte, is_flag = self.source.payload[:8], self.source.payload[8]
        escaped, special = Signal(), Signal()
        sent = self.bytes.valid & self.bytes.ready
        m.d.comb += [
            # A flag and an escape differ in their two lowest bits only.
            special.eq(~is_flag & (byte[2:] == FLAG >> 2) & (byte[0] ^ byte[1]) & ~escaped),
            self.bytes.valid.eq(self.source.valid),
            self.bytes.payload.eq(Mux(special, ESCAPE, byte ^ Mux(escaped, TURNED, 0))),
            self.source.ready.eq(self.bytes.ready & ~special),
        ]
        with m.If(sent):
            m.d.sync += escaped.eq(special)
        return m


class ReplySender(wiring.Component):
    """Carries out a pending request and sends the reply.

    `start` starts the harness with `first` and `log16`, `done` ends it. `answer` is the byte of the
    answer to send now, `next` asks for the following one. `feed`, of a core with feedback, says
    that what is started is a step on the class that was answered last. `ticks` are sent after a
    signature where the core has a clock of its own; they are counted here.
    """

    def __init__(self, shape: CoreShape, identity: bytes, own_clock: bool) -> None:
        self.shape = shape
        self.identity = identity
        self.own_clock = own_clock
        super().__init__(
            {
                "command": In(8),
                "pending": In(1),
                "refused": In(2),
                "taken": Out(1),
                "start": Out(1),
                "first": Out(1),
                **({"feed": Out(1)} if shape.feedback else {}),
                "log16": Out(range(LARGEST_LOG16 + 1)),
                "done": In(1),
                "answer": In(8),
                "next": Out(1),
                "bytes": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.frames = frames = FrameSender()
        wiring.connect(m, frames.bytes, wiring.flipped(self.bytes))
        check, idle = CHECK.create(), Signal()
        m.submodules.check = ResetInserter(idle)(check)
        offer, sent = frames.source, Signal()
        m.d.comb += [sent.eq(offer.valid & offer.ready), check.data.eq(offer.payload[:8])]
        kind, steps = self.command[6:], Signal(4, reset_less=True)
        infer, test = kind == INFER >> 6, kind == SELF_TEST >> 6
        first = self.command[0] | test
        if self.shape.feedback:
            generate, generating = generates(self.command), Signal()
            test &= ~generate
            first = Mux(infer, self.command[0], test)
            m.d.comb += self.feed.eq(generate)
        lost = infer & ~self.command[0] & (self.command[2:6] != steps)
        refused = (self.refused != 0) | lost
        named, tested = Signal(reset_less=True), Signal(reset_less=True)
        lengths = [len(self.identity), self.shape.answer_bytes, self.shape.signature_bytes]
        most = max(*lengths, TICK_BYTES, MOST_STEPS if self.shape.feedback else 0)
        left = Signal(range(most), reset_less=True)
        m.d.comb += [
            self.first.eq(first),
            self.log16.eq(Mux(test, self.command[:3], 0)),
        ]
        ticks = self._count_ticks(m) if self.own_clock else Const(0, 8 * TICK_BYTES)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += idle.eq(1)
                if self.shape.feedback:
                    m.d.sync += generating.eq(0)
                with m.If(self.pending & (refused | (kind == IDENTIFY >> 6))):
                    m.next = "head"
                with m.Elif(self.pending):
                    m.d.comb += self.start.eq(1)
                    m.next = "run"
            with m.State("run"), m.If(self.done):
                with m.If(infer & self.command[1]):
                    m.d.comb += self.taken.eq(1)
                    m.next = "idle"
                with m.Else():
                    m.next = "head"
                    if self.shape.feedback:
                        with m.If(generating):
                            m.next = "body"
            with m.State("head"):
                reason = Mux(self.refused == 0, 4, self.refused)
                m.d.comb += [
                    *_offer(offer, Mux(refused, REFUSED | reason, self.command)),
                    check.valid.eq(sent),
                ]
                length = Mux(infer, lengths[1], Mux(test, lengths[2], lengths[0])) - 1
                if self.shape.feedback:
                    length = Mux(generate, self.command[:5], length)
                m.d.sync += [
                    left.eq(length),
                    named.eq(kind == IDENTIFY >> 6),
                    tested.eq(test),
                ]
                with m.If(sent):
                    m.d.comb += self.taken.eq(1)
                    m.next = "body"
                    if self.shape.feedback:
                        # Until all symbols are sent, a further request is dropped.
                        m.d.comb += self.taken.eq(refused | ~generate)
                        m.d.sync += generating.eq(generate)
                    with m.If(refused):
                        m.next = "low"
            with m.State("body"):
                m.d.comb += [
                    *_offer(offer, Mux(named, self._identity_byte(left), self.answer)),
                    check.valid.eq(sent),
                    self.next.eq(sent),
                ]
                if self.shape.feedback:
                    m.d.comb += self.next.eq(sent & ~generating)
                with m.If(sent):
                    m.d.sync += left.eq(left - 1)
                    if self.shape.feedback:
                        with m.If(generating):
                            m.d.comb += [self.start.eq(left != 0), self.taken.eq(left == 0)]
                            m.next = "run"
                    with m.If(left == 0):
                        m.next = "low"
                        if self.own_clock:
                            m.d.sync += left.eq(TICK_BYTES - 1)
                            with m.If(tested):
                                m.next = "ticks"
            if self.own_clock:
                with m.State("ticks"):
                    m.d.comb += [
                        *_offer(offer, ticks.word_select(~left[:2], 8)),
                        check.valid.eq(sent),
                    ]
                    with m.If(sent):
                        m.d.sync += left.eq(left - 1)
                        with m.If(left == 0):
                            m.next = "low"
            for state, low, following in (("low", 0, "high"), ("high", 8, "flag")):
                with m.State(state):
                    m.d.comb += _offer(offer, check.crc[low : low + 8])
                    with m.If(sent):
                        m.next = following
            with m.State("flag"):
                m.d.comb += _offer(offer, FLAG | 1 << 8)
                with m.If(sent):
                    m.next = "idle"
        with m.If(self.taken & ~refused & (kind != IDENTIFY >> 6)):
            m.d.sync += steps.eq(Mux(self.first, 0, steps) + 1)
        return m

    def _identity_byte(self, left: Value) -> Value:
        return Array(reversed(self.identity))[left]

    def _count_ticks(self, m: Module) -> Signal:
        """The cycles from the start of vectors until they are done."""
        ticks = Signal(8 * TICK_BYTES, reset_less=True)
        running = Signal()
        m.d.sync += running.eq(self.start | (running & ~self.done))
        with m.If(self.start):
            m.d.sync += ticks.eq(0)
        with m.Elif(running):
            m.d.sync += ticks.eq(ticks + 1)
        return ticks


def _offer(source: Any, payload: Any) -> list[Any]:
    return [source.valid.eq(1), source.payload.eq(payload)]
