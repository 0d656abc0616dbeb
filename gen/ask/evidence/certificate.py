"""Certificates of what cannot be: clauses that contradict each other, with a proof.

The clauses are in three parts. `gates` say what the network computes, once or in several copies
that share inputs; `conditions` which inputs count; `goal` the contrary of what is claimed. The
check follows the proof (`gen.ask.evidence.checker`), compares the gates with the network itself on
random inputs, and leaves conditions and goal, a few clauses over named variables, to the reader.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen.ask.evidence.checker import ProofWrong, Propagation, check_proof
from gen.ask.network.forward import Forward
from gen.files import FileDamaged, replacing

__all__ = ["Certificate", "Copy"]

ROWS = 64
"""Random inputs on which the gates are compared with the network."""

Clauses = Sequence[Sequence[int]]

KINDS = ("inputs", "forced", "outputs")
"""Of a copy's variables, as comments in a file name them."""
COPY = re.compile(r"c copy \d+ of the (?P<which>first|second) network")
VARIABLE = re.compile(r"c copy \d+ (?P<kind>\w+): (?P<name>\S+) = (?P<literal>-?\d+)")
PARTS = re.compile(r"c (\d+) clauses of gates, (\d+) of conditions, (\d+) of the contrary")


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

    @staticmethod
    def read(cnf: Path | str, drat: Path | str) -> "Certificate":
        """What `write` wrote; raises FileDamaged for files that are missing or something else."""
        lines, proof = (_lines(path) for path in (cnf, drat))
        copies: list[Copy] = []
        sizes: list[int] = []
        clauses: list[list[int]] = []
        try:
            for line in lines:
                if match := COPY.fullmatch(line):
                    copies.append(Copy({}, {}, {}, match["which"] == "second"))
                elif match := VARIABLE.fullmatch(line):
                    kinds = vars(copies[-1])
                    kinds[match["kind"]][match["name"]] = int(match["literal"])
                elif match := PARTS.fullmatch(line):
                    sizes = [int(size) for size in match.groups()]
                elif line[:1] not in ("c", "p"):
                    *clause, end = map(int, line.split())
                    clauses.append([*clause, *([end] if end else [])])
            gates, conditions, goal = sizes
        except (ValueError, KeyError, IndexError):
            raise FileDamaged(f"{cnf}: not a certificate; ask for it again") from None
        if len(clauses) != sum(sizes):
            raise FileDamaged(f"{cnf}: {len(clauses)} clauses of {sum(sizes)}; ask for it again")
        middle = clauses[gates : gates + conditions]
        claim = lines[0].removeprefix("c ")
        parts = clauses[:gates], middle, clauses[gates + conditions :]
        return Certificate(claim, *parts, proof, tuple(copies))

    def dimacs(self) -> str:
        """The clauses in DIMACS's format; comments name the variables and the three parts."""
        clauses = self.clauses
        top = max((abs(one) for clause in clauses for one in clause), default=0)
        lines = [f"c {self.claim}"]
        for number, copy in enumerate(self.copies):
            lines.append(f"c copy {number} of the {'second' if copy.second else 'first'} network")
            for kind in KINDS:
                items = getattr(copy, kind).items()
                lines += [f"c copy {number} {kind}: {name} = {one}" for name, one in items]
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
            "evidence": "certificate",
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


def _lines(path: Path | str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise FileDamaged(f"{path}: cannot be read ({error}); ask for it again") from None


def _sources(copy: Copy) -> dict[str, int]:
    return {**copy.inputs, **copy.forced}
