"""The sequencer against sums worked out by hand, and random programs against a plain loop."""

import random

import pytest
from amaranth.sim import Simulator

from hw.program import End, Program, Term
from hw.sequencer import Sequencer


def small(**changes: object) -> Program:
    """Three 1-bit inputs; one hidden neuron x0 - x1 >= 1; scores h + x2 - 1 and x1."""
    fields: dict[str, object] = {
        "n_in": 3,
        "in_bits": 1,
        "in_signed": False,
        "loaded": (0, 1, 2),
        "terms": (
            Term(0, (1,), False),
            Term(1, (-1,), True),
            Term(3, (1,), False),
            Term(2, (1,), True),
            Term(1, (1,), True),
        ),
        "ends": (
            End(-2, 0, last=False),
            End(1, 1),
            End(-1, score=True),
            End(0, score=True, final=True),
        ),
        "values": 4,
        "bits": 1,
        "signed": False,
        "reach": 2,
        "classes": 2,
        "score_bits": 3,
        "scores_out": True,
    }
    return Program(**(fields | changes))  # type: ignore[arg-type]


def answers(program: Program, inputs: list[int], pause: int = 0) -> list[int]:
    """`y` for every input in turn; checks `ready`, and that `y_valid` comes on time, once."""
    dut = Sequencer(program)
    found: list[int] = []

    async def bench(ctx) -> None:  # type: ignore[no-untyped-def]
        for x in inputs:
            assert ctx.get(dut.ready) == 1
            ctx.set(dut.x, x)
            ctx.set(dut.x_valid, 1)
            await ctx.tick()
            ctx.set(dut.x, ~x & ((1 << len(dut.x)) - 1))
            # Asked again while it works: not taken.
            for cycle in range(1, program.latency):
                assert (ctx.get(dut.ready), ctx.get(dut.y_valid)) == (0, 0), cycle
                await ctx.tick()
            ctx.set(dut.x_valid, 0)
            assert ctx.get(dut.y_valid) == 1
            found.append(ctx.get(dut.y))
            for _ in range(pause):
                await ctx.tick()
                assert ctx.get(dut.y_valid) == 0

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def test_every_input_of_a_small_network() -> None:
    expected = []
    for x in range(8):
        x0, x1, x2 = x & 1, x >> 1 & 1, x >> 2
        scores = [int(x0 - x1 >= 1) + x2 - 1, x1]
        winner = scores.index(max(scores))
        expected.append(winner | (scores[0] & 7) << 1 | (scores[1] & 7) << 4)
    assert answers(small(), list(range(8)), pause=2) == expected


def test_the_class_alone_and_the_program_in_luts() -> None:
    both = answers(small(), list(range(8)))
    assert answers(small(scores_out=False, block=False), list(range(8))) == [y & 1 for y in both]


def test_cycles_and_bits_as_told() -> None:
    # 3 to load, 5 terms, 4 ends, 2 more for each of 3 neurons, 1 for the answer.
    assert small().latency == 3 + 5 + 4 + 2 * 3 + 1
    # address 2, sign 1, last 1; value 2 (of -2), code 1, last, score, final.
    assert small().rom_bits == 5 * 4 + 4 * 6


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_random_programs_of_wider_codes(seed: int, is_signed: bool) -> None:
    choose = random.Random(seed)
    low, high = (-4, 3) if is_signed else (0, 7)
    terms, ends = [], []
    n_in, hidden, classes = 5, 4, 3
    for neuron in range(hidden + classes):
        count = choose.randint(1, 4)
        first = 0 if neuron < hidden else n_in
        size = n_in if neuron < hidden else hidden
        for at in range(count):
            address = first + choose.randrange(size)
            terms.append(Term(address, (choose.randint(-8, 7),), at == count - 1))
        if neuron < hidden:
            edges = [-300, *sorted(choose.sample(range(-60, 60), 3))]
            for at, edge in enumerate(edges):
                ends.append(End(edge, choose.randint(low, high), last=at == 3))
        else:
            final = neuron == hidden + classes - 1
            ends.append(End(choose.randint(-20, 20), score=True, final=final))
    loaded = tuple(choose.sample(range(n_in + 2), n_in))
    program = small(
        n_in=n_in + 2,
        in_bits=3,
        in_signed=is_signed,
        loaded=loaded,
        terms=tuple(terms),
        ends=tuple(ends),
        values=n_in + hidden,
        bits=3,
        signed=is_signed,
        reach=300,
        classes=classes,
        score_bits=10,
    )
    inputs = [choose.getrandbits(3 * (n_in + 2)) for _ in range(6)]
    assert answers(program, inputs) == [by_loop(program, x) for x in inputs]


def by_loop(program: Program, x: int) -> int:
    """What the program means, said again as plain Python."""
    size = 1 << program.in_bits
    values = [x >> program.in_bits * element & (size - 1) for element in program.loaded]
    if program.in_signed:
        values = [v - size if v >= size // 2 else v for v in values]
    scores: list[int] = []
    terms, ends = iter(program.terms), iter(program.ends)
    while True:
        total = 0
        for term in terms:
            total += term.weights[0] * values[term.address]
            if term.last:
                break
        code = 0
        for end in ends:
            if total >= end.value:
                code = end.code
            if end.last:
                break
        if not end.score:
            values.append(code)
            continue
        scores.append(total + end.value)
        if end.final:
            break
    y = scores.index(max(scores))
    for at, score in enumerate(scores):
        y |= (
            score & ((1 << program.score_bits) - 1)
        ) << program.class_bits + at * program.score_bits
    return y
