"""Graphs in other tools' formats: read by these tools, they are the same functions and steps."""

import re
from collections.abc import Mapping
from pathlib import Path

import bitwuzla
import numpy as np
import pytest

from gen.logic.aiger import Register, read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.exports import FORMS, ExportError, export
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import melt, registers
from gen.tools import YOSYS
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.logic.graphs import every_input

CARE = [[(0, True), (1, False)], [(2, True), (3, False)]]
"""Two thermometers, as clauses."""


def plain() -> Graph:
    return flatten(melt(random_net(3)))


def stepping() -> tuple[Graph, tuple[Register, ...]]:
    net = random_rnn(4)
    return flatten(melt(net)), tuple(registers(net))


def constants() -> Graph:
    """Outputs that are 0, 1, an input, its complement, and an AND of complements."""
    ands, ends = np.array([[3, 5]]), np.array([0, 1, 2, 5, 6, 7])
    return Graph(("x[0]", "x[1]"), tuple(f"y[{at}].0" for at in range(6)), ands, ends)


GRAPHS = {"network": plain, "constants": constants, "step": lambda: stepping()[0]}


@pytest.fixture(params=GRAPHS)
def graph(request: pytest.FixtureRequest) -> Graph:
    return GRAPHS[request.param]()


def as_bits(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    rows = every_input(graph.n_inputs)
    return rows, evaluate(graph, rows)


def test_a_solver_finds_no_other_answer_in_smt2(graph: Graph, tmp_path: Path) -> None:
    export(graph, "smt2", tmp_path / "g.smt2")
    text = (tmp_path / "g.smt2").read_text()
    rows, ends = as_bits(graph)
    for row, made in zip(rows[::7], ends[::7], strict=True):
        asked = text + "".join(map(_held, graph.input_names, row.tolist()))
        differs = " ".join(_other(n, v) for n, v in zip(graph.output_names, made, strict=True))
        assert solved(asked) == "sat", "the inputs can have these values"
        assert solved(f"{asked}(assert (or {differs}))") == "unsat"


def _held(name: str, value: int) -> str:
    return f"(assert (= |{name}| {'true' if value else 'false'}))\n"


def _other(name: str, value: int) -> str:
    return f"(not |{name}|)" if value else f"|{name}|"


def solved(text: str) -> str:
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(text, True, False)
    return str(parser.bitwuzla().check_sat())


def test_what_is_valid_in_smt2_is_what_the_clauses_say(tmp_path: Path) -> None:
    graph = plain()
    export(graph, "smt2", tmp_path / "g.smt2", care=CARE)
    text = (tmp_path / "g.smt2").read_text()
    for row in every_input(graph.n_inputs)[::5]:
        asked = text + "".join(map(_held, graph.input_names, row.tolist())) + "(assert |valid|)"
        assert solved(asked) == ("sat" if row[0] >= row[1] and row[2] >= row[3] else "unsat")


def btor2_values(text: str, held: Mapping[str, int]) -> dict[str, int]:
    """Outputs, the next values of states ("next ...") and their first ("init ...") by name: the
    format as its paper says it, for bit vectors of one bit."""
    values: dict[int, int] = {}
    found: dict[str, int] = {}
    names: dict[int, str] = {}

    def at(word: str) -> int:
        return values[abs(int(word))] ^ (int(word) < 0)

    for line in text.splitlines():
        if line.startswith(";"):
            continue
        number, kind, *words = line.split()
        assert int(number) > max(values, default=0), "numbers rise"
        if kind in ("input", "state"):
            names[int(number)] = words[1]
            values[int(number)] = held[words[1]]
        elif kind in ("and", "or"):
            pair = at(words[1]), at(words[2])
            values[int(number)] = min(pair) if kind == "and" else max(pair)
        elif kind in ("zero", "one"):
            values[int(number)] = int(kind == "one")
        elif kind in ("init", "next"):
            found[f"{kind} {names[int(words[1])]}"] = at(words[2])
        elif kind == "output":
            found[words[1]] = at(words[0])
        else:
            assert (kind, words) == ("sort", ["bitvec", "1"])
    return found


def test_btor2_gives_the_same_values(graph: Graph, tmp_path: Path) -> None:
    export(graph, "btor2", tmp_path / "g.btor2")
    text = (tmp_path / "g.btor2").read_text()
    for row, made in zip(*as_bits(graph), strict=True):
        found = btor2_values(text, dict(zip(graph.input_names, row.tolist(), strict=True)))
        assert found == dict(zip(graph.output_names, made.tolist(), strict=True))


def test_btor2_of_a_step_has_its_states_and_what_is_valid(tmp_path: Path) -> None:
    graph, held = stepping()
    export(graph, "btor2", tmp_path / "g.btor2", held, CARE)
    text = (tmp_path / "g.btor2").read_text()
    outputs = [name for name in graph.output_names if name not in {one.next for one in held}]
    for row, made in zip(*as_bits(graph), strict=True):
        given = dict(zip(graph.input_names, row.tolist(), strict=True))
        ends = dict(zip(graph.output_names, made.tolist(), strict=True))
        wanted = {name: ends[name] for name in outputs}
        wanted |= {f"next {one.name}": ends[one.next] for one in held}
        wanted |= {f"init {one.name}": one.reset for one in held}
        wanted["valid"] = int(row[0] >= row[1] and row[2] >= row[3])
        assert btor2_values(text, given) == wanted


def test_a_solver_reads_btor2(tmp_path: Path) -> None:
    graph = plain()
    export(graph, "btor2", tmp_path / "g.btor2")
    text = (tmp_path / "g.btor2").read_text()
    row, made = (part[5].tolist() for part in as_bits(graph))
    lines = {line.split()[-1]: line.split() for line in text.splitlines()}
    last = int(text.splitlines()[-1].split()[0])
    held = [lines[name][0] for name in graph.input_names]
    held = [one if value else f"-{one}" for one, value in zip(held, row, strict=True)]
    for flip, wanted in ((1, "sat"), (-1, "unsat")):
        ends = [int(lines[name][2]) for name in graph.output_names]
        ends = [end if value else -end for end, value in zip(ends, made, strict=True)]
        ends[0] *= flip
        # Of what is for model checkers this solver takes constraints alone.
        asked = re.sub(r"(?m)^.* output .*\n", "", text) + "".join(
            f"{last + at} constraint {one}\n" for at, one in enumerate([*held, *ends], 1)
        )
        (tmp_path / "asked.btor2").write_text(asked)
        options = bitwuzla.Options()
        parser = bitwuzla.Parser(bitwuzla.TermManager(), options, "btor2")
        parser.parse(str(tmp_path / "asked.btor2"), True)
        assert str(parser.bitwuzla().check_sat()) == wanted


def test_yosys_reads_the_same_logic(tmp_path: Path) -> None:
    """Verilog, BLIF and AIGER of a network, of constants and of a step with registers."""
    graphs = {"plain": (plain(), ()), "constants": (constants(), ()), "step": stepping()}
    script = []
    for name, (graph, held) in graphs.items():
        for form, read in (
            ("verilog", "read_verilog"),
            ("blif", "read_blif"),
            ("aag", "read_aiger"),
        ):
            export(graph, form, tmp_path / f"{name}.{form}", held, title="3 names")
            gates = "proc; opt_clean; simplemap; aigmap; opt_clean"
            out = f"write_aiger -symbols {name}-{form}.aig"
            script.append(f"{read} {name}.{form}; {gates}; {out}; design -reset")
    YOSYS.run(["-q", "-p", "; ".join(script)], tmp_path, tmp_path / "yosys.log")
    for name, (graph, held) in graphs.items():
        for form in ("verilog", "blif", "aag"):
            assert_same(graph, held, read_aiger(tmp_path / f"{name}-{form}.aig"), form)


def assert_same(graph: Graph, held: tuple[Register, ...], made: Graph, form: str) -> None:
    """The same outputs by name for all inputs; of a register, what its latch is next."""
    rows, ends = as_bits(graph)
    inputs = [name for name in made.input_names if name != "clk"]
    assert sorted(inputs) == sorted(graph.input_names), form
    given = np.zeros((len(rows), made.n_inputs), np.uint8)
    for name in inputs:
        given[:, made.input_names.index(name)] = rows[:, graph.input_names.index(name)]
    found = evaluate(made, given)
    after = {one.next: f"{one.name}.next" for one in held}
    for at, name in enumerate(graph.output_names):
        column = found[:, made.output_names.index(after.get(name, name))]
        assert np.array_equal(column, ends[:, at]), (form, name)


def test_dot_shows_every_gate(graph: Graph, tmp_path: Path) -> None:
    export(graph, "dot", tmp_path / "g.dot")
    text = (tmp_path / "g.dot").read_text()
    read: dict[str, list[tuple[str, int]]] = {}
    for source, to, style in re.findall(r'  "(.+)" -> "(.+)"( \[style=dashed\])?;', text):
        read.setdefault(to, []).append((source, bool(style)))
    rows, ends = as_bits(graph)
    for row, made in zip(rows, ends, strict=True):
        values: dict[str, int] = {"0": 0, **dict(zip(graph.input_names, row.tolist(), strict=True))}

        def value(name: str, values: dict[str, int] = values) -> int:
            if name not in values:
                values[name] = min(value(one) ^ flip for one, flip in read[name])
            return values[name]

        assert [value(f"={name}") for name in graph.output_names] == made.tolist()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_bytes_each_time(form: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(plain(), form, tmp_path / name, care=CARE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_export_wrong(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        export(plain(), "pdf", tmp_path / "g.pdf")
    assert str(caught.value) == "no format 'pdf'; known: smt2, btor2, aag, blif, verilog, dot"
    with pytest.raises(ExportError) as caught:
        export(constants().renamed(["a b", "c"], constants().output_names), "dot", tmp_path / "g")
    assert str(caught.value) == "the name 'a b' holds a blank or a quote: no format can hold it"
    assert list(tmp_path.iterdir()) == []
