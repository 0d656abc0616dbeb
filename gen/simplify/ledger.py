"""The ledger: one row for every step from the melted graph on, and how it was checked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gen.files import FileDamaged, read_json, write_json

__all__ = ["FORMAT", "Ledger", "Row", "format_rows"]

FORMAT = "smelt-ledger-1"


@dataclass(frozen=True)
class Row:
    """A step on one target ("sections" or "graph").

    `proof` says how equality with the step before was established: "proved", "exhaustive",
    "simulated N", or why the step was "undone". Times in seconds.
    """

    step: str
    target: str
    ands: int
    depth: int
    lut4: int
    seconds: float
    proof: str
    proof_seconds: float


@dataclass
class Ledger:
    """Rows in the order in which things happened, and a summary."""

    rows: list[Row] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path | str) -> None:
        rows = [asdict(row) for row in self.rows]
        write_json(path, {"format": FORMAT, "rows": rows, "summary": self.summary})

    @staticmethod
    def read(path: Path | str) -> "Ledger":
        top = read_json(path, FORMAT)
        try:
            return Ledger([Row(**row) for row in top["rows"]], dict(top["summary"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FileDamaged(
                f"{path}: a row is missing or mistyped ({error}); simplify again"
            ) from None


def format_rows(rows: Iterable[Row]) -> str:
    """The rows as a plain text table."""
    lines = [f"{'target':9} {'step':14} {'ANDs':>8} {'depth':>6} {'LUT4':>7} {'s':>7}  check"]
    for r in rows:
        times = f"{r.ands:8,} {r.depth:6} {r.lut4:7,} {r.seconds:7.2f}"
        lines.append(f"{r.target:9} {r.step:14} {times}  {r.proof} ({r.proof_seconds:.2f} s)")
    return "\n".join(lines)
