"""A network's neurons in turn: one multiplier and adder, a program in memory, any network's size.

The program is two read-only memories. A term says which value to multiply by which weight; the last
term of a neuron is marked. Then come the neuron's ends: for a hidden neuron the thresholds of its
activation with the code that each gives (the last one reached counts), for a score its bias. Codes
go to the value memory, behind the inputs; scores to the outputs and to the running maximum.

A neuron of t terms and e ends takes t + e + 2 cycles, and loading takes one for every input that
a term reads.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from amaranth.hdl import Cat, Elaboratable, Module, Mux, Shape, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

__all__ = ["End", "Program", "Sequencer", "Term"]


@dataclass(frozen=True)
class Term:
    """Weight times the value at an address; `last` of its neuron or not."""

    address: int
    weight: int
    last: bool


@dataclass(frozen=True)
class End:
    """A threshold, reached by sums of `value` and more, and the code it gives; or a score's bias.

    `last` of its neuron or not; a `score` has one; `final` ends the network.
    """

    value: int
    code: int = 0
    last: bool = True
    score: bool = False
    final: bool = False


@dataclass(frozen=True)
class Program:
    """What the sequencer runs.

    `n_in` elements of `in_bits` bits come in, two's complement if `in_signed`; those in `loaded` go
    to memory, in this order. Values there have `bits` bits, of `signed` or not, at addresses below
    `values`; every partial sum lies in -reach..reach. There are `classes` scores of `score_bits`
    bits, two's complement, which are outputs too where `scores_out`. `block` puts the program in
    block RAM, else in LUTs. The lowest index wins a tie, or the `last`.
    """

    n_in: int
    in_bits: int
    in_signed: bool
    loaded: tuple[int, ...]
    terms: tuple[Term, ...]
    ends: tuple[End, ...]
    values: int
    bits: int
    signed: bool
    reach: int
    classes: int
    score_bits: int
    scores_out: bool
    block: bool = True
    last: bool = False

    @property
    def class_bits(self) -> int:
        """Bits of the class, at least one."""
        return max(1, ceil_log2(self.classes))

    @property
    def latency(self) -> int:
        """Cycles from `x_valid` to `y_valid`, the same for every input."""
        neurons = sum(term.last for term in self.terms)
        return len(self.loaded) + len(self.terms) + len(self.ends) + 2 * neurons + 1

    @property
    def rom_bits(self) -> int:
        """Bits of both program memories."""
        return sum(len(rows) * width for rows, width in zip(
            (self.terms, self.ends), (self.term_layout.size, self.end_layout.size), strict=True
        ))  # fmt: skip

    @property
    def term_layout(self) -> data.StructLayout:
        """The fields of a word of the terms' memory."""
        weight = max(_signed_bits(term.weight) for term in self.terms)
        address = max(1, ceil_log2(self.values))
        return data.StructLayout({"address": address, "weight": signed(weight), "last": 1})

    @property
    def end_layout(self) -> data.StructLayout:
        """The fields of a word of the ends' memory."""
        value = max(_signed_bits(end.value) for end in self.ends)
        code = signed(self.bits) if self.signed else unsigned(self.bits)
        return data.StructLayout(
            {"value": signed(value), "code": code, "last": 1, "score": 1, "final": 1}
        )


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
        m.submodules.values = values = Memory(shape=_shape(p), depth=p.values, init=[])
        write, read = values.write_port(), values.read_port()
        m.submodules.terms = terms = _Reader(
            p.term_layout, [asdict(term) for term in p.terms], p.block
        )
        m.submodules.ends = ends = _Reader(p.end_layout, [asdict(end) for end in p.ends], p.block)
        elements = [self.x.word_select(element, p.in_bits) for element in p.loaded]
        frame = Signal(len(elements) * p.in_bits, reset_less=True)
        at = Signal(range(p.values + 1))
        adding, storing = Signal(), Signal()
        code, score = _sums(m, p, adding, storing, terms.word.weight, read.data, ends.word)
        self._answer(m, score, storing & ends.word.score, ends.word.final)
        m.d.comb += [read.addr.eq(terms.word.address), write.addr.eq(at)]
        m.d.sync += self.y_valid.eq(storing & ends.word.final)
        with m.FSM():
            with m.State("WAIT"):
                m.d.comb += [self.ready.eq(1), terms.restart.eq(1), ends.restart.eq(1)]
                m.d.sync += [frame.eq(Cat(elements)), at.eq(0)]
                with m.If(self.x_valid):
                    m.next = "LOAD"
            with m.State("LOAD"):
                element = frame[: p.in_bits]
                m.d.comb += write.data.eq(element.as_signed() if p.in_signed else element)
                m.d.comb += write.en.eq(1)
                m.d.sync += [frame.eq(frame >> p.in_bits), at.eq(at + 1)]
                with m.If(at == len(p.loaded) - 1):
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
                m.d.comb += [write.data.eq(code), write.en.eq(~ends.word.score)]
                m.d.sync += at.eq(at + 1)
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


def _sums(
    m: Module,
    p: Program,
    adding: Signal,
    storing: Signal,
    weight: Value,
    value: Value,
    end: data.View,
) -> tuple[Signal, Signal]:
    """The multiplier and adder: the code of the sum by the ends passed, and the sum with a bias.

    A value comes from memory a cycle after its term, so its weight waits for it.
    """
    waiting, valid = Signal.like(weight), Signal()
    total = Signal(signed(_signed_bits(p.reach + 1)))
    code, score = Signal(_shape(p)), Signal(signed(p.score_bits))
    m.d.sync += [waiting.eq(weight), valid.eq(adding), score.eq(total + end.value)]
    one_bit = p.bits == 1 and not p.signed
    product = Mux(value, waiting, 0) if one_bit else waiting * value
    with m.If(storing):
        m.d.sync += total.eq(0)
    with m.Elif(valid):
        m.d.sync += total.eq(total + product)
    with m.If(total >= end.value):
        m.d.sync += code.eq(end.code)
    return code, score


class _Reader(Elaboratable):
    """A read-only memory and the place in it: `word` is there in every cycle, `step` goes on."""

    def __init__(
        self, layout: data.StructLayout, rows: Sequence[dict[str, int]], block: bool
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


def _shape(p: Program) -> Shape:
    """The shape of a value."""
    return signed(p.bits) if p.signed else unsigned(p.bits)


def _signed_bits(value: int) -> int:
    """Bits of a number in two's complement."""
    return 1 + (value if value >= 0 else ~value).bit_length()
