"""What a mapped.json says of its proof: equal to the graph on all inputs, or on valid ones only."""

from pathlib import Path

from gen.files import read_json
from gen.logic import wide
from gen.map.netlist import FORMAT

__all__ = [
    "NARROW",
    "PARTS",
    "RESTRICTED",
    "SHOWN",
    "WIDE",
    "made_of",
    "other_counts",
    "proof_of",
    "restricted",
    "restriction",
    "through",
]

NARROW, WIDE, PARTS = "narrower codes", "counts for LUT6", "counts in parts"
"""How a netlist was made that is proved equal to another graph of the network."""
SHOWN = {NARROW: "narrow.aig", WIDE: "wide.aig", PARTS: "parts.aig"}
"""The files of these graphs, of which is shown that they are the network's."""

RESTRICTED = "valid inputs only"
"""Stands in the proof of a netlist that is equal on these alone."""


def other_counts(k: int) -> str:
    """The word of SHOWN for the other way of counting that LUTs of k inputs are offered."""
    return WIDE if k >= wide.LUT else PARTS


def restricted(kind: str) -> str:
    """The proof of a netlist that is equal on a care set of this kind, such as "thermometer"."""
    return f"proved on {RESTRICTED} ({kind})"


def proof_of(path: Path) -> str:
    """What a mapped.json says of how it was proved. Raises FileDamaged."""
    return str(read_json(path, FORMAT).get("proof"))


def restriction(path: Path) -> str:
    """The kind of inputs on which alone a mapped.json is proved; "" where it is on all."""
    return proof_of(path).partition(RESTRICTED)[2].strip(" ()")


def made_of(how: str) -> str:
    """The file of SHOWN that a netlist was made of; "" where it is proved equal to the flat one."""
    return next((file for word, file in SHOWN.items() if how.startswith(word)), "")


def through(path: Path) -> str:
    """The file of the graph that a mapped.json was proved equal to, one of SHOWN; "" where that is
    graph.aig."""
    said = read_json(path, FORMAT).get("through", "")
    return said if not said or said in SHOWN.values() else SHOWN[NARROW]
