"""What a board is: its chip, clock, serial port, lights and programmers, and its platform."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boards.table.families import FAMILIES, MEMORY, Family
from gen.errors import SmeltError

__all__ = ["Board", "BoardError", "Serial"]


class BoardError(SmeltError):
    """A board is unknown, or cannot carry the design's interface."""


@dataclass(frozen=True)
class Serial:
    """Pins of a serial port that the platform does not name: `rx` into the FPGA, `tx` out of it.

    They are pins of the package, or, with `connector` (name, number), of that connector.
    """

    rx: str
    tx: str
    connector: tuple[str, int] | None = None


@dataclass(frozen=True)
class Board:
    """What a build needs to know about a board.

    `platform` is an Amaranth platform, as "module:class" or the class; `settings` are attributes
    set on it. `variant` is an ECP5's speed grade, or nextpnr's name of a Gowin die. `grid` is the
    chip's tiles, (columns, rows). `leds` show the class, bit 0 first: the number of an LED, or
    "r", "g", "b" of the first RGB LED. `serial` gives the serial port's pins where the platform
    has no `uart`; `held_high` are pins that keep something else off its wires. `extras` is an
    attribute of the platform with resources to add (a section that comes attached).
    `clock_at_pll` says that an iCE40's clock comes in at its PLL's own pin.
    `programmers` are (name, option, ...), tried in order. `notes` is what a user must know before
    plugging it in.
    """

    name: str
    title: str
    platform: str | type
    device: str
    package: str
    capacity: int
    grid: tuple[int, int]
    clock_hz: int
    leds: tuple[int | str, ...]
    programmers: tuple[tuple[str, ...], ...]
    family: str = "ice40"
    variant: str = ""
    serial: Serial | None = None
    uart: str = "uart"
    baud: int = 115_200
    held_high: tuple[str, ...] = ()
    clock_at_pll: bool = False
    extras: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""

    @property
    def kind(self) -> Family:
        """What the board's family has in common."""
        return FAMILIES[self.family]

    @property
    def memory(self) -> int | None:
        """Bits of block RAM that are loaded with the bitstream; None where they are not known."""
        return MEMORY.get(self.device)

    @property
    def device_args(self) -> tuple[str, ...]:
        """The options that tell nextpnr device and package."""
        if self.family == "ice40":
            size = self.device.removeprefix("iCE40").lower()
            return (f"--{size}", "--package", self.package.lower())
        if self.family == "ecp5":
            size = self.device.removeprefix("LFE5U-").removesuffix("F")
            package = {"BG": "CABGA", "MG": "CSFBGA"}[self.package[:2]] + self.package[2:]
            return (f"--{size}k", "--package", package, "--speed", self.variant)
        return ("--device", self.device, "--vopt", f"family={self.variant}")

    def make_platform(self) -> Any:
        """A fresh Amaranth platform of this board, with its serial port among its resources."""
        from amaranth.build import Attrs, Pins, Resource
        from amaranth_boards.resources import UARTResource

        made = self.platform
        if isinstance(made, str):
            module, name = made.split(":")
            made = getattr(importlib.import_module(module), name)
        platform = made()
        for attribute, value in self.settings.items():
            setattr(platform, attribute, value)
        if self.extras is not None:
            platform.add_resources(getattr(platform, self.extras))
        level = Attrs(**dict([self.kind.io_level]))
        if self.serial is not None:
            rx, tx, connector = self.serial.rx, self.serial.tx, self.serial.connector
            port = UARTResource(self.uart, 0, rx=rx, tx=tx, conn=connector, attrs=level)
            platform.add_resources([port])
        for number, pin in enumerate(self.held_high):
            platform.add_resources([Resource("held_high", number, Pins(pin, dir="o"), level)])
        return platform
