"""The answer to a question, as a value that can be checked without the code that found it.

What an answer claims is said twice: in words and figures (`verdict`, `details`), and as evidence.
A witness is rows of inputs, with what the network gives on them; it is checked by running the
network itself, in PyTorch or in the integer interpreter. A certificate is a set of clauses that no
assignment satisfies, with a proof that an independent checker follows
(`gen.ask.evidence.certificate`). Answers are written as JSON, and read again and checked anew
(`gen.ask.evidence.recorded`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward
from gen.ask.network.names import AskError

__all__ = [
    "Answer",
    "AnswerWrong",
    "Differ",
    "Evidence",
    "Is",
    "Only",
    "Witness",
    "Witnesses",
    "bits_of",
    "class_claims",
    "texts",
]

Bits: TypeAlias = NDArray[np.uint8]


class AnswerWrong(AskError):
    """What an answer claims is not what the network or the checker says."""


@dataclass(frozen=True)
class Is:
    """On this row, the network gives the bit `name` this value."""

    row: int
    name: str
    value: int

    def to_json(self) -> list[Any]:
        return ["is", self.row, self.name, self.value]


@dataclass(frozen=True)
class Differ:
    """On these two rows, the network gives the bit `name` two values."""

    first: int
    second: int
    name: str

    def to_json(self) -> list[Any]:
        return ["differ", self.first, self.second, self.name]


@dataclass(frozen=True)
class Only:
    """These two rows differ in some of these inputs or forced bits, and in nothing else."""

    first: int
    second: int
    names: tuple[str, ...]

    def to_json(self) -> list[Any]:
        return ["only", self.first, self.second, list(self.names)]


Claim: TypeAlias = Is | Differ | Only

CLAIMS: dict[str, Callable[..., Claim]] = {
    "is": lambda row, name, value: Is(int(row), str(name), int(value)),
    "differ": lambda first, second, name: Differ(int(first), int(second), str(name)),
    "only": lambda first, second, names: Only(int(first), int(second), tuple(map(str, names))),
}
"""Claims by the word that their JSON begins with."""


@dataclass(frozen=True, eq=False)
class Witness:
    """Rows of inputs uint8 (rows, inputs), the same number of values of each activation bit that
    is forced, and what is claimed of them. Every row satisfies the question's conditions."""

    inputs: tuple[str, ...]
    rows: Bits
    claims: tuple[Claim, ...]
    forced: Mapping[str, Bits] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON; a row is a string of 0 and 1."""
        return {
            "inputs": list(self.inputs),
            "rows": texts(self.rows),
            "forced": dict(zip(self.forced, texts(self.forced.values()), strict=True)),
            "claims": [claim.to_json() for claim in self.claims],
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Witness":
        """What `to_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        inputs = tuple(map(str, value["inputs"]))
        rows = np.array([bits_of(row, len(inputs)) for row in value["rows"]], np.uint8)
        forced = {str(name): bits_of(v, len(rows)) for name, v in value["forced"].items()}
        claims = tuple(CLAIMS[kind](*more) for kind, *more in value["claims"])
        return Witness(inputs, rows.reshape(-1, len(inputs)), claims, forced)

    def check(self, forward: Forward, conditions: Conditions, care: Sequence[Any] = ()) -> str:
        """Run the network on all rows; a line that says so. Raises AnswerWrong at the first claim
        that is not so. `care` are clauses over the inputs' numbers."""
        names = list(dict.fromkeys(c.name for c in self.claims if not isinstance(c, Only)))
        values = forward(self.rows, self.forced, names)
        place = {name: at for at, name in enumerate(names)}
        _check_conditions(self, conditions, care)
        for claim in self.claims:
            if isinstance(claim, Only):
                holds = self._changed(claim) <= set(claim.names)
            elif isinstance(claim, Is):
                holds = int(values[claim.row, place[claim.name]]) == claim.value
            else:
                column = values[:, place[claim.name]]
                holds = bool(column[claim.first] != column[claim.second])
            if not holds:
                raise AnswerWrong(f"the network does not confirm {claim.to_json()}")
        return f"{len(self.claims)} claims about {len(self.rows)} inputs: by the network itself"

    def _changed(self, claim: Only) -> set[str]:
        apart = np.flatnonzero(self.rows[claim.first] != self.rows[claim.second])
        found = {self.inputs[at] for at in apart}
        return found | {
            name for name, v in self.forced.items() if v[claim.first] != v[claim.second]
        }


def class_claims(bits: Sequence[str], index: int, row: int) -> list[Claim]:
    """That a row has the class of this index, bit by bit; `bits` are the class's, lowest first."""
    return [Is(row, bit, index >> place & 1) for place, bit in enumerate(bits)]


def texts(rows: Iterable[Bits]) -> list[str]:
    """Each row of bits as a string of 0s and 1s."""
    return ["".join(map(str, row.tolist())) for row in rows]


def bits_of(text: str, count: int) -> Bits:
    """The bits of a string of so many 0s and 1s; raises ValueError for another string."""
    if len(text) != count or set(text) - {"0", "1"}:
        raise ValueError(f"{text[:20]!r} is not {count} bits")
    return np.array(list(text), np.uint8)


@dataclass(frozen=True, eq=False)
class Witnesses:
    """Several witnesses of one answer, with other bits forced in each."""

    parts: tuple[Witness, ...]

    def to_json(self) -> list[Any]:
        return [part.to_json() for part in self.parts]

    def check(self, forward: Forward, conditions: Conditions, care: Sequence[Any] = ()) -> str:
        """As each part's; a line that counts them all."""
        for part in self.parts:
            part.check(forward, conditions, care)
        claims = sum(len(part.claims) for part in self.parts)
        rows = sum(len(part.rows) for part in self.parts)
        return f"{claims} claims about {rows} inputs: by the network itself"


class Evidence(Protocol):
    """What says why something cannot be, and can be checked given the network."""

    def check(self, forward: Forward) -> str:
        """A line that says what was checked; raises AskError where something does not hold."""

    def to_json(self) -> dict[str, Any]:
        """What it is: the kind of "evidence", and what it is read again from."""


def _check_conditions(witness: Witness, given: Conditions, care: Sequence[Any]) -> None:
    """Say it plainly, row by row: not through the predicate that was searched with."""
    place = {name: at for at, name in enumerate(witness.inputs)}
    for row in witness.rows.tolist():
        holds = all(row[place[name]] == value for name, value in given.fixed.items())
        if given.sample:
            apart = sum(a != b for a, b in zip(row, given.sample, strict=True))
            holds &= apart <= given.radius
        for clause in given.states:
            holds &= any(row[place[name]] == value for name, value in clause)
        for clause in care if given.codes else ():
            holds &= any(row[at] == value for at, value in clause)
        if not holds:
            raise AnswerWrong(f"the input {''.join(map(str, row))} is outside the conditions")


@dataclass(frozen=True, eq=False)
class Answer:
    """What was asked, what was found, how, and the evidence.

    `question` has the "kind" and its arguments; `verdict` is one of the kind's words; `details`
    are JSON. `seconds` were used of `budget`. `unchecked` says in a line what `verify` cannot
    check, where there is anything.
    """

    question: Mapping[str, Any]
    verdict: str
    method: str
    seconds: float
    budget: Budget
    conditions: Conditions = Conditions()
    witness: Witness | Witnesses | None = None
    certificates: tuple[Evidence, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    unchecked: str = ""

    @property
    def kind(self) -> str:
        return str(self.question["kind"])

    def verify(self, forward: Forward, care: Sequence[Any] = ()) -> list[str]:
        """Check all evidence, and say in lines what was checked and how.

        `forward` is the network (`gen.ask.network.forward`), `care` its valid inputs as clauses of
        (input's number, value). Raises AnswerWrong where something does not hold.
        """
        found = []
        if self.witness is not None:
            found.append(self.witness.check(forward, self.conditions, care))
        found += [one.check(forward) for one in self.certificates]
        if self.unchecked:
            found.append(f"not checked: {self.unchecked}")
        return found

    def to_json(self) -> dict[str, Any]:
        """The whole answer as JSON."""
        return {
            "question": dict(self.question),
            "conditions": self.conditions.to_json(),
            "verdict": self.verdict,
            "method": self.method,
            "seconds": round(self.seconds, 3),
            "budget": self.budget.to_json(),
            "details": dict(self.details),
            "witness": self.witness.to_json() if self.witness else None,
            "certificates": [one.to_json() for one in self.certificates],
            "unchecked": self.unchecked,
        }
