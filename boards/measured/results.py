"""What Yosys and nextpnr say in their JSON reports, checked and reduced to what is used here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boards.table.families import ICE40
from gen.files import DAMAGE, FileDamaged, read_json

__all__ = [
    "CORE_CLOCK",
    "PathStep",
    "Routed",
    "cells_by_type",
    "group_cells",
    "read_routed",
    "missing_cells",
    "used_cells",
]

# The name of the core's clock in the netlist, where it has one of its own.
CORE_CLOCK = "core_clk"

# Cells that are marks in the netlist, not hardware.
MARKS = ("$scopeinfo",)


@dataclass(frozen=True)
class PathStep:
    """One delay of a critical path: `kind` is clk-to-q, logic, routing or setup; in ns."""

    cell: str
    kind: str
    delay: float


@dataclass(frozen=True)
class Routed:
    """One run of place and route: Fmax and its constraint in MHz, and the worst path.

    They are those of the core's clock. `clocks` are (Fmax, constraint) by name, of every clock.
    """

    fmax_mhz: float
    constraint_mhz: float
    used: dict[str, int]
    available: dict[str, int]
    path: tuple[PathStep, ...]
    clocks: dict[str, tuple[float, float]]

    @property
    def closest(self) -> tuple[float, float]:
        """(Fmax, constraint) of the clock that is closest to failing."""
        return min(self.clocks.values(), key=lambda clock: clock[0] / clock[1])

    @property
    def margin(self) -> float:
        """Fmax as a multiple of the constraint, of the clock that is closest to failing."""
        return self.closest[0] / self.closest[1]

    @property
    def met(self) -> bool:
        """Whether the constraint of every clock is met."""
        return self.margin >= 1


def cells_by_type(path: Path) -> dict[str, int]:
    """Cells of the whole design by type, from `stat -json` of Yosys."""
    value = read_json(path)
    try:
        counts = value["design"]["num_cells_by_type"]
        return {str(kind): int(n) for kind, n in sorted(counts.items()) if kind not in MARKS}
    except DAMAGE as error:
        raise _damaged(path, error) from None


def group_cells(
    cells: Mapping[str, int], kinds: Mapping[str, Sequence[str]] = ICE40.kinds
) -> dict[str, int]:
    """Cells by group (LUTs, carries, flip-flops, blocks), from the starts of their names."""
    return {
        group: sum(count for kind, count in cells.items() if kind.startswith(tuple(starts)))
        for group, starts in kinds.items()
    }


def used_cells(path: Path, kinds: Sequence[str] = ICE40.counted) -> tuple[int, int]:
    """(used, available) of some kinds of cell, from nextpnr's report, packed only or routed."""
    value = read_json(path)
    try:
        entries = [value["utilization"][kind] for kind in kinds]
        used, available = (sum(int(e[key]) for e in entries) for key in ("used", "available"))
        return used, available
    except DAMAGE as error:
        raise _damaged(path, error) from None


def missing_cells(path: Path) -> tuple[str, int, int] | None:
    """A kind of cell that a device has too few of: its name, used, available; of the report of a
    design that was packed only."""
    value = read_json(path)
    try:
        for kind, entry in value["utilization"].items():
            used, available = int(entry["used"]), int(entry["available"])
            if used > available:
                return str(kind), used, available
        return None
    except DAMAGE as error:
        raise _damaged(path, error) from None


def read_routed(path: Path) -> Routed:
    """Read nextpnr's report of a routed design.

    Where the core has a clock of its own, Fmax is that clock's; else, of the one closest to
    failing.
    """
    value = read_json(path)
    try:
        clocks = {
            str(name): (float(clock["achieved"]), float(clock["constraint"]))
            for name, clock in value["fmax"].items()
        }
        own = [name for name in clocks if CORE_CLOCK in name]
        shown = min(own or clocks, key=lambda name: clocks[name][0] / clocks[name][1])
        achieved, constraint = clocks[shown]
        utilization = value["utilization"]
        return Routed(
            achieved,
            constraint,
            {kind: int(entry["used"]) for kind, entry in utilization.items()},
            {kind: int(entry["available"]) for kind, entry in utilization.items()},
            _worst_path(value["critical_paths"], shown),
            clocks,
        )
    except DAMAGE as error:
        raise _damaged(path, error) from None


def _worst_path(paths: list[dict[str, Any]], clock: str) -> tuple[PathStep, ...]:
    """The longest path between two flip-flops of a clock; routing counts for the cell it leads to.

    Those of a slower clock, and from one to the other, are longer and have the time for it.
    """
    inner = (
        path["path"]
        for path in paths
        if all(path[end].removeprefix("posedge ") == clock for end in ("from", "to"))
    )
    longest: list[dict[str, Any]] = max(inner, key=_total_delay, default=[])
    return tuple(
        PathStep(str(step["to"]["cell"]), str(step["type"]), float(step["delay"]))
        for step in longest
    )


def _total_delay(path: list[dict[str, Any]]) -> float:
    return sum(float(step["delay"]) for step in path)


def _damaged(path: Path, error: Exception) -> FileDamaged:
    return FileDamaged(
        f"{path}: lacks what its tool writes ({type(error).__name__}: {error}); build again"
    )
