"""What is known of states, used in mapping: equal in every step that can be taken."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.__main__ import parser
from gen.errors import SmeltError
from gen.files import write_json
from gen.logic.aiger import write_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph, GraphError
from gen.logic.invariant import find_invariant, read_invariant
from gen.logic.machine import Machine
from gen.map.assemble import Assembler, Wire
from gen.map.names import name_activations
from gen.map.netlist import Netlist
from gen.map.resynthesis.run import on_care_set
from tests.gen.logic.test_invariant import machine_of, reachable, ring, rows_of

MACHINE = machine_of(1, [1, 0, 0, 0, 1, 0], ring)


def netlist_of(graph: Graph) -> Netlist:
    """A LUT for every AND."""
    assembler = Assembler(graph.input_names)
    wires: list[Wire] = [(-1, False), *((at, False) for at in range(graph.n_inputs))]
    for pair in graph.fan_in.tolist():
        sources = [(wires[one >> 1][0], wires[one >> 1][1] != bool(one & 1)) for one in pair]
        wires.append(assembler.add(sources, 0b1000))
    ends = {
        name: (wires[end >> 1][0], wires[end >> 1][1] != bool(end & 1))
        for name, end in zip(graph.output_names, graph.outputs.tolist(), strict=True)
    }
    return assembler.finish(ends, 4)


def steps(machine: Machine) -> np.ndarray:
    """All rows of inputs: a step from each state that is reached, a start from any state."""
    held = [(0, *state) for state in reachable(machine)]
    held += [(1, *state) for state in itertools.product((0, 1), repeat=machine.n_states)]
    return np.array([(x, *state) for x in (0, 1) for state in held], dtype=np.uint8)


def test_cells_are_saved_and_every_step_stays() -> None:
    netlist = netlist_of(MACHINE.graph)
    invariant = find_invariant(MACHINE, rows_of(MACHINE))
    samples = MACHINE.samples(rows_of(MACHINE), 64)
    found = on_care_set(netlist, invariant.clauses(MACHINE), samples)
    assert found is not None
    assert len(found.netlist.cells) < len(netlist.cells)
    rows = steps(MACHINE)
    assert np.array_equal(evaluate(found.netlist.to_graph(), rows), evaluate(MACHINE.graph, rows))


def test_cells_of_a_recurrent_netlist_are_named() -> None:
    """Its registers are not in the way."""
    registers = tuple((one.name, one.next, one.reset) for one in MACHINE.registers)
    netlist = replace(netlist_of(MACHINE.graph), registers=registers)
    named = name_activations(netlist, MACHINE.graph)
    assert named.registers == registers
    assert [cell.fan_in for cell in named.cells] == [cell.fan_in for cell in netlist.cells]


def written(folder: Path, machine: Machine) -> Path:
    """graph.aig and as much of graph.json as the command reads."""
    registers = [list(one) for one in machine.registers]
    write_aiger(machine.graph, folder / "graph.aig", machine.registers)
    write_json(
        folder / "graph.json",
        {"format": "smelt-graph-1", "cuts": [], "registers": registers, "care": None},
    )
    return folder / "graph.aig"


def command(*words: object) -> None:
    args = parser().parse_args([str(word) for word in words])
    args.run(args)


def test_the_command_writes_what_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("invariant", "--graph", written(tmp_path, MACHINE))
    found = read_invariant(tmp_path / "invariant.json")
    assert found.verify(MACHINE)
    assert found.facts == find_invariant(MACHINE, rows_of(MACHINE)).facts
    said = capsys.readouterr().out
    assert f"{len(found.facts)} clauses over 6 state bits proved inductive" in said


def test_a_graph_without_registers_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, MACHINE)
    write_aiger(MACHINE.graph, path)
    value = {"format": "smelt-graph-1", "cuts": [], "registers": [], "care": None}
    write_json(path.with_suffix(".json"), value)
    with pytest.raises(GraphError, match="not recurrent"):
        command("invariant", "--graph", path)


def test_an_invariant_of_another_network_wrong(tmp_path: Path) -> None:
    """One that does not hold of the graph is refused when it is used."""
    from gen.melt.sidecar import read_sidecar
    from gen.valid import care_set

    path = written(tmp_path, MACHINE)
    command("invariant", "--graph", path)
    sidecar, _, _ = read_sidecar(path.with_suffix(".json"))
    kind, clauses, samples, _ = care_set(path, sidecar, MACHINE.graph)
    assert kind == "reachable states"
    assert len(clauses) == len(find_invariant(MACHINE, rows_of(MACHINE)).facts)
    assert len(samples) == 8192
    other = machine_of(1, [0] * 6, ring)
    with pytest.raises(SmeltError, match=r"invariant\.json: does not hold of .*graph\.aig"):
        care_set(path, sidecar, other.graph)
    path.with_name("invariant.json").unlink()
    with pytest.raises(SmeltError, match="`python -m gen invariant` finds which states are"):
        care_set(path, sidecar, MACHINE.graph)
