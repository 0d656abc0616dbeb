"""What is refused of a design: whatever is not combinational, or has no value."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gen.imports.errors import ImportRefused
from gen.imports.gates.tool import Design

__all__ = [
    "check_cells",
    "check_loops",
    "check_modules",
    "check_wires",
    "top_of",
    "without_value",
]

COMBINATIONAL = {
    *("$not", "$pos", "$neg", "$and", "$or", "$xor", "$xnor", "$add", "$sub", "$mul"),
    *("$reduce_and", "$reduce_or", "$reduce_xor", "$reduce_xnor", "$reduce_bool"),
    *("$logic_not", "$logic_and", "$logic_or", "$lt", "$le", "$eq", "$ne", "$eqx", "$nex"),
    *("$ge", "$gt", "$shl", "$shr", "$sshl", "$sshr", "$shift", "$mux", "$pmux", "$bmux"),
    *("$lut", "$sop", "$concat", "$slice", "$buf", "$_BUF_", "$_NOT_", "$_AND_", "$_NAND_"),
    *("$_OR_", "$_NOR_", "$_XOR_", "$_XNOR_", "$_ANDNOT_", "$_ORNOT_", "$_MUX_", "$_NMUX_"),
    *("$_AOI3_", "$_OAI3_", "$_AOI4_", "$_OAI4_", "$scopeinfo"),
}
STATES = re.compile(r"\$_?(a?s?dff|al?dff|ff|sr|dlatch|adlatch|sr_|sdff|mem|fsm)", re.IGNORECASE)
DIVISIONS = ("$div", "$mod", "$divfloor", "$modfloor")
WORDS = {
    "$shiftx": "an index may lie outside the word; write a case with a value for each index",
    **dict.fromkeys(DIVISIONS, "there is no value for a division by zero; write a case"),
    "$tribuf": "a wire that nobody drives has no value; write 0 or 1",
}


def top_of(design: Design, asked: str | None) -> str:
    """The module to take: the one that is said, else the only one that no other has in it."""
    modules = design["modules"]
    if asked is not None:
        if asked not in modules:
            raise ImportRefused(f"top: no module {asked!r}; there are {', '.join(modules)}")
        return asked
    used = {cell["type"] for module in modules.values() for cell in module["cells"].values()}
    roots = [name for name in modules if name not in used]
    if len(roots) != 1:
        if modules and not roots:
            raise ImportRefused(f"{', '.join(modules)}: every module is in another; cut the circle")
        found = ", ".join(roots) or "none"
        raise ImportRefused(f"which module is the network? {found}; say `top` in a description")
    return roots[0]


def check_modules(design: Design) -> None:
    """Raise ImportRefused for a cell of a module that is not in the file."""
    modules = design["modules"]
    for module in modules.values():
        for name, cell in module["cells"].items():
            if not cell["type"].startswith("$") and cell["type"] not in modules:
                raise ImportRefused(
                    f"{_called(name, cell, module)}: the file has no module {cell['type']}; put it"
                    " in, as assignments or gates"
                )


def check_wires(module: Mapping[str, Any]) -> None:
    """Raise ImportRefused for ports that are no inputs or outputs, and for wires without a driver
    or with two."""
    drivers: Counter[Any] = Counter()
    read: list[Any] = []
    for name, port in module["ports"].items():
        if port["direction"] == "inout":
            raise ImportRefused(f"{name}: an inout has no direction; make it an input or an output")
        if port["direction"] == "input":
            drivers.update(port["bits"])
        else:
            read += port["bits"]
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "output":
                drivers.update(bits)
            else:
                read += bits
    twice = {bit for bit, count in drivers.items() if count > 1}
    if twice:
        raise ImportRefused(f"{_net(twice, module)}: driven twice; keep one driver")
    loose = {bit for bit in read if isinstance(bit, int)} - set(drivers)
    if loose:
        raise ImportRefused(f"{_net(loose, module)}: nothing drives it; give it a value")
    for way in ("input", "output"):
        if way not in {port["direction"] for port in module["ports"].values()}:
            raise ImportRefused(f"it has no {way}s")


def _net(bits: set[Any], module: Mapping[str, Any]) -> str:
    """A wire with one of these bits, one with a name of its own where there is one."""
    nets = sorted(module["netnames"].items(), key=lambda one: one[1]["hide_name"])
    for name, net in nets:
        at = next((at for at, bit in enumerate(net["bits"]) if bit in bits), None)
        if at is not None:
            return name if len(net["bits"]) == 1 else f"{name}[{at}]"
    return "a wire"


def check_cells(module: Mapping[str, Any]) -> None:
    """Raise ImportRefused for the first cell that holds a state, or is not known."""
    for name in module.get("memories", {}):
        raise ImportRefused(f"{name}: a memory; write its contents as a case or as assignments")
    for name, cell in module["cells"].items():
        wrong = _wrong(cell)
        if wrong:
            raise ImportRefused(f"{_called(name, cell, module)}: {wrong}")


def _wrong(cell: Mapping[str, Any]) -> str:
    kind = cell["type"]
    if STATES.match(kind):
        return "it holds a state; take the combinational network out of its registers"
    if kind == "$shiftx" and _within(cell):
        return ""
    if kind in DIVISIONS and _divides_by_a_number(cell):
        return ""
    if kind in WORDS:
        return WORDS[kind]
    what = "a cell" if kind.startswith("$") else "a module without logic in it"
    known = kind in COMBINATIONAL
    return "" if known else f"{what} that is not read; give it as assignments or gates"


def without_value(module: Mapping[str, Any]) -> str:
    """What is wrong with the first cell or port that has a constant x or z; "" where none has."""
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if {"x", "z"} & {*bits}:
                called = _called(name, cell, module)
                return f"{called}: its {port} has a constant x or z, no value; write 0 or 1"
    for name, port in module["ports"].items():
        if {"x", "z"} & {*port["bits"]}:
            return f"{name}: a bit of it is the constant x or z, no value; write 0 or 1"
    return ""


def _divides_by_a_number(cell: Mapping[str, Any]) -> bool:
    """Whether what it divides by is a constant that is not 0."""
    bits = {*cell["connections"]["B"]}
    return "1" in bits and bits <= {"0", "1"}


def _within(cell: Mapping[str, Any]) -> bool:
    """Whether an index cannot lie outside the word: each of its values is a bit of it."""
    word, index = (cell["connections"][port] for port in "AB")
    gives = len(cell["connections"]["Y"])
    signed = int(cell["parameters"]["B_SIGNED"], 2)
    return not signed and gives == 1 and len(word) == 1 << len(index) and not {"x"} & {*word}


def _called(name: str, cell: Mapping[str, Any], module: Mapping[str, Any]) -> str:
    """A cell by name, where it has one, else by its line and by what it drives."""
    shown = cell["type"] if cell["hide_name"] else f"{name} ({cell['type']})"
    line = re.match(r"[^:|]*:(\d+)", cell["attributes"].get("src", ""))
    driven = next(_driven(cell, module), None)
    where = [f"line {line[1]}"] if line else []
    where += [f"for {driven}"] if driven else []
    return f"{shown}, {', '.join(where)}" if where else shown


def _driven(cell: Mapping[str, Any], module: Mapping[str, Any]) -> Iterator[str]:
    ways = cell.get("port_directions", {})
    bits = {
        bit for port, way in ways.items() if way == "output" for bit in cell["connections"][port]
    }
    for name, net in module["netnames"].items():
        if not net["hide_name"] and bits & {*net["bits"]}:
            yield name


def check_loops(log: str) -> None:
    """Raise ImportRefused for a loop that Yosys's `check` found."""
    found = re.search(r"found logic loop in module \S+\n((?: .*\n)+)", log)
    if found:
        wires = re.findall(r"^ *wire \\?(\S+)", found[1], re.MULTILINE)
        lines = [f"line {line}" for line in re.findall(r"source: [^:]*:(\d+)", found[1])]
        where = " - ".join(dict.fromkeys(wires or lines)) or "no wire of it has a name"
        raise ImportRefused(f"a loop of logic ({where}); cut it")
