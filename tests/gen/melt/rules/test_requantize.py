"""Codes of sums, each form of circuit for itself and the one that is chosen, on every sum."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.intnet.network import NEVER, IntNet, Levels, Linear
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder
from gen.logic.words import Word
from gen.melt.melt import melt
from gen.melt.rules.clips import clipped
from gen.melt.rules.comparators import compared
from gen.melt.rules.diagrams import Diagrams
from gen.melt.rules.halving import halved
from gen.melt.rules.linear import Sum
from gen.melt.rules.requantize import Chooser
from gen.melt.rules.steps import Steps, steps_of
from tests.gen.intnet.nets import i8, i32
from tests.gen.logic.graphs import every_input

Form = Callable[[Builder, Sum, Steps], Word]


def node_of(edges: list[int], codes: list[int], bits: int, signed: bool) -> Levels:
    arrays = np.array([edges], np.int64).reshape(1, -1), np.array([codes], np.int64)
    return Levels("h", ("s",), *arrays, bits=bits, signed=signed)  # type: ignore[arg-type]


def word_of(b: Builder, one: Sum, steps: Steps, base: int) -> Word:
    return one.word(b, one.offset - base, max(1, (steps.high - steps.low).bit_length()))


def drawn(base: int) -> Form:
    return lambda b, one, steps: Diagrams(
        b, word_of(b, one, steps, base), base, steps.low, steps.high
    ).code(steps)


def halving(b: Builder, one: Sum, steps: Steps) -> Word:
    return halved(b, word_of(b, one, steps, steps.low), steps)


def clipping(b: Builder, one: Sum, steps: Steps) -> Word:
    assert steps.uniform is not None
    return clipped(b, word_of(b, one, steps, steps.uniform.base), steps, steps.uniform)


def chosen(b: Builder, one: Sum, steps: Steps) -> Word:
    return Chooser().code(b, one, steps)


def lowered(form: Form, steps: Steps, width: int, offset: int) -> tuple[list[int], int]:
    """The codes of the sums that can be, of offset + an integer of `width` bits; and the ANDs."""
    b = Builder()
    columns = [[b.input(f"x{at}")] for at in range(width)]
    word = form(b, Sum(columns, offset, (1 << width) - 1), steps)
    assert len(word) == steps.bits
    for place, bit in enumerate(word):
        b.output(f"y{place}", bit)
    values = every_input(width)[steps.low - offset : steps.high + 1 - offset]
    found = (evaluate(b.graph(), values).astype(np.int64) << np.arange(steps.bits)).sum(axis=1)
    if steps.signed:
        found -= (found >> steps.bits - 1) << steps.bits
    return found.tolist(), b.graph().n_ands


def assert_codes(edges: list[int], codes: list[int], bits: int, signed: bool, width: int,
                 offset: int, low: int, high: int) -> None:  # fmt: skip
    """Every form gives the code of every sum in low..high, and the chosen one is the smallest."""
    wanted = [codes[sum(edge <= value for edge in edges)] for value in range(low, high + 1)]
    steps = steps_of(node_of(edges, codes, bits, signed), 0, low, high)
    forms: list[Form] = [compared, halving, drawn(offset), drawn(0), drawn(low + 1), drawn(high)]
    forms += [clipping] if steps.uniform else []
    sizes = []
    for form in forms:
        found, size = lowered(form, steps, width, offset)
        assert found == wanted
        sizes.append(size)
    found, size = lowered(chosen, steps, width, offset)
    assert found == wanted
    assert size <= min(sizes[:3]) or len(steps.edges) < 2


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_every_form_is_the_step_function(data: st.DataObject) -> None:
    width, offset = data.draw(st.integers(1, 7)), data.draw(st.integers(-70, 70))
    ends = st.integers(offset, offset + (1 << width) - 1)
    low, high = sorted([data.draw(ends), data.draw(ends)])
    if data.draw(st.booleans()):
        low, high = offset, offset + (1 << width) - 1
    bits, signed = data.draw(st.integers(1, 8)), data.draw(st.booleans())
    edge = st.one_of(st.integers(low - 3, high + 3), st.sampled_from([NEVER, -(1 << 31)]))
    edges = sorted(data.draw(st.lists(edge, max_size=40)))
    least = -(1 << bits - 1) if signed else 0
    code = st.integers(least, least + (1 << bits) - 1)
    codes = data.draw(st.lists(code, min_size=len(edges) + 1, max_size=len(edges) + 1))
    order = data.draw(st.sampled_from(["any", "up", "down"]))
    if order != "any":
        codes.sort(reverse=order == "down")
    assert_codes(edges, codes, bits, signed, width, offset, low, high)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_every_form_is_the_affine_function(data: st.DataObject) -> None:
    """round(scale * sum + shift), clipped, for scales of either sign."""
    width, offset = data.draw(st.integers(2, 8)), data.draw(st.integers(-200, 100))
    low, high = offset, offset + (1 << width) - 1
    bits, signed = data.draw(st.integers(1, 8)), data.draw(st.booleans())
    scale = data.draw(st.sampled_from([1, 1, 2, 4, 0.5, 0.25, 0.125, 3, 0.3, 0.75, 1.1, 0.9]))
    scale *= data.draw(st.sampled_from([1, -1]))
    shift = data.draw(st.integers(-100, 100)) / 4
    least = -(1 << bits - 1) if signed else 0
    first = data.draw(st.integers(least, least + (1 << bits) - 1))
    last = data.draw(st.integers(first, least + (1 << bits) - 1))
    values = np.arange(low, high + 1)
    codes = np.clip(np.floor(scale * values + shift), first, last).astype(int).tolist()
    edges = list(range(low + 1, high + 1))
    assert_codes(edges, codes, bits, signed, width, offset, low, high)


@pytest.mark.parametrize(
    ("name", "codes", "bits", "signed", "most"),
    [
        ("the sum itself", range(127), 7, False, 49),
        ("clipped", [min(s, 63) for s in range(127)], 6, False, 49 + 6),
        ("clipped at 50", [min(s, 50) for s in range(127)], 6, False, 65),
        ("shifted by one", [s >> 1 for s in range(127)], 6, False, 49),
        ("rounded by two bits", [s + 2 >> 2 for s in range(127)], 6, False, 66),
        ("falling", [127 - s for s in range(127)], 7, False, 49),
        ("minus 64", [s - 64 for s in range(127)], 7, True, 49),
        ("minus 60, rectified", [max(s - 60, 0) for s in range(127)], 7, False, 76),
        ("twice the middle", [min(max(2 * s - 64, 0), 126) for s in range(127)], 7, False, 66),
    ],
)
def test_requantization_is_arithmetic(
    name: str, codes: list[int], bits: int, signed: bool, most: int
) -> None:
    """Codes that are affine in the sum of two numbers of six bits cost hardly more than it."""
    edges = i32([range(1, 127)])
    nodes = (
        Linear("s", ("x",), i8([[1, 1]]), i32([0])),
        Levels("h", ("s",), edges, i8([codes]), bits=bits, signed=signed),
    )
    graph = melt(IntNet(2, nodes, 6))
    assert graph.n_ands <= most
    rows = every_input(12)
    sums = (rows[:, :6].astype(int) + rows[:, 6:]) @ (1 << np.arange(6))
    found = evaluate(graph, rows).astype(int) @ (1 << np.arange(bits))
    assert (found == (np.array(codes) & (1 << bits) - 1)[sums]).all()


def test_many_levels_take_bounded_time() -> None:
    """Of 65,535 edges: the identity is no gate at all; a square root's codes are halved."""
    values = np.arange(1 << 16)
    steps = steps_of(node_of(values[1:].tolist(), values.tolist(), 16, False), 0, 0, 65535)
    found, size = lowered(chosen, steps, 16, 0)
    assert (found, size) == (values.tolist(), 0)
    roots = np.floor(np.sqrt(values * 16)).astype(int)
    steps = steps_of(node_of(values[1:].tolist(), roots.tolist(), 10, False), 0, 0, 65535)
    found, size = lowered(chosen, steps, 16, 0)
    assert found == roots.tolist()
    assert size < 6_000
