"""Lowering of `Levels`: the steps of each element, over sums that share what they have in common.

Sums that take part in a comparison of few bits keep to themselves. How a code is made of its sum
is chosen for each (`gen.melt.rules.requantize`).
"""

from collections.abc import Sequence

from gen.intnet.network import Levels, Ranges
from gen.logic.graph import Builder
from gen.logic.words import Word
from gen.melt.rules.linear import Sum
from gen.melt.rules.prefix import share_counts
from gen.melt.rules.requantize import Chooser
from gen.melt.rules.steps import steps_of

__all__ = ["lower_levels"]


def lower_levels(
    b: Builder, node: Levels, sums: list[Sum], ranges: Ranges, elements: Sequence[int]
) -> list[Word]:
    """The codes of these elements, words of `node.bits` bits, given all sums and their ranges."""
    low, high = (one.tolist() for one in ranges)
    steps = [steps_of(node, element, low[element], high[element]) for element in elements]
    sums = [sums[element] for element in elements]
    counted = [
        at
        for at, (one, own) in enumerate(zip(sums, steps, strict=True))
        if not one.keeps_to_itself(b, [edge - one.offset for edge in own.edges])
    ]
    own = [sums[at] for at in counted]
    adders = all(one.shares_adders(b) for one in own)
    shared = dict(zip(counted, share_counts(b, own, adders), strict=True))
    chooser = Chooser()
    return [chooser.code(b, shared.get(at, sums[at]), own) for at, own in enumerate(steps)]
