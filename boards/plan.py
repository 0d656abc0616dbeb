"""The build plan: the top level around core.v as files and argument lists, nothing run yet."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.build import ResourceError
from amaranth.hdl import Elaboratable, Module
from amaranth.lib import io

from boards.core import CoreFile
from boards.table import Board, BoardError
from gen.files import replacing
from hw.top import CoreTop

__all__ = ["BuildPlan", "make_plan"]


@dataclass(frozen=True)
class BuildPlan:
    """Files (name -> text) and the argument list of each step, by program name.

    The argument lists leave out the program; file names are relative to the build folder.
    """

    files: dict[str, str]
    steps: dict[str, tuple[str, ...]]

    def extract(self, folder: Path) -> None:
        """Write the files into `folder`."""
        for name, text in self.files.items():
            with replacing(folder / name) as stream:
                stream.write(text)


class BoardTop(Elaboratable):
    """The serial port and lights of a board, connected to the core's top level."""

    def __init__(self, board: Board, design: CoreTop) -> None:
        self.board = board
        self.design = design

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.design = design = self.design
        uart = platform.request(self.board.uart, 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [design.rx.eq(rx.i), tx.o.eq(design.tx)]
        for light, number in zip(design.leds, self.board.leds, strict=False):
            led = io.Buffer("o", platform.request("led", number, dir="-"))
            m.submodules[f"led{number}"] = led
            m.d.comb += led.o.eq(light)
        return m


def make_plan(
    board: Board, core: CoreFile, baud: int | None = None, self_test: bool = True
) -> BuildPlan:
    """The plan that builds top.bin for `board` around `core`.

    The same core and board give the same plan, byte for byte: no dates and no paths are in it.
    Raises BoardError where the link cannot carry the core, or the board lacks a resource.
    """
    platform = board.make_platform()
    platform.add_file("core.v", core.verilog.read_text(encoding="utf-8"))
    try:
        design = CoreTop.at(
            core.shape(self_test), board.clock_hz, baud or board.baud, digest=core.digest
        )
        plan = platform.build(
            BoardTop(board, design),
            name="top",
            do_build=False,
            emit_src=False,
            script_after_synth="tee -q -o top.stat.json stat -json",
            nextpnr_opts=" ".join(board.nextpnr_opts),
        )
    except (ValueError, ResourceError) as error:
        raise BoardError(f"board {board.name}: {error}") from None
    return _read_plan(plan.files)


def _read_plan(files: dict[str, str]) -> BuildPlan:
    """Keep the files that the steps read, and the steps of Amaranth's build_top.json."""
    commands = json.loads(files["build_top.json"])["commands"]
    steps = {command[0]: tuple(command[1:]) for command in commands}
    for program, args in steps.items():
        # Amaranth takes options from AMARANTH_* in the environment too.
        if "--timing-allow-fail" in args:
            raise BoardError(
                f"{program} --timing-allow-fail is never used; unset the AMARANTH_* variables"
            )
    kept = {name: text for name, text in files.items() if not name.startswith("build_")}
    kept.pop("top.debug.v", None)
    return BuildPlan({name: _as_text(text) for name, text in kept.items()}, steps)


def _as_text(content: str | bytes) -> str:
    return content.decode() if isinstance(content, bytes) else content
