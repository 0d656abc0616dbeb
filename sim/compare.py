"""The three levels: the core as written, its netlist, and the top level on its serial line."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gen.console import say
from gen.files import make_folder
from gen.made import digest
from sim.description import Core
from sim.job import JOB_VARIABLE, Job, read_answer, write_job
from sim.netlist import LIBRARIES, library_of, synthesize
from sim.result import describe_mismatch, finish
from sim.simulator import Bench, SimulationFailed, Simulator, run_bench
from sim.top import TOP_DIVISOR, TOP_PORTS, write_top
from sim.vectors import Vectors, VectorsDamaged

__all__ = ["job_of", "simulate_core", "simulate_netlist", "simulate_top"]

CORE_PORTS = ("clk", "rst", "x", "x_valid", "y", "y_valid")


def simulate_core(
    core: Core, vectors: Vectors, simulator: Simulator, folder: Path, seed: int
) -> dict[str, Any]:
    """Compare core.v with the vectors; returns what sim.json in `folder` says.

    Raises SimulationMismatch after printing up to five differences, SimulationFailed where the
    bench did not run, VectorsDamaged where the vectors are another core's.
    """
    bench = Bench("sim.core_bench", [*_library(core, folder), core.verilog], "core", CORE_PORTS)
    return _simulate("core", bench, core, vectors, simulator, folder, seed, {})


def simulate_netlist(
    core: Core, vectors: Vectors, simulator: Simulator, folder: Path, seed: int
) -> dict[str, Any]:
    """Synthesize the core alone for its family and compare that netlist; as `simulate_core`.

    sim.json also holds "cells", the netlist's cells by type. Raises CellsChanged as well.
    """
    make_folder(folder)
    (folder / "sim.json").unlink(missing_ok=True)
    say(f"netlist: synthesizing {core.verilog}")
    netlist, cells = synthesize(core, folder)
    bench = Bench("sim.core_bench", [library_of(core).models(folder), netlist], "core", CORE_PORTS)
    return _simulate("netlist", bench, core, vectors, simulator, folder, seed, {"cells": cells})


def simulate_top(
    core: Core, vectors: Vectors, simulator: Simulator, folder: Path, seed: int
) -> dict[str, Any]:
    """Send the vectors to the top level byte by byte, and requests that go wrong.

    As `simulate_core`.
    """
    make_folder(folder)
    top = write_top(core, folder)
    bench = Bench("sim.top_bench", [*_library(core, folder), core.verilog, top], "top", TOP_PORTS)
    return _simulate("top", bench, core, vectors, simulator, folder, seed, {})


def _library(core: Core, folder: Path) -> Sequence[Path]:
    return [library_of(core).models(folder)] if core.family in LIBRARIES else []


def _simulate(
    level: str,
    bench: Bench,
    core: Core,
    vectors: Vectors,
    simulator: Simulator,
    folder: Path,
    seed: int,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    if (vectors.n_in, vectors.n_out) != (core.n_in, core.n_out):
        raise VectorsDamaged(
            f"vectors have {vectors.n_in} inputs and {vectors.n_out} outputs, {core.verilog} has"
            f" {core.n_in} and {core.n_out}: they belong to different builds"
        )
    make_folder(folder)
    result, answer_path = folder / "sim.json", folder / "answer.json"
    for stale in (result, answer_path):
        stale.unlink(missing_ok=True)
    write_job(folder / "job.json", job_of(core, vectors, Path(answer_path.name)))
    say(f"{level}: {len(vectors.rows)} vectors, {simulator.version}")
    start = time.monotonic()
    environment = {JOB_VARIABLE: str((folder / "job.json").resolve())}
    bench = Bench(bench.module, bench.sources, bench.top, bench.ports, environment)
    failures = run_bench(simulator, bench, folder, seed)
    answer = read_answer(answer_path)
    if answer is None or (failures and not answer.mismatches):
        raise SimulationFailed(
            f"the {level} bench broke off ({'; '.join(failures)}); log: {folder / 'run.log'}"
        )
    value = {
        "level": level,
        "simulator": simulator.version,
        "vectors": answer.compared,
        "random": vectors.random,
        "mismatches": answer.mismatches,
        "seconds": round(time.monotonic() - start, 2),
        "status": "failed" if failures or answer.mismatches else "passed",
        "of": {
            path.name: digest(path) for path in (core.verilog, core.verilog.with_suffix(".json"))
        },
        **more,
    }
    shown = [
        line for mismatch in answer.shown for line in describe_mismatch(mismatch, core, vectors)
    ]
    finish(result, value, shown)
    return value


def job_of(core: Core, vectors: Vectors, answer: Path, divisor: int = TOP_DIVISOR) -> Job:
    """What a bench is told about a core and its vectors; `divisor` is the top level's."""
    return Job(
        str(answer),
        core.n_in,
        core.n_out,
        core.latency,
        vectors.inputs,
        vectors.outputs,
        core.outputs,
        core.shape.live,
        core.shape.reset,
        divisor,
        core.interval,
        core.shape.feedback,
        vectors.written if core.shape.feedback else (),
    )
