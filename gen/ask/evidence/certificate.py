"""Certificates: proofs of obligations, followed step by step, and the files that carry them.

Three files say the same thing: `.aig` the obligation's graph (one output, which must never be 1),
`.cnf` its clauses (variable v is AIGER's variable v - 1, in the file's order), `.drat` the proof
that these contradict each other, so that any foreign checker or AIG tool can repeat it. When an
answer is read again, graph and clauses are made anew from question and network; the files' must be
the same, and only the proof is taken from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.checker import check_proof
from gen.ask.evidence.obligations import Obligation, formula
from gen.files import FileDamaged, replacing
from gen.logic.aiger import aiger_bytes
from gen.logic.graph import Graph

__all__ = ["SUFFIXES", "Certificate"]

SUFFIXES = (".aig", ".cnf", ".drat")


@dataclass(frozen=True)
class Certificate:
    """A proof in lines of DRAT. `written` are the bytes of its other files, where it was read."""

    proof: Sequence[str]
    written: tuple[bytes, bytes] | None = None

    def check(self, owed: Obligation) -> str:
        """A line that says what was checked; raises ProofWrong where the proof does not prove the
        obligation, AnswerWrong where the files are of another one."""
        if self.written is not None and self.written != (_aig(owed.graph), _cnf(owed)):
            raise AnswerWrong(f"{owed.claim}: its certificate is of something else")
        steps = check_proof(formula(owed.graph), self.proof)
        return f"{owed.claim}: {steps} steps of its proof, by the checker"

    def write(self, owed: Obligation, folder: Path | str, stem: str) -> list[str]:
        """Write the three files; returns their names."""
        proof = "".join(f"{line}\n" for line in self.proof).encode()
        names = [stem + suffix for suffix in SUFFIXES]
        parts = (_aig(owed.graph), _cnf(owed), proof)
        for name, data in zip(names, parts, strict=True):
            with replacing(Path(folder) / name, "wb") as stream:
                stream.write(data)
        return names

    @staticmethod
    def read(folder: Path | str, stem: str) -> "Certificate":
        """What `write` wrote; raises FileDamaged for files that are missing or no text."""
        aig, cnf, drat = (_bytes(Path(folder) / (stem + suffix)) for suffix in SUFFIXES)
        try:
            return Certificate(drat.decode("ascii").splitlines(), (aig, cnf))
        except ValueError:
            raise FileDamaged(f"{Path(folder) / stem}.drat: not a proof; ask again") from None


def _aig(graph: Graph) -> bytes:
    return aiger_bytes(graph)


def _cnf(owed: Obligation) -> bytes:
    """The clauses in DIMACS's format."""
    clauses = formula(owed.graph)
    lines = [f"c contradictory, where this holds: {owed.claim}"]
    lines += [f"p cnf {owed.graph.first_and + owed.graph.n_ands} {len(clauses)}"]
    lines += [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return ("\n".join(lines) + "\n").encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileDamaged(f"{path}: cannot be read ({error.strerror}); ask again") from None
