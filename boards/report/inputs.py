"""What a report is told besides the build: model, ledger, vectors and simulations, all optional."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gen.arrays import read_arrays
from gen.data.described import feature_names
from gen.errors import SmeltError
from gen.files import about, read_json, reading
from gen.forms import COUNT, Maybe
from gen.made import digest as sha256
from gen.times import read_timed

__all__ = ["Inputs", "ReportError", "Vectors", "find_inputs", "read_inputs"]

LEVELS = ("core", "netlist", "top")
# What a report takes of the files of other rooms.
WEIGHTS = {
    **dict.fromkeys(("total?", "nonzero?", "tables?", "entries?"), COUNT),
    "bits?": [COUNT],
}
SIMULATION = {
    "level": str,
    "simulator": str,
    "vectors": COUNT,
    "random": COUNT,
    "mismatches": COUNT,
    "seconds": Maybe(float),
    "status": str,
    "of?": {str: str},
}
MODEL = {
    "metrics?": {str: float},
    "weights?": WEIGHTS,
    "classes?": [str],
    "versions?": {str: str},
    "shipped?": bool,
}
LEDGER = {
    "rows": [{"step": str, "target": str, "proof": str, "proof_seconds": Maybe(float)}],
    "summary": {"melted?": COUNT, "simplified?": COUNT, "depth?": COUNT},
}
MELTED = {
    "checks?": Maybe([{"what": str, "how": re.compile(r"\S(.|\n)*"), "seconds?": Maybe(float)}]),
    "weights?": WEIGHTS,
}


class ReportError(SmeltError):
    """Files given to a report do not belong together."""


@dataclass(frozen=True)
class Vectors:
    """The test set: true `labels` (n,), the class that PyTorch says, (n,), and names of classes."""

    labels: np.ndarray
    classes: np.ndarray
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Inputs:
    """Values of the files that were there; None, or no entry, for those that were not."""

    model: dict[str, Any] | None = None
    ledger: dict[str, Any] | None = None
    vectors: Vectors | None = None
    simulations: dict[str, dict[str, Any]] = field(default_factory=dict)
    melted: dict[str, Any] | None = None
    mapped: dict[str, Any] | None = None
    links: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class InputPaths:
    """Where the files are; None where there is none."""

    model: Path | None
    ledger: Path | None
    vectors: Path | None
    simulations: Sequence[Path]
    melted: Path | None = None
    mapped: Path | None = None


def find_inputs(
    folder: Path,
    model: Path | None = None,
    ledger: Path | None = None,
    vectors: Path | None = None,
    simulations: Sequence[Path] = (),
) -> InputPaths:
    """The files given, and for the others those of `folder` (build/<recipe>) that exist."""

    def or_beside(path: Path | None, name: str) -> Path | None:
        beside = folder / name
        return path or (beside if beside.is_file() else None)

    found = simulations or sorted(folder.glob("sim/*/sim.json"))
    return InputPaths(
        or_beside(model, "model.json"),
        or_beside(ledger, "ledger.json"),
        or_beside(vectors, "vectors.npz"),
        found,
        or_beside(None, "melted.json"),
        or_beside(None, "mapped.json"),
    )


def read_inputs(
    paths: InputPaths, class_bits: int, core_json: Path | None = None, digest: str = ""
) -> Inputs:
    """Read the files. `class_bits` is the width of the core's first output, 0 where that is no
    class: then no answer can be judged, and the vectors are left out.

    Simulations of another core than `core_json`, by what they say they were of, and a mapped
    netlist whose sha256 is not `digest`, are left out. Raises FileDamaged for a file that is cut
    short or of another format.
    """
    simulations = {}
    for path in paths.simulations:
        value = read_timed(path, "smelt-sim-1", SIMULATION)
        if core_json is None or _is_of(value, core_json):
            simulations[str(value.get("level"))] = value
    return Inputs(
        _read_model(paths.model) if paths.model else None,
        read_timed(paths.ledger, "smelt-ledger-1", LEDGER) if paths.ledger else None,
        _read_vectors(paths.vectors, class_bits) if paths.vectors and class_bits else None,
        simulations,
        read_timed(paths.melted, "smelt-graph-1", MELTED) if paths.melted else None,
        _read_mapped(paths.mapped, digest) if paths.mapped else None,
    )


def _read_model(path: Path) -> dict[str, Any]:
    value = read_json(path, "smelt-model-1", MODEL)
    with about(path):
        feature_names(value)
    return value


def _is_of(simulation: dict[str, Any], core_json: Path) -> bool:
    """Whether a simulation was of the core that lies there now."""
    files = simulation.get("of")
    if not isinstance(files, dict) or core_json.name not in files:
        return False
    paths = {core_json.with_name(str(name)): wrote for name, wrote in files.items()}
    return all(path.is_file() and sha256(path) == wrote for path, wrote in paths.items())


def _read_mapped(path: Path, digest: str) -> dict[str, Any] | None:
    value = read_json(path, "smelt-mapped-1", {"proof?": str})
    same = sha256(path) == digest
    return value if same else None


def _read_vectors(path: Path, class_bits: int) -> Vectors:
    file = read_arrays(path)
    with reading(path, "a vectors file", "`python -m gen vectors` makes it again"):
        labels = np.asarray(file["labels"], dtype=np.int64).reshape(-1)
        packed = file["outputs"][: len(labels)]
        if class_bits > 8 * packed.shape[1]:
            raise ValueError(f"outputs of shape {packed.shape}, the class has {class_bits} bits")
        bits = np.unpackbits(packed, axis=1, count=class_bits, bitorder="little").astype(np.int64)
        if labels.max(initial=0) >= 1 << class_bits:
            raise ValueError(f"label {labels.max()} of a class of {class_bits} bits")
        names = [str(name) for name in json.loads(str(file.get("meta", "{}"))).get("classes") or []]
    if len(bits) != len(labels):
        raise ReportError(f"{path}: {len(labels)} labels and {len(bits)} outputs; make it again")
    judged = labels >= 0  # A step inside a sequence has no label.
    return Vectors(labels[judged], (bits @ (1 << np.arange(class_bits)))[judged], names)
