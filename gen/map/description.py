"""What core.json says of a mapped netlist, and what its registers are called in core.v.

All of it follows from mapped.json: `gen.hdl` writes it, and the chain makes it anew and compares.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.map.names import ENCODER
from gen.map.netlist import Netlist

__all__ = [
    "FAMILIES",
    "FORMAT",
    "RESERVED",
    "HdlError",
    "answers",
    "describe_core",
    "signals_read",
    "identifier",
    "output_words",
    "state_identifiers",
    "unique",
]

FORMAT = "smelt-core-1"
FAMILIES = ("ice40", "ecp5", "gowin", "plain")
"""What cells a core may be of."""
RESERVED = frozenset({"clk", "rst", "x", "x_valid", "y", "y_valid", "valid"})
"""Names in core.v that are not the network's."""


class HdlError(SmeltError):
    """A mapped netlist cannot be emitted for the family that was asked for."""


def identifier(name: str) -> str:
    """A Verilog identifier that reads like `name`: layer1[3].0 becomes layer1_3_0."""
    word = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_") or "unnamed"
    return f"n_{word}" if word[0].isdigit() else word


def unique(used: set[str], name: str) -> str:
    """The name, with underscores behind it until nothing else has it; it is used from now on."""
    while name in used:
        name += "_"
    used.add(name)
    return name


def state_identifiers(mapped: Netlist) -> list[str]:
    """The register of core.v that holds each state: a.b[0] and a_b[0] read alike, so the later one
    gets an underscore."""
    used = set(RESERVED)
    return [unique(used, identifier(name)) for name, _, _ in mapped.registers]


def output_words(names: Sequence[str]) -> list[tuple[str, int]]:
    """Group output bits `word.0`, `word.1`, ... into (word, width), in order.

    A name without a bit number is a word of one bit. Raises HdlError where bits are out of order.
    """
    words: list[tuple[str, int]] = []
    for name in names:
        word, dot, bit = name.rpartition(".")
        if not (dot and bit.isdigit()):
            words.append((name, 1))
        elif words and words[-1] == (word, int(bit)):
            words[-1] = (word, int(bit) + 1)
        elif int(bit) == 0:
            words.append((word, 1))
        else:
            raise HdlError(f"output {name!r} does not follow {word}.{int(bit) - 1}; map again")
    return words


def answers(mapped: Netlist) -> list[str]:
    """Names of the outputs that leave the core."""
    return [name for name, _ in mapped.outputs[: len(mapped.outputs) - len(mapped.registers)]]


def describe_core(mapped: Netlist, path: Path, family: str, recipe: str) -> dict[str, Any]:
    """core.json's value; `path` is that of mapped.json, whose digest is in it. Raises HdlError."""
    wanted = signals_read(mapped)
    inputs = len(mapped.inputs) - len(mapped.registers)
    value = {
        "format": FORMAT,
        "family": family,
        "module": "core",
        "latency": mapped.latency,
        "inputs": inputs,
        "outputs": [list(word) for word in output_words(answers(mapped))],
        "registers": len(mapped.registers),
        "score_signed": True,
        "recipe": recipe,
        "digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        "cells": len(mapped.cells),
        "live_cells": sum(source >= mapped.n_inputs for source in wanted),
        "live_inputs": sorted(source for source in wanted if 0 <= source < inputs),
        "reset": _reset(mapped.inputs[:inputs]) if mapped.registers else None,
        "layers": _layers(mapped),
    }
    if any(cell.layer == ENCODER for cell in mapped.cells):
        value["encoder_included"] = True
    if mapped.feedback:
        value["feedback"] = [mapped.inputs.index(name) for name in mapped.feedback]
    return value


def signals_read(mapped: Netlist) -> set[int]:
    """Signals that an output depends on: cells left once a synthesizer drops the others, and
    inputs that something reads."""
    wanted = {source for _, source in mapped.outputs}
    for index in range(len(mapped.cells) - 1, -1, -1):
        if mapped.n_inputs + index in wanted:
            wanted.update(mapped.cells[index].fan_in)
    return wanted


def _reset(names: Sequence[str]) -> int | None:
    """The input that starts a sequence of a recurrent core."""
    return names.index("reset") if "reset" in names else None


def _layers(mapped: Netlist) -> list[dict[str, Any]]:
    cells: dict[str, int] = {}
    for cell in mapped.cells:
        cells[cell.layer] = cells.get(cell.layer, 0) + 1
    return [{"name": name, "cells": count} for name, count in cells.items()]
