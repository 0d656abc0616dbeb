"""From what was said to make, to make at work: checked, locked, told what each file depends on."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gen.console import say
from gen.errors import SmeltError
from gen.imports.said import parted
from gen.make import lock
from gen.make.installed import CODE, FILE, check_goals
from gen.make.words import PREFIX, Said, SaidWrong, check_name, check_path, read_said

__all__ = ["main"]

# What make works in: a checkout, or, of an installed Smelt, the folder that it was called in.
ROOT = Path.cwd() if CODE else Path(__file__).resolve().parents[2]
# What the Makefile is told, in the environment: a make that a step starts is told anew.
TOLD = "SMELT_TOLD_"
# Targets that only look at the recipe: they write no build, and put none aside.
LOOKS = {"estimate"}
# Folders of a build that no board can be called like.
TAKEN = ("shared", "ecp5", "gowin", "ip", "lut6", "sim", "verify", "plots", "simplify.parts")
# How far targets go (others: to the bitstream), and from where on what a build folder holds one
# of matters: another value makes anew what depends on it.
REACH = {"train": 0, "freeze": 0, "melt": 1, "simplify": 1, "map": 2, "hdl": 3, "sim": 3}
REACH |= {"board-sim": 3, "speed": 3, "ip": 3}
SETTINGS = {"RETRAIN": 0, "OUTPUTS": 1, "STAGE_DEPTH": 2, "FMAX": 2, "CARE": 2, "WEIGHTS": 3}
SETTINGS |= {"SEEDS": 4, "CLOCK": 4}


def main(make: Sequence[str]) -> int:
    """Check what was said, and become make; for targets that build something, with what the
    Makefile wants to know of the source and the board. Errors are one line."""
    try:
        return _enter(list(make))
    except SmeltError as error:
        say(f"smelt: error: {' '.join(str(error).split())}")
        return error.status
    except OSError as error:
        say(f"smelt: error: {error.filename or 'a file'}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _enter(make: list[str]) -> int:
    os.chdir(ROOT)
    said = read_said(os.environ)
    check_goals(said.goals)
    _tell(OUT="build/none", BOARD_NAME="none")
    plain = os.environ[f"{PREFIX}PLAIN"].split()
    if any(not _fits(goal, plain) for goal in said.goals):
        return _build(make, said)
    if "clean" in said.goals and not said.dry:
        _nobody_writes(Path("build"))
    return _become(make, *said.goals)


def _fits(goal: str, patterns: Sequence[str]) -> bool:
    """Whether a target is one of these; `%` at the end of a name stands for any end."""
    return any(
        goal.startswith(name[:-1]) if name.endswith("%") else goal == name for name in patterns
    )


def _build(make: list[str], said: Said) -> int:
    """Nothing is written before everything that was said is known to be right."""
    _check_names(said)
    python = _set_up(make, said)
    if python is not None:
        os.execv(python, [python, "-m", "gen.make", *make])
    from gen.made import outdated
    from gen.make.source import find_source, put_in_place

    source = find_source(said["RECIPE"], said.caller)
    if said["RETRAIN"] and source.kind == "network":
        raise SaidWrong(f"RETRAIN=1: {said['RECIPE']} is a network, which nothing trains")
    board = _read_board(said)
    folder = _folder(said, source.name)
    _tell(STEM=source.name, OUT=folder, KIND=source.kind, SOURCE_KEY=source.key)
    function = f":{source.function}" if source.function else ""
    _tell(RECIPE_FILE=_quoted(_seen(source.path) + function), **board)
    if not said.dry and not set(said.goals) <= LOOKS:
        held = lock.hold(Path(folder))
        put_in_place(source, Path(folder), _settings(said))
    _tell(AGAIN=" ".join(map(str, outdated(Path(folder)))))
    if "board-sim" in said.goals and not said.dry:
        # The virtual board runs on for long: its core is built first, and others may then go on.
        first = [goal for goal in said.goals if goal != "board-sim"]
        done = _run(make, "hdl", *first)
        lock.release(held)
        _tell(AGAIN="")
        return done or _become(make, "board-sim")
    return _become(make, *said.goals)


def _settings(said: Said) -> dict[str, str]:
    """The settings that matter to what is to be built."""
    far = max(REACH.get(goal, max(SETTINGS.values())) for goal in said.goals)
    return {name: said[name] for name, place in SETTINGS.items() if place <= far}


def _check_names(said: Said) -> None:
    """Refuse names that could not be a folder's, before anything else is looked at."""
    for name in ("RECIPE", "BOARD"):
        path = Path(parted(said[name])[0])
        if not said[name].strip():
            raise SaidWrong(f"{name} is empty")
        if path.suffix:
            check_name(path.stem, f"{name}={said[name]}")
        elif "/" not in said[name]:
            check_name(path.name, f"{name}={said[name]}")
    stem = Path(said["BOARD"]).stem
    if said["BOARD"].endswith(".py") and stem in TAKEN:
        raise SaidWrong(f"BOARD={said['BOARD']}: builds have a folder {stem!r}; rename the file")


