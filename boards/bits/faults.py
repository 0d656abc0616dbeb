"""Single-bit faults in the look-up tables of a bitstream: does the proof see every one?

Each fault flips one of the 16 bits of one table in use. It is rejected, where the proof of link 5
finds an input and a state in which the changed bitstream differs from the netlist, or proved
equivalent, where the bit cannot make a difference: most often because some input of the table is
not connected. Beside that the same changed design is simulated on its serial line, on the vectors
that PyTorch answered: what that alone would have caught.

The bitstream is read back once. A fault is put into the machine that was read: the tables are
those in the configuration bits, and which nets lie on the pins is asked of icebox_vlog by filling
all tables with each pin's projection in turn. That this machine is the one that icebox_vlog writes
is checked for every table, and some faults go the whole way through icepack and back.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from boards.bits.links import PLACEMENT
from boards.bits.serial import FaultError, Serial
from boards.bits.sites import by_site, read_sites
from boards.bits.tile import Tiles
from boards.bits.unpack import ASC, missing_tools, to_verilog, unpack
from gen.console import progress
from gen.files import write_json, write_text
from gen.logic.graph import Builder
from gen.proof.cells import read_cells
from gen.proof.chain import FOLDER
from gen.proof.compare import Class, Compared, compare_machines
from gen.proof.machine import ZERO, Logic, Machine, Net, Table, canonical
from gen.proof.readback import Readback, Site, read_back
from gen.tools import ICEPACK

__all__ = ["Board", "Fault", "try_faults"]

FORMAT = "smelt-faults-1"
REJECTED, EQUIVALENT, UNDECIDED = "rejected", "equivalent", "undecided"


@dataclass(frozen=True)
class Fault:
    """Bit `bit` of the table in a site, flipped."""

    site: Site
    bit: int


class Board:
    """A build whose bitstream was read back, with the tables of its cells open to change.

    Raises FaultError where the link does not hold without a fault, or tools are missing.
    """

    def __init__(self, folder: Path) -> None:
        why = missing_tools()
        if why:
            raise FaultError(why)
        self.folder, self.pcf = folder, folder / "top.pcf"
        self.work = folder / FOLDER / "faults"
        self.good = read_back(unpack(folder / "top.bin", self.pcf, self.work))
        self.tiles = Tiles((self.work / ASC).read_text(encoding="utf-8"))
        self.netlist = read_cells(folder / "top.json", "top")
        self.sites = read_sites(folder / PLACEMENT)
        self.pins = self._pins()
        self.machine = self.good.machine
        self.classes = by_site(self.netlist, self.good, self.sites)
        self._check()

    def _pins(self) -> dict[Site, tuple[Net, ...]]:
        """The nets on in_0 to in_3 of each cell in use, from tables that are each one's value."""
        found: dict[Site, list[Net]] = {site: [] for site in self.good.tables}
        for pin in range(4):
            table = sum(1 << row for row in range(16) if row >> pin & 1)
            asc = self.work / "probe.asc"
            write_text(asc, self.tiles.text(dict.fromkeys(found, table)))
            probe = read_back(to_verilog(asc, self.pcf, self.work))
            if probe.tables != self.good.tables or probe.flops != self.good.flops:
                raise FaultError("icebox_vlog names other nets for other tables")
            for site, net in probe.tables.items():
                inputs = probe.machine.cells[net].inputs
                found[site].append(inputs[0] if inputs else ZERO)
        return {site: tuple(nets) for site, nets in found.items()}

    def _check(self) -> None:
        """The machine with open tables is the one read back, cell by cell, and the netlist."""
        b = Builder()
        nets = [*self.good.machine.inputs.values(), *self.good.machine.registers]
        given = {net: b.input(str(net)) for net in nets}
        text = Logic(b, self.good.machine, given)
        for site, net in self.good.tables.items():
            pins = [text.at(pin) for pin in self.pins[site]]
            if text.at(net) != canonical(b, self.tiles.table(site), pins):
                raise FaultError(f"the table of {site} is not the one that icebox_vlog writes")
        if not self.prove(self.machine).proved:
            raise FaultError(f"{self.folder / 'top.bin'} is not the netlist without a fault")

    def prove(self, machine: Machine, budget: float = 60) -> Compared:
        """The proof of link 5 on a changed machine."""
        return compare_machines(self.netlist, machine, self.classes, seconds=budget)

    def changed(self, fault: Fault) -> Machine:
        """The machine with a fault in it."""
        table = self.tiles.table(fault.site) ^ 1 << fault.bit
        cells = dict(self.machine.cells)
        cells[self.good.tables[fault.site]] = Table(table, self.pins[fault.site])
        return replace(self.machine, cells=cells)

    def connected(self, fault: Fault) -> bool:
        """Whether the inputs in use can address the bit at all."""
        pins = self.pins[fault.site]
        values: dict[Net, int] = {ZERO: 0}
        return all(
            values.setdefault(net, fault.bit >> at & 1) == fault.bit >> at & 1
            for at, net in enumerate(pins)
        )

    def the_long_way(self, fault: Fault) -> Compared:
        """The fault in the bits, packed, unpacked, and proved as link 5 does."""
        table = self.tiles.table(fault.site) ^ 1 << fault.bit
        with tempfile.TemporaryDirectory(dir=self.work, prefix="fault.") as name:
            folder = Path(name)
            write_text(folder / "in.asc", self.tiles.text({fault.site: table}))
            ICEPACK.run(["in.asc", "fault.bin"], folder, folder / "icepack.log")
            back: Readback = read_back(unpack(folder / "fault.bin", self.pcf, folder / "back"))
        classes: list[Class] = by_site(self.netlist, back, self.sites)
        return compare_machines(self.netlist, back.machine, classes)

    def draw(self, count: int, seed: int) -> list[Fault]:
        """Faults drawn at random, each at most once, from all bits of tables in use."""
        every = [Fault(site, bit) for site in sorted(self.good.tables) for bit in range(16)]
        rows = np.random.default_rng(seed).permutation(len(every))[:count]
        return [every[row] for row in rows.tolist()]


