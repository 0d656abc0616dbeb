"""Where the cells of a routed design lie on the chip, and which part of the design each is of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boards.measured.results import PathStep
from boards.table.families import ICE40, Family
from gen.files import DAMAGE, FileDamaged, read_json

__all__ = [
    "LINK",
    "Placed",
    "count_parts",
    "part_of",
    "path_by_part",
    "read_parts",
    "read_placement",
]

LINK = "link"
SELF_TEST = "self-test"
OTHER = "core"


@dataclass(frozen=True)
class Placed:
    """A logic cell at tile (x, y), place `z` of 8 in it; `part` is a layer, "core", "link" or
    "self-test".
    """

    x: int
    y: int
    z: int
    part: str


def part_of(cell: str, layers: Sequence[str]) -> str:
    """The part of the design that a cell is of, by its hierarchical name.

    "design.core.layer1.n12_LC" is of layer1; a cell in the core but in no layer is "core";
    the self-test's counter is "self-test", and everything else (serial port, frame and answer
    register, reset) "link".
    """
    words = cell.split(".")
    if "core" not in words[:-1]:
        return SELF_TEST if "self_test" in words[:-1] else LINK
    inner = words[words.index("core") + 1]
    return inner if inner in layers else OTHER


def read_placement(
    path: Path, layers: Sequence[str], by_source: bool, family: Family = ICE40
) -> dict[str, Placed]:
    """The cells that the family counts, of nextpnr's `--write` file by name; raises FileDamaged.

    `by_source` is as in `read_parts`.
    """
    value = read_json(path)
    try:
        cells = value["modules"]["top"]["cells"].items()
        wanted = {name: cell for name, cell in cells if cell["type"] in family.placed}
        return {
            name: _placed(name, cell, _part(name, cell, layers, by_source), family)
            for name, cell in wanted.items()
        }
    except DAMAGE as error:
        raise _damaged(path, error) from None


def read_parts(path: Path, layers: Sequence[str], by_source: bool) -> dict[str, str]:
    """The part of every cell of nextpnr's `--write` file, registers and pins too, by name.

    Yosys names a flip-flop after any of its net's names, so the frame register of the link takes
    names of the core, whose input it drives. With `by_source` a cell is of the core only where its
    source is core.v: right where every LUT of the core is an instance there (not family plain).
    Raises FileDamaged.
    """
    value = read_json(path)
    try:
        cells = value["modules"]["top"]["cells"].items()
        return {name: _part(name, cell, layers, by_source) for name, cell in cells}
    except DAMAGE as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> FileDamaged:
    return FileDamaged(
        f"{path}: not what nextpnr writes ({type(error).__name__}: {error}); build again"
    )


def _part(name: str, cell: dict[str, Any], layers: Sequence[str], by_source: bool) -> str:
    part = part_of(name, layers)
    of_core = not by_source or "core.v:" in cell["attributes"].get("src", "")
    return part if of_core or part == SELF_TEST else LINK


def _placed(name: str, cell: dict[str, Any], part: str, family: Family) -> Placed:
    bel = cell["attributes"]["NEXTPNR_BEL"]
    match = family.place.search(bel)
    if match is None:
        raise ValueError(f"cell {name} lies at {bel!r}")
    return Placed(int(match["x"]), int(match["y"]), family.slot(match["slot"]), part)


def count_parts(cells: Iterable[Placed], layers: Sequence[str]) -> dict[str, int]:
    """Logic cells by part, layers in their order, then "core", "link" and "self-test"."""
    counts = dict.fromkeys([*layers, OTHER, LINK, SELF_TEST], 0)
    for cell in cells:
        counts[cell.part] += 1
    return {part: count for part, count in counts.items() if count}


def path_by_part(
    path: Sequence[PathStep], parts: Mapping[str, str]
) -> list[dict[str, float | str]]:
    """A path as stretches of one part each: part, ns of logic and of routing, LUTs."""
    stretches: list[dict[str, float | str]] = []
    for step in path:
        part = parts.get(step.cell, LINK)
        if not stretches or stretches[-1]["part"] != part:
            stretches.append({"part": part, "logic_ns": 0.0, "routing_ns": 0.0, "cells": 0})
        kind = "routing_ns" if step.kind == "routing" else "logic_ns"
        last = stretches[-1]
        last[kind] = round(float(last[kind]) + step.delay, 3)
        last["cells"] = int(last["cells"]) + (step.kind == "logic")
    return stretches
