"""Running a build plan: synthesis, size check, place and route with several seeds, packing."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from boards.build.core import CoreFile, DoesNotFit
from boards.build.plan import BuildPlan
from boards.measured.results import Routed, missing_cells, read_routed, used_cells
from boards.table.entries import Board
from gen.console import say
from gen.errors import SmeltError
from gen.files import make_folder
from gen.tools import YOSYS, ToolFailed

__all__ = [
    "BITSTREAM_PART",
    "Build",
    "TimingNotMet",
    "check_estimate",
    "delays_name",
    "pack_only",
    "placed_name",
    "routed_name",
    "run_plan",
]

PARALLEL = 2

# Seeds move Fmax by about 6 %: below this share of the clock, more of them will not help.
HOPELESS = 0.85
CROWDED = 0.7
"""The part of a device's cells from which on wires are short. Of 3,988 cells of 5,280, with tables
that read inputs from everywhere, nextpnr's default router of iCE40 came to no end in twenty
minutes; its other one takes two for 4,303."""
BITSTREAM_PART = "top.part"


class TimingNotMet(SmeltError):
    """No seed reaches the board's clock. Its exit status says so to a script that can pipeline."""

    status = 3

    def __init__(self, title: str, best: Routed, seeds: int) -> None:
        self.fmax_mhz, self.constraint_mhz = best.closest
        runs = "the only seed tried" if seeds == 1 else f"the best of {seeds} seeds"
        super().__init__(
            f"{title} runs at {self.constraint_mhz:.2f} MHz, {runs} reaches"
            f" {self.fmax_mhz:.2f} MHz: choose a smaller STAGE_DEPTH (more pipeline stages),"
            " or a slower CLOCK"
        )

    def result(self) -> dict[str, str | float]:
        """What a script needs to try again."""
        return {
            "status": "timing not met",
            "fmax_mhz": self.fmax_mhz,
            "constraint_mhz": self.constraint_mhz,
        }


@dataclass
class Build:
    """What a build measured: packed cells, each seed's result (None: failed), seconds by stage; and
    the router's options for a crowded device."""

    used: int = 0
    options: tuple[str, ...] = ()
    seeds: dict[int, Routed | None] = field(default_factory=dict)
    failures: dict[int, ToolFailed] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def routed(self) -> dict[int, Routed]:
        """The seeds that came to an end."""
        return {seed: result for seed, result in self.seeds.items() if result is not None}

    @property
    def best_seed(self) -> int:
        """The seed furthest from failing; the lowest number of equals."""
        return min(self.routed, key=lambda seed: (-self.routed[seed].margin, seed))

    @property
    def median_mhz(self) -> float:
        """The median Fmax of the seeds that came to an end."""
        return statistics.median(result.fmax_mhz for result in self.routed.values())

    @contextmanager
    def stage(self, name: str, text: str) -> Iterator[None]:
        """Time one stage and say what it is."""
        say(text)
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 2)
        say(f"  {self.seconds[name]:.1f} s")


def check_estimate(board: Board, core: CoreFile) -> None:
    """Refuse a core whose LUTs alone exceed the device; raises DoesNotFit."""
    if core.luts > board.capacity:
        raise DoesNotFit(_too_large(board, core.luts, "LUTs of the core alone, before synthesis"))


def run_plan(
    plan: BuildPlan, board: Board, folder: Path, seeds: int = 5, timeout: float = 1200
) -> Build:
    """Build `folder`/top.part, the bitstream, with the best of seeds 1..`seeds`.

    Each step's log is in logs/. `timeout` is in seconds for each run of a program. Raises
    DoesNotFit before place and route, TimingNotMet where no seed reaches the clock, ToolFailed,
    ToolNotFound. The caller renames the bitstream when all that belongs to it is written.
    """
    build = Build()
    build.used = pack_only(plan, board, folder, timeout, build)
    text = f"place and route, {seeds} seed{'s' if seeds > 1 else ''}, {PARALLEL} at a time"
    with build.stage("place_and_route", text):
        _route_all(plan, board, folder, seeds, timeout, build)
    _check_timing(board, build, 1.0)
    with build.stage("bitstream", f"bitstream from seed {build.best_seed}"):
        _pack_bitstream(plan, board, folder, build.best_seed, timeout)
    return build


def pack_only(plan: BuildPlan, board: Board, folder: Path, timeout: float, build: Build) -> int:
    """Synthesize and pack, and check the size: returns the cells used; the times go to `build`.

    Raises DoesNotFit, ToolFailed, ToolNotFound.
    """
    plan.extract(folder)
    with build.stage("synthesis", f"synthesis for {board.title} ({board.device})"):
        _synthesize(plan, folder, timeout)
    with build.stage("packing", f"packing, against {board.capacity:,} {board.kind.unit}"):
        return _check_size(plan, board, folder, timeout)


