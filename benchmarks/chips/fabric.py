"""The fabric's limit: how fast a device runs a random pipeline of one LUT between registers.

Every cell is a LUT4 that depends on all four of its inputs, read from cells of the stage before it
chosen at random, with a register behind it. N cells stand in stages of 2 * sqrt(N), which is the
shape of a network's core; each signal is read four times on average. A core's Fmax is
told as a share of this. It is a yardstick, not a bound: narrower stages have shorter wires (1,000
cells in stages of 32 ran at 163 MHz on UP5K, in stages of 64 at 149), and so have networks.
"""

import math
import random
from pathlib import Path
from typing import Any

from benchmarks.chips.place import Device, place
from gen.files import make_folder
from gen.map.netlist import Cell, Netlist

__all__ = ["measure_fabric", "random_pipeline"]


def random_pipeline(cells: int, seed: int = 0) -> Netlist:
    """The netlist: `cells` LUT4 in stages of one LUT, 2 * sqrt(cells) wide."""
    choose = random.Random(seed)
    width = 2 * math.isqrt(cells)
    made: list[Cell] = []
    before = list(range(width))
    for stage in range(-(-cells // width)):
        count = min(width, cells - len(made))
        for _ in range(count):
            sources = tuple(choose.sample(before, 4))
            made.append(Cell(_full_table(choose), sources, stage=stage))
        top = width + len(made)
        before = list(range(top - count, top))
        if count < 4:
            break
    names = tuple(f"x[{at}]" for at in range(width))
    outputs = tuple((f"y.{at}", signal) for at, signal in enumerate(before))
    return Netlist(names, outputs, tuple(made), latency=made[-1].stage + 1)


def _full_table(choose: random.Random) -> int:
    """A table of four inputs that depends on each of them."""
    while True:
        table = choose.getrandbits(16)
        rows = range(16)
        if all(any((table >> row ^ table >> (row ^ 1 << k)) & 1 for row in rows) for k in range(4)):
            return table


def measure_fabric(device: Device, cells: int, folder: Path, seeds: int = 3) -> dict[str, Any]:
    """Place and route the random pipeline; as `place`."""
    from gen.hdl import write_core

    netlist = random_pipeline(cells)
    make_folder(folder)
    netlist.write(folder / "mapped.json")
    write_core(folder / "mapped.json", folder, device.family, "fabric")
    text = (folder / "core.v").read_text(encoding="utf-8")
    return place(device, text, netlist.n_inputs, len(netlist.outputs), folder / "place", seeds)
