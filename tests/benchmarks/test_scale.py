"""The benchmark of size: the networks it draws, what it measures, and what it makes of it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scale
from benchmarks.scale import exponent, measure_scale, plot_scale, random_mlp, resident, run_measured
from benchmarks.started import Stopped
from gen.intnet.network import Linear


def rows(power: float, sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)) -> list[dict]:
    """Made-up measurements that grow with a power."""
    return [
        {"ands": {"melted": n}, "melt": {"cpu": 1e-6 * n}, "simplify": {"cpu": 3e-5 * n**power}}
        for n in sizes
    ]


def test_networks_are_as_described() -> None:
    net = random_mlp(40)
    first, second, last = (node.weight for node in net.nodes if isinstance(node, Linear))
    assert (first.shape, second.shape, last.shape) == ((40, 784), (40, 40), (10, 40))
    for weight in (first, second):
        assert set(np.unique(weight).tolist()) == {-1, 0, 1}
        counts = np.count_nonzero(weight, axis=1)
        assert 16 <= counts.min() < counts.max() <= 24
    assert (np.count_nonzero(last, axis=0) == 2).all()


def test_networks_are_the_same_every_time() -> None:
    one, same, other = (random_mlp(30, seed) for seed in (1, 1, 2))
    weights = [net.nodes[0].weight for net in (one, same, other)]  # type: ignore[union-attr]
    assert (weights[0] == weights[1]).all()
    assert (weights[0] != weights[2]).any()


@pytest.mark.parametrize("power", [0.5, 1.0, 1.25, 2.0])
def test_the_exponent_of_a_power(power: float) -> None:
    assert exponent(rows(power), "simplify") == pytest.approx(power, abs=1e-3)
    assert exponent(rows(power), "melt") == pytest.approx(1.0, abs=1e-3)


def test_the_plot_is_written(tmp_path: Path) -> None:
    plot_scale(rows(1.1), tmp_path / "scale.png")
    assert (tmp_path / "scale.png").read_bytes().startswith(b"\x89PNG")


def test_memory_of_a_process_and_its_children() -> None:
    hold = "import sys, subprocess; x = bytearray(60 << 20); print(1, flush=True); "
    child = f"{hold} sys.stdin.read()"
    parent = f"{hold} subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for _ in range(2):
            process.stdout.readline()
        assert 120 < resident(process.pid) < 400
        process.stdin.close()
    assert resident(process.pid) == 0
    assert resident(os.getpid()) > 10


def test_a_command_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        run_measured(["simplify", "--melted", str(tmp_path / "none.aig"), "--out", str(tmp_path)])


@pytest.mark.slow
def test_a_network_is_measured_by_the_real_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "FAN_IN", (4, 6))
    found = measure_scale(12, tmp_path)
    ands = found["ands"]
    assert ands["melted"] > ands["sections"] >= ands["graph"]
    assert ands["melted"] > ands["dc2"]
    gained = (ands["melted"] - ands["sections"]) / (ands["melted"] - ands["dc2"])
    assert found["of_dc2"] == pytest.approx(gained, abs=1e-3)
    assert found["simplify"]["undone"] == 0
    assert found["simplify"]["last"] == ["graph = melted: proved"]
    assert found["simplify"]["peak_mib"] > 50
    assert found["melt"]["wall"] > 0
