"""Timing by part: the worst path between two registers that passes through each part of a design.

nextpnr reports the one worst path of each clock. With all its delays (`boards.measured.sdf`) the
longest way to every pin and from it on is known, so the worst path through any pin, and each
part's. A path counts for the parts whose logic it passes and for the one in whose register it
ends, not for the one that it starts from. Paths from one clock to another, and from and to pins,
have no period and are left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from boards.measured.layout import LINK, path_by_part
from boards.measured.results import PathStep
from boards.measured.sdf import Delays, Pin
from gen.files import DAMAGE, FileDamaged, read_json

__all__ = ["clock_nets", "time_parts"]

Edge = tuple[Pin, float]


def clock_nets(placement: Path, delays: Delays) -> dict[Pin, str]:
    """The net at every clock pin, by nextpnr's `--write` file; its names are those of the Fmax
    report. Raises FileDamaged."""
    value = read_json(placement)
    try:
        module = value["modules"]["top"]
        names: dict[int, str] = {}
        for name, entry in module["netnames"].items():
            names |= dict.fromkeys(entry["bits"], str(name))
        found = {}
        for cell, port in sorted(_clock_pins(delays)):
            for bit in module["cells"].get(cell, {}).get("connections", {}).get(port, ()):
                found[cell, port] = names[bit]
        return found
    except DAMAGE as error:
        raise FileDamaged(
            f"{placement}: not what nextpnr writes ({type(error).__name__}: {error}); build again"
        ) from None


def _clock_pins(delays: Delays) -> set[Pin]:
    """Pins that some input waits for; a register whose inputs never change has one all the same."""
    ports = {(delays.kinds[clock[0]], clock[1]) for _, clock in delays.setups}
    return {
        pin
        for pair in (*delays.setups, *delays.arcs)
        for pin in pair
        if (delays.kinds[pin[0]], pin[1]) in ports
    }


@dataclass
class _Ways:
    """Longest ways over the logic of one clock: from a register (`since`), to one (`until`)."""

    since: dict[Pin, float] = field(default_factory=dict)
    until: dict[Pin, float] = field(default_factory=dict)
    before: dict[Pin, Pin] = field(default_factory=dict)
    after: dict[Pin, Pin] = field(default_factory=dict)

    def through(self, pin: Pin) -> float:
        """Of the worst path through a pin."""
        return self.since[pin] + self.until[pin]

    def path(self, pin: Pin) -> list[Pin]:
        """The pins of that path."""
        pins = [pin]
        while pins[0] in self.before:
            pins.insert(0, self.before[pins[0]])
        while pins[-1] in self.after:
            pins.append(self.after[pins[-1]])
        return pins


def time_parts(
    delays: Delays,
    clocks: Mapping[Pin, str],
    periods: Mapping[str, float],
    parts: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The worst path through each part, by its slack: the tightest first.

    `clocks` are nets at clock pins, `periods` ns by net, `parts` the part of each cell. A row has
    `part`, `path_ns`, `slack_ns`, `clock`, the registers at its ends (`start`, `end`), its
    stretches by part (`path`, as `layout.path_by_part` gives them), and `own_ns`, the longest
    stretch that never leaves the part.
    """
    logic = {pair: ns for pair, ns in delays.arcs.items() if pair[0] not in clocks}
    edges = {**logic, **delays.wires}
    order = _ordered(edges)
    inside = _inside(_ends(delays, set(clocks)), order, parts)
    worst: dict[str, dict[str, Any]] = {}
    for clock, period in periods.items():
        ways = _ways(_ends(delays, {pin for pin, net in clocks.items() if net == clock}), order)
        for part, pin in _tightest(ways, parts).items():
            row = _row(ways.path(pin), ways, edges, parts) | {
                "part": part,
                "path_ns": round(ways.through(pin), 3),
                "slack_ns": round(period - ways.through(pin), 3),
                "own_ns": round(inside[part], 3),
                "clock": clock,
            }
            if part not in worst or row["slack_ns"] < worst[part]["slack_ns"]:
                worst[part] = row
    return sorted(worst.values(), key=lambda row: (row["slack_ns"], row["part"]))


