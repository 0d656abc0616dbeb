"""From core.v to the bitstream and what was measured on the way."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from boards.build.core import CORE_FORMAT, CoreFile, is_shared, load_core
from boards.build.fastest import clock_mhz, fastest, find_setting
from boards.build.plan import BuildPlan, make_plan
from boards.build.pll import Setting
from boards.build.run import (
    BITSTREAM_PART,
    Build,
    check_estimate,
    delays_name,
    placed_name,
    routed_name,
    run_plan,
)
from boards.measured.layout import count_parts, path_by_part, read_parts, read_placement
from boards.measured.measure import measure_core
from boards.measured.results import cells_by_type, group_cells
from boards.measured.sdf import read_sdf
from boards.measured.timing import clock_nets, time_parts
from boards.table.entries import Board, BoardError, find_board
from boards.table.families import FAMILIES
from gen.console import say
from gen.files import make_folder, read_json
from gen.forms import CORE, COUNT, NAME, Maybe
from gen.made import making
from gen.times import read_timed, write_timed
from hw.frames import frame_bytes

__all__ = [
    "BUILD",
    "BUILD_FORMAT",
    "Options",
    "build_key",
    "core_beside",
    "core_folder",
    "load_build",
    "making_build",
    "plan_again",
    "recipe_folder",
    "synthesize",
]

BUILD_FORMAT = "smelt-build-1"
_CELLS = {
    "lut4": COUNT,
    "carry": COUNT,
    "ff": COUNT,
    "blocks": COUNT,
    "cells": {str: COUNT},
}
_PATH = [{"part": str, "logic_ns": float, "routing_ns": float, "cells": COUNT}]
_ALONE = {"lc": COUNT, **_CELLS}
_PLACE = range(1 << 16)
_GRID = range(1, 1 << 10)
_HZ = range(1, 1 << 40)
BUILD = {
    "recipe": str,
    "board": {
        "name": str,
        "title": str,
        "device": str,
        "package": str,
        "family": frozenset(FAMILIES),
        "clock_hz": _HZ,
        "grid": (_GRID, _GRID),
        "baud": range(1, 1 << 31),
    },
    "core_clock": {"hz": float, "pll": Maybe(dict)},
    "core_description": CORE,
    "tools": {str: str},
    "seed": COUNT,
    "core": {**_ALONE, "logic_alone?": _ALONE},
    "top": {
        "used": COUNT,
        "capacity": range(1, 1 << 31),
        "unit": str,
        "parts": {str: COUNT},
        **_CELLS,
    },
    "fmax_mhz": {
        "constraint": float,
        "median": float,
        "best": float,
        "trusted": bool,
        "seeds": {str: Maybe(float)},
    },
    "failed_seeds": {str: str},
    "critical_path": _PATH,
    "timing?": [
        {
            "part": str,
            "path_ns": float,
            "slack_ns": float,
            "own_ns": float,
            "clock": str,
            "start": str,
            "end": str,
            "path": _PATH,
        }
    ],
    "link": {"request_bytes": range(1, 1 << 31), "reply_bytes": range(1, 1 << 31)},
    "placement": [(_PLACE, _PLACE, _PLACE, str)],
    "seconds": Maybe({str: float}),
    "bitstream_file": NAME,
    "bitstream": str,
    "key?": str,
}
"""build.json (`gen.forms`)."""
# What synthesis starts from, and its result; each family has its own files of pins and clocks.
PLANNED = ("top.il", "core.v", "top.pcf", "top.lpf", "top.cst", "top.sdc", "top.json")
RESULTS = (BITSTREAM_PART, "build.json", "report.json", "report.md", "report.html")


@dataclass(frozen=True)
class Options:
    """How to build: seeds 1..`seeds`, seconds per program run, baud, a core without registers,
    whether the self-test is built in, and the core's clock: "board", "auto" or MHz."""

    seeds: int = 5
    timeout: float = 1200
    baud: int | None = None
    comb: Path | None = None
    self_test: bool = True
    clock: str = "board"


def making_build(
    board: Board, core_path: Path, folder: Path, options: Options
) -> AbstractContextManager[None]:
    """Record what a build and its report leave in `folder`, once the block is through."""
    family = board.kind
    files = (family.bitstream, family.routed_file, "top.placed.json", *PLANNED)
    names = ("seeds", "baud", "self_test", "clock")
    settings = {"board": board.name} | {name: getattr(options, name) for name in names}
    reads = [core_path.with_suffix(".json"), core_path.with_suffix(".v")]
    return making("synth", folder / "build.json", reads, files, settings)


