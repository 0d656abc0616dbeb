"""Certificates of what cannot be: clauses that contradict each other, with a proof.

The clauses are in three parts. `gates` say what the network computes, once or in several copies
that share inputs; `conditions` which inputs count; `goal` the contrary of what is claimed. The
check follows the proof (`gen.ask.checker`), compares the gates with the network itself on random
inputs, and leaves conditions and goal, a few clauses over named variables, to the reader.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen.ask.checker import ProofWrong, Propagation, check_proof
from gen.ask.forward import Forward
from gen.files import replacing

__all__ = ["Certificate", "Copy"]

ROWS = 64
"""Random inputs on which the gates are compared with the network."""

Clauses = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Copy:
    """A copy of the network among the clauses: the literal (variable or -variable) of each input
    bit, of each activation bit that is free, and of the outputs that are asked about. `second`
    says that it is of the second of two networks."""

    inputs: Mapping[str, int]
    forced: Mapping[str, int]
    outputs: Mapping[str, int]
    second: bool = False


@dataclass(frozen=True, eq=False)
class Certificate:
    """That gates, conditions and goal contradict each other; `proof` is in lines of DRAT."""

    claim: str
    gates: Clauses
    conditions: Clauses
    goal: Clauses
    proof: Sequence[str]
    copies: tuple[Copy, ...]
    seed: int = 0

    @property
    def clauses(self) -> list[Sequence[int]]:
        return [*self.gates, *self.conditions, *self.goal]

    def check(self, forward: Forward, judge: Forward | None = None) -> str:
        """A line that says what was checked; raises ProofWrong where something does not hold.
        `judge` is the second network, where there are two."""
        steps = check_proof(self.clauses, self.proof)
        self._check_gates([forward, forward if judge is None else judge])
        networks = "the network" if judge is None else "both networks"
        return (
            f"{self.claim}: {steps} steps of its proof, and its gates against {networks} on"
            f" {ROWS} inputs"
        )

    def write(self, folder: Path | str, stem: str) -> list[Path]:
        """Write `stem`.cnf and `stem`.drat, as `drat-trim` takes them."""
        cnf, drat = Path(folder) / f"{stem}.cnf", Path(folder) / f"{stem}.drat"
        with replacing(cnf) as stream:
            stream.write(self.dimacs())
        with replacing(drat) as stream:
            stream.write("".join(f"{line}\n" for line in self.proof))
        return [cnf, drat]

    def dimacs(self) -> str:
        """The clauses in DIMACS's format; comments name the variables and the three parts."""
        clauses = self.clauses
        top = max((abs(one) for clause in clauses for one in clause), default=0)
        lines = [f"c {self.claim}"]
        for number, copy in enumerate(self.copies):
            for names in (copy.inputs, copy.forced, copy.outputs):
                lines += [f"c copy {number}: {name} = {one}" for name, one in names.items()]
        lines += [
            f"c {len(self.gates)} clauses of gates, {len(self.conditions)} of conditions,"
            f" {len(self.goal)} of the contrary",
            f"p cnf {top} {len(clauses)}",
        ]
        lines += [" ".join(map(str, [*clause, 0])) for clause in clauses]
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Sizes; the clauses and the proof are what `write` writes."""
        return {
            "claim": self.claim,
            "clauses": len(self.clauses),
            "steps": len(self.proof),
            "format": "DIMACS, DRAT",
        }

    def _check_gates(self, forwards: Sequence[Forward]) -> None:
        known = Propagation(self.gates)
        if known.conflict:
            raise ProofWrong("the gates alone contradict each other: they are of no network")
        rng = random.Random(self.seed)
        free = {abs(one) for copy in self.copies for one in _sources(copy).values()}
        free -= {abs(one) for one in known.trail}
        for _ in range(ROWS):
            start = len(known.trail)
            drawn = [variable if rng.random() < 0.5 else -variable for variable in sorted(free)]
            if not known.assume(drawn):
                raise ProofWrong("the gates contradict some inputs: they are of no network")
            for copy in self.copies:
                self._check_copy(copy, known.value, forwards[copy.second])
            known.undo(start)

    def _check_copy(self, copy: Copy, value: Mapping[int, bool], forward: Forward) -> None:
        row = np.array([[value[one] for one in copy.inputs.values()]], dtype=np.uint8)
        forced = {name: np.array([value[v]], np.uint8) for name, v in copy.forced.items()}
        names = list(copy.outputs)
        given = forward(row, forced, names)[0].tolist()
        made = [value.get(one) for one in copy.outputs.values()]
        if made != given:
            wrong = next(n for n, a, b in zip(names, made, given, strict=True) if a != b)
            raise ProofWrong(f"the gates are not the network's: {wrong} differs on an input")


def _sources(copy: Copy) -> dict[str, int]:
    return {**copy.inputs, **copy.forced}
