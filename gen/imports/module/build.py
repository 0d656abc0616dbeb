"""The integer network so far, and the units that integers are counted in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gen.imports.folding import NEAR, common_unit, near_unit
from gen.imports.module.value import Affine, Floats, Value
from gen.intnet.held import WEIGHT_BITS
from gen.intnet.network import Conv, Integers, Linear, Max, Node, Signal
from gen.intnet.node import EXACT

__all__ = ["WEIGHT", "Build", "Refused", "in_units"]

WEIGHT = (1 << WEIGHT_BITS - 1) - 1
"""The largest weight that a network may have, of either sign."""


class Refused(Exception):
    """Why an operation cannot be exact, to be told with its place."""


@dataclass
class Build:
    """Nodes and signals so far; `named` opens the names of nodes to come, `place` what is said of
    them in `notes`, and `multiplied` is whether a product reads what is made next."""

    signals: dict[str, Signal]
    nodes: list[Node] = field(default_factory=list)
    named: str = ""
    place: str = ""
    multiplied: bool = False
    notes: list[str] = field(default_factory=list)
    made: dict[tuple[int, bool], tuple[Value, Affine]] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """Add a node; its name. Raises NetError where it does not fit."""
        given = [self.signals[name] for name in node.inputs]
        node.check(given)
        self.signals[node.name] = node.signal(given)
        self.nodes.append(node)
        return node.name

    def fresh(self, kind: str) -> str:
        """A name for a node, `conv1.sum`."""
        base = re.sub(r"[^A-Za-z0-9_.]", "_", self.named) or "net"
        base = f"n{base}" if base[0] in "0123456789." else base
        name, number = f"{base}.{kind}", 1
        while name in self.signals:
            number += 1
            name = f"{base}.{kind}{number}"
        return name

    def whole(self, affine: Affine) -> str:
        """A signal whose elements are those of the tensor, row-major."""
        wanted = affine.element.reshape(-1)
        if np.array_equal(wanted, np.arange(self.signals[affine.signal].size)):
            return affine.signal
        wiring = wanted[:, None].astype(np.int32)
        return self.add(Max(self.fresh("order"), (affine.signal,), wiring))

    def scaled(self, affine: Affine, factor: Integers, bias: Integers) -> str:
        """A signal of factor * integer + bias for each element; factors and biases (shape)."""
        factor, bias = (np.broadcast_to(one, affine.shape).reshape(-1) for one in (factor, bias))
        if (factor == 1).all() and not bias.any():
            return self.whole(affine)
        made = self._within(affine, factor, bias)
        if made is not None:
            return made
        if np.abs(factor).max() > WEIGHT:
            raise Refused(f"a factor of {np.abs(factor).max()}; {WEIGHT} at most")
        name, n = self.whole(affine), affine.element.size
        weight = factor.reshape(n, 1, 1, 1)
        node = Conv(
            self.fresh("scaled"), (name,), weight, bias.astype(np.int32), (n, 1, 1), groups=n
        )
        return self.add(node)

    def _within(self, affine: Affine, factor: Integers, bias: Integers) -> str | None:
        """The same in the product that gives the tensor, where nothing else reads that and its
        weights stay small enough."""
        node = next((one for one in self.nodes if one.name == affine.signal), None)
        read = {name for one in self.nodes for name in one.inputs}
        plain = np.array_equal(affine.element.reshape(-1), np.arange(affine.element.size))
        if not isinstance(node, (Linear, Conv)) or node.name in read or not plain:
            return None
        if affine.element.size != node.size:
            return None
        factor, bias = (one.reshape(len(node.weight), -1) for one in (factor, bias))
        if (factor != factor[:, :1]).any() or (bias != bias[:, :1]).any():
            return None
        by = factor[:, 0].reshape(-1, *[1] * (node.weight.ndim - 1))
        weight = node.weight.astype(np.int64) * by
        offset = node.bias.astype(np.int64) * factor[:, 0] + bias[:, 0]
        if np.abs(weight).max() > WEIGHT or np.abs(offset).max() >= EXACT:
            return None
        made = replace(node, weight=weight, bias=offset)
        self.nodes[self.nodes.index(node)] = made
        self.signals[node.name] = made.signal([self.signals[name] for name in node.inputs])
        return node.name


def in_units(
    values: Floats,
    what: str,
    most: int = WEIGHT,
    units: Sequence[Callable[[Floats], float]] = (common_unit, near_unit),
) -> tuple[float, Integers]:
    """A unit and the integers that values are of it. Raises Refused where they are too large."""
    for found in units:
        unit = found(values)
        if not unit:
            return 1.0, np.zeros(values.shape, np.int64)
        whole = np.rint(values / unit)
        near = np.abs(values - whole * unit) <= NEAR * np.abs(values).max()
        if np.abs(whole).max() <= most and near.all():
            return unit, whole.astype(np.int64)
    raise Refused(f"{what} are no multiples, up to {most}, of one number")
