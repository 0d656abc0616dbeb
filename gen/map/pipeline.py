"""Pipeline stages: where registers cut the mapped logic, by LUT depth.

A stage holds at most `depth` LUTs on any path. A signal that a later stage reads crosses one
register per boundary, so the boundaries are placed where the fewest signals cross, and cells off
the critical path go where they cost least: at their earliest or at their latest level.
"""

from collections.abc import Iterator
from itertools import combinations

from gen.map.netlist import Cell, Netlist

__all__ = ["count_registers", "pipeline"]

MAX_TRIALS = 5000


def pipeline(netlist: Netlist, depth: int) -> Netlist:
    """The netlist with its cells in as few stages of at most `depth` LUTs as it takes."""
    if depth < 1:
        raise ValueError(f"stages of {depth} LUTs")
    total = netlist.depth
    stages = max(1, -(-total // depth))
    early, late = netlist.levels(), _late(netlist)
    best: Netlist | None = None
    for levels in (early, late):
        for bounds in _bounds(total, stages, depth):
            tried = _staged(netlist, levels, bounds)
            if best is None or count_registers(tried) < count_registers(best):
                best = tried
    assert best is not None
    return best


def _late(netlist: Netlist) -> list[int]:
    """Latest level of every cell that keeps the netlist's depth."""
    latest = [netlist.depth] * len(netlist.cells)
    for index in reversed(range(len(netlist.cells))):
        for signal in netlist.cells[index].fan_in:
            at = signal - netlist.n_inputs
            if at >= 0:
                latest[at] = min(latest[at], latest[index] - 1)
    return latest


def _bounds(total: int, stages: int, depth: int) -> Iterator[tuple[int, ...]]:
    """Last level of each stage but the last one, for all allowed cuts, evenest first."""
    even = tuple(round(total * at / stages) for at in range(1, stages))
    yield even
    places = range(1, total)
    for trial, cuts in enumerate(combinations(places, stages - 1)):
        if trial == MAX_TRIALS:
            return
        widths = [b - a for a, b in zip((0, *cuts), (*cuts, total), strict=True)]
        if max(widths) <= depth:
            yield cuts


def _staged(netlist: Netlist, levels: list[int], bounds: tuple[int, ...]) -> Netlist:
    cells = [
        Cell(c.table, c.fan_in, c.name, c.layer, level, sum(level > bound for bound in bounds))
        for c, level in zip(netlist.cells, levels, strict=True)
    ]
    return netlist.with_cells(cells, len(bounds) + 1)


def count_registers(netlist: Netlist) -> int:
    """Registers inside the core: one per signal and boundary crossed, and one per output."""
    last_read = [0] * (netlist.n_inputs + len(netlist.cells))
    made = [0] * netlist.n_inputs + [cell.stage for cell in netlist.cells]
    for cell in netlist.cells:
        for signal in cell.fan_in:
            last_read[signal] = max(last_read[signal], cell.stage)
    driven = {signal for _, signal in netlist.outputs if signal >= 0}
    for signal in driven:
        last_read[signal] = netlist.latency
    return sum(max(0, read - own) for read, own in zip(last_read, made, strict=True))
