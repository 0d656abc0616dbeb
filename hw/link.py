"""The link: requests and replies as bytes, whatever carries the bytes.

Request    0xA5, ceil(n_in / 8) payload bytes, check byte
Reply      0x5A, class byte, the scores in order (little-endian two's complement, 1 byte each where
           a score has at most 8 bits, else 2), check byte
Refusal    0x5E, code byte; code 1: the check byte was wrong

Payload byte j holds input bits 8j .. 8j+7, lowest bit first; spare bits of the last byte are
ignored. A check byte is the exclusive or of the bytes between the first one and itself.

A request that stalls for longer than the idle time is dropped without an answer, so a lost byte
costs one request and never more: a sender that had no answer waits that long and starts afresh.
Bytes outside a request are ignored until a start byte comes. One request may come in while the
previous reply goes out; it is answered after that reply, and bytes that come while it waits are
lost. So a sender never has more than two requests under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = [
    "REFUSAL_START",
    "REFUSED_CHECK",
    "REPLY_START",
    "REQUEST_START",
    "ReplyLayout",
    "ReplySender",
    "RequestReceiver",
    "payload_bytes",
]

REQUEST_START = 0xA5
REPLY_START = 0x5A
REFUSAL_START = 0x5E
REFUSED_CHECK = 1

WIDEST_CLASS = 8
WIDEST_SCORE = 16


@dataclass(frozen=True)
class ReplyLayout:
    """What a core's output bits mean: the class, then `scores` scores of `score_bits` bits."""

    class_bits: int
    scores: int = 0
    score_bits: int = 0
    score_signed: bool = True

    @classmethod
    def of(cls, outputs: Sequence[tuple[str, int]], score_signed: bool = True) -> "ReplyLayout":
        """From a core's outputs, [name, width] in order: the class first, then scores of one width.

        Raises ValueError where a reply cannot carry them.
        """
        if not outputs:
            raise ValueError("the core has no outputs; the link sends at least a class")
        (first, class_bits), scores = outputs[0], outputs[1:]
        if not 1 <= class_bits <= WIDEST_CLASS:
            raise ValueError(
                f"output {first!r} has {class_bits} bits; the class byte holds 1 to {WIDEST_CLASS}"
            )
        widths = {width for _, width in scores}
        if len(widths) > 1:
            raise ValueError(f"scores have {sorted(widths)} bits; the link needs one common width")
        score_bits = widths.pop() if widths else 0
        if scores and not 1 <= score_bits <= WIDEST_SCORE:
            raise ValueError(
                f"output {scores[0][0]!r} has {score_bits} bits; a score has 1 to {WIDEST_SCORE}"
            )
        return cls(class_bits, len(scores), score_bits, score_signed)

    @property
    def n_out(self) -> int:
        """Output bits of the core."""
        return self.class_bits + self.scores * self.score_bits

    @property
    def score_bytes(self) -> int:
        """Bytes per score in a reply: 1 or 2."""
        return 1 if self.score_bits <= 8 else 2

    @property
    def reply_bytes(self) -> int:
        """Bytes of a reply, start and check byte included."""
        return 3 + self.scores * self.score_bytes


