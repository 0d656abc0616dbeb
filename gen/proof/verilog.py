"""Verilog and RTLIL read as a machine, through Yosys: elaborated, flattened, cut into gates.

Nothing is optimized on the way. Cells of the iCE40 stay what they are.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gen.proof.cells import read_cells
from gen.proof.machine import Machine
from gen.tools import YOSYS

__all__ = ["read_design"]

GATES = (
    "proc -norom; flatten; memory_collect; memory_map; opt_clean; techmap; simplemap; dffunmap;"
    " dfflegalize -cell $_DFF_P_ 01; opt_clean"
)


def read_design(files: Mapping[str, Path], top: str, macros: Sequence[str] = ()) -> Machine:
    """The machine of module `top`; `files` are sources by the name under which Yosys reads them.

    Names end in .v or .il; `macros` are defined in the former. Raises MachineError, ToolNotFound,
    ToolFailed, FileDamaged.
    """
    with tempfile.TemporaryDirectory(prefix="smelt-rtl-") as name:
        folder = Path(name)
        for source, path in files.items():
            shutil.copyfile(path, folder / source)
        defined = "".join(f" -D{macro}" for macro in macros)
        readers = {".v": f"read_verilog{defined}", ".il": "read_rtlil"}
        reads = [f"{readers[Path(source).suffix]} {source}" for source in files]
        script = "; ".join([*reads, f"hierarchy -top {top}", GATES, "write_json gates.json"])
        YOSYS.run(["-q", "-p", script], cwd=folder, log=folder / "yosys.log")
        return read_cells(folder / "gates.json", top)
