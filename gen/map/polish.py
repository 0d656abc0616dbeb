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
from pathlib import Path

from gen.console import say
from gen.files import write_text
from gen.map.blif import format_blif, parse_blif
from gen.map.netlist import Netlist, NetlistError
from gen.map.recipes import LIBRARY, commands, library
from gen.tools.abc import run_abc
from gen.tools.tool import ToolFailed

__all__ = ["polish"]

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

STIRS: tuple[tuple[str, ...], ...] = (
    ("strash", "dch", AGAIN, WIDE, PACK),
    ("strash", "&get", "&synch2", "&put", AGAIN, WIDE, PACK),
)
"""Steps that make another netlist, mostly larger."""

ROUNDS = 6
LARGE = 2_500
"""LUTs from which on a netlist is polished once: a step takes seconds there, for less."""


def polish(netlist: Netlist, stir: bool, timeout: float = 120) -> Netlist:
    """The smallest netlist of the same function that was come by, nothing proved.

    `stir` says whether to take it apart in between as well. A step that fails, or takes the whole
    of `timeout` seconds with those before it, is the last of its chain. Netlists with registers or
    pipeline stages are not for polishing: they get both afterwards.
    """
    assert not netlist.registers
    assert netlist.latency == 1
    chains = [DESCENT, *((one, *DESCENT[1:3]) for one in STIRS if stir)]
    for _ in range(1 if len(netlist.cells) > LARGE else ROUNDS):
        best = _best(netlist, chains, timeout) if netlist.cells else netlist
        if _size(best) >= _size(netlist):
            break
        netlist = best
    return netlist


def _best(netlist: Netlist, chains: Sequence[Sequence[Sequence[str]]], timeout: float) -> Netlist:
    """The smallest netlist that a step of any chain leaves."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda steps: _chain(netlist, steps, timeout), chains)
        return min((one for some in found for one in some), key=_size, default=netlist)


def _size(netlist: Netlist) -> int:
    return len(netlist.cells)


def _chain(netlist: Netlist, steps: Sequence[Sequence[str]], timeout: float) -> list[Netlist]:
    """The netlists after each step, each made of the one before; fewer where one fails."""
    names = netlist.inputs, [name for name, _ in netlist.outputs]
    with tempfile.TemporaryDirectory(prefix="smelt-abc-") as name:
        folder = Path(name)
        write_text(folder / "in.blif", format_blif(netlist))
        write_text(folder / LIBRARY, library(netlist.k))
        script = [f"read_lut {LIBRARY}", "read_blif in.blif"]
        for at, step in enumerate(steps):
            script += [*commands(step, netlist.k), f"write_blif {at}.blif"]
        try:
            run_abc(script, folder, timeout)
        except ToolFailed as error:
            say(f"  polishing stopped early: {error}")
        made = [folder / f"{at}.blif" for at in range(len(steps))]
        texts = [path.read_text() for path in made if path.exists()]
    found = []
    for text in texts:
        try:
            found.append(parse_blif(text, *names, netlist.k))
        except NetlistError:  # An unfinished file, or LUTs that are too wide.
            continue
    return found
