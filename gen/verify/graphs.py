"""Link 2: the melted graph is the simplified one, and that is the mapped netlist.

A netlist that was mapped with a care set is the flat graph on that only: valid inputs and, of a
recurrent network, a first step from any states and others from those that an invariant allows. What
its file assumes of inputs has to be of the graph's care set, and is compared with all codes that
the encoder gives. That "reset" gives states their reset values, whatever they were, is proved of
the flat graph.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen.data.care import random_bits
from gen.errors import SmeltError
from gen.logic.aiger import Register, aiger_bytes, read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph
from gen.logic.machine import RESET
from gen.logic.sections import cut_names, flatten
from gen.logic.solver import Clause
from gen.logic.sweep import equal_on
from gen.map.by_cuts import proved_by_cuts
from gen.map.netlist import Netlist
from gen.map.proofs import NARROW, RESTRICTED, SHOWN, proof_of, restriction, through
from gen.melt.sidecar import read_sidecar
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found, Link, timed
from gen.proof.compare import Pair, compare_pairs, found
from gen.simplify.proved import Workers
from gen.simplify.run import NotProved, prove_sections
from gen.tools.abc import prove_equal
from gen.valid import STATES, CareError, CareSet
from gen.verify.assumed import assumed, encoded, equal_behind
from gen.verify.described import graphs_described, netlist_described
from gen.verify.narrowed import beside, melted_of, named_in, narrowed

__all__ = ["check_graphs", "check_mapped", "files"]

SAMPLES = 4_096
GRAPHS = ("melted", "sections", "graph")
FILES = (*(f"{name}.{end}" for name in GRAPHS for end in ("aig", "json")), "mapped.json")
NETS = ("net.npz", "narrow.npz")
"""What a netlist is proved through that was made of narrower codes or other counts, besides their
graph: narrow.npz is not there where no code gets narrower."""


def files(build: Path) -> list[str]:
    """What the link is about, in a recipe's build folder."""
    proof = proof_of(build / "mapped.json")
    known = {"net.npz": RESTRICTED, "invariant.json": STATES}
    found = [*FILES, *(name for name, word in known.items() if word in proof)]
    other = through(build / "mapped.json")
    if other:
        needed = [one for one in NETS if other == SHOWN[NARROW] or (build / one).exists()]
        found += [*needed, other]
    return list(dict.fromkeys(found))


def check_graphs(build: Path, budget: float = 300) -> Link:
    """Prove the graphs of a recipe's build folder equal; `budget` in seconds for each proof.

    Raises FileDamaged, NetlistError for a file that is missing or damaged.
    """
    melted, sections, flat = (read_aiger(build / f"{name}.aig") for name in GRAPHS)
    sidecar, _, states = read_sidecar(build / "graph.json")
    mapped = Netlist.read(build / "mapped.json")
    simplified = {"sections": sections, "graph": flat}
    checks = [
        timed("descriptions of the graphs", lambda: graphs_described(build, simplified)),
        timed("mapped.json's inputs, answers", lambda: netlist_described(sidecar, flat, mapped)),
        timed("melted == simplified, by sections", lambda: _by_section(melted, sections, budget)),
        timed("sections, joined == flat graph", lambda: _joined(sections, flat, budget)),
        timed(
            "flat graph == mapped",
            lambda: _mapped(build / "mapped.json", flat, sections, mapped, budget),
        ),
        timed(
            "cells that are called activations",
            lambda: _named(build, flat, sections, mapped, budget),
        ),
    ]
    other = through(build / "mapped.json")
    if other:
        (what,) = (word for word, file in SHOWN.items() if file == other)
        shown = partial(narrowed, build, build / "mapped.json", other, melted)
        checks.append(timed(f"{what} == the network", shown))
    kind = restriction(build / "mapped.json")
    valid = encoded(build, sidecar) if kind else None
    if valid is not None:
        checks.append(timed("encoder gives valid inputs only", lambda: valid, decides=False))
    if mapped.registers:
        reset = timed("reset gives the reset values", lambda: _resets(flat, states, mapped, budget))
        checks.append(reset)
    return Link(2, "graphs", tuple(checks), where=f"on {RESTRICTED} ({kind})" if kind else "")


