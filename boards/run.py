"""Running a build plan: synthesis, size check, place and route with several seeds, packing."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from boards.core import CoreFile, DoesNotFit
from boards.plan import BuildPlan
from boards.results import Routed, read_routed, used_cells
from boards.table import Board
from gen.console import say
from gen.errors import SmeltError
from gen.tools import ICEPACK, NEXTPNR_ICE40, YOSYS, ToolFailed

__all__ = ["BITSTREAM_PART", "Build", "TimingNotMet", "check_estimate", "run_plan"]

PARALLEL = 2

# Seeds move Fmax by about 6 %: below this share of the clock, more of them will not help.
HOPELESS = 0.85
BITSTREAM_PART = "top.bin.part"


class TimingNotMet(SmeltError):
    """No seed reaches the board's clock. Its exit status says so to a script that can pipeline."""

    status = 3

    def __init__(self, title: str, best: Routed, seeds: int) -> None:
        self.fmax_mhz = best.fmax_mhz
        self.constraint_mhz = best.constraint_mhz
        runs = "the only seed tried" if seeds == 1 else f"the best of {seeds} seeds"
        super().__init__(
            f"{title} runs at {best.constraint_mhz:.2f} MHz, {runs} reaches"
            f" {best.fmax_mhz:.2f} MHz: map again with one more pipeline stage"
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
    """What a build measured: packed cells, each seed's result (None: failed), seconds by stage."""

    used: int = 0
    seeds: dict[int, Routed | None] = field(default_factory=dict)
    failures: dict[int, ToolFailed] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def routed(self) -> dict[int, Routed]:
        """The seeds that came to an end."""
        return {seed: result for seed, result in self.seeds.items() if result is not None}

    @property
    def best_seed(self) -> int:
        """The seed with the highest Fmax; the lowest number of equals."""
        return min(self.routed, key=lambda seed: (-self.routed[seed].fmax_mhz, seed))

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
    """Build `folder`/top.bin.part with the best of seeds 1..`seeds`; each step's log is in logs/.

    `timeout` is in seconds for each run of a program. Raises DoesNotFit before place and route,
    TimingNotMet where no seed reaches the clock, ToolFailed, ToolNotFound. The caller renames the
    bitstream when all that belongs to it is written.
    """
    plan.extract(folder)
    build = Build()
    with build.stage("synthesis", f"synthesis for {board.title} ({board.device})"):
        _synthesize(plan, folder, timeout)
    with build.stage("packing", f"packing, against {board.capacity:,} logic cells"):
        build.used = _check_size(plan, board, folder, timeout)
    text = f"place and route, {seeds} seed{'s' if seeds > 1 else ''}, {PARALLEL} at a time"
    with build.stage("place_and_route", text):
        _route_all(plan, board, folder, seeds, timeout, build)
    _check_timing(board, build, 1.0)
    with build.stage("bitstream", f"bitstream from seed {build.best_seed}"):
        _pack_bitstream(plan, folder, build.best_seed, timeout)
    return build


def _synthesize(plan: BuildPlan, folder: Path, timeout: float) -> None:
    for name in ("top.json", "top.stat.json"):
        (folder / name).unlink(missing_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    args = replace_option(plan.steps["yosys"], "-l", "logs/yosys.log")
    YOSYS.run(args, folder, folder / "logs" / "yosys.out", timeout)


def _check_size(plan: BuildPlan, board: Board, folder: Path, timeout: float) -> int:
    report = folder / "top.pack.json"
    report.unlink(missing_ok=True)
    args = [*_nextpnr(plan), "--pack-only", "--report", report.name]
    NEXTPNR_ICE40.run(args, folder, folder / "logs" / "pack.log", timeout)
    used, _ = used_cells(report)
    if used > board.capacity:
        raise DoesNotFit(_too_large(board, used, "packed logic cells, link included"))
    return used


def _too_large(board: Board, used: int, what: str) -> str:
    return (
        f"{board.title} has {board.capacity:,} logic cells, the design needs {used:,} ({what}):"
        f" train fewer units or a smaller fan-in, choose a larger board, or let the neurons take"
        " turns (make synth FORM=shared)"
    )


def _nextpnr(plan: BuildPlan) -> list[str]:
    """The plan's place-and-route arguments without those that each run sets itself."""
    args = list(plan.steps["nextpnr-ice40"])
    for option in ("--log", "--asc"):
        at = args.index(option)
        del args[at : at + 2]
    return [arg for arg in args if arg != "--quiet"]


def replace_option(args: tuple[str, ...], option: str, value: str) -> list[str]:
    """`args` with the word after `option` replaced."""
    at = args.index(option)
    return [*args[: at + 1], value, *args[at + 2 :]]


def _route_all(
    plan: BuildPlan, board: Board, folder: Path, seeds: int, timeout: float, build: Build
) -> None:
    """Route with every seed; stops when the first ones fail, or miss the clock by far."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        runs: dict[int, Future[Routed]] = {
            seed: pool.submit(_route, plan, folder, seed, timeout) for seed in range(1, seeds + 1)
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


def _route(plan: BuildPlan, folder: Path, seed: int, timeout: float) -> Routed:
    """One run of nextpnr. It ends with an error where timing fails, after writing its report."""
    report = folder / f"seed{seed}.report.json"
    report.unlink(missing_ok=True)
    args = [
        *_nextpnr(plan),
        "--seed",
        str(seed),
        "--report",
        report.name,
        "--asc",
        f"seed{seed}.asc",
        "--write",
        f"seed{seed}.placed.json",
    ]
    try:
        NEXTPNR_ICE40.run(args, folder, folder / "logs" / f"nextpnr-seed{seed}.log", timeout)
    except ToolFailed:
        if not report.is_file() or read_routed(report).met:
            raise
    return read_routed(report)


def _check_timing(board: Board, build: Build, share: float) -> None:
    """Raise TimingNotMet where the best seed is below `share` of the clock."""
    best = build.routed[build.best_seed]
    if best.fmax_mhz < share * best.constraint_mhz:
        raise TimingNotMet(board.title, best, len(build.routed))


def _pack_bitstream(plan: BuildPlan, folder: Path, seed: int, timeout: float) -> None:
    *options, _, _ = plan.steps["icepack"]
    args = [*options, f"seed{seed}.asc", BITSTREAM_PART]
    ICEPACK.run(args, folder, folder / "logs" / "icepack.log", timeout)
