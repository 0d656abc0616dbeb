"""Reading the LUT netlist that ABC writes as BLIF (Berkeley Logic Interchange Format, 1992).

ABC names inputs and outputs after the AIGER symbols, or p<i>/po<i> in file order; only the order
is used here. Inverters and wires between LUTs and outputs are folded into the tables.
"""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from gen.map.netlist import FALSE, TRUE, Cell, Netlist, NetlistError

__all__ = ["parse_blif"]

INVERTER, WIRE = 0b01, 0b10


def parse_blif(text: str, inputs: Sequence[str], outputs: Sequence[str], k: int = 4) -> Netlist:
    """The netlist of a BLIF model whose inputs and outputs are, in order, these names."""
    made_in, made_out, tables = _statements(text)
    if len(made_in) != len(inputs) or len(made_out) != len(outputs):
        raise NetlistError(
            f"BLIF with {len(made_in)} inputs and {len(made_out)} outputs, expected"
            f" {len(inputs)} and {len(outputs)}"
        )
    signals: dict[str, tuple[int, bool]] = {name: (at, False) for at, name in enumerate(made_in)}
    cells: list[Cell] = []
    for made, sources, table in _in_order(tables):
        signals[made] = _add(cells, len(inputs), [signals[source] for source in sources], table)
    ends = [signals[name] for name in made_out]
    _invert_outputs(cells, len(inputs), ends)
    pairs = tuple((name, signal) for name, (signal, _) in zip(outputs, ends, strict=True))
    return Netlist(tuple(inputs), pairs, tuple(cells), k)


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
        raise NetlistError(f"BLIF with a combinational cycle: {' -> '.join(error.args[1])}") from None


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


def _add(
    cells: list[Cell], n_inputs: int, sources: Sequence[tuple[int, bool]], table: int
) -> tuple[int, bool]:
    """Add a cell, or fold it where it is a constant, a wire or an inverter: signal, inverted."""
    table, sources = _simplify(table, sources)
    if not sources:
        return (TRUE if table else FALSE), False
    if len(sources) == 1:
        signal, inverted = sources[0]
        return signal, inverted != (table == INVERTER)
    cells.append(Cell(table, tuple(signal for signal, _ in sources)))
    return n_inputs + len(cells) - 1, False


def _simplify(
    table: int, sources: Sequence[tuple[int, bool]]
) -> tuple[int, list[tuple[int, bool]]]:
    """Take inversions, constants and unused inputs out of a table; inverters keep their flag."""
    kept = list(sources)
    for at in reversed(range(len(kept))):
        signal, inverted = kept[at]
        low, high = cofactor(table, len(kept), at, 0), cofactor(table, len(kept), at, 1)
        if signal < 0:
            low = high = high if (signal == TRUE) != inverted else low
        if low == high:
            table = low
            del kept[at]
    if len(kept) > 1:
        for at, (signal, inverted) in enumerate(kept):
            if inverted:
                table = flip_input(table, len(kept), at)
                kept[at] = (signal, False)
    return table, kept


def cofactor(table: int, size: int, at: int, value: int) -> int:
    """The table over the other inputs with input `at` fixed."""
    result = 0
    for row in range(1 << (size - 1)):
        full = (row & ((1 << at) - 1)) | (row >> at << (at + 1)) | value << at
        result |= (table >> full & 1) << row
    return result


def flip_input(table: int, size: int, at: int) -> int:
    """The table with input `at` complemented."""
    return sum((table >> (row ^ (1 << at)) & 1) << row for row in range(1 << size))


def _invert_outputs(cells: list[Cell], n_inputs: int, ends: list[tuple[int, bool]]) -> None:
    """Make every output a plain signal: complement the driving cell where that is free."""
    both = {signal for signal, inverted in ends if inverted}
    both &= {signal for signal, inverted in ends if not inverted}
    inverters: dict[int, int] = {}
    for at, (signal, inverted) in enumerate(ends):
        if not inverted:
            continue
        if signal < 0:
            ends[at] = (FALSE if signal == TRUE else TRUE, False)
        elif signal < n_inputs or signal in both:
            if signal not in inverters:
                cells.append(Cell(INVERTER, (signal,)))
                inverters[signal] = n_inputs + len(cells) - 1
            ends[at] = (inverters[signal], False)
        elif signal not in inverters:
            _complement(cells, n_inputs, signal)
            inverters[signal] = signal
            ends[at] = (signal, False)
        else:
            ends[at] = (signal, False)


def _complement(cells: list[Cell], n_inputs: int, signal: int) -> None:
    """Store a cell's complement instead, and adjust the cells that read it."""
    own = cells[signal - n_inputs]
    full = (1 << (1 << len(own.fan_in))) - 1
    cells[signal - n_inputs] = Cell(own.table ^ full, own.fan_in)
    for index in range(signal - n_inputs + 1, len(cells)):
        cell = cells[index]
        if signal in cell.fan_in:
            at = cell.fan_in.index(signal)
            cells[index] = Cell(flip_input(cell.table, len(cell.fan_in), at), cell.fan_in)
