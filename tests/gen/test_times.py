"""Times beside files: the file is the same bytes whatever its step took, and they come back."""

import json
from pathlib import Path

import pytest

from gen.times import read_timed, write_timed

VALUE = {
    "format": "x",
    "seconds": 1.5,
    "rows": [
        {"step": "a", "seconds": {"route": 0.2}, "proof_seconds": 0.0},
        {"step": "b", "seconds": None},
    ],
    "seconds_of_what": [1],
}


def test_times_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_timed(path, VALUE)
    assert read_timed(path, "x") == VALUE
    shown = json.loads(path.read_text())
    assert shown["seconds"] is None
    assert shown["rows"][0] == {"step": "a", "seconds": None, "proof_seconds": None}
    assert shown["seconds_of_what"] == [1]


def test_a_file_is_the_same_bytes_whatever_it_took(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    write_timed(one, VALUE)
    write_timed(other, VALUE | {"seconds": 77.0})
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"of": "0", "times": [3]}'])
def test_times_that_are_gone_or_of_another_file_are_unknown(
    text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    write_timed(path, VALUE)
    (tmp_path / "a.times").unlink()
    if text is not None:
        (tmp_path / "a.times").write_text(text)
    assert read_timed(path)["seconds"] is None


def test_times_of_a_file_that_was_there_before_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_timed(path, VALUE)
    path.write_text(json.dumps({"format": "x", "seconds": None, "other": 1}))
    assert read_timed(path)["seconds"] is None
