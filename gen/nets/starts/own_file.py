"""What a function of a user's Python file makes. The file is run: it is code."""

import runpy
import sys
import traceback
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from typing import Any, TypeVar

from gen.data.names import nearest
from gen.errors import SmeltError

__all__ = ["OwnFileError", "guarded", "load_made", "said_of"]

Made = TypeVar("Made")


class OwnFileError(SmeltError):
    """A user's Python file cannot be run, or lacks the function that is asked for."""


def load_made(path: Path, function: str) -> Any:
    """What `function` of the file returns; its folder is searched for what it imports.

    Raises OwnFileError where it cannot be run, with the line of the file at which it failed.
    """
    if not path.is_file():
        raise OwnFileError(f"{path}: no such file")
    sys.path.insert(0, str(path.resolve().parent))
    try:
        space = guarded(path, lambda: runpy.run_path(str(path), run_name=path.stem))
        makers = [name for name, one in space.items() if isfunction(one) and _own(one, path)]
        if not function:
            raise OwnFileError(
                f"{path}: say which function makes the module, as {path.name}:make;"
                f" it has {', '.join(makers) or 'none'}"
            )
        if function not in space or not callable(space[function]):
            raise OwnFileError(f"{path}: has no function {function!r}{nearest(function, makers)}")
        return guarded(path, space[function])
    finally:
        sys.path.remove(str(path.resolve().parent))


def _own(made: Any, path: Path) -> bool:
    return getattr(made, "__module__", None) == path.stem


def guarded(path: Path, function: Callable[[], Made]) -> Made:
    """Call something of a user's; what it raises becomes one line with the place in the file."""
    try:
        return function()
    except (SmeltError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a user's code may raise anything, and SystemExit too
        raise OwnFileError(f"{said_of(error, path)}") from error


def said_of(error: BaseException, path: Path) -> str:
    """An error in one line: the last line of the file that it went through, and what it says."""
    what = " ".join(str(error).split())[:300]
    named = f"{type(error).__name__}: {what}" if what else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}:{error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if _is(one, path)]
    return f"{path}:{lines[-1]}: {named}" if lines else f"{path}: {named}"


def _is(frame: traceback.FrameSummary, path: Path) -> bool:
    return Path(frame.filename) == path or Path(frame.filename).resolve() == path.resolve()
