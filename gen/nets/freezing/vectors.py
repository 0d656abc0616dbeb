"""Test vectors: inputs, and what PyTorch says the outputs are.

`vectors.npz`: `inputs` uint8 (n, ceil(n_in / 8)), bits packed lowest first; `outputs` likewise,
the chosen outputs in order, those of sums in two's complement; `scores` int32 (n, classes); `n_in`,
`n_out`, `n_test`; `labels` int64 (n_test,); `meta`, a JSON string. The first `n_test` rows are the
whole test set (or what an imported network recorded), the rest random.

Rows of a recurrent network follow each other, a sequence of steps after another; the last input
bit is 1 on a sequence's first row and resets the states. A test sequence's label is at its last
row, the others hold -1; a text's labels are at every row but those after its end. `steps` is the
length of a sequence, 1 for a network without states.

`written` uint8 (n, 1 + m), of a network that can generate: for each of the first n sequences the
first byte of the outputs after its first three steps, and of m more steps of which the input is the
class of the step before.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gen.arrays import write_arrays
from gen.data.care import random_bits
from gen.data.encode import encoder_from_dict
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.intnet.interpret import bits_to_codes, codes_to_bits, columns
from gen.intnet.network import IntNet
from gen.intnet.recorded import check_recorded, recorded_bits
from gen.nets.freezing.frozen import FrozenNet

__all__ = [
    "VectorError",
    "Vectors",
    "make_vectors",
    "save_vectors",
]

MOST_BITS = 1 << 30
"""Of all random vectors together: a byte each in memory, and more on the way."""
RECORDED = "recorded with the network"
"""Where the test set comes from, of a network that brings one; its classes' names come along."""
STEPS = 8
"""Length of a random sequence where the network does not say one."""
PREFIX, WRITTEN, WRITTEN_STEPS = 3, 4, 16
"""Steps that are given to a network before it generates, how many sequences, and of what length."""


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
    steps: int = 1
    written: np.ndarray | None = None


def make_vectors(
    net: IntNet,
    count: int = 2000,
    seed: int = 0,
    outputs: Sequence[str] = (),
    part: str = "test",
) -> Vectors:
    """The test set (or the other `part`, "train"), where `net.meta` names it, then `count` random
    inputs inside the care set.

    `outputs` chooses among `net.outputs` (default: all); the bits of each follow each other, all
    elements of one width. Raises VectorError for other outputs, or where recorded scores differ
    from the network's.
    """
    chosen, unknown = net.select(outputs)
    if unknown:
        raise VectorError(
            f"outputs {','.join(outputs)!r}; this network has {', '.join(net.outputs)}"
        )
    steps = int(net.meta.get("steps", STEPS)) if net.states else 1
    test, labels, source = _known_part(net, part)
    care = net.meta.get("care")
    rows = -(-count // steps) * steps
    if rows * net.n_inputs * net.input_bits > MOST_BITS:
        raise VectorError(
            f"{rows:,} random vectors of {net.n_inputs * net.input_bits:,} bits; {MOST_BITS:,} bits"
            " at most"
        )
    drawn = random_bits(net.n_inputs * net.input_bits, rows, seed, care)
    bits = np.concatenate([test, drawn])
    found = _run(net, bits, steps)
    if net.states:
        first = (np.arange(len(bits)) % steps == 0).astype(np.uint8)
        bits = np.concatenate([bits, first[:, None]], axis=1)
    answers = _answers(net, found, chosen)
    meta = {
        "name": net.meta.get("name"),
        "test": source,
        "random": {"count": rows, "seed": seed, "care": care["kind"] if care else None},
        "outputs": list(chosen),
        "torch": torch.__version__,
    }
    if source == RECORDED and net.meta.get("classes"):
        meta["classes"] = net.meta["classes"]
    scores = columns(found[net.score]).astype(np.int32)
    written = None
    if net.meta.get("feedback") and net.decision and chosen[0] == net.decision.name:
        written = _written(net, bits[:, :-1], steps, chosen)
    return Vectors(bits, answers, scores, labels, meta, steps, written)


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
        "steps": np.array(vectors.steps),
        "meta": np.array(json.dumps(vectors.meta)),
    }
    if vectors.written is not None:
        arrays["written"] = vectors.written
    write_arrays(path, arrays)


