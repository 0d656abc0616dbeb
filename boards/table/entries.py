"""The boards that Smelt builds for, one entry each.

A new board is one more entry here, or a file of one's own (see `boards.table.own`). Its pins come
from amaranth-boards, or from a class in `boards.table.platforms`. Capacities are what nextpnr
counts: iCE40 logic cells (IceStorm's device tables), ECP5 and Gowin LUT4.
"""

import difflib
from pathlib import Path

from boards.table.board import Board, BoardError, Serial

__all__ = ["BOARDS", "Board", "BoardError", "Serial", "find_board"]

_FTDI = (("iceprog",), ("openFPGALoader", "-b", "ice40_generic", "-f"))
_UP5K = ("iCE40UP5K", "SG48", 5_280, (26, 32))
_ECP5_25F, _ECP5_85F = (24_288, (73, 51)), (83_640, (127, 96))

_TABLE = (
    Board(
        "icebreaker",
        "iCEBreaker",
        "amaranth_boards.icebreaker:ICEBreakerPlatform",
        *_UP5K,
        12_000_000,
        # The four green LEDs of the break-off section, then its red one.
        leds=(3, 4, 5, 6, 2),
        programmers=_FTDI,
        extras="break_off_pmod",
        clock_at_pll=True,
    ),
    Board(
        "icebreaker-bitsy",
        "iCEBreaker-bitsy",
        "amaranth_boards.icebreaker_bitsy:ICEBreakerBitsyPlatform",
        *_UP5K,
        12_000_000,
        leds=(0, 1),
        programmers=(("dfu-util", "-d", "1d50:6146", "-a", "0", "-R", "-D"),),
        # Digilent's Pmod specification 1.3.1, type 3: pin 2 sends, pin 3 receives.
        serial=Serial(rx="3", tx="2", connector=("pmod", 1)),
        clock_at_pll=True,
        notes="link on Pmod 1: needs a serial adapter",
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
        programmers=_FTDI,
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
        programmers=_FTDI,
    ),
    Board(
        "tinyfpga-bx",
        "TinyFPGA BX",
        "amaranth_boards.tinyfpga_bx:TinyFPGABXPlatform",
        "iCE40LP8K",
        "CM81",
        7_680,
        (34, 34),
        16_000_000,
        leds=(0,),
        programmers=(("tinyprog", "-p"),),
        # Pins 1 and 2 as printed on the board, as LiteX has them (litex_boards, tinyfpga_bx).
        serial=Serial(rx="2", tx="1", connector=("gpio", 0)),
        notes="link on pins 1 (TX) and 2 (RX): needs a serial adapter",
    ),
    Board(
        "upduino-v3",
        "UPduino v3",
        "amaranth_boards.upduino_v3:UpduinoV3Platform",
        *_UP5K,
        12_000_000,
        leds=("r", "g", "b"),
        programmers=(("iceprog",), ("openFPGALoader", "-b", "ice40_generic", "-f")),
        # The FT232H's wires to the flash memory, whose select (16) is held off; upduino.pcf of
        # the board's repository (tinyvision-ai-inc/UPduino-v3.0) calls them serial_txd and _rxd.
        serial=Serial(rx="15", tx="14"),
        held_high=("16",),
        settings={"hfosc_div": 2},
        notes="runs on the chip's oscillator, exact to 10 %: the crystal needs OSC soldered",
    ),
    Board(
        "icesugar",
        "iCESugar",
        "amaranth_boards.icesugar:ICESugarPlatform",
        *_UP5K,
        12_000_000,
        leds=(0, 1, 2),
        programmers=(("icesprog",),),
        clock_at_pll=True,
    ),
    Board(
        "ulx3s-25f",
        "ULX3S 25F",
        "amaranth_boards.ulx3s:ULX3S_25F_Platform",
        "LFE5U-25F",
        "BG381",
        *_ECP5_25F,
        25_000_000,
        leds=(0, 1, 2, 3, 4, 5, 6, 7),
        programmers=(("openFPGALoader", "-b", "ulx3s", "-f"), ("fujprog", "-j", "flash")),
        family="ecp5",
        variant="6",
    ),
    Board(
        "ulx3s-85f",
        "ULX3S 85F",
        "amaranth_boards.ulx3s:ULX3S_85F_Platform",
        "LFE5U-85F",
        "BG381",
        *_ECP5_85F,
        25_000_000,
        leds=(0, 1, 2, 3, 4, 5, 6, 7),
        programmers=(("openFPGALoader", "-b", "ulx3s", "-f"), ("fujprog", "-j", "flash")),
        family="ecp5",
        variant="6",
    ),
    Board(
        "orangecrab",
        "OrangeCrab r0.2 25F",
        "amaranth_boards.orangecrab_r0_2:OrangeCrabR0_2_25FPlatform",
        "LFE5U-25F",
        "MG285",
        *_ECP5_25F,
        48_000_000,
        leds=("r", "g", "b"),
        programmers=(("dfu-util", "-d", "1209:5af0", "-a", "0", "-D"),),
        family="ecp5",
        variant="8",
        # Adafruit's Feather header: 0 is RX, 1 is TX.
        serial=Serial(rx="0", tx="1", connector=("io", 0)),
        notes="link on pins 0 (RX) and 1 (TX): needs a serial adapter",
    ),
    Board(
        "colorlight-i5",
        "Colorlight i5",
        "boards.table.platforms.colorlight_i5:ColorlightI5Platform",
        "LFE5U-25F",
        "BG381",
        *_ECP5_25F,
        25_000_000,
        leds=(0,),
        programmers=(("openFPGALoader", "-b", "colorlight-i5", "-f"), ("ecpdap", "flash", "write")),
        family="ecp5",
        variant="6",
        notes="on Muselab's extension board",
    ),
    Board(
        "colorlight-5a-75b",
        "Colorlight 5A-75B v7.0",
        "amaranth_boards.colorlight_5a75b_r7_0:Colorlight_5A75B_R70Platform",
        "LFE5U-25F",
        "BG256",
        *_ECP5_25F,
        25_000_000,
        # Its one LED is the pin that the serial port sends on.
        leds=(),
        programmers=(("openFPGALoader", "-c", "ft232", "-f"),),
        family="ecp5",
        variant="6",
        notes="link on J19, KEY+ (RX) and DATA_LED- (TX): needs a serial adapter and JTAG",
    ),
    Board(
        "tang-nano-9k",
        "Sipeed Tang Nano 9K",
        "amaranth_boards.tang_nano_9k:TangNano9kPlatform",
        "GW1NR-LV9QN88PC6/I5",
        "QN88P",
        8_640,
        (47, 29),
        27_000_000,
        leds=(0, 1, 2, 3, 4, 5),
        programmers=(("openFPGALoader", "-b", "tangnano9k", "-f"),),
        family="gowin",
        variant="GW1N-9C",
        notes="timing is not trusted: the delays of nextpnr's Gowin database look implausible",
    ),
)

BOARDS: dict[str, Board] = {board.name: board for board in _TABLE}


def find_board(name: str) -> Board:
    """The board called `name`, in any case, or defined by a file: a path that ends in .py.

    BoardError lists the known ones and the nearest, or says what is wrong with the file.
    """
    if name.endswith(".py"):
        from boards.table.own import load_board

        return load_board(Path(name))
    board = BOARDS.get(name.lower())
    if board is not None:
        return board
    near = difflib.get_close_matches(name.lower(), BOARDS, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise BoardError(f"board {name!r} is unknown; known are {', '.join(BOARDS)}{hint}")
