"""What tests share is made once, by one process of several, and again where making it failed."""

import multiprocessing
import time
from pathlib import Path

import pytest

from tests.shared import Shared


def slowly(folder: Path) -> None:
    """Leave a line for each time that this ran, beside the folder."""
    with (folder.parent / "made").open("a") as log:
        log.write(f"{folder.name}\n")
    time.sleep(0.3)
    (folder / "result").write_text("whole")


def read(folder: Path) -> str:
    return (Shared(folder).build(slowly, "same") / "result").read_text()


def test_processes_wait_for_the_one_that_makes_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool:
        assert pool.map(read, [tmp_path] * 3, 1) == ["whole"] * 3
    assert len((tmp_path / "made").read_text().splitlines()) == 1


def test_another_content_is_another_folder(tmp_path: Path) -> None:
    shared, file = Shared(tmp_path / "shared"), tmp_path / "file"
    file.write_text("one")
    first = shared.build(lambda folder: None, file, "word")
    assert shared.build(lambda folder: None, file, "word") == first
    file.write_text("two")
    found = {first, shared.build(lambda folder: None, file, "word")}
    found |= {shared.build(lambda folder: None, *words) for words in (["ab", "c"], ["a", "bc"])}
    assert len(found) == 4


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    shared, tries = Shared(tmp_path), []

    def make(folder: Path) -> None:
        assert list(folder.iterdir()) == []
        (folder / "half").touch()
        tries.append(folder)
        assert len(tries) > 1, "the first time it fails"

    with pytest.raises(AssertionError, match="the first time"):
        shared.build(make)
    assert shared.build(make) == tries[0]
    assert shared.build(make) == tries[0]
    assert len(tries) == 2
    assert len(list(tmp_path.glob("*.failed0/half"))) == 1
