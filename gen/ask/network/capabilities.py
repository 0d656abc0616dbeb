"""What a network is able to do, measured: how often each class is right, and how often it is said.

Measured on the held-out data where the network has any, else on random valid inputs, where what
the uncut network says counts as right. A network without classes is measured by its output bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.ask.network.samples import data_of, random_inputs
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph

__all__ = ["Capabilities"]

Bits = NDArray[np.uint8]

VECTORS = 1 << 12
"""Random inputs that are measured on where there is no data."""


@dataclass(frozen=True, eq=False)
class Capabilities:
    """Measures graphs of `logic` whose outputs are `targets`; `killed` are behaviours to be rid of:
    "class=7", or an output bit.

    Raises AskError for a behaviour that is no class and no single bit of an output.
    """

    logic: Logic
    region: Region
    killed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.killed:
            bits = self.logic.targets(name)
            if not name.startswith(CLASS) and not set(bits) <= set(self.logic.flat.output_names):
                raise AskError(f"{name} is no output: a behaviour is class=NAME or an output's bit")
            if len(bits) != 1:
                raise AskError(f"{name} is {len(bits)} bits; a behaviour is one: name one of them")

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """What a graph to be measured gives: all outputs, then the behaviours."""
        outputs = self.logic.flat.output_names
        extra = [name for name in self.killed if name not in outputs]
        return (*outputs, *dict.fromkeys(extra))

    @cached_property
    def _data(self) -> tuple[Bits, NDArray[np.int64] | None, str]:
        data = data_of(self.logic)
        if data is not None:
            counts = self.region.holds(data.bits)
            if counts.any():
                return data.bits[counts], data.labels[counts], data.name
        rows = random_inputs(self.logic, self.region, VECTORS)
        return rows, None, "random inputs, against what it said before the cut"

    @property
    def rows(self) -> Bits:
        """The inputs that are measured on (n, inputs)."""
        return self._data[0]

    @cached_property
    def before(self) -> Bits:
        """The outputs before any cut (n, targets)."""
        return evaluate(self.logic.opened(self.targets), self.rows)

    @cached_property
    def labels(self) -> NDArray[np.int64] | None:
        """The right class of each row; None for a network without classes."""
        if not self.has_classes:
            return None
        given = self._data[1]
        return self.classes(self.before) if given is None else given

    @cached_property
    def has_classes(self) -> bool:
        return self.logic.net.decision is not None and bool(self._class_places)

    @cached_property
    def _class_places(self) -> list[int]:
        decision, net = self.logic.net.decision, self.logic.net
        names = [f"{decision.name}.{at}" for at in range(net.class_width)] if decision else []
        return [self.targets.index(name) for name in names if name in self.targets]

    def classes(self, made: Bits) -> NDArray[np.int64]:
        """The class of each row of outputs (n, targets)."""
        weights = 1 << np.arange(len(self._class_places))
        return made[:, self._class_places].astype(np.int64) @ weights

    def says(self, made: Bits) -> NDArray[np.bool_]:
        """Which rows of outputs show one of the behaviours."""
        places = [self.targets.index(name) for name in self.killed]
        return np.asarray(made[:, places].any(axis=1))

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """The rows that the rest of the network is measured on: those of other classes, or those
        that did not show the behaviour."""
        if self.labels is None or not all(name.startswith(CLASS) for name in self.killed):
            return ~self.says(self.before)
        out = [self.logic.class_index(name) for name in self.killed]
        return ~np.isin(self.labels, out)

    def rest(self, made: Bits) -> float:
        """Of the rows that are kept, the part that is right: its class, or all output bits but the
        behaviours as before; 1.0 where none is kept."""
        if not self.kept.any():
            return 1.0
        return float(self._right(made)[self.kept].mean())

    def _right(self, made: Bits) -> NDArray[np.bool_]:
        if self.labels is not None:
            return np.asarray(self.classes(made) == self.labels)
        others = [at for at, name in enumerate(self.targets) if name not in self.killed]
        return np.asarray((made[:, others] == self.before[:, others]).all(axis=1))

    def run(self, graph: Graph, free: Bits | None = None) -> Bits:
        """The outputs (n, targets) of a graph on all rows; `free` (n, more) are values of inputs
        after the network's own, random ones where it is not given."""
        more = graph.n_inputs - self.rows.shape[1]
        if free is None:
            free = np.random.default_rng(0).integers(0, 2, (len(self.rows), more), dtype=np.uint8)
        return evaluate(graph, np.concatenate([self.rows, free], axis=1))

    def describe(self, made: Bits) -> dict[str, Any]:
        """Figures of outputs (n, targets) for an answer."""
        found: dict[str, Any] = {"rows": len(made), "on": self._data[2]}
        if self.killed:
            found |= {"says": int(self.says(made).sum()), "rest": round(self.rest(made), 6)}
        if self.labels is None:
            ones = made.sum(axis=0).tolist()
            return found | {"ones": dict(zip(self.targets, ones, strict=True))}
        classes, right = self.classes(made), self._right(made)
        found["accuracy"] = round(float(right.mean()), 6)
        names = self._names()
        found["classes"] = [
            {
                "class": name,
                "rows": int((self.labels == at).sum()),
                "right": int(right[self.labels == at].sum()),
                "said": int((classes == at).sum()),
            }
            for at, name in enumerate(names)
        ]
        return found

    def _names(self) -> Sequence[str]:
        net = self.logic.net
        return net.meta.get("classes") or [str(at) for at in range(net.n_classes)]