def verdict(compared: Compared) -> str:
    """A proof's outcome as a fault's."""
    return EQUIVALENT if compared.proved else REJECTED if compared.differs else UNDECIDED


def try_faults(
    board: Board, serial: Serial | None, count: int, seed: int, long_way: int
) -> dict[str, Any]:
    """Try faults; writes verify/faults/faults.json and returns its value.

    The first `long_way` go the whole way too; raises FaultError where that gives another verdict.
    """
    rows = []
    for at, fault in enumerate(progress(board.draw(count, seed), count, "faults")):
        machine = board.changed(fault)
        compared = board.prove(machine)
        row = {
            "site": list(fault.site),
            "bit": fault.bit,
            "connected": board.connected(fault),
            "verdict": verdict(compared),
            "differs": compared.differs,
        }
        # What is proved equivalent is simulated too only where the long way checks the short one.
        if serial is not None and (at < long_way or not compared.proved):
            row["simulated"] = serial.catches(machine)
        if at < long_way:
            row["long_way"] = verdict(board.the_long_way(fault))
            if row["long_way"] != row["verdict"]:
                raise FaultError(f"{fault}: {row['verdict']} in short, {row['long_way']} long")
        rows.append(row)
    value = _summary(board, serial, rows) | {"seed": seed, "faults": rows}
    write_json(board.folder / FOLDER / "faults" / "faults.json", value)
    return value


def _summary(board: Board, serial: Serial | None, rows: list[dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(row["verdict"] == name for row in rows)
              for name in (REJECTED, EQUIVALENT, UNDECIDED)}  # fmt: skip
    bits = [Fault(site, bit) for site in board.good.tables for bit in range(16)]
    caught = [row for row in rows if row.get("simulated")]
    return {
        "format": FORMAT,
        "tried": len(rows),
        **counts,
        "long_way": sum("long_way" in row for row in rows),
        "tables": len(board.good.tables),
        "bits_addressed": round(sum(map(board.connected, bits)) / len(bits), 4),
        "not_addressed": sum(not row["connected"] for row in rows),
        "vectors": serial.line.lanes if serial else 0,
        "caught_by_vectors": len(caught) if serial else None,
        "caught_though_equivalent": sum(row["verdict"] == EQUIVALENT for row in caught),
    }
