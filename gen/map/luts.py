"""Mapping a graph to LUTs: several of ABC's area-oriented flows, the smallest result is kept.

No flow and no form of the graph is best everywhere. The counts of a melted graph are built to fall
apart into LUTs (`gen.logic.count`): plain area mapping finds these, and what changes the structure
first loses them, on a digits network 1,202 LUTs instead of 1,042. Other logic gains by such
changes. So all are tried, two at a time: all are exact, which one won is recorded, and the result
is proved anyway.
Flows: Mishchenko et al., "Improvements to technology mapping for LUT-based FPGAs", 2007 (`if`),
"Scalable don't-care-based logic optimization and resynthesis", 2011 (`mfs2`), "Boolean factoring
and decomposition of logic networks", 2008 (`lutpack`); Schmitt, Mishchenko, Brayton, "SAT-based
area recovery in structural technology mapping", 2018 (`&satlut`); Chatterjee et al., "Reducing
structural bias in technology mapping", 2006 (`dch`).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import heapify, heappop, heappush
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from gen.console import progress, say
from gen.errors import SmeltError
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph
from gen.logic.sections import cut_names, flatten
from gen.map.apart import apart
from gen.map.blif import parse_blif
from gen.map.by_cuts import proved_by_cuts
from gen.map.carries import logic_luts
from gen.map.dont_cares import narrowed
from gen.map.head import knock_out
from gen.map.join import join_sections
from gen.map.netlist import Netlist, NetlistError
from gen.map.pipeline import PipelineError, logic_cells, pipeline
from gen.map.polish import LARGE, polish
from gen.map.recipes import LIBRARY, commands, library
from gen.map.resynthesis.shrink import shrunk
from gen.tools.abc import prove_equal, transform
from gen.tools.tool import ToolFailed

__all__ = ["FLOWS", "SHALLOW", "MapError", "choose", "map_all", "map_luts"]

Made = TypeVar("Made")

MFS = "mfs2 -a -e -W 20 -M 100 -L 200"
PLAIN = ("if -K {k} -a", MFS, "lutpack -S 1")
SAT = ("&get -m", "&satlut -N 64 -C 1000", "&put", MFS, "lutpack -S 1")
ROUND = ("dch", "if -K {k} -a -C 16 -F 4 -A 4", MFS, "lutpack -S 1")
FLOWS: tuple[tuple[str, ...], ...] = ((*PLAIN, *SAT), ROUND)
"""Each a tuple of ABC commands."""

SHALLOW: tuple[tuple[str, ...], ...] = (("if -K {k}",), ("dch", "if -K {k}"))
"""Flows of the least depth: more LUTs, in fewer levels, so that fewer registers wait for them.

