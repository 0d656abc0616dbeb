"""Which room may import which: the design's table, checked on every module's source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("gen", "hw", "boards", "sim", "smelt", "tests")
FOUNDATION = {
    *("gen.style", "gen.arrays", "gen.errors", "gen.files", "gen.forms", "gen.console"),
    *("gen.made", "gen.times"),
}

# What all rooms of gen/ask may look at.
ASKED = {"gen.logic", "gen.intnet", "gen.data", "gen.melt.sidecar"}
# Room -> rooms of ours that it may import, beside itself and the foundation.
MAY: dict[str, set[str]] = {
    "gen.arrays": set(),
    "gen.errors": set(),
    "gen.files": set(),
    "gen.forms": set(),
    "gen.console": set(),
    "gen.made": set(),
    "gen.times": set(),
    "gen.make": {"gen.data", "gen.intnet", "gen.nets", "gen.imports", "gen.ip.names"},
    "gen.tools": set(),
    "gen.data": set(),
    "gen.intnet": set(),
    "gen.logic": set(),
    "gen.nets": {"gen.data", "gen.intnet"},
    # Logic as Verilog or BLIF is read through Yosys.
    "gen.imports": {"gen.data", "gen.intnet", "gen.nets", "gen.tools"},
    "gen.melt": {"gen.intnet", "gen.logic"},
    "gen.simplify": {"gen.logic", "gen.tools"},
    "gen.map": {"gen.logic", "gen.tools"},
    "gen.ask": set(),
    "gen.ask.network": ASKED | {"gen.melt.melt"},
    "gen.ask.search": ASKED | {"gen.ask.network"},
    "gen.ask.evidence": ASKED | {"gen.ask.network"},
    "gen.ask.questions": ASKED | {"gen.ask.network", "gen.ask.search", "gen.ask.evidence"},
    "gen.proof": {"gen.logic", "gen.tools"},
    "gen.verify": {
        *("gen.data", "gen.intnet", "gen.nets", "gen.logic", "gen.melt", "gen.simplify", "gen.map"),
        *("gen.proof", "gen.valid", "gen.tools"),
        # What a time-shared core's program is guessed to be; what it does is proved.
        *("gen.sharing.program", "hw.program"),
    },
    "gen.ip": {
        *("gen.data", "gen.intnet", "gen.logic", "gen.map", "gen.proof", "gen.verify", "gen.tools"),
    },
    "gen.valid": {"gen.data", "gen.intnet", "gen.logic"},
    "gen.hdl": {"gen.logic", "gen.map", "gen.tools"},
    "gen.sharing": {"gen.intnet", "gen.melt", "gen.hdl", "hw"},
    "gen.encoder_files": {"gen.data", "gen.intnet", "hw"},
    # A first recipe is for a board: its table says what it holds, and stands on tools alone.
    "gen.first": {"gen.data", "gen.nets", "boards.table"},
    # It builds a network of a few batches of training to see its size, and names boards that fit.
    "gen.estimate": {
        *("gen.data", "gen.nets", "gen.intnet", "gen.melt", "gen.logic", "gen.map", "gen.tools"),
        *("gen.first", "boards.table"),
    },
    "gen.executor": set(),
    "gen.compare": {"gen"},
    "gen.sweep": {"gen"},
    "gen.commands": {"gen"},
    "gen.__main__": {"gen"},
    "gen": set(),
    "smelt": {"gen"},
    "hw": set(),
    "boards": set(),
    "boards.__main__": {"boards"},
    "boards.table": {"gen.tools"},
    "boards.measured": {"boards.table", "gen.tools"},
    "boards.build": {"boards.table", "boards.measured", "hw", "gen.tools"},
    "boards.report": {"boards.table", "boards.measured", "boards.build", "gen.proof", "gen.data"},
    "boards.host": {
        *("boards.table", "boards.build", "hw"),
        *("gen.tools", "gen.data", "gen.intnet", "gen.logic", "gen.map"),
    },
    "boards.bits": {"boards.build", "hw", "sim", "gen.tools", "gen.logic", "gen.proof"},
    "sim": {"hw", "gen.tools", "gen.data"},
}
# Third-party packages that a room must not import.
NEVER: dict[str, set[str]] = {
    room: {"torch", "amaranth"} for room in MAY if room.startswith("gen")
} | {room: {"torch"} for room in MAY if room.startswith("boards")}
NEVER |= {"sim": {"torch"}, "hw": {"torch"}}
NEVER["gen.nets"] = NEVER["gen.imports"] = NEVER["gen.estimate"] = {"amaranth"}
NEVER["smelt"] = {"torch", "amaranth"}
NEVER["gen.hdl"] = NEVER["gen.sharing"] = {"torch"}
# Rooms that import nothing but these and the standard library.
ONLY: dict[str, set[str]] = {
    "gen.tools": {"wasmtime", "yowasp_runtime", "platformdirs"},
    "gen.arrays": {"numpy"},
    "gen.errors": set(),
    "gen.files": set(),
    "gen.forms": set(),
    "gen.console": {"tqdm"},
    "gen.executor": {"dask", "distributed"},
    "gen.made": set(),
    "gen.times": set(),
    "gen.make": set(),
    "gen.style": {"matplotlib"},
    "hw": {"amaranth"},
    "gen.intnet": {"numpy"},
    "gen.logic": {"numpy", "aigverse", "pysat"},
    "gen.data": {"numpy", "sklearn", "pandas", "pyarrow", "PIL"},
}


def room_of(module: str) -> str:
    """The longest room of the table that a module lies in."""
    fitting = [room for room in MAY if module == room or module.startswith(f"{room}.")]
    return max(fitting, key=len, default=module.split(".")[0])


def module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported anywhere in a source, in functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            elif node.module in OURS:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("__import__"):
            yield node.lineno, ast.unparse(node.args[0]).strip("'\"")


def wrong_imports(module: str, source: str) -> list[str]:
    """What a module imports against the rules, a line for each."""
    room = room_of(module)
    found = []
    for line, name in imported(source):
        top = name.split(".")[0]
        if name.startswith("."):
            reason = "relative"
        elif top in OURS:
            allowed = name in FOUNDATION or any(
                r in (room_of(name), name) or name.startswith(f"{r}.") for r in {room} | MAY[room]
            )
            foundation = room != "hw" and any(
                name == f or name.startswith(f"{f}.") for f in FOUNDATION
            )
            if room == "hw":
                allowed = top == "hw"
            reason = "" if allowed or foundation else "not its room"
        elif top in NEVER[room]:
            reason = "never here"
        elif room in ONLY and top not in ONLY[room] | set(sys.stdlib_module_names):
            reason = "another package"
        else:
            reason = ""
        if reason:
            found.append(f"{module}:{line}: {name} ({reason})")
    return found


SOURCES = sorted(
    path for room in ("gen", "hw", "boards", "sim", "smelt") for path in (ROOT / room).rglob("*.py")
)


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 60
    rooms = {room_of(module_of(path, ROOT)) for path in SOURCES}
    assert {"hw", "boards", "sim", "gen.map", "gen.nets", "gen.commands"} <= rooms


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    assert wrong_imports(module_of(path, ROOT), path.read_text(encoding="utf-8")) == []


PLANTED = [
    ("gen.data.sets", "import torch", "never here"),
    ("gen.data.sets", "from gen.intnet.network import IntNet", "not its room"),
    ("gen.nets.training.train", "from gen.logic.graph import Graph", "not its room"),
    ("gen.nets.training.train", "def f():\n    import amaranth.hdl", "never here"),
    ("gen.intnet.files", "from torch import nn", "never here"),
    ("gen.intnet.files", "import scipy", "another package"),
    ("gen.logic.graph", "from gen.intnet.network import IntNet", "not its room"),
    ("gen.melt.melt", "import gen.map.netlist", "not its room"),
    ("gen.simplify.run", "from gen.melt.melt import melt", "not its room"),
    ("gen.map.luts", "from gen import melt", "not its room"),
    ("gen.map.luts", "from gen import intnet", "not its room"),
    ("gen.tools.tool", "import numpy", "another package"),
    ("gen.tools.tool", "from gen.logic.graph import Graph", "not its room"),
    ("gen.hdl", "from torch import nn", "never here"),
    ("gen.sharing", "from gen.nets.freezing.vectors import make_vectors", "not its room"),
    ("gen.commands.hdl", "import amaranth", "never here"),
    ("gen.__main__", "import torch", "never here"),
    ("gen.compare.runs", "import torch", "never here"),
    ("gen.sweep.run", "import torch", "never here"),
    ("gen.executor", "from gen.compare.runs import work", "not its room"),
    ("gen.compare.plot", "from boards.report.plots import plot_fmax", "not its room"),
    ("hw.top", "from gen.errors import SmeltError", "not its room"),
    ("hw.top", "import numpy", "another package"),
    ("boards.build.plan", "from gen.hdl import write_core", "not its room"),
    ("boards.build.plan", "from gen.map.netlist import Netlist", "not its room"),
    ("boards.build.plan", "import torch", "never here"),
    ("sim.compare", "from boards.table.entries import find_board", "not its room"),
    ("sim.compare", "import torch.nn", "never here"),
    ("gen.errors", "from gen.logic.graph import Graph", "not its room"),
    ("gen.map.luts", "from . import blif", "relative"),
    ("boards.build.plan", "from tests.sim import builds", "not its room"),
]


@pytest.mark.parametrize(("module", "source", "reason"), PLANTED)
def test_a_planted_import_is_found(module: str, source: str, reason: str) -> None:
    (found,) = wrong_imports(module, source)
    assert found.endswith(f"({reason})")


def test_what_is_allowed_is_not_found() -> None:
    assert (
        wrong_imports("gen.map.luts", "from gen.console import say\nimport gen.logic.graph") == []
    )
    assert wrong_imports("gen.hdl", "from amaranth.hdl import Module") == []
    assert (
        wrong_imports("boards.build.plan", "from gen import errors\nfrom hw.top import CoreTop")
        == []
    )


@pytest.mark.parametrize("command", ["gen", "gen.tools", "boards", "sim"])
def test_help_starts_without_the_heavy_libraries(command: str) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{command!r}, '--help']\n"
        "try:\n"
        f"    runpy.run_module({command!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "heavy = {'torch', 'amaranth', 'matplotlib', 'sklearn', 'aigverse'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert "usage: python -m" in done.stdout
