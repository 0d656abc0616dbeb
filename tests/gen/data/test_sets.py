"""Data sets: shapes, published sizes, and splits that do not overlap."""

import subprocess
import sys

import numpy as np
import pytest

from gen.data.folds import stratified_folds, stratified_slice
from gen.data.sets import DataError, known_sets, load_set


@pytest.mark.parametrize(
    ("name", "rows", "features", "classes", "tested"),
    [("digits", 1797, 64, 10, 450), ("cancer", 569, 30, 2, 143)],
)
def test_sizes(name: str, rows: int, features: int, classes: int, tested: int) -> None:
    data = load_set(name)
    assert data.features.shape == (rows, features)
    assert data.features.dtype == np.float64
    assert data.labels.dtype == np.int64
    assert len(data.classes) == classes
    assert len(data.test) == tested
    assert sorted([*data.train, *data.test]) == list(range(rows))


@pytest.mark.parametrize("name", ["digits", "cancer"])
def test_split_keeps_the_share_of_each_class(name: str) -> None:
    data = load_set(name)
    for label in range(len(data.classes)):
        whole = (data.labels == label).mean()
        assert (data.labels[data.test] == label).mean() == pytest.approx(whole, abs=0.01)


def test_part_gives_matching_rows() -> None:
    data = load_set("digits")
    features, labels = data.part(data.test)
    assert np.array_equal(features[3], data.features[data.test[3]])
    assert labels[3] == data.labels[data.test[3]]


def test_the_split_is_the_same_each_time() -> None:
    assert np.array_equal(load_set("cancer").test, load_set("cancer").test)


def test_load_set_wrong() -> None:
    with pytest.raises(DataError) as caught:
        load_set("digit")
    assert str(caught.value) == (
        "unknown data set 'digit'; did you mean 'digits'? known: digits, cancer, mnist, fashion,"
        " mnist-14x14, fashion-14x14, letter, magic, nsl-kdd, ecg, names"
    )
    assert known_sets() == (
        *("digits", "cancer", "mnist", "fashion", "mnist-14x14", "fashion-14x14", "letter"),
        *("magic", "nsl-kdd", "ecg", "names"),
    )


def test_folds_test_every_row_once_and_keep_classes() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    folds = stratified_folds(labels, 5, seed=1)
    assert sorted(row for _, test in folds for row in test) == list(range(100))
    for train, test in folds:
        assert not set(train) & set(test)
        assert np.bincount(labels[test]).tolist() == [10, 6, 4]


def test_folds_depend_on_the_seed_alone() -> None:
    labels = np.repeat([0, 1], 20)
    first, same, other = (stratified_folds(labels, 4, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, same, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("folds", [1, 6])
def test_folds_wrong(folds: int) -> None:
    with pytest.raises(DataError) as caught:
        stratified_folds(np.repeat([0, 1], [9, 5]), folds, 0)
    assert str(caught.value) == (
        f"{folds} folds: there must be at least 2, and no more than the 5 rows of class 1"
    )


def test_data_does_not_import_torch() -> None:
    code = "import sys, gen.data, gen.nets.recipe; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (2, "2 rows would be drawn, and there are 3 classes"),
        (0.1, "2 rows would be drawn, and there are 3 classes"),
        (13, "2 rows would be left, and there are 3 classes"),
        (0.85, "2 rows would be left, and there are 3 classes"),
    ],
)
def test_a_slice_has_a_row_of_each_class_on_both_sides_wrong(size: float, message: str) -> None:
    labels = np.arange(15) % 3
    with pytest.raises(ValueError, match=message):
        stratified_slice(labels, size, 0)
    assert [len(one) for one in stratified_slice(labels, 3, 0)] == [12, 3]
    assert [len(one) for one in stratified_slice(labels, 12, 0)] == [3, 12]


def test_groups_that_cannot_be_dealt_out_wrong() -> None:
    labels = np.repeat([0, 1], 8)
    with pytest.raises(ValueError, match="all rows are of one group"):
        stratified_slice(labels, 4, 0, np.zeros(16, np.int64))
    alone = "2 folds: fold 1: class [01] would be in it alone, with groups kept whole"
    with pytest.raises(DataError, match=alone):
        stratified_folds(labels, 2, 0, labels)
