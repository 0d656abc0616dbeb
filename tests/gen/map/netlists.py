"""Random netlists, and what their tables say, looked up cell by cell."""

import numpy as np

from gen.logic.graph import Builder, Graph
from gen.map.netlist import TRUE, Cell, Netlist
from tests.gen.logic.graphs import random_graph


def outputs_for(netlist: Netlist, bits: list[int]) -> list[int]:
    """The outputs for one vector: every cell's table is looked up, in order."""
    values = dict(enumerate(bits))
    values[-1], values[-2] = 0, 1
    for at, cell in enumerate(netlist.cells, len(netlist.inputs)):
        index = sum(values[source] << k for k, source in enumerate(cell.fan_in))
        values[at] = cell.table >> index & 1
    return [values[signal] for _, signal in netlist.outputs]


def netlist_tables(netlist: Netlist) -> dict[str, int]:
    """Truth tables of the outputs over all inputs."""
    n = len(netlist.inputs)
    rows = [outputs_for(netlist, [v >> i & 1 for i in range(n)]) for v in range(1 << n)]
    return {
        name: sum(row[at] << v for v, row in enumerate(rows))
        for at, (name, _) in enumerate(netlist.outputs)
    }


def random_netlist(
    rng: np.random.Generator, inputs: int = 5, cells: int = 20, outputs: int = 4, k: int = 4
) -> Netlist:
    """A netlist of random tables; constants, inputs and shared signals among its outputs."""
    made = []
    for at in range(cells):
        size = int(rng.integers(1, k + 1))
        size = min(size, inputs + at)
        fan_in = rng.choice(inputs + at, size, replace=False)
        table = int.from_bytes(rng.bytes(8), "little") & ((1 << (1 << size)) - 1)
        made.append(Cell(table, tuple(fan_in.tolist())))
    ends = [int(end) for end in rng.integers(-2, inputs + cells, outputs)]
    names = tuple(f"x[{at}]" for at in range(inputs))
    return Netlist(names, tuple((f"y{at}", s) for at, s in enumerate(ends)), tuple(made), k)


def random_words(count: int, width: int, inputs: int, seed: int) -> Netlist:
    """Words `class[i].k` of random LUT4 of the inputs, each bit one."""
    rng = np.random.default_rng(seed)
    cells = []
    for _ in range(count * width):
        fan_in = rng.choice(inputs, 4, replace=False).tolist()
        cells.append(Cell(int(rng.integers(1, 0xFFFF)), tuple(fan_in)))
    names = [f"class[{at}]" + (f".{k}" if width > 1 else "")
             for at in range(count) for k in range(width)]  # fmt: skip
    ends = enumerate(names, inputs)
    inner = tuple(f"x[{at}]" for at in range(inputs))
    return Netlist(inner, tuple((name, signal) for signal, name in ends), tuple(cells))


def layered(seed: int, inputs: int = 5, layers: int = 2, width: int = 4) -> Graph:
    """A sectioned graph of random layers."""
    rng = np.random.default_rng(seed)
    b = Builder()
    signals = [b.input(f"x[{at}]") for at in range(inputs)]
    for layer in range(1, layers + 1):
        made = b.import_graph(random_graph(rng, len(signals), 25, width), signals)
        names = [f"layer{layer}[{at}]" for at in range(width)]
        for name, signal in zip(names, made, strict=True):
            b.output(name, signal)
        signals = [b.input(name) for name in names]
    for at, signal in enumerate(b.import_graph(random_graph(rng, len(signals), 15, 2), signals)):
        b.output(f"class.{at}", signal)
    return b.graph()


def blif_text(netlist: Netlist) -> str:
    """A netlist as a BLIF model, signals named s<number>."""
    outs = [f"o{at}" for at in range(len(netlist.outputs))]
    ins = [f"s{at}" for at in range(netlist.n_inputs)]
    lines = [".model mapped", f".inputs {' '.join(ins)}", f".outputs {' '.join(outs)}"]
    for at, cell in enumerate(netlist.cells, netlist.n_inputs):
        lines.append(f".names {' '.join(f's{s}' for s in cell.fan_in)} s{at}")
        size = len(cell.fan_in)
        rows = [row for row in range(1 << size) if cell.table >> row & 1]
        lines += ["".join(str(row >> k & 1) for k in range(size)) + " 1" for row in rows]
    for name, (_, signal) in zip(outs, netlist.outputs, strict=True):
        if signal >= 0:
            lines += [f".names s{signal} {name}", "1 1"]
        else:
            lines += [f".names {name}", *(["1"] if signal == TRUE else [])]
    return "\n".join([*lines, ".end", ""])
