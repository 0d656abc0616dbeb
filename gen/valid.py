"""Which inputs, and which states of a recurrent network, can be: a build's care set as clauses.

What is mapped with it is proved equal on these only, and whoever looks at that proof again has to
assume the same. Unasked, only that is assumed of inputs what the encoder is shown to keep to.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen.data.care import care_clauses, groups_of, random_bits
from gen.data.fulfilled import Fulfilled, fulfilled
from gen.errors import SmeltError
from gen.intnet.files import load
from gen.logic.aiger import Register
from gen.logic.graph import Graph
from gen.logic.invariant import read_invariant
from gen.logic.machine import Machine
from gen.logic.solver import Clause

__all__ = [
    "STATES",
    "CareError",
    "CareSet",
    "care_set",
    "every_input",
    "is_part",
    "machine_and_inputs",
    "shown",
]

Bits = NDArray[np.uint8]
SAMPLES = 8192
STATES = "reachable states"
"""The kind of a care set of states."""


class CareError(SmeltError):
    """A build has no care set, or one that does not hold of it."""


class CareSet(NamedTuple):
    """Its name, clauses over inputs that all that can be satisfy, and samples that do; `groups` are
    all that the clauses say, each a kind and its bits, None where they speak of states too."""

    kind: str
    clauses: Sequence[Clause]
    samples: Bits
    groups: list[tuple[str, list[int]]] | None = None


def shown(graph: Path, sidecar: Mapping[str, Any]) -> Fulfilled:
    """The part of the care set of graph.json, the sidecar of the file `graph`, that is shown to
    hold of all that the encoder in the net.npz beside it gives. Raises NetError, FileDamaged."""
    path = graph.with_name("net.npz")
    if sidecar["care"] is None:
        return Fulfilled(None, 0, "")
    if not path.is_file():
        return Fulfilled(None, 0, f"no {path} says how its inputs are encoded")
    net = load(path)
    if net.meta.get("care") != sidecar["care"]:
        return Fulfilled(None, 0, f"{path} has another care set: of another network")
    steps = int(net.meta.get("steps", 1)) if net.states else 1
    return fulfilled(net.meta, net.n_inputs * net.input_bits, steps)


def is_part(care: Mapping[str, Any] | None, whole: Mapping[str, Any] | None) -> bool:
    """Whether all that a care set says of inputs another one says too."""
    known = {(kind, tuple(group)) for kind, group in groups_of(whole)}
    return {(kind, tuple(group)) for kind, group in groups_of(care)} <= known


def care_set(
    graph: Path, sidecar: dict[str, Any], flat: Graph, with_states: bool = True
) -> CareSet:
    """The care set of inputs and, with an invariant, of states.

    `graph` is the path of graph.aig, whose value `flat` is, and `sidecar` that of graph.json, or
    with a part of its care set. An invariant.json beside it is proved again, and used where it is
    asked for. Raises CareError.
    """
    care, path = sidecar["care"], graph.with_name("invariant.json")
    states = [Register(*row) for row in sidecar["registers"]]
    known = with_states and bool(states) and path.is_file()
    if care is None and not known:
        raise CareError(
            "care set: graph.json names no care set, so every input is valid"
            + ("; `python -m gen invariant` finds which states are" if states else "")
        )
    if not known:
        samples = random_bits(flat.n_inputs, SAMPLES, 0, care)
        return CareSet(care["kind"], care_clauses(care), samples, groups_of(care))
    machine, inputs = machine_and_inputs(flat, sidecar, states)
    invariant = read_invariant(path)
    if not invariant.verify(machine):
        raise CareError(f"{path}: does not hold of {graph}; run `python -m gen invariant` again")
    kind = f"{care['kind']} and {STATES}" if care else STATES
    clauses = [*machine.care, *invariant.clauses(machine)]
    return CareSet(kind, clauses, machine.samples(inputs, SAMPLES))


def every_input(flat: Graph) -> CareSet:
    """Nothing assumed: no kind, no clauses, random samples."""
    return CareSet("", [], random_bits(flat.n_inputs, SAMPLES, 0, None), [])


def machine_and_inputs(
    flat: Graph, sidecar: dict[str, Any], states: Sequence[Register], seed: int = 0
) -> tuple[Machine, Bits]:
    """The step of a flat graph with its care set, and inputs of steps that satisfy it."""
    machine = Machine(flat, states, care_clauses(sidecar["care"]))
    return machine, random_bits(machine.first_state, 4096, seed, sidecar["care"])
