"""The Verilog that icebox_vlog writes of a bitstream, read as a machine, and what lies where.

Every line must be of a kind that this reader knows; memories, PLLs and registers in pins are
refused. Which tile a look-up table or register lies in stands in a comment before it:
`/* FF  5  1  6 */` is the register in cell 6 of the tile in column 5, row 1. Source: the text that
icebox_vlog of Project IceStorm writes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gen.proof.machine import (
    MAJORITY,
    ONE,
    WIRE,
    ZERO,
    Machine,
    MachineError,
    Net,
    NotCompared,
    Register,
    choose,
)

__all__ = ["Readback", "Site", "read_back"]

Site = tuple[int, int, int]
"""Column, row, and cell of eight in the tile."""

NAME = r"([A-Za-z_][\w.$]*(?:\[\d+\])?|\\\S+ )"
BIT = r"(1'b[01]|[A-Za-z_][\w.$]*(?:\[\d+\])?)"
AT = r" +(\d+) +(\d+) +(\d+) \*/ "


@dataclass
class Readback:
    """A machine, and the nets of its look-up tables and registers by site."""

    machine: Machine = field(default_factory=Machine)
    tables: dict[Site, Net] = field(default_factory=dict)
    flops: dict[Site, Net] = field(default_factory=dict)
    outputs: set[str] = field(default_factory=set)
    clocks: list[str] = field(default_factory=list)


def read_back(text: str) -> Readback:
    """Read icebox_vlog's text; raises MachineError quoting a line that is not understood."""
    made = Readback()
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("//") or line == "endmodule":
            continue
        for pattern, take in LINES:
            match = pattern.fullmatch(line)
            if match:
                take(made, *match.groups())
                break
        else:
            raise NotCompared(f"read back: {line[:90]!r} is not compared (memory, PLL, or pin?)")
    for clock in made.clocks:
        made.machine.follow(_net(clock))
    return made


def _net(text: str) -> Net:
    return {"1'b0": ZERO, "1'b1": ONE, "0": ZERO, "1": ONE}.get(text, text)


def _module(made: Readback, ports: str) -> None:
    for port in filter(None, (word.strip() for word in ports.split(","))):
        direction, _, name = port.partition(" ")
        if direction == "input":
            made.machine.inputs[name] = name
        elif direction == "output":
            made.outputs.add(name)
        else:
            raise MachineError(
                f"read back: port {name} is {direction}; inputs and outputs are read"
            )


def _nothing(made: Readback, *words: str) -> None:
    """Declarations; every register is declared to power up at 0."""


def _wire(made: Readback, net: str, source: str) -> None:
    if net in made.outputs:
        made.machine.outputs[net] = _net(source)
        made.machine.outputs[f"{net}.enable"] = ONE
    else:
        made.machine.drive(net, WIRE, _net(source))


def _pin(made: Readback, pin: str, enable: str, source: str) -> None:
    if pin not in made.outputs:
        raise MachineError(f"read back: {pin} has an enable and is no output")
    made.machine.outputs[pin] = _net(source)
    made.machine.outputs[f"{pin}.enable"] = _net(enable)


def _lut(made: Readback, net: str, x: str, y: str, z: str, expression: str) -> None:
    names = list(dict.fromkeys(re.findall(r"(?<![\w'])[A-Za-z_][\w.$\[\]]*", expression)))
    rows = range(1 << len(names))
    table = 0
    tokens = re.findall(r"1'b[01]|[A-Za-z_][\w.$\[\]]*|[()?:!]", expression)
    for row in rows:
        values = {name: row >> at & 1 for at, name in enumerate(names)}
        left = list(tokens)
        table |= _value(left, values | {"1'b0": 0, "1'b1": 1}) << row
        if left:
            raise MachineError(f"read back: {left[0]!r} behind the end of the table of {net}")
    made.machine.drive(net, table, *names)
    made.tables[int(x), int(y), int(z)] = net


def _value(tokens: list[str], values: dict[str, int]) -> int:
    """The value of the expression at the front of `tokens`, which it takes away."""
    token = tokens.pop(0) if tokens else "nothing"
    if token == "!":
        return 1 - _value(tokens, values)
    if token != "(":
        if token not in values:
            raise MachineError(f"read back: {token!r} is no value in a table")
        return values[token]
    select = _value(tokens, values)
    found = [_behind(tokens, "?", values), _behind(tokens, ":", values)]
    _take(tokens, ")")
    return found[0] if select else found[1]


def _behind(tokens: list[str], mark: str, values: dict[str, int]) -> int:
    _take(tokens, mark)
    return _value(tokens, values)


def _take(tokens: list[str], mark: str) -> None:
    """Take a mark from the front; raises MachineError for another."""
    found = tokens.pop(0) if tokens else "nothing"
    if found != mark:
        raise MachineError(f"read back: {found!r} where {mark!r} should be in a table")


def _carry(made: Readback, net: str, x: str, y: str, z: str, *bits: str) -> None:
    first, second, *again, carry = bits
    if again != [first, second]:
        raise MachineError(f"read back: the carry {net} is no majority")
    made.machine.drive(net, MAJORITY, _net(first), _net(second), _net(carry))


def _bypass(made: Readback, x: str, y: str, z: str, net: str, source: str) -> None:
    made.machine.drive(net, WIRE, _net(source))


def _flop(
    made: Readback, x: str, y: str, z: str, clock: str, enable: str, net: str, reset: str,
    value: str, data: str,
) -> None:  # fmt: skip
    """`if (enable) net <= reset ? value : data`."""
    machine = made.machine
    made.clocks.append(clock)
    taken = choose(machine, ("reset", net), _net(reset), _net(value), _net(data))
    taken = choose(machine, ("enable", net), _net(enable), taken, net)
    machine.hold(net, Register(taken))
    made.flops[int(x), int(y), int(z)] = net


Take = Callable[..., None]
LINES: tuple[tuple[re.Pattern[str], Take], ...] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (r"module \w+ \((.*)\);", _module),
        (r"wire [^=]*;", _nothing),
        (rf"reg {BIT} = 0(?:, {BIT} = 0)*;", _nothing),
        (rf"assign {NAME} *= /\* LUT{AT}(.*);", _lut),
        (
            rf"assign {NAME} *= /\* CARRY{AT}\({BIT} & {BIT}\) \| \(\({BIT} \| {BIT}\) & {BIT}\);",
            _carry,
        ),
        (rf"/\* FF{AT}assign {NAME} *= {BIT};", _bypass),
        (
            rf"/\* FF{AT}always @\(posedge {BIT}\) if \({BIT}\) {NAME} <= {BIT} \? {BIT} : {BIT};",
            _flop,
        ),
        (rf"assign {NAME} = {BIT} \? {BIT} : 1'bz;", _pin),
        (rf"assign {NAME} *= ({BIT[1:-1]}|[01]);", _wire),
    )
)
"""Every kind of line, and what is done with it."""
