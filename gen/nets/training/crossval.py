"""Cross-validation of a recipe, with a linear model on the same bits beside it.

Each fold fits the encoder, trains and is done; the test fold is used once, for its accuracy.
Nothing is chosen by it. A seed sets both the folds and the training.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gen.data.dataset import DataSet
from gen.data.folds import stratified_folds
from gen.nets.recipe import Recipe
from gen.nets.store import weight_counts
from gen.nets.training.job import data_of
from gen.nets.training.train import Trained, accuracy, train

__all__ = ["cross_validate"]


def cross_validate(
    recipe: Recipe, folds: int = 5, seeds: Sequence[int] = (0, 1, 2), data: DataSet | None = None
) -> dict[str, Any]:
    """Accuracies of `folds` x `seeds` trainings, JSON-able.

    {"recipe", "data", "folds", "seeds", "nonzero", "quantized": {"mean", "std", "all"},
    "linear": likewise}; `all` has a row per seed, `std` is over all folds. `data` is the recipe's
    own set unless given; its fixed split is not used.
    """
    if data is None:
        recipe, data = data_of(recipe)
    quantized: list[list[float]] = []
    linear: list[list[float]] = []
    nonzero: list[int] = []
    for seed in seeds:
        seeded = replace(recipe, schedule=replace(recipe.schedule, seed=seed))
        pairs = stratified_folds(data.labels, folds, seed, data.groups)
        quantized.append([])
        linear.append([])
        for number, (fitted, tested) in enumerate(pairs, 1):
            label = f"{recipe.name}, seed {seed}, fold {number} of {folds}"
            given = *data.part(fitted), len(data.classes)
            found = train(seeded, *given, label=label, **data.about(fitted))
            quantized[-1].append(accuracy(found.model, found.encoder, *data.part(tested)))
            linear[-1].append(_linear(found, data, fitted, tested))
            nonzero.append(weight_counts(found.model)["nonzero"])
    return {
        "recipe": recipe.name,
        "data": data.name,
        "folds": folds,
        "seeds": list(seeds),
        "nonzero": round(float(np.mean(nonzero))),
        "quantized": _summary(quantized),
        "linear": _summary(linear),
    }


def _linear(found: Trained, data: DataSet, fitted: np.ndarray, tested: np.ndarray) -> float:
    """Accuracy of float logistic regression on the bits that the network had."""
    from sklearn.linear_model import LogisticRegression

    encoder = found.encoder
    features, labels = data.part(fitted)
    bits = encoder.host.encode(encoder.measured(features))
    model = LogisticRegression(max_iter=1000).fit(bits, labels)
    features, labels = data.part(tested)
    return float(model.score(encoder.host.encode(encoder.measured(features)), labels))


def _summary(rows: list[list[float]]) -> dict[str, Any]:
    return {"mean": float(np.mean(rows)), "std": float(np.std(rows)), "all": rows}
