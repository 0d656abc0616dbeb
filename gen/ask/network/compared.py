"""Two networks side by side: whether they can be compared, and on which inputs they are."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from gen.ask.network.classifier import Bits, Classifier
from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import random_inputs

__all__ = ["check_comparable", "compared_inputs", "interval"]

VECTORS = 1 << 16
LISTED = 20
"""Networks of so many input bits at most are compared on all inputs."""
SURE = 2.576
"""Standard deviations of a 99 % interval."""


def check_comparable(first: Logic, second: Logic) -> None:
    """Raise AskError where two networks differ in inputs, encoding or classes, or keep states."""
    if first.inputs != second.inputs:
        raise AskError(
            f"the networks take {len(first.inputs)} and {len(second.inputs)} input bits, or name"
            " them differently; only networks of the same inputs are compared"
        )
    if first.registers or second.registers:
        raise AskError("a recurrent network is compared over steps from reset: give --steps N")
    encoders = [logic.net.meta.get("encoder") for logic in (first, second)]
    if None not in encoders and encoders[0] != encoders[1]:
        raise AskError("the networks encode their features differently: their bits do not match")
    names: Sequence[list[str]] = [Classifier(logic).names for logic in (first, second)]
    if names[0] != names[1]:
        raise AskError(f"the networks decide between {names[0]} and {names[1]}")


def compared_inputs(logic: Logic, region: Region) -> tuple[Bits, bool]:
    """All inputs that count where they are few, else random ones, always the same; and whether it
    is all."""
    width = len(logic.inputs)
    if width > LISTED:
        return random_inputs(logic, region, VECTORS), False
    numbers = np.arange(1 << width)[:, None]
    every = (numbers >> np.arange(width) & 1).astype(np.uint8)
    return every[region.holds(every)], True


def interval(found: int, count: int) -> list[float]:
    """Wilson's 99 % interval (1927) of a share of which `found` in `count` were seen."""
    share, square = found / count, SURE * SURE
    middle = (share + square / (2 * count)) / (1 + square / count)
    reach = sqrt(share * (1 - share) / count + square / (4 * count * count))
    reach *= SURE / (1 + square / count)
    return [max(0.0, middle - reach), min(1.0, middle + reach)]
