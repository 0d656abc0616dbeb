"""Binary AIGER files, read strictly and written byte for byte the same every time.

Format: Biere, "The AIGER And-Inverter Graph (AIG) Format", FMV Reports 07/1, 2007. Names go into
the symbol table. aigverse's reader waits forever on a file cut short, and ABC's writer stamps a
date, hence our own. Latches (with resets, AIGER 1.9) stand for the registers of a step: a graph
read from a file with latches has their values as its last inputs and their next values as its
last outputs, both named by the symbol of the latch ("h[0] h.next[0]").
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen.files import DAMAGE, FileDamaged, write_bytes
from gen.logic.graph import Graph, GraphError

MOST_NAMES = 1 << 24

__all__ = ["Register", "aiger_bytes", "parse_aiger", "read_aiger", "write_aiger"]


class Register(NamedTuple):
    """A state bit: the input that holds it, the output that is its next value, and its reset."""

    name: str
    next: str
    reset: int


def aiger_bytes(graph: Graph, symbols: bool = True, registers: Sequence[Register] = ()) -> bytes:
    """The graph as a binary AIGER file, with its names as symbols.

    Registers become latches; they must be the last inputs and the last outputs, in their order.
    """
    n_in, n_out = graph.n_inputs - len(registers), len(graph.outputs) - len(registers)
    _check_registers(graph, registers, n_in, n_out)
    top = graph.n_inputs + graph.n_ands
    header = f"aig {top} {n_in} {len(registers)} {n_out} {graph.n_ands}\n"
    literals = graph.outputs.tolist()
    pairs = zip(literals[n_out:], registers, strict=True)
    lines = [f"{literal} {register.reset}\n" for literal, register in pairs]
    lines += [f"{literal}\n" for literal in literals[:n_out]]
    text = [f"i{at} {name}\n" for at, name in enumerate(graph.input_names[:n_in])]
    text += [f"l{at} {one.name} {one.next}\n" for at, one in enumerate(registers)]
    text += [f"o{at} {name}\n" for at, name in enumerate(graph.output_names[:n_out])]
    names = "".join(text) if symbols else ""
    return (header + "".join(lines)).encode() + _encode_ands(graph) + names.encode()


def _check_registers(graph: Graph, registers: Sequence[Register], n_in: int, n_out: int) -> None:
    now = tuple(register.name for register in registers)
    after = tuple(register.next for register in registers)
    if (graph.input_names[n_in:], graph.output_names[n_out:]) != (now, after):
        raise GraphError(f"the last {len(registers)} inputs and outputs are not the registers")


def _encode_ands(graph: Graph) -> bytes:
    own = 2 * np.arange(graph.first_and, graph.first_and + graph.n_ands)
    low, high = np.sort(graph.fan_in, axis=1).T if graph.n_ands else (own, own)
    deltas = np.stack([own - high, high - low], axis=1).ravel()
    return _encode_varints(deltas)


def _encode_varints(values: NDArray[np.int64]) -> bytes:
    """Seven bits a byte, lowest first, the top bit set on all but the last byte."""
    lengths = np.maximum(1, -(-np.frexp(values.astype(np.float64))[1] // 7))
    ends = np.cumsum(lengths)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    starts = ends - lengths
    for place in range(int(lengths.max(initial=0))):
        here = lengths > place
        more = np.where(lengths[here] > place + 1, 0x80, 0)
        out[starts[here] + place] = ((values[here] >> (7 * place)) & 0x7F) | more
    return out.tobytes()


def parse_aiger(data: bytes, where: str = "AIGER data") -> Graph:
    """The graph of a binary AIGER file; raises FileDamaged naming what is wrong."""
    try:
        return _parse(data)
    except (*DAMAGE, GraphError) as error:
        raise FileDamaged(
            f"{where}: not a whole binary AIGER file ({error}); run the step that makes it again"
        ) from None


def _parse(data: bytes) -> Graph:
    header, _, rest = data.partition(b"\n")
    fields = header.split()
    if len(fields) != 6 or fields[0] != b"aig":
        raise ValueError(f"header {header[:40]!r}")
    top, inputs, latches, outputs, ands = (int(field) for field in fields[1:])
    if min(inputs, latches, outputs, ands) < 0 or inputs + latches + outputs > MOST_NAMES:
        raise ValueError(f"header {header.decode()}")
    if top != inputs + latches + ands:
        raise ValueError(f"header {header.decode()}: its counts do not add up")
    *lines, rest = rest.split(b"\n", latches + outputs)
    if len(lines) != latches + outputs:
        raise ValueError(f"{len(lines)} of {latches + outputs} latches and outputs")
    deltas, used = _decode_varints(rest, 2 * ands)
    own = 2 * np.arange(inputs + latches + 1, top + 1)
    high = own - deltas[0::2]
    fan_in = np.stack([high - deltas[1::2], high], axis=1)
    names = _symbols(rest[used:], inputs, latches, outputs)
    literals = [_latch(line) for line in lines[:latches]]
    literals = [int(line) for line in lines[latches:]] + literals
    return Graph(*names, fan_in, np.array(literals, dtype=np.int64))


def _latch(line: bytes) -> int:
    """The literal of a latch's next value; only latches that are reset to 0 or 1 are read."""
    fields = line.split()
    if len(fields) not in (1, 2) or fields[1:] not in ([], [b"0"], [b"1"]):
        raise ValueError(f"latch {line.decode()}: not reset to 0 or 1")
    return int(fields[0])