def synthesize(board: Board, core_path: Path, folder: Path, options: Options) -> dict[str, Any]:
    """Build for a board from core.json or core.v; the result is build.json's value.

    The bitstream is left as top.part: it gets its name (top.bin) when its report is written.
    Raises BoardError, FileDamaged, DoesNotFit, TimingNotMet, ToolFailed, ToolNotFound. Results of
    an earlier build are removed first, so what lies in `folder` is of one build.
    """
    core = load_core(core_path.with_suffix(".v"))
    plan = make_plan(board, core, options.baud, options.self_test)
    key = _key(plan, board, core, options)
    make_folder(folder)
    for name in (board.kind.bitstream, *RESULTS):
        (folder / name).unlink(missing_ok=True)
    if core.luts:
        say(f"estimate: {core.luts:,} LUTs in {core_path}, {board.capacity:,} {board.kind.unit}")
    check_estimate(board, core)
    build, setting = _run(board, core, folder, options, plan)
    alone = _measure_alone(board, core, folder, options, build)
    value = _describe(board, core, folder, options, build, setting) | {"core": alone, "key": key}
    write_timed(folder / "build.json", value)
    _keep_best(board, folder, build)
    return value


def _run(
    board: Board, core: CoreFile, folder: Path, options: Options, plan: BuildPlan
) -> tuple[Build, Setting | None]:
    """Build with the clock that was asked for; `plan` is that of the board's own."""
    run = partial(_run_at, board, core, folder, options, plan)
    if options.clock == "board":
        return run(None), None
    if options.clock != "auto":
        setting = find_setting(board, clock_mhz(options.clock))
        return run(setting), setting
    return fastest(board, run)


def _run_at(
    board: Board,
    core: CoreFile,
    folder: Path,
    options: Options,
    plan: BuildPlan,
    setting: Setting | None,
) -> Build:
    if setting is not None:
        plan = make_plan(board, core, options.baud, options.self_test, setting)
    return run_plan(plan, board, folder, options.seeds, options.timeout)


def build_key(board: Board, core_path: Path, options: Options) -> str:
    """What decides the files of a build, as one digest: plan, seeds and versions of the tools."""
    core = load_core(core_path.with_suffix(".v"))
    plan = make_plan(board, core, options.baud, options.self_test)
    return _key(plan, board, core, options)


def _key(plan: BuildPlan, board: Board, core: CoreFile, options: Options) -> str:
    tools = [f"{tool.names[0]} {tool.version()}" for tool in board.kind.tools]
    parts = (plan, core.description, options.seeds, options.clock, str(options.comb), tools)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def load_build(folder: Path) -> dict[str, Any]:
    """The build.json of a finished build.

    Raises BoardError where there is none, or where core.json beside the folder is of another core.
    """
    wanting = f"{folder}: holds no finished build; run `make synth BOARD={folder.name}` first"
    if not (folder / "build.json").is_file():
        raise BoardError(wanting)
    build = read_timed(folder / "build.json", BUILD_FORMAT, BUILD)
    if not any((folder / name).is_file() for name in (build["bitstream_file"], BITSTREAM_PART)):
        raise BoardError(wanting)
    core_json = core_beside(folder.parent, build) / "core.json"
    if core_json.is_file():
        digest = read_json(core_json, CORE_FORMAT).get("digest")
        if digest != build["core_description"].get("digest"):
            raise BoardError(
                f"{folder} was built from another core than {core_json};"
                f" run `make synth BOARD={folder.name}` again"
            )
    return build


def plan_again(build: dict[str, Any], core: Path, board: str | None = None) -> BuildPlan:
    """The plan of a build on its board's own clock; `core` is the path of core.v.

    `board` is what `find_board` takes, without it the name that the build has. Raises BoardError
    where that is another board, or unknown.
    """
    found = find_board(board or build["board"]["name"])
    own = {key: getattr(found, key) for key in ("name", "device", "package", "family", "clock_hz")}
    for key, value in own.items():
        if build["board"][key] != value:
            raise BoardError(
                f"board {found.name}: {key} is {value!r}, the build has {build['board'][key]!r}"
            )
    self_test = bool(build.get("self_test", True))
    return make_plan(found, load_core(core), build["board"]["baud"], self_test)