def _synthesize(plan: BuildPlan, folder: Path, timeout: float) -> None:
    for name in ("top.json", "top.syn.json", "top.stat.json"):
        (folder / name).unlink(missing_ok=True)
    make_folder(folder / "logs")
    YOSYS.run(plan.synthesis, folder, folder / "logs" / "yosys.out", timeout)


def _check_size(plan: BuildPlan, board: Board, folder: Path, timeout: float) -> int:
    report = folder / "top.pack.json"
    report.unlink(missing_ok=True)
    args = [*plan.route, "--pack-only", "--report", report.name]
    board.kind.route.run(args, folder, folder / "logs" / "pack.log", timeout)
    used, _ = used_cells(report, board.kind.counted)
    if used > board.capacity:
        raise DoesNotFit(_too_large(board, used, f"packed {board.kind.unit}, link included"))
    missing = missing_cells(report)
    if missing is not None:
        kind, needed, available = missing
        raise DoesNotFit(
            f"{board.title} has {available:,} {kind}, the design needs {needed:,}: choose a larger"
            " board (make boards), or train fewer weights"
        )
    return used


def _too_large(board: Board, used: int, what: str) -> str:
    return (
        f"{board.title} has {board.capacity:,} {board.kind.unit}, the design needs {used:,}"
        f" ({what}): train fewer units or a smaller fan-in, choose a larger board, leave"
        " the scores (OUTPUTS=class) or pipeline registers (a larger STAGE_DEPTH) out, or let the"
        " neurons take turns (make synth FORM=shared)"
    )


def _route_all(
    plan: BuildPlan, board: Board, folder: Path, seeds: int, timeout: float, build: Build
) -> None:
    """Route with every seed; stops when the first ones fail, or miss the clock by far."""
    if build.used > CROWDED * board.capacity:
        build.options = board.kind.crowded
        plan = replace(plan, route=(*plan.route, *build.options))
    with ThreadPoolExecutor(PARALLEL) as pool:
        runs: dict[int, Future[Routed]] = {
            seed: pool.submit(_route, plan, board, folder, seed, timeout)
            for seed in range(1, seeds + 1)
        }
        try:
            for seed, run in runs.items():
                _collect(seed, run, build)
                if seed == min(seeds, PARALLEL):
                    _check_first(board, build)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _collect(seed: int, run: "Future[Routed]", build: Build) -> None:
    try:
        result = run.result()
    except ToolFailed as error:
        build.seeds[seed], build.failures[seed] = None, error
        say(f"  seed {seed}: {error}")
        return
    build.seeds[seed] = result
    say(f"  seed {seed}: {result.fmax_mhz:.2f} MHz")


def _check_first(board: Board, build: Build) -> None:
    if not build.routed:
        raise next(iter(build.failures.values()))
    _check_timing(board, build, HOPELESS)


def placed_name(board: Board, seed: int) -> str:
    """The file of a seed that says where each cell lies; Gowin's packer reads the same one."""
    routed = board.kind.routed == "--write"
    return routed_name(board, seed) if routed else f"seed{seed}.placed.json"


def routed_name(board: Board, seed: int) -> str:
    """The file of a seed that the packer reads."""
    return f"seed{seed}.{board.kind.routed_file.removeprefix('top.')}"


def delays_name(seed: int) -> str:
    """The file of a seed with all its delays."""
    return f"seed{seed}.sdf"


def _route(plan: BuildPlan, board: Board, folder: Path, seed: int, timeout: float) -> Routed:
    """One run of nextpnr. It ends with an error where timing fails, after writing its report."""
    report = folder / f"seed{seed}.report.json"
    report.unlink(missing_ok=True)
    args = [*plan.route, "--seed", str(seed), "--report", report.name]
    outputs = {
        "--write": placed_name(board, seed),
        board.kind.routed: routed_name(board, seed),
        "--sdf": delays_name(seed),
    }
    for option, name in outputs.items():
        args += [option, name]
    try:
        board.kind.route.run(args, folder, folder / "logs" / f"nextpnr-seed{seed}.log", timeout)
    except ToolFailed:
        if not report.is_file() or read_routed(report).met:
            raise
    return read_routed(report)


def _check_timing(board: Board, build: Build, share: float) -> None:
    """Raise TimingNotMet where the best seed is below `share` of the clock."""
    best = build.routed[build.best_seed]
    if best.margin < share:
        raise TimingNotMet(board.title, best, len(build.routed))


def _pack_bitstream(plan: BuildPlan, board: Board, folder: Path, seed: int, timeout: float) -> None:
    family = board.kind
    args = [*plan.pack, *family.pack_files(routed_name(board, seed), BITSTREAM_PART)]
    family.pack.run(args, folder, folder / "logs" / f"{family.pack_step}.log", timeout)
