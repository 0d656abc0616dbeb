"""The harness around a core: frame register, answer register, and the self-test between them.

All of it runs in one clock domain, the core's. An inference is a self-test of one vector: the
answer register is cleared, and an answer folded into it. So the self-test needs hardly more than a
counter, the frame register being its generator and the answer register its signature.
"""

from collections.abc import Callable

from amaranth.hdl import (
    Cat,
    ClockSignal,
    Const,
    Elaboratable,
    Instance,
    Module,
    Mux,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.shape import CoreShape
from hw.signature import LARGEST_LOG16, taps, trinomial

__all__ = ["CoreFactory", "Harness", "VectorCounter", "verilog_core"]

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


class VectorCounter(wiring.Component):
    """Counts vectors; `more` is up until 16^log16 of them were taken since `start`.

    It is a register: a path from the count on to the frame's clock enables would limit the core's
    clock (45 MHz on UP5K, where a core with a register after every LUT reaches 134).
    """

    def __init__(self) -> None:
        log16 = In(range(LARGEST_LOG16 + 1))
        super().__init__({"start": In(1), "taken": In(1), "log16": log16, "more": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # How many will have been taken with the next one.
        count = Signal(4 * LARGEST_LOG16 + 1, reset_less=True)
        with m.If(self.start):
            m.d.sync += [count.eq(1), self.more.eq(1)]
        with m.Elif(self.taken):
            last = count[::4].bit_select(self.log16, 1)
            m.d.sync += [count.eq(count + 1), self.more.eq(self.more & ~last)]
        return m


class Harness(wiring.Component):
    """A core between its frame register and its answer register.

    `load` shifts `byte` into the frame. `start` runs 16^log16 vectors, one a cycle, the frame being
    the first (`log16` is ignored without a self-test: one vector); for a recurrent core `first`
    says that it starts a sequence, and for one with feedback `feed` that its class takes the place
    of the frame's inputs. `done` is up for one cycle when the last answer is in.
    `answer` is the answer register's lowest byte, `next` shifts the next one there. `class_` keeps
    the class of the last answer, for lights.

    The core has a fixed latency of at least one cycle and takes a vector every cycle, or where its
    shape says that it is paced, when it has answered the one before.
    """

    def __init__(self, shape: CoreShape, core: CoreFactory = verilog_core) -> None:
        self.shape = shape
        self.core = core
        super().__init__(
            {
                "load": In(1),
                "byte": In(8),
                "start": In(1),
                "first": In(1),
                **({"feed": In(1)} if shape.feedback else {}),
                "log16": In(range(LARGEST_LOG16 + 1)),
                "done": Out(1),
                "next": In(1),
                "answer": Out(8),
                "class_": Out(shape.class_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        x, x_valid = Signal(self.shape.inputs), Signal()
        y, y_valid = Signal(self.shape.n_out), Signal()
        m.submodules.core = self.core(x, x_valid, y, y_valid)
        self._add_frame(m, x, x_valid)
        running = Signal()
        self._add_control(m, running, x_valid, y_valid)
        self._add_answer(m, running, y, y_valid)
        return m

    def _add_frame(self, m: Module, x: Signal, x_valid: Signal) -> None:
        shape = self.shape
        frame = Signal(8 * shape.payload_bytes, reset_less=True)
        first = Signal(reset_less=True)
        incoming, shift = self.byte, self.load
        if shape.self_test:
            made = Cat(frame[a] ^ frame[b] for a, b in taps(len(frame)))
            incoming, shift = Mux(self.load, self.byte, made), self.load | x_valid
        with m.If(shift):
            m.d.sync += frame.eq(Cat(frame[8:], incoming))
        # In one assignment: Icarus takes all readers of x through every bit that is set alone.
        bits: list[Value] = [Const(0, 1)] * shape.inputs
        for place, index in enumerate(shape.live):
            bits[index] = frame[shape.spare + place]
        if shape.reset is not None:
            bits[shape.reset] = first
        if shape.feedback:
            fed = Signal(reset_less=True)
            with m.If(self.start):
                m.d.sync += fed.eq(self.feed)
            for place, index in enumerate(shape.feedback):
                bits[index] = Mux(fed, self.class_[place], bits[index])
        m.d.comb += x.eq(Cat(bits))
        if shape.reset is not None:
            with m.If(self.start):
                m.d.sync += first.eq(self.first)
            with m.Elif(x_valid):
                m.d.sync += first.eq(0)

    def _add_control(self, m: Module, running: Signal, x_valid: Signal, y_valid: Signal) -> None:
        free = Signal(init=1)
        if self.shape.paced:
            m.d.sync += free.eq(y_valid | (free & ~x_valid))
        m.d.comb += x_valid.eq(running)
        m.d.sync += running.eq(self.start)
        if self.shape.self_test:
            m.submodules.self_test = counter = VectorCounter()
            m.d.comb += [
                counter.start.eq(self.start),
                counter.taken.eq(running & free),
                counter.log16.eq(self.log16),
                x_valid.eq(running & counter.more & free),
            ]
            m.d.sync += running.eq(self.start | (running & counter.more))

    def _add_answer(self, m: Module, running: Signal, y: Signal, y_valid: Signal) -> None:
        size = 8 * self.shape.signature_bytes
        register = Signal(size, reset_less=True)
        out = register[:8]
        folded = y ^ (out << (trinomial(size) - 8)) if self.shape.self_test else y
        answered = Signal()
        m.d.sync += answered.eq(y_valid)
        last = ~running if self.shape.paced else ~y_valid
        m.d.comb += [self.answer.eq(out), self.done.eq(answered & last)]
        with m.If(y_valid):
            m.d.sync += self.class_.eq(y[: self.shape.class_bits])
        with m.If(self.start):
            m.d.sync += register.eq(0)
        with m.Elif(y_valid | self.next):
            # Sending turns the register round; only an answer also feeds back inside it.
            m.d.sync += register.eq(Cat(register[8:], out) ^ Mux(y_valid, folded, 0))
