"""Files that are written whole or not at all."""

import json
import os
from pathlib import Path

import pytest

from gen.files import FileDamaged, read_json, replacing, write_json


def test_the_new_file_takes_the_old_ones_place(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    with replacing(path) as stream:
        stream.write("älter\n")
    with replacing(path) as stream:
        stream.write("new\n")
        assert path.read_text(encoding="utf-8") == "älter\n"
    assert path.read_bytes() == b"new\n"
    assert os.listdir(path.parent) == ["file.txt"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_interrupted_write_leaves_the_old_file(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with replacing(path, "wb") as stream:
            stream.write(b"half")
            raise kind

    with pytest.raises(kind):
        interrupted()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_an_interrupted_first_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "file.json", {"value": object()})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "file.json", {"value": float("nan")})
    assert os.listdir(tmp_path) == []


def test_others_may_read_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_json(tmp_path / "file.json", {})
    finally:
        os.umask(before)
    assert (tmp_path / "file.json").stat().st_mode & 0o777 == 0o640


def test_json_back_and_forth(tmp_path: Path) -> None:
    value = {"format": "f-1", "list": [1, 2.5, None, True], "text": "ä"}
    write_json(tmp_path / "file.json", value)
    assert read_json(tmp_path / "file.json", "f-1") == value
    assert read_json(str(tmp_path / "file.json")) == value
    assert (tmp_path / "file.json").read_text().endswith("}\n")
    assert json.loads((tmp_path / "file.json").read_text()) == value


WRONG = {
    '{"a": 1': "not readable as JSON (Expecting ',' delimiter: line 1 column 8 (char 7));"
    " make it again, or give another file",
    "": "not readable as JSON (Expecting value: line 1 column 1 (char 0));"
    " make it again, or give another file",
    "[1]": "holds a list, not a JSON object",
    "3": "holds a int, not a JSON object",
    "{}": "format is None, this version reads 'f-1'; make it again, or give another file",
    '{"format": "f-2"}': "format is 'f-2', this version reads 'f-1';"
    " make it again, or give another file",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_damaged_file_wrong(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(FileDamaged) as caught:
        read_json(path, "f-1")
    assert str(caught.value) == f"{path}: {WRONG[text]}"


def test_no_file_a_folder_and_no_text_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged) as caught:
        read_json(tmp_path / "file.json")
    assert str(caught.value) == (
        f"{tmp_path}/file.json: no such file; run the step that makes it first"
    )
    with pytest.raises(FileDamaged, match=r"cannot be read \(Is a directory\)"):
        read_json(tmp_path)
    (tmp_path / "file.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileDamaged, match=r"file\.json: not a text \("):
        read_json(tmp_path / "file.json")