def _set_up(make: list[str], said: Said) -> str | None:
    """Make the virtual environment where it is missing; its Python, where another runs this."""
    if CODE:
        return None
    folder = ROOT / said["VENV"]
    python = folder / "bin" / "python"
    if not python.exists() or not (folder / ".ready").exists():
        done = _run(make, f"{said['VENV']}/.ready")
        if done or not python.exists():
            raise SystemExit(done)
    return None if Path(sys.prefix).resolve() == folder.resolve() else str(python)


def _read_board(said: Said) -> dict[str, str]:
    """What the Makefile wants to know of the board. Where there is none, the board's command has
    said so."""
    own = said["BOARD"].endswith(".py")
    path = said.caller / said["BOARD"]
    board = _seen(path) if own else said["BOARD"]
    command = [sys.executable, "-m", "boards", "list", "--make", f"--board={board}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    pairs = (line.partition(":=") for line in done.stdout.splitlines())
    known = {name.strip(): value.strip() for name, _, value in pairs}
    name = path.stem if own else board.lower()
    return {"BOARD_NAME": name, "BOARD_FILE": _quoted(board), **known}


def _folder(said: Said, name: str) -> str:
    """The build folder, as the Makefile calls it."""
    if not said["OUT"]:
        return f"build/{name}"
    path = Path(os.path.abspath(said.caller / said["OUT"]))
    if ROOT.is_relative_to(path):
        raise SaidWrong(f"OUT={said['OUT']}: is the project's own folder, or above it")
    check_path("OUT", _seen(path))
    _check_ours(said["OUT"], path)
    return _seen(path)


def _check_ours(said: str, path: Path) -> None:
    """Refuse a folder of other things: a build that is put aside takes its folder with it."""
    from gen.make.source import holds_build

    for one in (path, *path.parents):
        if one.exists() and not one.is_dir():
            which = "is" if one == path else f"{one} is"
            raise SaidWrong(f"OUT={said}: {which} a file; a folder is meant")
    other = next(path.iterdir(), None) if path.is_dir() and not holds_build(path) else None
    if other is not None:
        raise SaidWrong(
            f"OUT={said}: holds what no build does ({other.name}); give a new or an empty folder"
        )


def _seen(path: Path) -> str:
    """A path as seen from the project's folder, where it lies in it."""
    path = Path(os.path.abspath(path))
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _quoted(text: str) -> str:
    """A word for a shell, that make hands on as it is."""
    return shlex.quote(f"./{text}" if text.startswith("-") else text).replace("$", "$$")


def _tell(**values: str) -> None:
    """Let the Makefile know values, which make expands."""
    os.environ.update({TOLD + name: value for name, value in values.items()})


def _nobody_writes(builds: Path) -> None:
    for path in sorted(builds.glob(".*.lock")):
        process = lock.writer(path)
        if process is not None:
            folder = path.name[1 : -len(".lock")]
            raise SaidWrong(f"build/{folder} is being written by process {process}: clean it later")


def _run(make: list[str], *goals: str) -> int:
    """Run make, told what it is; it inherits what is open, a lock and its job server."""
    _tell(LEVEL=os.environ.get("MAKELEVEL", ""))
    command = [*make, *FILE, "--no-print-directory", *goals]
    return subprocess.run(command, check=False, close_fds=False).returncode


def _become(make: list[str], *goals: str) -> int:
    """Go on as make."""
    _tell(LEVEL=os.environ.get("MAKELEVEL", ""))
    os.execvp(make[0], [*make, *FILE, "--no-print-directory", *goals])
