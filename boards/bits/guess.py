"""Registers that synthesis holds inverted, joined, took away or renamed, found by what they do.

iCE40 registers power up at 0, so Yosys inverts those of another value, and their names go; one that
never changes becomes a constant. Both machines run from power-up in lanes; registers that have a
partner hold the same random bits for some cycles at a time, the others go their own way. Who then
always holds the same, or the complement, is taken for the partner, and who has none and never moves
for a constant: a guess, which the proof confirms or refuses. Few draws of random bits let a check
value run on; of 3 draws some bits of it stayed alike, of 50 those that only a reply moves, of 200
none. What is then still alone, and takes the next value of one that has a partner wherever both
hold the same, was joined with that.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Builder, Graph, Signal
from gen.proof.compare import Class, Pair, compare_pairs
from gen.proof.machine import Logic, Machine, Net

__all__ = ["all_classes"]

CYCLES, KEPT, WORDS = 4800, 12, 64
SECONDS = 20


Words = NDArray[np.uint64]


def all_classes(rtl: Machine, netlist: Machine, named: Sequence[Class]) -> list[Class]:
    """Classes for all registers: those given, of registers with one name, and guessed ones.

    A register that no other behaves like has a class of its own: if what it holds matters, the
    comparison finds a difference.
    """
    groups: dict[bytes, tuple[list[Net], list[Net]]] = {}
    found, alone = list(named), []
    for side, machine in enumerate((rtl, netlist)):
        histories = _histories(machine, named, ("left", "right")[side])
        still = _constant(machine, [net for net, moves in histories.items() if not any(moves)])
        found += [_own(machine, net, side, 0) for net in still]
        for net in [net for net in histories if net not in still]:
            groups.setdefault(histories[net], ([], []))[side].append(net)
    for left, right in groups.values():
        if left and right:
            found.append(Class(_name(rtl, left), tuple(left), tuple(right), relative=True))
        else:
            alone += left
            found += [_own(netlist, net, 1) for net in right]
    return _joined(rtl, found, alone)


def _own(machine: Machine, net: Net, side: int, value: int | None = None) -> Class:
    """A class of one register, of the left machine (0) or the right one (1)."""
    left, right = ((net,), ()) if side == 0 else ((), (net,))
    return Class(_name(machine, [net]), left, right, value, relative=True)


def _constant(machine: Machine, nets: Sequence[Net]) -> set[Net]:
    """Those of the registers that are proved to hold for ever what they power up with."""
    still = list(nets)
    while still:
        b = Builder()
        held = {net: b.constant(machine.registers[net].init) for net in still}
        held |= {net: b.input(str(net)) for net in machine.registers if net not in held}
        logic = Logic(b, machine, held | _ports(b, machine))
        pairs = [Pair(str(at), logic.at(machine.registers[net].next), held[net])
                 for at, net in enumerate(still)]  # fmt: skip
        made = compare_pairs(b, pairs, SECONDS)
        if made.proved:
            break
        wrong = {int(made.differs)} if made.differs else {int(name) for name in made.undecided}
        still = [net for at, net in enumerate(still) if at not in wrong]
    return set(still)


def _ports(b: Builder, machine: Machine) -> dict[Net, Signal]:
    """A free bit for each input but the clock."""
    return {net: b.input(name) for name, net in machine.inputs.items() if name != machine.clock}


def _joined(rtl: Machine, classes: list[Class], alone: list[Net]) -> list[Class]:
    """The classes, with those that are alone in the class of one that they were joined with."""
    found, waiting = list(classes), list(alone)
    moved = True
    while waiting and moved:
        moved = False
        bits, after = _after_a_cycle(rtl, found)
        for net in list(waiting):
            at = next((at for at, one in enumerate(found)
                       if _alike(rtl, net, one, bits, after) and _joins(rtl, net, one, found)),
                      None)  # fmt: skip
            if at is not None:
                found[at] = replace(found[at], left=(*found[at].left, net))
                waiting.remove(net)
                moved = True
    return [*found, *(_own(rtl, net, 0) for net in waiting)]


def _alike(
    rtl: Machine, net: Net, one: Class, bits: dict[Net, Words], after: dict[Net, Words]
) -> bool:
    """Whether a register takes the next values of a class wherever it holds what that holds."""
    if not one.left or rtl.registers[net].init != rtl.registers[one.left[0]].init:
        return False
    other = one.left[0]
    return not ((after[net] ^ after[other]) & ~(bits[net] ^ bits[other])).any()


def _joins(rtl: Machine, net: Net, one: Class, classes: Sequence[Class]) -> bool:
    """Whether that is proved. Random bits alone took a register that rarely moves for another."""
    b = Builder()
    held: dict[Net, Signal] = {}
    for at, each in enumerate(classes):
        bit = b.input(f"class {at}") if each.value is None else b.constant(each.value)
        for member in (*each.left, *([net] if each is one else ())):
            held[member] = ~bit if each.relative and rtl.registers[member].init else bit
    held |= {own: b.input(str(own)) for own in rtl.registers if own not in held}
    logic = Logic(b, rtl, held | _ports(b, rtl))
    first, second = (logic.at(rtl.registers[each].next) for each in (net, one.left[0]))
    return compare_pairs(b, [Pair("next", first, second)], SECONDS).proved


def _after_a_cycle(
    machine: Machine, classes: Sequence[Class]
) -> tuple[dict[Net, Words], dict[Net, Words]]:
    """Random bits of all registers, alike in a class, and what the registers hold a cycle later."""
    rng = np.random.default_rng(1)
    graph, nets = _next_values(machine)
    words = rng.integers(0, 1 << 64, (graph.n_inputs, WORDS), dtype=np.uint64)
    bits = dict(zip(nets, words.copy(), strict=False))
    for one in classes:
        for net in one.left:
            shared = bits[one.left[0]] if one.value is None else np.full(WORDS, _all(one.value))
            turned = one.relative and machine.registers[net].init
            words[nets.index(net)] = shared ^ _all(int(turned))
    bits = dict(zip(nets, words, strict=False))
    return bits, dict(zip(nets, evaluate_words(graph, words), strict=True))


def _all(bit: int) -> np.uint64:
    return np.uint64(2**64 - 1) * np.uint64(bit)


def _next_values(machine: Machine) -> tuple[Graph, list[Net]]:
    """The next values of all registers, these, then the ports, being the inputs."""
    b = Builder()
    nets = list(machine.registers)
    given = {net: b.input(f"register {at}") for at, net in enumerate(nets)}
    logic = Logic(b, machine, given | _ports(b, machine))
    for at, net in enumerate(nets):
        b.output(f"next {at}", logic.at(machine.registers[net].next))
    return b.graph(), nets


def _name(machine: Machine, nets: Sequence[Net]) -> str:
    return min(min(machine.registers[net].names, default=str(net)) for net in nets)


def _histories(machine: Machine, classes: Sequence[Class], side: str) -> dict[Net, bytes]:
    """What each register in no class holds in each cycle and lane, compared with power-up."""
    held = {net: at for at, one in enumerate(classes) for net in getattr(one, side)}
    rest = [net for net in machine.registers if net not in held]
    b = Builder()
    given = {net: b.input(f"class {at}") for at, net in enumerate(held)}
    ports = sorted(name for name in machine.inputs if name != machine.clock)
    given |= {machine.inputs[name]: b.input(f"port {name}") for name in ports}
    given |= {net: b.input(f"own {at}") for at, net in enumerate(rest)}
    logic = Logic(b, machine, given)
    for at, net in enumerate(rest):
        b.output(f"next {at}", logic.at(machine.registers[net].next))
    graph, rng = b.graph(), np.random.default_rng(0)
    full = np.uint64(2**64 - 1)
    if not rest:
        return {}
    own = np.array([[full * np.uint64(machine.registers[net].init)] * WORDS for net in rest])
    rows, start = [], own
    for cycle in range(CYCLES):
        if cycle % KEPT == 0:
            bits = rng.integers(0, 1 << 64, (len(classes) + len(ports), WORDS), dtype=np.uint64)
        for at, one in enumerate(classes):
            if one.value is not None:
                bits[at] = full * np.uint64(one.value)
        words = bits[[*held.values(), *range(len(classes), len(bits))]]
        own = evaluate_words(graph, np.concatenate([words, own]))
        rows.append(own ^ start)
    return {net: np.stack([row[at] for row in rows]).tobytes() for at, net in enumerate(rest)}
