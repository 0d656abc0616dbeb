"""A trained network against the integer network, module by module, on all that a module can get.

The trained network itself is run, and what each of its modules gives is replaced by chosen codes on
the way to the next: so each is met with whatever its own inputs can be, not with those alone that a
data set leads to. A weighted sum of integers is exact in float32 and affine in them, so it is known
from zero and one input at a time; an activation is given every integer that its sum can be, a table
every address. What was not given all of its inputs is counted as not listed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gen.intnet.combine import Add, Concat, Max
from gen.intnet.interpret import columns
from gen.intnet.lookups import Levels, Table
from gen.intnet.network import IntNet
from gen.intnet.node import Integers, Node
from gen.intnet.products import Product, Words
from gen.nets.freezing.freeze import FreezeError, same, walked
from gen.nets.layers.freezing import Mark

__all__ = ["Matched", "match"]

CHUNK = 512
RANDOM_ROWS = 1_024
MOST_ROWS = 1 << 14
LISTED_BITS = 10
"""Of the codes under a Max that random rows can be hoped to meet all values of."""

Codes = dict[str, Integers]


@dataclass(frozen=True)
class Matched:
    """How many elements of modules were compared, how many on all that they can get, and the
    nodes with others; on so many rows."""

    compared: int
    listed: int
    rows: int
    left: tuple[str, ...]


def match(network: nn.Module, net: IntNet, seed: int = 0) -> Matched:
    """Compare every module of a network in evaluation mode with its node.

    Raises FreezeError naming the first module that differs.
    """
    run = _Run(network, net)
    seen = _Seen(net, run.free)
    codes = _rows(net, run.free, np.random.default_rng(seed))
    count = len(codes["x"])
    for start in range(0, count, CHUNK):
        given = {name: rows[start : start + CHUNK] for name, rows in codes.items()}
        values, compared = run.compare(given)
        seen.note(values)
    found = {name: seen.listed(name) for name in compared}
    left = tuple(name for name, listed in found.items() if listed < net.signals[name].size)
    return Matched(sum(net.signals[n].size for n in found), sum(found.values()), count, left)


def _rows(net: IntNet, free: Sequence[str], rng: np.random.Generator) -> Codes:
    """Codes of the input and of what the modules give: zeros, or what is nearest, and one more for
    each element in turn; every integer of each sum; random ones."""
    signals = {name: net.signals[name] for name in ("x", *free)}
    units = 1 + sum(signal.size for signal in signals.values())
    widest = max(int((one.high - one.low).max()) + 1 for one in signals.values())
    integers = _integers(net)
    counted = 1 << max((width for _, width in integers), default=0)
    rest = max(counted, min(MOST_ROWS, max(RANDOM_ROWS, widest)))
    found, place = {}, 1
    for name, signal in signals.items():
        span = signal.high - signal.low + 1
        base = np.clip(0, signal.low, signal.high)
        made = np.tile(base, (units, 1))
        at = np.arange(signal.size)
        made[place + at, at] += np.where(base < signal.high, 1, -(base > signal.low).astype(int))
        place += signal.size
        if signal.bits:
            # Of single bits, rows with many and with few ones.
            drawn = rng.random((rest, signal.size)) ** rng.choice([0.25, 1, 4], (rest, 1))
            more = (drawn * span).astype(np.int64) + signal.low
        else:
            more = signal.low + np.arange(rest)[:, None] % span
        found[name] = np.concatenate([made, more])
    for first, width in integers:  # All values of each, while the others have all of theirs.
        bits = np.arange(counted)[:, None] >> np.arange(width) & 1
        found["x"][units : units + counted, first : first + width] = bits
    return found


def _integers(net: IntNet) -> set[tuple[int, int]]:
    """The integers that come as bits of the input: first bit and width."""
    words = [node for node in net.nodes if isinstance(node, Words) and node.inputs == ("x",)]
    rows = {row for node in words for row in zip(node.first, node.width, strict=True)}
    return {(int(first), int(width)) for first, width in rows}


class _Run:
    """The network with what its modules give replaced, beside the interpreter's nodes."""

    def __init__(self, network: nn.Module, net: IntNet) -> None:
        self.network, self.net = network, net
        self.steps = int(net.meta["steps"]) if net.states else 1
        self.marks: dict[nn.Module, list[Mark]] = {}
        width = net.n_inputs * self.steps
        for mark in walked(network, width, net.input_bits, net.input_signed).marks:
            self.marks.setdefault(mark.module, []).append(mark)
        own = [mark for marks in self.marks.values() for mark in marks]
        self.free = [one.name for one in own if one.encode(torch.zeros(1)) is not None]

    def compare(self, given: Codes) -> tuple[Codes, list[str]]:
        """Compare what the modules give with the nodes; the last step's values of all signals, and
        the names of the nodes compared."""
        got, answer = self._trained(given)
        held = {s.name: given[s.next] for s in self.net.states if s.next in given}
        resets = {s.name: np.tile(s.reset.astype(np.int64), (len(given["x"]), 1))
                  for s in self.net.states}  # fmt: skip
        for states, at in ((resets, 0), (resets | held, -1)):
            values = self._values(given, states)
            for name, calls in got.items():
                same(
                    name, calls[at], columns(values[name]).astype(np.float32), "the integer network"
                )
        if self.net.outputs[0] == "class":
            winner = answer.split(len(given["x"]))[-1].argmax(1).numpy()
            same("class", winner, values["class"].reshape(-1), "the integer network")
            if isinstance(self.net.node("class"), Levels):  # Else torch's argmax, not a module.
                return values, [*got, "class"]
        return values, [*got]

    def _trained(self, given: Codes) -> tuple[dict[str, list[np.ndarray]], torch.Tensor]:
        """What each module gave at each step, as integers, and what the network answered."""
        count = len(given["x"])
        got: dict[str, list[np.ndarray]] = {}
        hooks = [
            module.register_forward_hook(self._hook(marks, given, got))
            for module, marks in self.marks.items()
        ]
        x = torch.from_numpy(np.tile(given["x"], (1, self.steps)).astype(np.float32))
        try:
            with torch.no_grad():
                answer = self.network(x)
        finally:
            for hook in hooks:
                hook.remove()
        if not all(rows.shape[0] == count for calls in got.values() for rows in calls):
            raise FreezeError(
                f"a module gives another number of rows than the {count} it was given"
            )
        return got, answer

    def _hook(
        self, marks: list[Mark], given: Codes, got: dict[str, list[np.ndarray]]
    ) -> Callable[[nn.Module, object, torch.Tensor], torch.Tensor]:
        calls = 0

        def hook(module: nn.Module, inputs: object, made: torch.Tensor) -> torch.Tensor:
            nonlocal calls
            # A module used twice is called in turn for each of its places.
            mark, calls = marks[calls % len(marks)], calls + 1
            count = len(given["x"])
            decoded = mark.decode(made).flatten(1)
            got.setdefault(mark.name, []).extend(step.numpy() for step in decoded.split(count))
            if mark.name not in given:
                return made
            codes = torch.from_numpy(given[mark.name].astype(np.float32))
            encoded = mark.encode(codes.repeat(len(made) // count, 1))
            assert encoded is not None
            return encoded.view(made.shape)

        return hook

    def _values(self, given: Codes, states: Codes) -> Codes:
        """Every signal, each node reading what is given; these nodes' own values."""
        values, read = {**states, "x": given["x"]}, {**given, **states}
        for node in self.net.nodes:
            values[node.name] = node.apply(
                [columns(read.get(one, values[one])) for one in node.inputs]
            )
        read_by = {f"read {name}": value for name, value in given.items()}
        return values | read_by


@dataclass
class _Seen:
    """What each element was given so far."""

    net: IntNet
    free: Sequence[str]
    met: dict[str, list[set[int]]] = field(default_factory=dict)
    integers: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def note(self, values: Mapping[str, Integers]) -> None:
        """Note what the elements of steps and tables read."""
        for node in self.net.nodes:
            places = self._places(node, values)
            if places is not None and self._of_integers(node):
                signal = self.net.signals[node.inputs[0]]
                span = int((signal.high - signal.low).max()) + 1
                seen = self.integers.setdefault(node.name, np.zeros((node.size, span), bool))
                seen[np.arange(node.size), places - signal.low] = True
            elif places is not None:
                sets = self.met.setdefault(node.name, [set() for _ in range(node.size)])
                for own, column in zip(sets, places.T, strict=True):
                    own.update(np.unique(column).tolist())

    def _of_integers(self, node: Node) -> bool:
        """Whether it has steps of integers that come as bits: so many values that sets are slow."""
        return isinstance(node, Levels) and any(
            isinstance(one, Words) and one.name == node.inputs[0] for one in self.net.nodes
        )

    def _places(self, node: Node, values: Mapping[str, Integers]) -> Integers | None:
        """A number for what each element reads (vectors, size), where that is to be counted."""
        if not isinstance(node, (Levels, Table, Max)):
            return None
        (name,) = node.inputs
        given = columns(values.get(f"read {name}", values[name]))
        if isinstance(node, Levels):
            return given
        width = self.net.signals[name].bits
        if isinstance(node, Max) and not 0 < width * node.wiring.shape[1] <= LISTED_BITS:
            return None
        found = np.zeros((len(given), node.size), np.int64)
        for place, element in enumerate(node.wiring.T):
            found |= (given[:, element] & ((1 << width) - 1)) << place * width
        return found

    def listed(self, name: str) -> int:
        """How many elements of a node were given all that they can be given."""
        node = self.net.node(name)
        if isinstance(node, (Product, Add, Concat)):
            return node.size if self._affine(name, first=True) else 0
        if name in self.integers:
            signal = self.net.signals[node.inputs[0]]
            return int((self.integers[name].sum(1) == signal.high - signal.low + 1).sum())
        if name not in self.met:
            return 0
        signal = self.net.signals[node.inputs[0]]
        if isinstance(node, Levels):
            wanted = (signal.high - signal.low + 1).tolist()
        else:
            wanted = [
                1 << signal.bits * len({*row})  # An element may be read twice.
                for row in node.wiring.tolist()  # type: ignore[attr-defined]
            ]
        return sum(len(own) == n for own, n in zip(self.met[name], wanted, strict=True))

    def _affine(self, name: str, first: bool = False) -> bool:
        """Whether a signal is replaced, or an affine function of such."""
        states = {state.name for state in self.net.states if state.next in self.free}
        if not first and (name in self.free or name == "x" or name in states):
            return True
        node = next((node for node in self.net.nodes if node.name == name), None)
        if isinstance(node, Table):  # Of one bit, such as that for -1 and +1.
            affine = node.width == 1 and node.wiring.shape[1] == 1
        else:
            affine = isinstance(node, (Product, Add, Concat))
        return node is not None and affine and all(map(self._affine, node.inputs))
