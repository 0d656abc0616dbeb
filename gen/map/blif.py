"""LUT netlists as BLIF, the form in which ABC takes and gives them (Berkeley Logic Interchange
Format, 1992).

ABC names inputs and outputs after the AIGER symbols, or p<i>/po<i> in file order; only the order
is used here.
"""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from gen.map.assemble import Assembler, Wire
from gen.map.netlist import TRUE, Netlist, NetlistError

__all__ = ["blif_text", "parse_blif"]


def parse_blif(text: str, inputs: Sequence[str], outputs: Sequence[str], k: int = 4) -> Netlist:
    """The netlist of a BLIF model whose inputs and outputs are, in order, these names."""
    made_in, made_out, tables = _statements(text)
    if len(made_in) != len(inputs) or len(made_out) != len(outputs):
        raise NetlistError(
            f"BLIF with {len(made_in)} inputs and {len(made_out)} outputs, expected"
            f" {len(inputs)} and {len(outputs)}"
        )
    assembler = Assembler(inputs)
    signals: dict[str, Wire] = {name: (at, False) for at, name in enumerate(made_in)}
    for made, sources, table in _in_order(tables):
        signals[made] = assembler.add([signals[source] for source in sources], table)
    return assembler.finish({n: signals[m] for n, m in zip(outputs, made_out, strict=True)}, k)


def _statements(text: str) -> tuple[list[str], list[str], list[tuple[str, list[str], int]]]:
    inputs: list[str] = []
    outputs: list[str] = []
    tables: list[tuple[str, list[str], int]] = []
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == ".inputs":
            inputs += words[1:]
        elif words[0] == ".outputs":
            outputs += words[1:]
        elif words[0] == ".names":
            *sources, made = words[1:]
            tables.append((made, sources, 0))
        elif words[0][0] in "01-" and tables:
            made, sources, table = tables[-1]
            tables[-1] = (made, sources, _cover(table, len(sources), words))
    return inputs, outputs, tables


def _in_order(
    tables: Sequence[tuple[str, list[str], int]],
) -> Iterator[tuple[str, list[str], int]]:
    """The tables sorted so that each comes after those it reads: ABC writes them in any order."""
    by_name = {made: (made, sources, table) for made, sources, table in tables}
    order = TopologicalSorter({made: sources for made, sources, _ in tables})
    try:
        yield from (by_name[name] for name in order.static_order() if name in by_name)
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise NetlistError(f"BLIF with a combinational cycle: {cycle}") from None


def _cover(table: int, size: int, words: Sequence[str]) -> int:
    """Add one line of a cover; an off-set line ("... 0") makes the table a complement."""
    pattern, value = (words[0], words[1]) if size else ("", words[0])
    rows = [
        row
        for row in range(1 << size)
        if all(c == "-" or int(c) == row >> at & 1 for at, c in enumerate(pattern))
    ]
    if value == "1":
        return table | sum(1 << row for row in rows)
    full = (1 << (1 << size)) - 1
    return (table or full) & ~sum(1 << row for row in rows)


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
