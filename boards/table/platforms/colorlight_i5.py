"""Colorlight i5: a receiver card with an ECP5, on Muselab's extension board.

Pins: https://github.com/wuxx/Colorlight-FPGA-Projects (clock P3, LED U16) and the schematic of the
extension board there, whose USB-to-serial converter is wired to J17 (from the FPGA) and H18.
"""

from typing import ClassVar

from amaranth.build import Attrs, Clock, Connector, Pins, Resource
from amaranth.vendor import LatticeECP5Platform
from amaranth_boards.resources import LEDResources, UARTResource

__all__ = ["ColorlightI5Platform"]


class ColorlightI5Platform(LatticeECP5Platform):
    """Version 7.0; 6.0 has the same pins."""

    device = "LFE5U-25F"
    package = "BG381"
    speed = "6"
    default_clk = "clk25"
    connectors: ClassVar[list[Connector]] = []
    resources = [
        Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), Attrs(IO_TYPE="LVCMOS33")),
        *LEDResources(pins="U16", invert=True, attrs=Attrs(IO_TYPE="LVCMOS33")),
        UARTResource(0, rx="H18", tx="J17", attrs=Attrs(IO_TYPE="LVCMOS33")),
    ]
