"""Small networks' cores as parts, made in seconds."""

import subprocess
from dataclasses import replace
from pathlib import Path

from gen.intnet.files import load
from gen.ip.write import write_ip
from gen.logic.aiger import read_aiger
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.map.pipeline import pipeline
from tests.conftest import save_small
from tests.gen.verify.builds import recurrent, write_build

__all__ = ["bench", "map_lut6", "part", "small_build"]


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
    """A bench in Icarus, in the folder that its vectors lie in."""
    program = folder.parent / f"{top}.vvp"
    build = ["iverilog", "-g2012", "-Wall", "-Wno-timescale", "-s", top, "-o", str(program)]
    made = subprocess.run(
        [*build, f"{top}.v", *sources], cwd=folder, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert not made.stderr, made.stderr
    return subprocess.run(
        ["vvp", "-n", str(program)], cwd=folder, capture_output=True, text=True, check=False
    )


def map_lut6(build: Path, depth: int = 22) -> None:
    """lut6/mapped.json of a build without states, by what `gen map --k 6` does."""
    flat = read_aiger(build / "graph.aig")
    netlist, _ = map_luts(flat, [], 6)
    made = pipeline(replace(netlist, registers=()), depth)
    made.write(build / "lut6" / "mapped.json", proof="proved")
    assert Netlist.read(build / "lut6" / "mapped.json").k == 6
