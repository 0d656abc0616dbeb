"""What an importer brings: the network, what the model itself answers, and rows to try both on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gen.intnet.network import Integers, IntNet

__all__ = ["Imported", "Rows", "Runtime"]


Runtime: TypeAlias = Callable[[Integers], Integers]
"""The model as its own tool runs it: input codes (vectors, inputs) -> what the network's score
node gives, int64 (vectors, scores)."""


@dataclass(frozen=True)
class Rows:
    """Input codes int64 (vectors, inputs), and the true classes (vectors,), -1 where not known."""

    codes: Integers
    labels: Integers


@dataclass(frozen=True)
class Imported:
    """A model read: its network, how its own tool answers (None for a network's own format), test
    rows that came with it, and lines about what was folded, dropped or rounded on the way.

    `net.meta` has the classes, the encoder and the care set, where the model says them. `doubt` is
    why the model itself may answer otherwise, where it may: by the rounding of its own floats.
    """

    net: IntNet
    runtime: Runtime | None
    rows: Rows | None = None
    notes: tuple[str, ...] = ()
    doubt: str = ""