On digits 701 LUTs in 22 levels instead of 601 in 35, and fully pipelined 1,968 logic cells instead
of 2,760.
"""

FEW = 16
"""Inputs up to which a graph is mapped from its decision diagrams too (`COLLAPSED`), which are then
never large: a vote of 41 tables on ten inputs is 32 LUTs so, and 94 by the other flows."""
COLLAPSED = ("collapse", "bdd", "muxes", "strash", *ROUND)

CARRIED = 4
"""Inputs of a LUT that may have a carry beside it."""

FIRST = ("if -K {k} -a", "mfs2 -a")
FORMS = 2
NEVER = 1 << 62

SWEPT, SAMPLES, SECONDS, PASSES = 3_000, 4_096, 20, 3
"""LUTs up to which a netlist is swept, vectors that say where, seconds of the process for it, and
how often it is swept and polished again at most."""

TRIES = 3
"""Of the smallest results, so many are offered for proof: a proof may take minutes."""
PAYS = 0.005
"""The part of its LUTs that a round of sweeping and polishing has to save for another to follow."""
NEAR = 1.1
"""Where a flow that changes the structure leaves so many times the LUTs of one that does not, it is
no use in polishing either."""


class MapError(SmeltError):
    """No flow maps the graph, or the result could not be proved."""


def map_luts(
    flat: Graph,
    sectioned: Sequence[Graph],
    k: int = 4,
    timeout: float = 300,
    stage_depth: int | None = None,
    joined: Graph | None = None,
    shown: Mapping[str, Graph] | None = None,
    counted: Mapping[str, Graph] | None = None,
) -> tuple[Netlist, str]:
    """The smallest netlist that any flow makes of any of the graphs, and how it was made.

    All graphs describe one network, `sectioned` ones cut at its activations, the first of them
    known to be the flat one; results of these are
    joined, and the smallest netlist is polished. `joined` is one more, flat as it was melted: on
    sums behind other logic the smallest there is (438 LUT4 instead of 480 of logic gates with
    counts). Those `shown` to be the same in another way than by a solver are cut at activations,
    each by its word of `gen.map.proofs.SHOWN`. Those `counted` are cut at the LUTs of their counts,
    each by the word of the one that it is, or "" where that is the flat one; their outputs may be
    the words of which the class is the largest, which are then compared by carries.
    A flow that fails or takes longer than `timeout` seconds is passed over. With a `stage_depth`
    the smallest is that of the fewest logic cells once it is cut into stages of that many LUTs. The
    result is proved equal to the flat graph, or where `how` begins with one of those words, to that
    one; raises MapError where that proof fails.
    """
    found = map_all(flat, sectioned, k, timeout, stage_depth, joined, shown, counted)
    return choose(flat, [*_polished(found, stage_depth), *found], stage_depth, shown, sectioned)


def map_all(
    flat: Graph,
    sectioned: Sequence[Graph],
    k: int = 4,
    timeout: float = 300,
    stage_depth: int | None = None,
    joined: Graph | None = None,
    shown: Mapping[str, Graph] | None = None,
    counted: Mapping[str, Graph] | None = None,
) -> list[tuple[Netlist, str]]:
    """What every flow makes of every graph, nothing proved: as `map_luts`."""
    flows = FLOWS if stage_depth is None else (*FLOWS, *SHALLOW)
    others = {word: flatten(graph) for word, graph in (shown or {}).items()}
    graphs = [*sectioned, *([] if joined is None else [joined]), *others.values(), flat]
    words = {id(graph): word for word, graph in others.items()}
    carried = (counted or {}).items() if k == CARRIED else ()
    counts = [(word, form) for word, graph in carried for form in (graph, flatten(graph))]
    graphs += [graph for _, graph in counts]
    words |= {id(graph): word for word, graph in counts if word}
    promising = _promising(graphs, flat, timeout, k, stage_depth)
    runs = [(graph, flow) for graph in promising for flow in flows]
    runs += [(flat, COLLAPSED)] if flat.n_inputs <= FEW else []
    made = _map_each(runs, flat, k, timeout, "mapping")
    found = []
    for netlist, (graph, flow) in zip(made, runs, strict=True):
        if netlist:
            form = words.get(id(graph), "by section" if cut_names(graph) else "flat")
            form += ", counted" if any(graph is one for _, one in counts) else ""
            how = f"{form}, {graph.n_ands} ANDs: {'; '.join(commands(flow, k))}"
            found.append((netlist, how))
    if not found:
        raise MapError("none of ABC's mapping flows worked; see `make doctor`")
    if len(found) < len(runs):  # The result may be larger than on a machine where all end.
        failed = len(runs) - len(found)
        say(f"  {failed} of {len(runs)} mapping runs failed, or took more than {timeout:g} s")
    return found


def _map_each(
    runs: Sequence[tuple[Graph, tuple[str, ...]]], flat: Graph, k: int, timeout: float, label: str
) -> list[Netlist | None]:
    """What each flow makes of its graph, two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda one: _map_once(one[0], one[1], k, timeout), runs)
        made = progress(results, total=len(runs), label=label)
        return [one and _answered(one, flat.output_names) for one in made]


def _answered(netlist: Netlist, answers: Sequence[str]) -> Netlist:
    """The netlist with these outputs: of words, the index of the largest."""
    if [name for name, _ in netlist.outputs] == [*answers]:
        return netlist
    return knock_out(netlist, answers[0].rpartition(".")[0])


def _promising(
    graphs: Sequence[Graph], flat: Graph, timeout: float, k: int, stage_depth: int | None
) -> list[Graph]:
    """The FORMS graphs that plain mapping makes the smallest netlists of: all flows on all of them
    take minutes where thousands of gates are left."""
    if len(graphs) <= FORMS:
        return list(graphs)
    runs = [(graph, FIRST) for graph in graphs]
    made = _map_each(runs, flat, k, timeout, "looking over")
    found = [(one, graph) for one, graph in zip(made, graphs, strict=True) if one]
    failed = [graph for one, graph in zip(made, graphs, strict=True) if not one]
    ranked = chain((graph for _, graph in _by_size(found, stage_depth)), failed)
    best = [id(graph) for graph in islice(ranked, FORMS)]
    return [graph for graph in graphs if id(graph) in best]


