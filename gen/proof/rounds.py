"""A machine that works through a fixed number of cycles for each input, run symbolically.

Such a machine (`hw.sequencer`) waits with `ready` high, takes `x` where `x_valid` is high, and has
`y` with `y_valid` so many cycles later, whatever the input is. Its control goes through the same
constants every time, so that a round unrolled cycle by cycle collapses into logic of `x`.

A waiting machine is described by what every register is known to hold: 0, 1, or anything. That
holds at power-up, after a reset out of any state, after a cycle without input, and after a round:
`prove_round` finds a description that all four lead back to, so every round starts from it,
whatever came before. What a cycle asks for and is not known (ports that a round should not look at,
memory words that nothing wrote) is free, and another in every cycle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gen.logic.graph import Builder, Graph
from gen.proof.machine import ONE, ZERO, Logic, Machine, MachineError, Net

__all__ = ["Round", "Step", "Unrolled", "prove_round"]

State = dict[Net, int]
"""The literal that each register holds."""
Known = dict[Net, int | None]
"""What each register holds, 0 or 1; None where it may be either."""
Watch = Callable[["Unrolled", int, State, State], None]
"""Called with the logic so far, the number of cycles done, and the states before and after the
last; it may change what the latter holds: give a value a name."""

ROUNDS = 6
"""Of looking for what a waiting machine holds: a register only becomes free, two were enough."""


class Unrolled:
    """Logic under construction: a literal is 2 * node + complemented, node 0 the constant 0.

    The same as a `Builder`, in Python's integers: a cycle asks ten thousand times what is constant.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.gates: dict[tuple[int, int], int] = {}
        self.count = 1

    def input(self, name: str) -> int:
        """The literal of a new free bit."""
        self.names[self.count] = name
        self.count += 1
        return 2 * self.count - 2

    def and_(self, one: int, other: int) -> int:
        """The literal of a conjunction."""
        low, high = (one, other) if one < other else (other, one)
        if low == 0 or low ^ high == 1:
            return 0
        if low in (1, high):
            return high
        found = self.gates.get((low, high))
        if found is None:
            found = self.gates[low, high] = 2 * self.count
            self.count += 1
        return found

    def graph(self, outputs: Mapping[str, int]) -> Graph:
        """The logic as arrays: all free bits, and these outputs."""
        place = np.zeros(self.count, dtype=np.int64)
        place[list(self.names)] = 1 + np.arange(len(self.names))
        made = np.array(list(self.gates.values()), dtype=np.int64) >> 1
        place[made] = 1 + len(self.names) + np.arange(len(made))
        fan_in = np.array(list(self.gates), dtype=np.int64).reshape(-1, 2)
        ends = np.array(list(outputs.values()), dtype=np.int64)
        fan_in, ends = (2 * place[part >> 1] | (part & 1) for part in (fan_in, ends))
        return Graph(tuple(self.names.values()), tuple(outputs), fan_in, ends)


