"""What a self-test's signature must be, and what a core writes by itself, from a build's logic.

The stimuli leave the care set, so the signature is computed on what the hardware really does there:
for a core of logic that is the very graph that was mapped, whatever the network would say (where
the netlist is that on valid inputs only, the netlist itself), and for a time-shared core the
integer network, whose sums it adds up for any input.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boards.build.core import CoreFile
from gen.console import progress
from gen.files import read_json
from gen.intnet.files import load
from gen.intnet.interpret import bits_to_codes, codes_to_bits, interpret
from gen.intnet.network import IntNet
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.map.netlist import Netlist
from gen.map.proofs import restriction
from hw.shape import CoreShape
from hw.signature import advance, fold

__all__ = [
    "Steps",
    "logic_steps",
    "network_steps",
    "predict_signature",
    "predict_written",
    "read_steps",
]

CHUNK = 1 << 14

Bits = NDArray[np.uint8]
# Answers (n, outputs) to input bits (n, inputs) that follow those of the call before.
Steps = Callable[[Bits], Bits]


def read_steps(folder: Path, core: CoreFile) -> Steps:
    """The core of a build folder: its graph.aig, mapped.json where that is another function on
    inputs that are not valid, or for a time-shared one, net.npz.

    Raises SmeltError.
    """
    if core.interval > 1:
        return network_steps(load(folder / "net.npz"), core.outputs)
    mapped = folder / "mapped.json"
    if mapped.is_file() and restriction(mapped):
        netlist = Netlist.read(mapped)
        return logic_steps(netlist.to_graph(), netlist.registers)
    sidecar = read_json(folder / "graph.json", "smelt-graph-1")
    return logic_steps(read_aiger(folder / "graph.aig"), sidecar["registers"])


def logic_steps(graph: Graph, registers: Sequence[Sequence[object]] = ()) -> Steps:
    """A graph that has the core's inputs, then states, and its outputs, then next states.

    States are 0 at first; a core starts its sequences by an input.
    """
    if not registers:
        return lambda x: evaluate(graph, x)
    state = np.zeros((1, len(registers)), np.uint8)
    n_out = len(graph.outputs) - len(registers)

    def steps(x: Bits) -> Bits:
        nonlocal state
        answers = []
        for row in x:
            made = evaluate(graph, np.concatenate([row[None], state], axis=1))
            answers.append(made[0, :n_out])
            state = made[:, n_out:]
        return np.array(answers, np.uint8)

    return steps


def network_steps(net: IntNet, outputs: Sequence[tuple[str, int]]) -> Steps:
    """An integer network's class and, where `outputs` (name, width) has more, its scores."""

    def steps(x: Bits) -> Bits:
        values = interpret(net, bits_to_codes(x, net.input_bits, net.input_signed))
        decision = values[net.nodes[-1].name]
        words = [codes_to_bits(decision[:, None], outputs[0][1])]
        if len(outputs) > 1:
            words.append(codes_to_bits(values[net.score], outputs[1][1]))
        return np.concatenate(words, axis=1)

    return steps


def predict_signature(steps: Steps, shape: CoreShape, first: int, count: int) -> int:
    """The signature of `count` vectors whose first is the frame register's value `first`."""
    width, size = 8 * shape.payload_bytes, 8 * shape.signature_bytes
    frame, signature = first, 0
    for done in progress(range(0, count, CHUNK), label="predicting the signature"):
        frames = []
        for _ in range(min(CHUNK, count - done)):
            frames.append(frame)
            frame = advance(frame, width)
        x = _inputs(frames, shape)
        if shape.reset is not None:
            x[:, shape.reset] = 0
            x[0, shape.reset] = done == 0
        for row in np.packbits(steps(x), axis=1, bitorder="little"):
            signature = fold(signature, int.from_bytes(row.tobytes(), "little"), size)
    return signature


def predict_written(steps: Steps, shape: CoreShape, prefix: Sequence[int], count: int) -> list[int]:
    """The output bits, as numbers, of the last step of a sequence that begins with these symbols,
    and of `count` steps that follow, each on the class of the one before."""
    answers: list[int] = []
    assert shape.reset is not None
    for at in range(len(prefix) + count):
        symbol = prefix[at] if at < len(prefix) else answers[-1] & (1 << shape.class_bits) - 1
        x = shape.symbol(symbol) | (at == 0) << shape.reset
        row = np.array([[x >> index & 1 for index in range(shape.inputs)]], np.uint8)
        octets = np.packbits(steps(row), axis=1, bitorder="little").tobytes()
        answers.append(int.from_bytes(octets, "little"))
    return answers[len(prefix) - 1 :]


def _inputs(frames: list[int], shape: CoreShape) -> NDArray[np.uint8]:
    """Input bits (n, inputs) of frame register values; inputs that nothing reads are 0."""
    octets = b"".join(frame.to_bytes(shape.payload_bytes, "little") for frame in frames)
    table = np.frombuffer(octets, np.uint8).reshape(len(frames), -1)
    bits = np.unpackbits(table, axis=1, bitorder="little")
    x = np.zeros((len(frames), shape.inputs), np.uint8)
    x[:, list(shape.live)] = bits[:, shape.spare :]
    return x
