"""Graphs in the formats of other tools, under the names that the logic has.

Every name stands in the file as it is, quoted where the format asks for it ("x[3]" is |x[3]| in
SMT-LIB, \\x[3] in Verilog), and a node that has none is called $ and its number. Registers are the
graph's last inputs and outputs, as in AIGER: latches where a format has them, and in SMT-LIB, which
has none, one step's function of them. Nothing is assumed of the inputs: which are valid is a
function or an output "valid" in SMT-LIB and BTOR2, to be asserted by who asks.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from gen.errors import SmeltError
from gen.files import write_bytes
from gen.logic.aiger import Register
from gen.logic.graph import Graph

__all__ = ["FORMS", "ExportError", "export"]

Clauses: TypeAlias = Sequence[Sequence[tuple[int, bool]]]
"""Input numbers with values: an input is valid where in each clause one of them is as said."""
VALID = "valid"


class ExportError(SmeltError):
    """There is no such format, or it has no word for a name."""


def export(
    graph: Graph,
    form: str,
    path: Path | str,
    registers: Sequence[Register] = (),
    care: Clauses = (),
    title: str = "smelt",
) -> None:
    """Write a graph in one of `FORMS`, whole or not at all; `title` names its module.

    Raises ExportError for another form, and for names that the format cannot hold.
    """
    if form not in FORMS:
        raise ExportError(f"no format {str(form)[:40]!r}; known: {', '.join(FORMS)}")
    used = {*graph.input_names, *graph.output_names}
    wrong = next(
        (name for name in used if not name.isprintable() or set(name) & set(' |\\"')), None
    )
    if wrong is not None:
        raise ExportError(f"the name {wrong!r} holds a blank or a quote: no format can hold it")
    lines = FORMS[form](graph, registers, care, "".join(c if c.isalnum() else "_" for c in title))
    write_bytes(path, "".join(f"{line}\n" for line in lines).encode())


def _names(graph: Graph) -> list[str]:
    """A name for every node but the constant."""
    ands = range(graph.first_and, graph.first_and + graph.n_ands)
    return ["", *graph.input_names, *(f"${node}" for node in ands)]


def _ends(graph: Graph) -> Iterator[tuple[str, int]]:
    return zip(graph.output_names, graph.outputs.tolist(), strict=True)


def _said(title: str, graph: Graph) -> str:
    """What the file's first comment says."""
    return f"{title}: {graph.n_inputs} inputs, {len(graph.outputs)} outputs, {graph.n_ands} ANDs"


def _literal(
    names: Sequence[str], constants: tuple[str, str], negated: str
) -> Callable[[int], str]:
    """How a format writes a literal."""

    def written(literal: int) -> str:
        if literal < 2:
            return constants[literal]
        name = names[literal >> 1]
        return negated.format(name) if literal & 1 else name

    return written


def smt2(graph: Graph, registers: Sequence[Register], care: Clauses, title: str) -> Iterator[str]:
    """SMT-LIB 2.6 (Barrett, Fontaine, Tinelli): Booleans, a function without arguments a node."""
    names = [f"|{name}|" if not name.startswith("$") else name for name in _names(graph)]
    literal = _literal(names, ("false", "true"), "(not {})")
    yield f"; {_said(title, graph)}"
    for register in registers:
        yield f"; state {register.name}: then {register.next}, first {register.reset}"
    yield "(set-logic QF_UF)"
    yield from (f"(declare-fun {name} () Bool)" for name in names[1 : graph.first_and])
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        yield f"(define-fun {names[node]} () Bool (and {literal(a)} {literal(b)}))"
    for name, end in _ends(graph):
        yield f"(define-fun |{name}| () Bool {literal(end)})"
    clauses = [" ".join(literal(2 * at + 3 - value) for at, value in one) for one in care]
    if clauses:
        every = "".join(f"\n  (or {clause} false)" for clause in clauses)
        yield f"(define-fun |{VALID}| () Bool (and true{every}))"


def btor2(graph: Graph, registers: Sequence[Register], care: Clauses, title: str) -> Iterator[str]:
    """BTOR2 (Niemetz et al., "BTOR2, BtorMC and Boolector 3.0", CAV 2018): bit vectors of one bit;
    a line's number with a minus is its complement."""
    states, first = {one.name: one for one in registers}, 4
    yield f"; {_said(title, graph)}"
    yield from ("1 sort bitvec 1", "2 zero 1", "3 one 1")
    lines = [2, *range(first, first + graph.n_inputs + graph.n_ands)]
    for at, name in enumerate(graph.input_names, 1):
        yield f"{lines[at]} {'state' if name in states else 'input'} 1 {name}"
    literal = _literal([str(one) for one in lines], ("2", "3"), "-{}")
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        yield f"{lines[node]} and 1 {literal(a)} {literal(b)}"
    number, ends = lines[-1] + 1, dict(_ends(graph))
    for one in registers:
        line = lines[graph.input_names.index(one.name) + 1]
        yield f"{number} init 1 {line} {2 + one.reset}"
        yield f"{number + 1} next 1 {line} {literal(ends.pop(one.next))}"
        number += 2
    for name, end in ends.items():
        yield f"{number} output {literal(end)} {name}"
        number += 1
    yield from _btor2_valid(number, care, literal)


