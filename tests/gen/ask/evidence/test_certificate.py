"""The files of a proof: foreign checkers take them, and all three say the same."""

import shutil
import subprocess
from pathlib import Path

import dratify
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer
from gen.ask.evidence.case import AnswerWrong, Case
from gen.ask.evidence.certificate import SUFFIXES, Certificate
from gen.ask.evidence.judging import Judging
from gen.ask.evidence.kinds import judge_of
from gen.ask.evidence.obligations import Obligation
from gen.ask.questions.can import can
from gen.ask.questions.depends import depends
from gen.ask.questions.finished import case_of
from gen.files import FileDamaged
from gen.logic.aiger import read_aiger
from tests.gen.ask.battery import case
from tests.gen.ask.questions.test_depends import almost_never

Proofs = list[tuple[Obligation, Certificate]]


def proofs_of(answer: Answer, place: Case) -> Proofs:
    judging = Judging(place)
    judge_of(answer.kind)(judging, answer.question, answer.details)
    owed = {one.key: one for one in judging.owed}
    return [(owed[key], one) for key, one in answer.certificates.items()]


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> Proofs:
    """Of a wide network, and of small random ones that are not listed for once."""
    logic, answer = almost_never()
    found = proofs_of(answer, case_of(logic, answer.conditions))
    monkeypatch.setattr(obligations, "LISTED", 0)
    for seed in range(40, 46):
        one = case(seed)
        for small in (depends(one.logic, [], ["class"], one.given, certify=True),
                      can(one.logic, (), one.given, certify=True)):  # fmt: skip
            found += proofs_of(small, case_of(one.logic, one.given))
    assert len(found) >= 8
    return found


def test_a_foreign_checker_takes_every_proof(proofs: Proofs, tmp_path: Path) -> None:
    for number, (owed, proof) in enumerate(proofs):
        _, cnf, drat = (tmp_path / name for name in proof.write(owed, tmp_path, str(number)))
        clauses = dratify.parse_dimacs(cnf.read_text())
        found = dratify.check_proof(clauses, drat.read_text(), engine="python")
        assert found.ok
        assert found.reached_empty
        trim = shutil.which("drat-trim")
        if trim:
            done = subprocess.run([trim, cnf, drat], capture_output=True, text=True, check=False)
            assert "s VERIFIED" in done.stdout


def test_the_clauses_are_the_graph_in_its_order(proofs: Proofs, tmp_path: Path) -> None:
    """Variable v of the clauses is AIGER's variable v - 1; read from the files alone."""
    for number, (owed, proof) in enumerate(proofs):
        aig, cnf, _ = (tmp_path / name for name in proof.write(owed, tmp_path, str(number)))
        graph = read_aiger(aig)
        lines = cnf.read_text().splitlines()
        clauses = [line.split()[:-1] for line in lines if line[0] not in "cp"]
        signs = [(one >> 1) + 1 if one % 2 == 0 else -(one >> 1) - 1 for one in range(2 << 20)]
        wanted = [["-1"]]
        for at, (a, b) in enumerate(graph.fan_in.tolist()):
            out, left, right = at + graph.n_inputs + 2, signs[a], signs[b]
            wanted += [[f"{-out}", f"{left}"], [f"{-out}", f"{right}"]]
            wanted += [[f"{out}", f"{-left}", f"{-right}"]]
        assert clauses == [*wanted, [f"{signs[graph.outputs[0]]}"]]
        assert f"p cnf {graph.n_inputs + graph.n_ands + 1} {len(clauses)}" in lines


def test_files_of_another_obligation_are_refused(proofs: Proofs, tmp_path: Path) -> None:
    (one, proof), (other, second) = proofs[0], proofs[1]
    proof.write(one, tmp_path, "one")
    second.write(other, tmp_path, "other")
    read = Certificate.read(tmp_path, "one")
    assert read.check(one) == proof.check(one)
    with pytest.raises(AnswerWrong, match="its certificate is of something else"):
        read.check(other)
    for suffix in SUFFIXES[:2]:
        shutil.copy(tmp_path / f"other{suffix}", tmp_path / f"one{suffix}")
        with pytest.raises(AnswerWrong, match="its certificate is of something else"):
            Certificate.read(tmp_path, "one").check(one)
        proof.write(one, tmp_path, "one")


def test_files_that_are_missing_or_no_text(proofs: Proofs, tmp_path: Path) -> None:
    owed, proof = proofs[0]
    names = proof.write(owed, tmp_path, "one")
    (tmp_path / "one.drat").write_bytes(b"\xff\xfe")
    with pytest.raises(FileDamaged, match="not a proof"):
        Certificate.read(tmp_path, "one")
    for name in names:
        (tmp_path / name).unlink()
        with pytest.raises(FileDamaged, match="cannot be read"):
            Certificate.read(tmp_path, "one")
