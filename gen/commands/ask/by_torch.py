"""The frozen PyTorch module as the judge of rows: it shares nothing with the logic."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.case import Case
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward, Reading
from gen.ask.network.logic import Logic
from gen.ask.network.unroll import unrolled_forward
from gen.intnet.network import IntNet
from gen.nets.freezing.forced import forced_signals
from gen.nets.freezing.frozen import FrozenNet

__all__ = ["by_torch", "case_by_torch"]

Bits = NDArray[np.uint8]


def by_torch(net: IntNet) -> Forward:
    """The forward (`gen.ask.network.forward`) of the network's frozen module."""
    reading, module = Reading(net), FrozenNet(net)

    def forward(bits: Bits, forced: Mapping[str, Bits], wanted: Sequence[str]) -> Bits:
        def patch(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
            return reading.patched(name, values, forced)

        return reading.bits(forced_signals(module, reading.sources(bits), patch), wanted)

    return forward


def case_by_torch(logic: Logic, conditions: Conditions, other: Logic | None = None) -> Case:
    """What evidence knows of a network, and of a second one, with PyTorch as their judge."""
    second = None if other is None else case_by_torch(other, Conditions())
    forward = by_torch(logic.net)
    if logic.steps is not None:
        forward = unrolled_forward(Logic.melted(logic.net), forward, logic.steps)
    return Case(logic, forward, conditions, second)
