"""Link 2 on a ring whose states are few of all: mapped with that knowledge, and damaged."""

from dataclasses import replace
from pathlib import Path

import pytest

from gen.files import read_json, write_json
from gen.logic.aiger import write_aiger
from gen.logic.graph import Builder, Graph, Signal
from gen.map.netlist import Netlist
from gen.map.resynthesis.run import on_care_set
from gen.melt.sidecar import read_sidecar
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Link, LinkBroken, close, finish
from gen.simplify.ledger import Row
from gen.simplify.run import NotProved
from gen.valid import care_set
from gen.verify import graphs
from gen.verify.graphs import check_graphs, files
from tests.gen.logic.test_invariant import machine_of
from tests.gen.map.test_states import command, netlist_of, written
from tests.gen.verify.builds import check_of, write_graph


def one_hot(b: Builder, x: list[Signal], h: list[Signal]) -> list[Signal]:
    """A ring of one 1, which begins again where two neighbours are 1: that is never so."""
    return [b.or_(h[2], b.and_(h[0], h[1])), h[0], h[1]]


MACHINE = machine_of(1, [1, 0, 0], one_hot)
REGISTERS = tuple((one.name, one.next, one.reset) for one in MACHINE.registers)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """The ring's graphs, and mapped with what its states are: mapped.json; without: plain.json."""
    command("invariant", "--graph", written(tmp_path, MACHINE))
    value = read_json(tmp_path / "graph.json")
    for name in ("melted", "sections", "graph"):
        write_graph(tmp_path, name, MACHINE.graph, value)
    plain = netlist_of(MACHINE.graph)
    value = read_sidecar(tmp_path / "graph.json")[0]
    kind, clauses, samples, _ = care_set(tmp_path / "graph.aig", value, MACHINE.graph)
    small = on_care_set(plain, clauses, samples)
    assert small is not None
    proof = f"proved on valid inputs only ({kind})"
    for name, netlist, how in (("plain", plain, "proved"), ("mapped", small.netlist, proof)):
        replace(netlist, registers=REGISTERS).write(tmp_path / f"{name}.json", proof=how)
    return tmp_path


def stated(build: Path, **changes: object) -> Link:
    """The link with other values in mapped.json."""
    write_json(build / "mapped.json", read_json(build / "mapped.json") | changes)
    return check_graphs(build)


def test_a_netlist_mapped_with_reachable_states_holds_on_these(build: Path) -> None:
    sizes = [len(Netlist.read(build / f"{name}.json").cells) for name in ("plain", "mapped")]
    assert sizes[1] < sizes[0]
    link = check_graphs(build)
    assert [check.verdict for check in link.checks] == [PROVED] * 7
    assert "on valid inputs only (reachable states)" in check_of(link, "== mapped").method
    assert "invariant.json" in files(build)
    # It is not the graph in every state: a netlist that claims so is caught.
    link = stated(build, proof="proved")
    assert check_of(link, "== mapped").verdict == FAILED
    assert "invariant.json" not in files(build)


def test_without_care_every_state_counts(build: Path) -> None:
    (build / "plain.json").replace(build / "mapped.json")
    assert check_graphs(build).verdict == PROVED


def test_a_damaged_cell_is_seen_in_a_state_that_is_reached(build: Path) -> None:
    mapped, proof = Netlist.read(build / "mapped.json"), read_json(build / "mapped.json")["proof"]
    cells = list(mapped.cells)
    rows = (1 << (1 << len(cells[-1].fan_in))) - 1
    cells[-1] = replace(cells[-1], table=cells[-1].table ^ rows)
    mapped.with_cells(cells).write(build / "mapped.json", proof=proof)
    assert check_of(check_graphs(build), "== mapped").verdict == FAILED


def test_another_care_set_than_the_netlist_has_wrong(build: Path) -> None:
    link = stated(build, proof="proved on valid inputs only (thermometer)")
    assert check_of(link, "== mapped").verdict == FAILED
    assert link.fault.endswith("the care set here is reachable states: map again")
    (build / "invariant.json").unlink()
    assert "`python -m gen invariant` finds which states are" in check_graphs(build).fault


def test_another_reset_value_is_seen(build: Path) -> None:
    registers = [list(one) for one in read_json(build / "mapped.json")["registers"]]
    registers[0][2] ^= 1
    link = stated(build, registers=registers)
    assert check_of(link, "reset gives").verdict == FAILED
    assert check_of(link, "mapped.json's").fault.startswith("mapped.json: 'registers' is")


GRAPH = MACHINE.graph


def renamed(inputs: bool) -> Graph:
    """The same functions, two inputs (or outputs) called the other way round."""
    names = [list(GRAPH.input_names), list(GRAPH.output_names)]
    turned = names[0 if inputs else 1]
    turned[0], turned[1] = turned[1], turned[0]
    return Graph(tuple(names[0]), tuple(names[1]), GRAPH.fan_in, GRAPH.outputs)


@pytest.mark.parametrize("inputs", [True, False])
@pytest.mark.parametrize("name", ["sections", "graph"])
def test_the_same_functions_under_other_names_are_others(
    build: Path, name: str, inputs: bool
) -> None:
    (build / "plain.json").replace(build / "mapped.json")
    write_aiger(renamed(inputs), build / f"{name}.aig")
    what = "by sections" if name == "sections" else "joined == flat"
    check = check_of(check_graphs(build), what)
    assert check.verdict == FAILED
    assert "their inputs or outputs have other names" in check.fault


@pytest.mark.parametrize(
    ("answer", "verdict"), [(None, UNDECIDED), (False, FAILED), (True, PROVED)]
)
def test_what_neither_solver_decides_is_undecided(
    build: Path, monkeypatch: pytest.MonkeyPatch, answer: bool | None, verdict: str
) -> None:
    """ABC proves nothing; then what the second solver says counts."""

    def gives_up(*_: object) -> Row:
        raise NotProved("out of time")

    (build / "plain.json").replace(build / "mapped.json")
    monkeypatch.setattr(graphs, "prove_sections", gives_up)
    monkeypatch.setattr(graphs, "prove_equal", lambda *_: False)
    monkeypatch.setattr(graphs, "equal_on", lambda *_: answer)
    link = check_graphs(build)
    for what in ("by sections", "joined == flat", "flat graph == mapped"):
        assert check_of(link, what).verdict == verdict
    assert link.verdict == verdict
    if answer is None:
        with pytest.raises(LinkBroken, match="not decided"):
            close([finish(build, link, {})])
