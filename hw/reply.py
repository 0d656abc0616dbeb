"""The replies to the requests of `hw.link`: carries these out on a harness, and sends what came."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Asked:
    """What the pending request is; the last two are there for cores with feedback only."""

    identify: Value
    infer: Value
    test: Value
    refused: Value
    generate: Value | None
    generating: Signal | None


@dataclass(frozen=True)
class _Sending:
    """The byte on offer, whether it was taken, its check value, and of how many bytes it is."""

    offer: Any
    sent: Signal
    check: Any
    left: Signal
    named: Signal
    tested: Signal


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
        first, generate, generating = self.command[0] | test, None, None
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
        asked = _Asked(kind == IDENTIFY >> 6, infer, test, refused, generate, generating)
        state = _Sending(offer, sent, check, left, named, tested)
        ticks = self._count_ticks(m) if self.own_clock else Const(0, 8 * TICK_BYTES)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += idle.eq(1)
                self._wait(m, asked)
            with m.State("run"), m.If(self.done):
                self._end_run(m, asked)
            with m.State("head"):
                self._send_head(m, asked, state)
            with m.State("body"):
                self._send_body(m, asked, state)
            if self.own_clock:
                with m.State("ticks"):
                    self._send_ticks(m, state, ticks)
            for name, low, following in (("low", 0, "high"), ("high", 8, "flag")):
                with m.State(name):
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

    def _wait(self, m: Module, asked: "_Asked") -> None:
        if asked.generating is not None:
            m.d.sync += asked.generating.eq(0)
        with m.If(self.pending & (asked.refused | asked.identify)):
            m.next = "head"
        with m.Elif(self.pending):
            m.d.comb += self.start.eq(1)
            m.next = "run"

    def _end_run(self, m: Module, asked: "_Asked") -> None:
        with m.If(asked.infer & self.command[1]):
            m.d.comb += self.taken.eq(1)
            m.next = "idle"
        with m.Else():
            m.next = "head"
            if asked.generating is not None:
                with m.If(asked.generating):
                    m.next = "body"

    def _send_head(self, m: Module, asked: "_Asked", state: "_Sending") -> None:
        """The first byte; here it is settled how many follow."""
        reason = Mux(self.refused == 0, 4, self.refused)
        m.d.comb += [
            *_offer(state.offer, Mux(asked.refused, REFUSED | reason, self.command)),
            state.check.valid.eq(state.sent),
        ]
        answer, signature = self.shape.answer_bytes, self.shape.signature_bytes
        length = Mux(asked.infer, answer, Mux(asked.test, signature, len(self.identity))) - 1
        if asked.generate is not None:
            length = Mux(asked.generate, self.command[:5], length)
        m.d.sync += [
            state.left.eq(length),
            state.named.eq(asked.identify),
            state.tested.eq(asked.test),
        ]
        with m.If(state.sent):
            m.d.comb += self.taken.eq(1)
            m.next = "body"
            if asked.generate is not None and asked.generating is not None:
                # Until all symbols are sent, a further request is dropped.
                m.d.comb += self.taken.eq(asked.refused | ~asked.generate)
                m.d.sync += asked.generating.eq(asked.generate)
            with m.If(asked.refused):
                m.next = "low"

    def _send_body(self, m: Module, asked: "_Asked", state: "_Sending") -> None:
        """Identity, answer or signature; of symbols, a byte between two steps."""
        byte = Mux(state.named, self._identity_byte(state.left), self.answer)
        m.d.comb += [
            *_offer(state.offer, byte),
            state.check.valid.eq(state.sent),
            self.next.eq(state.sent),
        ]
        if asked.generating is not None:
            m.d.comb += self.next.eq(state.sent & ~asked.generating)
        with m.If(state.sent):
            m.d.sync += state.left.eq(state.left - 1)
            if asked.generating is not None:
                with m.If(asked.generating):
                    last = state.left == 0
                    m.d.comb += [self.start.eq(state.left != 0), self.taken.eq(last)]
                    m.next = "run"
            with m.If(state.left == 0):
                m.next = "low"
                if self.own_clock:
                    m.d.sync += state.left.eq(TICK_BYTES - 1)
                    with m.If(state.tested):
                        m.next = "ticks"

    def _send_ticks(self, m: Module, state: "_Sending", ticks: Value) -> None:
        m.d.comb += [
            *_offer(state.offer, ticks.word_select(~state.left[:2], 8)),
            state.check.valid.eq(state.sent),
        ]
        with m.If(state.sent):
            m.d.sync += state.left.eq(state.left - 1)
            with m.If(state.left == 0):
                m.next = "low"

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
