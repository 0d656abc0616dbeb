"""Which of several circuits gives the code of a sum: each is built aside, the smallest is taken.

A code that is affine in the sum between two ends is the sum's own bits, clipped
(`gen.melt.rules.clips`). Others are decision diagrams over the sum's bits (`diagrams`), one
comparison for each bit of the code (`halving`), or one for each edge (`comparators`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from gen.logic.graph import Builder, Graph, Signal
from gen.logic.words import Columns, Word, add_constant
from gen.melt.rules.clips import clipped
from gen.melt.rules.comparators import compared
from gen.melt.rules.diagrams import Diagrams
from gen.melt.rules.halving import halved
from gen.melt.rules.linear import Sum
from gen.melt.rules.steps import Steps

__all__ = ["Chooser"]

MOST_COMPARED = 256
"""Edges above which comparators are not tried: halving has as many as the code has bits."""
MOST_DRAWN = 4096
"""Edges above which decision diagrams are not tried where there is another form."""

Form: TypeAlias = Callable[[Builder, Sum], Word]


@dataclass
class Chooser:
    """Takes the smallest form; what was found for one sum holds for all of the same shape."""

    known: dict[object, int] = field(default_factory=dict)

    def code(self, b: Builder, given: Sum, steps: Steps) -> Word:
        """The code of a sum, a word of its bits."""
        forms = list(_forms(given, steps))
        if len(forms) == 1:
            return forms[0](b, given)
        key, alone = _alone(b, given)
        shape = key, steps.key
        if shape not in self.known:
            self.known[shape] = _smallest(*alone, forms)
        return forms[self.known[shape]](b, given)


def _forms(given: Sum, steps: Steps) -> Iterator[Form]:
    """The forms to try; of equal ones the first is taken."""
    how, count = steps.uniform, len(steps.edges)
    if count < 2:
        yield lambda b, one: compared(b, one, steps)
        return
    if how is not None:
        yield lambda b, one: clipped(b, _word(b, one, steps, how.base), steps, how)
        yield lambda b, one: clipped(b, _raised(b, one, steps, how.base), steps, how)
    if how is None or count <= MOST_DRAWN:
        bases = [given.offset, steps.edges[0], *([how.base] if how else [0])]
        for base in dict.fromkeys(bases):
            yield _drawn(steps, base)
    yield lambda b, one: halved(b, _word(b, one, steps, steps.low), steps)
    if count <= MOST_COMPARED:
        yield lambda b, one: compared(b, one, steps)


def _drawn(steps: Steps, base: int) -> Form:
    def form(b: Builder, one: Sum) -> Word:
        word = _word(b, one, steps, base)
        return Diagrams(b, word, base, steps.low, steps.high).code(steps)

    return form


def _word(b: Builder, one: Sum, steps: Steps, base: int) -> Word:
    """The word (sum - base) modulo a power of two that tells all its sums apart."""
    return one.word(b, one.offset - base, max(1, (steps.high - steps.low).bit_length()))


def _raised(b: Builder, one: Sum, steps: Steps, base: int) -> Word:
    """The same word, the constant added to it after the sum's bits."""
    word = _word(b, one, steps, one.offset)
    return add_constant(b, word, one.offset - base)


def _alone(b: Builder, given: Sum) -> tuple[object, tuple[Builder, Sum]]:
    """A sum over inputs of a builder of its own, and what is equal for sums of the same shape."""
    aig, scratch = b.aig, Builder(b.lut)
    known: dict[int, tuple[int, Signal]] = {0: (0, scratch.false)}

    def copied(columns: Columns) -> tuple[tuple[tuple[int, ...], ...], Columns]:
        numbers, signals = [], []
        for column in columns:
            row, made = [], []
            for signal in column:
                node, flip = aig.node_to_index(aig.get_node(signal)), aig.is_complemented(signal)
                if node not in known:
                    known[node] = len(known), scratch.input(f"bit {len(known)}")
                number, own = known[node]
                row.append(2 * number + flip)
                made.append(~own if flip else own)
            numbers.append(tuple(row))
            signals.append(made)
        return tuple(numbers), signals

    columns = [copied(one) for one in (given.columns, *given.before)]
    key = tuple(numbers for numbers, _ in columns), given.offset, given.top, given.inverted
    (_, own), *before = columns
    alone = Sum(own, given.offset, given.top, [one for _, one in before], given.inverted)
    return key, (scratch, alone)


def _smallest(b: Builder, given: Sum, forms: list[Form]) -> int:
    """The number of the form with the fewest ANDs."""
    ends = []
    for at, form in enumerate(forms):
        for place, bit in enumerate(form(b, given)):
            ends.append(at)
            b.output(f"{at}.{place}", bit)
    graph = b.graph()
    costs = []
    for at in range(len(forms)):
        roots = [int(one) for one, own in zip(graph.outputs, ends, strict=True) if own == at]
        costs.append(_size(graph, roots))
    return costs.index(min(costs))


def _size(graph: Graph, roots: list[int]) -> int:
    """ANDs that these literals need."""
    first = graph.first_and
    needed, stack = set[int](), [one >> 1 for one in roots]
    fan_in = graph.fan_in >> 1
    while stack:
        node = stack.pop()
        if node >= first and node not in needed:
            needed.add(node)
            stack += fan_in[node - first].tolist()
    return len(needed)
