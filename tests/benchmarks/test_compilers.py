"""Other compilers: the code that they trace is the network, and what is not exact is refused."""

import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks.compilers import measure, traced
from benchmarks.compilers.measure import compare_compilers
from benchmarks.compilers.section import compilers_section
from benchmarks.compilers.traced import BenchmarkError, write_traced
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
        rows = np.random.default_rng(0).integers(0, 2, (traced.CHECKED, *shape))
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
    for package, (array, trace, model) in traced.CLASSES.items():
        tracing, codegen = ModuleType(f"{package}.trace"), ModuleType(f"{package}.codegen")
        setattr(tracing, array, Array)
        setattr(tracing, trace, comb)
        setattr(codegen, model, Model)
        for module in (ModuleType(package), tracing, codegen):
            monkeypatch.setitem(sys.modules, module.__name__, module)


def rows_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The stand-in holds a row per input; a compiler's array is one row.
    monkeypatch.setattr(np, "argmax", lambda value, _real=np.argmax: _real(np.asarray(value), 1))


def test_a_compiler_that_is_not_exact_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, lambda x, value: Comb(x, value, wrong=True))  # type: ignore[arg-type]
    rows_of_classes(monkeypatch)
    with pytest.raises(BenchmarkError, match="1000 of 1000 answers differ"):
        write_traced(small(), "alkaid", tmp_path / "out.v")


def test_a_missing_compiler_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    monkeypatch.setitem(sys.modules, "alkaid.trace", None)
    with pytest.raises(BenchmarkError, match=r"alkaid is not installed; run .*\[compilers\]"):
        write_traced(small(), "alkaid", tmp_path / "out.v")


def test_codes_of_several_bits_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    rows_of_classes(monkeypatch)
    edges = np.array([[-1, 1, 2], [0, 1, NEVER]], np.int32)
    codes = np.array([[3, 0, 1, 2], [1, 3, 0, 2]], np.int8)
    net = changed(small(), 1, edges=edges, codes=codes, bits=2)
    write_traced(net, "alkaid, no tables", tmp_path / "out.v")
    # The memory of a table that nothing uses is left out.
    assert (tmp_path / "out.v").read_text() == WRITTEN


def test_only_linear_layers_and_levels_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    wiring, tables = np.array([[0]], np.int32), np.array([[0, 1]], np.int8)
    gates = Table("gates", ("x",), wiring=wiring, tables=tables, width=1)
    with pytest.raises(BenchmarkError, match="gates: only linear layers and levels"):
        write_traced(IntNet(3, (gates,)), "alkaid", tmp_path / "out.v")


def standing_in(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """A program of this source in place of the one that runs a compiler."""
    (folder / "standing_in.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(measure, "MODULE", "standing_in")
    monkeypatch.setattr(measure, "WAYS", {"alkaid, no tables": ()})


@pytest.mark.slow
def test_what_a_compiler_writes_is_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = f"import pathlib, sys\npathlib.Path(sys.argv[-1]).write_text({WRITTEN!r})\n"
    standing_in(tmp_path, monkeypatch, writing)
    found = compare_compilers("small", tmp_path / "net.npz", tmp_path / "out")
    assert found["ways"]["alkaid, no tables"]["lut4"] == 1
    standing_in(tmp_path, monkeypatch, "raise SystemExit(1)")
    assert compare_compilers("small", tmp_path / "net.npz", tmp_path / "out") == found


def test_a_compiler_that_does_not_end_is_stopped_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = "import subprocess, pathlib, sys\np = subprocess.Popen(['sleep', '60'])\n"
    starting += f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(p.pid))\np.wait()\n"
    standing_in(tmp_path, monkeypatch, starting)
    found = compare_compilers("small", tmp_path / "net.npz", tmp_path / "out", 1.0)
    assert found["ways"] == {"alkaid, no tables": {"no_end_s": 1.0}}
    # What it started is gone too; where nobody waits for it, it is left as a zombie.
    status = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
    assert not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_compiler_that_fails_is_named_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_in(tmp_path, monkeypatch, "raise SystemExit('smelt: error: 3 answers differ')")
    with pytest.raises(BenchmarkError, match="^alkaid, no tables: 3 answers differ$"):
        compare_compilers("small", tmp_path / "net.npz", tmp_path / "out")
    assert not (tmp_path / "out" / "alkaid-no-tables.json").exists()


def test_the_table_says_what_did_not_end_and_what_ours_is_of_the_best() -> None:
    plain = {"lc": 300, "lut4": 290, "carry": 0}
    area = [
        {"network": name, "ours": {"lc": 100, "lut4": 99, "carry": 0}, "baseline": {"x": plain}}
        for name in ("one", "two")
    ]
    found = {"lc": 200, "lut4": 190, "carry": 8}
    late = {"no_end_s": 300.0}
    text = compilers_section(
        [
            {"network": "one", "ways": {"other": found | {"lc": 400}, "third": found}},
            {"network": "two", "ways": {"other": late, "third": found | {"lc": 125}}},
        ],
        area,
    )
    assert "| one | Smelt | **100** | 99 | 0 |  |\n| one | third | 200 | 190 | 8 | 0.500 |" in text
    assert text.count("| two |") == 4
    assert "| two | plain Verilog | 300 | 290 | 0 | 0.333 |" in text
    assert "| two | other | did not end in 300 s | | | |" in text
    assert "0.632 in the geometric mean of 2 networks,\n0.800 at most." in text
