"""A clocked circuit as look-up tables between registers, whichever file it was read from.

Nets are names or numbers, as the file has them; ZERO and ONE are the constants. Everything
combinational is a table: bit sum(inputs[k] << k) of `table` is the value. A register takes the
value of its `next` net at each edge of the one clock; enable and reset are part of `next`. Logic is
built into a graph with every table in a canonical form, so that equal tables of equal signals
become the same node in whatever order two files list their pins.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from gen.errors import SmeltError
from gen.logic.graph import Builder, Signal
from gen.logic.words import truth_table

__all__ = [
    "AND",
    "CHOOSE",
    "MAJORITY",
    "NOT",
    "ONE",
    "WIRE",
    "ZERO",
    "Logic",
    "Machine",
    "MachineError",
    "NotCompared",
    "Register",
    "Table",
    "choose",
]

Net = Hashable
ZERO, ONE = "0", "1"
WIRE, AND, NOT, MAJORITY = 0b10, 0b1000, 0b01, 0xE8
CHOOSE = 0b11001010
"""The table of `inputs[2] ? inputs[1] : inputs[0]`."""


class MachineError(SmeltError):
    """A circuit cannot be read as tables and registers of one clock."""


class NotCompared(MachineError):
    """A circuit has cells that there is no rule for: memories, PLLs, registers in pins."""


@dataclass(frozen=True)
class Table:
    """A function of nets."""

    table: int
    inputs: tuple[Net, ...]


@dataclass(frozen=True)
class Register:
    """A state bit: the net it takes its next value from, its value at power-up, all its names."""

    next: Net
    init: int = 0
    names: frozenset[str] = frozenset()


@dataclass
class Machine:
    """`cells` by the net they drive, `registers` by the net that holds their value.

    `inputs` and `outputs` are nets by port name; `clock` is the port that all registers follow.
    `constants` are names that the file gives to a constant.
    """

    inputs: dict[str, Net] = field(default_factory=dict)
    outputs: dict[str, Net] = field(default_factory=dict)
    cells: dict[Net, Table] = field(default_factory=dict)
    registers: dict[Net, Register] = field(default_factory=dict)
    clock: str = ""
    constants: dict[str, int] = field(default_factory=dict)

    def drive(self, net: Net, table: int, *inputs: Net) -> None:
        """Add a table that drives a net; raises MachineError where something drives it already."""
        if net in self.cells or net in self.registers or net in (ZERO, ONE):
            raise MachineError(f"net {net} has two drivers; the file is damaged: make it again")
        self.cells[net] = Table(table, inputs)

    def hold(self, net: Net, register: Register) -> None:
        """Add the register that drives a net."""
        if net in self.cells or net in self.registers:
            raise MachineError(f"net {net} has two drivers; the file is damaged: make it again")
        self.registers[net] = register

    def source(self, net: Net) -> Net:
        """The net behind plain wires."""
        while net in self.cells and self.cells[net].table == WIRE:
            (net,) = self.cells[net].inputs
        return net

    def follow(self, clock: Net) -> None:
        """Note the clock of a register; raises MachineError for a second clock, or a made one."""
        ports = [name for name, net in self.inputs.items() if net == self.source(clock)]
        if not ports or self.clock not in ("", ports[0]):
            raise MachineError(
                f"a register's clock is {ports[0] if ports else clock}, another's"
                f" {self.clock or 'an input'}: circuits of one clock, an input, are compared"
            )
        self.clock = ports[0]


def choose(machine: Machine, net: Net, select: Net, then: Net, other: Net) -> Net:
    """Drive `net` with `select ? then : other`; returns it."""
    machine.drive(net, CHOOSE, other, then, select)
    return net


class Logic:
    """The signals of a machine's nets in a graph under construction.

    `given` says what inputs and registers hold. Only what is asked for is built.
    """

    def __init__(self, b: Builder, machine: Machine, given: Mapping[Net, Signal]) -> None:
        self.b = b
        self.machine = machine
        self.known: dict[Net, Signal] = {ZERO: b.false, ONE: b.true, **given}

    def at(self, net: Net) -> Signal:
        """The signal of a net; raises MachineError on a loop or a net that nothing drives."""
        stack, waiting = [net], set()
        while stack:
            top = stack[-1]
            if top in self.known:
                stack.pop()
                continue
            cell = self.machine.cells.get(top)
            if cell is None:
                raise MachineError(self._undriven(top))
            missing = [one for one in cell.inputs if one not in self.known]
            if missing and top in waiting:
                raise MachineError(f"net {top} depends on itself without a register between")
            if missing:
                waiting.add(top)
                stack.extend(missing)
                continue
            signals = [self.known[one] for one in cell.inputs]
            self.known[top] = canonical(self.b, cell.table, signals)
            stack.pop()
        return self.known[net]

    def _undriven(self, net: Net) -> str:
        register = self.machine.registers.get(net)
        if register is None:
            return f"nothing drives net {net}; the file is damaged: make it again"
        return f"register {min(register.names, default=net)} is read, and has no partner"


def canonical(b: Builder, table: int, signals: Sequence[Signal]) -> Signal:
    """The function of a table, the same node for the same function of the same signals.

    Constants and repeated signals are worked into the table, complements too, inputs that do not
    matter are dropped, and the others are sorted.
    """
    places: dict[int, Signal] = {}
    for signal in signals:
        if signal.index:
            places[signal.index] = ~signal if signal.complement else signal
    order = sorted(places)
    reduced = _remapped(table, signals, order)
    for at in reversed(range(len(order))):
        low, high = _cofactors(reduced, at, len(order))
        if low == high:
            reduced = low
            del order[at]
    flip = reduced & 1
    if flip:
        reduced ^= (1 << (1 << len(order))) - 1
    chosen = _chosen_first(reduced, len(order))
    moved = _moved(reduced, chosen)
    made = truth_table(b, moved, [places[order[at]] for at in chosen])
    return ~made if flip else made


@lru_cache(maxsize=1 << 16)
def _chosen_first(table: int, count: int) -> tuple[int, ...]:
    """The inputs in the order in which the table is expanded, the first one last.

    The first is the one that leaves least on both its sides, as a choice's selector does: once that
    is known, the other inputs are plain.
    """
    if count < 3:
        return tuple(range(count))

    def left(at: int) -> int:
        sides = _cofactors(table, at, count)
        return sum(_read(side, count - 1) for side in sides)

    first = min(reversed(range(count)), key=left)
    return (*(at for at in range(count) if at != first), first)


def _read(table: int, count: int) -> int:
    """How many of its inputs a table depends on."""
    return sum(len({*_cofactors(table, at, count)}) > 1 for at in range(count))


def _moved(table: int, order: Sequence[int]) -> int:
    """The table with its input order[k] as input k."""
    if list(order) == sorted(order):
        return table
    made = 0
    for row in range(1 << len(order)):
        address = sum((row >> k & 1) << at for k, at in enumerate(order))
        made |= (table >> address & 1) << row
    return made


def _remapped(table: int, signals: Sequence[Signal], order: Sequence[int]) -> int:
    """The table over the nodes in `order` of one over signals."""
    made = 0
    for row in range(1 << len(order)):
        values = {index: row >> at & 1 for at, index in enumerate(order)} | {0: 0}
        address = sum(
            (values[signal.index] ^ int(signal.complement)) << k for k, signal in enumerate(signals)
        )
        made |= (table >> address & 1) << row
    return made


def _cofactors(table: int, at: int, count: int) -> tuple[int, int]:
    """Tables of `count` - 1 inputs for input `at` at 0 and at 1."""
    halves = [0, 0]
    for row in range(1 << count):
        small = (row & ((1 << at) - 1)) | (row >> (at + 1) << at)
        halves[row >> at & 1] |= (table >> row & 1) << small
    return halves[0], halves[1]
