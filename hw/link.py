"""The link: requests and replies as frames of bytes (`hw.frames`), whatever carries the bytes.

Request   command byte, then for infer and self-test the payload

    00 ------  identify
    01 nnnn q f  infer: one vector, or one step of a recurrent core. f: the first one, which resets
               states; n: how many were sent since the first one, modulo 16; q: quiet, no reply
    10 --- kkk  self-test of 16^k vectors, k up to 6, of which the payload is the first

The payload is the inputs that something in the core reads, lowest index first, lowest bit first;
the spare bits, which fill up whole bytes, come before them (`CoreShape.pack`). Only these inputs
have cells in the frame register: for a network of 256 inputs, of which 153 are read, that is 103
fewer, and 12 bytes fewer on the line.

Reply     first byte, content

    00 ------  identity, 16 bytes (see `identity`)
    01 nnnn q f  the core's outputs, packed lowest bit first
    10 --- kkk  signature (`hw.signature`); where the core has a clock of its own, then the cycles
               of the link's clock that the test took, 4 bytes, low byte first
    11 ---rrr  refused: 1 the check value was wrong, 2 the length was, 3 the command is unknown,
               4 the number is not the one that is due: a vector before it was lost

A reply begins with its request's command, so it is never taken for another's; and the number keeps
a sequence from going on where a step, quiet ones too, was lost.

The length of a frame is that of its command, and counted. A flag ends a frame whatever was before
it, so there is no time-out: one that lost its flag ends at the next one. Frames without a byte
are ignored, so flags may fill gaps. While a vector or a self-test runs, or a reply waits for the
one before it, bytes of further requests are dropped, up to the next flag. A host loses none, and
need not await an answer, where a request begins when the core is done with the one before it, and
ends at least a reply's bytes after that one's end: flags between requests do that (a stream).
"""

from typing import Any

from amaranth.hdl import Array, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frames import CHECK, ESCAPE, FLAG, TURNED
from hw.harness import LARGEST_LOG16
from hw.shape import WIDEST, CoreShape

__all__ = [
    "FIRST",
    "IDENTIFY",
    "INFER",
    "PROTOCOL",
    "QUIET",
    "REASONS",
    "REFUSED",
    "SELF_TEST",
    "STEPS",
    "TICK_BYTES",
    "FrameSender",
    "ReplySender",
    "RequestReceiver",
    "identity",
]

PROTOCOL = 1
IDENTIFY, INFER, SELF_TEST, REFUSED = 0x00, 0x40, 0x80, 0xC0
FIRST, QUIET = 1, 2
STEPS = 16
REASONS = {
    1: "the check value was wrong",
    2: "the length was wrong",
    3: "unknown command",
    4: "a vector before it was lost",
}
TICK_BYTES = 4
DIGEST_BYTES = 5
CLOCK_BYTES = 3


def identity(
    shape: CoreShape, digest: bytes, clock_khz: int, divisor: int, own_clock: bool
) -> bytes:
    """The content of an identity, 16 bytes.

    Protocol version; flags (1 recurrent, 2 self-test, 4 the core has a clock of its own); input
    bits of a payload, and output bits, two bytes each; the link's clock in kHz, three bytes, and
    its cycles per bit on the line, two; the first 5 bytes of the core's digest. Numbers go low byte
    first. Raises ValueError for a shorter digest, or a divisor that has no room.
    """
    if len(digest) < DIGEST_BYTES:
        raise ValueError(f"a digest of {len(digest)} bytes; at least {DIGEST_BYTES} are needed")
    if divisor > WIDEST:
        raise ValueError(f"{divisor} clock cycles per bit; at most {WIDEST}: raise the baud rate")
    flags = (shape.reset is not None) | shape.self_test << 1 | own_clock << 2
    numbers = ((len(shape.live), 2), (shape.n_out, 2), (clock_khz, CLOCK_BYTES), (divisor, 2))
    return (
        bytes([PROTOCOL, flags])
        + b"".join(number.to_bytes(size, "little") for number, size in numbers)
        + digest[:DIGEST_BYTES]
    )


