"""Which of several words is the largest: the index that a graph gives, proved by SAT.

The graph is cut at the bits of the words, which may then have any value. For each index c that the
outputs can say, no word may be ahead of word c; of equal ones the first is ahead, or the last. That
no other index is said makes it the definition of argmax, whatever circuit the graph has for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gen.intnet.network import Argmax, IntNet
from gen.logic.cones import Cones
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.solver import Solver
from gen.melt.melt import output_names
from gen.melt.proof.element import cut_signals
from gen.melt.proof.functions import Function
from gen.melt.values import bit_names

__all__ = ["Words", "prove_winner", "takes_last", "words_of"]

MOST_WORDS = 128
"""Each is compared with each other."""
CONFLICTS = 200_000
"""Of one question about an index."""


@dataclass(frozen=True)
class Words:
    """Literals of a graph that hold words, lowest bit first; two's complement where `signed`.

    `same` has other literals that are the same function as one of these; `ranges`, where given, the
    lowest and highest number that each word, unsigned, can be. Of equal words the first wins, or
    the `last`.
    """

    literals: tuple[tuple[int, ...], ...]
    signed: bool
    same: Mapping[int, int] = field(default_factory=dict)
    ranges: tuple[tuple[int, int], ...] = ()
    last: bool = False


def words_of(net: IntNet, graph: Graph, outputs: Sequence[str], function: Function) -> Words | None:
    """The words that an argmax chooses among, where the graph has them as outputs or inputs."""
    name = net.node(function.name).inputs[0]
    signal = net.signals[name]
    signed = signal.signed or not signal.bits
    states = {state.name for state in net.states}
    if name in {*cut_signals(net)} - states:
        places = {bit: 2 * at for at, bit in enumerate(graph.input_names, 1)}
        names = bit_names(name, signal.size, signal.bits)
    elif name in outputs and len(output_names(net, name)) == signal.size:
        places = dict(zip(graph.output_names, graph.outputs.tolist(), strict=True))
        names = output_names(net, name)
    else:
        return None
    literals = tuple(tuple(places[bit] for bit in word) for word in names)
    return Words(literals, signed, last=takes_last(net, function))


def takes_last(net: IntNet, function: Function) -> bool:
    """Whether a function that is the index of the largest takes the last of equal ones."""
    node = net.node(function.name)
    return isinstance(node, Argmax) and node.last


def prove_winner(cones: Cones, bits: Sequence[str], words: Words) -> bool:
    """Whether the outputs `bits` are proved to be the index of the largest word, for all words.

    False where the budget ran out, or where they are not for some words, which need not occur.
    """
    if len(words.literals) > MOST_WORDS:
        return False
    # Cut at further nodes only where need be: what is freed with them need not occur.
    plain = replace(words, same={})
    cut = {f"node {literal >> 1}" for word in words.literals for literal in word}
    graph = _question(cones, bits, plain)
    if words.same and not cut.issuperset(graph.input_names):
        graph = _question(cones, bits, words)
    with Solver(graph) as solver:
        return all(solver.can([end], CONFLICTS) is False for end in graph.outputs.tolist() if end)


def _question(cones: Cones, bits: Sequence[str], words: Words) -> Graph:
    """A graph of outputs that must all be 0, over the words' bits and what else is read."""
    b = Builder()
    places = [cones.places[bit] for bit in bits]
    made = _cut_graph(b, cones, places, words)
    index = [_literal(made, int(cones.graph.outputs[at])) for at in places]
    values = [[_literal(made, one) for one in word] for word in words.literals]
    if words.signed:  # With the sign bit inverted, two's complement compares as unsigned.
        values = [[*word[:-1], ~word[-1]] for word in values]
    said = [_every(b, _matches(index, at)) for at in range(len(values))]
    possible = _every(b, [_inside(b, *one) for one in zip(values, words.ranges, strict=False)])
    b.output("none", b.and_(possible, _every(b, [~one for one in said])))
    for at, one in enumerate(said):
        ahead = [
            _above(b, other, values[at], equal=(place > at) if words.last else (place < at))
            for place, other in enumerate(values)
            if place != at
        ]
        b.output(f"not {at}", _every(b, [possible, one, ~_every(b, [~other for other in ahead])]))
    return b.graph()


def _cut_graph(b: Builder, cones: Cones, outputs: Iterable[int], words: Words) -> dict[int, Signal]:
    """The nodes that outputs need, those of the words free."""
    graph, first = cones.graph, cones.graph.first_and
    cut = {literal >> 1 for word in words.literals for literal in word} - {0}
    same = {one >> 1: other ^ one & 1 for one, other in words.same.items()}
    same = {node: literal for node, literal in same.items() if node and node not in cut}
    needed, stack = {*cut, *same}, [int(graph.outputs[at]) >> 1 for at in outputs]
    while stack:
        node = stack.pop()
        if node and node not in needed:
            needed.add(node)
            stack += cones.sources[node - first] if node >= first else ()
    made: dict[int, Signal] = {0: b.false}
    free = sorted(node for node in needed if node in cut or (node < first and node not in same))
    made |= {node: b.input(f"node {node}") for node in free}
    made |= {node: _literal(made, literal) for node, literal in same.items()}
    for node in sorted(needed.difference(made)):
        left, right = graph.fan_in[node - first].tolist()
        made[node] = b.and_(_literal(made, left), _literal(made, right))
    return made


def _literal(made: Mapping[int, Signal], literal: int) -> Signal:
    return ~made[literal >> 1] if literal & 1 else made[literal >> 1]


def _matches(bits: Sequence[Signal], value: int) -> list[Signal]:
    return [bit if value >> at & 1 else ~bit for at, bit in enumerate(bits)]


def _every(b: Builder, signals: Sequence[Signal]) -> Signal:
    found = b.true
    for signal in signals:
        found = b.and_(found, signal)
    return found


def _above(b: Builder, one: Sequence[Signal], other: Sequence[Signal], equal: bool) -> Signal:
    """Whether an unsigned word is above another one, or `equal`, bit by bit from the lowest."""
    found = b.constant(equal)
    for x, y in zip(one, other, strict=True):
        found = b.mux(b.xor(x, y), x, found)
    return found


def _inside(b: Builder, word: Sequence[Signal], ends: tuple[int, int]) -> Signal:
    """Whether an unsigned word is one of a range's numbers."""
    low, high = ([b.constant(end >> at & 1) for at in range(len(word))] for end in ends)
    return b.and_(~_above(b, low, word, equal=False), ~_above(b, word, high, equal=False))
