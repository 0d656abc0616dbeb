"""A recurrent network's step as a machine: the states that it can hold, by simulation.

A sequence begins with a step whose "reset" is 1, which starts from the reset values whatever the
registers held; so what they hold later was made by that step or by one that follows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gen.logic.aiger import Register
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph, GraphError
from gen.logic.solver import Clause

__all__ = ["RESET", "Machine"]

RESET = "reset"
"""The input that starts a sequence."""

Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Machine:
    """A step with its registers; `care` is what its inputs satisfy, as (input's index, value).

    Raises GraphError where the graph has no input "reset", or the registers are not its last
    inputs and outputs.
    """

    graph: Graph
    registers: Sequence[Register]
    care: Sequence[Clause] = ()

    def __post_init__(self) -> None:
        count, graph = len(self.registers), self.graph
        now = tuple(one.name for one in self.registers)
        after = tuple(one.next for one in self.registers)
        if not count or RESET not in graph.input_names:
            raise GraphError(f"{count} registers and no input {RESET!r}: not a recurrent step")
        ends = graph.input_names[-count:], graph.output_names[-count:]
        if ends != (now, after):
            raise GraphError(f"the last {count} inputs and outputs are not the registers")

    @cached_property
    def step(self) -> Graph:
        """The next states' logic alone, over all inputs."""
        graph, names = self.graph, self.graph.output_names[-len(self.registers) :]
        ends = graph.outputs[-len(self.registers) :]
        only = Graph(graph.input_names, names, graph.fan_in, ends)
        return Graph.from_aig(only.to_aig(), only.input_names, names)

    @property
    def n_states(self) -> int:
        return len(self.registers)

    @cached_property
    def first_state(self) -> int:
        """Index of the first input that is a state."""
        return self.graph.n_inputs - self.n_states

    @cached_property
    def reset(self) -> int:
        """Index of the input that starts a sequence."""
        return self.graph.input_names.index(RESET)

    def guarded(self, clause: Clause) -> list[tuple[int, bool]]:
        """A clause over states (by number) as one over inputs that a starting step satisfies."""
        states = [(self.first_state + state, value) for state, value in clause]
        return [(self.reset, True), *states]

    def after(self, steps: Bits, held: Bits, reset: int) -> Bits:
        """The next states (n, states) of states `held`, for inputs (n, all before the states);
        what these say of "reset" does not count."""
        bits = np.concatenate([steps, held], axis=1)
        bits[:, self.reset] = reset
        return evaluate(self.step, bits)

    def simulated(self, inputs: Bits, sequences: int, steps: int, seed: int = 0) -> Bits:
        """Distinct states (n, states) of so many sequences of rows drawn from `inputs`
        (n, inputs before the states), which must satisfy `care`."""
        rng = np.random.default_rng(seed)
        held = np.zeros((sequences, self.n_states), np.uint8)
        found = []
        for step in range(steps):
            rows = inputs[rng.integers(0, len(inputs), sequences)]
            held = self.after(rows, held, int(step == 0))
            found.append(np.unique(held, axis=0))
        return np.unique(np.concatenate(found), axis=0)

    def samples(self, inputs: Bits, count: int, seed: int = 0) -> Bits:
        """All inputs (count, inputs) of steps that can be taken: rows drawn from `inputs`, held
        states as simulated, and any state in the eighth of them that start a sequence."""
        rng = np.random.default_rng(seed)
        states = self.simulated(inputs, 512, 16, seed)
        rows = inputs[rng.integers(0, len(inputs), count)]
        held = states[rng.integers(0, len(states), count)]
        starts = rng.random(count) < 1 / 8
        held[starts] = rng.integers(0, 2, (int(starts.sum()), self.n_states), dtype=np.uint8)
        bits = np.concatenate([rows, held], axis=1)
        bits[:, self.reset] = starts
        return bits
