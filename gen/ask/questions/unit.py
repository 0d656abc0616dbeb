"""One activation, looked at: what it adds up, its thresholds, its truth table, a formula of it.

Weights and thresholds are the integer network's; table and formula are of the activation's
function in the logic, in the activations and inputs that it is made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.evidence.wired import only, support
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.intnet.network import NEVER, Concat, IntNet, Levels, Product
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.named import named

__all__ = ["MOST_LISTED", "Unit"]

MOST_LISTED = 16
"""An activation of more input bits than this has no truth table."""
MOST_IN_FORMULA = 10
"""A truth table of more bits than this is no formula that a person reads."""
Bits: TypeAlias = NDArray[np.uint8]
Cube: TypeAlias = tuple[int, int]
"""Places that a product reads, and their values, as masks."""


@dataclass(frozen=True, eq=False)
class Unit:
    """An element of an activation by name, as layer1[3].

    Raises AskError for a name of anything else.
    """

    logic: Logic
    name: str

    def __post_init__(self) -> None:
        bits = self.bits
        if not set(bits) <= set(self.logic.activations):
            raise AskError(f"{self.name} is no activation; those of {self._layers()} are")
        if self.logic.names.elements(self.name) != (self.name,):
            raise AskError(f"{self.name} is a whole layer; name one of it, as {self.name}[0]")

    def _layers(self) -> str:
        return ", ".join(node.name for node in self.logic.net.activations)

    @cached_property
    def bits(self) -> tuple[str, ...]:
        """Its bits that are in the logic."""
        return self.logic.names.bits(self.name)

    @cached_property
    def _place(self) -> tuple[str, int, str]:
        """Its layer, its number there, and the step, where there are several ("@2")."""
        one = named(self.name)
        assert one.element is not None
        return one.signal, one.element, one.step

    @cached_property
    def _sum(self) -> tuple[str, list[int], list[int], int] | None:
        """The signal that it adds up, which elements, with which weights, and the bias; None where
        it is no step function of one weighted sum."""
        net, (layer, at, _) = self.logic.net, self._place
        node = net.node(layer)
        made = {one.name: one for one in net.nodes}
        given = made.get(node.inputs[0])
        if not isinstance(node, Levels) or not isinstance(given, Product):
            return None
        elements, weights, bias = given.row(at)
        return given.inputs[0], elements.tolist(), weights.tolist(), bias

    @cached_property
    def weights(self) -> dict[str, int] | None:
        """What it adds up, by name, with its weight, none of them 0; None where it is no sum."""
        if self._sum is None:
            return None
        source, elements, weights, _ = self._sum
        read = [_origin(self.logic.net, source, at) for at in elements]
        return {f"{one}{self._place[2]}": w for one, w in zip(read, weights, strict=True)}

    @cached_property
    def thresholds(self) -> tuple[int, ...] | None:
        """The least weighted sums at which its value changes, in order; None where it is no sum."""
        if self._sum is None:
            return None
        layer, at, _ = self._place
        edges = self.logic.net.node(layer).edges[at].tolist()  # type: ignore[attr-defined]
        return tuple(edge - self._sum[3] for edge in edges if edge != NEVER)

    @property
    def threshold(self) -> int | None:
        """The one threshold of a value of one bit; None where there are more, or none."""
        return self.thresholds[0] if self.thresholds and len(self.thresholds) == 1 else None

    @cached_property
    def _graph(self) -> Graph:
        """Its bits in the sectioned graph, where all that it reads are inputs."""
        sections = self.logic.sections
        places = [sections.output_names.index(bit) for bit in self.bits]
        return Graph(
            sections.input_names, self.bits, sections.fan_in, sections.outputs[places]
        ).hashed()

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The input bits and activations' bits that its function is wired to, in order."""
        found = {place for bit in self.bits for place in support(only(self._graph, bit))}
        return tuple(self._graph.input_names[place] for place in sorted(found))

    @cached_property
    def truth_table(self) -> tuple[Bits, Bits]:
        """Values of `reads` uint8 (2^n, n), counted up with the first lowest, and of its bits.

        Raises AskError where it reads too many.
        """
        names = self.reads
        if len(names) > MOST_LISTED:
            raise AskError(
                f"{self.name} reads {len(names)} bits; up to {MOST_LISTED} a truth table is listed"
            )
        values = (np.arange(1 << len(names))[:, None] >> np.arange(len(names)) & 1).astype(np.uint8)
        rows = np.zeros((len(values), self._graph.n_inputs), np.uint8)
        rows[:, [self._graph.input_names.index(name) for name in names]] = values
        return values, evaluate(self._graph, rows)

    @cached_property
    def formula(self) -> str:
        """Its value as a formula, which is Python too: of a sum `x[3] + x[12] - x[40] >= 2`, with
        the codes' values; else, of True and False, `x[3] & ~x[7] | x[9]`.

        "" where it is no sum, and reads too many bits or has several.
        """
        if self._sum is not None:
            return self._steps()
        if len(self.reads) > MOST_IN_FORMULA or len(self.bits) > 1:
            return ""
        return _boolean(self.reads, self.truth_table[1][:, 0])

    def _steps(self) -> str:
        layer, at, _ = self._place
        codes = self.logic.net.node(layer).codes[at].tolist()  # type: ignore[attr-defined]
        said = _weighted(self.weights or {})
        if not self.thresholds:
            return str(codes[0])
        if len(self.thresholds) == 1 and sorted(codes[:2]) == [0, 1]:
            return f"{said} {'>=' if codes[1] else '<'} {self.thresholds[0]}"
        jumps = dict.fromkeys(self.thresholds, 0)
        for edge, low, high in zip(self.thresholds, codes, codes[1:], strict=False):
            jumps[edge] += high - low
        terms = [str(codes[0])] * bool(codes[0])
        terms += [f"{jump}*({said} >= {edge})" for edge, jump in jumps.items() if jump]
        return " + ".join(terms).replace("+ -", "- ") or "0"