def _run(net: IntNet, bits: np.ndarray, steps: int) -> dict[str, np.ndarray]:
    """Values int64 of every node for every row, from the frozen module; a recurrent network goes
    through sequences of `steps` rows."""
    codes = torch.from_numpy(bits_to_codes(bits, net.input_bits, net.input_signed))
    module = FrozenNet(net)
    by_step = codes.reshape(-1, steps, net.n_inputs).transpose(0, 1)
    with torch.no_grad():
        values = module.steps(by_step)
    return {name: _rows(torch.stack([step[name] for step in values], dim=1)) for name in values[0]}


def _answers(net: IntNet, found: dict[str, np.ndarray], chosen: Sequence[str]) -> np.ndarray:
    """The output bits (n, n_out) of nodes' values."""
    words = [codes_to_bits(columns(found[one]), net.signals[one].width) for one in chosen]
    return np.concatenate(words, axis=1)


def _written(net: IntNet, bits: np.ndarray, steps: int, chosen: Sequence[str]) -> np.ndarray:
    """What `written` holds, from the frozen module fed with its own classes."""
    assert net.decision is not None
    module, states, octets = FrozenNet(net), None, []
    given = list(bits.reshape(-1, steps, bits.shape[1])[:WRITTEN].transpose(1, 0, 2)[:PREFIX])
    row = given[0]
    for step in range(len(given) + WRITTEN_STEPS):
        row = given[step] if step < len(given) else row
        codes = torch.from_numpy(bits_to_codes(row, net.input_bits, net.input_signed))
        with torch.no_grad():
            values = module.signals(codes, states)
        states = module.after(values)
        found = {name: value.long().numpy() for name, value in values.items()}
        octets.append(np.packbits(_answers(net, found, chosen), axis=1, bitorder="little")[:, 0])
        row = np.empty_like(row)
        row[:, net.meta["feedback"]] = codes_to_bits(
            columns(found[net.decision.name]), net.class_width
        )
    return np.stack(octets[len(given) - 1 :], axis=1)


def _rows(by_sequence: torch.Tensor) -> np.ndarray:
    """(sequences, steps, ...) to (sequences * steps, ...)."""
    return by_sequence.flatten(0, 1).long().numpy()


def _as_steps(net: IntNet, bits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of one step each from whole samples: a sample's bits are those of its steps in order."""
    width = net.n_inputs * net.input_bits
    if bits.shape[1] % width or (bits.shape[1] != width and not net.states):
        raise VectorError(
            f"the recorded encoder gives {bits.shape[1]} bits, the network takes {width}"
            + (" in each step" if net.states else "")
        )
    if not net.states or bits.shape[1] == width:
        return bits, labels
    rows = bits.reshape(-1, width)
    if labels.ndim == 2:
        return rows, labels.ravel()
    at_end = np.full(len(rows), -1, np.int64)
    at_end[len(rows) // len(bits) - 1 :: len(rows) // len(bits)] = labels
    return rows, at_end


def _known_part(net: IntNet, part: str) -> tuple[np.ndarray, np.ndarray, str | None]:
    """Input bits, labels and where they come from; none of either where nothing is known."""
    recorded, data, encoder = (net.meta.get(key) for key in ("recorded", "data", "encoder"))
    if recorded:
        check_recorded(net)
        return (
            recorded_bits(net),
            np.asarray(recorded["labels"], np.int64),
            RECORDED,
        )
    if data and encoder:
        loaded = load_set(data, net.folder)
        features, labels = loaded.part(loaded.train if part == "train" else loaded.test)
        bits = encoder_from_dict(encoder).encode(features)
        # One score alone tells two classes apart.
        if labels.max(initial=0) >= max(2, net.n_classes):
            raise VectorError(
                f"labels of {data} reach {labels.max()}, but the network has {net.n_classes}"
                " classes"
            )
        return *_as_steps(net, bits, labels), data
    return np.zeros((0, net.n_inputs * net.input_bits), np.uint8), np.zeros(0, np.int64), None
