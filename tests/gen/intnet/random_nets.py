"""Random networks of every node in any company, as a Hypothesis strategy.

The structure is drawn, so that a failing network shrinks to few small nodes; what is in the arrays
comes from a seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gen.intnet.network import (
    NEVER,
    Add,
    Argmax,
    Concat,
    Conv,
    IntNet,
    Levels,
    Linear,
    Max,
    NetError,
    Node,
    Signal,
    State,
    Table,
    Words,
    code_range,
)
from tests.gen.intnet.nets import i8, i32

__all__ = ["networks"]

INPUT_BITS = 12
"""Most input bits of a network that is tried on all inputs."""
WEIGHTS = {"binary": (-1, 1), "ternary": (-1, 1), "2-bit": (-2, 1), "4-bit": (-8, 7),
           "8-bit": (-128, 127), "12-bit": (-2048, 2047)}  # fmt: skip
FEW = st.integers(1, 4)
KINDS = st.tuples(st.integers(1, 4), st.booleans())
WIDE = st.tuples(st.sampled_from([8, 9]), st.booleans())


@dataclass
class _Making:
    """A network so far: its nodes, and the signals that a next node can read."""

    draw: Callable[[Any], Any]
    rng: np.random.Generator
    signals: dict[str, Signal]
    nodes: list[Node] = field(default_factory=list)

    def source(self, fits: Callable[[Signal], bool] = lambda _: True) -> str:
        """A signal, those made last first; "" where none fits."""
        names = [name for name, signal in reversed(self.signals.items()) if fits(signal)]
        return self.draw(st.sampled_from(names)) if names else ""

    def add(self, kind: Callable[..., Node], inputs: tuple[str, ...], *fields: Any,
            **more: Any) -> str:  # fmt: skip
        """A node of that kind; "" where its sums would not be exact in float32."""
        node = kind(f"n{len(self.nodes)}", inputs, *fields, **more)
        given = [self.signals[name] for name in inputs]
        node.check(given)
        try:
            self.signals[node.name] = node.signal(given)
        except NetError as error:
            if "float32 would round" not in str(error):
                raise
            return ""
        self.nodes.append(node)
        return node.name

    def weights(self, shape: tuple[int, ...]) -> np.ndarray:
        name = self.draw(st.sampled_from(list(WEIGHTS)))
        low, high = WEIGHTS[name]
        weight = self.rng.integers(low, high + 1, shape)
        extreme = self.rng.random(shape)
        weight = np.where(extreme < 0.1, low, np.where(extreme > 0.9, high, weight))
        if name != "binary":
            return np.where(self.rng.random(shape) < 0.3, 0, weight)
        return i8(np.where(weight < 0, -1, 1))


# One function for each node -----------------------------------------------------------------


def _linear(at: _Making, size: int | None = None) -> str:
    source = at.source()
    size = size or at.draw(FEW)
    weight = at.weights((size, at.signals[source].size))
    return at.add(Linear, (source,), weight, i32(at.rng.integers(-9, 10, size)))


def _conv(at: _Making) -> str:
    source = at.source(lambda signal: signal.size > 1)
    if not source:
        return ""
    shape = _image(at, at.signals[source].size)
    groups = at.draw(st.sampled_from([n for n in range(1, shape[0] + 1) if shape[0] % n == 0]))
    sides = [at.draw(st.sampled_from([n for n in (1, 2, 3) if n <= side])) for side in shape[1:]]
    padding = tuple(at.draw(st.integers(0, side - 1)) for side in sides)
    stride = at.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    filters = groups * at.draw(st.integers(1, 2))
    weight = at.weights((filters, shape[0] // groups, *sides))
    bias = i32(at.rng.integers(-9, 10, filters))
    return at.add(Conv, (source,), weight, bias, shape, stride, padding, groups)


def _words(at: _Making) -> str:
    source = at.source(lambda signal: signal.bits == 1 and not signal.signed)
    if not source:
        return ""
    size, count = at.signals[source].size, at.draw(FEW)
    first = at.rng.integers(0, size, count)
    width = at.rng.integers(0, np.minimum(16, size - first) + 1)
    return at.add(Words, (source,), i32(first), i8(width), i8(at.rng.integers(0, 2, count)))


def _image(at: _Making, size: int) -> tuple[int, int, int]:
    """Channels, height and width, of which there are `size`."""
    channels = at.draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
    plane = size // channels
    height = at.draw(st.sampled_from([n for n in range(1, plane + 1) if plane % n == 0]))
    return channels, height, plane // height


def _levels(at: _Making, source: str = "", kind: tuple[int, bool] | None = None) -> str:
    """Steps in any order of codes: equal edges, edges never reached, none at all among them."""
    source = source or at.source()
    given, (bits, signed) = at.signals[source], kind or at.draw(st.one_of(KINDS, WIDE))
    steps = at.draw(st.integers(0, min(6, 1 << bits)))
    low, high = given.low[:, None] - 2, given.high[:, None] + 4
    edges = np.sort(at.rng.integers(low, high, (given.size, steps)), axis=1)
    if steps:
        edges[at.rng.random(given.size) < 0.2, -1:] = NEVER
        twice = at.rng.random(given.size) < 0.2
        edges[twice] = np.sort(np.c_[edges[twice, :1], edges[twice, :-1]], axis=1)
    codes = _codes(at, (given.size, steps + 1), bits, signed)
    return at.add(Levels, (source,), i32(edges), codes, bits=bits, signed=signed)


def _codes(at: _Making, shape: tuple[int, ...], bits: int, signed: bool) -> np.ndarray:
    low, high = (int(end[0]) for end in code_range(1, bits, signed))
    return at.rng.integers(low, high + 1, shape)


def _table(at: _Making, size: int | None = None, kind: tuple[int, bool] | None = None) -> str:
    source = at.source(lambda signal: 0 < signal.bits <= 4)
    if not source:
        return ""
    given, size = at.signals[source], size or at.draw(FEW)
    reads = at.draw(st.integers(0, max(1, 7 // given.bits)))
    bits, signed = kind or at.draw(st.tuples(st.integers(1, 3), st.booleans()))
    wiring = at.rng.integers(0, given.size, (size, reads))
    tables = _codes(at, (size, 1 << reads * given.bits), bits, signed)
    codes = {"bits": bits, "signed": signed}
    return at.add(Table, (source,), i32(wiring), tables, width=given.bits, **codes)


def _concat(at: _Making) -> str:
    only = at.draw(st.sampled_from(["anything", "codes", "unsigned codes"]))

    def fits(signal: Signal) -> bool:
        plain = signal.bits and (only == "codes" or not signal.signed)
        return signal.size < 10 and (only == "anything" or bool(plain))

    sources = tuple(at.source(fits) for _ in range(at.draw(FEW)))
    if "" in sources:
        return ""
    return at.add(Concat, sources, sum(at.signals[name].size for name in sources))


def _add(at: _Making) -> str:
    first = at.source()
    size = at.signals[first].size
    more = at.draw(st.integers(0, 2))
    others = (at.source(lambda signal: signal.size == size) for _ in range(more))
    return at.add(Add, (first, *others), size)


def _max(at: _Making) -> str:
    source = at.source()
    shape = at.draw(st.tuples(FEW, FEW))
    return at.add(Max, (source,), i32(at.rng.integers(0, at.signals[source].size, shape)))


def _argmax(at: _Making, source: str = "") -> str:
    return at.add(Argmax, (source or at.source(),), last=at.draw(st.booleans()))


MAKERS = (_linear, _levels, _conv, _words, _table, _concat, _add, _max, _argmax)


# What it answers with -----------------------------------------------------------------------


def _class(at: _Making) -> tuple[str, ...]:
    return (_argmax(at, _scores(at)),)


def _class_and_scores(at: _Making) -> tuple[str, ...]:
    scores = _scores(at)
    return _argmax(at, scores), scores


def _scores(at: _Making) -> str:
    return _linear(at) or at.source()


def _top_score(at: _Making) -> tuple[str, ...]:
    scores = _scores(at)
    row = np.arange(at.signals[scores].size)
    return at.add(Max, (scores,), i32(row[None])), scores


def _threshold(at: _Making) -> tuple[str, ...]:
    return (_levels(at, _scores(at), (1, False)),)


def _group_sums(at: _Making) -> tuple[str, ...]:
    """Elements counted in groups, as networks of truth tables end."""
    source = at.source()
    weight = np.zeros((2, at.signals[source].size), np.int8)
    weight[0, ::2] = weight[1, 1::2] = 1
    made = at.add(Linear, (source,), weight, i32([0, 0]))
    return (made or source,)


def _anything(at: _Making) -> tuple[str, ...]:
    count = at.draw(st.integers(1, 3))
    names = [node.name for node in at.nodes]
    return tuple(at.draw(st.permutations(names))[:count])


ENDS = (_class, _class_and_scores, _top_score, _threshold, _group_sums, _anything, lambda _: ())


@st.composite
def networks(draw: Any, recurrent: bool = False, input_bits: int = INPUT_BITS) -> IntNet:
    """Valid networks of up to 8 nodes and what ends and states need, of at most `input_bits`."""
    bits, signed = draw(KINDS)
    n_inputs = draw(st.integers(1, input_bits // bits))
    at = _Making(draw, np.random.default_rng(draw(st.integers(0, 2**32 - 1))), {})
    at.signals["x"] = Signal(*code_range(n_inputs, bits, signed), bits, signed)
    states = [_state(at, number) for number in range(draw(st.integers(1, 2)) if recurrent else 0)]
    for _ in range(draw(st.sampled_from(range(1, 9)))):
        draw(st.sampled_from(MAKERS))(at)
    outputs = draw(st.sampled_from(ENDS))(at)
    ended = tuple(_next(at, state) for state in states)
    known = {node.name for node in at.nodes}
    if not at.nodes:
        at.add(Argmax, ("x",))
    outputs = tuple(name for name in dict.fromkeys(outputs) if name in known)
    return IntNet(n_inputs, tuple(at.nodes), bits, signed, {}, ended, outputs)


def _state(at: _Making, number: int) -> State:
    """A state without its next value."""
    size, bits = at.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    signed = at.draw(st.booleans())
    state = State(f"h{number}", "", _codes(at, (size,), bits, signed), bits, signed)
    at.signals[state.name] = Signal(*code_range(size, bits, signed), bits, signed)
    return state


def _next(at: _Making, state: State) -> State:
    """The state with what makes its next value: the inputs, any node, sums, or tables."""
    kind = state.bits, state.signed
    fits = [
        name
        for name, signal in at.signals.items()
        if (signal.size, signal.bits, signal.signed) == (state.size, *kind) and name[0] in "nx"
    ]
    made = at.draw(st.sampled_from(["", *fits]))
    if not made and at.draw(st.booleans()):
        made = _table(at, state.size, kind)
    while not made:
        sums = _linear(at, state.size)
        made = _levels(at, sums, kind) if sums else ""
    return State(state.name, made, state.reset, *kind)
