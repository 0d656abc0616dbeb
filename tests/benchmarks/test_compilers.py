"""Other compilers: the code that they trace is the network, and what is not exact is refused."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import compilers
from benchmarks.compilers import BenchmarkError, compare_compilers
from gen.intnet.files import save
from gen.intnet.network import NEVER, IntNet, Table
from tests.gen.intnet.nets import changed, small

WRITTEN = """
module smelted(input [2:0] model_inp, output model_out);
  assign model_out = &model_inp;
endmodule
"""


class Array(np.ndarray):
    """Takes the place of a compiler's inputs: all inputs at once, a row for each."""

    def __new__(cls, shape: tuple[int, ...], solver_options: object = None) -> "Array":
        rows = np.random.default_rng(0).integers(0, 2, (compilers.CHECKED, *shape))
        return rows.astype(float).view(cls)

    def quantize(self, *form: int) -> "Array":
        assert form == (0, 1, 0)
        return self


class Comb:
    def __init__(self, x: Array, value: np.ndarray, wrong: bool = False) -> None:
        self.value = np.asarray(value) + wrong

    def predict(self, bits: np.ndarray) -> np.ndarray:
        return self.value


class Model:
    def __init__(self, comb: Comb, prj_name: str, path: Path) -> None:
        self.path = path

    def write(self) -> None:
        (self.path / "src").mkdir(parents=True)
        (self.path / "src" / "smelted.v").write_text(WRITTEN)
        (self.path / "src" / "table.v").write_text(
            'module t; initial $readmemh("whatever.mem", m);'
        )


def install(monkeypatch: pytest.MonkeyPatch, comb: type[Comb] = Comb) -> None:
    """Packages of the compilers' names that evaluate what they are given."""
    for package, (array, trace, model) in compilers.CLASSES.items():
        tracing, codegen = ModuleType(f"{package}.trace"), ModuleType(f"{package}.codegen")
        setattr(tracing, array, Array)
        setattr(tracing, trace, comb)
        setattr(codegen, model, Model)
        for module in (ModuleType(package), tracing, codegen):
            monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    save(small(), tmp_path / "net.npz")
    return tmp_path / "net.npz"


def rows_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The stand-in holds a row per input; a compiler's array is one row.
    monkeypatch.setattr(np, "argmax", lambda value, _real=np.argmax: _real(np.asarray(value), 1))


@pytest.mark.slow
def test_every_way_is_checked_and_measured(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    rows_of_classes(monkeypatch)
    one = dict([next(iter(compilers.WAYS.items()))])
    monkeypatch.setattr(compilers, "WAYS", one)
    found = compare_compilers("small", net, tmp_path / "out")
    assert {way: cells["lut4"] for way, cells in found["ways"].items()} == dict.fromkeys(one, 1)


def test_a_compiler_that_is_not_exact_is_refused(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, lambda x, value: Comb(x, value, wrong=True))  # type: ignore[arg-type]
    rows_of_classes(monkeypatch)
    with pytest.raises(BenchmarkError, match="1000 of 1000 answers differ"):
        compare_compilers("small", net, tmp_path / "out")


def test_a_missing_compiler_is_named_with_what_installs_it(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    monkeypatch.setitem(sys.modules, "alkaid.trace", None)
    with pytest.raises(BenchmarkError, match=r"alkaid is not installed; run .*\[compilers\]"):
        compare_compilers("small", net, tmp_path / "out")


@pytest.mark.slow
def test_codes_of_several_bits_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    rows_of_classes(monkeypatch)
    monkeypatch.setattr(compilers, "WAYS", dict([next(iter(compilers.WAYS.items()))]))
    edges = np.array([[-1, 1, 2], [0, 1, NEVER]], np.int32)
    codes = np.array([[3, 0, 1, 2], [1, 3, 0, 2]], np.int8)
    save(changed(small(), 1, edges=edges, codes=codes, bits=2), tmp_path / "net.npz")
    compare_compilers("small", tmp_path / "net.npz", tmp_path / "out")


def test_only_linear_layers_and_levels_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    wiring, tables = np.array([[0]], np.int32), np.array([[0, 1]], np.int8)
    gates = Table("gates", ("x",), wiring=wiring, tables=tables, width=1)
    save(IntNet(3, (gates,)), tmp_path / "net.npz")
    with pytest.raises(BenchmarkError, match="gates: only linear layers and levels"):
        compare_compilers("small", tmp_path / "net.npz", tmp_path / "out")
