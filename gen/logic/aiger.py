"""Binary AIGER files, read strictly and written byte for byte the same every time.

Format: Biere, "The AIGER And-Inverter Graph (AIG) Format", FMV Reports 07/1, 2007. Names go into
the symbol table. aigverse's reader waits forever on a file cut short, and ABC's writer stamps a
date, hence our own; combinational graphs only.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen.files import FileDamaged, replacing
from gen.logic.graph import Graph, GraphError

MOST_NAMES = 1 << 24

__all__ = ["aiger_bytes", "parse_aiger", "read_aiger", "write_aiger"]


def aiger_bytes(graph: Graph, symbols: bool = True) -> bytes:
    """The graph as a binary AIGER file, with its names as symbols."""
    top = graph.n_inputs + graph.n_ands
    header = f"aig {top} {graph.n_inputs} 0 {len(graph.outputs)} {graph.n_ands}\n"
    lines = "".join(f"{literal}\n" for literal in graph.outputs.tolist())
    text = [f"i{at} {name}\n" for at, name in enumerate(graph.input_names)]
    text += [f"o{at} {name}\n" for at, name in enumerate(graph.output_names)]
    names = "".join(text) if symbols else ""
    return (header + lines).encode() + _encode_ands(graph) + names.encode()


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
    """The graph of a binary combinational AIGER file; raises FileDamaged naming what is wrong."""
    try:
        return _parse(data)
    except (ValueError, IndexError, UnicodeDecodeError, GraphError) as error:
        raise FileDamaged(
            f"{where}: not a whole binary AIGER file ({error}); run the step that makes it again"
        ) from None


def _parse(data: bytes) -> Graph:
    header, _, rest = data.partition(b"\n")
    fields = header.split()
    if len(fields) != 6 or fields[0] != b"aig":
        raise ValueError(f"header {header[:40]!r}")
    top, inputs, latches, outputs, ands = (int(field) for field in fields[1:])
    if min(inputs, outputs, ands) < 0 or inputs + outputs > MOST_NAMES:
        raise ValueError(f"header {header.decode()}")
    if latches or top != inputs + ands:
        raise ValueError(f"header {header.decode()}: only combinational graphs are read")
    *lines, rest = rest.split(b"\n", outputs)
    if len(lines) != outputs:
        raise ValueError(f"{len(lines)} of {outputs} outputs")
    deltas, used = _decode_varints(rest, 2 * ands)
    own = 2 * np.arange(inputs + 1, top + 1)
    high = own - deltas[0::2]
    fan_in = np.stack([high - deltas[1::2], high], axis=1)
    names = _symbols(rest[used:], inputs, outputs)
    literals = np.array([int(line) for line in lines], dtype=np.int64)
    return Graph(*names, fan_in, literals)


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


def _symbols(data: bytes, inputs: int, outputs: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = {"i": [f"i{n}" for n in range(inputs)], "o": [f"o{n}" for n in range(outputs)]}
    seen: set[str] = set()
    for line in data.decode().splitlines(keepends=True):
        if line.rstrip() == "c":
            break
        place, _, name = line.rstrip("\n").partition(" ")
        if not re.fullmatch(r"[io](0|[1-9][0-9]*)", place) or not name or place in seen:
            raise ValueError(f"symbol line {line[:40]!r}")
        if not line.endswith("\n"):
            raise ValueError("the last name is cut short")
        seen.add(place)
        names[place[0]][int(place[1:])] = name
    if seen and len(seen) < inputs + outputs:
        raise ValueError(f"{len(seen)} of {inputs + outputs} names")
    return tuple(names["i"]), tuple(names["o"])


def read_aiger(path: Path | str) -> Graph:
    """Read a binary AIGER file."""
    path = Path(path)
    if not path.is_file():
        raise FileDamaged(f"{path}: no such file; run the step that makes it first")
    return parse_aiger(path.read_bytes(), str(path))


def write_aiger(graph: Graph, path: Path | str) -> None:
    """Write a binary AIGER file with names, whole or not at all."""
    with replacing(path, "wb") as stream:
        stream.write(aiger_bytes(graph))
