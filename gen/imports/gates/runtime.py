"""The file's own answers: by Yosys's evaluation of its words, and by a second reading as gates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen.files import write_text
from gen.imports.errors import ImportRefused
from gen.imports.gates.netlist import Circuit
from gen.imports.gates.said import Meaning
from gen.imports.gates.second import run_gates
from gen.imports.gates.source import Source
from gen.imports.gates.tool import Design, box
from gen.intnet.network import Integers

__all__ = ["Second", "runtime"]

WORK = 100_000
"""Cells times rows that Yosys evaluates: it takes about 10 us for each."""
MOST = 64


@dataclass(frozen=True)
class Second:
    """The design read again: JSON of its words with plain names (`i0`, `o0`, ...), and how many
    cells it has; its gates, and the module."""

    words: str
    cells: int
    gates: Design
    top: str


def runtime(
    source: Source, circuit: Circuit, meaning: Meaning, second: Second, given: Integers
) -> Integers:
    """Scores int64 (rows, scores) for input bits (rows, inputs)."""
    wires = [(port.name, at) for port in circuit.inputs for at in range(len(port.bits))]
    asked = [(port.name, at) for port in circuit.outputs for at in range(len(port.bits))]
    columns = {wire: given[:, at] == 1 for at, wire in enumerate(wires)}
    bits = run_gates(second.gates, second.top, columns, asked)
    count = min(len(given), max(1, min(MOST, WORK // max(1, second.cells))))
    rows = np.linspace(0, len(given) - 1, count).astype(int)
    _compare(source, circuit, second, given[rows], bits[rows])
    return _scores(bits.astype(np.int64), meaning)


def _scores(bits: Integers, meaning: Meaning) -> Integers:
    if not meaning.groups:
        return bits
    columns = []
    for group in meaning.groups:
        worth = [1 << at for at in range(len(group))] if meaning.words else [1] * len(group)
        if meaning.signed:
            worth[-1] = -worth[-1]
        columns.append(sum(bits[:, bit] * one for bit, one in zip(group, worth, strict=True)))
    return np.stack(columns, axis=1)


def _compare(
    source: Source, circuit: Circuit, second: Second, given: Integers, found: NDArray[np.bool_]
) -> None:
    """Raise ImportRefused where Yosys's evaluation of a row is not what was found."""
    with box(source) as folder:
        write_text(folder.folder / "words.json", second.words)
        sizes = [len(port.bits) for port in circuit.inputs]
        log = folder.run(["read_json words.json", *(_eval(row, sizes) for row in given)])
    told = re.findall(r"Eval result: \\o(\d+) = \d+'([01x]*)", log)
    outputs = len(circuit.outputs)
    for at, row in enumerate(found):
        mine = {int(port): bits for port, bits in told[at * outputs : (at + 1) * outputs]}
        bits = "".join(mine.get(port, "")[::-1] for port in range(outputs))
        if bits != "".join(str(int(bit)) for bit in row):
            raise ImportRefused(
                f"{source.path}: for inputs {given[at].tolist()} Yosys evaluates {bits} (lowest bit"
                f" first), its gates give {''.join(str(int(bit)) for bit in row)}; nothing written"
            )


def _eval(row: Sequence[int], sizes: Sequence[int]) -> str:
    said, at = [], 0
    for port, size in enumerate(sizes):
        bits = "".join(str(int(bit)) for bit in row[at : at + size][::-1])
        said.append(f"-set i{port} {size}'b{bits}")
        at += size
    return f"eval {' '.join(said)}"