def _btor2_valid(number: int, care: Clauses, literal: Callable[[int], str]) -> Iterator[str]:
    every = ""
    for clause in care:
        one = ""
        for at, value in clause:
            term = literal(2 * at + 3 - value)
            if one:
                yield f"{number} or 1 {one} {term}"
            one, number = (str(number), number + 1) if one else (term, number)
        if every:
            yield f"{number} and 1 {every} {one}"
        every, number = (str(number), number + 1) if every else (one, number)
    if every:
        yield f"{number} output {every} {VALID}"


def aag(graph: Graph, registers: Sequence[Register], care: Clauses, title: str) -> Iterator[str]:
    """AIGER's text form (Biere, "AIGER 1.9 and Beyond", 2011); symbols are the names."""
    del care
    held = len(registers)
    n_in, n_out = graph.n_inputs - held, len(graph.outputs) - held
    ends = graph.outputs.tolist()
    yield f"aag {graph.n_inputs + graph.n_ands} {n_in} {held} {n_out} {graph.n_ands}"
    yield from (str(2 * node) for node in range(1, n_in + 1))
    for at, one in enumerate(registers):
        yield f"{2 * (n_in + 1 + at)} {ends[n_out + at]} {one.reset}"
    yield from map(str, ends[:n_out])
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        yield f"{2 * node} {max(a, b)} {min(a, b)}"
    yield from (f"i{at} {name}" for at, name in enumerate(graph.input_names[:n_in]))
    yield from (f"l{at} {one.name}" for at, one in enumerate(registers))
    yield from (f"o{at} {name}" for at, name in enumerate(graph.output_names[:n_out]))
    yield from ("c", _said(title, graph))


def blif(graph: Graph, registers: Sequence[Register], care: Clauses, title: str) -> Iterator[str]:
    """Berkeley Logic Interchange Format (1992): a table of one line an AND."""
    del care
    held, names = len(registers), _names(graph)
    outputs = graph.output_names[: len(graph.outputs) - held]
    yield f"# {_said(title, graph)}"
    yield f".model {title}"
    yield " ".join([".inputs", *graph.input_names[: graph.n_inputs - held]])
    yield " ".join([".outputs", *outputs])
    yield from (f".latch {one.next} {one.name} {one.reset}" for one in registers)
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        yield from _blif_table(names, [a, b], names[node])
    for name, end in _ends(graph):
        yield from _blif_table(names, [end], name)
    yield ".end"


def _blif_table(names: Sequence[str], literals: Sequence[int], made: str) -> Iterator[str]:
    """That one signal is the AND of others."""
    if 0 in literals:
        yield f".names {made}"
        return
    read = [one for one in literals if one > 1]
    yield " ".join([".names", *(names[one >> 1] for one in read), made])
    yield ("".join("01"[~one & 1] for one in read) + " 1").strip()


def verilog(
    graph: Graph, registers: Sequence[Register], care: Clauses, title: str
) -> Iterator[str]:
    """Verilog 2005: a wire an AND, every input and output a port of one bit."""
    del care
    held = len(registers)
    inputs = [f"\\{name} " for name in graph.input_names]
    outputs = [f"\\{name} " for name in graph.output_names]
    names = ["", *inputs, *(f"\\{name} " for name in _names(graph)[graph.first_and :])]
    literal = _literal(names, ("1'b0", "1'b1"), "~{}")
    ports = [f"input {name}" for name in inputs[: len(inputs) - held]]
    ports += [f"output {name}" for name in outputs[: len(outputs) - held]]
    yield f"// {_said(title, graph)}"
    yield f"module \\{title} ({', '.join([*['input clk'] * bool(held), *ports])});"
    for one in registers:
        yield f"  reg \\{one.name} = 1'b{one.reset};"
        yield f"  wire \\{one.next} ;"
        yield f"  always @(posedge clk) \\{one.name} <= \\{one.next} ;"
    for node, (a, b) in enumerate(graph.fan_in.tolist(), graph.first_and):
        yield f"  wire {names[node]}= {literal(a)} & {literal(b)};"
    for name, end in zip(outputs, graph.outputs.tolist(), strict=True):
        yield f"  assign {name}= {literal(end)};"
    yield "endmodule"


def dot(graph: Graph, registers: Sequence[Register], care: Clauses, title: str) -> Iterator[str]:
    """Graphviz: a circle an AND, a dashed edge where the complement is read."""
    del care
    names = ["0", *_names(graph)[1:]]
    yield f'digraph "{title}" {{'
    yield f'  label="{_said(title, graph)}"; rankdir=LR; node [shape=circle label="&"];'
    if any(one < 2 for one in (*graph.fan_in.ravel().tolist(), *graph.outputs.tolist())):
        yield '  "0" [shape=box label="0"];'
    states = {one.name for one in registers}
    for name in graph.input_names:
        shape = "box3d" if name in states else "box"
        yield f'  "{name}" [shape={shape} label="{name}"];'
    edges = [
        (literal, names[node])
        for node, read in enumerate(graph.fan_in.tolist(), graph.first_and)
        for literal in read
    ]
    for name, end in _ends(graph):
        yield f'  "={name}" [shape=box style=rounded label="{name}"];'
        edges.append((end, f"={name}"))
    for literal, to in edges:
        yield f'  "{names[literal >> 1]}" -> "{to}"{" [style=dashed]" * (literal & 1)};'
    yield "}"


FORMS: dict[str, Callable[[Graph, Sequence[Register], Clauses, str], Iterator[str]]] = {
    "smt2": smt2,
    "btor2": btor2,
    "aag": aag,
    "blif": blif,
    "verilog": verilog,
    "dot": dot,
}
"""Format -> the lines of its file, for a graph, its registers, the care set, and a title."""
