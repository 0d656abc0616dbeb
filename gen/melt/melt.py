"""Melt an integer network: one rule per node, weights vanish, activations become booleans.

The result is cut at every activation (see `gen.logic.sections`); names are `x[i]`, `layer1[i]` and
so on, with `.k` for bit k where a code has several bits. Outputs are `class.k` for an argmax named
"class" and `score[c].k` for elements, those of sums in two's complement, all of one width.

A recurrent network becomes its step: states are inputs `h[i]` after "reset", and their next values
are outputs `h.next[i]`, as `registers` pairs them; while "reset" is 1 the step starts from the
reset values.

Only elements that an answer or a next state depends on are melted: of others there are no names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gen.errors import SmeltError
from gen.intnet.network import (
    Add,
    Argmax,
    Concat,
    Integers,
    IntNet,
    Levels,
    Max,
    Node,
    Product,
    Signal,
    State,
    Table,
)
from gen.logic import wide
from gen.logic.aiger import Register
from gen.logic.graph import Builder, Graph
from gen.logic.machine import RESET
from gen.logic.words import Word, argmax
from gen.melt.rules.levels import lower_levels
from gen.melt.rules.lightened import lightened
from gen.melt.rules.linear import Sum, cheapest_shift, score_words, without_common
from gen.melt.rules.prefix import share_counts
from gen.melt.rules.products import lower_linear
from gen.melt.rules.roomy import note_roomy
from gen.melt.rules.table import lower_max, lower_table
from gen.melt.values import Codes, Value, as_codes, as_sums, bit_names, resized

__all__ = [
    "MeltError",
    "chosen_outputs",
    "melt",
    "next_names",
    "output_names",
    "outputs_of",
    "registers",
]

JOINED_BITS = 4096
"""A sum of more bits than this is added up before it is joined with others: chains of additions of
a signal to itself would grow without end."""


class MeltError(SmeltError):
    """A network that no lowering rule covers, or outputs that it does not have."""


@dataclass
class _Melting:
    """The graph being built, and what stands for every signal so far."""

    net: IntNet
    b: Builder
    reached: Mapping[str, Integers]
    values: dict[str, Value] = field(default_factory=dict)
    added: dict[str, Codes] = field(default_factory=dict)
    made: list[tuple[str, Word]] = field(default_factory=list)

    def codes(self, name: str) -> Codes:
        if name not in self.added:
            self.added[name] = as_codes(self.b, self.values[name], self.net.signals[name])
        return self.added[name]

    def sums(self, name: str) -> list[Sum]:
        return as_sums(self.values[name])

    def free(self, name: str, signal: Signal) -> Codes:
        """Inputs of the graph that stand for a signal; 0 for what is not reached of a node."""
        names = bit_names(name, signal.size, signal.bits)
        reached = self.reached.get(name, np.arange(signal.size)).tolist()
        made = [[self.b.input(bit) for bit in names[at]] for at in reached]
        return Codes(self.spread(signal.size, reached, made, signal.bits), signal.signed)

    def spread(self, size: int, places: list[int], words: list[Word], bits: int) -> list[Word]:
        """So many words, these at their places and 0 elsewhere."""
        found = [[self.b.false] * bits for _ in range(size)]
        for at, word in zip(places, words, strict=True):
            found[at] = word
        return found


def chosen_outputs(net: IntNet, outputs: Sequence[str]) -> tuple[str, ...]:
    """The nodes that `outputs` names, in the network's order; none or "all" means all of them."""
    chosen, unknown = net.select(outputs)
    if unknown:
        raise MeltError(
            f"outputs {','.join(unknown)}: the network's are {', '.join(net.outputs)}; choose of"
            " these, or all"
        )
    return chosen


def outputs_of(net: IntNet, graph: Graph) -> tuple[str, ...]:
    """The nodes whose bits are outputs of a melted graph."""
    given = {*graph.output_names}
    return tuple(name for name in net.outputs if given & {*sum(output_names(net, name), [])})


