"""Proving functions equal pair by pair, and two machines equal register by register.

Machines: their registers are put into classes, every member of a class is taken to hold the same
free bit, and then each member's next value is proved equal to its class's, as are all outputs. With
equal values at power-up that is induction over the clock's edges: in every cycle the members of a
class agree, so the outputs do, whatever comes in (van Eijk, "Sequential equivalence checking
based on structural similarities", IEEE TCAD, 2000). How the classes were guessed does not matter: a
wrong class fails, and a register in no class may not be read at all.

Functions: what building in one graph makes the same node is equal; of the rest, a random sample
looks for a difference, functions of few inputs are listed, and with what these say SAT sweeping and
single questions decide the others (`gen.logic.sweep`).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gen.logic.cones import Cones
from gen.logic.evaluate import evaluate, evaluate_words
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.solver import Solver
from gen.logic.sweep import merge, sweep
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found
from gen.proof.listed import same_listed
from gen.proof.machine import Logic, Machine, MachineError, Net, Register

__all__ = ["Class", "Compared", "Pair", "compare_machines", "compare_pairs", "found"]

WORDS = 32
CONFLICTS = 200_000
SWEEP_SAMPLES = 2_048


@dataclass(frozen=True)
class Pair:
    """Two signals of one graph that should be the same function."""

    name: str
    one: Signal
    other: Signal


@dataclass(frozen=True)
class Class:
    """Registers of both machines that always hold the same bit; `value` where it is a constant.

    Where `relative`, each holds that bit or its complement, whichever is 0 at power-up.
    """

    name: str
    left: tuple[Net, ...]
    right: tuple[Net, ...]
    value: int | None = None
    relative: bool = False


@dataclass
class Compared:
    """How many functions were compared, were one node, were listed, were decided by SAT, were not
    decided.

    `differs` is the first function found different, at the inputs `witness`.
    """

    functions: int = 0
    same: int = 0
    listed: int = 0
    solved: int = 0
    undecided: list[str] = field(default_factory=list)
    differs: str = ""
    witness: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether all functions are proved equal."""
        return not self.differs and not self.undecided

    @property
    def method(self) -> str:
        """What was done, in words."""
        return (
            f"{self.functions:,} functions: {self.same:,} the same node in one graph,"
            f" {self.listed:,} listed, {self.solved:,} by SAT"
        )

    @property
    def fault(self) -> str:
        """What is wrong, in words; nothing where all is proved."""
        if self.differs:
            high = [name for name, value in self.witness.items() if value]
            shown = ", ".join(high[:6]) + (f" and {len(high) - 6} more" if len(high) > 6 else "")
            return f"{self.differs} differs where {shown or 'nothing'} is 1 and the rest 0"
        if self.undecided:
            return f"{len(self.undecided)} functions undecided within budget, {self.undecided[0]}"
        return ""


def found(compared: Compared, how: str) -> Found:
    """A comparison as a check's outcome; `how` says what was compared."""
    if compared.proved:
        return Found(PROVED, f"{how}; {compared.method}")
    return Found(FAILED if compared.differs else UNDECIDED, how, compared.fault)


def compare_pairs(b: Builder, pairs: Sequence[Pair], seconds: float = 120) -> Compared:
    """Decide for all pairs whether they are equal; stops at the first that is not.

    `b` must have no outputs yet.
    """
    start = time.monotonic()
    left = [pair for pair in pairs if pair.one != pair.other]
    made = Compared(len(pairs), len(pairs) - len(left))
    if left:
        for pair in left:
            b.output(f"{pair.name} (first)", pair.one)
            b.output(f"{pair.name} (second)", pair.other)
        graph = b.graph()
        if not _sampled(graph, left, made):
            _decided(graph, left, made, seconds)
    made.seconds = round(time.monotonic() - start, 3)
    return made


