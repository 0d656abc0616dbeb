"""A recurrent network over several steps as one network without states.

Inputs, activations and outputs get the step's number, from 0: x[3]@0, layer1[2]@1, class.0@4. The
first step starts from reset, so there is no input "reset", and all states are reachable ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.forward import Forward, interpreter
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import care_of, groups_of
from gen.logic.graph import Builder, Graph
from gen.logic.sections import cut_names, flatten

__all__ = ["forward_of", "unrolled", "unrolled_forward"]

Bits = NDArray[np.uint8]

MOST_STEPS = 1 << 12


def unrolled(logic: Logic, steps: int) -> Logic:
    """The logic of so many steps from reset; "class=..." is not among its names, class.0@4 is.

    Raises AskError for a network without states, and for no steps or too many.
    """
    if not logic.registers:
        raise AskError("the network keeps no states between inputs: there is nothing to unroll")
    if not 1 <= steps <= MOST_STEPS:
        raise AskError(f"{steps} steps: give 1 to {MOST_STEPS:,}")
    given = _step_inputs(logic)
    sections = _chained(logic, logic.sections, given, steps)
    care = _care(logic, len(given), steps)
    made = Logic(logic.net, sections, flatten(sections), care, steps=steps)
    if logic.source is logic:
        made.__dict__["source"] = made
    return made


def forward_of(logic: Logic) -> Forward:
    """The integer interpreter of a network, over as many steps as its logic was unrolled."""
    step = interpreter(logic.net)
    if logic.steps is None:
        return step
    return unrolled_forward(Logic.melted(logic.net), step, logic.steps)


def unrolled_forward(logic: Logic, forward: Forward, steps: int) -> Forward:
    """The forward (`gen.ask.network.forward`) of the unrolled network, from that of a step."""
    width, states = len(_step_inputs(logic)), [one.name for one in logic.registers]
    after = [one.next for one in logic.registers]

    def run(bits: Bits, forced: Mapping[str, Bits], wanted: Sequence[str]) -> Bits:
        held = np.zeros((len(bits), len(states)), np.uint8)
        found: dict[str, Bits] = {}
        for step in range(steps):
            reset = np.full((len(bits), 1), step == 0, np.uint8)
            rows = np.concatenate([bits[:, step * width :][:, :width], reset, held], axis=1)
            mine = [name for name in wanted if name.endswith(f"@{step}")]
            patches = {
                name.rpartition("@")[0]: values
                for name, values in forced.items()
                if name.endswith(f"@{step}")
            }
            values = forward(rows, patches, [*(name.rpartition("@")[0] for name in mine), *after])
            found |= {name: values[:, at] for at, name in enumerate(mine)}
            held = values[:, len(mine) :]
        columns = [found[name] for name in wanted]
        return np.stack(columns, axis=1) if columns else np.zeros((len(bits), 0), np.uint8)

    return run


def _step_inputs(logic: Logic) -> tuple[str, ...]:
    """The input bits that every step takes anew: all but "reset" and the states."""
    return logic.inputs[: len(logic.inputs) - len(logic.registers) - 1]


def _chained(logic: Logic, graph: Graph, given: Sequence[str], steps: int) -> Graph:
    """The steps' graphs one after the other; cuts are inputs and outputs of every step. The first
    one's states hold their reset values, so no step has to be told that it starts."""
    b, cuts = Builder(), cut_names(graph)
    fresh = [{name: b.input(f"{name}@{step}") for name in given} for step in range(steps)]
    for step in range(steps):
        fresh[step] |= {name: b.input(f"{name}@{step}") for name in cuts}
    held = {one.name: b.constant(one.reset) for one in logic.registers}
    hidden = {one.next for one in logic.registers}
    for step in range(steps):
        signals = fresh[step] | held | {"reset": b.false}
        made = b.import_graph(graph, [signals[name] for name in graph.input_names])
        ends = dict(zip(graph.output_names, made, strict=True))
        for name in graph.output_names:
            if name not in hidden:
                b.output(f"{name}@{step}", ends[name])
        held = {one.name: ends[one.next] for one in logic.registers}
    return b.graph()


def _care(logic: Logic, width: int, steps: int) -> dict[str, object] | None:
    """The care set of a step, for each."""
    groups = groups_of(logic.care)
    return care_of(
        [
            (kind, [at + step * width for at in group])
            for step in range(steps)
            for kind, group in groups
        ]
    )
