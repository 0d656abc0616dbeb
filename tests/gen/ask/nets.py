"""Small random networks, with states or without, and their logic."""

from dataclasses import replace
from typing import Any

import numpy as np

from gen.ask.evidence.answer import Answer
from gen.ask.network.logic import Logic
from gen.ask.questions.finished import case_of
from gen.intnet.network import Argmax, Concat, IntNet, Levels, Linear, State
from gen.logic.sections import flatten
from gen.melt.melt import melt, registers


def random_net(
    seed: int, inputs: int = 6, units: int = 5, classes: int = 3, care: dict[str, Any] | None = None
) -> IntNet:
    """One hidden layer of one-bit units, all of them read, ternary weights, an argmax."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-1, 2, (units, inputs)).astype(np.int8)
    last = rng.integers(-1, 2, (classes, units)).astype(np.int8)
    last[0, ~last.any(axis=0)] = 1
    codes = np.tile(np.array([0, 1], np.int8), (units, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(units, np.int32)),
        Levels("layer1", ("layer1.sum",), rng.integers(-1, 3, (units, 1)).astype(np.int32), codes),
        Linear("score", ("layer1",), last, np.zeros(classes, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(inputs, nodes, meta={"care": care} if care else {})


def random_rnn(seed: int, inputs: int = 3, units: int = 4, classes: int = 2) -> IntNet:
    """One recurrent layer whose values are the next step's state."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(-1, 2, (units, inputs + units)).astype(np.int8)
    last = rng.integers(-1, 2, (classes, units)).astype(np.int8)
    codes = np.tile(np.array([0, 1], np.int8), (units, 1))
    nodes = (
        Concat("cat", ("x", "h"), inputs + units),
        Linear("layer1.sum", ("cat",), weight, np.zeros(units, np.int32)),
        Levels("layer1", ("layer1.sum",), rng.integers(0, 3, (units, 1)).astype(np.int32), codes),
        Linear("score", ("layer1",), last, np.zeros(classes, np.int32)),
        Argmax("class", ("score",)),
    )
    state = State("h", "layer1", np.zeros(units, np.int8))
    return IntNet(inputs, nodes, states=(state,))


def verified(logic: Logic, answer: Answer, other: Logic | None = None) -> list[str]:
    """What is checked of an answer, with the integer interpreter as judge."""
    second = None if other is None else case_of(other)
    return answer.verify(replace(case_of(logic, answer.conditions), other=second))


def logic_of(net: IntNet) -> Logic:
    """The network's logic, melted and not simplified."""
    sections = melt(net)
    care = net.meta.get("care")
    return Logic(net, sections, flatten(sections), care, tuple(registers(net)))
