"""And-Inverter Graphs as flat arrays, and the builder that makes them.

A literal is 2 * node + complemented. Node 0 is constant 0, nodes 1..I are the inputs, and the
ANDs follow in topological order: the numbering of AIGER. Building and structural hashing are
aigverse's (EPFL logic synthesis libraries); the arrays are what everything else reads.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from aigverse.algorithms import cleanup_dangling
from aigverse.networks import Aig, AigIndexList, AigSignal
from numpy.typing import NDArray

from gen.errors import SmeltError

__all__ = ["Builder", "Graph", "GraphError", "Signal"]

Signal = AigSignal

SHALLOW, FRAME = 20_000, 1024
"""ANDs that fit any stack, and bytes of it for each, more than were measured (64 to 100)."""
PAGE, MOST_STACK = 1 << 16, 1 << 30


class GraphError(SmeltError):
    """A graph's names or literals do not fit together."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A combinational AIG: `fan_in` int64 (ands, 2) and `outputs` int64 (outputs,), literals."""

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    fan_in: NDArray[np.int64]
    outputs: NDArray[np.int64]

    def __post_init__(self) -> None:
        self._check_names()
        self._check_literals()

    def _check_names(self) -> None:
        for kind, names in (("input", self.input_names), ("output", self.output_names)):
            if len(set(names)) != len(names):
                twice = next(n for i, n in enumerate(names) if n in names[:i])
                raise GraphError(f"two {kind}s are named {twice!r}")
        if len(self.output_names) != len(self.outputs):
            raise GraphError(
                f"{len(self.outputs)} outputs but {len(self.output_names)} output names"
            )

    def _check_literals(self) -> None:
        own = 2 * np.arange(self.first_and, self.first_and + self.n_ands)
        if self.n_ands and (self.fan_in.min() < 0 or (self.fan_in >= own[:, None]).any()):
            wrong = (self.fan_in >= own[:, None]) | (self.fan_in < 0)
            row = int(np.flatnonzero(wrong.any(axis=1))[0])
            raise GraphError(
                f"AND node {self.first_and + row} reads {self.fan_in[row].tolist()}:"
                " not an earlier literal (cyclic, dangling, or out of order)"
            )
        top = 2 * (self.first_and + self.n_ands)
        if len(self.outputs) and not (self.outputs.min() >= 0 and self.outputs.max() < top):
            raise GraphError(f"an output reads a literal outside 0..{top - 1}")

    @property
    def n_inputs(self) -> int:
        return len(self.input_names)

    @property
    def n_ands(self) -> int:
        return len(self.fan_in)

    @property
    def first_and(self) -> int:
        """Node number of the first AND."""
        return self.n_inputs + 1

    @cached_property
    def levels(self) -> NDArray[np.int64]:
        """AND depth of every node; inputs and the constant have 0."""
        depth = [0] * self.first_and
        left, right = ((self.fan_in[:, side] >> 1).tolist() for side in (0, 1))
        for a, b in zip(left, right, strict=True):
            x, y = depth[a], depth[b]
            # With max() a million took 1.5 s instead of 0.2 s.
            depth.append(1 + (x if x > y else y))
        return np.array(depth, dtype=np.int64)

    @property
    def depth(self) -> int:
        """Largest AND depth of an output."""
        return int(self.levels[self.outputs >> 1].max()) if len(self.outputs) else 0

    def renamed(self, inputs: Sequence[str], outputs: Sequence[str]) -> "Graph":
        """The same logic under other names, in the same order."""
        return Graph(tuple(inputs), tuple(outputs), self.fan_in, self.outputs)

    def to_aig(self) -> Aig:
        """The same logic as an aigverse network."""
        # Index lists mark an XOR by descending literals, so each AND's are put in order.
        gates = np.sort(self.fan_in, axis=1).ravel().tolist()
        header = [self.n_inputs, len(self.outputs), self.n_ands]
        return AigIndexList([*header, *gates, *self.outputs.tolist()]).to_aig()

    def hashed(self) -> "Graph":
        """The live logic with equal ANDs made one and constants folded, as if built anew."""
        return Graph.from_aig(self.to_aig(), self.input_names, self.output_names)

    @staticmethod
    def from_aig(aig: Aig, inputs: Sequence[str], outputs: Sequence[str]) -> "Graph":
        """The live logic of an aigverse network whose inputs and outputs have these names."""
        listed = _live(aig).to_index_list()
        # Inputs, outputs and ANDs as counts, two literals of each AND, then the outputs.
        raw = np.array(listed.raw(), dtype=np.int64)
        ends = 3 + 2 * int(raw[2])
        return Graph(tuple(inputs), tuple(outputs), raw[3:ends].reshape(-1, 2), raw[ends:])


def _live(aig: Aig) -> Aig:
    """The logic that the outputs need; of a large network on a stack that is as deep as it may be,
    for aigverse follows it recursively."""
    if aig.num_gates <= SHALLOW:
        return cleanup_dangling(aig)
    before = threading.stack_size(min(MOST_STACK, aig.num_gates * FRAME // PAGE * PAGE))
    try:
        with ThreadPoolExecutor(1) as deep:
            return deep.submit(cleanup_dangling, aig).result()
    finally:
        threading.stack_size(before)


class Builder:
    """Makes a Graph gate by gate, with structural hashing and constant folding (aigverse).

    Counts are made for LUTs of `lut` inputs, and if there is a `part`, sums that become words in
    parts of so many bits. Nodes in `roomy` are signals that such a LUT makes with an input to
    spare, and that one sum alone reads.
    """

    cuts = False
    """Whether the graph is cut at what is kept."""

    def __init__(self, lut: int = 4, part: int | None = None) -> None:
        self.lut, self.part = lut, part
        self.roomy: set[int] = set()
        self.aig = Aig()
        self.false: Signal = self.aig.get_constant(False)
        self.true: Signal = self.aig.get_constant(True)
        self._inputs: list[str] = []
        self._outputs: list[str] = []
        self.and_ = self.aig.create_and
        self.or_ = self.aig.create_or
        self.xor = self.aig.create_xor
        self.mux = self.aig.create_ite

    def constant(self, value: bool | int) -> Signal:
        """The constant 0 or 1."""
        return self.true if value else self.false

    def input(self, name: str) -> Signal:
        """Add an input."""
        self._inputs.append(name)
        return self.aig.create_pi()

    def output(self, name: str, signal: Signal) -> None:
        """Add an output."""
        self._outputs.append(name)
        self.aig.create_po(signal)

    def kept(self, signal: Signal) -> Signal:
        """A signal that is meant to be a LUT's: the same one, unless graphs are cut there."""
        return signal

    def import_graph(self, graph: Graph, inputs: Sequence[Signal]) -> list[Signal]:
        """Copy a graph's logic with these signals for its inputs; returns its outputs."""
        plain: list[Signal] = [self.false, *inputs]
        for a, b in graph.fan_in.tolist():
            left = ~plain[a >> 1] if a & 1 else plain[a >> 1]
            right = ~plain[b >> 1] if b & 1 else plain[b >> 1]
            plain.append(self.and_(left, right))
        return [~plain[o >> 1] if o & 1 else plain[o >> 1] for o in graph.outputs.tolist()]

    def graph(self) -> Graph:
        """The logic that the outputs need, as arrays."""
        return Graph.from_aig(self.aig, self._inputs, self._outputs)
