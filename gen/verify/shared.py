"""Link 3 of the time-shared form: a round of core.v, unrolled, is the melted graph.

A round begins in any state in which the core can wait (`gen.proof.rounds`). Where it stores an
activation in its memory, what it stores is an output to compare, and from there on the activation
is free: the same cut that the melted graph has. So each neuron is compared for itself, in the
order in which they are computed, and the answer as a function of the last ones.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gen.files import read_json, reading
from gen.forms import CORE
from gen.logic.aiger import read_aiger
from gen.logic.cones import Cones
from gen.logic.graph import Builder, Graph
from gen.logic.sections import flatten
from gen.map.description import output_words
from gen.proof.chain import FAILED, PROVED, Found, Link, timed
from gen.proof.compare import Pair, compare_pairs, found
from gen.proof.machine import Machine, MachineError, Net
from gen.proof.rounds import Round, Step, Unrolled, prove_round
from gen.proof.verilog import read_design
from gen.verify.described import differing

__all__ = ["OWN", "check_shared", "described", "files", "is_shared"]

FORMAT = "smelt-core-1"
OWN = {"format", "latency", "live_inputs", "recipe", "digest", "memory", "program"} | {
    "encoder_included"
}
"""Entries of core.json that are proved with the round, or that nothing here depends on."""
WORD = re.compile(r"values\[(?P<word>\d+)\](?:\[(?P<bit>\d+)\])?$")
"""The name of a register of the value memory, `gen.sharing`'s core read through Yosys."""


@dataclass(frozen=True)
class Activation:
    """The names of a code's bits, lowest first, and whether it is two's complement."""

    names: tuple[str, ...]
    signed: bool


@dataclass(frozen=True)
class Shared:
    """What core.json says of a time-shared core: cycles of a round, address of the first stored
    activation, the activations from there on, and the inputs that are sent."""

    cycles: int
    first: int
    stored: tuple[Activation, ...]
    live: tuple[int, ...]


def is_shared(core: Path) -> bool:
    """Whether core.json describes a time-shared core."""
    return read_json(core, FORMAT).get("form") == "shared"


def files(build: Path, core: Path) -> list[str]:
    """What the link is about, relative to the folder of core.v."""
    melted = os.path.relpath(build / "melted.aig", core.parent)
    return [melted, core.name, core.with_suffix(".v").name]


def check_shared(build: Path, core: Path, budget: float = 300) -> Link:
    """Compare melted.aig of a recipe's build folder with a time-shared core.v; `core` is core.json,
    `budget` in seconds for the solver.

    Raises FileDamaged for a file that is missing or damaged; ToolFailed.
    """
    melted = read_aiger(build / "melted.aig")
    shared, value = _read(core), read_json(core, FORMAT)
    checks = (
        timed("core.json describes the graph", lambda: described(value, melted)),
        timed(
            "melted graph == a round of core.v",
            lambda: _compared(core.with_suffix(".v"), melted, shared, budget),
        ),
    )
    return Link(3, "rtl", checks, shared=True)


def described(value: dict[str, Any], melted: Graph) -> Found:
    """What core.json says of inputs and answers, by the names that the graph gives them."""
    flat = flatten(melted)
    wanted = {
        "family": "plain",
        "module": "core",
        "form": "shared",
        "interval": value.get("latency"),
        "inputs": flat.n_inputs,
        "outputs": [list(word) for word in output_words(flat.output_names)],
        "registers": 0,
        "reset": None,
        "score_signed": True,
        "layers": [],
    }
    fault = differing("core.json", value, wanted, OWN)
    return Found(FAILED if fault else PROVED, f"{len(wanted)} entries made anew", fault)


def _read(core: Path) -> Shared:
    value = read_json(core, FORMAT, CORE)
    with reading(core, "a time-shared core's", "`python -m gen share` makes it again"):
        memory = value["memory"]
        stored = [Activation(tuple(names), bool(signed)) for names, signed in memory["stored"]]
        live = tuple(int(one) for one in value["live_inputs"])
        return Shared(int(value["latency"]), int(memory["first"]), tuple(stored), live)


