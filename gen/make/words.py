"""What was said to make: targets, and variables with their values as they were written.

The Makefile exports every variable that can be set, unexpanded, as SMELT_MAKE_<name>; make itself
passes what was set on the command line in MAKEFLAGS. Nothing here is trusted to be a name that a
shell or make would leave alone: what is not, is refused.
"""

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gen.errors import SmeltError
from gen.ip.names import NameWrong
from gen.ip.names import check_name as check_module

__all__ = ["Said", "SaidWrong", "check_name", "check_path", "read_said"]

PREFIX = "SMELT_MAKE_"
WHOLE = re.compile(r"[1-9][0-9]{0,5}")
PATH = re.compile(r"[\w./@+,=-]+")
NAME = re.compile(r"\w[\w.+@-]{0,99}")
# A value that does not match is refused with the words behind it.
ALLOWED: dict[str, tuple[re.Pattern[str], str]] = {
    "SEEDS": (WHOLE, "a whole number, 1 or more"),
    "STAGE_DEPTH": (WHOLE, "a whole number, 1 or more"),
    "OUTPUTS": (re.compile(r"\w+(,\w+)*"), "all, or names of outputs: class, or class,score"),
    "FMAX": (re.compile(r"([0-9]*[1-9][0-9]*(\.[0-9]+)?|0?\.[0-9]*[1-9])?"), "a number of MHz"),
    "CARE": (re.compile("auto|yes|no"), "auto, yes or no"),
    "FORM": (re.compile("parallel|shared"), "parallel or shared"),
    "WEIGHTS": (re.compile("ram|logic"), "ram or logic"),
    "SCHEDULER": (re.compile(r"([a-z]+://)?[\w.:\[\]-]+|"), "an address, tcp://HOST:8786"),
    "RETRAIN": (re.compile("1?"), "1: train anew where trained weights lie beside the recipe"),
    "LUT": (re.compile("6?"), "6: tables of six inputs beside iCE40's and plain Verilog"),
    "CLOCK": (
        re.compile(r"board|auto|[0-9]{0,2}[1-9][0-9]{0,2}(\.[0-9]+)?|0?\.[0-9]*[1-9]"),
        "board, auto, or a number of MHz",
    ),
}


class SaidWrong(SmeltError):
    """make was told something that it cannot do, or that would not survive a shell."""

    status = 2


@dataclass(frozen=True)
class Said:
    """Targets, values of the variables that can be set, and the folder that make was called in.

    `dry` is true where make only prints what it would do, or asks whether there is anything.
    """

    goals: tuple[str, ...]
    values: Mapping[str, str]
    caller: Path
    dry: bool

    def __getitem__(self, name: str) -> str:
        return self.values[name]


def read_said(environment: Mapping[str, str]) -> Said:
    """Read and check what make exported; raises SaidWrong for the first thing that is wrong."""
    settable = environment[f"{PREFIX}SETTABLE"].split()
    options, given = _flags(environment.get("MAKEFLAGS", ""))
    for name in given:
        if name not in settable and name != "SHELL":
            raise SaidWrong(
                f"{name}={given[name]}: there is no such setting{_near(name, settable)}"
            )
    values = {name: environment.get(PREFIX + name, "") for name in settable}
    for name, value in values.items():
        _check_value(name, value)
    _check_together(values, given)
    goals = tuple(environment.get(f"{PREFIX}GOALS", "").split())
    if "ip" in goals and values["FORM"] == "shared":
        raise SaidWrong("FORM=shared: `make ip` makes a part of the parallel form; leave FORM out")
    caller = Path(environment[f"{PREFIX}CALLER"])
    return Said(goals, values, caller, bool(set(options) & set("nqt")))


def _near(name: str, settable: list[str]) -> str:
    close = difflib.get_close_matches(name.upper(), settable, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]}?" if close else ";"
    return f"{hint} known: {', '.join(settable)}"


def _check_value(name: str, value: str) -> None:
    if not value.isprintable():
        raise SaidWrong(f"{name}={value!r}: holds a character that cannot be printed")
    pattern, words = ALLOWED.get(name, (None, ""))
    if pattern is not None and not pattern.fullmatch(value):
        raise SaidWrong(f"{name}={value}: expected {words}")
    if name == "NAME" and value:
        try:
            check_module(value, f"NAME={value}")
        except NameWrong as error:
            raise SaidWrong(str(error)) from None
    if name in ("VENV", "OUT", "SWEEP") and value:
        check_path(name, value)


def _check_together(values: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raise SaidWrong for settings that would be passed over in silence."""
    twice = next((one for one, n in Counter(values["OUTPUTS"].split(",")).items() if n > 1), None)
    if twice is not None:
        raise SaidWrong(f"OUTPUTS={values['OUTPUTS']}: names {twice} twice")
    if values["FMAX"] and "STAGE_DEPTH" in given:
        raise SaidWrong("FMAX and STAGE_DEPTH: FMAX chooses the depth of a stage; leave one out")
    if "CARE" in given and values["FORM"] == "shared":
        raise SaidWrong("CARE: only FORM=parallel has logic that could use what inputs cannot be")
    if "WEIGHTS" in given and values["FORM"] != "shared":
        raise SaidWrong("WEIGHTS: only FORM=shared keeps weights apart from the logic")


def check_path(name: str, path: str) -> None:
    """Check a path that make itself works with; raises SaidWrong."""
    if not PATH.fullmatch(path) or path.startswith("-"):
        raise SaidWrong(f"{name}={path}: expected a path of letters, digits and . _ - + @ , = /")


def check_name(name: str, what: str) -> None:
    """Check a name that becomes a folder, of a recipe or board; raises SaidWrong."""
    if not NAME.fullmatch(name):
        raise SaidWrong(
            f"{what}: {name!r} would name a folder, and can hold letters, digits and . _ - + @"
            " only, beginning with a letter or digit, 100 at most: rename the file, or link to it"
        )


def _flags(text: str) -> tuple[str, dict[str, str]]:
    """The one-letter options in make's MAKEFLAGS, and the variables set on its command line.

    Words are parted by blanks; in a value, make puts a backslash before a blank and doubles `$`.
    """
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|[^\s\\])+", text)]
    options = words[0] if words and not words[0].startswith("-") and "=" not in words[0] else ""
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and not name.startswith("-"):
            given[name.rstrip(":?+!")] = value.replace("$$", "$")
    return options, given
