"""The link: requests and replies as frames of bytes (`hw.frames`), whatever carries the bytes.

Request   command byte, then for infer and self-test the payload

    00 ------  identify
    01 nnnn q f  infer: one vector, or one step of a recurrent core. f: the first one, which resets
               states; n: how many were sent since the first one, modulo 16; q: quiet, no reply
    10 --- kkk  self-test of 16^k vectors, k up to 6, of which the payload is the first
    10 1 kkkkk  generate, in a core with feedback (there, bit 5 of a self-test is 0): k + 1 more
               steps of the sequence, without a payload: the input of each is the class that the
               step before answered

The payload is the inputs that something in the core reads, lowest index first, lowest bit first;
the spare bits, which fill up whole bytes, come before them (`CoreShape.pack`). Only these inputs
have cells in the frame register: for a network of 256 inputs, of which 153 are read, that is 103
fewer, and 12 bytes fewer on the line.

Reply     first byte, content

    00 ------  identity, 16 bytes (see `identity`)
    01 nnnn q f  the core's outputs, packed lowest bit first
    10 --- kkk  signature (`hw.signature`); where the core has a clock of its own, then the cycles
               of the link's clock that the test took, 4 bytes, low byte first
    10 1 kkkkk  a byte for each step, as it is made: the first of the core's outputs, the class in
               its lowest bits
    11 ---rrr  refused: 1 the check value was wrong, 2 the length was, 3 the command is unknown,
               4 the number is not the one that is due: a vector before it was lost

A reply begins with its request's command, so it is never taken for another's; and the number keeps
a sequence from going on where a step, quiet ones too, was lost. Generating counts as a step, and
has no number: it goes on from the last answer, whatever that was, so a host has seen that one.

The length of a frame is that of its command, and counted. A flag ends a frame whatever was before
it, so there is no time-out: one that lost its flag ends at the next one. Frames without a byte
are ignored, so flags may fill gaps. While a vector or a self-test runs, a sequence is generated,
or a reply waits for the one before it, bytes of further requests are dropped, up to the next flag.
A host loses none, and
need not await an answer, where a request begins when the core is done with the one before it, and
ends at least a reply's bytes after that one's end: flags between requests do that (a stream).
"""

from amaranth.hdl import Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frames import CHECK, ESCAPE, FLAG, TURNED
from hw.shape import WIDEST, CoreShape
from hw.signature import LARGEST_LOG16

__all__ = [
    "FIRST",
    "GENERATE",
    "IDENTIFY",
    "INFER",
    "MOST_STEPS",
    "PROTOCOL",
    "QUIET",
    "REASONS",
    "REFUSED",
    "SELF_TEST",
    "STEPS",
    "TICK_BYTES",
    "RequestReceiver",
    "generates",
    "identity",
]

PROTOCOL = 1
IDENTIFY, INFER, SELF_TEST, REFUSED = 0x00, 0x40, 0x80, 0xC0
GENERATE, MOST_STEPS = 0xA0, 32
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

    Protocol version; flags (1 recurrent, 2 self-test, 4 the core has a clock of its own, 8 it can
    generate); input bits of a payload, and output bits, two bytes each; the link's clock in kHz,
    three bytes, and its cycles per bit on the line, two; the first 5 bytes of the core's digest.
    Numbers go low byte first. Raises ValueError for a shorter digest, or a divisor without room.
    """
    if len(digest) < DIGEST_BYTES:
        raise ValueError(f"a digest of {len(digest)} bytes; at least {DIGEST_BYTES} are needed")
    if divisor > WIDEST:
        raise ValueError(f"{divisor} clock cycles per bit; at most {WIDEST}: raise the baud rate")
    flags = (shape.reset is not None) | shape.self_test << 1 | own_clock << 2
    flags |= bool(shape.feedback) << 3
    numbers = ((len(shape.live), 2), (shape.n_out, 2), (clock_khz, CLOCK_BYTES), (divisor, 2))
    return (
        bytes([PROTOCOL, flags])
        + b"".join(number.to_bytes(size, "little") for number, size in numbers)
        + digest[:DIGEST_BYTES]
    )


def generates(command: Value) -> Value:
    """Whether a command is to generate, in a core that can."""
    return command[5:] == GENERATE >> 5


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
        test, bare = kind == SELF_TEST >> 6, kind == IDENTIFY >> 6
        if self.shape.feedback:
            test &= ~generates(self.command)
            bare |= generates(self.command)
        unknown = kind == REFUSED >> 6
        if self.shape.self_test:
            unknown |= test & (self.command[:3] > LARGEST_LOG16)
        else:
            unknown |= test
        length = Mux(bare, 3, self.shape.payload_bytes + 3)
        return Mux(~good, 1, Mux(unknown, 3, Mux(place != length, 2, 0)))