def melt(
    net: IntNet,
    outputs: Sequence[str] = (),
    reached: Mapping[str, Integers] | None = None,
    builder: Builder | None = None,
    compared: bool = True,
) -> Graph:
    """The sectioned graph of a network; `outputs` chooses among `net.outputs` (default: all).

    `reached` are the elements of each node to be melted; by default those that count. A new
    `builder` may count in another way, or cut the graph in more places. Where not `compared`, an
    argmax is left out: instead of `class.k` there are the words of which the largest is looked for,
    unsigned and of one width, `class[c].k`.
    """
    chosen = chosen_outputs(net, outputs)
    found = net.reached(chosen) if reached is None else reached
    if net.score not in chosen:
        net = without_common(net)
    net = lightened(net)
    inputs = {"x", *(state.name for state in net.states)}
    elements = {name: own for name, own in found.items() if name not in inputs}
    at = _Melting(net, builder or Builder(), elements)
    at.values["x"] = at.free("x", net.signals["x"])
    _add_states(at)
    for node in net.nodes:
        if isinstance(node, Argmax) and node.name not in net.read:
            continue  # Made with the outputs, which know whether the scores are asked for too.
        value = RULES[_rule(node)](at, node)
        if node in net.activations:
            assert isinstance(value, Codes)
            value = _cut(at, node, value)
        at.values[node.name] = value
    for name in chosen:
        _add_output(at, name, chosen, compared)
    for state in net.states:
        _add_next(at, state)
    for name, word in at.made:
        at.b.output(name, word[0])
    return at.b.graph()


def _add_states(at: _Melting) -> None:
    """Inputs for the states, held at their reset values while "reset" is 1."""
    if not at.net.states:
        return
    reset = at.b.input(RESET)
    for state in at.net.states:
        codes = at.free(state.name, at.net.signals[state.name])
        values = state.reset.tolist()
        at.values[state.name] = Codes(
            [
                [at.b.mux(reset, at.b.constant(value >> k & 1), bit) for k, bit in enumerate(word)]
                for value, word in zip(values, codes.words, strict=True)
            ],
            state.signed,
        )


def registers(net: IntNet) -> list[Register]:
    """The state bits of a recurrent network: input, output that holds the next value, reset."""
    found: list[Register] = []
    for state in net.states:
        bits = [value >> k & 1 for value in state.reset.tolist() for k in range(state.bits)]
        now = sum(bit_names(state.name, state.size, state.bits), [])
        found += map(Register, now, next_names(state), bits)
    return found


def next_names(state: State) -> list[str]:
    """Names of the outputs that hold a state's next value, bit by bit."""
    return sum(bit_names(f"{state.name}.next", state.size, state.bits), [])


def _add_next(at: _Melting, state: State) -> None:
    words = resized(at.b, at.codes(state.next), state.bits)
    bits = [[bit] for word in words for bit in word]
    at.made.extend(zip(next_names(state), bits, strict=True))


def _cut(at: _Melting, node: Node, made: Codes) -> Codes:
    """Note each activation's function and go on with a free input in its place."""
    signal = at.net.signals[node.name]
    names = bit_names(node.name, signal.size, signal.bits)
    for element in at.reached[node.name].tolist():
        bits = zip(names[element], made.words[element], strict=True)
        at.made.extend((name, [bit]) for name, bit in bits)
    free = at.free(node.name, signal)
    if signal.bits == 1:
        note_roomy(at.b, at.net, node.name, made.words, free.words)
    return free


# Rules: what stands for a node's elements ---------------------------------------------------


def _melt_product(at: _Melting, node: Node) -> Value:
    assert isinstance(node, Product)
    given = at.codes(node.inputs[0])
    return lower_linear(at.b, node, given.words, given.signed, set(at.reached[node.name].tolist()))


def _melt_levels(at: _Melting, node: Node) -> Value:
    assert isinstance(node, Levels)
    given, reached = at.net.signals[node.inputs[0]], at.reached[node.name].tolist()
    sums = at.sums(node.inputs[0])
    words = lower_levels(at.b, node, sums, (given.low, given.high), reached)
    return Codes(at.spread(node.size, reached, words, node.bits), node.signed)


def _melt_table(at: _Melting, node: Node) -> Value:
    assert isinstance(node, Table)
    reached = at.reached[node.name].tolist()
    words = lower_table(at.b, node, at.codes(node.inputs[0]), reached)
    return Codes(at.spread(node.size, reached, words, node.bits), node.signed)


def _melt_max(at: _Melting, node: Node) -> Value:
    assert isinstance(node, Max)
    given, reached = at.codes(node.inputs[0]), at.reached[node.name].tolist()
    words = lower_max(at.b, node, given, reached)
    bits = max(map(len, words), default=1)
    return Codes(at.spread(node.size, reached, words, bits), given.signed)


