"""KANELE's truth_tables.json: a table for each edge of a Kolmogorov-Arnold network.

The entry "L_I_O" is the table of layer L from its input I to its output O: {"acive": 1,
"values_int": [...]} (in this spelling; "active" is read too), 2^bits integers. The first layer is
addressed by the input as an unsigned integer, the others by their signed input plus 2^(bits - 1).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.files import read_json
from gen.imports.errors import ImportRefused

__all__ = ["Layer", "read_layers"]

Edge = tuple[int, int]
MOST_BITS = 16
MOST_VALUE = 1 << 15
LARGEST = 1 << 26
"""Elements of the largest array that is made of a layer."""
NEXT = "; make it again"


@dataclass(frozen=True)
class Layer:
    """Tables by (input, output), those of pruned edges left out; addresses have `bits`, and a sum
    is clipped to what `out_bits` hold, two's complement."""

    inputs: int
    outputs: int
    bits: int
    out_bits: int
    edges: Mapping[Edge, Sequence[int]]


def read_layers(path: Path, said: Sequence[int] | None, place: str) -> list[Layer]:
    """The layers, `said` being the bits of the input and of each layer's output.

    Where it is None they are those of `layers_bitwidth` in the config.json beside the file, and of
    all but the last output those of the tables. Raises ImportRefused, naming the entry.
    """
    found = _tables(path)
    sizes = [(1 + max(i for i, _ in edges), 1 + max(o for _, o in edges)) for edges in found]
    for at, ((_, given), (read, _)) in enumerate(zip(sizes, sizes[1:], strict=False)):
        if read > given:
            raise ImportRefused(f"{path}: layer {at + 1} reads {read} inputs of {given}{NEXT}")
    widths = [_width(path, at, edges) for at, edges in enumerate(found)]
    bits = _bits(path, said, widths, place)
    for at, (inputs, outputs) in enumerate(sizes):
        if max(inputs, outputs) > len(found[at]):  # Of each pruned edge there is an entry too.
            raise ImportRefused(
                f"{path}: layer {at}: {inputs:,} inputs and {outputs:,} outputs, and"
                f" {len(found[at]):,} entries{NEXT}"
            )
        if outputs * max(1 << bits[at + 1], len(found[at])) > LARGEST:
            raise ImportRefused(f"{path}: layer {at}: {outputs:,} outputs are too many{NEXT}")
    return [
        Layer(inputs, outputs, bits[at], bits[at + 1], _active(found[at]))
        for at, (inputs, outputs) in enumerate(sizes)
    ]


def _tables(path: Path) -> list[dict[Edge, Any]]:
    """The entries of each layer, each looked at."""
    layers: dict[int, dict[Edge, Any]] = {}
    for name, entry in read_json(path).items():
        places = re.fullmatch(r"(0|[1-9]\d{0,3})_(0|[1-9]\d{0,5})_(0|[1-9]\d{0,5})", name)
        if not places:
            raise ImportRefused(
                f"{path}: an entry is named {name[:40]!r}; layer_input_output is expected, as"
                " KANELE's truth_tables.json has it"
            )
        layer, given, made = map(int, places.groups())
        layers.setdefault(layer, {})[given, made] = _entry(entry, f"{path}: {name}")
    if not layers or sorted(layers) != list(range(len(layers))):
        raise ImportRefused(f"{path}: layers {sorted(layers)}; all from 0 are expected{NEXT}")
    return [layers[at] for at in range(len(layers))]


def _entry(entry: Any, place: str) -> Sequence[int] | None:
    """Its values, None where it is pruned."""
    if not isinstance(entry, dict) or not isinstance(entry.get("values_int"), list):
        raise ImportRefused(f"{place}: no object with a list `values_int`{NEXT}")
    active = entry.get("acive", entry.get("active", 1))
    if active not in (0, 1):
        raise ImportRefused(f"{place}: acive is {active!r}, not 0 or 1{NEXT}")
    values: list[int] = entry["values_int"]
    for at, value in enumerate(values):
        if type(value) is not int or not -MOST_VALUE <= value < MOST_VALUE:
            raise ImportRefused(
                f"{place}: values_int[{at}] is {str(value)[:40]}; integers of 16 bits are read"
            )
    return values if active else None


def _active(edges: Mapping[Edge, Any]) -> dict[Edge, Sequence[int]]:
    return {edge: values for edge, values in edges.items() if values is not None}


def _width(path: Path, at: int, edges: Mapping[Edge, Any]) -> int | None:
    """Bits of a layer's addresses, as its tables are long; None where all are pruned."""
    lengths = {len(values) for values in _active(edges).values()}
    if not lengths:
        return None
    length = min(lengths)
    bits = length.bit_length() - 1
    if len(lengths) > 1 or length != 1 << bits or not 1 <= bits <= MOST_BITS:
        raise ImportRefused(
            f"{path}: layer {at}: tables of {', '.join(map(str, sorted(lengths)))} values; one"
            f" power of two, up to 2^{MOST_BITS}, is expected{NEXT}"
        )
    return bits


def _bits(
    path: Path, said: Sequence[int] | None, widths: Sequence[int | None], place: str
) -> list[int]:
    """Bits of the input and of each output; what is said must be what the tables have."""
    config = path.with_name("config.json")
    if said is None and config.is_file():
        place, said = str(config), read_json(config).get("layers_bitwidth")
    if said is None:
        raise ImportRefused(
            f"{place}: say `bits` of the input and of each layer's output, as [6, 5, 8]:"
            " layers_bitwidth of KANELE's config.json"
        )
    fits = isinstance(said, list) and len(said) == len(widths) + 1
    if not fits or not all(type(one) is int and 1 <= one <= MOST_BITS for one in said):
        raise ImportRefused(
            f"{place} bits: {said!r}, expected {len(widths) + 1} numbers from 1 to {MOST_BITS}"
        )
    for at, (stated, width) in enumerate(zip(said, widths, strict=False)):
        if width not in (None, stated):
            raise ImportRefused(
                f"{place} bits: {stated} of what layer {at} reads, whose tables have"
                f" {1 << width if width else 0} values"
            )
    return list(said)