class RequestReceiver(wiring.Component):
    """Takes frames apart: payload bytes go on by `load` and `byte`, the command stays.

    `pending` is up from the end of a frame until `taken`; `command` is its first byte and
    `refused` 0, or why it is refused. Meanwhile bytes that come are dropped.
    """

    def __init__(self, shape: CoreShape) -> None:
        self.shape = shape
        super().__init__(
            {
                "bytes": In(stream.Signature(8, always_ready=True)),
                "load": Out(1),
                "byte": Out(8),
                "command": Out(8),
                "pending": Out(1),
                "refused": Out(2),
                "taken": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        payload = self.shape.payload_bytes
        check = CHECK.create()
        # Place in the frame: 0 is the command's, payload + 4 means too long.
        place = Signal(range(payload + 5))
        escaped, hunting = Signal(), Signal()
        raw, flag, escape, data = self.bytes.payload, Signal(), Signal(), Signal()
        # A reset costs less than the processor's own `start`, which may come with a byte.
        m.submodules.check = ResetInserter(flag)(check)
        m.d.comb += [
            flag.eq(self.bytes.valid & (raw == FLAG)),
            escape.eq(self.bytes.valid & (raw == ESCAPE)),
            data.eq(self.bytes.valid & ~flag & ~escape & ~self.pending & ~hunting),
            self.byte.eq(raw ^ Mux(escaped, TURNED, 0)),
            self.load.eq(data & (place != 0) & (place <= payload)),
            check.data.eq(self.byte),
            check.valid.eq(data),
        ]
        with m.If(self.bytes.valid):
            m.d.sync += escaped.eq(escape)
        with m.If(flag):
            m.d.sync += [place.eq(0), hunting.eq(0)]
        with m.Elif(self.bytes.valid & self.pending):
            m.d.sync += hunting.eq(1)
        with m.If(data & (place != payload + 4)):
            m.d.sync += place.eq(place + 1)
        with m.If(data & (place == 0)):
            m.d.sync += self.command.eq(self.byte)
        with m.If(flag & (place != 0)):
            m.d.sync += [
                self.pending.eq(1),
                self.refused.eq(self._verdict(place, check.match_detected & ~escaped)),
            ]
        with m.Elif(self.taken):
            m.d.sync += self.pending.eq(0)
        return m

    def _verdict(self, place: Signal, good: Value) -> Value:
        kind = self.command[6:]
        unknown = kind == REFUSED >> 6
        if self.shape.self_test:
            unknown |= (kind == SELF_TEST >> 6) & (self.command[:3] > LARGEST_LOG16)
        else:
            unknown |= kind == SELF_TEST >> 6
        length = Mux(kind == IDENTIFY >> 6, 3, self.shape.payload_bytes + 3)
        return Mux(~good, 1, Mux(unknown, 3, Mux(place != length, 2, 0)))


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
    answer to send now, `next` asks for the following one. `ticks` are sent after a signature where
    the core has a clock of its own; they are counted here.
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
        lost = infer & ~self.command[0] & (self.command[2:6] != steps)
        refused = (self.refused != 0) | lost
        named, tested = Signal(reset_less=True), Signal(reset_less=True)
        lengths = [len(self.identity), self.shape.answer_bytes, self.shape.signature_bytes]
        left = Signal(range(max(*lengths, TICK_BYTES)), reset_less=True)
        m.d.comb += [
            self.first.eq(self.command[0] | test),
            self.log16.eq(Mux(test, self.command[:3], 0)),
        ]
        ticks = self._count_ticks(m) if self.own_clock else Const(0, 8 * TICK_BYTES)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += idle.eq(1)
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
            with m.State("head"):
                reason = Mux(self.refused == 0, 4, self.refused)
                m.d.comb += [
                    *_offer(offer, Mux(refused, REFUSED | reason, self.command)),
                    check.valid.eq(sent),
                ]
                m.d.sync += [
                    left.eq(Mux(infer, lengths[1], Mux(test, lengths[2], lengths[0])) - 1),
                    named.eq(kind == IDENTIFY >> 6),
                    tested.eq(test),
                ]
                with m.If(sent):
                    m.d.comb += self.taken.eq(1)
                    m.next = "body"
                    with m.If(refused):
                        m.next = "low"
            with m.State("body"):
                m.d.comb += [
                    *_offer(offer, Mux(named, self._identity_byte(left), self.answer)),
                    check.valid.eq(sent),
                    self.next.eq(sent),
                ]
                with m.If(sent):
                    m.d.sync += left.eq(left - 1)
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
