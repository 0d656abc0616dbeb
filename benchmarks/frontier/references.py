"""`python -m benchmarks.frontier.references`: what ordinary models of scikit-learn answer on the
raw features of the tasks, of full precision and without a thought of their size.

They stand beside the frontier as what a task gives to whoever need not save gates. Trained once on
the training part with the settings told here, none of them chosen by the test part, and kept in
references/, a file for each task.
"""

import argparse
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import environment
from benchmarks.frontier.measure import right_by_class
from benchmarks.frontier.points import FOLDER, PointsWrong, known_tasks, no_task
from benchmarks.frontier.runs import PLAIN, check_labels
from gen.console import main, say
from gen.data.sets import load_set
from gen.files import read_json, write_json
from gen.forms import SHARE

__all__ = ["KEPT", "MODELS", "TASKS", "read_references", "reference"]

KEPT = FOLDER / "references"
TASKS = ("fashion", "ecg", "nsl-kdd", "letter", "magic")
FORMAT = "smelt-reference-1"
FORM = {
    "models": {
        str: {
            "accuracy": SHARE,
            "recall": {str: SHARE},
            "macro_f1": SHARE,
            "scikit-learn": PLAIN,
        }
    }
}
WIDE = 256
"""Features from which on a node of a tree looks at a tenth of them."""


def _trees(features: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    share = 0.1 if features >= WIDE else 1.0
    return HistGradientBoostingClassifier(max_features=share, early_stopping=False, random_state=0)


def _logistic(features: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=100))


def _perceptron(features: int) -> Any:
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    inner = MLPClassifier((128,), max_iter=30, batch_size=256, random_state=0)
    return make_pipeline(StandardScaler(), inner)


MODELS: dict[str, Callable[[int], Any]] = {
    "boosted trees": _trees,
    "perceptron, 128 float units": _perceptron,
    "logistic regression": _logistic,
}
"""Made for so many features; all else is as scikit-learn has it."""


def reference(task: str, name: str) -> dict[str, Any]:
    """Accuracy, recall of each class and macro-F1 of a model of MODELS on the test part."""
    import warnings

    data = load_set(task)
    start = time.monotonic()
    model = MODELS[name](data.n_features)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that iterations ended before the loss did
        model.fit(*data.part(data.train))
    features, labels = data.part(data.test)
    said = model.predict(features)
    recall, f1 = right_by_class(labels, said, len(data.classes))
    return {
        "accuracy": float(np.mean(said == labels)),
        "recall": dict(zip(data.classes, recall, strict=True)),
        "macro_f1": f1,
        "seconds": round(time.monotonic() - start, 1),
        "scikit-learn": version("scikit-learn"),
    }


def read_references(folder: Path = KEPT) -> dict[str, dict[str, Any]]:
    """What is kept, by task and model. Raises FileDamaged where an entry of a file is missing or
    mistyped, PointsWrong where there is no such folder, a file of no task, or a name that no table
    can show."""
    if not folder.is_dir():
        raise PointsWrong(f"{folder}: no folder; what other models answer is meant")
    paths = sorted(folder.glob("*.json"))
    for path in paths:
        if path.stem not in known_tasks():
            said = no_task(f"{path}: {path.stem[:60]!r}")
            raise PointsWrong(f"{said}; remove it, or give it a task's name")
    return {path.stem: _models(path) for path in paths}


def _models(path: Path) -> dict[str, Any]:
    """The figures in one file, by model."""
    models = dict(read_json(path, FORMAT, FORM)["models"])
    check_labels(path, "models", models)
    for name, one in models.items():
        check_labels(path, f"{name}: recall", one["recall"])
    return models


def run(args: argparse.Namespace) -> None:
    """Train what is not kept yet."""
    for task in args.tasks:
        path = args.kept / f"{task}.json"
        models = _models(path) if path.exists() else {}
        for name in MODELS:
            if name not in models:
                models[name] = reference(task, name)
                machine = environment()["machine"]
                write_json(path, {"format": FORMAT, "models": models, "machine": machine})
            say(f"{task}, {name}: {models[name]['accuracy']:.2%}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks.frontier.references", description=__doc__
    )
    top.add_argument("tasks", nargs="*", default=TASKS)
    top.add_argument("--kept", type=Path, default=KEPT)
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
