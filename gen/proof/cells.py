"""Netlists that Yosys writes as JSON, read as machines: its own gates, and the cells of the iCE40.

What the cells do: Lattice, "iCE Technology Library" (SB_LUT4, SB_CARRY, SB_DFF..., SB_IO), and
Yosys, "Internal cell library". Registers of the iCE40 power up at 0. A pin with an output becomes
the outputs `pin` and `pin.enable`. Undefined constants read as 0, as nextpnr takes them.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gen.files import DAMAGE, FileDamaged, read_json
from gen.proof.machine import (
    AND,
    CHOOSE,
    MAJORITY,
    NOT,
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

__all__ = ["net_names", "read_cells"]

FLOP = re.compile(r"SB_DFF(?P<enable>E?)(?P<reset>SR|SS)?$")
IGNORED = ("$scopeinfo",)
INPUT, OUTPUTS = "01", {"0110": False, "1010": True}
"""PIN_TYPE[1:0] of a plain input; PIN_TYPE[5:2] of plain outputs, and whether they have enables."""


def read_cells(path: Path, module: str) -> Machine:
    """The machine of a module; raises FileDamaged, or MachineError for cells that have no rule."""
    value = read_json(path)
    try:
        content = value["modules"][module]
        return _Reading(content).machine
    except DAMAGE as error:
        raise FileDamaged(
            f"{path}: not what Yosys writes of {module} ({type(error).__name__}: {error});"
            " build again"
        ) from None
    except MachineError as error:
        raise type(error)(f"{path}: {error}") from None


def net_names(content: dict[str, Any]) -> dict[Net, list[str]]:
    """All names of each net of a module, `name` or `name[3]`."""
    names: dict[Net, list[str]] = {}
    for name, entry in content["netnames"].items():
        offset, bits = entry.get("offset", 0), entry["bits"]
        for at, bit in enumerate(bits):
            names.setdefault(bit, []).append(name if len(bits) == 1 else f"{name}[{at + offset}]")
    return names


def _net(bit: Any) -> Net:
    return ZERO if bit in ("x", "z") else bit


class _Reading:
    """One module on its way to a machine."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.machine = Machine()
        self.names = net_names(content)
        self.init = _initial(content)
        for value in (ZERO, ONE):
            self.machine.constants |= dict.fromkeys(self.names.get(value, ()), int(value))
        self.pins: dict[Net, str] = {}
        self.clocks: list[Net] = []
        for name, port in content["ports"].items():
            self._port(name, port["direction"], port["bits"])
        for name, cell in content["cells"].items():
            self._cell(name, cell)
        for clock in self.clocks:
            self.machine.follow(clock)

    def _port(self, name: str, direction: str, bits: list[Any]) -> None:
        for at, bit in enumerate(bits):
            full = name if len(bits) == 1 else f"{name}[{at}]"
            if direction == "inout":
                self.pins[bit] = full
            elif direction == "input":
                self.machine.inputs[full] = bit
            else:
                self.machine.outputs[full] = _net(bit)

    def _cell(self, name: str, cell: dict[str, Any]) -> None:
        kind = cell["type"]
        pins = {pin: _net(bits[0]) for pin, bits in cell["connections"].items() if bits}
        parameters = cell["parameters"]
        if kind in IGNORED:
            return
        if kind in ("SB_IO", "SB_GB_IO"):
            self._pin(name, pins, parameters["PIN_TYPE"])
        elif match := FLOP.match(kind):
            self._flop(match, pins)
        elif kind in RULES:
            RULES[kind](self.machine, pins, parameters)
        elif kind == "$_DFF_P_":
            self._hold(pins["Q"], pins["D"], pins["C"])
        else:
            raise NotCompared(
                f"cell {name} is a {kind}, which is not compared: tables, carries, pins and"
                " flip-flops with synchronous resets are"
            )

    def _hold(self, q: Net, data: Net, clock: Net) -> None:
        names = frozenset(self.names.get(q, ()))
        self.machine.hold(q, Register(data, self.init.get(q, 0), names))
        self.clocks.append(clock)

    def _flop(self, match: re.Match[str], pins: dict[str, Net]) -> None:
        """`if (E) Q <= R ? value : D`: a reset acts only where the register is enabled."""
        q, data = pins["Q"], pins["D"]
        if match["reset"]:
            value = ONE if match["reset"] == "SS" else ZERO
            data = choose(
                self.machine, ("reset", q), pins.get(match["reset"][1], ZERO), value, data
            )
        if match["enable"]:
            data = choose(self.machine, ("enable", q), pins.get("E", ONE), data, q)
        self._hold(q, data, pins["C"])

    def _pin(self, name: str, pins: dict[str, Net], pin_type: str) -> None:
        """A plain input, output, or output with an enable; others have registers in the pin."""
        port = self.pins.get(pins["PACKAGE_PIN"])
        makes, takes = pin_type[-6:-2], pin_type[-2:]
        read = [pins[pin] for pin in ("D_IN_0", "GLOBAL_BUFFER_OUTPUT") if pin in pins]
        if port is None or "D_IN_1" in pins or (read and takes != INPUT):
            raise NotCompared(f"pin {name} of type {pin_type} is not a plain input or output")
        for net in read:
            self.machine.inputs[port] = ("pin", port)
            self.machine.drive(net, WIRE, ("pin", port))
        if makes == "0000":
            return
        if makes not in OUTPUTS:
            raise NotCompared(f"pin {name} of type {pin_type} is not a plain input or output")
        enable = pins.get("OUTPUT_ENABLE", ONE) if OUTPUTS[makes] else ONE
        self.machine.outputs[port] = pins["D_OUT_0"]
        self.machine.outputs[f"{port}.enable"] = enable


