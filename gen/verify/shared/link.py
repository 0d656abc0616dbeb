"""Link 3 of the time-shared form: a round of core.v, unrolled, is the integer network.

A round begins in any state in which the core can wait (`gen.proof.rounds`). Its sum and what it
stores are cut (`gen.verify.shared.sums`), so that every addition, every code and the answer is a
small function, compared with what the network says (`gen.verify.shared.claims`). That the additions
of a neuron make its row of weights is added up in integers.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gen.files import read_json, reading
from gen.forms import CORE
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.map.description import output_words
from gen.melt.melt import output_names
from gen.proof.chain import FAILED, PROVED, Found, Link, timed
from gen.proof.compare import compare_pairs, found
from gen.proof.machine import Machine, MachineError, Net
from gen.proof.rounds import Step, prove_round
from gen.proof.verilog import read_design
from gen.sharing.program import SharedError, make_program
from gen.verify.described import differing
from gen.verify.shared.claims import pairs_of
from gen.verify.shared.sums import Sums

__all__ = ["OWN", "check_shared", "described", "files", "is_shared"]

FORMAT = "smelt-core-1"
OWN = {"format", "latency", "live_inputs", "recipe", "digest", "program", "encoder_included"}
"""Entries of core.json that are proved with the round, or that nothing here depends on."""


def is_shared(core: Path) -> bool:
    """Whether core.json describes a time-shared core."""
    return read_json(core, FORMAT).get("form") == "shared"


def files(build: Path, core: Path) -> list[str]:
    """What the link is about, relative to the folder of core.v."""
    net = os.path.relpath(build / "net.npz", core.parent)
    return [net, core.name, core.with_suffix(".v").name]


def check_shared(build: Path, core: Path, budget: float = 300) -> Link:
    """Compare net.npz of a recipe's build folder with a time-shared core.v; `core` is core.json,
    `budget` in seconds for the solver.

    Raises FileDamaged for a file that is missing or damaged; ToolFailed.
    """
    net = load(build / "net.npz")
    value = read_json(core, FORMAT, CORE)
    with reading(core, "a time-shared core's", "`python -m gen share` makes it again"):
        cycles, answers = int(value["latency"]), len(value["outputs"])
        sent = tuple(int(at) for at in value["live_inputs"])
    outputs = _outputs(net, answers)
    checks = (
        timed("core.json describes the network", lambda: described(value, net, outputs)),
        timed(
            "integer network == a round of core.v",
            lambda: _compared(core.with_suffix(".v"), net, outputs, cycles, sent, budget),
        ),
    )
    return Link(3, "rtl", checks, shared=True)


def _outputs(net: IntNet, answers: int) -> tuple[str, ...]:
    """The network's outputs that a core with so many answers has: the class, with scores or not."""
    last = net.nodes[-1]
    return (last.name,) if answers == 1 else (last.name, *last.inputs)


def described(value: dict[str, Any], net: IntNet, outputs: Sequence[str]) -> Found:
    """What core.json says of inputs and answers, by the names that the network gives them."""
    names = _names(net, outputs)
    wanted = {
        "family": "plain",
        "module": "core",
        "form": "shared",
        "interval": value.get("latency"),
        "inputs": net.n_inputs * net.input_bits,
        "outputs": [list(word) for word in output_words(names)],
        "registers": 0,
        "reset": None,
        "score_signed": True,
        "layers": [],
    }
    fault = differing("core.json", value, wanted, OWN)
    return Found(FAILED if fault else PROVED, f"{len(wanted)} entries made anew", fault)


def _names(net: IntNet, outputs: Sequence[str]) -> list[str]:
    """The names of the answer's bits, lowest of the class first."""
    return [bit for name in outputs for word in output_names(net, name) for bit in word]


def _compared(
    verilog: Path,
    net: IntNet,
    outputs: Sequence[str],
    cycles: int,
    sent: Sequence[int],
    budget: float,
) -> Found:
    try:
        program = make_program(net, outputs)
        core = read_design({"core.v": verilog}, "core")
        ports, answer = _ports(core, "x", core.inputs), _ports(core, "y", core.outputs)
        names = _names(net, outputs)
        if len(ports) != net.n_inputs * net.input_bits or len(answer) != len(names):
            raise MachineError(
                f"core.v has {len(ports)} inputs and {len(answer)} outputs, the network"
                f" {net.n_inputs * net.input_bits} and {len(names)}: of another network or other"
                " OUTPUTS"
            )
        given = frozenset(ports[at] for at in sent if 0 <= at < len(ports))
        sums = Sums(core, net, program, ports, given)
        made = prove_round(Step(core), ports, cycles, sums)
        b, pairs = pairs_of(made.made, sums, [made.y[port] for port in answer], names)
    except (MachineError, SharedError) as error:
        return Found(FAILED, "a round of core.v", str(error))
    how = (
        f"{cycles:,} cycles from any state in which it waits: {len(sums.added):,} additions,"
        f" {len(sums.stored):,} codes, {len(sums.answered)} scores, each cut from the others"
    )
    return found(compare_pairs(b, pairs, budget), how)


def _ports(core: Machine, word: str, among: dict[str, Net]) -> list[str]:
    """The ports of a word, lowest bit first."""
    count = sum(name == word or name.startswith(f"{word}[") for name in among)
    return [word] if count == 1 else [f"{word}[{at}]" for at in range(count)]
