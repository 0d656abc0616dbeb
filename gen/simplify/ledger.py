"""The ledger: one row for every step from the melted graph on, and how it was checked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gen.files import DAMAGE, FileDamaged
from gen.times import read_timed, write_timed

__all__ = ["FORMAT", "Ledger", "Row", "format_rows"]

FORMAT = "smelt-ledger-1"


@dataclass(frozen=True)
class Row:
    """A step on one target ("sections" or "graph"), and the graph that was kept after it.

    `proof` says how equality with the step before was established: "proved", "exhaustive",
    "simulated N", or why the step was "undone". A graph in `parts` is proved part by part;
    `undone` counts the parts whose result was not kept for want of a proof within `budget`
    seconds. Times are seconds of work, summed over parts; depth and LUT4 are not measured
    (None) on parts. Times of a ledger that was read may be None, too: they lie beside it.
    """

    step: str
    target: str
    ands: int
    depth: int | None
    lut4: int | None
    seconds: float | None
    proof: str
    proof_seconds: float | None
    parts: int = 1
    undone: int = 0
    budget: float | None = None


@dataclass
class Ledger:
    """Rows in the order in which things happened, and a summary."""

    rows: list[Row] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path | str) -> None:
        rows = [asdict(row) for row in self.rows]
        write_timed(path, {"format": FORMAT, "rows": rows, "summary": self.summary})

    @staticmethod
    def read(path: Path | str) -> "Ledger":
        top = read_timed(path, FORMAT)
        try:
            return Ledger([Row(**row) for row in top["rows"]], dict(top["summary"]))
        except DAMAGE as error:
            raise FileDamaged(
                f"{path}: a row is missing or mistyped ({error}); simplify again"
            ) from None


def format_rows(rows: Iterable[Row]) -> str:
    """The rows as a plain text table."""
    sizes = f"{'ANDs':>9} {'depth':>6} {'LUT4':>7} {'s':>7} {'parts':>6}"
    lines = [f"{'target':9} {'step':16} {sizes}  check"]
    for r in rows:
        depth, lut4 = ("-" if n is None else f"{n:,}" for n in (r.depth, r.lut4))
        figures = f"{r.ands:9,} {depth:>6} {lut4:>7} {r.seconds or 0:7.2f} {r.parts:6,}"
        undone = f", {r.undone} of {r.parts} parts undone" if r.undone and r.parts > 1 else ""
        check = f"{r.proof}{undone} ({r.proof_seconds or 0:.2f} s)"
        lines.append(f"{r.target:9} {r.step:16} {figures}  {check}")
    return "\n".join(lines)
