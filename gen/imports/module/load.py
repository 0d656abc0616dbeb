"""A module from a function in a Python file. The file is run: it is code, and does what it says."""

import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from inspect import isfunction
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from gen.data.names import nearest
from gen.imports.errors import ImportRefused

__all__ = ["described_by", "guarded", "load_module", "said_of"]

Made = TypeVar("Made")


def load_module(path: Path, function: str) -> Any:
    """What `function` of the file returns; its folder is searched for what it imports.

    Raises ImportRefused where it cannot be run, with the line of the file at which it failed.
    """
    if not path.is_file():
        raise ImportRefused(f"{path}: no such file")
    sys.path.insert(0, str(path.resolve().parent))
    try:
        space = guarded(path, lambda: runpy.run_path(str(path), run_name=path.stem))
        makers = [name for name, one in space.items() if isfunction(one) and _own(one, path)]
        if not function:
            raise ImportRefused(
                f"{path}: say which function makes the module, as {path.name}:make;"
                f" it has {', '.join(makers) or 'none'}"
            )
        if function not in space or not callable(space[function]):
            raise ImportRefused(f"{path}: has no function {function!r}{nearest(function, makers)}")
        return guarded(path, space[function])
    finally:
        sys.path.remove(str(path.resolve().parent))


def _own(made: Any, path: Path) -> bool:
    return getattr(made, "__module__", None) == path.stem


def guarded(path: Path, function: Callable[[], Made]) -> Made:
    """Call something of a user's; what it raises becomes one line with the place in the file."""
    try:
        return function()
    except ImportRefused:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's code may raise anything, and SystemExit too
        raise ImportRefused(f"{said_of(error, path)}") from error


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


def described_by(made: Any, place: str) -> tuple[nn.Module, Mapping[str, Any]]:
    """The module, and what its maker says of the inputs: a pair, or the module's `smelt`."""
    pair = isinstance(made, tuple) and len(made) == 2
    module, table = made if pair else (made, getattr(made, "smelt", {}))
    if not isinstance(module, nn.Module):
        raise ImportRefused(
            f"{place} returned {type(module).__name__}; expected a torch.nn.Module, or one and"
            ' what its inputs are, as {"shape": [784], "bits": 1}'
        )
    if not isinstance(table, Mapping):
        raise ImportRefused(
            f"{place}: says its inputs as a {type(table).__name__}, expected a dict"
        )
    return module, table