def check_mapped(build: Path, path: Path, budget: float = 300) -> Found:
    """Prove that the netlist in the file `path` is graph.aig of a build folder, as `check_graphs`
    does of mapped.json: on all inputs, or on those that its file says it was mapped for."""
    melted, sections, flat = (read_aiger(build / f"{name}.aig") for name in GRAPHS)
    other = through(path)
    steps = [lambda: _joined(sections, flat, budget)]
    if other:
        # That graph is the network, and so is this one.
        steps += [
            lambda: _by_section(melted, sections, budget),
            lambda: melted_of(build, melted),
            lambda: narrowed(build, path, other, melted),
        ]
    for step in steps:
        shown = step()
        if shown.verdict != PROVED:
            return shown
    return _mapped(path, flat, sections, Netlist.read(path), budget, build)


def _joined(sections: Graph, flat: Graph, budget: float) -> Found:
    """A flat graph is that of the sections, which it stands for."""
    return _equal(flatten(sections), flat, budget, cut=sections)


def _mapped(
    path: Path,
    flat: Graph,
    sections: Graph,
    mapped: Netlist,
    budget: float,
    build: Path | None = None,
) -> Found:
    """A mapped netlist leaves out registers that no answer depends on: outputs that it has are
    compared, on all inputs of the graph. So what is left out cannot matter to them. `sections` are
    shown to be the flat graph."""
    build = build or path.parent
    made = mapped.to_graph()
    kept = [at for at, name in enumerate(flat.output_names) if name in made.output_names]
    if not set(made.input_names) <= set(flat.input_names) or len(kept) < len(made.output_names):
        return Found(FAILED, "reading", "the netlist has inputs or outputs of another graph")
    other = through(path)
    if other:
        sections = read_aiger(beside(build, path, other))
        instead = flatten(sections)
        samples = random_bits(flat.n_inputs, SAMPLES, 2, None)
        fault = _interface(flat, instead) or _difference(flat, instead, samples)
        if fault:
            return Found(FAILED, f"reading {other}", fault)
        flat = instead
    try:
        care = assumed(path, build, flat)
    except CareError as error:
        return Found(FAILED, "reading the care set", str(error))
    b = Builder()
    inputs = {name: b.input(name) for name in flat.input_names}
    ends = b.import_graph(made, [inputs[name] for name in made.input_names])
    for name, end in zip(made.output_names, ends, strict=True):
        b.output(name, end)
    chosen = tuple(flat.output_names[at] for at in kept)
    wanted = Graph(flat.input_names, chosen, flat.fan_in, flat.outputs[kept])
    return _equal(wanted, b.graph(), budget, care, sections)


def _named(build: Path, flat: Graph, sections: Graph, mapped: Netlist, budget: float) -> Found:
    """A cell with an activation's name is that activation, in every state and on all inputs, or
    where the netlist assumes some, on these."""
    allowed = cut_names(sections)
    other = through(build / "mapped.json")
    if other:
        try:
            sections, allowed = named_in(build, build / "mapped.json", other)
        except SmeltError as error:
            return Found(FAILED, "reading", str(error))
    named = {c.name: at for at, c in enumerate(mapped.cells, mapped.n_inputs) if c.name is not None}
    unknown = sorted(named.keys() - set(allowed))
    if unknown:
        return Found(FAILED, "reading", f"a cell is called {unknown[0]}, which is no activation")
    if not named:
        return Found(PROVED, "no cell has a name")
    reference = flatten(sections, keep=tuple(named))
    b = Builder()
    inputs = {name: b.input(name) for name in reference.input_names}
    probe = replace(mapped, outputs=tuple(named.items()), registers=(), feedback=()).to_graph()
    if not inputs.keys() >= set(probe.input_names):
        return Found(
            FAILED, "reading", f"mapped.json has inputs that {other or 'sections.aig'} has not"
        )
    ends = b.import_graph(probe, [inputs[name] for name in probe.input_names])
    made = dict(zip(probe.output_names, ends, strict=True))
    kept = [at for at, name in enumerate(reference.output_names) if name in made]
    chosen = tuple(reference.output_names[at] for at in kept)
    for name in chosen:
        b.output(name, made[name])
    wanted = Graph(reference.input_names, chosen, reference.fan_in, reference.outputs[kept])
    try:
        care = assumed(build / "mapped.json", build, flat)
    except CareError as error:
        return Found(FAILED, "reading the care set", str(error))
    if wanted.input_names != flat.input_names:
        care = None
    return _equal(wanted, b.graph(), budget, care, sections)


