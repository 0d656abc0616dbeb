"""The naive baseline: an integer network as the plain Verilog that one would write by hand.

Each sum is written as terms added up (bits of negative weights inverted, the constant moved into
the threshold), each activation as comparisons, the argmax as a knock-out. Of six ways of writing
this that were measured, it is the smallest: 1,578 logic cells on a digits network against 1,651
with subtractions and 1,749 with signed sums. What synthesis makes of it is what Smelt is measured
against.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gen.intnet.network import (
    Add,
    Argmax,
    Concat,
    IntNet,
    Levels,
    Max,
    Node,
    Product,
    Signal,
    Table,
)
from gen.intnet.written import (
    Word,
    choice,
    kind_of,
    knockout,
    sum_lines,
    table_lines,
    terms_of,
    width,
)

__all__ = ["baseline_verilog"]

TAKEN = ("x", "reset", "index", "scores", "later", "best")


def baseline_verilog(
    net: IntNet, module: str = "baseline", scores: bool = False, outputs: Sequence[str] = ()
) -> str:
    """A combinational module: input `x`, output `index` (the class) and, if asked, `scores`.

    Where the network answers with no class, or `outputs` asks for more, `out_<node>` are its
    outputs, element 0 lowest. A recurrent network is written as its step: `reset`, each state as
    `now_<state>`, and its next value as `next_<state>`.
    """
    at = _Writing(net)
    for node in net.nodes:
        rule = next(rule for kind, rule in RULES.items() if isinstance(node, kind))
        rule(at, node)
    if net.decision:
        at.port(f"output [{net.class_width - 1}:0] index")
    if scores:
        at.bus("scores", net.score)
    asked = outputs or (() if net.decision else net.outputs)
    for name in asked:
        if not net.decision or name != net.decision.name:
            at.bus(f"out_{at.names[name]}", name)
    for state in net.states:
        at.bus(f"next_{at.names[state.name]}", state.next)
    ports = ", ".join([*at.inputs, *at.outputs])
    return "\n".join([f"module {module}({ports});", *at.lines, "endmodule", ""])


@dataclass
class _Writing:
    """The text so far, and the expressions that stand for every signal."""

    net: IntNet
    lines: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    words: dict[str, list[Word]] = field(default_factory=dict)
    shifts: dict[str, list[int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*(s.name for s in self.net.states), *(n.name for n in self.net.nodes)):
            self.names[name] = _identifier(name, [*TAKEN, *self.names.values()])
        self.words["x"] = self.input("x", self.net.signals["x"])
        if self.net.states:
            self.inputs.append("input reset")
        for state in self.net.states:
            self.words[state.name] = self.state(state.name, state.reset.tolist())

    def input(self, bus: str, signal: Signal) -> list[Word]:
        """A port for the elements of a signal, and its parts."""
        bits, signed = signal.bits, signal.signed
        self.inputs.append(f"input [{signal.size * bits - 1}:0] {bus}")
        parts = [f"{i * bits + bits - 1}:{i * bits}" if bits > 1 else f"{i}"
                 for i in range(signal.size)]  # fmt: skip
        return [Word(f"{bus}[{part}]", bits, signed, wire=False) for part in parts]

    def state(self, name: str, reset: list[int]) -> list[Word]:
        """The state that a step starts from: a port, or its reset values."""
        base, signal = self.names[name], self.net.signals[name]
        kind = kind_of(signal.bits, signal.signed)
        for at, (word, value) in enumerate(
            zip(self.input(f"now_{base}", signal), reset, strict=True)
        ):
            self.lines.append(f"  wire {kind} {base}_{at} = reset ? {value} : {word.number};")
        return self.elements(name)

    def elements(self, name: str) -> list[Word]:
        """Words of a signal whose elements are wires of its own width."""
        signal = self.net.signals[name]
        signed = signal.signed or not signal.bits
        wires = [f"{self.names[name]}_{at}" for at in range(signal.size)]
        return [Word(wire, signal.width, signed) for wire in wires]

    def given(self, node: Node) -> list[Word]:
        return self.words[node.inputs[0]]

    def port(self, text: str) -> None:
        self.outputs.append(text)

    def bus(self, port: str, name: str) -> None:
        """An output that holds all elements of a signal, each in the width that holds any."""
        bits, words, parts = self.net.signals[name].width, self.words[name], []
        self.port(f"output [{len(words) * bits - 1}:0] {port}")
        for at, word in enumerate(words):
            parts.append(word.name)
            if word.bits != bits:
                parts[-1] = f"{port}_{at}"
                self.lines.append(f"  wire [{bits - 1}:0] {port}_{at} = {word.number};")
        self.lines.append(f"  assign {port} = {{{', '.join(reversed(parts))}}};")

    def is_counted(self, node: Node) -> bool:
        """Whether its sums may lack their constants: only comparisons read them."""
        if node.name in (self.net.score, *self.net.outputs):
            return False
        readers = [reader for reader in self.net.nodes if node.name in reader.inputs]
        return all(isinstance(reader, Levels) for reader in readers)


def _identifier(name: str, taken: Sequence[str]) -> str:
    """A Verilog name whose wires `name_0`, `name_later_0` are no other name's."""
    word = name.replace(".", "_")
    wires = r"(_(later|best|index))?(_\d+)*"
    while any(
        re.fullmatch(re.escape(one) + wires, other)
        for used in taken
        for one, other in ((used, word), (word, used))
    ):
        word += "_"
    return word


