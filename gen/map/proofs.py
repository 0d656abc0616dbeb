"""What a mapped.json says of its proof: equal to the graph on all inputs, or on valid ones only."""

from pathlib import Path

from gen.files import read_json
from gen.map.netlist import FORMAT

__all__ = ["RESTRICTED", "proof_of", "restricted", "restriction", "through"]

RESTRICTED = "valid inputs only"
"""Stands in the proof of a netlist that is equal on these alone."""


def restricted(kind: str) -> str:
    """The proof of a netlist that is equal on a care set of this kind, such as "thermometer"."""
    return f"proved on {RESTRICTED} ({kind})"


def proof_of(path: Path) -> str:
    """What a mapped.json says of how it was proved. Raises FileDamaged."""
    return str(read_json(path, FORMAT).get("proof"))


def restriction(path: Path) -> str:
    """The kind of inputs on which alone a mapped.json is proved; "" where it is on all."""
    return proof_of(path).partition(RESTRICTED)[2].strip(" ()")


def through(path: Path) -> str:
    """The file of the graph that a mapped.json was proved equal to; "" where that is graph.aig."""
    return str(read_json(path, FORMAT).get("through", ""))
