"""Cross-validation on a small set: what is fitted on what, and the summary's arithmetic."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from gen.data.errors import DataError
from gen.data.folds import stratified_folds
from gen.data.sets import DataSet
from gen.data.thresholds import fit_encoder
from gen.nets.training import crossval
from gen.nets.training.crossval import cross_validate
from tests.gen.nets.conftest import tiny


@pytest.fixture
def data(blobs: tuple[np.ndarray, np.ndarray]) -> DataSet:
    features, labels = blobs
    return DataSet("blobs", features, labels, ("a", "b", "c"), np.arange(0), np.arange(0))


def test_shape_and_summary(data: DataSet) -> None:
    found = cross_validate(tiny(epochs=20), 3, (0, 1), data)
    rows = found["quantized"]["all"]
    assert [len(row) for row in rows] == [3, 3]
    assert found["quantized"]["mean"] == pytest.approx(sum(map(sum, rows)) / 6)
    assert found["quantized"]["mean"] > 0.9
    assert found["nonzero"] == 7 * 4 + 6 * 5 + 3 * 4
    assert json.loads(json.dumps(found)) == found


def test_the_linear_model_sees_the_same_bits(data: DataSet) -> None:
    found = cross_validate(tiny(epochs=1), 3, (4,), data)
    for (fitted, tested), got in zip(
        stratified_folds(data.labels, 3, 4), found["linear"]["all"][0], strict=True
    ):
        encoder = fit_encoder("thermometer", 2, data.features[fitted])
        model = LogisticRegression(max_iter=1000)
        model.fit(encoder.encode(data.features[fitted]), data.labels[fitted])
        by_hand = model.score(encoder.encode(data.features[tested]), data.labels[tested])
        assert got == pytest.approx(by_hand)


def test_nothing_of_the_test_fold_reaches_the_training(
    data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = crossval.train

    def spy(recipe, features, labels, n_classes, **rest):  # type: ignore[no-untyped-def]
        seen.append((recipe.schedule.seed, features))
        return real(recipe, features, labels, n_classes, **rest)

    monkeypatch.setattr(crossval, "train", spy)
    cross_validate(tiny(epochs=1), 4, (0, 9), data)
    assert [seed for seed, _ in seen] == [0] * 4 + [9] * 4
    folds = stratified_folds(data.labels, 4, 0) + stratified_folds(data.labels, 4, 9)
    for (_, features), (fitted, tested) in zip(seen, folds, strict=True):
        assert np.array_equal(features, data.features[fitted])
        assert not any((features == row).all(1).any() for row in data.features[tested])


def test_folds_keep_groups_whole() -> None:
    labels, groups = np.arange(60) % 2, np.arange(60) // 5
    folds = stratified_folds(labels, 4, 0, groups)
    assert sorted(row for _, tested in folds for row in tested) == list(range(60))
    for fitted, tested in folds:
        assert not set(groups[fitted]) & set(groups[tested])
    with pytest.raises(DataError, match="4 folds: there are 3 groups of rows"):
        stratified_folds(labels, 4, 0, groups // 4)


def test_it_repeats(data: DataSet) -> None:
    assert cross_validate(tiny(), 2, (0,), data) == cross_validate(tiny(), 2, (0,), data)
