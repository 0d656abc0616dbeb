"""Link 2: the melted graph is the simplified one, and that is the mapped netlist."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gen.data.care import care_clauses, random_bits
from gen.files import read_json
from gen.logic.aiger import aiger_bytes, read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from gen.logic.sections import flatten
from gen.logic.solver import Clause
from gen.logic.sweep import equal_on
from gen.map.netlist import FORMAT, Netlist
from gen.melt.sidecar import read_sidecar
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found, Link, timed
from gen.simplify.proved import Crew
from gen.simplify.run import NotProved, prove_sections
from gen.tools.abc import prove_equal

__all__ = ["check_graphs"]

SAMPLES = 4_096
FILES = ("melted.aig", "sections.aig", "graph.aig", "mapped.json")


def check_graphs(build: Path, budget: float = 300) -> Link:
    """Prove the graphs of a recipe's build folder equal; `budget` in seconds for each proof.

    Raises FileDamaged, NetlistError for a file that is missing or damaged.
    """
    melted, sections, flat = (
        read_aiger(build / f"{name}.aig") for name in ("melted", "sections", "graph")
    )
    mapped = Netlist.read(build / "mapped.json")
    care = None
    if "valid inputs only" in str(read_json(build / "mapped.json", FORMAT).get("proof")):
        care = read_sidecar(build / "graph.json")[0]["care"]
    checks = (
        timed("melted == simplified, by sections", lambda: _by_section(melted, sections, budget)),
        timed(
            "sections, joined == flat graph", lambda: _equal(flatten(sections), flat, budget, None)
        ),
        timed("flat graph == mapped", lambda: _mapped(flat, mapped, budget, care)),
    )
    return Link(2, "graphs", checks)


def _mapped(flat: Graph, mapped: Netlist, budget: float, care: dict[str, object] | None) -> Found:
    """A mapped netlist leaves out registers that no answer depends on: outputs that it has are
    compared, on all inputs of the graph. So what is left out cannot matter to them."""
    made = mapped.to_graph()
    names = set(made.output_names)
    kept = [at for at, name in enumerate(flat.output_names) if name in names]
    answers = len(mapped.outputs) - len(mapped.registers)
    if not set(made.input_names) <= set(flat.input_names) or answers > len(kept):
        return Found(FAILED, "reading", "the netlist has inputs or outputs of another graph")
    b = Builder()
    inputs = {name: b.input(name) for name in flat.input_names}
    ends = b.import_graph(made, [inputs[name] for name in made.input_names])
    for name, end in zip(made.output_names, ends, strict=True):
        b.output(name, end)
    chosen = tuple(flat.output_names[at] for at in kept)
    wanted = Graph(flat.input_names, chosen, flat.fan_in, flat.outputs[kept])
    return _equal(wanted, b.graph(), budget, care)


def _by_section(first: Graph, second: Graph, budget: float) -> Found:
    """Both are cut at the same activations: each function between two cuts is proved."""
    fault = _interface(first, second) or _difference(first, second, None)
    if fault:
        return Found(FAILED, "simulation", fault)
    try:
        row = prove_sections("sections", "both", first, second, Crew(1, budget))
    except NotProved as error:
        return _decided(first, second, str(error), budget, [])
    return Found(PROVED, f"SAT, {len(first.outputs)} functions in {row.parts} groups")


def _equal(first: Graph, second: Graph, budget: float, care: dict[str, object] | None) -> Found:
    fault = _interface(first, second) or _difference(first, second, care)
    if fault:
        return Found(FAILED, "simulation", fault)
    if care is None and prove_equal(aiger_bytes(first, False), aiger_bytes(second, False), budget):
        return Found(PROVED, f"SAT sweeping of the miter, {len(first.outputs)} outputs")
    return _decided(first, second, f"no proof in {budget:g} s", budget, care_clauses(care), care)


def _decided(
    first: Graph,
    second: Graph,
    why: str,
    budget: float,
    clauses: Sequence[Clause],
    care: dict[str, object] | None = None,
) -> Found:
    """By our own solver, which gives a verdict where ABC gives none."""
    samples = random_bits(first.n_inputs, SAMPLES, 3, care)
    answer = equal_on(first, second, samples, clauses, budget)
    valid = " on valid inputs" if clauses else ""
    if answer is None:
        return Found(UNDECIDED, f"SAT{valid}", why)
    if answer:
        return Found(PROVED, f"SAT{valid}, {len(first.outputs)} outputs")
    return Found(FAILED, f"SAT{valid}", "an input was found on which they differ")


def _interface(first: Graph, second: Graph) -> str:
    same = (first.input_names, first.output_names) == (second.input_names, second.output_names)
    return "" if same else "their inputs or outputs have other names: two builds"


def _difference(first: Graph, second: Graph, care: dict[str, object] | None) -> str:
    """The first output found to differ on random inputs, in words."""
    bits = random_bits(first.n_inputs, SAMPLES, 2, care)
    wrong = np.argwhere(evaluate(first, bits) != evaluate(second, bits))
    if not len(wrong):
        return ""
    row, column = wrong[0].tolist()
    high = np.flatnonzero(bits[row])
    names = ", ".join(first.input_names[at] for at in high[:6])
    return f"{first.output_names[column]} differs where {names} and {len(high)} inputs in all are 1"
