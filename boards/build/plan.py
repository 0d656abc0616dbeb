"""The build plan: the top level around core.v as files and argument lists, nothing run yet."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.build import ResourceError
from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    Const,
    Elaboratable,
    Module,
    UnusedElaboratable,
)
from amaranth.lib import io

from boards.build.clock import CORE_DOMAIN, CoreClock
from boards.build.core import CoreFile
from boards.build.pll import Setting
from boards.measured.results import CORE_CLOCK
from boards.table.entries import Board, BoardError
from boards.table.families import Family
from gen.files import read_text, write_text
from hw.top import CoreTop

__all__ = ["BuildPlan", "make_plan"]


@dataclass(frozen=True)
class BuildPlan:
    """Files (name -> text) and the argument lists of the three steps of every family.

    The argument lists leave out the program; file names are relative to the build folder. Options
    that name a step's own output are left out of `route`, and the routed file and the bitstream
    out of `pack`: each run sets them.
    """

    files: dict[str, str]
    synthesis: tuple[str, ...]
    route: tuple[str, ...]
    pack: tuple[str, ...]

    def extract(self, folder: Path) -> None:
        """Write the files into `folder`."""
        for name, text in self.files.items():
            write_text(folder / name, text)


class BoardTop(Elaboratable):
    """The serial port and lights of a board, connected to the core's top level."""

    def __init__(self, board: Board, design: CoreTop, setting: Setting | None = None) -> None:
        self.board = board
        self.design = design
        self.setting = setting

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.setting is not None:
            m.submodules.core_clock = clock = CoreClock(self.board, self.setting)
            m.domains += clock.domains
        elif self._starts_by_itself(platform):
            m.domains.sync = ClockDomain(reset_less=True)
            pin = platform.request(platform.default_clk, dir="-")
            m.submodules.clock = clock_pin = io.Buffer("i", pin)
            m.d.comb += ClockSignal().eq(clock_pin.i)
        m.submodules.design = design = self.design
        uart = platform.request(self.board.uart, 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [design.rx.eq(rx.i), tx.o.eq(design.tx)]
        for number in range(len(self.board.held_high)):
            m.submodules[f"high{number}"] = pin = io.Buffer(
                "o", platform.request("held_high", number, dir="-")
            )
            m.d.comb += pin.o.eq(Const(1, 1))
        rgb = None
        for light, which in zip(design.leds, self.board.leds, strict=False):
            if isinstance(which, int):
                port = platform.request("led", which, dir="-")
            else:
                rgb = rgb or platform.request("rgb_led", 0, dir=dict.fromkeys("rgb", "-"))
                port = getattr(rgb, which)
            m.submodules[f"led_{which}"] = led = io.Buffer("o", port)
            m.d.comb += led.o.eq(light)
        return m

    def _starts_by_itself(self, platform: Any) -> bool:
        """Whether the registers' state at power-up will do, with no reset (20 cells) after it.

        An iCE40's registers start at 0, in which nothing moves until a byte comes, whichever of
        them is let go first. Amaranth's reset is there for block RAM, which reads as 0 for some
        microseconds: only a core that works through a program of its own may hold any.
        """
        pin = not str(platform.default_clk).startswith("SB_")
        return self.board.family == "ice40" and pin and not self.design.shape.paced


def make_plan(
    board: Board,
    core: CoreFile,
    baud: int | None = None,
    self_test: bool = True,
    setting: Setting | None = None,
) -> BuildPlan:
    """The plan that builds the bitstream for `board` around `core`.

    The core runs on the board's clock, or in a domain of its own on what the PLL's `setting` makes.

    The same core and board give the same plan, byte for byte: no dates and no paths are in it.
    Raises BoardError where the core is of another family, the link cannot carry it, or the board
    lacks a resource.
    """
    _check_family(board, core)
    platform = board.make_platform()
    platform.add_file("core.v", read_text(core.verilog))
    try:
        domain = {} if setting is None else {"core_domain": CORE_DOMAIN}
        design = CoreTop.at(
            core.shape(self_test), board.clock_hz, baud or board.baud, digest=core.digest, **domain
        )
        # `prepare` is `build` without the check for programmers, which no build needs.
        plan = platform.prepare(
            BoardTop(board, design, setting),
            name="top",
            emit_src=False,
            **({"script_after_read": board.kind.before} if board.kind.before else {}),
            script_after_synth="tee -q -o top.stat.json stat -json",
        )
    except (ValueError, ResourceError) as error:
        # What was begun is never used, and saying so would hide the reason.
        warnings.simplefilter("ignore", UnusedElaboratable)
        raise BoardError(f"board {board.name}: {error}") from None
    files = {name: _as_text(text) for name, text in plan.files.items()}
    if board.family == "gowin":
        files["top.sdc"] = _constraints(board, setting)
    return _read_plan(files, board)


def _constraints(board: Board, setting: Setting | None) -> str:
    """The clocks by the nets that they drive: the router follows them neither through a pin's
    buffer nor through a PLL."""
    clocks = {"cd_sync.clk": float(board.clock_hz)}
    if setting is not None:
        clocks[CORE_CLOCK] = float(setting.hz)
    return "".join(
        f"create_clock -period {1e9 / hz:.6f} [get_nets {name}]\n" for name, hz in clocks.items()
    )


def _check_family(board: Board, core: CoreFile) -> None:
    if core.family not in (board.family, "plain"):
        raise BoardError(
            f"{core.verilog} holds cells of family {core.family}, {board.title} is of family"
            f" {board.family}: `python -m gen hdl --family {board.family}` writes it again"
        )


def _read_plan(files: dict[str, str], board: Board) -> BuildPlan:
    """Keep the files that the steps read, and the steps of Amaranth's build_top.json."""
    family = board.kind
    commands = json.loads(files["build_top.json"])["commands"]
    steps = {command[0]: list(command[1:]) for command in commands}
    for program, args in steps.items():
        # Amaranth takes options from AMARANTH_* in the environment too.
        if "--timing-allow-fail" in args:
            raise BoardError(
                f"{program} --timing-allow-fail is never used; unset the AMARANTH_* variables"
            )
    kept = {name: text for name, text in files.items() if not name.startswith("build_")}
    kept.pop("top.debug.v", None)
    return BuildPlan(
        kept,
        tuple(_replaced(steps["yosys"], {"-l": "logs/yosys.log"})),
        tuple(_route_args(steps[family.route_step], board)),
        tuple(_pack_args(steps[family.pack_step], family)),
    )


def _replaced(args: list[str], values: Mapping[str, str | None]) -> list[str]:
    """`args` with the word after each option replaced, or both left out where it is None."""
    result: list[str] = []
    skip = False
    for arg, following in zip(args, [*args[1:], ""], strict=True):
        if skip or arg == "--quiet":
            skip = False
        elif arg in values and following:
            value, skip = values[arg], True
            result += [] if value is None else [arg, value]
        else:
            result.append(arg)
    return result


def _route_args(args: list[str], board: Board) -> list[str]:
    """The plan's place and route, without what each run sets itself."""
    kept = _replaced(args, {"--log": None, board.kind.routed: None})
    if board.family != "gowin":
        return kept
    # Amaranth writes the options of nextpnr-gowin, whose successor takes the die and the pins in
    # another way.
    pins = kept[kept.index("--cst") + 1]
    kept = _replaced(kept, {"--family": None, "--device": None, "--cst": None})
    return [*kept, *board.device_args, "--vopt", f"cst={pins}", "--sdc", "top.sdc"]


def _pack_args(args: list[str], family: Family) -> list[str]:
    """The plan's packing, without the routed file and the bitstream."""
    if family.name == "ice40":
        return args[:-2]
    if family.name == "ecp5":
        return _replaced(args, {"--input": None, "--bit": None, "--svf": None})
    return _replaced(args, {"-o": None})[:-1]


def _as_text(content: str | bytes) -> str:
    return content.decode() if isinstance(content, bytes) else content
