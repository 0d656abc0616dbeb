"""A netlist made smaller window by window, each by a walk (`gen.map.resynthesis.walk`)."""

from gen.map.netlist import Netlist, NetlistError
from gen.map.resynthesis.walk import MOST_INPUTS, walked
from gen.map.resynthesis.windows import Open

__all__ = ["shrunk"]

LEAVES = (8, MOST_INPUTS)
"""Leaves of the windows of each pass, at most: the fewer, the faster is each step."""
STEPS, MOST_STEPS = 50, 40_000
"""Steps for each cell of a window, and for those of a pass together, about."""


def shrunk(netlist: Netlist, depth: int | None = None) -> Netlist:
    """A netlist of the same function and of no more cells, none of its paths longer than before or
    than `depth`, whichever is more; of any depth where that is None. Nothing is proved. Netlists
    with registers or stages are refused: they get both afterwards."""
    if netlist.registers or netlist.latency != 1:
        raise NetlistError("a netlist with registers or stages is not made anew in windows")
    for most in LEAVES:
        netlist = _pass(netlist, most, None if depth is None else max(depth, netlist.depth))
    return netlist


def _pass(netlist: Netlist, most: int, depth: int | None) -> Netlist:
    whole = Open(netlist)
    each = min(STEPS, MOST_STEPS // max(1, len(netlist.cells)))
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
