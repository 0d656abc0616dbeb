"""make without a checkout: `smelt make synth RECIPE=my.toml` of an installed Smelt.

The Makefile comes with this package. It works in the folder that it is called in, where `build/`
is then, with the Python that Smelt is installed for; nothing is set up or fetched.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gen.make.words import SaidWrong, check_path

__all__ = ["CODE", "FILE", "check_goals", "run_make"]

CODE = os.environ.get("SMELT_CODE", "")
"""Where our packages lie, with a slash at the end; nothing in a checkout."""
FILE = ["-f", f"{CODE}gen/make/Makefile"] if CODE else []
"""What tells make its file."""
STAMPS = "build/.tools"
"""Where it is noted that the tools are ready."""
CHECKOUT = ("test", "test-long", "check", "lint", "bench", "speed", "setup", "clean")
"""Targets that are about Smelt itself."""


def check_goals(goals: Sequence[str]) -> None:
    """Raise SaidWrong for a target that only a checkout has."""
    wrong = next((goal for goal in goals if goal in CHECKOUT), None)
    if CODE and wrong is not None:
        what = "remove build/ yourself" if wrong == "clean" else "it is about Smelt itself"
        raise SaidWrong(f"make {wrong}: works in a checkout of Smelt only; {what}")


def run_make(words: Sequence[str]) -> None:
    """Become make, with these words; raises SaidWrong where that cannot be."""
    code = f"{Path(__file__).resolve().parents[2]}/"
    for what, path in (("Smelt's folder", code), ("Python", sys.executable)):
        check_path(what, path)
    make = shutil.which("make")
    if make is None:
        raise SaidWrong("there is no make; install it (apt install make)")
    os.environ.update(SMELT_CODE=code, SMELT_PYTHON=sys.executable)
    if Path(code, "pyproject.toml").exists():  # A checkout, which Python need not know of.
        os.environ["PYTHONPATH"] = os.pathsep.join([code, os.environ.get("PYTHONPATH", "")])
    file = f"{code}gen/make/Makefile"
    os.execv(make, [make, "-f", file, f"VENV={STAMPS}", *words])
