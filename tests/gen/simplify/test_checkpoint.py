"""Checkpoints: found again by the same question only, and never believed when damaged."""

from pathlib import Path

import pytest

from gen.simplify.checkpoint import Checkpoints


def test_an_answer_is_found_by_its_question(tmp_path: Path) -> None:
    first = Checkpoints(tmp_path / "parts")
    key = first.key("settings", b"graph")
    assert first.get(key) is None
    first.put(key, {"ands": 3}, b"\x00\n\xff data\n")
    again = Checkpoints(tmp_path / "parts")
    assert again.get(key) == ({"ands": 3}, b"\x00\n\xff data\n")
    assert again.get(first.key("settings", b"grapi")) is None


def test_parts_of_a_question_do_not_run_together() -> None:
    keys = {Checkpoints.key(*parts) for parts in ((b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"",))}
    assert len(keys) == 4


@pytest.mark.parametrize("damage", [
    lambda data: data[:-1], lambda data: data[:40], lambda data: b"", lambda data: data + b"x",
    lambda data: data.replace(b'"ands": 3', b'"ands": 2'), lambda data: data[1:],
])  # fmt: skip
def test_a_damaged_checkpoint_is_ignored_with_one_line(
    damage, tmp_path: Path, capsys: pytest.CaptureFixture[str]  # noqa: ANN001
) -> None:  # fmt: skip
    kept = Checkpoints(tmp_path)
    key = kept.key(b"question")
    kept.put(key, {"ands": 3}, b"data")
    path = tmp_path / f"{key}.part"
    path.write_bytes(damage(path.read_bytes()))
    assert Checkpoints(tmp_path).get(key) is None
    assert capsys.readouterr().err == f"  {path}: damaged checkpoint ignored\n"


def test_checkpoints_that_answer_nothing_are_dropped_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Checkpoints(tmp_path)
    keys = [kept.key(name) for name in "abc"]
    for key in keys:
        kept.put(key, {}, b"")
    again = Checkpoints(tmp_path)
    assert again.get(keys[0]) == ({}, b"")
    again.drop_unused()
    again.drop_unused()
    text = f"  {tmp_path}: 2 checkpoints of another graph or other settings ignored\n"
    assert capsys.readouterr().err == text
    assert [path.name for path in tmp_path.iterdir()] == [f"{keys[0]}.part"]


def test_a_finished_run_leaves_nothing(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "parts")
    kept.clear()
    kept.put(kept.key("a"), {}, b"")
    kept.clear()
    assert not (tmp_path / "parts").exists()
    kept.put(kept.key("a"), {}, b"")
    (tmp_path / "parts" / "of somebody else").write_text("")
    kept.clear()
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["of somebody else"]


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    kept = Checkpoints()
    key = kept.key("a")
    kept.put(key, {}, b"")
    assert kept.get(key) is None
    kept.drop_unused()
    kept.clear()
    assert list(tmp_path.iterdir()) == []
