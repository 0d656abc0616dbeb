"""Small random netlists, and what they compute by looking tables up one vector at a time."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gen.map.netlist import FALSE, TRUE, Cell, Netlist

__all__ = ["every_input", "truth_table", "random_inputs", "random_netlist", "write_build"]


def random_netlist(
    seed: int,
    n_in: int = 10,
    cells: int = 40,
    scores: int = 3,
    score_bits: int = 5,
    latency: int = 2,
    k: int = 4,
) -> Netlist:
    """Cells in three layers and `latency` stages; some have names."""
    choose = random.Random(seed)
    made: list[Cell] = []
    for index in range(cells):
        size = choose.randint(1, k)
        pool = range(n_in + index)
        fan_in = tuple(choose.sample(pool[-60:], size))
        earliest = max((made[s - n_in].stage for s in fan_in if s >= n_in), default=0)
        stage = max(earliest, index * latency // cells)
        layer = 1 + index * 3 // cells
        name = f"layer{layer}[{index}].{index % 2}" if index % 3 else None
        made.append(Cell(choose.getrandbits(1 << size), fan_in, name, f"layer{layer}", 0, stage))
    words = [("class", max(1, (scores - 1).bit_length()))]
    words += [(f"score[{c}]", score_bits) for c in range(scores) if score_bits]
    names = [f"{word}.{bit}" for word, width in words for bit in range(width)]
    # The last cells, then an input, a constant and a repeated signal where bits are left.
    signals = [*range(n_in + cells - 1, n_in - 1, -1)][: len(names)]
    signals += ([0, FALSE, TRUE] * len(names))[: len(names) - len(signals)]
    outputs = tuple(zip(names, signals, strict=True))
    return Netlist(tuple(f"x[{i}]" for i in range(n_in)), outputs, tuple(made), k, latency)


def truth_table(netlist: Netlist, x: int) -> int:
    """The output bits for input bits `x`, by table look-up in order."""
    values = [x >> index & 1 for index in range(len(netlist.inputs))]
    for cell in netlist.cells:
        row = sum(values[source] << place for place, source in enumerate(cell.fan_in))
        values.append(cell.table >> row & 1)
    constants = {FALSE: 0, TRUE: 1}
    bits = [constants[s] if s < 0 else values[s] for _, s in netlist.outputs]
    return sum(bit << place for place, bit in enumerate(bits))


def random_inputs(netlist: Netlist, count: int, seed: int) -> list[int]:
    """`count` random input words."""
    choose = random.Random(seed)
    return [choose.getrandbits(len(netlist.inputs)) for _ in range(count)]


def every_input(netlist: Netlist) -> list[int]:
    """All input words."""
    return list(range(1 << len(netlist.inputs)))


def write_build(
    folder: Path,
    netlist: Netlist,
    inputs: Sequence[int],
    outputs: Sequence[int] | None = None,
    n_test: int = 1,
) -> Path:
    """Write mapped.json and vectors.npz into `folder`; returns mapped.json."""
    netlist.write(folder / "mapped.json")
    if outputs is None:
        outputs = [truth_table(netlist, x) for x in inputs]
    n_in, n_out = len(netlist.inputs), len(netlist.outputs)
    np.savez(
        folder / "vectors.npz",
        inputs=pack(inputs, n_in),
        outputs=pack(outputs, n_out),
        n_in=n_in,
        n_out=n_out,
        n_test=n_test,
        labels=np.zeros(n_test, np.int64),
        meta="{}",
    )
    return folder / "mapped.json"


def pack(words: Sequence[int], bits: int) -> np.ndarray:
    """Words as rows of bytes, lowest bits first, as vectors.npz holds them."""
    rows = [[word >> (8 * j) & 0xFF for j in range(-(-bits // 8))] for word in words]
    return np.array(rows, np.uint8).reshape(len(words), -(-bits // 8))
