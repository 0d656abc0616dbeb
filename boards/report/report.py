"""The report of a build: figures that tools measured, in one dictionary. Nothing is estimated.

A figure whose step was not run is the text "not run".
"""

from typing import Any

import numpy as np

from boards.build.core import is_shared
from boards.report.checks import NOT_RUN, list_checks, whole_test_set_simulated
from boards.report.inputs import Inputs, Vectors
from gen.data.described import feature_names
from gen.data.encode import feature_places
from gen.proof.chain import whole_chain

__all__ = ["NOT_RUN", "REPORT_FORMAT", "class_names", "confusion", "make_report"]

REPORT_FORMAT = "smelt-report-1"


def make_report(build: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    """The report's value from build.json's value and the optional files."""
    board, core = build["board"], build["core_description"]
    return {
        "format": REPORT_FORMAT,
        "recipe": build["recipe"],
        "board": board["name"],
        "title": board["title"],
        "device": f"{board['device']} {board['package']}",
        "clock_mhz": board["clock_hz"] / 1e6,
        "core_clock_mhz": build["core_clock"]["hz"] / 1e6,
        "core_pll": build["core_clock"]["pll"],
        "seed": build["seed"],
        "tools": build["tools"],
        "accuracy": _accuracy(inputs),
        "classes": _by_class(inputs),
        "columns": _columns(core, inputs),
        "weights": _weights(inputs),
        "training": _training(inputs),
        "gates": _gates(inputs),
        "core": {
            **build["core"],
            "family": core["family"],
            "input_bits": core["inputs"],
            "encoder_included": bool(core.get("encoder_included", False)),
            "argmax_included": core["outputs"][0][0] == "class",
            **_encoder(core),
        },
        "top": build["top"],
        "fmax_mhz": build["fmax_mhz"],
        "failed_seeds": build["failed_seeds"],
        "critical_path": build["critical_path"],
        "timing": build.get("timing", []),
        "latency_cycles": core["latency"],
        "throughput_per_s": _throughput(build),
        "checks": list_checks(build, inputs),
        "chain": whole_chain(inputs.links, is_shared(core)),
        "seconds": build["seconds"],
        "bitstream_file": build["bitstream_file"],
        "bitstream_sha256": build["bitstream"],
    }


def _encoder(core: dict[str, Any]) -> dict[str, Any]:
    """LUTs of an encoder on the chip, those that read one sensor's integer alone, and the rest."""
    layers = [layer for layer in core.get("layers", []) if isinstance(layer, dict)]
    cells = {str(layer.get("name")): int(layer.get("cells", 0)) for layer in layers}
    if not core.get("encoder_included") or not cells:
        return {}
    encoder = cells.get("encoder", 0)
    return {"luts": {"encoder": encoder, "logic": sum(cells.values()) - encoder}}


def _accuracy(inputs: Inputs) -> dict[str, Any]:
    metrics = (inputs.model or {}).get("metrics", {})
    return {
        "float": metrics.get("float", NOT_RUN),
        "quantized": metrics.get("quantized", NOT_RUN),
        "logic": _logic_accuracy(inputs),
        **({"bits_per_symbol": metrics["bits"]} if "bits" in metrics else {}),
        **{key: metrics[key] for key in ("start", "rounded") if key in metrics},
        "test_samples": len(inputs.vectors.labels) if inputs.vectors else NOT_RUN,
    }


def _logic_accuracy(inputs: Inputs) -> float | str:
    """Accuracy of the simulated hardware: known where it equalled PyTorch on the whole test set."""
    if inputs.vectors is None or not whole_test_set_simulated(inputs):
        return NOT_RUN
    if not len(inputs.vectors.labels):  # An imported network may come without a test set.
        return NOT_RUN
    return float(np.mean(inputs.vectors.labels == inputs.vectors.classes))


def _by_class(inputs: Inputs) -> list[dict[str, Any]] | str:
    """How many rows of the test set each class has, and how many of them the simulated hardware
    answers right."""
    vectors = inputs.vectors
    if vectors is None or _logic_accuracy(inputs) == NOT_RUN:
        return NOT_RUN
    count = 1 + int(max(vectors.labels.max(), vectors.classes.max()))
    named = class_names(inputs)
    matrix = confusion(vectors, max(count, len(named)))
    names = named if len(named) >= count else [str(at) for at in range(len(matrix))]
    return [
        {"class": name, "rows": int(matrix[at].sum()), "right": int(matrix[at, at])}
        for at, name in enumerate(names)
    ]


def class_names(inputs: Inputs) -> list[str]:
    """The classes' names, as the trained model or the imported network says them."""
    assert inputs.vectors is not None
    return [str(name) for name in (inputs.model or {}).get("classes") or inputs.vectors.names]


def _columns(core: dict[str, Any], inputs: Inputs) -> list[dict[str, Any]] | None:
    """The features of a network that was trained on a table, by their columns' names: bits that
    each becomes, and how many of these the core reads."""
    model = inputs.model or {}
    data = model.get("recipe", {}).get("data", {})
    if not model.get("columns") or not model.get("encoder") or data.get("steps", 1) > 1:
        return None
    live, names = set(core.get("live_inputs", range(core["inputs"]))), feature_names(model)
    return [
        {"column": name, "bits": end - start, "read": len(live & set(range(start, end)))}
        for name, (start, end) in zip(names, feature_places(model["encoder"]), strict=False)
    ]


def _weights(inputs: Inputs) -> dict[str, Any]:
    weights = (inputs.model or inputs.melted or {}).get("weights", {})
    known = {name: weights.get(name, NOT_RUN) for name in ("total", "nonzero", "bits")}
    return known | {name: weights[name] for name in ("tables", "entries") if weights.get(name)}


def _training(inputs: Inputs) -> dict[str, Any] | None:
    """What trained the network, and whether its weights came with the recipe; None of an import."""
    if inputs.model is None:
        return None
    versions = inputs.model.get("versions", {})
    told = {name: versions.get(name, NOT_RUN) for name in ("torch", "instructions")}
    return {"shipped": inputs.model.get("shipped", False), **told}


def _gates(inputs: Inputs) -> dict[str, Any]:
    summary = (inputs.ledger or {}).get("summary", {})
    return {name: summary.get(name, NOT_RUN) for name in ("melted", "simplified", "depth")}


def _throughput(build: dict[str, Any]) -> dict[str, Any]:
    """Results per second, calculated: the core takes one input every `interval` cycles (one where
    it says nothing), the link 10 bits a byte."""
    link, board = build["link"], build["board"]
    interval = build["core_description"].get("interval", 1)
    return {
        "core_at_clock": round(build["core_clock"]["hz"] / interval),
        "cycles_per_result": interval,
        "link": round(board["baud"] / 10 / max(link["request_bytes"], link["reply_bytes"]), 1),
        "baud": board["baud"],
        **link,
    }


def confusion(vectors: Vectors, classes: int) -> np.ndarray:
    """Counts (true class, predicted class), (classes, classes)."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(matrix, (vectors.labels, vectors.classes), 1)
    return matrix
