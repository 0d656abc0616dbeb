"""Answers written as JSON, and read again to be checked anew, in another process.

What is read is the whole answer; where proofs were written as files, the JSON names them. Nothing
that the JSON says is believed, and a field that no answer has is refused.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gen.ask.evidence.answer import Answer, Run
from gen.ask.evidence.case import AnswerWrong, Case
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.judging import Judging, fields
from gen.ask.evidence.kinds import judge_of
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.files import FileDamaged, read_json

__all__ = [
    "FORMAT",
    "answer_of",
    "identity",
    "known_network",
    "read_record",
    "record",
    "same_network",
]

FORMAT = "smelt-answer-2"

PARTS = ("question", "conditions", "verdict", "details", "run")
BESIDE = ("means", "checked")
"""What may stand beside an answer that was printed."""


def identity(folder: Path | str, steps: int | None = None) -> dict[str, Any]:
    """What a network is known by: its build folder, the digest of its net.npz, and over how many
    steps it was asked. Raises FileDamaged where there is none."""
    path = Path(folder) / "net.npz"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FileDamaged(f"{path}: cannot be read ({error.strerror}); build it first") from None
    except ValueError as error:
        raise FileDamaged(f"{str(path)!r} is no folder's name ({error}); build it first") from None
    return {"build": str(folder), "sha256": digest, "steps": steps}


def known_network(value: object) -> dict[str, Any]:
    """An identity that was read; raises AnswerWrong for anything else."""
    found = fields(value, ("build", "sha256", "steps"))
    steps = found["steps"]
    if not all(type(found[key]) is str for key in ("build", "sha256")):
        raise AnswerWrong("the answer names no build folder or digest of a network")
    if steps is not None and (type(steps) is not int or steps < 1):
        raise AnswerWrong(f"the answer is over {str(steps)[:40]} steps; 1 or more are meant")
    return found


def same_network(known: Mapping[str, Any], folder: Path | str) -> None:
    """Raise AnswerWrong where a build folder has another network than the answer is about."""
    here = identity(folder)["sha256"]
    if here != known.get("sha256"):
        raise AnswerWrong(
            f"the answer is about another network than {folder} has: net.npz is {here[:12]}, not"
            f" {str(known.get('sha256'))[:12]}; give the right one with --build"
        )


def record(
    answer: Answer, case: Case, network: Mapping[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    """The answer as JSON, about a network of this identity; its proofs are written to `folder`,
    where there is one, as files that the JSON names."""
    value = {"format": FORMAT, "network": dict(network)} | answer.to_json()
    files: dict[str, str] = {}
    if folder is not None and answer.certificates:
        judging = Judging(case)
        judge_of(answer.kind)(judging, answer.question, answer.details)
        owed = {one.key: one for one in judging.owed}
        for number, (key, one) in enumerate(answer.certificates.items()):
            files[key] = f"{answer.kind}-{number}"
            one.write(owed[key], folder, files[key])
    return value | {"folder": None if folder is None else str(folder), "certificates": files}


def read_record(path: Path | str) -> dict[str, Any]:
    """An answer's JSON; raises FileDamaged for another file."""
    value = read_json(path, FORMAT)
    try:
        found = fields(
            value, ("format", "network", *PARTS, "folder", "certificates"), ["means", "checked"]
        )
        known_network(found["network"])
    except AnswerWrong as error:
        raise FileDamaged(f"{path}: not an answer ({error}); ask again") from None
    if not isinstance(found["question"], dict) or not isinstance(found["verdict"], str):
        raise FileDamaged(f"{path}: not an answer (its question or verdict); ask again")
    return found


def answer_of(value: Mapping[str, Any], path: Path | str, folder: Path | None) -> Answer:
    """The answer of a record, with its proofs, which lie in `folder` (default: as recorded).

    Raises FileDamaged where parts of it are missing or of the wrong shape, and where a proof
    cannot be read.
    """
    named = value["certificates"]
    try:
        conditions = Conditions.from_json(value["conditions"])
        run = _run(value["run"])
        if conditions.to_json() != value["conditions"] or run.to_json() != value["run"]:
            raise ValueError("conditions or run")
        where = folder if folder is not None else Path(str(value["folder"]))
        proofs = {str(key): Certificate.read(where, _stem(stem)) for key, stem in named.items()}
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FileDamaged(f"{path}: not a whole answer ({error!r}); ask again") from None
    if not isinstance(value["details"], dict):
        raise FileDamaged(f"{path}: not a whole answer (its details); ask again")
    return Answer(value["question"], conditions, value["verdict"], value["details"], run, proofs)


def _run(value: Mapping[str, Any]) -> Run:
    budget = Budget(**value["budget"])
    method, seconds = value["method"], value["seconds"]
    if type(method) is not str or type(seconds) not in (int, float) or not 0 <= seconds < 1e9:
        raise ValueError("method or seconds")
    return Run(method, seconds, budget, dict(value["notes"]))


def _stem(stem: Any) -> str:
    if not isinstance(stem, str) or not stem or Path(stem).name != stem:
        raise ValueError("the name of a proof")
    return stem
