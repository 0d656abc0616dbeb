"""Which inputs, and which states of a recurrent network, can be: a build's care set as clauses.

What is mapped with it is proved equal on these only, and whoever looks at that proof again has to
assume the same.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen.data.care import care_clauses, random_bits
from gen.errors import SmeltError
from gen.logic.aiger import Register
from gen.logic.graph import Graph
from gen.logic.invariant import read_invariant
from gen.logic.machine import Machine
from gen.logic.solver import Clause

__all__ = ["CareError", "CareSet", "care_set", "machine_and_inputs"]

Bits = NDArray[np.uint8]
SAMPLES = 8192


class CareError(SmeltError):
    """A build has no care set, or one that does not hold of it."""


class CareSet(NamedTuple):
    """Its name, clauses over inputs that all that can be satisfy, and samples that do."""

    kind: str
    clauses: Sequence[Clause]
    samples: Bits


def care_set(graph: Path, sidecar: dict[str, Any], flat: Graph) -> CareSet:
    """The care set of inputs and, with an invariant, of states.

    `graph` is the path of graph.aig, whose value `flat` is, and `sidecar` that of graph.json. An
    invariant.json beside it is proved again. Raises CareError.
    """
    care, path = sidecar["care"], graph.with_name("invariant.json")
    states = [Register(*row) for row in sidecar["registers"]]
    known = bool(states) and path.is_file()
    if care is None and not known:
        raise CareError(
            "care set: graph.json names no care set, so every input is valid"
            + ("; `python -m gen invariant` finds which states are" if states else "")
        )
    if not known:
        samples = random_bits(flat.n_inputs, SAMPLES, 0, care)
        return CareSet(care["kind"], care_clauses(care), samples)
    machine, inputs = machine_and_inputs(flat, sidecar, states)
    invariant = read_invariant(path)
    if not invariant.verify(machine):
        raise CareError(f"{path}: does not hold of {graph}; run `python -m gen invariant` again")
    kind = f"{care['kind']} and reachable states" if care else "reachable states"
    clauses = [*machine.care, *invariant.clauses(machine)]
    return CareSet(kind, clauses, machine.samples(inputs, SAMPLES))


def machine_and_inputs(
    flat: Graph, sidecar: dict[str, Any], states: Sequence[Register], seed: int = 0
) -> tuple[Machine, Bits]:
    """The step of a flat graph with its care set, and inputs of steps that satisfy it."""
    machine = Machine(flat, states, care_clauses(sidecar["care"]))
    return machine, random_bits(machine.first_state, 4096, seed, sidecar["care"])