def _decode_varints(data: bytes, count: int) -> tuple[NDArray[np.int64], int]:
    """The first `count` numbers, and how many bytes they took."""
    octets = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(octets < 0x80)[:count]
    if len(ends) < count:
        raise ValueError(f"{len(ends) // 2} of {count // 2} AND nodes")
    if not count:
        return np.zeros(0, dtype=np.int64), 0
    starts = np.concatenate([[0], ends[:-1] + 1])
    if int((ends - starts).max()) > 8:
        raise ValueError("a number of more than nine bytes")
    values = np.zeros(count, dtype=np.int64)
    for place in range(int((ends - starts).max()) + 1):
        here = starts + place <= ends
        values[here] |= (octets[starts[here] + place].astype(np.int64) & 0x7F) << (7 * place)
    return values, int(ends[-1]) + 1


def _symbols(
    data: bytes, inputs: int, latches: int, outputs: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a graph's inputs and outputs, those of the latches last."""
    counts = {"i": inputs, "l": latches, "o": outputs}
    names = {kind: [f"{kind}{n}" for n in range(count)] for kind, count in counts.items()}
    names["l"] = [f"{name} {name}.next" for name in names["l"]]
    seen: set[str] = set()
    for line in data.decode().splitlines(keepends=True):
        if line.rstrip() == "c":
            break
        place, _, name = line.rstrip("\n").partition(" ")
        if not re.fullmatch(r"[ilo](0|[1-9][0-9]*)", place) or not name or place in seen:
            raise ValueError(f"symbol line {line[:40]!r}")
        if not line.endswith("\n"):
            raise ValueError("the last name is cut short")
        seen.add(place)
        names[place[0]][int(place[1:])] = name
    if seen and len(seen) < inputs + latches + outputs:
        raise ValueError(f"{len(seen)} of {inputs + latches + outputs} names")
    pairs = [name.partition(" ")[::2] for name in names["l"]]
    now, after = [name for name, _ in pairs], [next_ or f"{name}.next" for name, next_ in pairs]
    return (*names["i"], *now), (*names["o"], *after)


def read_aiger(path: Path | str) -> Graph:
    """Read a binary AIGER file."""
    path = Path(path)
    if not path.is_file():
        raise FileDamaged(f"{path}: no such file; run the step that makes it first")
    return parse_aiger(path.read_bytes(), str(path))


def write_aiger(graph: Graph, path: Path | str, registers: Sequence[Register] = ()) -> None:
    """Write a binary AIGER file with names, whole or not at all."""
    write_bytes(path, aiger_bytes(graph, registers=registers))
