"""What a simulation says in the end: sim.json, and differences that a person can read."""

from pathlib import Path
from typing import Any

from gen.console import say
from gen.errors import SmeltError
from gen.times import write_timed
from sim.description import Core
from sim.job import Mismatch
from sim.vectors import Vectors

__all__ = ["RESULT_FORMAT", "SimulationMismatch", "describe_mismatch", "finish"]

RESULT_FORMAT = "smelt-sim-1"


class SimulationMismatch(SmeltError):
    """The hardware answered something else than the trained network."""


def finish(path: Path, value: dict[str, Any], shown: list[str]) -> None:
    """Write the result file; where it is not a pass, print `shown` and raise SimulationMismatch."""
    value = {"format": RESULT_FORMAT, **value}
    write_timed(path, value)
    for line in shown:
        say(line)
    if value["status"] != "passed":
        raise SimulationMismatch(
            f"{value['level']}: {value['mismatches']} mismatches in {value['vectors']} vectors"
            f" ({value['simulator']}); see {path.parent / 'run.log'}"
        )
    say(
        f"{value['level']}: {value['vectors']} vectors ({value['random']} random) equal,"
        f" {value['simulator']}, {value['seconds']:.1f} s"
    )


def describe_mismatch(mismatch: Mismatch, core: Core, vectors: Vectors) -> list[str]:
    """Lines: the vector's row, its input bits (bit 0 first), and each output that differs."""
    if mismatch.vector is None:
        return [f"no vector under way: {mismatch.text}"]
    row = vectors.rows[mismatch.vector]
    kind = "test set" if row < vectors.n_test else "random"
    bits = f"{vectors.inputs[mismatch.vector]:0{vectors.n_in}b}"[::-1]
    lines = [f"vector {row} ({kind}): input bits {bits}"]
    expected = core.decode(vectors.outputs[mismatch.vector])
    if mismatch.text:
        lines.append(f"  {mismatch.text}")
    if mismatch.got and set(mismatch.got) <= {"0", "1"}:
        got = core.decode(int(mismatch.got, 2))
        lines += [
            f"  {name}: expected {value}, got {got[name]}"
            for name, value in expected.items()
            if got[name] != value
        ]
    elif mismatch.got:
        lines.append(f"  expected {expected}, got bits {mismatch.got} (bit 0 last)")
    return lines