def _origin(net: IntNet, signal: str, element: int) -> str:
    """An element by the name of the signal that it comes from, through what only joins signals."""
    made = {node.name: node for node in net.nodes}
    while isinstance(node := made.get(signal), Concat):
        for signal in node.inputs:
            size = net.signals[signal].size
            if element < size:
                break
            element -= size
    return f"{signal}[{element}]"


def _weighted(weights: dict[str, int]) -> str:
    """x[3] + 2*x[12] - x[40]."""
    said = ""
    for name, weight in weights.items():
        sign = ("-" if weight < 0 else "") if not said else " - " if weight < 0 else " + "
        said += f"{sign}{f'{abs(weight)}*' * (abs(weight) != 1)}{name}"
    return said or "0"


def _boolean(names: Sequence[str], values: Bits) -> str:
    """A sum of products that no product or factor can be left out of, greedily found."""
    ones, size = {at for at, value in enumerate(values.tolist()) if value}, len(names)
    if not ones or len(ones) == len(values):
        return str(bool(ones))
    cubes: dict[Cube, frozenset[int]] = {}
    for row in sorted(ones):
        mask, held = (1 << size) - 1, frozenset([row])
        for place in range(size):
            wider = held | {one ^ 1 << place for one in held}
            if wider <= ones:
                mask, held = mask & ~(1 << place), wider
        cubes[mask, row & mask] = held
    kept, covered = list[Cube](), set[int]()
    for cube, held in sorted(cubes.items(), key=lambda one: (-len(one[1]), one[0])):
        if not held <= covered:
            kept.append(cube)
            covered |= held
    for cube in reversed(kept[:]):
        rest = [cubes[one] for one in kept if one != cube]
        if rest and set().union(*rest) >= ones:
            kept.remove(cube)
    return " | ".join(_product(names, *cube) for cube in kept)


def _product(names: Sequence[str], mask: int, row: int) -> str:
    read = [at for at in range(len(names)) if mask >> at & 1]
    return " & ".join(f"{'' if row >> at & 1 else '~'}{names[at]}" for at in read)
