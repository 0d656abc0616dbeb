"""Answers written as JSON, and read again to be checked anew, in another process.

What is read is the whole answer with its evidence; where proofs were written as files, the JSON
names them. Nothing that the JSON says is believed: rows go through the network, proofs to the
checker, graphs are opened again from the build, and clauses about reachable states are proved once
more.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.ask.evidence.answer import Answer, AnswerWrong, Evidence, Witness, Witnesses
from gen.ask.evidence.certificate import Certificate
from gen.ask.evidence.other_network import Judged
from gen.ask.evidence.recount import Recount
from gen.ask.evidence.smaller_cuts import Exhausted
from gen.ask.evidence.walks import NoPath, Walk
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import care_clauses
from gen.files import FileDamaged, read_json

__all__ = ["FORMAT", "Reading", "identity", "read_record", "record", "same_network"]

FORMAT = "smelt-answer-1"

SHOWN = {"depends", "possible", "false", "exact", "different", "alive", "neither", "explained"}
PROVED = {"independent", "cannot change", "never", "true", "equivalent", "nowhere", "killed"}
"""Verdicts that stand on a witness, and those that stand on what cannot be."""


def identity(folder: Path | str, steps: int | None = None) -> dict[str, Any]:
    """What a network is known by: its build folder, the digest of its net.npz, and over how many
    steps it was asked. Raises FileDamaged where there is none."""
    path = Path(folder) / "net.npz"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FileDamaged(f"{path}: cannot be read ({error.strerror}); build it first") from None
    return {"build": str(folder), "sha256": digest, "steps": steps}


def same_network(known: Mapping[str, Any], folder: Path | str) -> None:
    """Raise AnswerWrong where a build folder has another network than the answer is about."""
    here = identity(folder)["sha256"]
    if here != known.get("sha256"):
        raise AnswerWrong(
            f"the answer is about another network than {folder} has: net.npz is {here[:12]}, not"
            f" {str(known.get('sha256'))[:12]}; give the right one with --build"
        )


def record(
    answer: Answer, network: Mapping[str, Any], folder: Path | None = None
) -> dict[str, Any]:
    """The answer as JSON, about a network of this identity; its proofs are written to `folder`,
    where there is one, as files that the JSON names."""
    value = {"format": FORMAT, "network": dict(network)} | answer.to_json()
    if folder is None:
        return value
    number = 0
    for one, described in zip(answer.certificates, value["certificates"], strict=True):
        if isinstance(one, Judged):
            one, described = one.evidence, described["of"]  # type: ignore[assignment]
        if isinstance(one, Certificate):
            paths = one.write(folder, f"{answer.kind}-{number}")
            described["files"] = [path.name for path in paths]
            number += 1
    return value | {"folder": str(folder)}


def read_record(path: Path | str) -> dict[str, Any]:
    """An answer's JSON; raises FileDamaged for another file."""
    value = read_json(path, FORMAT)
    if not isinstance(value.get("network"), dict) or not isinstance(value.get("question"), dict):
        raise FileDamaged(f"{path}: not an answer (no network, or no question); ask again")
    return value


