"""The command, interrupted and started again."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gen.files import write_json
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.graph import Builder, Graph
from tests.gen.logic.graphs import graph_of

ROOT = Path(__file__).resolve().parents[3]


def large(outputs: int = 110) -> Graph:
    """A hundred functions of six inputs each as sums of minterms: some 13,000 ANDs, four parts."""
    rng = np.random.default_rng(0)
    b = Builder()
    inputs = [b.input(f"x[{at}]") for at in range(64)]
    for at in range(outputs):
        table = graph_of(6, int.from_bytes(rng.bytes(8), "little") | 1)
        chosen = [inputs[one] for one in rng.choice(64, 6, replace=False)]
        b.output(f"class.{at}", b.import_graph(table, chosen)[0])
    return b.graph()


def start(folder: Path, out: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gen", "simplify", "--melted", str(folder / "melted.aig"),
               "--out", str(folder / out)]  # fmt: skip
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True,
                            stdout=subprocess.DEVNULL)  # fmt: skip


def finished(folder: Path, out: str) -> str:
    process = start(folder, out)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return errors


def interrupt_after(folder: Path, out: str, parts: int) -> str:
    """Ctrl-C once so many parts are finished."""
    process = start(folder, out)
    kept = folder / out / "simplify.parts"
    while process.poll() is None and len(list(kept.glob("[!.]*.part"))) < parts:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    return errors


@pytest.mark.slow
def test_an_interrupted_command_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    graph = large()
    assert graph.n_ands > 12_000
    write_aiger(graph, tmp_path / "melted.aig")
    write_json(tmp_path / "melted.json", {"format": "smelt-graph-1", "cuts": [], "registers": []})
    finished(tmp_path, "straight")
    assert "interrupted" in interrupt_after(tmp_path, "again", 2)
    kept = sorted((tmp_path / "again" / "simplify.parts").glob("[!.]*.part"))
    assert len(kept) >= 2
    assert not (tmp_path / "again" / "ledger.json").exists()
    kept[0].write_bytes(kept[0].read_bytes()[:-5])
    errors = finished(tmp_path, "again")
    assert f"{kept[0]}: damaged checkpoint ignored\n" in errors
    assert " parts were finished before\n" in errors
    for name in ("sections.aig", "graph.aig"):
        one, other = (tmp_path / out / name for out in ("straight", "again"))
        assert one.read_bytes() == other.read_bytes()
    assert read_aiger(tmp_path / "again" / "graph.aig").n_ands < graph.n_ands
    assert not (tmp_path / "again" / "simplify.parts").exists()
