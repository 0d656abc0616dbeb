"""What a mapped netlist assumes of its inputs, as its file says, and whether it may."""

from pathlib import Path
from typing import Any

from gen.files import DAMAGE, read_json
from gen.logic.graph import Builder, Graph
from gen.logic.solver import Solver
from gen.map.netlist import FORMAT
from gen.map.proofs import proof_of, restricted, restriction
from gen.map.resynthesis.projected import equal_on_valid, valid_inputs
from gen.melt.sidecar import read_sidecar
from gen.proof.chain import EXHAUSTIVE, FAILED, NOT_RUN, Found
from gen.valid import STATES, CareError, CareSet, care_set, is_part, shown

__all__ = ["assumed", "encoded", "equal_behind"]


def assumed(path: Path, build: Path, flat: Graph) -> CareSet | None:
    """What the netlist in the file `path` assumes of inputs and states, None where it is said to be
    equal on all. Raises CareError where that is not of the build's graph."""
    proof = proof_of(path)
    if not restriction(path):
        return None
    sidecar = read_sidecar(build / "graph.json")[0]
    used = _used(path, sidecar)
    states = used is None or STATES in proof
    care = care_set(build / "graph.aig", sidecar | {"care": used}, flat, with_states=states)
    if proof != restricted(care.kind):
        raise CareError(f"{proof}; the care set here is {care.kind}: map again")
    return care


def equal_behind(first: Graph, second: Graph, care: CareSet, seconds: float) -> bool:
    """Whether ABC proves two graphs equal behind logic that makes any input a valid one; that this
    leaves a valid input as it is is proved before."""
    if care.groups is None:
        return False
    b = Builder()
    ends = valid_inputs(b, [b.input(name) for name in first.input_names], care.groups)
    for name, end in zip(first.input_names, ends, strict=True):
        b.output(name, end)
    graph = b.graph()
    with Solver(graph, care.clauses) as solver:
        stays = [solver.equal(end, 2 * at) for at, end in enumerate(graph.outputs.tolist(), 1)]
    return all(stays) and equal_on_valid(first, second, care.groups, seconds)


def encoded(build: Path, sidecar: dict[str, Any]) -> Found | None:
    """Whether all that the encoder gives satisfies what mapped.json assumes of inputs; None where
    that is nothing."""
    try:
        used = _used(build / "mapped.json", sidecar)
    except CareError as error:
        return Found(FAILED, "reading", str(error))
    if used is None:
        return None
    known = shown(build / "graph.aig", sidecar)
    if is_part(used, known.care):
        return Found(EXHAUSTIVE, f"{known.codes:,} codes of its features")
    return Found(NOT_RUN, f"assumed, not shown: {known.why}")


def _used(path: Path, sidecar: dict[str, Any]) -> dict[str, Any] | None:
    """The care set in the file at `path`, a part of the sidecar's; raises CareError for another."""
    used: dict[str, Any] | None = read_json(path, FORMAT).get("care", sidecar["care"])
    try:
        if is_part(used, sidecar["care"]):
            return used
    except DAMAGE as error:
        raise CareError(f"{path.name}: its care set is damaged ({error}); map again") from None
    raise CareError(f"{path.name} assumes what the care set of graph.json does not say")
