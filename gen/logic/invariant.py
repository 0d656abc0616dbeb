"""What holds of a recurrent network's states in every step of every sequence, proved by induction.

Clauses that hold on simulated states are assumed all together, and each is asked of the states
after a step; those that fail are dropped, and the rest asked again, until all that is assumed is
proved (van Eijk, "Sequential equivalence checking based on structural similarities", 2000, for
equalities; Case, Mishchenko, Brayton, "Inductively finding a reachable state space
over-approximation", 2006, for clauses). A step that starts a sequence is assumed nothing of, which
is the induction's base: the registers may hold anything before it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.files import DAMAGE, FileDamaged, read_json, write_json
from gen.logic.candidates import Fact, Seen, exclusive_groups, facts_of
from gen.logic.graph import GraphError
from gen.logic.machine import Machine
from gen.logic.solver import Clause, Solver

__all__ = ["FORMAT", "Invariant", "find_invariant", "read_invariant"]

FORMAT = "smelt-invariant-1"
CONFLICTS = 5_000
"""Of one question about one clause."""
TRIPLES = 24
"""Most state bits of which clauses of three literals are tried: there are 8/6 of its cube."""
SEQUENCES, STEPS, AROUND = 2048, 24, 64

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Invariant:
    """Clauses over state bits that every state made by a step satisfies, proved inductive.

    `undecided` clauses were dropped because a proof ran out of its budget, others because they are
    not inductive; `complete` says whether all widths of clauses were tried in time.
    """

    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    undecided: int = 0
    complete: bool = True
    states: int = 0
    seconds: float = 0.0

    def clauses(self, machine: Machine) -> list[list[tuple[int, bool]]]:
        """The invariant over the machine's inputs, true of every step that starts a sequence.

        Raises GraphError for a machine with other states.
        """
        if self.names != tuple(one.name for one in machine.registers):
            raise GraphError(
                f"an invariant of {len(self.names)} states is not of this graph's"
                f" {machine.n_states}; find it again"
            )
        return [machine.guarded(fact) for fact in self.facts]

    def verify(self, machine: Machine) -> bool:
        """Whether every clause holds after a step from any state that satisfies all of them, and
        after one that starts a sequence from any state; a fresh solver, without budget."""
        with Solver(machine.step, [*machine.care, *self.clauses(machine)]) as solver:
            return not any(solver.can(_broken(machine, fact)) for fact in self.facts)

    def counts(self) -> dict[str, int]:
        """How many clauses there are of each kind."""
        pairs = {fact for fact in self.facts if len(fact) == 2}
        opposite = {tuple((bit, not value) for bit, value in fact) for fact in pairs}
        return {
            "constant": sum(len(fact) == 1 for fact in self.facts),
            "equal or opposite": len(pairs & opposite) // 2,
            "implied": len(pairs - opposite),
            "longer": sum(len(fact) > 2 for fact in self.facts),
            "groups of which one at most": len(exclusive_groups(pairs)),
        }

    def write(self, path: Path | str) -> None:
        """Write the invariant as JSON, literals by the states' names."""
        named = [[[self.names[bit], value] for bit, value in fact] for fact in self.facts]
        figures = {"undecided": self.undecided, "complete": self.complete, "seen": self.states}
        write_json(
            path,
            {
                "format": FORMAT,
                "registers": list(self.names),
                "clauses": named,
                "kinds": self.counts(),
                "proof": "induction over steps, by SAT",
                "seconds": round(self.seconds, 2),
                **figures,
            },
        )


def read_invariant(path: Path | str) -> Invariant:
    """Read what `write` wrote; raises FileDamaged for anything else. It is verified by its user."""
    value = read_json(path, FORMAT)
    try:
        names = tuple(str(name) for name in value["registers"])
        place = {name: at for at, name in enumerate(names)}
        facts = tuple(_fact(clause, place) for clause in value["clauses"])
        return Invariant(names, facts, int(value["undecided"]), bool(value["complete"]))
    except DAMAGE as error:
        raise FileDamaged(
            f"{path}: not an invariant ({type(error).__name__}: {error}); find it again"
        ) from None


def _fact(clause: Any, place: dict[str, int]) -> Fact:
    if not clause or not all(type(value) is bool for _, value in clause):
        raise ValueError(f"clause {clause}")
    return tuple((place[name], value) for name, value in clause)


def find_invariant(machine: Machine, inputs: Bits, seconds: float = 60, seed: int = 0) -> Invariant:
    """The clauses found and proved in so many seconds.

    `inputs` (n, inputs before the states) satisfy the care set; sequences of them are simulated.
    First constants, then clauses of two literals, then of three where there are few states; each
    time what came before is kept if time runs out.
    """
    start = time.monotonic()
    states = machine.simulated(inputs, SEQUENCES, STEPS, seed)
    seen = Seen(states)
    search = _Search(machine, inputs, start + seconds, np.random.default_rng(seed))
    complete = True
    for width in (1, 2, 3) if machine.n_states <= TRIPLES else (1, 2):
        complete = search.extend(facts_of(seen, width, search.proved))
        if not complete:
            break
    names = tuple(one.name for one in machine.registers)
    spent = time.monotonic() - start
    facts = tuple(sorted(search.proved, key=lambda fact: (len(fact), fact)))
    return Invariant(names, facts, search.undecided, complete, len(states), spent)


@dataclass
class _Search:
    """What is proved so far, and until when to go on."""

    machine: Machine
    inputs: Bits
    end: float
    rng: np.random.Generator
    proved: Sequence[Fact] = ()
    undecided: int = 0

    def extend(self, candidates: Sequence[Fact]) -> bool:
        """Prove as many candidates as are inductive together; False where time runs out, and
        what was proved before stays."""
        live, undecided = list(candidates), 0
        while True:
            found = self._round(live)
            if found is None:
                return False
            left, unclear = found
            undecided += unclear
            if len(left) == len(live):
                self.proved = [*self.proved, *live]
                self.undecided += undecided
                return True
            live = left

    def _round(self, live: Sequence[Fact]) -> tuple[list[Fact], int] | None:
        """Those that hold after a step from all states that satisfy them all, as far as one pass
        over them tells, and how many more were dropped undecided."""
        machine, left, unclear = self.machine, dict.fromkeys(live), 0
        assumed: list[Clause] = [machine.guarded(fact) for fact in (*self.proved, *live)]
        with Solver(machine.step, [*machine.care, *assumed]) as solver:
            for fact in live:
                if fact not in left:
                    continue
                if time.monotonic() > self.end:
                    return None
                answer = solver.can(_broken(machine, fact), CONFLICTS)
                if answer is None:
                    unclear += 1
                    del left[fact]
                elif answer:
                    after = Seen(self._around(solver.witness()))
                    left = {one: None for one in left if after.holds(one)}
        return list(left), unclear

    def _around(self, witness: Bits) -> Bits:
        """States after a step from the witness's state, for its inputs and for others."""
        machine = self.machine
        held = np.tile(witness[machine.first_state :], (AROUND, 1))
        rows = self.inputs[self.rng.integers(0, len(self.inputs), AROUND)]
        rows[0] = witness[: machine.first_state]
        return machine.after(rows, held, int(witness[machine.reset]))


def _broken(machine: Machine, fact: Fact) -> list[int]:
    """The literals that are all 1 where the next state violates the clause."""
    return [int(machine.step.outputs[bit]) ^ value for bit, value in fact]