def choose(
    flat: Graph,
    found: Sequence[tuple[Netlist, str]],
    stage_depth: int | None = None,
    shown: Mapping[str, Graph] | None = None,
    sectioned: Sequence[Graph] = (),
) -> tuple[Netlist, str]:
    """The smallest of what `map_all` made that is proved equal to the flat graph: as `map_luts`.

    Up to TRIES are tried, the smallest first: one whose proof runs out of its budget is not taken.
    Many gates are compared with the first of the `sectioned` graphs, which is the flat one, cut.
    """
    own = sectioned[0] if sectioned else None
    for netlist, how in islice(_by_size(found, stage_depth), TRIES):
        cut = next((one for word, one in (shown or {}).items() if how.startswith(word)), own)
        wanted, made = flat if cut is own or cut is None else flatten(cut), netlist.to_graph()
        if proved_by_cuts(cut, made) or prove_equal(
            aiger_bytes(made, False), aiger_bytes(wanted, False)
        ):
            return netlist, how
        say(f"  not proved equal to the graph, so not taken: {len(netlist.cells)} LUTs, {how}")
    raise MapError("no mapping is proved equal to its graph; see the lines above")


def _by_size(
    found: Sequence[tuple[Netlist, Made]], stage_depth: int | None
) -> Iterator[tuple[Netlist, Made]]:
    """The smallest first. Logic cells are no fewer than LUTs, so of a netlist with more LUTs than
    another's logic cells they are never counted: stages take seconds to place."""
    waiting = [(logic_luts(one[0]), False, at) for at, one in enumerate(found)]
    heapify(waiting)
    while waiting:
        _, known, at = heappop(waiting)
        if known or stage_depth is None:
            yield found[at]
        else:
            heappush(waiting, (_cells(found[at][0], stage_depth), True, at))


def _cells(netlist: Netlist, stage_depth: int) -> int:
    """The logic cells that it is in stages; more than any others where these cannot be placed."""
    try:
        return logic_cells(pipeline(netlist, stage_depth))
    except PipelineError:
        return NEVER + logic_luts(netlist)


def _polished(
    found: Sequence[tuple[Netlist, str]], stage_depth: int | None
) -> list[tuple[Netlist, str]]:
    """The smallest netlist made smaller window by window after it was polished, and as it was
    polished; what gains nothing is left out.

    It is taken apart in between where the flow that does so came near the smallest: on counts it
    never does.
    """
    whole, how = next(_by_size(found, stage_depth))
    again = [logic_luts(one) for one, made in found if "dch" in made]
    stir = min(again, default=0) <= NEAR * logic_luts(whole)
    parts = apart(whole)
    netlist = parts.before
    if len(netlist.cells) > LARGE:
        say(f"  polishing {len(netlist.cells):,} LUTs")
    made = polish(_swept(netlist), stir)
    for _ in range(PASSES if LARGE < len(made.cells) <= SWEPT else 0):
        further = polish(_swept(made), stir)
        gained = len(made.cells) - len(further.cells)
        made = further if gained > 0 else made
        if gained < PAYS * len(made.cells):
            break
    ways = [made]
    if len(made.cells) <= SWEPT:
        # As many stages as before, or fewer.
        behind = parts.joined(made).depth - made.depth
        stages = stage_depth and -(-(made.depth + behind) // stage_depth)
        ways = [shrunk(made, stages and stages * (stage_depth or 0) - behind), *ways]
    smaller = [parts.joined(one) for one in ways if len(one.cells) < len(netlist.cells)]
    return [(one, f"{how}; polished from {len(netlist.cells)}") for one in smaller]


def _swept(netlist: Netlist) -> Netlist:
    """The netlist without what signals inside cannot be on any input, where it is large: small ones
    lose it in polishing, which gains 20 LUTs more of 1,240 after it."""
    if not LARGE < len(netlist.cells) <= SWEPT:
        return netlist
    shape = SAMPLES, netlist.n_inputs
    samples = np.random.default_rng(0).integers(0, 2, shape, dtype=np.uint8)
    return narrowed(netlist, [], samples, time.process_time() + SECONDS).netlist


def _map_once(graph: Graph, flow: tuple[str, ...], k: int, timeout: float) -> Netlist | None:
    """One flow's netlist, joined where the graph is sectioned; None where the flow fails, or makes
    LUTs of more inputs."""
    data, files = aiger_bytes(graph, False), {LIBRARY: library(k)}
    try:
        blif = transform(data, commands(flow, k), "out.blif", timeout, files).decode()
        netlist = parse_blif(blif, graph.input_names, graph.output_names, k)
    except (ToolFailed, NetlistError):
        return None
    return join_sections(netlist) if cut_names(graph) else netlist
