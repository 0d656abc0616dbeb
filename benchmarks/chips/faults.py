"""Random single-bit faults in the tables of a bitstream: what the proof and the vectors see."""

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.started import start as run
from gen.files import read_json

__all__ = ["fault_section", "measure_faults"]

COUNT, LANES = 200, 256
NAMES = {
    "tried": "bits flipped",
    "rejected": "rejected by proof",
    "caught_by_vectors": "of these, seen by the vectors too",
    "equivalent": "proved equivalent",
    "not_addressed": "of all, at an address that no connected input reaches",
    "undecided": "undecided",
    "long_way": "also packed, read back and proved, with the same verdict",
}


def measure_faults(recipe: str) -> dict[str, Any]:
    """Build a recipe for the iCEBreaker and flip bits of its bitstream; icestorm must be there."""
    words = [f"RECIPE={recipe}", "BOARD=icebreaker", "SEEDS=1"]
    run(["make", "synth", *words])
    build = Path("build") / recipe / "icebreaker"
    command = [sys.executable, "-m", "boards", "faults", "--build", str(build)]
    options = ["--count", str(COUNT), "--lanes", str(LANES)]
    start = time.monotonic()
    run([*command, *options])
    value = read_json(build / "verify" / "faults" / "faults.json")
    del value["faults"]
    return value | {"recipe": recipe, "seconds": round(time.monotonic() - start, 1)}


def fault_section(found: dict[str, Any]) -> str:
    """The section of BENCHMARKS.md."""
    lines = [
        "## Faults",
        "",
        f"One bit flipped in one of the {found['tables']:,} look-up tables in `top.bin` of"
        f" `{found['recipe']}`",
        f"on the iCEBreaker, drawn at random (seed {found['seed']}), and netlist == bitstream"
        " proved again:",
        "a bit is rejected where a difference shows for some input in some state of the registers.",
        f"The vectors are {found['vectors']:,} that PyTorch answered, on the serial line;"
        f" {found['seconds']:,.0f} s.",
        "",
        "| what | bits |",
        "| --- | --- |",
        *(f"| {text} | {found[name]:,} |" for name, text in NAMES.items()),
    ]
    return "\n".join(lines)