def _resets(flat: Graph, states: Sequence[Register], mapped: Netlist, budget: float) -> Found:
    """With "reset", any states give what the netlist's reset values give without it."""
    values = {one.name: one.reset for one in states}
    values |= {name: reset for name, _, reset in mapped.registers}
    b = Builder()
    free = {name: b.input(name) for name in flat.input_names}
    held = {name: b.constant(values[name]) for name in values}
    first = free | {RESET: b.true}
    later = free | held | {RESET: b.false}
    ends = [
        b.import_graph(flat, [row[name] for name in flat.input_names]) for row in (first, later)
    ]
    pairs = [Pair(*row) for row in zip(flat.output_names, *ends, strict=True)]
    return found(compare_pairs(b, pairs, budget), f"{len(values)} states, reset against values")


def _by_section(first: Graph, second: Graph, budget: float) -> Found:
    """Both are cut at the same activations: each function between two cuts is proved."""
    samples = random_bits(first.n_inputs, SAMPLES, 2, None)
    fault = _interface(first, second) or _difference(first, second, samples)
    if fault:
        return Found(FAILED, "simulation", fault)
    try:
        row = prove_sections("sections", "both", first, second, Workers(1, budget))
    except NotProved as error:
        return _decided(first, second, str(error), budget)
    return Found(PROVED, f"SAT, {len(first.outputs)} functions in {row.parts} groups")


def _equal(
    first: Graph,
    second: Graph,
    budget: float,
    care: CareSet | None = None,
    cut: Graph | None = None,
) -> Found:
    """Two flat graphs; `cut` is the first, or more than that, cut at activations."""
    samples = care.samples if care else random_bits(first.n_inputs, SAMPLES, 2, None)
    fault = _interface(first, second) or _difference(first, second, samples)
    if fault:
        return Found(FAILED, "simulation", fault)
    if care is None and proved_by_cuts(cut, second, budget):
        return Found(PROVED, f"SAT sweeping from layer to layer, {len(first.outputs)} outputs")
    if care is None and prove_equal(aiger_bytes(first, False), aiger_bytes(second, False), budget):
        return Found(PROVED, f"SAT sweeping of the miter, {len(first.outputs)} outputs")
    return _decided(first, second, f"no proof in {budget:g} s", budget, care)


def _decided(
    first: Graph, second: Graph, why: str, budget: float, care: CareSet | None = None
) -> Found:
    """By our own solver, which gives a verdict where ABC gives none."""
    samples = care.samples if care else random_bits(first.n_inputs, SAMPLES, 3, None)
    clauses: Sequence[Clause] = care.clauses if care else []
    answer = equal_on(first, second, samples, clauses, budget)
    how = f"SAT on {RESTRICTED} ({care.kind})" if care else "SAT"
    if answer is None and care is not None and equal_behind(first, second, care, budget):
        answer, how = True, how.replace("SAT", "SAT sweeping of the miter")
    if answer is None:
        return Found(UNDECIDED, how, why)
    if answer:
        return Found(PROVED, f"{how}, {len(first.outputs)} outputs")
    return Found(FAILED, how, "an input was found on which they differ")


def _interface(first: Graph, second: Graph) -> str:
    same = (first.input_names, first.output_names) == (second.input_names, second.output_names)
    return "" if same else "their inputs or outputs have other names: two builds"


def _difference(first: Graph, second: Graph, bits: NDArray[np.uint8]) -> str:
    """The first output found to differ on these inputs, in words."""
    wrong = np.argwhere(evaluate(first, bits) != evaluate(second, bits))
    if not len(wrong):
        return ""
    row, column = wrong[0].tolist()
    high = np.flatnonzero(bits[row])
    names = ", ".join(first.input_names[at] for at in high[:6])
    return f"{first.output_names[column]} differs where {names} and {len(high)} inputs in all are 1"
