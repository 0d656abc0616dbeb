"""Pipeline stages: where registers cut the mapped logic, by LUT depth.

A stage holds at most `depth` LUTs on any path. A signal that a later stage reads crosses one
register per boundary, so the boundaries are placed where the fewest signals cross, and cells off
the critical path go where they cost least: all at their earliest or all at their latest level.
"""

from functools import cache

from gen.errors import SmeltError
from gen.map.netlist import Cell, Netlist
from gen.map.registers import behind_loop

__all__ = ["PipelineError", "count_registers", "pipeline"]


class PipelineError(SmeltError):
    """A pipeline that cannot be."""


def pipeline(netlist: Netlist, depth: int) -> Netlist:
    """The netlist with its cells in as few stages of at most `depth` LUTs as it takes.

    Among those, the one with the fewest registers for the two level assignments tried.
    """
    if depth < 1:
        raise PipelineError(f"stages of {depth} LUTs; at least 1 is needed")
    if netlist.registers:
        return behind_loop(netlist, lambda answers: pipeline(answers, depth), depth)
    tried = []
    for levels in (netlist.levels(), _latest_levels(netlist)):
        bounds = _best_bounds(_crossings(netlist, levels), netlist.depth, depth)
        tried.append(_staged(netlist, levels, bounds))
    return min(tried, key=count_registers)


def _latest_levels(netlist: Netlist) -> list[int]:
    """Latest level of every cell that keeps the netlist's depth."""
    latest = [netlist.depth] * len(netlist.cells)
    for index in reversed(range(len(netlist.cells))):
        for signal in netlist.cells[index].fan_in:
            at = signal - netlist.n_inputs
            if at >= 0:
                latest[at] = min(latest[at], latest[index] - 1)
    return latest


def _crossings(netlist: Netlist, levels: list[int]) -> list[int]:
    """For every level, how many signals made at or before it are read after it."""
    total = netlist.depth
    made = [0] * netlist.n_inputs + levels
    read = list(made)
    for cell, level in zip(netlist.cells, levels, strict=True):
        for signal in cell.fan_in:
            read[signal] = max(read[signal], level)
    for _, signal in netlist.outputs:
        if signal >= 0:
            read[signal] = total + 1
    return [sum(own <= at < last for own, last in zip(made, read, strict=True))
            for at in range(total + 1)]  # fmt: skip


def _best_bounds(crossings: list[int], total: int, depth: int) -> tuple[int, ...]:
    """Last levels of all stages but the final one: fewest stages, then fewest crossings."""

    @cache
    def rest(start: int) -> tuple[int, int, tuple[int, ...]]:
        if total - start <= depth:
            return 1, 0, ()
        options = []
        for bound in range(start + 1, start + depth + 1):
            stages, registers, bounds = rest(bound)
            options.append((stages + 1, registers + crossings[bound], (bound, *bounds)))
        return min(options)

    for start in range(total, -1, -1):  # From the end, so that recursion stays shallow.
        rest(start)
    return rest(0)[2]


def _staged(netlist: Netlist, levels: list[int], bounds: tuple[int, ...]) -> Netlist:
    cells = [
        Cell(c.table, c.fan_in, c.name, c.layer, level, sum(level > bound for bound in bounds))
        for c, level in zip(netlist.cells, levels, strict=True)
    ]
    return netlist.with_cells(cells, len(bounds) + 1)


def count_registers(netlist: Netlist) -> int:
    """Registers in the core: one per signal and boundary crossed, per driven output and state."""
    made = [0] * netlist.n_inputs + [cell.stage for cell in netlist.cells]
    read = list(made)
    for cell in netlist.cells:
        for signal in cell.fan_in:
            read[signal] = max(read[signal], cell.stage)
    answers = netlist.outputs[: len(netlist.outputs) - len(netlist.registers)]
    for _, signal in answers:
        if signal >= 0:
            read[signal] = netlist.latency
    crossed = sum(last - own for last, own in zip(read, made, strict=True))
    return crossed + len(netlist.registers)
