"""`python -m gen predict`: what the logic of a build answers."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.console import say

if TYPE_CHECKING:
    import numpy as np

    from gen.data.own.rows import Rows
    from gen.predict import Prediction, Predictor

__all__ = ["add_arguments", "run", "step_classes"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Evaluate the simplified graph of a build on features or input bits. Prints a class to a"
        " line, or with --test the accuracy on the held-out part."
    )
    parser.add_argument(
        "--build", type=Path, required=True, help="folder of graph.aig, graph.json and net.npz"
    )
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--rows",
        type=Path,
        help="rows like those that were trained on: a table with the same columns, in any order"
        " (.csv, .tsv, .parquet), .npz with x, an image or a folder of them; or features in order,"
        " a row to a line: .npy, or .csv without a header",
    )
    given.add_argument("--bits", type=Path, help="input bits instead of features, likewise")
    given.add_argument(
        "--test", action="store_true", help="the held-out part of the network's own data"
    )
    parser.add_argument(
        "--unseen",
        action="store_true",
        help="take a text that is no category of its column as none of them; else it is refused",
    )
    parser.add_argument("--scores", action="store_true", help="print all scores after the class")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    """Predict and print."""
    import json

    from gen.data.own.rows import right_said
    from gen.predict import Predictor

    predictor = Predictor.load(args.build)
    if args.test:
        result = _accuracy(predictor, args.build)
        share = f"{result['accuracy']:.2%}"
        plain = f"accuracy {share}: {result['right']} of {result['rows']} rows of {result['data']}"
        print(json.dumps(result) if args.json else plain)
        return
    found, rows = _predicted(predictor, args)
    names = [predictor.names[index] for index in found.classes.tolist()]
    right = None if rows is None else rows.right(names)
    if args.json:
        print(json.dumps(_as_json(predictor, found, args.scores, right)))
        return
    for at, name in enumerate(names):
        scores = _scores(found)[at].tolist() if args.scores else []
        print("\t".join([name, *map(str, scores)]))
    if right is not None:
        say(right_said(right, len(names)))


def _predicted(
    predictor: "Predictor", args: argparse.Namespace
) -> tuple["Prediction", "Rows | None"]:
    from gen.data.own.rows import read_rows
    from gen.files import about

    with about(args.bits or args.rows):
        if args.bits:
            return predictor.from_bits(_table(args.bits)), None
        rows = read_rows(args.rows, predictor.net.meta, args.unseen)
        return predictor.from_bits(predictor.encode(rows.features)), rows


def _scores(found: "Prediction") -> "np.ndarray":
    from gen.predict import PredictError

    if found.scores is None:
        raise PredictError("--scores: the graph answers the class only; build with scores")
    return found.scores


def _as_json(
    predictor: "Predictor", found: "Prediction", scores: bool, right: int | None
) -> dict[str, Any]:
    result: dict[str, Any] = {"names": predictor.names, "classes": found.classes.tolist()}
    result |= {"scores": _scores(found).tolist()} if scores else {}
    return result | ({} if right is None else {"right": right})


def _table(path: Path) -> "np.ndarray":
    """The numbers of a .npy or .csv file, a row to a line."""
    from gen.arrays import read_table

    return read_table(path)


def _accuracy(predictor: "Predictor", folder: Path) -> dict[str, Any]:
    """Accuracy on recorded vectors, or on the test part of the data set the network is of."""
    import numpy as np

    from gen.data.sets import load_set
    from gen.intnet.recorded import recorded_bits
    from gen.predict import PredictError

    meta = predictor.net.meta
    if meta.get("recorded"):
        bits, data = recorded_bits(predictor.net), "the recorded vectors"
        labels = np.asarray(meta["recorded"]["labels"])
    elif meta.get("data"):
        loaded = load_set(meta["data"], folder)
        features, labels = loaded.part(loaded.test)
        bits, data = predictor.encode(features), f"the held-out part of {loaded.name}"
    else:
        raise PredictError(f"{folder}: the network records no data set and no vectors; give --rows")
    if not len(labels):
        raise PredictError(f"{folder}: {data} are no rows; give --rows")
    judged = labels >= 0
    right, rows = int((step_classes(predictor, bits, labels) == labels)[judged].sum()), judged.sum()
    return {"data": data, "rows": int(rows), "right": right, "accuracy": right / int(rows)}


def step_classes(predictor: "Predictor", bits: "np.ndarray", labels: "np.ndarray") -> "np.ndarray":
    """Classes shaped as labels: after a sample, or (n, steps) after each of its steps."""
    import numpy as np

    if labels.ndim == 1:
        return predictor.from_bits(bits).classes
    width = bits.shape[1] // labels.shape[1]
    ends = range(width, bits.shape[1] + 1, width)
    return np.stack([predictor.from_bits(bits[:, :end]).classes for end in ends], axis=1)