@dataclass(frozen=True, eq=False)
class Reading:
    """What an answer is read with: the network's logic, the folder of its proofs, and, where it is
    about two networks, the second one's forward."""

    logic: Logic
    folder: Path
    judge: Forward | None = None

    def answer(self, value: Mapping[str, Any], path: Path | str) -> Answer:
        """The answer of a record. Raises FileDamaged where parts of it are missing or of the wrong
        shape, AskError where it names what the network does not have."""
        try:
            found = self._answer(value)
            _check_supported(found)
            return found
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise FileDamaged(f"{path}: not a whole answer ({error!r}); ask again") from None

    def _answer(self, value: Mapping[str, Any]) -> Answer:
        conditions, given = Conditions.from_json(value["conditions"]), value["witness"]
        witness: Witness | Witnesses | None = None
        if isinstance(given, list):
            witness = Witnesses(tuple(self._witness(part) for part in given))
        elif given is not None:
            witness = self._witness(given)
        return Answer(
            value["question"],
            str(value["verdict"]),
            str(value["method"]),
            float(value["seconds"]),
            Budget(**value["budget"]),
            conditions,
            witness,
            tuple(self.evidence(one, conditions) for one in value["certificates"]),
            value["details"],
            str(value["unchecked"]),
        )

    def _witness(self, value: Mapping[str, Any]) -> Witness:
        found = Witness.from_json(value)
        if found.inputs != self.logic.inputs:
            raise AnswerWrong("the answer's witness has other inputs than the network")
        return found

    def evidence(self, value: Mapping[str, Any], conditions: Conditions) -> Evidence:
        """One piece of evidence; raises KeyError, TypeError or ValueError as well."""
        kind = value["evidence"]
        if kind not in EVIDENCE:
            raise ValueError(f"evidence of kind {kind!r}")
        return EVIDENCE[kind](self, value, conditions)

    def _certificate(self, value: Mapping[str, Any], conditions: Conditions) -> Certificate:
        if "files" not in value:
            raise AskError(f"{value['claim']}: its proof was not written; ask with --certificates")
        found = Certificate.read(*(self.folder / str(name) for name in value["files"]))
        sizes = {"claim": found.claim, "clauses": len(found.clauses), "steps": len(found.proof)}
        wrong = next((key for key, size in sizes.items() if value[key] != size), None)
        if wrong:
            raise AnswerWrong(
                f"{self.folder / value['files'][0]}: {wrong} is {sizes[wrong]!r}, the answer's"
                f" {value[wrong]!r}; these are files of another answer"
            )
        return found

    def _no_path(self, value: Mapping[str, Any], conditions: Conditions) -> NoPath:
        walks = []
        for walk in value["walks"]:
            pairs = [(tuple(map(str, bits)), str(output)) for bits, output in walk["pairs"]]
            outputs = list(dict.fromkeys(output for _, output in pairs))
            graph = self.logic.opened(outputs, [str(name) for name in walk["free"]])
            walks.append(Walk(graph, len(self.logic.inputs), pairs))
        return NoPath(tuple(walks))

    def _recount(self, value: Mapping[str, Any], conditions: Conditions) -> Recount:
        return Recount.from_json(value, len(self.logic.inputs))

    def _other(self, value: Mapping[str, Any], conditions: Conditions) -> Judged:
        if self.judge is None:
            raise ValueError("a second network, of which the question says nothing")
        of = value["of"]
        if "evidence" in of:
            return Judged(self._certificate(of, conditions), self.judge)
        return Judged(self._witness(of), self.judge)

    def _exhausted(self, value: Mapping[str, Any], conditions: Conditions) -> Exhausted:
        elements = {str(name): tuple(map(str, bits)) for name, bits in value["elements"].items()}
        seen, care = self._witness(value["seen"]), care_clauses(self.logic.care)
        killed = tuple(map(str, value["killed"]))
        to, size = int(value["to"]), int(value["size"])
        return Exhausted(elements, to, killed, size, seen, conditions, care)


def _check_supported(answer: Answer) -> None:
    """Raise AnswerWrong for a verdict that the evidence cannot be of."""
    said = answer.verdict
    if answer.kind == "influence" or answer.method.startswith("itself"):
        return
    bare = said in SHOWN and answer.witness is None
    bare |= said in PROVED and not (answer.certificates or answer.unchecked)
    if bare:
        raise AnswerWrong(f"nothing in the answer bears out that it is {said!r}; ask again")


EVIDENCE: dict[str, Callable[[Reading, Mapping[str, Any], Conditions], Evidence]] = {
    "certificate": Reading._certificate,
    "no path": Reading._no_path,
    "recount": Reading._recount,
    "other network": Reading._other,
    "exhausted": Reading._exhausted,
}
"""How each kind of evidence is read."""
