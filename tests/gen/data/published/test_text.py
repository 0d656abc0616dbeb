"""Names as sequences of symbols, from a small file made here."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.data import sets
from gen.data.errors import DataError
from gen.data.folds import stratified_folds
from gen.data.published import text
from gen.data.published.text import STEPS, read_names, spell
from gen.data.sets import load_set, symbol_count

NAMES = "emma\nzoe\nmaximilianus\nava\nian\n"  # the third is too long


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "text" / "names.txt"
    path.parent.mkdir()
    path.write_text(NAMES)
    source = replace(text.NAMES, md5=hashlib.md5(NAMES.encode()).hexdigest())
    monkeypatch.setattr(text, "NAMES", source)
    monkeypatch.setattr(sets, "TEST_NAMES", 1)
    monkeypatch.setenv("SMELT_DATA", str(tmp_path))
    return path


def test_names_of_up_to_eleven_letters(few: Path) -> None:
    assert read_names() == ["emma", "zoe", "ava", "ian"]


def test_labels_are_what_comes_next() -> None:
    symbols, labels = spell(["emma", "ab"])
    assert symbols.tolist() == [[0, 5, 13, 13, 1, *[0] * 7], [0, 1, 2, *[0] * 9]]
    assert labels.tolist() == [[5, 13, 13, 1, 0, *[-1] * 7], [1, 2, 0, *[-1] * 9]]


def test_the_set(few: Path) -> None:
    data = load_set("names")
    assert data.features.shape == data.labels.shape == (4, STEPS)
    assert data.classes[:3] == (".", "a", "b")
    assert len(data.classes) == 27
    assert sorted([*data.train, *data.test]) == [0, 1, 2, 3]
    assert len(data.test) == 1
    assert (symbol_count("names"), symbol_count("digits")) == (12, None)


@pytest.mark.parametrize("name", ["", "O", "zoë", "a.b", "maximilianus"])
def test_spell_wrong(name: str) -> None:
    with pytest.raises(DataError, match=f"^name '{name}': expected 1 to 11 letters a to z$"):
        spell(["ann", name])


def test_names_of_ones_own(few: Path) -> None:
    few.write_text("cat\ndog\nmouse\nowl\nfox\n")
    data = load_set("names")
    assert (len(data.train), len(data.test)) == (4, 1)
    few.write_text("emma\n")
    with pytest.raises(DataError, match=r"names\.txt: 1 names of up to 11 letters; 4 are needed"):
        read_names()


def test_folds_of_sequences_wrong() -> None:
    with pytest.raises(DataError, match="labels at every step"):
        stratified_folds(np.zeros((6, 3), np.int64), 2, 0)
