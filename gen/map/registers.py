"""Registers of a recurrent network that no answer ever depends on, and what only they need."""

from dataclasses import replace

from gen.map.netlist import Netlist

__all__ = ["without_unread"]


def without_unread(netlist: Netlist) -> Netlist:
    """The netlist with those registers only whose values reach an output in this or a later step.

    Cells keep their names, layers and order; those that only the others' next values needed go.
    """
    needed, kept = _needed(netlist), set()
    for name, after, _ in netlist.registers:
        if netlist.inputs.index(name) in needed:
            kept |= {name, after}
    gone = {word for row in netlist.registers for word in row[:2] if word not in kept}
    signals = [s for s in range(netlist.n_inputs) if netlist.inputs[s] not in gone]
    signals += [
        s for s in range(netlist.n_inputs, netlist.n_inputs + len(netlist.cells)) if s in needed
    ]
    place = {-1: -1, -2: -2} | {signal: at for at, signal in enumerate(signals)}
    cells = [netlist.cells[s - netlist.n_inputs] for s in signals if s >= netlist.n_inputs]
    return replace(
        netlist,
        inputs=tuple(name for name in netlist.inputs if name not in gone),
        outputs=tuple((name, place[s]) for name, s in netlist.outputs if name not in gone),
        cells=tuple(replace(c, fan_in=tuple(place[s] for s in c.fan_in)) for c in cells),
        registers=tuple(row for row in netlist.registers if row[0] not in gone),
    )


def _needed(netlist: Netlist) -> set[int]:
    """All signals that the outputs need in this step or in later ones."""
    ends = dict(netlist.outputs)
    after = {netlist.inputs.index(name): ends[next_] for name, next_, _ in netlist.registers}
    states = {next_ for _, next_, _ in netlist.registers}
    stack = [signal for name, signal in netlist.outputs if name not in states]
    found: set[int] = set()
    while stack:
        signal = stack.pop()
        if signal < 0 or signal in found:
            continue
        found.add(signal)
        if signal in after:
            stack.append(after[signal])
        elif signal >= netlist.n_inputs:
            stack.extend(netlist.cells[signal - netlist.n_inputs].fan_in)
    return found