class Step:
    """One cycle of a machine: its next registers and its outputs as one graph."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.ports = {net: name for name, net in machine.inputs.items() if name != machine.clock}
        self.nets: list[Net] = [ZERO, *machine.registers, *self.ports, *_undriven(machine)]
        b = Builder()
        free = {net: b.input(str(at)) for at, net in enumerate(self.nets) if at}
        logic = Logic(b, machine, free)
        for at, register in enumerate(machine.registers.values()):
            b.output(f"next {at}", logic.at(register.next))
        for name, net in machine.outputs.items():
            b.output(name, logic.at(net))
        graph = b.graph()
        self.nodes = {net: node for node, net in enumerate(self.nets)}
        self.first = graph.first_and
        self.gates = _easiest_first(graph, len(machine.registers))
        self.ends = graph.outputs.tolist()

    def after(
        self, made: Unrolled, held: State, given: Mapping[str, int], when: str
    ) -> tuple[State, dict[str, int]]:
        """Registers after a cycle, and outputs in it; ports that are not `given` are free."""
        known: list[int] = [-1] * (self.first + len(self.gates))
        known[0] = 0
        for net, literal in held.items():
            known[self.nodes[net]] = literal
        for name, literal in given.items():
            known[self.nodes[self.machine.inputs[name]]] = literal
        ends = [self._at(made, known, end, when) for end in self.ends]
        count = len(self.machine.registers)
        return (
            dict(zip(self.machine.registers, ends[:count], strict=True)),
            dict(zip(self.machine.outputs, ends[count:], strict=True)),
        )

    def _at(self, made: Unrolled, known: list[int], end: int, when: str) -> int:
        """The literal of an output. Of an AND with a constant 0 the other side is not looked at."""
        stack = [end >> 1]
        while stack:
            node = stack[-1]
            if known[node] >= 0:
                stack.pop()
                continue
            if node < self.first:
                net = self.nets[node]
                known[node] = made.input(f"{self.ports.get(net, net)} {when}")
                continue
            one, two = self.gates[node - self.first]
            left = known[one >> 1]
            if left < 0:
                stack.append(one >> 1)
            elif left == one & 1:
                known[node] = 0
            elif (right := known[two >> 1]) < 0:
                stack.append(two >> 1)
            else:
                known[node] = made.and_(left ^ (one & 1), right ^ (two & 1))
        return known[end >> 1] ^ (end & 1)


def _undriven(machine: Machine) -> list[Net]:
    """Nets that nothing drives: what a memory gives for an address beyond its words."""
    driven = {*machine.cells, *machine.registers, *machine.inputs.values(), ZERO, ONE}
    read = (net for cell in machine.cells.values() for net in cell.inputs)
    return [net for net in dict.fromkeys(read) if net not in driven]


def _easiest_first(graph: Graph, registers: int) -> list[tuple[int, int]]:
    """Every AND's literals, the one of less depth first: an enable or address before the data, and
    what is no register last."""
    depth = graph.levels.copy()
    depth[1 + registers : graph.first_and] = len(graph.fan_in)
    return [
        (one, two) if depth[one >> 1] <= depth[two >> 1] else (two, one)
        for one, two in graph.fan_in.tolist()
    ]


@dataclass
class Round:
    """A round's logic: literals of the input's ports, of the outputs at its end; how many registers
    are known when it begins."""

    made: Unrolled
    x: dict[str, int]
    y: dict[str, int]
    known: int


def _nothing(made: Unrolled, cycle: int, before: State, after: State) -> None:
    """Watch, and change nothing."""


def prove_round(step: Step, x: Sequence[str], cycles: int, watch: Watch = _nothing) -> Round:
    """A round of so many cycles, from any state in which the machine can wait.

    `x` are ports that are read in the first cycle. Proved on the way: `ready` is 1 in the first
    cycle and again at the end, and 0 between; `y_valid` is 1 at the end and not before. Raises
    MachineError where one is not, or depends on anything.
    """
    registers = step.machine.registers
    known = _meet(
        {net: register.init for net, register in registers.items()},
        _one_cycle(step, dict.fromkeys(registers), {"rst": 1}),
    )
    for _ in range(ROUNDS):
        made = Unrolled()
        ports = {name: made.input(name) for name in x}
        y, end = _run(step, made, known, ports, cycles, watch)
        idle = _one_cycle(step, known, {"rst": 0, "x_valid": 0})
        found = _meet(_meet(known, _constants(end)), idle)
        if found == known:
            return Round(made, ports, y, sum(value is not None for value in known.values()))
        known = found
    raise MachineError(f"{ROUNDS} rounds from power-up lead to no state that all begin in")


def _run(
    step: Step, made: Unrolled, waiting: Known, x: Mapping[str, int], cycles: int, watch: Watch
) -> tuple[dict[str, int], State]:
    held = _state(made, waiting)
    for cycle in range(cycles):
        given = {**x, "x_valid": 1} if cycle == 0 else {}
        after, outputs = step.after(made, held, {**given, "rst": 0}, f"in cycle {cycle}")
        _expect(outputs, "ready", int(cycle == 0), cycle)
        if cycle:
            _expect(outputs, "y_valid", 0, cycle)
        watch(made, cycle + 1, held, after)
        held = after
    _, outputs = step.after(made, held, {"rst": 0}, f"in cycle {cycles}")
    _expect(outputs, "ready", 1, cycles)
    _expect(outputs, "y_valid", 1, cycles)
    return outputs, held


def _expect(outputs: Mapping[str, int], name: str, value: int, cycle: int) -> None:
    if outputs[name] != value:
        raise MachineError(f"{name} is not always {value} in cycle {cycle} of a round")


def _one_cycle(step: Step, known: Known, fixed: Mapping[str, int]) -> Known:
    """What is known of the registers after a cycle; inputs that are not `fixed` are free."""
    made = Unrolled()
    return _constants(step.after(made, _state(made, known), fixed, "in a cycle")[0])


def _state(made: Unrolled, known: Known) -> State:
    return {
        net: made.input(f"register {at}") if value is None else value
        for at, (net, value) in enumerate(known.items())
    }


def _constants(state: State) -> Known:
    return {net: literal if literal < 2 else None for net, literal in state.items()}


def _meet(one: Known, other: Known) -> Known:
    return {net: value if other[net] == value else None for net, value in one.items()}