def _compared(verilog: Path, melted: Graph, shared: Shared, budget: float) -> Found:
    try:
        core = read_design({"core.v": verilog}, "core")
        ports = _ports(core, "x", core.inputs)
        names = _Names(core, shared)
        made = prove_round(Step(core), ports, shared.cycles, names)
        _check_sent(made, names, [ports[at] for at in shared.live if 0 <= at < len(ports)])
        b, pairs = _pairs(made, names, melted, ports, _ports(core, "y", core.outputs))
    except MachineError as error:
        return Found(FAILED, "a round of core.v", str(error))
    how = (
        f"{shared.cycles:,} cycles from any state in which it waits, cut at"
        f" {len(names.stored)} bits of activations"
    )
    return found(compare_pairs(b, pairs, budget), how)


def _check_sent(made: Round, names: "_Names", sent: Sequence[str]) -> None:
    """No function of the round reads an input that the gateware leaves at 0."""
    ends = made.y | names.stored
    read = Cones(made.made.graph(ends)).select(list(ends)).input_names
    unsent = {*read} & (made.x.keys() - {*sent})
    if unsent:
        raise MachineError(f"{min(unsent)} is read, and not among the inputs that are sent")


def _ports(core: Machine, word: str, among: dict[str, Net]) -> list[str]:
    """The ports of a word, lowest bit first."""
    count = sum(name == word or name.startswith(f"{word}[") for name in among)
    return [word] if count == 1 else [f"{word}[{at}]" for at in range(count)]


@dataclass
class _Names:
    """Watches the value memory; what a round stores there gets the name of its activation.

    `stored` are the literals of the bits as they were computed, by name.
    """

    core: Machine
    shared: Shared
    words: dict[int, dict[int, Net]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for net, register in self.core.registers.items():
            for match in filter(None, map(WORD.match, register.names)):
                bits = self.words.setdefault(int(match["word"]), {})
                bits[int(match["bit"] or 0)] = net

    def __call__(
        self, made: Unrolled, cycle: int, before: dict[Net, int], after: dict[Net, int]
    ) -> None:
        if cycle == 1:
            self.stored.clear()
        for at, activation in enumerate(self.shared.stored, self.shared.first):
            nets = [net for _, net in sorted(self.words.get(at, {}).items())]
            if any(before[net] != after[net] for net in nets):
                self._cut(made, activation, nets, after)

    def _cut(
        self, made: Unrolled, activation: Activation, nets: Sequence[Net], after: dict[Net, int]
    ) -> None:
        """Keep what a word's bits are, and make them those of its activation, extended."""
        names = activation.names
        if names[0] in self.stored:
            raise MachineError(f"{names[0]} is stored twice in a round")
        computed = [after[net] for net in nets]
        beyond = computed[len(names) - 1] if activation.signed else 0
        if any(literal != beyond for literal in computed[len(names) :]):
            raise MachineError(f"{names[0]} is stored with more bits than it has")
        self.stored |= dict(zip(names, computed, strict=False))
        free = [made.input(name) for name in names]
        beyond = free[-1] if activation.signed else 0
        free += [beyond] * (len(nets) - len(names))
        after.update(zip(nets, free, strict=True))


def _pairs(
    made: Round, names: _Names, melted: Graph, ports: Sequence[str], answer: Sequence[str]
) -> tuple[Builder, list[Pair]]:
    """Every stored bit and every bit of the answer, beside what the melted graph says."""
    stored = tuple(names.stored)
    reference = flatten(melted, keep=stored, free=stored)
    given = [name for name in reference.input_names if name not in names.stored]
    wanted = [name for name in reference.output_names if name not in names.stored]
    if len(given) != len(ports) or len(wanted) != len(answer):
        raise MachineError(
            f"core.v has {len(ports)} inputs and {len(answer)} outputs, the melted graph"
            f" {len(given)} and {len(wanted)}: of another network or other OUTPUTS"
        )
    ends = {name: made.y[port] for name, port in zip(wanted, answer, strict=True)}
    logic = made.made.graph(names.stored | ends)
    b = Builder()
    inputs = {name: b.input(name) for name in logic.input_names}
    here = dict(zip(logic.output_names, b.import_graph(logic, list(inputs.values())), strict=True))
    port_of = dict(zip(given, ports, strict=True))
    read = [inputs[port_of.get(name, name)] for name in reference.input_names]
    there = dict(zip(reference.output_names, b.import_graph(reference, read), strict=True))
    # What nothing reads is stored, but not melted; that nothing reads it here is compared.
    return b, [Pair(name, signal, there[name]) for name, signal in here.items() if name in there]