def _melt_concat(at: _Melting, node: Node) -> Value:
    signal = at.net.signals[node.name]
    if not signal.bits:
        return [one for name in node.inputs for one in at.sums(name)]
    words: list[Word] = []
    for name in node.inputs:
        given = at.codes(name)
        # Within a signed vector an unsigned code needs a sign bit, which is 0.
        zero = [at.b.false] if signal.signed and not given.signed else []
        words += [[*word, *zero] for word in given.words]
    return Codes(words, signal.signed)


def _melt_add(at: _Melting, node: Node) -> Value:
    return [_joined(parts) for parts in zip(*(_few(at, name) for name in node.inputs), strict=True)]


def _few(at: _Melting, name: str) -> list[Sum]:
    """The sums of a signal, added up first where they have more bits than are worth joining."""
    sums = at.sums(name)
    bits = max(sum(map(len, one.columns)) for one in sums)
    return sums if bits <= JOINED_BITS else as_sums(at.codes(name))


def _joined(parts: Sequence[Sum]) -> Sum:
    """One sum with the columns of several."""
    depth = max(len(part.columns) for part in parts)
    columns = [
        [bit for part in parts if place < len(part.columns) for bit in part.columns[place]]
        for place in range(depth)
    ]
    return Sum(columns, sum(part.offset for part in parts), sum(part.top for part in parts))


def _melt_argmax(at: _Melting, node: Node) -> Value:
    assert isinstance(node, Argmax)
    return Codes([argmax(at.b, _rivals(at, node, False), node.last)[0]], signed=False)


def _rivals(at: _Melting, node: Argmax, with_scores: bool) -> list[Word]:
    """The words, unsigned and of one width, of which an argmax looks for the largest."""
    name = node.inputs[0]
    signal, value = at.net.signals[name], at.values[name]
    if with_scores or isinstance(value, Codes):
        given = at.codes(name)
        words = resized(at.b, given, max(len(word) for word in given.words))
        # With the sign bit inverted, two's complement compares as unsigned.
        return [[*w[:-1], ~w[-1]] if given.signed else w for w in words]
    ends = int(signal.low.min()), int(signal.high.max())
    width = max(1, (ends[1] - ends[0]).bit_length())
    shift = cheapest_shift([one.offset for one in value], *ends, width, at.b.lut)
    sums = share_counts(at.b, value, at.b.lut < wide.LUT)
    return score_words(at.b, sums, width, shift)


Rule = Callable[[_Melting, Node], Value]

RULES: dict[type, Rule] = {
    Product: _melt_product,
    Levels: _melt_levels,
    Table: _melt_table,
    Max: _melt_max,
    Concat: _melt_concat,
    Add: _melt_add,
    Argmax: _melt_argmax,
}


def _rule(node: Node) -> type:
    for kind in RULES:
        if isinstance(node, kind):
            return kind
    raise MeltError(
        f"{node.name}: a {type(node).__name__} has no lowering rule; there are rules for"
        f" {', '.join(kind.__name__ for kind in RULES)}: add one to gen/melt/melt.py"
    )


# Outputs ------------------------------------------------------------------------------------


def output_names(net: IntNet, name: str) -> list[list[str]]:
    """Names of an output's bits, an inner list per element, lowest bit first.

    An argmax is `class.k`; sums are two's complement, codes as they are. An activation that is
    read elsewhere too is `layer1.out[i]`, since `layer1[i]` is where the graph is cut.
    """
    node, signal = net.node(name), net.signals[name]
    if isinstance(node, Argmax):
        return [[f"{name}.{k}" for k in range(signal.width)]]
    if signal.bits:
        own = f"{name}.out" if node in net.activations else name
        return bit_names(own, signal.size, signal.bits)
    return [[f"{name}[{c}].{k}" for k in range(signal.width)] for c in range(signal.size)]


def _add_output(at: _Melting, name: str, chosen: Sequence[str], compared: bool) -> None:
    node, names = at.net.node(name), output_names(at.net, name)
    if isinstance(node, Argmax):
        words = _rivals(at, node, with_scores=node.inputs[0] in chosen)
        if compared:
            words = [argmax(at.b, words, node.last)[0]]
        else:
            names = bit_names(name, len(words), len(words[0]))
    else:
        words = resized(at.b, at.codes(name), at.net.signals[name].width)
    for bits, word in zip(names, words, strict=True):
        at.made.extend((bit, [signal]) for bit, signal in zip(bits, word, strict=True))
