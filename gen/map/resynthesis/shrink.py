"""A netlist made smaller window by window, each by a walk (`gen.map.resynthesis.walk`)."""

from gen.map.netlist import Netlist, NetlistError
from gen.map.resynthesis.walk import MOST_INPUTS, walked
from gen.map.resynthesis.windows import Open

__all__ = ["shrunk"]

PASSES = ((8, 5), (8, 45), (MOST_INPUTS, 50))
"""Of each pass the most leaves of a window, and steps for each of its cells: the fewer leaves, the
faster is a step. The first pass shows whether there is anything to gain."""
MOST_STEPS = 40_000
"""Steps of a pass, about."""
LARGE, LEAST = 700, 0.01
"""Cells from which on a pass has to save such a part of them for another to follow."""


def shrunk(netlist: Netlist, depth: int | None = None) -> Netlist:
    """A netlist of the same function and of no more cells, none of its paths longer than before or
    than `depth`, whichever is more; of any depth where that is None. Nothing is proved. Netlists
    with registers or stages are refused: they get both afterwards."""
    if netlist.registers or netlist.latency != 1:
        raise NetlistError("a netlist with registers or stages is not made anew in windows")
    for leaves, steps in PASSES:
        allowed = None if depth is None else max(depth, netlist.depth)
        before, netlist = len(netlist.cells), _pass(netlist, leaves, steps, allowed)
        if before > LARGE and before - len(netlist.cells) < LEAST * before:
            break
    return netlist


def _pass(netlist: Netlist, most: int, steps: int, depth: int | None) -> Netlist:
    whole = Open(netlist)
    each = min(steps, MOST_STEPS // max(1, len(netlist.cells)))
    for leaves in whole.windows(most):
        window = whole.window(leaves)
        if window is not None and window.roots:
            before = whole.cut(window)
            allowed = None if depth is None else whole.depth(window, depth)
            after = walked(before, each * len(before.cells), depth=allowed)
            if len(after.cells) <= len(before.cells):
                whole.exchange(window, after)
    made = whole.netlist()
    return made if len(made.cells) <= len(netlist.cells) else netlist
