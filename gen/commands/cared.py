"""What `gen map` assumes of inputs, and the netlist that uses it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from gen.console import say
from gen.logic.graph import Graph
from gen.map.apart import apart
from gen.map.carries import logic_luts
from gen.map.dont_cares import Restricted
from gen.map.netlist import Netlist
from gen.map.pipeline import logic_cells, pipeline
from gen.map.proofs import restricted
from gen.map.resynthesis.run import on_care_set
from gen.valid import CareSet, care_set, every_input, shown

__all__ = ["Used", "use_care"]


class Used(NamedTuple):
    """A netlist, on what it was proved equal, and the care set of inputs that this assumes."""

    netlist: Netlist
    proof: str = "proved"
    care: dict[str, Any] | None = None


def use_care(
    netlist: Netlist,
    graph: Path,
    sidecar: dict[str, Any],
    flat: Graph,
    asked: bool | None,
    depth: int,
) -> Used:
    """The netlist that uses what its inputs cannot be, where that is proved and pays.

    `graph` is the path of graph.aig, with the value `flat` and the `sidecar`; `depth` is that of a
    stage. Unasked (None), the part of the care set is used that the encoder is shown to keep to;
    where there is none, but an encoder on the chip, what signals behind that cannot be on any
    input. Raises CareError where there is no care set, and it was asked for.
    """
    if asked is False:
        return Used(netlist)
    care, assumed = _assumed(graph, sidecar, flat, asked)
    if not care.kind and not sidecar.get("sensors"):
        return Used(netlist)
    parts = apart(netlist)
    found = on_care_set(parts.before, care.clauses, care.samples, care.groups)
    if found is not None:
        found = replace(found, netlist=parts.joined(found.netlist))
    what = f"valid inputs ({care.kind})" if care.kind else "all inputs"
    if found is None or not _pays(found.netlist, netlist, depth):
        if asked or care.kind:
            say(f"  {what}: nothing gained, or not proved; the netlist stays as it was")
        return Used(netlist)
    say(f"  {_said(found, what)}")
    if not care.kind:
        return Used(found.netlist)
    return Used(found.netlist, restricted(care.kind), assumed)


def _assumed(
    graph: Path, sidecar: dict[str, Any], flat: Graph, asked: bool | None
) -> tuple[CareSet, dict[str, Any] | None]:
    """What is assumed, as clauses and as the care set of inputs; of kind "" where nothing is."""
    if asked:
        return care_set(graph, sidecar, flat), sidecar["care"]
    known = shown(graph, sidecar)
    if known.why:
        say(f"  care set{' not used' if known.care is None else ' used in part'}: {known.why}")
    if known.care is None:
        return every_input(flat), None
    return care_set(graph, sidecar | {"care": known.care}, flat, with_states=False), known.care


def _pays(made: Netlist, before: Netlist, depth: int) -> bool:
    """Whether it is smaller, and no larger once it is cut into stages."""
    if logic_luts(made) >= logic_luts(before):
        return False
    return logic_cells(pipeline(made, depth)) <= logic_cells(pipeline(before, depth))


def _said(found: Restricted, what: str) -> str:
    left = f"; {found.undecided} questions undecided" if found.undecided else ""
    return f"{len(found.netlist.cells):,} LUT{found.netlist.k}, proved equal on {what}{left}"
