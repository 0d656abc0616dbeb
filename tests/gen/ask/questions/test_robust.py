"""Least changes and certified accuracy, against listing all inputs through the integer network."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer, AnswerWrong, Run
from gen.ask.evidence.case import bits_of, text_of
from gen.ask.evidence.judging import NOT_CHECKED, plain_word
from gen.ask.network.budget import Budget
from gen.ask.network.classifier import parts_of
from gen.ask.network.conditions import Conditions
from gen.ask.network.names import AskError
from gen.ask.network.samples import Data
from gen.ask.network.unroll import unrolled
from gen.ask.questions.certified_accuracy import certified_accuracy
from gen.ask.questions.finished import case_of, finished
from gen.ask.questions.robust import claim_of, smallest_change
from gen.ask.search.nearest import Distance, Nearest
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.brute import satisfying
from tests.gen.ask.forged import accepted
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_explain import drawn_parts, planted


@blocks()
def test_the_nearest_other_class_is_the_nearest(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        rows, classes, at = one.rows, one.classes, seed % len(one.rows)
        with Nearest(one.logic, one.given, drawn_parts(one)) as nearest:
            apart = np.zeros(len(rows), dtype=int)
            for part in nearest.parts:
                apart += (rows[:, part.bits] != rows[at, part.bits]).any(axis=1)
            for becomes in (None, *range(one.net.n_classes)):
                if becomes == classes[at]:
                    continue
                there = classes != classes[at] if becomes is None else classes == becomes
                found = nearest.search(rows[at], Budget().start(), becomes=becomes)
                assert found.exact
                if not there.any():
                    assert found.row is None
                    assert found.least == len(nearest.parts) + 1
                    continue
                assert found.least == found.most == apart[there].min()
                assert nearest.apart(rows[at], found.row) == found.least


def least_of(
    one: Case, given: Conditions, sample: str, unit: str, becomes: str | None
) -> tuple[int, int | None]:
    """The sample's class, and in how many parts the nearest input of another one, or of the one
    named, differs from it; None where there is none."""
    rows = satisfying(one.net, one.logic.inputs, given)
    classes, row = one.said(one.labels, rows=rows).argmax(axis=1), bits_of(sample, rows.shape[1])
    own = int(classes[(rows == row).all(axis=1)][0])
    parts = [list(part.bits) for part in parts_of(one.logic, unit)]
    apart = sum((rows[:, bits] != row[bits]).any(axis=1).astype(int) for bits in parts)
    there = classes != own if becomes is None else np.array(one.labels)[classes] == becomes
    return own, int(np.asarray(apart)[there].min()) if there.any() else None


def fits(claim: Mapping[str, Any], least: int | None) -> bool:
    """Whether what is said of a distance is so."""
    said = {"nowhere": least is None, "exact": claim["least"] == least}
    said["at least"] = least is None or (claim["least"] or 0) <= least
    return said[plain_word(claim["verdict"])]


def is_true(one: Case, answer: Answer) -> bool:
    """Whether all that an answer about one sample says is so."""
    asked, found = answer.question, answer.details
    given = answer.conditions, asked["sample"], asked["unit"], asked["becomes"]
    own, least = least_of(one, *given)
    names = found["class"] == own and found["name"] == one.labels[own]
    if not names or not fits(found, least) or answer.verdict != found["verdict"]:
        return False
    if found["row"] is None:
        return found["changed"] == [] and found["becomes"] is None
    before, row = (bits_of(text, len(one.logic.inputs)) for text in (asked["sample"], found["row"]))
    bits = {part.name: list(part.bits) for part in parts_of(one.logic, asked["unit"])}
    changed = [name for name, mine in bits.items() if (row[mine] != before[mine]).any()]
    after = one.said(one.labels, rows=row[None]).argmax(axis=1)[0]
    there = after != own if asked["becomes"] is None else one.labels[after] == asked["becomes"]
    counts = (satisfying(one.net, one.logic.inputs, answer.conditions) == row).all(axis=1).any()
    told = found["changed"] == changed and found["becomes"] == one.labels[after]
    return bool(told and len(changed) == found["least"] and there and counts)


def asked(one: Case, certify: bool = True) -> Answer:
    """A question about one sample, of any kind by the number of the case."""
    at, unit = one.seed % len(one.rows), ("bits", "features")[one.seed % 2]
    wanted = one.labels[(one.classes[at] + 1) % one.net.n_classes] if one.seed % 5 > 2 else None
    most = 1 if one.seed % 7 == 3 else None
    given = one.given, None, unit, most, certify, wanted
    return smallest_change(one.logic, one.rows[at], *given)


@blocks()
def test_evidence_is_accepted(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    proofs, found = 0, set()
    for seed in seeds:
        one = case(seed)
        answer = asked(one)
        found.add(answer.verdict)
        assert is_true(one, answer)
        one.verify(answer)
        proofs += len(answer.certificates)
        if answer.certificates:
            with pytest.raises(AnswerWrong, match="nothing in the answer bears out that"):
                one.verify(replace(answer, certificates={}))
            bare = asked(one, certify=False)
            assert bare.verdict == answer.verdict + NOT_CHECKED
            assert one.verify(bare)[-1].startswith("not checked, for want of a proof: ")
    assert proofs > len(seeds) // 3
    assert found == {"exact", "nowhere", "at least"}


@blocks(10, 30)
def test_no_changed_answer_is_believed_unless_it_is_true(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    count = 0
    for seed in seeds:
        one = case(seed)
        words = ("nowhere", "exact", "at least", "exact, not checked", "bits", *one.labels)
        judged = lambda said: case_of(one.logic, said.conditions)  # noqa: E731, B023
        tried, believed = accepted(asked(one), judged, tmp_path, 5, words)
        assert all(is_true(one, other) for other in believed), seed
        count += tried
    assert count > 800, count


RUN = Run("forged", 0.0, Budget())


@blocks(10, 30)
def test_claims_are_believed_only_where_they_are_true(seeds: range) -> None:
    """Claims of any distance, with any row, all details derived from them."""
    found = {True: 0, False: 0}
    for seed in seeds:
        one = case(seed)
        question, case_ = dict(asked(one).question), case_of(one.logic, one.given)
        apart = (one.rows != bits_of(question["sample"], one.rows.shape[1])).sum(axis=1)
        rows = one.rows[np.argsort(apart)[:16]]
        texts = [None, *("".join(map(str, row)) for row in rows.tolist())]
        for word, least, row in product(("exact", "at least", "nowhere"), range(3), texts):
            if row is None or word == "exact":
                claim = {"verdict": word, "least": least, "row": row}
                try:
                    answer = finished(case_, question, claim, RUN, certify=True)
                except AskError:
                    found[False] += 1
                    continue
                found[True] += 1
                assert is_true(one, answer), (seed, claim)
    assert min(found.values()) > len(seeds)


def drawn_data(one: Case) -> Data:
    """A few inputs that count, some with another label than their class."""
    some = one.rng.choice(len(one.rows), min(len(one.rows), 5), replace=False)
    labels = one.classes[some].copy()
    labels[::4] = 1 - labels[::4].clip(0, 1)
    return Data(one.rows[some], labels.astype(np.int64), "some rows")


def all_true(one: Case, answer: Answer, data: Data) -> bool:
    """Whether all that an answer about rows of data says is so."""
    asked, found = answer.question, answer.details
    rows = ["".join(map(str, row)) for row in data.bits[: asked["rows"]].tolist()]
    real = [least_of(one, answer.conditions, row, asked["unit"], None) for row in rows]
    if len(found["each"]) != len(rows) or asked["data"] != data.name:
        return False
    if not all(fits(claim, least) for claim, (_, least) in zip(found["each"], real, strict=True)):
        return False
    right = [own == label for (own, _), label in zip(real, data.labels, strict=False)]
    if found["right"] != sum(right):
        return False
    if found["verdicts"] != Counter(claim["verdict"] for claim in found["each"]):
        return False
    for entry in found["radii"]:
        near = entry["radius"]
        held = sum(r and (least or 99) > near for r, (_, least) in zip(right, real, strict=True))
        most = entry["certified"] + entry["not checked"] + entry["undecided"]
        if not entry["certified"] <= held / len(rows) <= most + 1e-9:
            return False
    return True


@blocks()
def test_certified_accuracy_by_listing(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in seeds:
        one = case(seed)
        data, certify = drawn_data(one), seed % 25 == 0
        monkeypatch.setattr(obligations, "LISTED", 0 if seed % 5 == 0 else 14)
        answer = certified_accuracy(one.logic, data, one.given, certify=certify)
        bare = sum(claim["verdict"].endswith(NOT_CHECKED) for claim in answer.details["each"])
        assert answer.verdict == "all decided" + (f", {bare} not checked" if bare else "")
        assert not bare or seed % 5 == 0 and not certify
        assert all_true(one, answer, data)
        for row in answer.details["radii"]:
            held = []
            for sample, label in zip(data.bits, data.labels, strict=True):
                near = one.classes[(one.rows != sample).sum(axis=1) <= row["radius"]]
                held.append((near == label).all())
            assert row["certified"] + row["not checked"] == pytest.approx(np.mean(held))
            assert row["undecided"] == 0
            assert bare or row["not checked"] == 0
        answer.verify(case_of(one.logic, one.given, data))


@blocks(5, 10)
def test_no_changed_accuracy_is_believed_unless_it_is_true(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    count = 0
    for seed in seeds:
        one = case(seed)
        data, most = drawn_data(one), (1, None)[seed % 2]
        answer = certified_accuracy(one.logic, data, one.given, most=most, certify=True)
        words = ("nowhere", "exact", "at least", "exact, not checked", "features")
        judged = lambda said: case_of(one.logic, said.conditions, data)  # noqa: E731, B023
        tried, believed = accepted(answer, judged, tmp_path, 11, words)
        assert all(all_true(one, other, data) for other in believed), seed
        count += tried
    assert count > 250, count


def test_rows_that_were_not_checked_are_not_called_certified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    logic = logic_of(planted())
    data = Data(np.array([[0] * 8, [1] * 8], np.uint8), np.array([0, 1]), "two rows")
    bare = certified_accuracy(logic, data)
    assert bare.verdict == "all decided, 2 not checked"
    assert bare.details["verdicts"] == {"exact, not checked": 2}
    table = [[one["certified"], one["not checked"]] for one in bare.details["radii"]]
    assert table == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    proved = certified_accuracy(logic, data, certify=True)
    assert proved.verdict == "all decided"
    assert [one["certified"] for one in proved.details["radii"]] == [1.0, 1.0, 0.0]
    for certificates in ({}, dict(list(proved.certificates.items())[:1])):
        with pytest.raises(AnswerWrong, match="nothing in the answer bears out that row"):
            replace(proved, certificates=certificates).verify(case_of(logic, None, data))
    # Another network's data, or none, is not what the answer is about.
    for other in (replace(data, name="other rows"), None):
        with pytest.raises(AnswerWrong, match="the network's data is not 'two rows'"):
            proved.verify(case_of(logic, None, other))


def test_rows_beyond_the_budget_are_counted_apart() -> None:
    one = case(0)
    logic, rows, classes = one.logic, one.rows, one.classes
    data = Data(rows[:9], classes[:9], "some rows")
    answer = certified_accuracy(logic, data, one.given, Budget(1e-6))
    assert answer.verdict == "9 undecided"
    none = {"not checked": 0.0, "undecided": 0.0}
    assert answer.details["radii"][0] == {"radius": 0, "certified": 1.0, **none}
    assert answer.details["radii"][1] == {"radius": 1, "certified": 0.0, **none, "undecided": 1.0}
    with pytest.raises(AskError, match="no rows"):
        certified_accuracy(logic, Data(rows[:0], classes[:0], "nothing"))


def test_planted_facts_are_found() -> None:
    logic, sample = logic_of(planted()), [1, 1, 1, 1, 0, 1, 0, 1]
    change = smallest_change(logic, sample)
    assert (change.verdict, change.details["least"]) == ("exact", 2)
    assert change.details["becomes"] == "class=few"
    assert set(change.details["changed"]) <= {"x[1]", "x[3]", "x[5]"}
    nowhere = smallest_change(logic, sample, Conditions(fixed={"x[1]": 1, "x[3]": 1}))
    assert (nowhere.verdict, nowhere.details["row"]) == ("nowhere", None)
    near = smallest_change(logic, sample, most=1)
    assert (near.verdict, near.details["least"]) == ("at least", 2)
    assert smallest_change(logic, sample, becomes="class=0").question["becomes"] == "class=few"
    over = smallest_change(logic, sample, budget=Budget(1e-6))
    assert (over.verdict, over.details["least"]) == ("at least", 1)
    over.verify(case_of(logic))


def test_what_is_owed_is_said_of_the_class_that_was_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    owed = {"another class than ": 0, "class=": 0}
    for seed in range(30):
        one = case(seed)
        own, at = int(one.classes[0]), (int(one.classes[0]) + 1) % one.net.n_classes
        for becomes, words in (
            (None, f"another class than {one.labels[own]}"),
            (one.labels[at], one.labels[at]),
        ):
            answer = smallest_change(one.logic, one.rows[0], one.given, becomes=becomes)
            said = [line for line in one.verify(answer) if line.startswith("not checked")]
            assert all(line.endswith((f"gives {words}", f"has {words}")) for line in said), said
            owed["class=" if becomes else "another class than "] += len(said)
    assert min(owed.values()) > 3


def test_radii_go_on_to_the_row_that_holds_longest() -> None:
    """Wherever among the rows it stands."""
    one = case(0)
    leasts = []
    for row in one.rows:
        least = least_of(one, one.given, text_of(row), "bits", None)[1]
        leasts.append(least or 0)
    low, high = (leasts.index(value) for value in (min(filter(None, leasts)), max(leasts)))
    assert leasts[low] < leasts[high]
    for at in ([low, low, high], [high, low, low]):
        data = Data(one.rows[at], one.classes[at], "three rows")
        radii = certified_accuracy(one.logic, data, one.given).details["radii"]
        assert [each["radius"] for each in radii] == list(range(leasts[high] + 1))
        for each in radii:
            held = sum(leasts[row] > each["radius"] for row in at) / 3
            assert each["certified"] + each["not checked"] == pytest.approx(held)


def test_what_cannot_be_asked() -> None:
    logic, sample = logic_of(planted()), [1, 1, 1, 1, 0, 1, 0, 1]
    with pytest.raises(AskError, match="the sample is class=many already"):
        smallest_change(logic, sample, becomes="class=many")
    with pytest.raises(AskError, match="give 1 or more"):
        smallest_change(logic, sample, most=0)
    steps = unrolled(logic_of(random_rnn(1)), 2)
    with pytest.raises(AskError, match="of the last step is meant; say class=1@1"):
        smallest_change(steps, [0] * 6, becomes="class=1@0")
    first = smallest_change(steps, [0] * 6)
    first.verify(case_of(steps))


def test_no_distance_beyond_what_was_asked() -> None:
    logic, sample = logic_of(planted()), [1, 1, 1, 1, 0, 1, 0, 1]
    question = dict(smallest_change(logic, sample, most=1).question)
    exact = claim_of(Distance(2, 2, np.array([1, 0, 1, 0, 0, 1, 0, 1], np.uint8), True, 1))
    far = [{"verdict": "at least", "least": least, "row": None} for least in (3, 10**30, 0, True)]
    for claim in (exact, *far):
        with pytest.raises(AnswerWrong, match="is no distance here"):
            finished(case_of(logic), question, claim, RUN, certify=True)
    assert finished(case_of(logic), question | {"most": 2}, exact, RUN, True).verdict == "exact"


def test_no_change_is_needed_for_the_class_that_it_has() -> None:
    logic, sample = logic_of(planted()), [1, 1, 1, 1, 0, 1, 0, 1]
    question = dict(smallest_change(logic, sample).question)
    claim = {"verdict": "exact", "least": 1, "row": "01110101"}
    for becomes in ("class=many", "class=1", "many", 1):
        with pytest.raises(AnswerWrong, match="is class=many already|none of the network's"):
            finished(case_of(logic), question | {"becomes": becomes}, claim, RUN, certify=True)


def test_many_inputs_are_proved() -> None:
    """Over more inputs than are listed: nothing is believed without its proof."""
    logic, sample = logic_of(random_net(2, 18, 6, 3)), [0, 1] * 9
    answer = smallest_change(logic, sample, certify=True)
    assert (answer.verdict, answer.details["least"]) == ("exact", 4)
    assert list(answer.certificates) == ["nearer"]
    assert any("steps of its proof" in line for line in answer.verify(case_of(logic)))
    farther = replace(answer, details={**answer.details, "least": 5})
    with pytest.raises(AnswerWrong, match="4 bits change in a row, not 5"):
        farther.verify(case_of(logic))
