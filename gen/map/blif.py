"""LUT netlists as BLIF, the form in which ABC takes and gives them (Berkeley Logic Interchange
Format, 1992).

ABC names inputs and outputs after the AIGER symbols, or p<i>/po<i> in file order; only the order
is used here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from gen.map.assemble import Assembler, Wire
from gen.map.netlist import TRUE, Netlist, NetlistError

__all__ = ["format_blif", "parse_blif"]


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
    covers: list[tuple[str, list[str], list[list[str]]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] in (".model", ".end"):
            continue
        if words[0] == ".inputs":
            inputs += words[1:]
        elif words[0] == ".outputs":
            outputs += words[1:]
        elif words[0] == ".names" and len(words) > 1:
            covers.append((words[-1], words[1:-1], []))
        elif words[0][0] in "01-" and covers:
            covers[-1][2].append(words)
        else:
            raise NetlistError(f"BLIF line {line[:60]!r}: not part of a combinational LUT netlist")
    tables = [(made, sources, _cover(made, len(sources), rows)) for made, sources, rows in covers]
    _check_names(inputs, outputs, tables)
    return inputs, outputs, tables


def _check_names(
    inputs: Sequence[str], outputs: Sequence[str], tables: Sequence[tuple[str, list[str], int]]
) -> None:
    made = [*inputs, *(name for name, _, _ in tables)]
    twice = [name for name, count in Counter(made).items() if count > 1]
    if twice:
        raise NetlistError(f"BLIF signal {twice[0]!r} is made twice")
    read = {*outputs, *(source for _, sources, _ in tables for source in sources)}
    unknown = sorted(read - set(made))
    if unknown:
        raise NetlistError(f"BLIF signal {unknown[0]!r} is read but never made")


def _cover(made: str, size: int, rows: Sequence[list[str]]) -> int:
    """The truth table of a cover: of its on-set, or, where its lines end in 0, of its off-set."""
    values = {row[-1] for row in rows}
    patterns = [row[0] if size else "" for row in rows]
    fits = all(len(row) == 1 + bool(size) for row in rows)
    fits &= all(len(p) == size and set(p) <= set("01-") for p in patterns)
    if not fits or len(values) > 1 or not values <= {"0", "1"}:
        raise NetlistError(f"BLIF cover of {made!r}: {rows} for {size} inputs")
    table = 0
    for row in range(1 << size):
        hit = any(
            all(c == "-" or int(c) == row >> at & 1 for at, c in enumerate(pattern))
            for pattern in patterns
        )
        table |= (hit != (values == {"0"})) << row
    return table


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


def format_blif(netlist: Netlist) -> str:
    """The netlist as a BLIF model of the inputs i0, i1, ... and the outputs o0, o1, ...

    A cell of constant 0 is written without its inputs: ABC refuses a cover of inputs and no line.
    """
    names = [f"i{at}" for at in range(netlist.n_inputs)]
    names += [f"c{at}" for at in range(len(netlist.cells))]
    ends = [f"o{at}" for at in range(len(netlist.outputs))]
    inputs, outputs = " ".join(names[: netlist.n_inputs]), " ".join(ends)
    lines = [".model core", f".inputs {inputs}", f".outputs {outputs}"]
    for made, cell in zip(names[netlist.n_inputs :], netlist.cells, strict=True):
        read = " ".join(names[source] for source in cell.fan_in) if cell.table else ""
        lines.append(f".names {read} {made}")
        size = len(cell.fan_in)
        rows = (row for row in range(1 << size) if cell.table >> row & 1)
        lines += [f"{row:0{size}b}"[::-1] + " 1" for row in rows]
    for made, (_, signal) in zip(ends, netlist.outputs, strict=True):
        lines.append(f".names {names[signal]} {made}\n1 1" if signal >= 0 else f".names {made}")
        lines += ["1"] if signal == TRUE else []
    return "\n".join([*lines, ".end", ""])
