"""Records of what steps wrote: a changed file is refused by name, a missing one asked for again."""

from pathlib import Path

import pytest

from gen.made import FileChanged, check, making, outdated


def two_steps(folder: Path) -> tuple[Path, Path]:
    """`b` was made from `a`, and `c` beside it; returns a and b."""
    a, b = folder / "a.npz", folder / "b.json"
    with making("first", a):
        a.write_bytes(b"weights")
    with making("second", b, [a, folder / "none"], ["c.aig", "never.aig"], {"depth": 22}):
        b.write_text("logic")
        (folder / "c.aig").write_text("graph")
    return a, b


def test_what_steps_wrote_is_taken(tmp_path: Path) -> None:
    a, b = two_steps(tmp_path)
    for path in (a, b, tmp_path / "c.aig"):
        check(path)
    assert outdated(tmp_path) == []


def test_a_file_without_a_record_is_taken(tmp_path: Path) -> None:
    (tmp_path / "own.npz").write_bytes(b"mine")
    check(tmp_path / "own.npz")
    assert outdated(tmp_path) == []


@pytest.mark.parametrize("name", ["a.npz", "b.json", "c.aig"])
def test_a_changed_file_is_refused_by_name(name: str, tmp_path: Path) -> None:
    two_steps(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes().swapcase())
    with pytest.raises(FileChanged, match=rf"{name}: was changed since (first|second) wrote it"):
        check(path)
    with pytest.raises(
        FileChanged, match=rf"{name}: was changed .*; move it away, and make writes"
    ):
        outdated(tmp_path)


def test_the_next_step_does_not_begin_with_a_changed_file(tmp_path: Path) -> None:
    a, b = two_steps(tmp_path)
    b.write_text("other")
    with (
        pytest.raises(FileChanged, match=r"b\.json: was changed since second wrote it"),
        making("third", tmp_path / "d.v", [b]),
    ):
        raise AssertionError("the step ran")
    assert a.exists()


def test_what_was_made_from_another_file_is_refused_and_made_again(tmp_path: Path) -> None:
    a, b = two_steps(tmp_path)
    with making("first", a):
        a.write_bytes(b"other weights")
    with pytest.raises(FileChanged, match=r"b\.json: was made from another a\.npz; run second"):
        check(b)
    assert outdated(tmp_path) == [b]


@pytest.mark.parametrize("name", ["b.json", "c.aig"])
def test_a_missing_file_has_its_step_run_again(name: str, tmp_path: Path) -> None:
    _, b = two_steps(tmp_path)
    (tmp_path / name).unlink()
    assert outdated(tmp_path) == [b]


def test_folders_below_are_looked_at_too(tmp_path: Path) -> None:
    a, _ = two_steps(tmp_path)
    target = tmp_path / "sim" / "core" / "sim.json"
    target.parent.mkdir(parents=True)
    with making("sim", target, [a]):
        target.write_text("passed")
    with making("first", a):
        a.write_bytes(b"other")
    assert outdated(tmp_path) == [tmp_path / "b.json", target]


def test_a_step_that_fails_leaves_no_record(tmp_path: Path) -> None:
    a, _ = two_steps(tmp_path)

    def fail() -> None:
        with making("first", a):
            a.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    check(a)
    assert not (tmp_path / ".made" / "a.npz").exists()


def test_a_step_that_fails_before_it_writes_leaves_the_record(tmp_path: Path) -> None:
    a, _ = two_steps(tmp_path)

    def fail() -> None:
        with making("first", a):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    a.write_bytes(b"changed")
    with pytest.raises(FileChanged):
        check(a)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "smelt-made-1", "reads": 1}'])
def test_a_damaged_record_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    a, _ = two_steps(tmp_path)
    (tmp_path / ".made" / "a.npz").write_text(text)
    a.write_bytes(b"changed")
    check(a)


def test_records_are_the_same_bytes_wherever_they_are_made(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        two_steps(tmp_path / name)
    for record in ("a.npz", "b.json"):
        first, second = (tmp_path / name / ".made" / record for name in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
