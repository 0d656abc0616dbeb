"""Registers of a recurrent network: those that no answer depends on, and stages around the rest.

What the next values are made of is a loop, which one cycle has to get through however deep it is:
the next step needs them. What only answers are made of is not, and is cut into stages behind it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from gen.map.netlist import Cell, Netlist

__all__ = ["behind_loop", "without_unread"]


def behind_loop(netlist: Netlist, pipeline: Callable[[Netlist], Netlist], depth: int) -> Netlist:
    """The netlist with the loop in stage 0 and the answers' own cells in stages behind it, as
    `pipeline` cuts them; in one stage where all is at most `depth` LUTs deep."""
    first, levels = netlist.n_inputs, netlist.levels()
    answers = netlist.outputs[: len(netlist.outputs) - len(netlist.registers)]
    loop = _cone(netlist, [signal for _, signal in netlist.outputs[len(answers) :]])
    tail = [at for at in range(len(netlist.cells)) if first + at not in loop]
    stages = [0] * len(netlist.cells)
    latency = 1
    if tail and netlist.depth > depth:
        staged = pipeline(_alone(netlist, tail, answers))
        latency = 1 + staged.latency
        for at, cell in zip(tail, staged.cells, strict=True):
            stages[at] = 1 + cell.stage
    cells = zip(netlist.cells, levels, stages, strict=True)
    return netlist.with_cells(
        (Cell(c.table, c.fan_in, c.name, c.layer, level, stage) for c, level, stage in cells),
        latency,
    )


def _alone(netlist: Netlist, tail: list[int], answers: Iterable[tuple[str, int]]) -> Netlist:
    """Those cells that only answers need, with all that they read as inputs."""
    first = netlist.n_inputs
    own = {first + at for at in tail}
    read = {signal for at in tail for signal in netlist.cells[at].fan_in}
    read |= {signal for _, signal in answers if signal >= 0}
    inputs = sorted(read - own)
    place = {-1: -1, -2: -2} | {signal: at for at, signal in enumerate([*inputs, *sorted(own)])}
    cells = [netlist.cells[at] for at in tail]
    return Netlist(
        tuple(f"s{signal}" for signal in inputs),
        tuple((name, place[signal]) for name, signal in answers),
        tuple(Cell(c.table, tuple(place[s] for s in c.fan_in)) for c in cells),
        netlist.k,
    )


def _cone(netlist: Netlist, ends: Iterable[int]) -> set[int]:
    """The signals that these are made of in one step, themselves included."""
    stack, found = list(ends), set()
    while stack:
        signal = stack.pop()
        if signal >= 0 and signal not in found:
            found.add(signal)
            if signal >= netlist.n_inputs:
                stack.extend(netlist.cells[signal - netlist.n_inputs].fan_in)
    return found


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