def core_folder(recipe_folder: Path, family: str) -> Path:
    """Where the core of a family lies in build/<recipe>: iCE40's there, others' in a folder."""
    return recipe_folder if family == "ice40" else recipe_folder / family


def core_beside(recipe_folder: Path, build: dict[str, Any]) -> Path:
    """Where the core of a build lies; a time-shared one is of no family, and beside its boards."""
    if is_shared(build["core_description"]):
        return recipe_folder
    return core_folder(recipe_folder, build["board"]["family"])


def recipe_folder(core_folder: Path, family: str) -> Path:
    """build/<recipe>, from the folder that a core of a family lies in."""
    return core_folder.parent if core_folder.name == family else core_folder


def _measure_alone(
    board: Board, core: CoreFile, folder: Path, options: Options, build: Build
) -> dict[str, Any]:
    """The core out of context: as it is, and its logic alone where a file of that was given."""
    with build.stage("core_alone", "measuring the core alone"):
        value = measure_core(core.verilog, "core", folder / "alone", (), board, options.timeout)
        if options.comb is not None:
            value["logic_alone"] = measure_core(
                options.comb, "core", folder / "alone-logic", (), board, options.timeout
            )
    return value


def _describe(
    board: Board,
    core: CoreFile,
    folder: Path,
    options: Options,
    build: Build,
    setting: Setting | None,
) -> dict[str, Any]:
    best = build.routed[build.best_seed]
    family = board.kind
    path = folder / placed_name(board, build.best_seed)
    by_source = core.family == board.family
    placed = read_placement(path, core.layers, by_source, family)
    parts = read_parts(path, core.layers, by_source)
    cells = cells_by_type(folder / "top.stat.json")
    delays = read_sdf(folder / delays_name(build.best_seed))
    periods = {clock: 1000 / constraint for clock, (_, constraint) in best.clocks.items()}
    shape = core.shape(options.self_test)
    return {
        "format": BUILD_FORMAT,
        "recipe": core.recipe,
        "board": {
            "name": board.name,
            "title": board.title,
            "device": board.device,
            "package": board.package,
            "family": board.family,
            "clock_hz": board.clock_hz,
            "grid": list(board.grid),
            "baud": options.baud or board.baud,
        },
        "self_test": options.self_test,
        "core_clock": {
            "hz": board.clock_hz if setting is None else float(setting.hz),
            "pll": None if setting is None else dict(setting.parameters),
        },
        "core_description": core.description,
        "tools": {tool.names[0]: tool.version() for tool in family.tools},
        "seed": build.best_seed,
        "route_options": list(build.options),
        "top": {
            "used": sum(best.used[kind] for kind in family.counted),
            "capacity": board.capacity,
            "unit": family.unit,
            **group_cells(cells, family.kinds),
            "cells": cells,
            "parts": count_parts(placed.values(), core.layers),
        },
        "fmax_mhz": {
            "constraint": best.constraint_mhz,
            "median": build.median_mhz,
            "best": best.fmax_mhz,
            "seeds": {str(seed): r and r.fmax_mhz for seed, r in build.seeds.items()},
            "trusted": family.timing_trusted,
        },
        "failed_seeds": {str(seed): str(error) for seed, error in build.failures.items()},
        "critical_path": path_by_part(best.path, parts),
        "timing": time_parts(delays, clock_nets(path, delays), periods, parts),
        "link": {
            "request_bytes": frame_bytes(1 + shape.payload_bytes),
            "reply_bytes": frame_bytes(1 + shape.answer_bytes),
        },
        "placement": [[cell.x, cell.y, cell.z, cell.part] for cell in placed.values()],
        "seconds": build.seconds,
        "bitstream_file": family.bitstream,
        "bitstream": hashlib.sha256((folder / BITSTREAM_PART).read_bytes()).hexdigest(),
    }


def _keep_best(board: Board, folder: Path, build: Build) -> None:
    """Keep the delivered seed's routed file, placement and report, of the others only the reports.

    The placement says which flip-flop lies where: the bitstream is compared by it.
    """
    (folder / routed_name(board, build.best_seed)).replace(folder / board.kind.routed_file)
    placed = folder / placed_name(board, build.best_seed)
    if placed.is_file():
        placed.replace(folder / "top.placed.json")
    for seed in build.seeds:
        for name in (placed_name(board, seed), routed_name(board, seed), delays_name(seed)):
            (folder / name).unlink(missing_ok=True)
