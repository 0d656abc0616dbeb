"""The checker of proofs: what solvers write is taken, what was tampered with is not."""

import itertools
import random

import pytest
from pysat.solvers import Solver as PySat

from gen.ask.evidence.checker import (
    ProofWrong,
    Propagation,
    check_by_python,
    check_proof,
    parse_proof,
)
from gen.logic.kernel import VARIABLE

Clauses = list[list[int]]


def pigeons(holes: int) -> Clauses:
    """One pigeon too many: pigeon p sits in hole h is variable p * holes + h + 1."""
    found = [[p * holes + h + 1 for h in range(holes)] for p in range(holes + 1)]
    for h in range(holes):
        for p, q in itertools.combinations(range(holes + 1), 2):
            found.append([-(p * holes + h + 1), -(q * holes + h + 1)])
    return found


def random_clauses(seed: int, variables: int = 8, count: int = 50) -> Clauses:
    rng = random.Random(seed)
    return [
        [v * rng.choice((-1, 1)) for v in rng.sample(range(1, variables + 1), 3)]
        for _ in range(count)
    ]


def satisfiable(clauses: Clauses) -> bool:
    """By listing all assignments."""
    top = max(abs(one) for clause in clauses for one in clause)
    return any(
        all(any((one > 0) == bits[abs(one) - 1] for one in clause) for clause in clauses)
        for bits in itertools.product((False, True), repeat=top)
    )


def proof_of(clauses: Clauses) -> list[str] | None:
    with PySat(name="cadical195", with_proof=True, bootstrap_with=clauses) as solver:
        return None if solver.solve() else solver.get_proof()


def test_proofs_of_a_solver_are_taken() -> None:
    clauses = pigeons(5)
    proof = proof_of(clauses)
    assert proof is not None
    assert 0 < check_proof(clauses, proof) <= len(proof)


def test_random_clauses_are_refuted_only_where_listing_finds_nothing() -> None:
    refuted = 0
    for seed in range(60):
        clauses = random_clauses(seed)
        proof = proof_of(clauses)
        assert (proof is None) == satisfiable(clauses)
        if proof is not None:
            check_proof(clauses, proof)
            refuted += 1
    assert 10 < refuted < 60


def test_a_proof_of_other_clauses_is_refused() -> None:
    refused = 0
    for seed in range(60):
        clauses = random_clauses(seed)
        proof = proof_of(clauses)
        if proof is None:
            continue
        rng = random.Random(seed)
        fewer = [clause for clause in clauses if rng.random() < 0.75]
        if satisfiable(fewer):
            # Whatever the proof says, there is no contradiction to be proved.
            with pytest.raises(ProofWrong):
                check_proof(fewer, [line for line in proof if not line.startswith("d")])
            refused += 1
    assert refused >= 10


def corrupted(proof: list[str], at: int, how: str) -> list[str]:
    words = proof[at].split()
    if how == "cut":
        return proof[:at]
    if how == "flip":
        words[0] = str(-int(words[0]))
    if how == "shorten":
        del words[0]
    return [*proof[:at], " ".join(words), *proof[at + 1 :]]


@pytest.mark.parametrize("how", ["cut", "flip", "shorten"])
def test_corrupted_proofs_are_refused(how: str) -> None:
    clauses = pigeons(4)
    proof = [line for line in proof_of(clauses) or [] if not line.startswith("d")]
    refused = 0
    for at, line in enumerate(proof[:-1]):
        if len(line.split()) < 3:
            continue
        try:
            check_proof(clauses, corrupted(proof, at, how))
        except ProofWrong:
            refused += 1
    # A few changed steps follow all the same, and then the proof still stands.
    assert refused >= len(proof) // 3


def test_a_step_that_does_not_follow_is_named() -> None:
    with pytest.raises(ProofWrong, match=r"step 1 of the proof, clause \[1\], does not follow"):
        check_proof([[1, 2], [-1, 2]], ["1 0", "0"])
    with pytest.raises(ProofWrong, match="without the empty clause"):
        check_proof([[1, 2], [-1, 2]], ["2 0"])
    with pytest.raises(ProofWrong, match="without the empty clause"):
        check_proof([[1, 2]], [])
    with pytest.raises(ProofWrong, match="deletes clause .* not there"):
        check_proof([[1, 2]], ["d 1 3 0"])


def test_a_deleted_clause_is_used_no_more() -> None:
    clauses = [[1, 2], [1, -2], [-1, 3], [-1, -3]]
    assert check_proof(clauses, ["1 0", "0"]) == 1
    with pytest.raises(ProofWrong, match="step 2"):
        check_proof(clauses, ["d 1 2 0", "1 0", "0"])


@pytest.mark.parametrize("line", ["1 2", "0 1 0", "x 0", "d", "", "1 0 2 0"])
def test_lines_that_are_no_drat_are_refused(line: str) -> None:
    with pytest.raises(ProofWrong, match="line 1"):
        parse_proof([line])


def test_propagation_undoes_what_it_assumed() -> None:
    known = Propagation([[-1, 2], [-2, 3], [-3, -4]])
    assert known.assume([1])
    assert known.value == {1: True, -1: False, 2: True, -2: False} | {
        3: True, -3: False, -4: True, 4: False,
    }  # fmt: skip
    known.undo(0)
    assert known.value == {}
    assert not known.assume([1, 4])
    known.undo(0)
    assert known.follows([-1, 3])
    assert not known.follows([1, 3])


def outcome(clauses: Clauses, proof: list[str], check: object) -> str:
    try:
        return str(check(clauses, proof))  # type: ignore[operator]
    except ProofWrong as error:
        return str(error)


def test_python_and_the_kernel_agree_on_every_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole proofs and spoilt ones: the same steps, or the same reason."""

    def python(clauses: Clauses, proof: list[str]) -> int:
        return check_by_python(clauses, parse_proof(proof))

    monkeypatch.setenv(VARIABLE, "c")
    seen = set()
    for seed in range(80):
        rng, clauses = random.Random(seed), random_clauses(seed)
        if seed % 10 == 0:
            clauses = pigeons(4)
        proof = proof_of(clauses) or [f"{rng.randint(1, 8)} 0", "0"]
        for _ in range(8):
            spoilt = list(proof)
            for _ in range(rng.randint(0, 2)):
                at = rng.randrange(len(spoilt))
                line = rng.choice([f"d {spoilt[at].removeprefix('d ')}", "1 -1 0", "-3 3 2 0"])
                spoilt[at : at + rng.randint(0, 1)] = [line]
            fewer = [one for one in clauses if rng.random() < 0.95]
            mine = clauses if rng.random() < 0.5 else fewer
            found = outcome(mine, spoilt, check_proof)
            assert found == outcome(mine, spoilt, python)
            seen.add(found.split()[-1] if not found.isdecimal() else "proved")
    assert {"proved", "follow"} <= seen
    assert len(seen) >= 3
