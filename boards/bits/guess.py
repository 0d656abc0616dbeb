"""Registers that synthesis holds inverted and gave other names, found again by what they do.

iCE40 registers power up at 0, so Yosys inverts those of another value, and their names go. Both
machines run from power-up in lanes; registers that have a partner hold the same random bits for
some cycles at a time, the others go their own way. Who then always holds the complement is taken
for the partner: a guess, which the proof confirms or refuses. Few draws of random bits let a check
value run on; of 3 draws some bits of it stayed alike, of 50 those that only a reply moves, of 200
none.
"""

from collections.abc import Sequence

import numpy as np

from gen.logic.evaluate import evaluate_words
from gen.logic.graph import Builder
from gen.proof.compare import Class
from gen.proof.machine import Logic, Machine, Net

__all__ = ["by_behaviour"]

CYCLES, KEPT, WORDS = 4800, 12, 64


def by_behaviour(rtl: Machine, netlist: Machine, classes: Sequence[Class]) -> list[Class]:
    """Classes of registers of the RTL with registers that hold their complement."""
    mine, theirs = _histories(rtl, classes, "left"), _histories(netlist, classes, "right")
    groups: dict[bytes, tuple[list[Net], list[Net]]] = {}
    for net, history in mine.items():
        groups.setdefault(bytes(255 - byte for byte in history), ([], []))[0].append(net)
    for net, history in theirs.items():
        groups.setdefault(history, ([], []))[1].append(net)
    found = []
    for left, right in groups.values():
        if left and right:
            name = min(min(rtl.registers[net].names, default=str(net)) for net in left)
            found.append(Class(name, tuple(left), tuple(right), inverted=True))
    return found


def _histories(machine: Machine, classes: Sequence[Class], side: str) -> dict[Net, bytes]:
    """What each register in no class holds in each cycle and lane."""
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
    own = np.array([[full * np.uint64(machine.registers[net].init)] * WORDS for net in rest])
    rows = []
    for cycle in range(CYCLES):
        if cycle % KEPT == 0:
            bits = rng.integers(0, 1 << 64, (len(classes) + len(ports), WORDS), dtype=np.uint64)
        for at, one in enumerate(classes):
            if one.value is not None:
                bits[at] = full * np.uint64(one.value)
        words = [bits[at] for at in held.values()] + list(bits[len(classes) :])
        own = own.reshape(len(rest), WORDS).astype(np.uint64)
        own = evaluate_words(graph, np.concatenate([np.array(words).reshape(-1, WORDS), own]))
        rows.append(own)
    return {net: np.stack([row[at] for row in rows]).tobytes() for at, net in enumerate(rest)}
