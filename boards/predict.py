"""What a self-test's signature must be, from the logic graph of a build.

The stimuli leave the care set, so the signature is computed on what the logic really does there:
that of the very graph that was mapped, whatever the network would say.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen.console import progress
from gen.files import read_json
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from hw.shape import CoreShape
from hw.signature import advance, fold

__all__ = ["SEED", "predict_signature", "read_logic"]

SEED = 1
CHUNK = 1 << 14

Registers = list[tuple[str, str, int]]


def read_logic(folder: Path) -> tuple[Graph, Registers]:
    """graph.aig of a build folder, and its registers (input, output, reset). Raises SmeltError."""
    sidecar = read_json(folder / "graph.json", "smelt-graph-1")
    return read_aiger(folder / "graph.aig"), [tuple(entry) for entry in sidecar["registers"]]


def predict_signature(
    graph: Graph, registers: Registers, shape: CoreShape, first: int, count: int
) -> int:
    """The signature of `count` vectors whose first is the frame register's value `first`.

    `graph` has the core's inputs, then states, and its outputs, then next states.
    """
    width, size = 8 * shape.payload_bytes, 8 * shape.signature_bytes
    frame, signature = first, 0
    state = np.zeros((1, len(registers)), np.uint8)
    for done in progress(range(0, count, CHUNK), label="predicting the signature"):
        frames = []
        for _ in range(min(CHUNK, count - done)):
            frames.append(frame)
            frame = advance(frame, width)
        x = _inputs(frames, shape)
        if shape.reset is not None:
            x[:, shape.reset] = 0
            x[0, shape.reset] = done == 0
        y, state = _steps(graph, x, state) if registers else (evaluate(graph, x), state)
        for row in np.packbits(y, axis=1, bitorder="little"):
            signature = fold(signature, int.from_bytes(row.tobytes(), "little"), size)
    return signature


def _inputs(frames: list[int], shape: CoreShape) -> NDArray[np.uint8]:
    """Input bits (n, inputs) of frame register values; inputs that nothing reads are 0."""
    octets = b"".join(frame.to_bytes(shape.payload_bytes, "little") for frame in frames)
    table = np.frombuffer(octets, np.uint8).reshape(len(frames), -1)
    bits = np.unpackbits(table, axis=1, bitorder="little")
    x = np.zeros((len(frames), shape.inputs), np.uint8)
    x[:, list(shape.live)] = bits[:, shape.spare :]
    return x


def _steps(
    graph: Graph, x: NDArray[np.uint8], state: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Answers of steps that follow each other, and the state after them."""
    answers = []
    n_out = len(graph.outputs) - state.shape[1]
    for row in x:
        made = evaluate(graph, np.concatenate([row[None], state], axis=1))
        answers.append(made[0, :n_out])
        state = made[:, n_out:]
    return np.array(answers, np.uint8), state
