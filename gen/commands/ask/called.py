"""Questions asked from Python: the arguments are those of the command line, by the same names.

`ask("depends", ..., "x[0]", "layer1[3]", seconds=5)` is `python -m gen ask depends BUILD 'x[0]'
'layer1[3]' --seconds 5`. An option that is a word of Python's has an underscore after it (`from_`,
`class_`), a flag is True, one that is repeated a list, and a sample may be the bits themselves.
"""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gen.ask.network.names import AskError
from gen.commands.ask import QUESTIONS
from gen.commands.ask.common import Asked, add_common, asked_of, other_of
from gen.errors import SmeltError
from gen.files import write_json

if TYPE_CHECKING:
    from gen.ask.evidence.answer import Answer
    from gen.ask.evidence.case import Case
    from gen.ask.network.logic import Logic

__all__ = ["NotAsked", "arguments", "ask", "case_of_answer", "save", "text", "writing"]

LEADING = {
    "explain": ("sample",),
    "robust": ("sample",),
    "can": ("class",),
    "ties": ("class",),
    "equivalent": ("other",),
    "monotone": ("feature", "class"),
}
"""Options that may be given by place, of questions whose command has no names."""
BITS = ("sample", "around")
"""Options that may be the bits of an input."""
NOT_HERE = ("json", "picture", "certificates", "debug", "help")
"""Options that say where an answer goes."""


class NotAsked(SmeltError):
    """A question has other arguments."""


class NotWritten(SmeltError):
    """A file cannot be written where it should be."""


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """What the system says against writing a file is one line about it."""
    try:
        yield
    except OSError as error:
        raise NotWritten(f"{error.filename or path}: {error.strerror or error}") from None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NotAsked(message.replace("unrecognized arguments: --", "it has no argument "))


def parser_of(kind: str) -> argparse.ArgumentParser:
    """The parser of a question's command; raises NotAsked for another kind."""
    if kind not in QUESTIONS:
        raise NotAsked(f"no question {kind!r}; known: {', '.join(QUESTIONS)}")
    parser = _Parser(prog=kind, add_help=False, allow_abbrev=False)
    add_common(parser)
    import_module(f"gen.commands.ask.{kind}").add_arguments(parser)
    return parser


def arguments(
    kind: str, folder: Path, names: Sequence[object], options: Mapping[str, Any]
) -> argparse.Namespace:
    """What the command line gives for these; raises NotAsked for what it would not take."""
    options = {name.rstrip("_").replace("_", "-"): value for name, value in options.items()}
    for name, value in zip(LEADING.get(kind, ()), names, strict=False):
        options.setdefault(name, value)
    names = names[len(LEADING.get(kind, ())) :]
    whole = {name: options[name] for name in BITS if _is_bits(options.get(name))}
    try:
        words = [word for name, value in options.items() for word in _words(name, value, whole)]
        args = parser_of(kind).parse_args([*words, "--", str(folder), *map(_word, names)])
    except NotAsked as error:
        raise NotAsked(f"{kind}: {error}") from None
    for name, value in whole.items():
        setattr(args, name, value)
    return args


def _is_bits(value: Any) -> bool:
    return not isinstance(value, str | int | os.PathLike) and hasattr(value, "__len__")


def _words(name: str, value: Any, whole: Mapping[str, Any]) -> list[str]:
    if name in NOT_HERE:
        raise NotAsked(f"it has no argument {name}")
    if value is None or value is False:
        return []
    if name in whole:
        return [f"--{name}=bits"]
    given = value.items() if isinstance(value, Mapping) else value
    many = (
        [given] if isinstance(given, str | os.PathLike) or not hasattr(given, "__iter__") else given
    )
    return [f"--{name}" if one is True else f"--{name}={_word(one)}" for one in many]


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return "=".join(map(_word, value))
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def ask(
    kind: str,
    folder: Path,
    logic: "Logic",
    names: Sequence[object],
    options: Mapping[str, Any],
    proofs: bool = True,
) -> "tuple[Answer, Asked]":
    """An answer, with proofs of what needs them, and what it was asked of."""
    args = arguments(kind, folder, names, options)
    args.certificates = folder if proofs else None
    asked = asked_of(args, folder, logic)
    return import_module(f"gen.commands.ask.{kind}").ask(asked, args), asked


def case_of_answer(asked: Asked, answer: "Answer") -> "Case":
    """What an answer is judged by: the frozen PyTorch module of its network."""
    from gen.commands.ask.by_torch import case_by_torch

    return case_by_torch(asked.logic, answer.conditions, other_of(answer.question))


def text(asked: Asked, answer: "Answer") -> list[str]:
    """The lines that the command prints, what inputs mean beside their names."""
    from gen.commands.ask.common import answer_lines

    return answer_lines(import_module(f"gen.commands.ask.{answer.kind}"), answer, asked.logic)


def save(asked: Asked, answer: "Answer", path: Path) -> None:
    """Write an answer as `--json` gives it, its proofs beside it in a folder of its name.

    `python -m gen ask verify PATH` reads it. Raises AskError where a file would be a folder.
    """
    from gen.ask.evidence.recorded import identity, record

    if path.is_dir() or not path.suffix:
        raise AskError(f"{path}: a file is meant, as answer.json")
    case, folder = case_of_answer(asked, answer), path.with_suffix("")
    known = identity(Path(os.path.abspath(asked.folder)), asked.logic.steps)
    with writing(path):
        write_json(path, record(answer, case, known, folder))