def payload_bytes(n_in: int) -> int:
    """Payload bytes of a request; raises ValueError where there is nothing to send."""
    if n_in < 1:
        raise ValueError(f"n_in is {n_in}; a core has at least one input")
    return -(-n_in // 8)


class RequestReceiver(wiring.Component):
    """Collects requests; `x` is the frame register itself, which shifts while bytes come in.

    `x_valid` and `refused` are up for one cycle, only while `free` says that an answer can start:
    `x_valid` with a good request in `x`, `refused` where its check byte was wrong.
    `idle_bits` bit times without a byte end a request, rounded up to a power of two; `bit_passed`
    counts them.
    """

    def __init__(self, n_in: int, idle_bits: int) -> None:
        self.n_in = n_in
        self.payload_bytes = payload_bytes(n_in)
        self.idle_log2 = ceil_log2(max(idle_bits, 2))
        super().__init__(
            {
                "bytes": In(stream.Signature(8, always_ready=True)),
                "bit_passed": In(1),
                "free": In(1),
                "x": Out(n_in),
                "x_valid": Out(1),
                "refused": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        frame = Signal(8 * self.payload_bytes, reset_less=True)
        left = Signal(range(self.payload_bytes + 1), reset_less=True)
        total = Signal(8, reset_less=True)
        quiet = Signal(self.idle_log2 + 1, reset_less=True)
        m.d.comb += self.x.eq(frame[: self.n_in])
        m.d.sync += quiet.eq(quiet + self.bit_passed)
        with m.If(self.bytes.valid):
            m.d.sync += quiet.eq(0)
        with m.FSM():
            with m.State("idle"):
                m.d.sync += [left.eq(self.payload_bytes), total.eq(0)]
                with m.If(self.bytes.valid & (self.bytes.payload == REQUEST_START)):
                    m.next = "request"
            with m.State("request"):
                with m.If(self.bytes.valid):
                    m.d.sync += [left.eq(left - 1), total.eq(total ^ self.bytes.payload)]
                    with m.If(left == 0):
                        m.next = "complete"
                    with m.Else():
                        m.d.sync += frame.eq(Cat(frame[8:], self.bytes.payload))
                with m.Elif(quiet[-1]):
                    m.next = "idle"
            with m.State("complete"), m.If(self.free):
                m.d.comb += [self.x_valid.eq(total == 0), self.refused.eq(total != 0)]
                m.next = "idle"
        return m


class ReplySender(wiring.Component):
    """Takes the core's answer and sends it; `class_` keeps the last class, for lights.

    `asked` starts waiting for `y_valid`; `refused` sends a refusal. Both only while `free`.
    The scores go out straight from the register that took them, shifted one score at a time.
    """

    def __init__(self, layout: ReplyLayout) -> None:
        self.layout = layout
        super().__init__(
            {
                "asked": In(1),
                "refused": In(1),
                "free": Out(1),
                "y": In(layout.n_out),
                "y_valid": In(1),
                "class_": Out(layout.class_bits),
                "bytes": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = self.layout
        latched = Signal(layout.class_bits, reset_less=True)
        scores = Signal(layout.scores * layout.score_bits, reset_less=True)
        left = Signal(range(max(layout.scores * layout.score_bytes, 2)), reset_less=True)
        # The byte to send now, but for scores; after the class byte it gathers the check byte.
        current = Signal(8, reset_less=True)
        refusal = Signal(reset_less=True)
        sent = self.bytes.valid & self.bytes.ready
        m.d.comb += self.class_.eq(latched)
        with m.FSM():
            with m.State("free"):
                m.d.comb += self.free.eq(1)
                m.d.sync += [
                    refusal.eq(self.refused),
                    current.eq(Mux(self.refused, REFUSAL_START, REPLY_START)),
                ]
                with m.If(self.refused):
                    m.next = "start"
                with m.Elif(self.asked):
                    m.next = "compute"
            with m.State("compute"), m.If(self.y_valid):
                m.d.sync += Cat(latched, scores).eq(self.y)
                m.next = "start"
            with m.State("start"):
                m.d.comb += self._offer(current)
                with m.If(sent):
                    m.d.sync += current.eq(Mux(refusal, REFUSED_CHECK, latched))
                    m.next = "class"
            with m.State("class"):
                m.d.comb += self._offer(current)
                m.d.sync += left.eq(layout.scores * layout.score_bytes - 1)
                with m.If(sent & refusal):
                    m.next = "free"
                with m.Elif(sent):
                    m.next = "scores" if layout.scores else "check"
            if layout.scores:
                with m.State("scores"):
                    byte, last_of_score = self._score_byte(scores, left)
                    m.d.comb += self._offer(byte)
                    with m.If(sent):
                        m.d.sync += [current.eq(current ^ byte), left.eq(left - 1)]
                        with m.If(last_of_score):
                            m.d.sync += scores.eq(scores >> layout.score_bits)
                        with m.If(left == 0):
                            m.next = "check"
            with m.State("check"):
                m.d.comb += self._offer(current)
                with m.If(sent):
                    m.next = "free"
        return m

    def _offer(self, byte: ValueLike) -> list[Any]:
        return [self.bytes.valid.eq(1), self.bytes.payload.eq(byte)]

    def _score_byte(self, scores: Value, left: Value) -> tuple[Value, ValueLike]:
        """The byte to send now, and whether it is the last one of its score."""
        lowest = scores[: self.layout.score_bits]
        score = lowest.as_signed() if self.layout.score_signed else lowest
        if self.layout.score_bytes == 1:
            return score, 1
        return Mux(left[0], lowest[:8], score >> 8), ~left[0]
