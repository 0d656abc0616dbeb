"""Questions about a network, and their answers with proofs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.ask.evidence.answer import Answer as Found
from gen.ask.questions.rows import rows_of
from gen.commands.ask import QUESTIONS, called
from gen.commands.ask.common import Asked
from gen.commands.ask.shown import html_table, text_table
from gen.errors import SmeltError

if TYPE_CHECKING:
    from smelt.model import Model

__all__ = ["Answer", "Ask", "Table"]


class Table(str):
    """A table as text, which shows itself in a notebook."""

    rows: list[dict[str, Any]]

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_table(self.rows)


class Answer:
    """What was found: `verdict` in a word, `question` and `details` as `--json` gives them."""

    def __init__(self, found: Found, asked: Asked) -> None:
        self._found, self._asked = found, asked
        self.kind, self.verdict, self.method = found.kind, found.verdict, found.run.method
        self.question: Mapping[str, Any] = found.question
        self.details: Mapping[str, Any] = found.details

    def rows(self) -> list[dict[str, Any]]:
        """A dict a row, as pandas takes them: what it is about by `name`, what that `means`."""
        return rows_of(self._found, self._asked.logic)

    def table(self) -> Table:
        """The rows as a table."""
        rows = self.rows()
        made = Table(text_table(rows))
        made.rows = rows
        return made

    def check(self) -> list[str]:
        """Judge the answer anew, by the frozen PyTorch network and an independent checker of its
        proofs; the lines say what was checked. Raises SmeltError where it does not hold."""
        return self._found.verify(called.case_of_answer(self._asked, self._found))

    def save(self, path: str | Path) -> None:
        """Write it, and its proofs in a folder beside, for `smelt ask verify PATH`."""
        called.save(self._asked, self._found, Path(str(path)))

    def __str__(self) -> str:
        return "\n".join(called.text(self._asked, self._found))

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.verdict}>\n{self}"

    def _repr_html_(self) -> str:
        return html_table(self.rows(), f"{self.kind}: {self.verdict} ({self.method})")


class NoQuestion(SmeltError, AttributeError):
    """A question is not known by this name."""


class Ask:
    """`m.ask.depends("x[0]", "class=7", seconds=5)`: the questions of `smelt ask`, whose arguments
    they take by the same names (`from_` for --from). `proofs=False` leaves proofs out."""

    def __init__(self, model: "Model") -> None:
        self._model = model

    def __getattr__(self, kind: str) -> Callable[..., Answer]:
        if kind not in QUESTIONS:
            raise NoQuestion(f"no question {kind!r}; known: {', '.join(QUESTIONS)}")
        model = self._model

        def ask(*names: object, proofs: bool = True, **options: Any) -> Answer:
            return Answer(*called.ask(kind, model.folder, model.logic, names, options, proofs))

        ask.__name__, ask.__doc__ = kind, called.parser_of(kind).format_help()
        return ask

    def __dir__(self) -> list[str]:
        return list(QUESTIONS)
