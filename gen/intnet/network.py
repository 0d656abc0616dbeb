"""Integer networks: what a frozen network is, checked when made, with the range of every signal.

A network is a list of nodes in topological order over one input "x" and, for a recurrent one,
the states of the step before. Signals are vectors of integers; the meaning of every node is its
`apply` (`gen.intnet.interpret` runs them). The same structure, as a file, is the format for
importing networks from elsewhere (`gen.intnet.files`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from gen.intnet.combine import Add, Argmax, Concat, Max
from gen.intnet.held import CODE_BITS, Held, held, wrong_width
from gen.intnet.lookups import NEVER, Levels, Table
from gen.intnet.node import (
    MOST_ELEMENTS,
    Integers,
    NetError,
    Node,
    Signal,
    code_range,
    code_signal,
)
from gen.intnet.products import Conv, Linear, Product, Words

__all__ = [
    "NEVER",
    "NODES",
    "Add",
    "Argmax",
    "Concat",
    "Conv",
    "IntNet",
    "Integers",
    "Levels",
    "Linear",
    "Max",
    "NetError",
    "Node",
    "Product",
    "Ranges",
    "Signal",
    "State",
    "Table",
    "Words",
    "code_range",
]

NODES: dict[str, type[Node]] = {
    kind.op: kind for kind in (Linear, Conv, Words, Levels, Table, Concat, Add, Max, Argmax)
}

Ranges: TypeAlias = tuple[Integers, Integers]

NAME = r"[A-Za-z_][A-Za-z0-9_.]*"
RESERVED = ("x", "reset")


@dataclass(frozen=True, eq=False)
class State:
    """Codes kept from one step to the next: `reset` (n,) before the first step, after each step
    the values of node `next`."""

    name: str
    next: str
    reset: Held
    bits: int = 1
    signed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "reset", held(self.reset))

    @property
    def size(self) -> int:
        return len(self.reset)


@dataclass(frozen=True, eq=False)
class IntNet:
    """An integer network.

    `n_inputs` elements of `input_bits` bits each, two's complement where `input_signed`. `outputs`
    names the nodes it answers with; by default the last one, and the scores where that is an
    argmax. `meta` is JSON: name, classes, encoder, metrics, care (what inputs are valid), where
    known. `folder` is where it was read from: its data may lie beside it.
    """

    n_inputs: int
    nodes: tuple[Node, ...]
    input_bits: int = 1
    input_signed: bool = False
    meta: dict[str, Any] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    outputs: tuple[str, ...] = ()
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.n_inputs <= MOST_ELEMENTS or not self.nodes:
            raise NetError(
                f"a network of {self.n_inputs} inputs and {len(self.nodes)} nodes; 1 to"
                f" {MOST_ELEMENTS} inputs and at least one node are allowed"
            )
        if wrong_width(self.input_bits):
            raise NetError(f"inputs of {self.input_bits} bits; 1 to {CODE_BITS} are allowed")
        if not self.outputs:
            last = self.nodes[-1]
            scores = last.inputs if isinstance(last, Argmax) else ()
            kept = tuple(name for name in scores if any(name == n.name for n in self.nodes))
            object.__setattr__(self, "outputs", (last.name, *kept))
        _ = self.signals
        for state in self.states:
            self._check_next(state)
        self._check_made_names()
        known = [node.name for node in self.nodes]
        for name in self.outputs:
            if name not in known:
                raise NetError(f"output {name!r} is no node; there are {', '.join(known)}")
            if self.outputs.count(name) > 1:
                raise NetError(f"output {name!r} is named twice")

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """Every signal by name: the input, the states, and what each node gives."""
        found = {"x": code_signal(self.n_inputs, self.input_bits, self.input_signed)}
        for state in self.states:
            _check_state(state, found)
            found[state.name] = code_signal(state.size, state.bits, state.signed)
        for node in self.nodes:
            given = _given(node, found)
            node.check(given)
            if node.size > MOST_ELEMENTS:
                raise NetError(f"{node.name}: {node.size:,} elements; {MOST_ELEMENTS:,} at most")
            found[node.name] = node.signal(given)
        return found

    @property
    def ranges(self) -> dict[str, Ranges]:
        """Lowest and highest value of every signal's elements, by interval arithmetic.

        A layer's codes may be any of their width, whatever the layers before it can give.
        """
        return {name: (signal.low, signal.high) for name, signal in self.signals.items()}

    def _check_made_names(self) -> None:
        """That no signal has a name that its logic will need for what belongs to another."""
        made = {f"{state.name}.next": f"state {state.name}'s next value" for state in self.states}
        kept = {name for name in self.outputs if name in self.read}
        made |= {f"{name}.out": f"{name} as an output" for name in kept}
        for name, what in made.items():
            if name in self.signals:
                raise NetError(f"a signal is named {name!r}, which is kept for {what}; rename it")

    def _check_next(self, state: State) -> None:
        made = self.signals.get(state.next)
        if made is None or state.next in {s.name for s in self.states}:
            raise NetError(f"state {state.name}: its next value {state.next!r} is no node")
        if (made.size, made.bits, made.signed) != (state.size, state.bits, state.signed):
            raise NetError(
                f"state {state.name}: {state.size} codes of {state.bits} bits, but {state.next!r}"
                f" gives {made.size} of {made.bits or 'no declared'} bits"
            )

    def node(self, name: str) -> Node:
        """The node of this name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise NetError(f"no node {name!r}; there are {', '.join(n.name for n in self.nodes)}")

    def select(self, asked: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
        """The outputs asked for, in the network's order, and the names that are none of them.

        Nothing asked, or "all", means all.
        """
        wanted = set(asked) - {"all", ""} or set(self.outputs)
        chosen = tuple(name for name in self.outputs if name in wanted)
        return chosen, sorted(wanted - set(self.outputs))

    @cached_property
    def activations(self) -> tuple[Node, ...]:
        """The nodes of codes that something reads: where the melted graph is cut."""
        cut = (Levels, Table, Max)
        found = (node for node in self.nodes if isinstance(node, cut) and node.name in self.read)
        return tuple(node for node in found if self.signals[node.name].bits)

    @cached_property
    def read(self) -> frozenset[str]:
        """Names of the signals that a node or a state reads."""
        nodes = {name for node in self.nodes for name in node.inputs}
        return frozenset(nodes | {state.next for state in self.states})

    def reached(self, outputs: Sequence[str] = ()) -> dict[str, Integers]:
        """The elements of every signal, ascending, that these outputs (default: all of the
        network's) or a state's next value depend on."""
        known = self._reached
        key = tuple(outputs) or self.outputs
        if key not in known:
            known[key] = self._reached_by({*key, *(state.next for state in self.states)})
        return known[key]

    @cached_property
    def _reached(self) -> dict[tuple[str, ...], dict[str, Integers]]:
        return {}

    def _reached_by(self, ends: set[str]) -> dict[str, Integers]:
        found = {
            name: np.arange(signal.size if name in ends else 0)
            for name, signal in self.signals.items()
        }
        for node in reversed(self.nodes):
            sizes = [self.signals[name].size for name in node.inputs]
            reads = node.reads(found[node.name], sizes)
            for name, read in zip(node.inputs, reads, strict=True):
                found[name] = np.union1d(found[name], read)
        return found

    @property
    def decision(self) -> Argmax | None:
        """The argmax among the outputs, if there is one."""
        found = [self.node(name) for name in self.outputs]
        return next((node for node in found if isinstance(node, Argmax)), None)

    @property
    def score(self) -> str:
        """The signal whose elements are the class scores: the argmax's input, else an output."""
        return self.decision.inputs[0] if self.decision else self.outputs[0]

    @property
    def n_classes(self) -> int:
        return self.signals[self.score].size

    @property
    def class_width(self) -> int:
        """Bits of the class index, at least one."""
        return max(1, (self.n_classes - 1).bit_length())

    @property
    def score_width(self) -> int:
        """Bits that hold every class's score; two's complement unless the scores are codes."""
        return self.signals[self.score].width


def _given(node: Node, found: dict[str, Signal]) -> Sequence[Signal]:
    if not re.fullmatch(NAME, node.name) or node.name in RESERVED:
        raise NetError(
            f"a node is named {node.name!r}; letters, digits, _ and . are allowed, and not"
            f" {' or '.join(RESERVED)}"
        )
    if node.name in found:
        raise NetError(f"two signals are named {node.name!r}")
    missing = [name for name in node.inputs if name not in found]
    fits = len(node.inputs) == node.ARITY if node.ARITY else len(node.inputs) > 0
    if missing or not fits:
        wanted = "one earlier signal" if node.ARITY else "earlier signals"
        raise NetError(
            f"{node.name}: reads {list(node.inputs)}, which are not {wanted} of {', '.join(found)}"
        )
    return [found[name] for name in node.inputs]


def _check_state(state: State, found: dict[str, Signal]) -> None:
    if not re.fullmatch(NAME, state.name) or state.name in RESERVED or state.name in found:
        raise NetError(f"a state is named {state.name!r}, which is no name or taken already")
    if state.reset.ndim != 1 or not state.size or state.reset.dtype.kind not in "iu":
        raise NetError(
            f"state {state.name}: reset is {state.reset.dtype} of shape {state.reset.shape},"
            " expected integers (n,): a state that is never reset has no first step"
        )
    if wrong_width(state.bits):
        allowed = f"1 to {CODE_BITS} are allowed"
        raise NetError(f"state {state.name}: codes of {state.bits} bits; {allowed}")
    low, high = code_range(1, state.bits, state.signed)
    if state.reset.min() < low[0] or state.reset.max() > high[0]:
        raise NetError(f"state {state.name}: reset values outside {low[0]}..{high[0]}")