def _tightest(ways: _Ways, parts: Mapping[str, str]) -> dict[str, Pin]:
    """By part the pin that the worst path goes through."""
    found: dict[str, Pin] = {}
    for pin in ways.before.keys() & ways.until.keys():
        part = _part(pin, parts)
        other = found.get(part)
        if other is None or (ways.through(pin), pin) > (ways.through(other), other):
            found[part] = pin
    return found


def _row(
    pins: Sequence[Pin],
    ways: _Ways,
    edges: Mapping[tuple[Pin, Pin], float],
    parts: Mapping[str, str],
) -> dict[str, Any]:
    """A path: where it starts and ends, and its stretches."""
    first, last = pins[0], pins[-1]
    # As nextpnr has it, routing counts for the cell that it leads to.
    steps = [PathStep(first[0], "clk-to-q", ways.since[first])]
    for start, end in pairwise(pins):
        kind = "logic" if start[0] == end[0] else "routing"
        steps.append(PathStep(end[0], kind, edges[start, end]))
    steps.append(PathStep(last[0], "setup", ways.until[last]))
    ends = (f"{_part(pin, parts)}.{_name(pin[0])}" for pin in (first, last))
    return dict(zip(("start", "end"), ends, strict=True)) | {"path": path_by_part(steps, parts)}


def _part(pin: Pin, parts: Mapping[str, str]) -> str:
    return parts.get(pin[0], LINK)


def _ordered(edges: Mapping[tuple[Pin, Pin], float]) -> list[tuple[Pin, list[Edge]]]:
    """Pins in topological order, each with what leads to it; a loop's pins are left out."""
    into: dict[Pin, list[Edge]] = {}
    out: dict[Pin, list[Pin]] = {}
    for (start, end), ns in edges.items():
        into.setdefault(start, [])
        into.setdefault(end, []).append((start, ns))
        out.setdefault(start, []).append(end)
    waiting = {pin: len(sources) for pin, sources in into.items()}
    ready = [pin for pin, count in waiting.items() if not count]
    for pin in ready:  # Grows on the way.
        for end in out.get(pin, ()):
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return [(pin, into[pin]) for pin in ready]


@dataclass(frozen=True)
class _Ends:
    """Where paths begin, with clock-to-output times, and end, with setup times."""

    begin: dict[Pin, float]
    end: dict[Pin, float]


def _ends(delays: Delays, clocks: set[Pin]) -> _Ends:
    """Those of registers that have these clock pins."""
    begin: dict[Pin, float] = {}
    end: dict[Pin, float] = {}
    for (clock, output), ns in delays.arcs.items():
        if clock in clocks:
            begin[output] = max(ns, begin.get(output, ns))
    for (data, clock), ns in delays.setups.items():
        if clock in clocks:
            end[data] = max(ns, end.get(data, ns))
    return _Ends(begin, end)


def _ways(ends: _Ends, order: Sequence[tuple[Pin, list[Edge]]]) -> _Ways:
    ways = _Ways(dict(ends.begin), dict(ends.end))
    for pin, sources in order:
        for source, ns in sources:
            if source in ways.since and ways.since[source] + ns > ways.since.get(pin, -1):
                ways.since[pin], ways.before[pin] = ways.since[source] + ns, source
    for pin, sources in reversed(order):
        for source, ns in sources:
            if pin in ways.until and ways.until[pin] + ns > ways.until.get(source, -1):
                ways.until[source], ways.after[source] = ways.until[pin] + ns, pin
    return ways


def _inside(
    ends: _Ends, order: Sequence[tuple[Pin, list[Edge]]], parts: Mapping[str, str]
) -> dict[str, float]:
    """The longest stretch within each part, registers' own times included."""
    since: dict[Pin, float] = {}
    longest: dict[str, float] = {}
    for pin, sources in order:
        part = _part(pin, parts)
        ways = [since[one] + ns for one, ns in sources if _part(one, parts) == part]
        since[pin] = max([ends.begin.get(pin, 0.0), *ways])
        longest[part] = max(longest.get(part, 0.0), since[pin] + ends.end.get(pin, 0.0))
    return longest


def _name(cell: str) -> str:
    """A cell as a person knows it: "n396_s1" for what the tools made of that register's name."""
    own = re.sub(r"_(SB_|TRELLIS_|DFF|LUT|lut_LC|LC$|PFUMX|L6MUX).*", "", cell)
    return own.split(".")[-1] or cell
