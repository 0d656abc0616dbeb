"""The boards that Smelt builds for, one entry each.

A new board is one more entry here; its pins come from amaranth-boards. Capacities are logic cells
as nextpnr counts them (IceStorm project documentation: LP/HX/UP device tables).
"""

import difflib
import importlib
from dataclasses import dataclass
from typing import Any

from gen.errors import SmeltError

__all__ = ["BOARDS", "Board", "BoardError", "find_board"]


class BoardError(SmeltError):
    """A board is unknown, or cannot carry the design's interface."""


@dataclass(frozen=True)
class Board:
    """What a build needs to know about a board.

    `platform` is the amaranth-boards class as "module:class"; `uart` its serial port's resource
    name; `leds` its LED numbers that show the class, bit 0 first; `extras` an attribute of the
    platform with resources to add (a section that comes attached). `grid` is the chip's tiles,
    (columns, rows). `programmers` are tried in order.
    """

    name: str
    title: str
    platform: str
    device: str
    package: str
    capacity: int
    grid: tuple[int, int]
    clock_hz: int
    leds: tuple[int, ...]
    uart: str = "uart"
    baud: int = 115_200
    programmers: tuple[str, ...] = ("iceprog", "openFPGALoader")
    extras: str | None = None
    nextpnr_opts: tuple[str, ...] = ()
    family: str = "ice40"

    @property
    def device_args(self) -> tuple[str, ...]:
        """The nextpnr-ice40 options that choose device and package."""
        return (f"--{self.device.removeprefix('iCE40').lower()}", "--package", self.package.lower())

    def make_platform(self) -> Any:
        """A fresh Amaranth platform of this board."""
        module, name = self.platform.split(":")
        platform = getattr(importlib.import_module(module), name)()
        if self.extras is not None:
            platform.add_resources(getattr(platform, self.extras))
        return platform


_TABLE = (
    Board(
        "icebreaker",
        "iCEBreaker",
        "amaranth_boards.icebreaker:ICEBreakerPlatform",
        "iCE40UP5K",
        "SG48",
        5_280,
        (26, 32),
        12_000_000,
        # The four green LEDs of the break-off section, then its red one.
        leds=(3, 4, 5, 6, 2),
        extras="break_off_pmod",
    ),
    Board(
        "icestick",
        "Lattice iCEstick",
        "amaranth_boards.icestick:ICEStickPlatform",
        "iCE40HX1K",
        "TQ144",
        1_280,
        (14, 18),
        12_000_000,
        leds=(0, 1, 2, 3, 4),
    ),
    Board(
        "hx8k",
        "Lattice iCE40-HX8K breakout board",
        "amaranth_boards.ice40_hx8k_b_evn:ICE40HX8KBEVNPlatform",
        "iCE40HX8K",
        "CT256",
        7_680,
        (34, 34),
        12_000_000,
        leds=(0, 1, 2, 3, 4, 5, 6, 7),
    ),
    Board(
        "icesugar",
        "iCESugar",
        "amaranth_boards.icesugar:ICESugarPlatform",
        "iCE40UP5K",
        "SG48",
        5_280,
        (26, 32),
        12_000_000,
        leds=(0, 1, 2),
        programmers=("icesprog",),
    ),
)

BOARDS: dict[str, Board] = {board.name: board for board in _TABLE}


def find_board(name: str) -> Board:
    """The board called `name`, in any case; BoardError lists the known ones and the nearest."""
    board = BOARDS.get(name.lower())
    if board is not None:
        return board
    near = difflib.get_close_matches(name.lower(), BOARDS, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise BoardError(f"board {name!r} is unknown; known are {', '.join(BOARDS)}{hint}")
