"""A network's neurons in turn: one multiplier and adder, a program in memory, any network's size.

The program (`hw.program`) is two read-only memories. Each term is one cycle: all values of a word
of the value memory, times their weights, are added to the sum. Then come the neuron's ends. Codes
go to the value memory, behind the inputs; scores to the outputs and to the running maximum.

A neuron of t terms and e ends takes t + e + 2 cycles, and loading takes one for every word of
inputs that a term reads.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from amaranth.hdl import (
    Cat,
    Const,
    Elaboratable,
    Module,
    Mux,
    Shape,
    Signal,
    Value,
    signed,
    unsigned,
)
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hw.program import Program, signed_bits

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """Runs a program: `x` with `x_valid` gives `y` with `y_valid`, `program.latency` cycles later.

    `x` is read in the cycle of `x_valid` only, and taken where `ready` is 1: one input at a time.
    `y` holds the class, lowest bit first, then the scores in order; it counts where `y_valid` is 1.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        scores = program.classes * program.score_bits if program.scores_out else 0
        super().__init__(
            {
                "x": In(program.n_in * program.in_bits),
                "x_valid": In(1),
                "ready": Out(1),
                "y": Out(program.class_bits + scores),
                "y_valid": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        p = self.program
        width = p.lanes * p.bits
        m.submodules.values = values = Memory(shape=width, depth=p.values, init=[])
        write = values.write_port(granularity=p.bits if p.lanes > 1 else None)
        read = values.read_port()
        m.submodules.terms = terms = _Reader(_term_layout(p), p.term_words(), p.block)
        m.submodules.ends = ends = _Reader(_end_layout(p), [asdict(end) for end in p.ends], p.block)
        elements = [self.x.word_select(element, p.in_bits) for element in p.loaded]
        frame = Signal(p.loads * p.lanes * p.in_bits, reset_less=True)
        at, lane = Signal(range(p.values + 1)), Signal(range(p.lanes))
        adding, storing = Signal(), Signal()
        code, score = _sums(m, p, adding, storing, terms.word.weights, read.data, ends.word)
        self._answer(m, score, storing & ends.word.score, ends.word.final)
        m.d.comb += [read.addr.eq(terms.word.address), write.addr.eq(at)]
        m.d.sync += self.y_valid.eq(storing & ends.word.final)
        with m.FSM():
            with m.State("WAIT"):
                m.d.comb += [self.ready.eq(1), terms.restart.eq(1), ends.restart.eq(1)]
                m.d.sync += [frame.eq(Cat(elements)), at.eq(0), lane.eq(0)]
                with m.If(self.x_valid):
                    m.next = "LOAD"
            with m.State("LOAD"):
                m.d.comb += [write.data.eq(_loaded(p, frame)), write.en.eq(-1)]
                m.d.sync += [frame.eq(frame >> p.lanes * p.in_bits), at.eq(at + 1)]
                with m.If(at == p.loads - 1):
                    m.next = "ADD"
            with m.State("ADD"):
                m.d.comb += [adding.eq(1), terms.step.eq(1)]
                with m.If(terms.word.last):
                    m.next = "DRAIN"
            with m.State("DRAIN"):
                m.next = "END"
            with m.State("END"):
                m.d.comb += ends.step.eq(~ends.word.last)
                with m.If(ends.word.last):
                    m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += [storing.eq(1), ends.step.eq(1)]
                m.d.comb += write.data.eq(Cat([code] * p.lanes))
                m.d.comb += write.en.eq(Mux(ends.word.score, 0, 1 << lane))
                full = lane == p.lanes - 1
                m.d.sync += [lane.eq(Mux(full, 0, lane + 1)), at.eq(at + full)]
                m.next = "ADD"
                with m.If(ends.word.final):
                    m.next = "WAIT"
        return m

    def _answer(self, m: Module, score: Signal, given: Value, final: Value) -> None:
        """Keep the scores as they come, and the index of the first of the largest, or the last."""
        p = self.program
        best, index = Signal.like(score), Signal(range(p.classes + 1))
        winner = Signal(p.class_bits)
        scores = Signal(len(self.y) - p.class_bits, reset_less=True)
        m.d.comb += self.y.eq(Cat(winner, scores))
        with m.If(given):
            m.d.sync += index.eq(Mux(final, 0, index + 1))
            if p.scores_out:
                m.d.sync += scores.eq(Cat(scores[p.score_bits :], score))
            with m.If((index == 0) | ((score >= best) if p.last else (score > best))):
                m.d.sync += [best.eq(score), winner.eq(index)]


def _shape(p: Program) -> Shape:
    """The shape of a value."""
    return signed(p.bits) if p.signed else unsigned(p.bits)


def _term_layout(p: Program) -> data.StructLayout:
    """The fields of a word of the terms' memory."""
    weight = unsigned(1) if p.signs else signed(p.weight_bits)
    weights = data.ArrayLayout(weight, p.lanes)
    return data.StructLayout({"address": p.address_bits, "weights": weights, "last": 1})


def _end_layout(p: Program) -> data.StructLayout:
    """The fields of a word of the ends' memory."""
    return data.StructLayout(
        {"value": signed(p.end_bits), "code": _shape(p), "last": 1, "score": 1, "final": 1}
    )


def _loaded(p: Program, frame: Value) -> Value:
    """The next word of inputs, each as wide as a value."""
    elements = [frame.word_select(lane, p.in_bits) for lane in range(p.lanes)]
    tops = [element[-1] if p.in_signed else Const(0, 1) for element in elements]
    wide = (
        Cat(element, top.replicate(p.bits)) for element, top in zip(elements, tops, strict=True)
    )
    return Cat(value[: p.bits] for value in wide)


def _sums(
    m: Module,
    p: Program,
    adding: Signal,
    storing: Signal,
    weights: data.View,
    word: Value,
    end: data.View,
) -> tuple[Signal, Signal]:
    """The multipliers and adder: the code of the sum by the ends passed, and the sum with a bias.

    A word comes from memory a cycle after its term, so its weights wait for it.
    """
    waiting, valid = Signal(weights.shape(), name="waiting"), Signal()
    total = Signal(signed(signed_bits(p.reach + 1)), name="total")
    code, score = Signal(_shape(p), name="code"), Signal(signed(p.score_bits))
    m.d.sync += [waiting.eq(weights), valid.eq(adding)]
    m.d.sync += score.eq((total << p.shift) + end.value)
    values = [word.word_select(lane, p.bits) for lane in range(p.lanes)]
    products = [_product(p, value, waiting[lane]) for lane, value in enumerate(values)]
    with m.If(storing):
        m.d.sync += total.eq(0)
    with m.Elif(valid):
        m.d.sync += total.eq(total + _tree(products))
    with m.If(total >= end.value):
        m.d.sync += code.eq(end.code)
    return code, score


def _product(p: Program, value: Value, weight: Value) -> Value:
    """A value times its weight; of weights 1 and -1 the sign says which."""
    number = value.as_signed() if p.signed else value
    if p.signs:
        return Mux(weight, -number, number)
    if p.bits == 1 and not p.signed:
        return Mux(number, weight, 0)
    return weight * number


def _tree(terms: Sequence[Value]) -> Value:
    """Their sum, added in pairs."""
    while len(terms) > 1:
        rest = terms[len(terms) & ~1 :]
        terms = [one + other for one, other in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*terms, *rest]
    return terms[0]


class _Reader(Elaboratable):
    """A read-only memory and the place in it: `word` is there in every cycle, `step` goes on."""

    def __init__(
        self, layout: data.StructLayout, rows: Sequence[dict[str, Any]], block: bool
    ) -> None:
        self.layout, self.rows, self.block = layout, rows, block
        self.word = Signal(layout)
        self.step, self.restart = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        style = {} if self.block else {"rom_style": "logic", "ram_style": "logic"}
        memory = Memory(shape=self.layout, depth=len(self.rows), init=self.rows, attrs=style)
        m.submodules.memory = memory
        port = memory.read_port()
        place = Signal(range(len(self.rows)))
        # The memory reads where the place will be, so its word is that of the place.
        m.d.comb += [
            port.addr.eq(Mux(self.restart, 0, place + self.step)),
            self.word.eq(port.data),
        ]
        m.d.sync += place.eq(port.addr)
        return m
