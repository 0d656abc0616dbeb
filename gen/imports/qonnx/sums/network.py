"""The integer network while it is made: nodes, what is known of their signals, and notes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.intnet.network import Max, Node, Signal
from gen.intnet.node import Integers

__all__ = ["INPUT", "Making"]

INPUT = "x"


@dataclass(eq=False)
class Making:
    """Nodes so far, by name, and every signal; `meta` gets the encoder. `doubts` are nodes at which
    the order of float32 additions may decide. `steps` are, by the name of a constant that a
    quantizer made, the numbers (of its shape) of which its elements are multiples. `rough` are sums
    of two tensors that float32 rounds; with `finer` these are listed pair by pair."""

    nodes: dict[str, Node] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, NDArray[Any]] = field(default_factory=dict)
    rough: list[str] = field(default_factory=list)
    finer: bool = False

    def name(self, label: str, what: str = "") -> str:
        """A free name made of a node's label, `Quant_3 (Quant)`."""
        text = re.sub(r"[^A-Za-z0-9_.]", "_", label.rsplit(" (", 1)[0]).strip("_.") or "node"
        text = text if re.match(r"[A-Za-z_]", text) else f"n{text}"
        text = f"{text}.{what}" if what else text
        taken = {*self.nodes, INPUT, "reset"}
        return next(
            one
            for at in range(len(taken) + 1)
            if (one := f"{text}_{at}" if at else text) not in taken
        )

    def without(self) -> Callable[[], None]:
        """What takes back every node and note that is made from now on."""
        nodes, signals = dict(self.nodes), dict(self.signals)
        notes, doubts = list(self.notes), list(self.doubts)

        def back() -> None:
            self.nodes, self.signals = nodes, signals
            self.notes, self.doubts = notes, doubts

        return back

    def add(self, node: Node) -> str:
        """Add a node, checked; its name. Raises NetError where it is not allowed."""
        given = [self.signals[name] for name in node.inputs]
        node.check(given)
        self.signals[node.name] = node.signal(given)
        self.nodes[node.name] = node
        return node.name

    def replaced(self, node: Node) -> str:
        """Another node in the place of one of its name; its name."""
        self.signals[node.name] = node.signal([self.signals[name] for name in node.inputs])
        self.nodes[node.name] = node
        return node.name

    def gathered(self, signal: str, source: Integers, label: str) -> str:
        """A signal of these elements of another, one after the other: itself if it is that."""
        if len(source) == self.signals[signal].size and (source == np.arange(len(source))).all():
            return signal
        wiring = source.astype(np.int32)[:, None]
        return self.add(Max(self.name(label, "moved"), (signal,), wiring))

    def ranges(self, signal: str, source: Integers, kind: Integers) -> dict[int, tuple[int, int]]:
        """The least and greatest integer of every kind of element that is computed."""
        read = source >= 0
        known = self.signals[signal]
        low, high = known.low[source[read]], known.high[source[read]]
        found: dict[int, tuple[int, int]] = {}
        kinds, place = np.unique(kind[read], return_inverse=True)
        least = np.full(len(kinds), np.iinfo(np.int64).max)
        most = np.full(len(kinds), np.iinfo(np.int64).min)
        np.minimum.at(least, place, low)
        np.maximum.at(most, place, high)
        for at, one in enumerate(kinds.tolist()):
            found[one] = int(least[at]), int(most[at])
        return found

    def readers(self, signal: str) -> Sequence[str]:
        """Names of the nodes that read a signal."""
        return [node.name for node in self.nodes.values() if signal in node.inputs]
