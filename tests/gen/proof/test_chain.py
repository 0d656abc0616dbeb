"""Verdicts of links, their files, and the table."""

from pathlib import Path

import pytest

from gen.proof.chain import (
    EXHAUSTIVE,
    FAILED,
    NOT_RUN,
    PROVED,
    SIMULATED,
    UNDECIDED,
    Check,
    Found,
    Link,
    LinkBroken,
    check_chosen,
    close,
    finish,
    read_links,
    table,
    timed,
    whole_chain,
)


def link(*verdicts: str, beside: str = "") -> Link:
    checks = [Check("what", verdict, "how", 1.5, f"it is {verdict}") for verdict in verdicts]
    checks += [Check("beside", beside, "how", 0.5, "", False)] if beside else []
    return Link(3, "rtl", tuple(checks))


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        (link(PROVED, EXHAUSTIVE), EXHAUSTIVE),
        (link(PROVED, SIMULATED), SIMULATED),
        (link(PROVED, beside=SIMULATED), PROVED),
        (link(PROVED, beside=NOT_RUN), PROVED),
        (link(PROVED, beside=FAILED), FAILED),
        (link(PROVED, NOT_RUN), NOT_RUN),
        (link(PROVED, UNDECIDED, NOT_RUN), UNDECIDED),
        (link(FAILED, UNDECIDED), FAILED),
    ],
)
def test_a_link_is_as_good_as_the_worst_check_that_decides(made: Link, verdict: str) -> None:
    assert made.verdict == verdict


def test_a_link_is_shown_while_its_files_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "core.v").write_text("module")
    value = finish(tmp_path, link(PROVED), ["core.v"])
    assert read_links(tmp_path) == [value]
    (tmp_path / "core.v").write_text("another")
    assert read_links(tmp_path) == []
    verdicts = [one["verdict"] for one in whole_chain([value])]
    assert verdicts == [NOT_RUN, NOT_RUN, PROVED, NOT_RUN, NOT_RUN]


def test_closing(tmp_path: Path) -> None:
    held = tmp_path / "verify" / ".held"
    close([finish(tmp_path, link(PROVED), [])], held)
    assert held.is_file()
    held.unlink()
    close([finish(tmp_path, link(NOT_RUN), [])], held)
    assert not held.exists()
    for verdict in (FAILED, UNDECIDED):
        line = f"link 3, mapped == RTL: {verdict}: it is {verdict}"
        with pytest.raises(LinkBroken, match=line):
            close([finish(tmp_path, link(PROVED, verdict), [])], held)
    assert not held.exists()


def test_table_and_names(tmp_path: Path) -> None:
    lines = table([finish(tmp_path, link(FAILED), [])]).splitlines()
    assert lines[0].split() == ["3", "mapped", "==", "RTL", "failed", "1.5", "s"]
    assert lines[1].endswith("what: how -- it is failed")
    assert check_chosen([], ("a", "b")) == ("a", "b")
    with pytest.raises(LinkBroken, match="link 'c' is unknown; known here are a, b"):
        check_chosen(["c"], ("a", "b"))


def test_timed() -> None:
    made = timed("what", lambda: Found(PROVED, "how"), decides=False)
    assert (made.what, made.verdict, made.method, made.decides) == ("what", PROVED, "how", False)
    assert made.seconds >= 0
