"""Right answers by class, and columns that are read, as a report has and shows them."""

from typing import Any

import numpy as np
import pytest

from boards.report.inputs import Inputs, Vectors
from boards.report.render import html_page, markdown, table_rows, terminal_table
from boards.report.report import make_report
from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns
from tests.boards.designs import build_value
from tests.boards.report.test_report import LEDGER, MODEL, PASSED, VECTORS


def by_class(labels: list[int], said: list[int], names: list[str]) -> dict[str, Any]:
    """The report of a test set, all of it simulated."""
    vectors = Vectors(np.array(labels), np.array(said))
    passed = PASSED | {"vectors": len(labels) + 2}
    return make_report(build_value(), Inputs(MODEL | {"classes": names}, LEDGER, vectors,
                                             {"core": passed}))  # fmt: skip


def test_classes_that_no_row_has_or_no_answer_names() -> None:
    labels, said = [0, 0, 0, 2], [0, 3, 0, 1]
    report = by_class(labels, said, ["a", "b|", "c", "d"])
    assert [(one["class"], one["rows"], one["right"]) for one in report["classes"]] == [
        ("a", 3, 2), ("b|", 0, 0), ("c", 1, 0), ("d", 0, 0),
    ]  # fmt: skip
    page = markdown(report, [])
    assert "| a | 2 | 3 | 66.7% |" in page
    assert "| b\\| | 0 | 0 | none in the test set |" in page
    html = html_page(report, {})
    assert "<h2>Right answers by class</h2>" in html
    assert "<td>66.7%</td>" in html
    assert "  a   2 of 3, 66.7%" in terminal_table(report).splitlines()
    unnamed = by_class(labels, said, ["a", "b"])["classes"]
    assert [(one["class"], one["rows"]) for one in unnamed] == [
        ("0", 3), ("1", 0), ("2", 1), ("3", 0),
    ]  # fmt: skip
    assert "by class" not in terminal_table(make_report(build_value(), Inputs()))


@pytest.mark.parametrize("count", [12, 14])
def test_of_many_classes_a_terminal_has_the_worst(count: int) -> None:
    """Two rows of each but the first; of class 3 none is right, of class 7 one."""
    labels = [at for at in range(1, count) for _ in range(2)]
    said = [{(3, 0): 1, (3, 1): 2, (7, 0): 1}.get((at, half), at)
            for at in range(1, count) for half in range(2)]  # fmt: skip
    report = by_class(labels, said, [f"c{at}" for at in range(count)])
    lines = terminal_table(report).splitlines()
    start = next(at for at, line in enumerate(lines) if "right answers by class" in line)
    shown = [line.split()[0] for line in lines[start + 1 : start + 13]]
    if count == 12:
        assert lines[start] == "  right answers by class"
        assert shown == [f"c{at}" for at in range(12)]
    else:
        assert lines[start] == "  right answers by class, the worst 12 of 14"
        assert shown[:3] == ["c3", "c7", "c1"]
        assert "c0" not in shown
        assert lines[start + 1] == "  c3   0 of 2, 0.0%"
    assert not lines[start + 13].startswith("  c")


def of_columns(live: list[int] | None, names: list[str], **data: Any) -> dict[str, Any]:
    """The report of a network whose first column has two bits, all others one."""
    codes = Code("thermometer", (1.0, 2.0)), *[Code("threshold", (3.0,))] * (len(names) - 1)
    columns = Columns(tuple(map(Column, names)), "ill").to_dict()
    model = {"columns": columns, "encoder": Encoder(codes).to_dict(), "recipe": {"data": data}}
    build = build_value()
    build["core_description"] |= {"inputs": len(names) + 1}
    build["core_description"].pop("live_inputs", None)
    if live is not None:
        build["core_description"]["live_inputs"] = live
    return make_report(build, Inputs(MODEL | model, LEDGER, VECTORS))


@pytest.mark.parametrize(
    ("live", "read", "said"),
    [
        ([0], (1, 0), "1 of them read; never read: age"),
        ([0, 2], (1, 1), "2 of them read"),
        ([2], (0, 1), "1 of them read; never read: pulse"),
        (None, (2, 1), "3 of them read"),
    ],
    ids=["first", "both", "last", "unsaid"],
)
def test_columns_say_how_many_of_their_bits_are_read(
    live: list[int] | None, read: tuple[int, int], said: str
) -> None:
    report = of_columns(live, ["pulse", "age"])
    assert report["columns"] == [
        {"column": "pulse", "bits": 2, "read": read[0]},
        {"column": "age", "bits": 1, "read": read[1]},
    ]
    assert dict(table_rows(report))["inputs"] == f"2 features in 3 bits, {said}"


def test_columns_that_are_never_read_are_named_up_to_eight() -> None:
    for count, last in ((9, "i"), (10, "i and 1 more"), (11, "i and 2 more")):
        row = dict(table_rows(of_columns([0], list("abcdefghijk")[:count])))["inputs"]
        assert row.endswith(f"1 of them read; never read: b, c, d, e, f, g, h, {last}")
    report = of_columns([0], ["a 0", "a 1"], steps=2)
    assert report["columns"] is None
    assert "inputs" not in dict(table_rows(report))
