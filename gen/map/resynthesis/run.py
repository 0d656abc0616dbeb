"""A netlist made smaller by what its signals cannot be, in rounds, and proved.

A round makes parts anew, then lets ABC work behind cells that make inputs valid, then merges
signals that are equal where it matters, which takes these cells away again. Only the outcome is
proved, against the netlist that was given.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gen.logic.solver import Clause
from gen.logic.sweep import equal_on
from gen.map.dont_cares import Restricted, narrowed
from gen.map.netlist import Netlist
from gen.map.resynthesis.cones import made_anew
from gen.map.resynthesis.projected import Groups, by_abc, equal_on_valid

__all__ = ["on_care_set"]

ROUNDS = 4
SECONDS = 60.0


def on_care_set(
    netlist: Netlist,
    care: Sequence[Clause],
    samples: NDArray[np.uint8],
    groups: Groups | None = None,
    seconds: float = SECONDS,
) -> Restricted | None:
    """A smaller netlist equal on all inputs that satisfy `care`, proved; None where that fails.

    `samples` (vectors, inputs) satisfy it too. `groups` are all that `care` says, as groups of
    bits; None where it says more. What is not decided in half of the `seconds`, of this process's
    own time, is kept as it was; ABC and the proof may take as many.
    """
    end = time.process_time() + seconds / 2
    best = Restricted(netlist, 0, 0, 0)
    for _ in range(ROUNDS):
        made = made_anew(best.netlist, care, samples, end)
        made = by_abc(made, groups or (), seconds)
        found = narrowed(made, care, samples, end)
        if len(found.netlist.cells) >= len(best.netlist.cells):
            break
        best = replace(found, undecided=best.undecided + found.undecided)
    if best.netlist is netlist or _equal(netlist, best.netlist, care, samples, groups, seconds):
        return best
    return None


def _equal(
    before: Netlist,
    after: Netlist,
    care: Sequence[Clause],
    samples: NDArray[np.uint8],
    groups: Groups | None,
    seconds: float,
) -> bool:
    first, second = before.to_graph(), after.to_graph()
    if groups is not None and equal_on_valid(first, second, groups, seconds):
        return True
    return bool(equal_on(first, second, samples, care, seconds))
