"""The mapped netlist as hardware: its function, its registers, its files, its refusals."""

import argparse
import hashlib
import json
import random
from pathlib import Path

import pytest
from amaranth.hdl import Cat, Elaboratable, Module, Signal
from amaranth.sim import Simulator

from gen.commands import hdl as command
from gen.files import FileDamaged
from gen.hdl import Core, HdlError, check_family, output_words, table_expression, write_core
from gen.map.netlist import FALSE, TRUE, Cell, Netlist, NetlistError
from gen.tools import YOSYS
from tests.sim.netlists import every_input, random_netlist, truth_table, write_build


class Tables(Elaboratable):
    """Many functions of the same inputs, one output bit each."""

    def __init__(self, tables: list[int], size: int) -> None:
        self.tables = tables
        self.x = Signal(size)
        self.y = Signal(len(tables))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.y.eq(Cat(table_expression(table, list(self.x)) for table in self.tables))
        return m


def outputs_of_tables(tables: list[int], size: int) -> list[int]:
    """y for every x, in order."""
    dut = Tables(tables, size)
    seen = []

    async def bench(ctx):
        for x in range(1 << size):
            ctx.set(dut.x, x)
            seen.append(ctx.get(dut.y))

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("size", [1, 2, 3])
def test_expression_of_every_small_table(size: int) -> None:
    tables = list(range(1 << (1 << size)))
    for x, y in enumerate(outputs_of_tables(tables, size)):
        assert y == sum((table >> x & 1) << place for place, table in enumerate(tables))


@pytest.mark.parametrize("size", [4, 6])
def test_expression_of_random_tables(size: int) -> None:
    choose = random.Random(size)
    tables = [choose.getrandbits(1 << size) for _ in range(60)]
    for x, y in enumerate(outputs_of_tables(tables, size)):
        assert y == sum((table >> x & 1) << place for place, table in enumerate(tables))


def test_expression_is_short_for_gates() -> None:
    a, b, c = Signal(name="a"), Signal(name="b"), Signal(name="c")
    assert repr(table_expression(0b1000, [a, b])) == "(& (sig b) (sig a))"
    assert repr(table_expression(0b0110, [a, b])) == "(^ (sig b) (sig a))"
    assert repr(table_expression(0b0011, [a, b])) == "(~ (sig b))"
    assert repr(table_expression(0b11110000, [a, b, c])) == "(sig c)"
    assert repr(table_expression(0, [a, b])) == "(const 1'd0)"
    assert repr(table_expression(0b1111, [a, b])) == "(const 1'd1)"


def run_core(netlist: Netlist, words: list[int | None]) -> list[int | None]:
    """y in each cycle after the word of that cycle, None where y_valid is down."""
    dut = Core(netlist, "plain")
    seen: list[int | None] = []

    async def bench(ctx):
        for word in [*words, *[None] * netlist.latency]:
            ctx.set(dut.x_valid, word is not None)
            ctx.set(dut.x, word or 0)
            await ctx.tick()
            seen.append(ctx.get(dut.y) if ctx.get(dut.y_valid) else None)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_core_answers_latency_cycles_later_and_every_cycle(latency: int) -> None:
    netlist = random_netlist(seed=latency, n_in=6, latency=latency)
    words: list[int | None] = [*every_input(netlist), None, 3, None, None, 5]
    expected = [None if word is None else truth_table(netlist, word) for word in words]
    # After the tick that takes word i, one cycle of the latency has gone by.
    assert run_core(netlist, words) == [None] * (latency - 1) + expected + [None]


def test_core_passes_inputs_and_constants_through_all_stages() -> None:
    outputs = (("class.0", 1), ("class.1", FALSE), ("class.2", TRUE), ("class.3", 2))
    netlist = Netlist(("x[0]", "x[1]"), outputs, (Cell(0b01, (0,), stage=2),), latency=3)
    assert run_core(netlist, [0, 1, 2, 3])[2:6] == [0b1100, 0b0100, 0b1101, 0b0101]


def test_names_that_collide_or_are_no_identifiers() -> None:
    cells = (
        Cell(0b10, (0,), "x", "rst"),
        Cell(0b10, (0,), "a[1].2", "clk"),
        Cell(0b01, (0,), "a.1.2", "clk"),
        Cell(0b01, (1,), "0", "y"),
        Cell(0b10, (1,), "?", ""),
    )
    outputs = tuple((f"class.{i}", 2 + i) for i in range(5))
    netlist = Netlist(("x[0]", "x[1]"), outputs, cells)
    assert run_core(netlist, [0, 1, 2, 3]) == [
        truth_table(netlist, 0),
        truth_table(netlist, 1),
        truth_table(netlist, 2),
        truth_table(netlist, 3),
        None,
    ]


def test_a_deep_chain_is_no_recursion(tmp_path: Path) -> None:
    cells = tuple(Cell(0b01, (index,)) for index in range(3000))
    path = tmp_path / "mapped.json"
    Netlist(("x[0]",), (("class.0", 3000),), cells).write(path)
    for family in ("ice40", "plain"):
        assert write_core(path, tmp_path, family, "chain")["cells"] == 3000


def test_output_words() -> None:
    names = ["class.0", "class.1", "score[0].0", "score[1].0", "layer1[2]"]
    assert output_words(names) == [("class", 2), ("score[0]", 1), ("score[1]", 1), ("layer1[2]", 1)]


