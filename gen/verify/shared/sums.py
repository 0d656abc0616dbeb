"""What a round of a time-shared core does with its sum, cycle by cycle: read off, and cut.

The core adds a word of values, times weights, to its sum; stores a code that follows from the sum;
and keeps scores. Each of these is noted as a claim (`gen.verify.shared.claims`), and then what was
computed is free: the next claim holds whatever the one before came to. What the sums mean, as
weights of the network's elements, adds up here, and must be the network's rows.

When the core does what is taken from the program that the network has (`gen.sharing.program`), and
which register is which from their names. Both are guesses: a wrong one leaves a claim that fails.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gen.intnet.network import Argmax, IntNet, Levels
from gen.proof.machine import Machine, MachineError, Net
from gen.proof.rounds import Unrolled
from gen.verify.shared.schedule import Neuron, neurons_of
from hw.program import Program, Term

__all__ = ["Added", "Answered", "Stored", "Sums"]

Literals = tuple[int, ...]
Element = tuple[str, int]
"""A signal of the network, and which of its elements."""


@dataclass(frozen=True)
class Added:
    """`after` is `before` plus weights times values, modulo 2**len(after); each lane has its bits.

    All are literals of the round, lowest bit first.
    """

    before: Literals
    weights: tuple[Literals, ...]
    values: tuple[Literals, ...]
    after: Literals


@dataclass(frozen=True)
class Stored:
    """`code` is what `node`'s levels give for element `at` where `factor` times the sum, plus
    `bias`, is theirs; the sum lies in -reach..reach. `ignored` may be anything."""

    node: Levels
    at: int
    sum: Literals
    factor: int
    bias: int
    reach: int
    ignored: Literals
    code: Literals


@dataclass(frozen=True)
class Answered:
    """A score: `factor` times the sum, plus `bias`."""

    sum: Literals
    factor: int
    bias: int


@dataclass
class Sums:
    """Watches a round (`gen.proof.rounds.prove_round`) of a network's core; claims lie in `added`,
    `stored` and `answered`. `ports` are the input's, lowest bit first; those in `sent` are sent."""

    core: Machine
    net: IntNet
    program: Program
    ports: Sequence[str]
    sent: frozenset[str]
    added: list[Added] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.total, self.waiting = self._register("total"), self._register("waiting")
        self.code = self._register("code")
        self.words = self._words(r"values\[(?P<word>\d+)\]")
        neurons = list(neurons_of(self.net, self.program))
        added = [(n, neuron) for neuron in neurons for n in neuron.added]
        terms = self.program.terms
        self.adding = {n: (neuron, term) for (n, neuron), term in zip(added, terms, strict=True)}
        self.weighing = {n - 1 for n in self.adding}
        self.storing = {neuron.stored: neuron for neuron in neurons}
        self._check_values_fit()

    def __call__(
        self, made: Unrolled, done: int, before: dict[Net, int], after: dict[Net, int]
    ) -> None:
        if done == 1:
            self._begin(made)
        if done in self.adding:
            self._add(made, *self.adding[done], done, before, after)
        if done in self.weighing:
            self._weigh(made, done, after)
        if done in self.storing:
            self._store(made, self.storing[done], before, after)

    def _begin(self, made: Unrolled) -> None:
        for claims in (self.added, self.stored, self.answered):
            claims.clear()
        ports = {name: 2 * node for node, name in made.names.items()}
        self.elements: dict[Literals, Element] = {}
        self.form: dict[Element, int] = {}
        self.weights: Sequence[int] = ()
        self.sum: Literals = ()
        for element in range(self.net.n_inputs):
            names = self._ports_of(element)
            held = self._extended([ports[name] for name in names], self.net.input_signed)
            self.elements[held] = ("x", element)

    def _extended(self, bits: Sequence[int], signed: bool) -> Literals:
        """A value's literals in its lane."""
        top = bits[-1] if signed else 0
        return (*bits, *[top] * (self.program.bits - len(bits)))[: self.program.bits]

    def _weigh(self, made: Unrolled, done: int, after: dict[Net, int]) -> None:
        """Read the weights that the next addition takes; with several lanes they are cut, so that
        additions do not differ by them."""
        bits = [after[net] for net in self.waiting]
        if any(bit > 1 for bit in bits):
            raise MachineError(f"the weights after {done} cycles are not constants")
        lanes = _split(bits, self.program.lanes)
        self.weights = [_number(lane, self.program.signs) for lane in lanes]
        if self.program.lanes > 1:
            after.update((net, made.input(f"weights {done}[{at}]"))
                         for at, net in enumerate(self.waiting))  # fmt: skip

    def _add(
        self,
        made: Unrolled,
        neuron: Neuron,
        term: Term,
        done: int,
        before: dict[Net, int],
        after: dict[Net, int],
    ) -> None:
        total = tuple(before[net] for net in self.total)
        number = done - neuron.added.start
        if number == 0:
            self.form = {}
        if total != (self.sum if number else (0,) * len(total)):
            raise MachineError(f"the sum is not what was added up, after {done - 1} cycles")
        word = [before[net] for net in self.words.get(term.address, [])]
        values = _split(word, self.program.lanes)
        for weight, value in zip(self.weights, values, strict=True):
            if weight:
                self._weighted(weight, value, done)
        weights = _split([before[net] for net in self.waiting], self.program.lanes)
        self.added.append(Added(total, weights, values, tuple(after[n] for n in self.total)))
        self.sum = tuple(made.input(f"sum {done}[{at}]") for at in range(len(self.total)))
        after.update(zip(self.total, self.sum, strict=True))
        # A code is chosen by the whole sum alone: what it was before must not matter.
        self.ignored = tuple(made.input(f"code {done}[{at}]") for at in range(len(self.code)))
        after.update(zip(self.code, self.ignored, strict=True))

    def _weighted(self, weight: int, value: Literals, done: int) -> None:
        element = self.elements.get(value)
        if element is None:
            raise MachineError(f"what is added after {done} cycles is no value of the network's")
        self.form[element] = self.form.get(element, 0) + weight
        if element[0] == "x":
            for name in self._ports_of(element[1]):
                if name not in self.sent:
                    raise MachineError(f"{name} is read, and not among the inputs that are sent")

    def _ports_of(self, element: int) -> Sequence[str]:
        width = self.net.input_bits
        return self.ports[element * width : (element + 1) * width]

    def _store(
        self, made: Unrolled, neuron: Neuron, before: dict[Net, int], after: dict[Net, int]
    ) -> None:
        if tuple(before[net] for net in self.total) != self.sum:
            raise MachineError(f"{neuron.node.name}[{neuron.at}] is not made of its sum")
        factor, bias = self._factor(neuron), int(neuron.row[2])
        if isinstance(neuron.node, Argmax):
            self.answered.append(Answered(self.sum, factor, bias))
            return
        place = self.program.loads * self.program.lanes + len(self.stored)
        word, lane = divmod(place, self.program.lanes)
        nets = _split(self.words.get(word, []), self.program.lanes)[lane]
        code = tuple(after[net] for net in nets)
        reach = self._reach(neuron, factor)
        self.stored.append(
            Stored(neuron.node, neuron.at, self.sum, factor, bias, reach, self.ignored, code)
        )
        signal = self.net.signals[neuron.node.name]
        name = f"{neuron.node.name}[{neuron.at}]"
        bits = [made.input(f"{name}.{at}") for at in range(signal.bits)]
        free = self._extended(bits, signal.signed)
        after.update(zip(nets, free, strict=True))
        self.elements[free] = (neuron.node.name, neuron.at)

    def _factor(self, neuron: Neuron) -> int:
        """What the sum times which is the network's; raises MachineError where there is none."""
        elements, weights, _ = neuron.row
        pairs = zip(elements.tolist(), weights.tolist(), strict=True)
        wanted = {(neuron.source, element): weight for element, weight in pairs if weight}
        have = {element: weight for element, weight in self.form.items() if weight}
        first = next(iter(wanted), None)
        # Of a row without weights the sum is 0, and any factor is its own.
        own = 1 << self.program.shift if isinstance(neuron.node, Argmax) else 1
        factor = wanted[first] // have[first] if first in have else own
        if factor < 1 or wanted != {element: factor * weight for element, weight in have.items()}:
            raise MachineError(
                f"{neuron.node.name}[{neuron.at}]: what is added up is not the network's sum"
            )
        return factor

    def _reach(self, neuron: Neuron, factor: int) -> int:
        """What the sum does not exceed in magnitude, on the way neither; raises MachineError where
        the core's would overflow."""
        elements, weights, _ = neuron.row
        magnitude = self.net.signals[neuron.source].magnitude[elements]
        reach = int((abs(weights) // factor * magnitude).sum())
        if reach >> (len(self.total) - 1):
            raise MachineError(f"{neuron.node.name}[{neuron.at}]: its sum overflows")
        return reach

    def _check_values_fit(self) -> None:
        """A value in its lane, read as the core reads it, is the network's."""
        bits = self.program.bits - self.program.signed
        least, most = -(1 << bits) if self.program.signed else 0, (1 << bits) - 1
        names = ["x", *(node.name for node in self.net.nodes if isinstance(node, Levels))]
        for name in names:
            signal = self.net.signals[name]
            if int(signal.low.min()) < least or int(signal.high.max()) > most:
                raise MachineError(f"{name}: its values do not fit the core's memory")

    def _register(self, name: str) -> list[Net]:
        """The registers of a word, lowest bit first."""
        found = self._words(f"(?P<word>){name}")
        if not found:
            raise MachineError(f"core.v has no register called {name}: it is no time-shared core")
        return found[0]

    def _words(self, name: str) -> dict[int, list[Net]]:
        """The registers whose names begin so, lowest bit first, by the number `word` in them."""
        pattern = re.compile(rf"{name}(?:\[(?P<bit>\d+)\])?$")
        found: dict[int, dict[int, Net]] = {}
        for net, register in self.core.registers.items():
            for match in filter(None, map(pattern.match, register.names)):
                found.setdefault(int(match["word"] or 0), {})[int(match["bit"] or 0)] = net
        return {word: [net for _, net in sorted(bits.items())] for word, bits in found.items()}


def _split(bits: Sequence[Any], lanes: int) -> tuple[tuple[Any, ...], ...]:
    """A word's bits, lane by lane."""
    size = len(bits) // lanes
    return tuple(tuple(bits[lane * size : (lane + 1) * size]) for lane in range(lanes))


def _number(bits: Sequence[int], signs: bool) -> int:
    """A weight of constant bits, as `claims` reads it too: a sign, or two's complement."""
    if signs:
        return -1 if bits[0] else 1
    return sum(bit << at for at, bit in enumerate(bits)) - (bits[-1] << len(bits))
