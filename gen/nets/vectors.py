"""Test vectors: inputs, and what PyTorch says the outputs are.

`vectors.npz`: `inputs` uint8 (n, ceil(n_in / 8)), bits packed lowest first; `outputs` likewise,
the class and, where asked for, the scores in two's complement; `scores` int32 (n, classes); `n_in`,
`n_out`, `n_test`; `labels` int64 (n_test,); `meta`, a JSON string. The first `n_test` rows are the
whole test set (or what an imported network recorded), the rest random.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen.arrays import write_arrays
from gen.data.encode import encoder_from_dict
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.intnet.interpret import codes_to_bits
from gen.intnet.network import IntNet
from gen.intnet.recorded import check_recorded, recorded_bits
from gen.nets.frozen import FrozenNet

__all__ = [
    "OUTPUTS",
    "VectorError",
    "Vectors",
    "make_vectors",
    "random_bits",
    "save_vectors",
]

OUTPUTS = ("class", "score")


class VectorError(SmeltError):
    """Vectors cannot be made of a network, or recorded ones contradict it."""


@dataclass(frozen=True)
class Vectors:
    """Input bits uint8 (n, n_in), output bits uint8 (n, n_out), scores int32 (n, classes)."""

    inputs: np.ndarray
    outputs: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    meta: dict[str, Any]


def make_vectors(
    net: IntNet, count: int = 2000, seed: int = 0, outputs: Sequence[str] = OUTPUTS
) -> Vectors:
    """The test set, where `net.meta` names it, then `count` random inputs inside the care set.

    `outputs` is ("class",), or ("class", "score"): then all class scores follow the class, each as
    wide as the widest. Raises VectorError for other outputs, or where recorded scores differ from
    the network's.
    """
    if tuple(outputs) not in (OUTPUTS[:1], OUTPUTS):
        raise VectorError(f"outputs {','.join(outputs)!r}; allowed are class, and class,score")
    test, labels, source = _test_part(net)
    care = net.meta.get("care")
    drawn = random_bits(net.n_inputs * net.input_bits, count, seed, care)
    bits = np.concatenate([test, drawn])
    found, classes = _run(net, bits)
    answers = codes_to_bits(classes[:, None], net.class_width)
    width = 0
    if "score" in outputs:
        width = net.score_width
        answers = np.concatenate([answers, codes_to_bits(found, width)], axis=1)
    meta = {
        "name": net.meta.get("name"),
        "test": source,
        "random": {"count": count, "seed": seed, "care": care["kind"] if care else None},
        "class_bits": net.class_width,
        "score_bits": width,
        "torch": torch.__version__,
    }
    return Vectors(bits, answers, found, labels, meta)


def save_vectors(vectors: Vectors, path: Path | str) -> None:
    """Write vectors.npz, the same bytes for the same vectors."""
    arrays = {
        "inputs": np.packbits(vectors.inputs, axis=1, bitorder="little"),
        "outputs": np.packbits(vectors.outputs, axis=1, bitorder="little"),
        "scores": vectors.scores,
        "labels": vectors.labels,
        "n_in": np.array(vectors.inputs.shape[1]),
        "n_out": np.array(vectors.outputs.shape[1]),
        "n_test": np.array(len(vectors.labels)),
        "meta": np.array(json.dumps(vectors.meta)),
    }
    write_arrays(path, arrays)


def random_bits(n_bits: int, count: int, seed: int, care: dict[str, Any] | None) -> np.ndarray:
    """Random input bits uint8 (count, n_bits), all of them allowed by the care set.

    Without one every bit is a fair coin. In a thermometer group of B bits each of the B + 1 codes
    is equally likely.
    """
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2, (count, n_bits), dtype=np.uint8)
    if care is None:
        return bits
    if care.get("kind") != "thermometer":
        raise VectorError(f"care set of kind {care.get('kind')!r}; known is 'thermometer'")
    for group in care["groups"]:
        level = generator.integers(0, len(group) + 1, (count, 1))
        bits[:, group] = level > np.arange(len(group))
    return bits


def _run(net: IntNet, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores int32 (n, classes) and classes int64 (n,) from the frozen module."""
    codes = bits.reshape(len(bits), net.n_inputs, net.input_bits).astype(np.int64)
    weights = 1 << np.arange(net.input_bits, dtype=np.int64)
    if net.input_signed:
        weights[-1] *= -1
    module = FrozenNet(net)
    with torch.no_grad():
        found = module.signals(torch.from_numpy(codes @ weights))
    return found[net.score.name].numpy().astype(np.int32), found[net.nodes[-1].name].numpy()


def _test_part(net: IntNet) -> tuple[np.ndarray, np.ndarray, str | None]:
    """Input bits, labels and where they come from; none of either where nothing is known."""
    recorded, data, encoder = (net.meta.get(key) for key in ("recorded", "data", "encoder"))
    if recorded:
        check_recorded(net)
        return (
            recorded_bits(net),
            np.asarray(recorded["labels"], np.int64),
            "recorded with the network",
        )
    if data and encoder:
        loaded = load_set(data)
        features, labels = loaded.part(loaded.test)
        return encoder_from_dict(encoder).encode(features), labels, data
    return np.zeros((0, net.n_inputs * net.input_bits), np.uint8), np.zeros(0, np.int64), None
