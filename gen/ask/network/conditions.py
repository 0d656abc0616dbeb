"""Where a question is asked: which inputs count.

Conditions are compiled to one predicate over the network's inputs, an And-Inverter Graph, so that
simulation, SAT, listing and counting all use the same definition: some bits fixed, a Hamming ball
around a sample, valid codes (the care set), and the states that a recurrent network can reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import care_clauses, group_codes, groups_of
from gen.logic.count import reaches
from gen.logic.evaluate import evaluate
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.solver import Solver

__all__ = ["ANYWHERE", "Clause", "Conditions", "Region", "fixed_bits"]

Bits: TypeAlias = NDArray[np.uint8]
Clause: TypeAlias = Sequence[tuple[str, bool]]
"""A disjunction of (input's name, value) pairs."""


MOST = 1 << 31
"""A radius is below this."""


@dataclass(frozen=True)
class Conditions:
    """What an input must satisfy to count.

    `fixed` gives bits of inputs their values; `sample` (inputs,) and `radius` say from how many
    bits away; `codes` whether the care set counts, if there is one; `states` are clauses that the
    reachable states satisfy (an invariant's, which the caller has verified).
    """

    fixed: Mapping[str, int] = field(default_factory=dict)
    sample: tuple[int, ...] = ()
    radius: int = 0
    codes: bool = True
    states: tuple[Clause, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The conditions as JSON; a sample as a string of 0 and 1, in the order of the inputs."""
        return {
            "fixed": dict(self.fixed),
            "sample": "".join(map(str, self.sample)) or None,
            "radius": self.radius if self.sample else None,
            "codes": self.codes,
            "states": [[list(pair) for pair in clause] for clause in self.states],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Conditions":
        """What `to_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        states = [[(str(name), bool(bit)) for name, bit in one] for one in value["states"]]
        radius, codes = value["radius"], value["codes"]
        if type(codes) is not bool or not (radius is None or type(radius) is int):
            raise ValueError("codes or radius")
        if radius is not None and radius >= MOST:
            raise ValueError(f"a radius of {MOST} bits or more")
        return Conditions(
            {str(name): _bit(bit) for name, bit in value["fixed"].items()},
            tuple(_bit(int(bit)) for bit in value["sample"] or ""),
            radius or 0,
            codes,
            tuple(map(tuple, states)),
        )

    def with_fixed(self, fixed: Mapping[str, int]) -> "Conditions":
        """The same conditions with more bits fixed; raises AskError where one is fixed already
        to the other value."""
        for name, value in fixed.items():
            if self.fixed.get(name, value) != value:
                raise AskError(f"contradictory conditions: {name} is fixed to 0 and to 1")
        return replace(self, fixed={**self.fixed, **fixed})


ANYWHERE = Conditions(codes=False)
"""All inputs, valid codes or not."""


def _bit(value: object) -> int:
    """A bit that was read; ValueError for anything else."""
    if type(value) is not int or value not in (0, 1):
        raise ValueError(f"{str(value)[:40]} is no bit")
    return value


def fixed_bits(logic: Logic, name: str, value: int) -> dict[str, int]:
    """The bits of an input's name that hold `value`: a bit's 0 or 1, the number of thresholds
    that a thermometer-coded feature reaches, the place of the bit that a one-hot code sets,
    otherwise a number of so many bits.

    Raises AskError for a name that is no input's, and a value that does not fit.
    """
    bits = logic.names.bits(name)
    wrong = next((bit for bit in bits if bit not in logic.inputs), None)
    if wrong:
        raise AskError(f"{name}: {wrong} is no input; conditions are on inputs")
    places = [logic.inputs.index(bit) for bit in bits]
    kind = next((kind for kind, group in groups_of(logic.care) if group == places), None)
    codes = group_codes(kind, len(bits)) if kind is not None and len(bits) > 1 else None
    most = (1 << len(bits) if codes is None else len(codes)) - 1
    if not 0 <= value <= most:
        raise AskError(f"{name}={value}: {len(bits)} bits take 0 to {most}")
    row = [value >> at & 1 for at in range(len(bits))] if codes is None else codes[value].tolist()
    return dict(zip(bits, row, strict=True))


class Region:
    """Conditions on one network's inputs, compiled; raises AskError where they do not fit it, or
    contradict each other: then everything would hold of no input, which is no answer."""

    def __init__(self, logic: Logic, conditions: Conditions | None = None) -> None:
        self.inputs = logic.inputs
        self.conditions = Conditions() if conditions is None else conditions
        self.care = care_clauses(logic.care) if self.conditions.codes else []
        self._check_names()
        self._check_satisfiable()

    def holds(self, bits: Bits) -> NDArray[np.bool_]:
        """Which of the inputs (n, inputs) satisfy the conditions: bool (n,)."""
        return evaluate(self.graph, bits)[:, 0].astype(bool)

    @cached_property
    def graph(self) -> Graph:
        """The predicate: the network's inputs, and one output "holds"."""
        b = Builder()
        b.output("holds", self.add(b, [b.input(name) for name in self.inputs]))
        return b.graph()

    @cached_property
    def witness(self) -> Bits:
        """One input (inputs,) that satisfies the conditions."""
        with Solver(self.graph) as solver:
            solver.can(self.graph.outputs.tolist())
            return solver.witness()

    @property
    def everywhere(self) -> bool:
        """Whether all inputs satisfy the conditions, because there are none."""
        given = self.conditions
        return not (given.fixed or given.sample or given.states or self.care)

    def add(self, b: Builder, inputs: Sequence[Signal]) -> Signal:
        """The predicate over these signals for the network's inputs."""
        signals = dict(zip(self.inputs, inputs, strict=True))
        found = b.true
        for name, value in self.conditions.fixed.items():
            found = b.and_(found, signals[name] if value else ~signals[name])
        for clause in self.clauses:
            some = b.false
            for name, value in clause:
                some = b.or_(some, signals[name] if value else ~signals[name])
            found = b.and_(found, some)
        if self.conditions.sample:
            found = b.and_(found, self._near(b, inputs))
        return found

    @property
    def clauses(self) -> list[Clause]:
        """What valid codes and reachable states satisfy, as clauses over the inputs' names."""
        named = [[(self.inputs[at], value) for at, value in clause] for clause in self.care]
        return [*named, *self.conditions.states]

    def _near(self, b: Builder, inputs: Sequence[Signal]) -> Signal:
        sample, radius = self.conditions.sample, self.conditions.radius
        same = [one if bit else ~one for one, bit in zip(inputs, sample, strict=True)]
        return reaches(b, [[same]], len(same) - radius)

    def _check_names(self) -> None:
        given, known = self.conditions, set(self.inputs)
        unknown = [name for clause in given.states for name, _ in clause if name not in known]
        unknown += [name for name in given.fixed if name not in known]
        if unknown:
            raise AskError(f"{unknown[0]} is no input of the network; conditions are on inputs")
        if not {*given.fixed.values(), *given.sample} <= {0, 1}:
            raise AskError("conditions fix a bit to what is no bit; 0 and 1 are known")
        if not given.sample:
            return
        if len(given.sample) != len(self.inputs):
            raise AskError(
                f"a sample of {len(given.sample)} bits; the network takes {len(self.inputs)}"
            )
        if given.radius < 0:
            raise AskError(f"a radius of {given.radius} bits; 0 or more are allowed")
        for clause in self.care:
            if all(given.sample[at] != value for at, value in clause):
                bits = ", ".join(f"{self.inputs[at]}={given.sample[at]}" for at, _ in clause)
                raise AskError(f"the sample is off the code: {bits}; give a valid one")

    def _check_satisfiable(self) -> None:
        with Solver(self.graph) as solver:
            if solver.can(self.graph.outputs.tolist()):
                return
        names = {
            "fixed bits": bool(self.conditions.fixed),
            "the ball around the sample": bool(self.conditions.sample),
            "valid codes": bool(self.care),
            "reachable states": bool(self.conditions.states),
        }
        given = ", ".join(name for name, there in names.items() if there)
        raise AskError(
            f"contradictory conditions: no input satisfies {given} at once, so anything would be"
            " true; drop one of them"
        )