def _sampled(graph: Graph, pairs: Sequence[Pair], made: Compared) -> bool:
    """Look for a difference on random inputs."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 64, (graph.n_inputs, WORDS), dtype=np.uint64)
    values = evaluate_words(graph, words)
    apart = values[0::2] ^ values[1::2]
    found = np.argwhere(apart)
    if not len(found):
        return False
    row, word = found[0].tolist()
    bit = (int(apart[row, word]) & -int(apart[row, word])).bit_length() - 1
    inputs = (words[:, word] >> np.uint64(bit)) & np.uint64(1)
    _note(graph, pairs[row], inputs.astype(np.uint8), made)
    return True


def _note(graph: Graph, pair: Pair, inputs: np.ndarray, made: Compared) -> None:
    """Note a difference, on as few inputs at 1 as dropping one after the other gives."""
    row = [at for at, name in enumerate(graph.output_names) if name == f"{pair.name} (first)"][0]
    for at in np.flatnonzero(inputs):
        tried = inputs.copy()
        tried[at] = 0
        values = evaluate(graph, tried[None, :])[0]
        if values[row] != values[row + 1]:
            inputs = tried
    made.differs = pair.name
    made.witness = dict(zip(graph.input_names, inputs.tolist(), strict=True))


def _decided(graph: Graph, pairs: Sequence[Pair], made: Compared, seconds: float) -> None:
    cones, equal = Cones(graph), {}
    rest = []
    for at, pair in enumerate(pairs):
        if same_listed(cones, 2 * at, 2 * at + 1):
            made.listed += 1
            low, high = sorted(graph.outputs[2 * at : 2 * at + 2].tolist())
            equal[high >> 1] = low ^ (high & 1)
        else:
            rest.append((at, pair))
    _solved(merge(graph, equal), rest, made, seconds)


def _solved(
    graph: Graph, pairs: Sequence[tuple[int, Pair]], made: Compared, seconds: float
) -> None:
    """Decide for pairs, with their numbers; what they read is free of what was proved equal."""
    end = time.monotonic() + seconds
    names = [f"{pair.name} ({which})" for _, pair in pairs for which in ("first", "second")]
    graph = Cones(graph).select(names)
    samples = np.random.default_rng(1).integers(0, 2, (SWEEP_SAMPLES, graph.n_inputs), np.uint8)
    swept = merge(graph, sweep(graph, samples, seconds=seconds / 2).proved)
    ends = swept.outputs.tolist()
    with Solver(swept) as solver:
        for at, (_, pair) in enumerate(pairs):
            answer: bool | None = None
            if ends[2 * at] == ends[2 * at + 1]:
                answer = True
            elif time.monotonic() < end:
                answer = solver.equal(ends[2 * at], ends[2 * at + 1], CONFLICTS)
            if answer is False:
                _note(graph, pair, solver.witness(), made)
                return
            if answer:
                made.solved += 1
            else:
                made.undecided.append(pair.name)


def compare_machines(
    left: Machine,
    right: Machine,
    classes: Sequence[Class],
    rename: Mapping[str, str] | None = None,
    seconds: float = 120,
) -> Compared:
    """Prove that two machines give the same outputs in every cycle from power-up.

    `rename` gives the right machine's ports names of the left one's. Raises MachineError where
    ports, clocks or power-up values differ, or where a register that is read is in no class.
    """
    rename = rename or {}
    b = Builder()
    inputs = _shared_inputs(b, left, right, rename)
    bits = [b.input(c.name) if c.value is None else b.constant(c.value) for c in classes]
    one = Logic(b, left, inputs[0] | _held(left, classes, bits, "left"))
    other = Logic(b, right, inputs[1] | _held(right, classes, bits, "right"))
    _check_power_up(left, right, classes)
    pairs = list(_output_pairs(left, right, one, other, rename))
    for group in classes:
        made = [] if group.value is None else [b.constant(group.value)]
        for machine, logic, nets in ((left, one, group.left), (right, other, group.right)):
            for register in (machine.registers[net] for net in nets):
                made.append(_seen(group, register, logic.at(register.next)))
        pairs += [Pair(f"next {group.name}", made[0], signal) for signal in made[1:]]
    named = [Pair(f"{p.name} #{at}", p.one, p.other) for at, p in enumerate(pairs)]
    return compare_pairs(b, named, seconds)


def _shared_inputs(
    b: Builder, left: Machine, right: Machine, rename: Mapping[str, str]
) -> tuple[dict[Net, Signal], dict[Net, Signal]]:
    """The same free bit for each input of both; a clock is no input of the logic."""
    names = [name for name in left.inputs if name != left.clock]
    there = {rename.get(name, name): net for name, net in right.inputs.items()}
    clock = rename.get(right.clock, right.clock)
    if left.clock != clock or {*names} != {name for name in there if name != clock}:
        raise MachineError(
            f"inputs are {', '.join(sorted(left.inputs))} (clock {left.clock}) here and"
            f" {', '.join(sorted(there))} (clock {clock}) there: two builds"
        )
    signals = {name: b.input(name) for name in names}
    return (
        {left.inputs[name]: signal for name, signal in signals.items()},
        {there[name]: signal for name, signal in signals.items()},
    )


def _held(
    machine: Machine, classes: Sequence[Class], bits: Sequence[Signal], side: str
) -> dict[Net, Signal]:
    """What each register holds, by the bit of its class."""
    held: dict[Net, Signal] = {}
    for group, bit in zip(classes, bits, strict=True):
        for net in getattr(group, side):
            if net in held:
                raise MachineError(f"register {net} is in two classes")
            held[net] = _seen(group, machine.registers[net], bit)
    return held


def _seen(group: Class, register: Register, value: Signal) -> Signal:
    """What a member of a class holds for the class's bit, and the other way round."""
    return ~value if group.relative and register.init else value


def _check_power_up(left: Machine, right: Machine, classes: Sequence[Class]) -> None:
    for group in classes:
        values = {left.registers[net].init for net in group.left}
        values |= {right.registers[net].init for net in group.right}
        values = {0} if group.relative else values
        values |= set() if group.value is None else {group.value}
        if len(values) > 1:
            raise MachineError(f"register {group.name} powers up at 0 here and at 1 there")


def _output_pairs(
    left: Machine, right: Machine, one: Logic, other: Logic, rename: Mapping[str, str]
) -> Iterable[Pair]:
    there = {_renamed(name, rename): net for name, net in right.outputs.items()}
    if left.outputs.keys() != there.keys():
        raise MachineError(
            f"outputs are {', '.join(sorted(left.outputs))} here and"
            f" {', '.join(sorted(there))} there: two builds"
        )
    for name, net in left.outputs.items():
        yield Pair(name, one.at(net), other.at(there[name]))


def _renamed(name: str, rename: Mapping[str, str]) -> str:
    pin, dot, rest = name.partition(".")
    return rename.get(pin, pin) + dot + rest