def test_output_words_wrong() -> None:
    with pytest.raises(HdlError, match=r"^output 'class\.2' does not follow class\.1; map again$"):
        output_words(["class.0", "class.2"])


def test_files(tmp_path: Path) -> None:
    netlist = random_netlist(seed=3)
    mapped = write_build(tmp_path, netlist, [0])
    write_core(mapped, tmp_path, "ice40", "digits")
    core = json.loads((tmp_path / "core.json").read_text())
    assert core == {
        "format": "smelt-core-1",
        "family": "ice40",
        "module": "core",
        "latency": 2,
        "inputs": 10,
        "outputs": [["class", 2], ["score[0]", 5], ["score[1]", 5], ["score[2]", 5]],
        "registers": 0,
        "score_signed": True,
        "recipe": "digits",
        "digest": hashlib.sha256(mapped.read_bytes()).hexdigest(),
        "cells": 40,
        "live_cells": core["live_cells"],
        "live_inputs": core["live_inputs"],
        "reset": None,
        "layers": [
            {"name": "layer1", "cells": 14},
            {"name": "layer2", "cells": 13},
            {"name": "layer3", "cells": 13},
        ],
    }
    verilog = (tmp_path / "core.v").read_text()
    assert verilog.count("SB_LUT4 #(") == 40
    assert " layer3_38_0" in verilog
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"mapped.json", "vectors.npz", "core.v", "core.il", "core.json"}


def test_same_bytes_again_and_elsewhere(tmp_path: Path) -> None:
    netlist = random_netlist(seed=4)
    texts = []
    for place in ("a", "b/c"):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        mapped = write_build(folder, netlist, [0])
        write_core(mapped, folder, "ice40", "digits")
        texts.append([(folder / name).read_bytes() for name in ("core.v", "core.il", "core.json")])
    assert texts[0] == texts[1]
    for text in texts[0]:
        assert b"Generated by" not in text
        assert b".py" not in text
        assert str(tmp_path).encode() not in text


def test_yosys_reads_the_verilog_back(tmp_path: Path) -> None:
    mapped = write_build(tmp_path, random_netlist(seed=5), [0])
    for family, library in (
        ("ice40", "ice40"),
        ("ecp5", "ecp5"),
        ("gowin", "gowin"),
        ("plain", "ice40"),
    ):
        write_core(mapped, tmp_path, family, "digits")
        script = (
            f"read_verilog -lib +/{library}/cells_sim.v; read_verilog core.v;"
            " hierarchy -check -top core; proc; check -assert"
        )
        YOSYS.run(["-q", "-p", script], cwd=tmp_path, log=tmp_path / "log")


def test_family_wrong() -> None:
    with pytest.raises(
        HdlError, match=r"^family 'xc7' is unknown; known are ice40, ecp5, gowin, plain$"
    ):
        check_family(random_netlist(seed=0), "xc7")


def test_too_many_inputs_wrong() -> None:
    netlist = Netlist(
        tuple("abcde"), (("class.0", 5),), (Cell(1, (0, 1, 2, 3, 4), "layer1[0]"),), k=5
    )
    with pytest.raises(HdlError) as error:
        check_family(netlist, "ice40")
    assert str(error.value) == (
        "cell 0 (layer1[0]) has 5 inputs; family 'ice40' takes 4: map with k = 4"
    )
    assert run_core(netlist, [0, 1]) == [1, 0, None]


def test_mapped_file_wrong(tmp_path: Path) -> None:
    path = write_build(tmp_path, random_netlist(seed=0), [0])
    text = path.read_text()
    for damage, kind in (
        (text[:100], FileDamaged),
        ("{}", FileDamaged),
        (text.replace('"cells"', '"sells"'), NetlistError),
    ):
        path.write_text(damage)
        with pytest.raises(kind, match=r"mapped\.json") as error:
            write_core(path, tmp_path / "out", "ice40", "digits")
        assert "\n" not in str(error.value)
        assert not (tmp_path / "out").exists()


def test_command_takes_the_recipe_from_the_folder(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "iris"
    folder.mkdir()
    mapped = write_build(folder, random_netlist(seed=6), [0])
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    command.run(parser.parse_args(["--mapped", str(mapped), "--out", str(folder)]))
    assert json.loads((folder / "core.json").read_text())["recipe"] == "iris"
    assert capsys.readouterr().err.startswith(
        "hdl: 40 cells, 10 inputs, outputs class:2, score[0]:5, score[1]:5, ..., latency 2 cycles"
    )


def test_inputs_that_something_reads(tmp_path: Path) -> None:
    # Cell 1 is dead, so nothing reads input 2; an output reads input 4 itself.
    cells = (Cell(0b1000, (0, 3)), Cell(0b1000, (2, 0)))
    outputs = (("class.0", 6), ("class.1", 4))
    netlist = Netlist(("x[0]", "x[1]", "x[2]", "x[3]", "x[4]", "x[5]"), outputs, cells)
    netlist.write(tmp_path / "mapped.json")
    core = write_core(tmp_path / "mapped.json", tmp_path, "ice40", "test")
    assert (core["live_inputs"], core["live_cells"], core["reset"]) == ([0, 3, 4], 1, None)
