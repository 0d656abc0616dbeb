"""Verdicts of links, their files, and the table."""

import hashlib
from pathlib import Path
from typing import Any

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
    digests,
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


def finished(folder: Path, made: Link, *files: str) -> dict[str, Any]:
    return finish(folder, made, digests(folder, files))


def test_a_link_is_shown_while_its_files_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "core.v").write_text("module")
    value = finished(tmp_path, link(PROVED), "core.v", "none.v")
    digest = hashlib.sha256(b"module").hexdigest()
    assert value["files"] == {"core.v": digest, "none.v": ""}
    assert read_links(tmp_path) == [value]
    verdicts = [one["verdict"] for one in whole_chain([value])]
    assert verdicts == [NOT_RUN, NOT_RUN, PROVED, NOT_RUN, NOT_RUN]
    for name in ("core.v", "none.v"):
        (tmp_path / name).write_text("another")
        (stale,) = read_links(tmp_path)
        assert stale["verdict"] == NOT_RUN
        assert stale["fault"] == f"{name} has changed since; `make verify` runs it"
        assert not stale["checks"]
        (tmp_path / "core.v").write_text("module")
        table(whole_chain([stale]))


def test_a_file_that_changes_while_it_is_checked_wrong(tmp_path: Path) -> None:
    (tmp_path / "core.v").write_text("module")
    read = digests(tmp_path, ["core.v"])
    (tmp_path / "core.v").write_text("another")
    with pytest.raises(LinkBroken, match="core.v: changed while it was checked; run `make verify`"):
        finish(tmp_path, link(PROVED), read)
    assert not (tmp_path / "verify").exists()


def test_closing(tmp_path: Path) -> None:
    close([finished(tmp_path, link(PROVED)), finished(tmp_path, link(NOT_RUN))])
    for verdict in (FAILED, UNDECIDED):
        line = f"link 3, mapped == RTL: {verdict}: it is {verdict}"
        with pytest.raises(LinkBroken, match=line):
            close([finished(tmp_path, link(PROVED, verdict))])


def test_table_and_names(tmp_path: Path) -> None:
    (tmp_path / "core.v").write_text("module")
    lines = table([finished(tmp_path, link(FAILED), "core.v", "none.v")]).splitlines()
    assert lines[0].split() == ["3", "mapped", "==", "RTL", "failed", "1.5", "s"]
    assert lines[1].endswith("what: how -- it is failed")
    digest = hashlib.sha256(b"module").hexdigest()
    assert lines[2] == f"     read: core.v:{digest[:12]}, none.v:missing"
    assert check_chosen([], ("a", "b")) == ("a", "b")
    with pytest.raises(LinkBroken, match="link 'c' is unknown; known here are a, b"):
        check_chosen(["c"], ("a", "b"))


def test_timed() -> None:
    made = timed("what", lambda: Found(PROVED, "how"), decides=False)
    assert (made.what, made.verdict, made.method, made.decides) == ("what", PROVED, "how", False)
    assert made.seconds >= 0