def _initial(content: dict[str, Any]) -> dict[Net, int]:
    """Values at power-up by net; what a file leaves open is 0, as in the chip."""
    found: dict[Net, int] = {}
    for entry in content["netnames"].values():
        init = entry.get("attributes", {}).get("init")
        if init is not None:
            for bit, value in zip(entry["bits"], reversed(str(init)), strict=False):
                found[bit] = int(value == "1")
    return found


Rule = Callable[[Machine, dict[str, Net], dict[str, str]], None]


def _lut(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
    table = int(parameters["LUT_INIT"].replace("x", "0"), 2)
    machine.drive(pins["O"], table, *(pins.get(f"I{k}", ZERO) for k in range(4)))


def _lut4(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
    """ECP5's LUT4 has the pins A to D and Z, Gowin's I0 to I3 and F."""
    reads, makes = ("ABCD", "Z") if "Z" in pins else (("I0", "I1", "I2", "I3"), "F")
    table = int(parameters["INIT"].replace("x", "0"), 2)
    machine.drive(pins[makes], table, *(pins.get(pin, ZERO) for pin in reads))


def _lut6(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
    """AMD's LUT6 (UG953, "7 Series Libraries Guide"): INIT bit {I5, ..., I0} is O."""
    table = int(parameters["INIT"].replace("x", "0"), 2)
    machine.drive(pins["O"], table, *(pins.get(f"I{k}", ZERO) for k in range(6)))


def _carry(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
    if "CO" in pins:
        machine.drive(pins["CO"], MAJORITY, *(pins.get(pin, ZERO) for pin in ("I0", "I1", "CI")))


def _gate(table: int, *reads: str) -> Rule:
    output = "Y"

    def rule(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
        machine.drive(pins[output], table, *(pins[pin] for pin in reads))

    return rule


def _buffer(machine: Machine, pins: dict[str, Net], parameters: dict[str, str]) -> None:
    machine.drive(pins["GLOBAL_BUFFER_OUTPUT"], WIRE, pins["USER_SIGNAL_TO_GLOBAL_BUFFER"])


RULES: dict[str, Rule] = {
    "SB_LUT4": _lut,
    "LUT4": _lut4,
    "LUT6": _lut6,
    "SB_CARRY": _carry,
    "SB_GB": _buffer,
    "$_NOT_": _gate(NOT, "A"),
    "$_AND_": _gate(AND, "A", "B"),
    "$_OR_": _gate(0b1110, "A", "B"),
    "$_XOR_": _gate(0b0110, "A", "B"),
    "$_XNOR_": _gate(0b1001, "A", "B"),
    "$_MUX_": _gate(CHOOSE, "A", "B", "S"),
    "$_BUF_": _gate(WIRE, "A"),
}
"""How each combinational cell drives its output."""
