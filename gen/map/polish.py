"""Polishing: a LUT netlist is made smaller as it stands, again and again, and the best is kept.

A flow (`gen.map.luts`) ends where its last command ends. What it leaves still gives way to the
same commands with wider windows, one after the other, and, where the logic is not made of counts,
to being taken apart and mapped anew in between: that makes it larger at first, and smaller than
before once it has come down again. Two small KANELE cores came from 195 to 149 LUT4 so, and logic
gates with counts behind them from 434 to 432.
Commands: those of `gen.map.luts`, and `&mfs` (Mishchenko, Brayton, Jiang, Jang, 2011).
"""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from gen.console import say
from gen.files import write_text
from gen.map.blif import format_blif, parse_blif
from gen.map.netlist import Netlist, NetlistError
from gen.map.recipes import LIBRARY, commands, library
from gen.tools.abc import run_abc
from gen.tools.tool import ToolFailed

__all__ = ["LARGE", "polish"]

WIDE = "mfs2 -a -e -W 100 -F 30 -D 20 -M 500 -L 1000 -C 10000"
NEAR = "mfs2 -a -e -W 2 -F 100 -D 20 -M 300 -L 500 -C 10000"
DEEP = "mfs2 -a -e -W 20 -F 100 -D 100 -M 1000 -L 1000 -C 10000"
PACK = "lutpack -S 1"
SAT = ("&get -m", "&satlut -N 64 -C 1000", "&put")
AGAIN = "if -K {k} -a -C 16 -F 4 -A 4"

DESCENT: tuple[tuple[str, ...], ...] = (
    (WIDE, PACK),
    (*SAT, NEAR),
    ("&get -m", "&mfs", "&put", DEEP),
    ("strash", "&get -n", "&if -K {k} -a", "&put", WIDE),
)
"""Steps that hardly ever make a netlist larger."""

QUICK = (DESCENT[0], DESCENT[1], DESCENT[3])

STIRS: tuple[tuple[str, ...], ...] = (
    ("strash", "dch", AGAIN, WIDE, PACK),
    ("strash", "&get", "&synch2", "&put", AGAIN, WIDE, PACK),
)
"""Steps that make another netlist, mostly larger."""

ROUNDS = 6
FAR = 1.08
"""A netlist so many times as large does not come down again in the steps after it."""
LARGE = 700
"""LUTs from which on a netlist is polished once, by QUICK alone: of 1,300 LUTs the other steps take
half a minute each, for less."""


def polish(netlist: Netlist, stir: bool, timeout: float = 120) -> Netlist:
    """The smallest netlist of the same function that was come by, nothing proved.

    `stir` says whether to take it apart in between as well. A step that fails or takes more than
    `timeout` seconds is the last of its chain, and so is one that leaves FAR more. Netlists with
    registers or pipeline stages are not for polishing: they get both afterwards.
    """
    if netlist.registers or netlist.latency != 1:
        raise NetlistError("a netlist with registers or stages is not for polishing")
    large = len(netlist.cells) > LARGE
    steps = QUICK if large else DESCENT
    stirs = [(one, *DESCENT[1:3]) for one in STIRS if stir and not large]
    chains = [steps, *stirs]
    for _ in range(1 if large else ROUNDS):
        with ThreadPoolExecutor(max_workers=2) as pool:
            found = list(pool.map(partial(_end, netlist, timeout), chains))
        best = min(found, key=_size)
        limit = FAR * _size(best)
        chains = [c for c, one in zip(chains, found, strict=True) if _size(one) <= limit]
        if _size(best) >= _size(netlist):
            break
        netlist = best
    return netlist


def _size(netlist: Netlist) -> int:
    return len(netlist.cells)


def _end(netlist: Netlist, timeout: float, steps: Sequence[Sequence[str]]) -> Netlist:
    """The smallest netlist after any of the steps, each made of what the one before left."""
    found: list[Netlist] = []
    made: Netlist | None = netlist
    for step in steps if netlist.cells else ():
        assert made is not None
        made = _step(made, step, timeout)
        if made is None or _size(made) > FAR * _size(netlist):
            break
        found.append(made)
    return min(found, key=_size, default=netlist)


def _step(netlist: Netlist, step: Sequence[str], timeout: float) -> Netlist | None:
    """The netlist after some commands; None where one fails, or makes LUTs that are too wide."""
    with tempfile.TemporaryDirectory(prefix="smelt-abc-") as name:
        folder = Path(name)
        write_text(folder / "in.blif", format_blif(netlist))
        write_text(folder / LIBRARY, library(netlist.k))
        script = [f"read_lut {LIBRARY}", "read_blif in.blif", *commands(step, netlist.k)]
        try:
            run_abc([*script, "write_blif out.blif"], folder, timeout)
            text = (folder / "out.blif").read_text()
            return parse_blif(
                text, netlist.inputs, [name for name, _ in netlist.outputs], netlist.k
            )
        except (ToolFailed, FileNotFoundError, NetlistError) as error:
            say(f"  polishing: `{'; '.join(step)}` is passed over: {error}")
            return None