# Rules: the lines of a node, and what stands for its elements -------------------------------


def _product(at: _Writing, node: Node) -> None:
    assert isinstance(node, Product)
    words, base = at.given(node), at.names[node.name]
    binary = all(word.binary for word in words)
    low, high = at.net.ranges[node.name]
    at.words[node.name], at.shifts[node.name] = [], []
    for out, (elements, weights, bias) in enumerate(node.rows()):
        row = list(zip(elements.tolist(), weights.tolist(), strict=True))
        terms = terms_of(words, row, binary)
        # What the written terms lack to be the sum: the bias, and each inverted bit's weight.
        offset = bias + (sum(weight for _, weight in row if weight < 0) if binary else 0)
        counted = binary and at.is_counted(node)
        ends = int(low[out]), int(high[out])
        bits, signed = width(*ends), True
        if node.name == at.net.score:
            bits = at.net.score_width
        elif counted:
            bits, signed = max(1, (ends[1] - offset).bit_length()), False
        if offset and not counted:
            terms.append(f"{'-' if offset < 0 else '+'} {abs(offset)}")
        at.lines += sum_lines(f"{base}_{out}", kind_of(bits, signed), terms)
        at.words[node.name].append(Word(f"{base}_{out}", bits, signed))
        at.shifts[node.name].append(offset if counted else 0)


def _levels(at: _Writing, node: Node) -> None:
    assert isinstance(node, Levels)
    source = node.inputs[0]
    low, high = at.net.ranges[source]
    shifts = at.shifts.get(source, [0] * node.size)
    for i, word in enumerate(at.given(node)):
        total = word.compared
        codes, edges = node.codes[i].tolist(), node.edges[i].tolist()
        first = sum(edge <= low[i] for edge in edges)
        steps = [
            (edge - shifts[i], codes[place + 1])
            for place, edge in enumerate(edges)
            if low[i] < edge <= high[i]
        ]
        value = choice(total, codes[first], steps)
        kind = kind_of(node.bits, node.signed)
        at.lines.append(f"  wire {kind} {at.names[node.name]}_{i} = {value};")
    at.words[node.name] = at.elements(node.name)


def _table(at: _Writing, node: Node) -> None:
    assert isinstance(node, Table)
    given, wide = at.given(node), kind_of(node.width, False)
    at.words[node.name] = at.elements(node.name)
    # A narrower code of a mixed vector has to be made as wide as the address takes it.
    for element in sorted(set(node.wiring.ravel().tolist())):
        if given[element].bits != node.width:
            name = f"{at.names[node.name]}_index_{element}"
            at.lines.append(f"  wire {wide} {name} = {given[element].number};")
            given = [*given[:element], Word(name, node.width, False), *given[element + 1 :]]
    rows = zip(at.words[node.name], node.tables, node.wiring.tolist(), strict=True)
    for word, table, wiring in rows:
        at.lines += table_lines(word, table, [given[element] for element in wiring])


def _concat(at: _Writing, node: Node) -> None:
    at.words[node.name] = [word for name in node.inputs for word in at.words[name]]


def _add(at: _Writing, node: Node) -> None:
    base, bits = at.names[node.name], at.net.signals[node.name].width
    at.words[node.name] = at.elements(node.name)
    for i, parts in enumerate(zip(*(at.words[name] for name in node.inputs), strict=True)):
        terms = [part.term(1, counted=False) for part in parts]
        at.lines += sum_lines(f"{base}_{i}", kind_of(bits, True), terms)


def _max(at: _Writing, node: Node) -> None:
    assert isinstance(node, Max)
    given, signal = at.given(node), at.net.signals[node.name]
    kind = kind_of(signal.width, signal.signed or not signal.bits)
    for i, row in enumerate(node.wiring.tolist()):
        words = [given[element] for element in dict.fromkeys(row)]
        name = f"{at.names[node.name]}_{i}"
        if all(word.binary for word in words):
            value = " | ".join(word.name for word in words)
        else:
            lines, value, _ = knockout(words, f"{name}_")
            at.lines += lines
        at.lines.append(f"  wire {kind} {name} = {value};")
    at.words[node.name] = at.elements(node.name)


def _argmax(at: _Writing, node: Node) -> None:
    assert isinstance(node, Argmax)
    places, decision = at.net.signals[node.name].width, node is at.net.decision
    base = at.names[node.name]
    prefix = "" if decision else f"{base}_"
    lines, _, index = knockout(at.given(node), prefix, places, node.last)
    name = "index" if decision else f"{base}_0"
    made = "  assign index" if decision else f"  wire [{places - 1}:0] {name}"
    at.lines += [*lines, f"{made} = {index};"]
    at.words[node.name] = [Word(name, places, False)]


RULES: dict[type, Callable[[_Writing, Node], None]] = {
    Product: _product,
    Levels: _levels,
    Table: _table,
    Concat: _concat,
    Add: _add,
    Max: _max,
    Argmax: _argmax,
}
