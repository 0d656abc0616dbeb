"""Which register lies where: a netlist's by nextpnr's placement, a bitstream's by its text."""

import re
from collections.abc import Mapping
from pathlib import Path

from gen.files import DAMAGE, FileDamaged, read_json
from gen.proof.cells import net_names
from gen.proof.compare import Class
from gen.proof.machine import Machine, MachineError, Net
from gen.proof.readback import Readback, Site

__all__ = ["by_name", "by_site", "read_sites"]

_BEL = re.compile(r"X(\d+)/Y(\d+)/lc(\d+)$")


def read_sites(path: Path) -> dict[str, Site]:
    """The site of each register in nextpnr's `--write` file, by each name of the net it holds.

    Raises FileDamaged.
    """
    value = read_json(path)
    try:
        content = value["modules"]["top"]
        names = net_names(content)
        found: dict[str, Site] = {}
        for cell in content["cells"].values():
            if cell["type"] != "ICESTORM_LC" or int(cell["parameters"]["DFF_ENABLE"], 2) == 0:
                continue
            match = _BEL.search(cell["attributes"]["NEXTPNR_BEL"])
            if match is None:
                raise ValueError(f"a cell at {cell['attributes']['NEXTPNR_BEL']!r}")
            x, y, z = (int(word) for word in match.groups())
            for bit in cell["connections"]["O"]:
                found |= dict.fromkeys(names.get(bit, ()), (x, y, z))
    except DAMAGE as error:
        raise FileDamaged(
            f"{path}: not what nextpnr writes ({type(error).__name__}: {error}); build again"
        ) from None
    return found


def by_site(netlist: Machine, back: Readback, sites: Mapping[str, Site]) -> list[Class]:
    """Each register of a netlist with the bitstream's register in the same place.

    Raises MachineError where a register has no place, or lies where the bitstream has none.
    """
    classes = []
    for net, register in netlist.registers.items():
        name = min(register.names, default=str(net))
        places = {sites[one] for one in register.names if one in sites}
        if len(places) != 1:
            raise MachineError(f"register {name} has {len(places)} places in the placement")
        (place,) = places
        if place not in back.flops:
            raise MachineError(f"register {name} was placed at {place}: no register lies there")
        classes.append(Class(name, (net,), (back.flops[place],)))
    return classes


def by_name(rtl: Machine, netlist: Machine) -> list[Class]:
    """Registers of the RTL with the netlist's of the same name.

    Several of the RTL may have become one, or a constant. Those that are left are in no class: if
    anything reads one, the comparison says so.
    """
    names = {name: net for net, one in netlist.registers.items() for name in one.names}
    partners: dict[Net, list[Net]] = {}
    constant = []
    for net, register in rtl.registers.items():
        found = {names[name] for name in register.names if name in names}
        values = {netlist.constants[n] for n in register.names if n in netlist.constants}
        if len(found) == 1:
            partners.setdefault(found.pop(), []).append(net)
        elif len(values) == 1 and not found:
            constant.append(Class(min(register.names), (net,), (), values.pop()))
    held = [
        Class(min(netlist.registers[net].names), tuple(others), (net,))
        for net, others in partners.items()
    ]
    return [*held, *constant]
