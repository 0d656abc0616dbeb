"""Ports, data sheet, diagram and vectors of parts that are small enough to be told by hand."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fusesoc.utils import yaml_read

from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns
from gen.data.sensors import Sensor, SensorEncoder
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.ip.datasheet import datasheet
from gen.ip.diagram import timing_svg
from gen.ip.fusesoc import core_file
from gen.ip.names import files
from gen.ip.paper import as_markdown
from gen.ip.ports import Bit, Part, Ports, ports_of
from gen.ip.vectors import VectorsWrong, hex_lines, read_vectors
from gen.map.netlist import Netlist
from tests.gen.ip.builds import part, simulated, small_build
from tests.gen.verify.builds import recurrent
from tests.shared import Shared

LATENCY_BENCH = """\
`timescale 1ns / 1ps
module bench;
  reg clk = 0, valid = 0, resetn = 0;
  always #5 clk = ~clk;
  wire out;
  panel_axis dut (.aclk(clk), .aresetn(resetn), .s_axis_tdata(16'h0), .s_axis_tvalid(valid),
    .s_axis_tready(), .s_axis_tlast(1'b0), .m_axis_tdata(), .m_axis_tvalid(out),
    .m_axis_tready(1'b1), .m_axis_tlast());
  integer edges = 0;
  initial begin
    repeat (4) @(negedge clk);
    resetn = 1;
    @(negedge clk) valid = 1;
    // The beat moves at the edge between these two.
    @(negedge clk) valid = 0;
    while (!out) @(negedge clk) edges = edges + 1;
    // The answer moves at the edge after it is offered.
    $display("after %0d", edges + 1);
    $finish;
  end
endmodule
"""


def folder(shared: Shared, depth: int) -> Path:
    def make(out: Path) -> None:
        part(out, "plain", depth)

    return shared.build(make, "plain", str(depth)) / "ip"


@pytest.mark.parametrize("depth", [22, 4])
def test_the_wrapper_answers_as_soon_as_the_papers_say(
    shared: Shared, tmp_path: Path, depth: int
) -> None:
    made = folder(shared, depth)
    (tmp_path / "bench.v").write_text(LATENCY_BENCH)
    sources: list[Path | str] = [made / f"panel_{end}.v" for end in ("axis", "plain")]
    done = simulated("bench", [tmp_path / "bench.v", *sources], tmp_path, tmp_path)
    after = done.stdout.split()[1]
    said = " ".join((made / "panel_axis.v").read_text().replace("//", " ").split())
    assert f"An answer can leave {after} cycles after its beat came" in said
    assert f"{after} cycles later at the earliest" in (made / "datasheet.md").read_text()


def recurrent_ports(tmp_path: Path, **meta: object) -> Ports:
    build = small_build(tmp_path / "small", "recurrent")
    net = recurrent()
    net.meta.update(classes=["a", "b"], **meta)
    return ports_of(net, Netlist.read(build / "mapped.json"))


def test_words_of_y_lie_one_behind_the_other(tmp_path: Path) -> None:
    ports = recurrent_ports(tmp_path)
    assert [(one.bits, one.name, one.says) for one in ports.y] == [
        ("y[0]", "class", "the class, unsigned: 0 a, 1 b"),
        ("y[3:1]", "score[0]", "score 0 of a, two's complement"),
        ("y[6:4]", "score[1]", "score 1 of b, two's complement"),
    ]
    assert ports.n_out == 7
    # Two inputs, and the bit that starts a sequence behind them.
    assert (len(ports.x), ports.first) == (3, 2)
    assert [one.says for one in ports.x] == [
        "input 0 of the network", "input 1 of the network", "the first step of a sequence",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (2, ("a0 >= 0; a1 >= 2", "b0 >= 1; b1 >= 3")),
        (3, ("a0 >= 0; a1 >= 2; a2 >= 4", "b0 >= 1; b1 >= 3; b2 >= 5")),
        (5, ("a0 >= 0; a1 >= 2; ...; a4 >= 8", "b0 >= 1; b1 >= 3; ...; b4 >= 9")),
    ],
)
def test_an_input_of_a_step_says_what_it_is_in_each(
    tmp_path: Path, steps: int, said: tuple[str, str]
) -> None:
    codes = tuple(Code("threshold", (float(at),)) for at in range(2 * steps))
    names = [Column(f"{what}{step}") for step in range(steps) for what in "ab"]
    columns = Columns(tuple(names), "kind").to_dict()
    ports = recurrent_ports(tmp_path, encoder=Encoder(codes).to_dict(), columns=columns)
    assert [one.says for one in ports.x[:2]] == [f"step by step: {one}" for one in said]


def plain(tmp_path: Path) -> tuple[IntNet, Netlist]:
    """Nine inputs, three classes."""
    build = small_build(tmp_path / "small", "plain")
    return load(build / "net.npz"), Netlist.read(build / "mapped.json")


def test_integers_of_sensors_and_many_classes(tmp_path: Path) -> None:
    net, mapped = plain(tmp_path)
    codes = [Code("threshold", (1.0,))] * 3
    sensors = Sensor(4), Sensor(1), Sensor(4, True)
    columns = Columns((Column("pulse"), Column("on"), Column("tilt")), "kind")
    net.meta.update(
        encoder=SensorEncoder(tuple(codes), (), sensors).to_dict(),
        columns=columns.to_dict(),
        classes=[f"c{at}" for at in range(20)],
    )
    ports = ports_of(net, mapped)
    assert [(where, name) for where, name, _ in ports.sensors] == [
        ("x[3:0]", "pulse"), ("x[8:5]", "tilt"),
    ]  # fmt: skip
    assert ports.x[8].says == "bit 3 of tilt"
    assert ports.y[0].says.startswith("the class, unsigned: 0 c0, 1 c1, ")
    assert ports.y[0].says.endswith(", 14 c14, ..., 19 c19")
    net.meta["classes"] = [f"c{at}" for at in range(16)]
    assert ports_of(net, mapped).y[0].says.endswith(", 14 c14, 15 c15")


def test_a_bit_that_is_not_read_is_told_apart(tmp_path: Path) -> None:
    """What is read is what stands in the core's own Verilog."""
    net, mapped = plain(tmp_path)
    cells = tuple(
        replace(cell, fan_in=tuple(0 if one == 4 else one for one in cell.fan_in))
        for cell in mapped.cells
    )
    without = replace(mapped, cells=cells)
    assert [one.read for one in ports_of(net, without).x] == [at != 4 for at in range(9)]


def page_of(mapped: Netlist, care: str) -> str:
    ports = Ports(
        (Bit("x[0]", "a", True), Bit("x[1]", "b", False), Bit("x[2]", "c", False)),
        (Part("class", 0, 1, "the class"), Part("score[0]", 1, 8, "score")),
        None,
    )
    return as_markdown(datasheet(mapped, ports, "p", "r", (), (), (), "", care))


def test_the_data_sheet_says_what_is_read_and_what_is_spare(tmp_path: Path) -> None:
    _, mapped = plain(tmp_path)
    page = page_of(mapped, "")
    assert "3 input bits, of which 1 are read by anything; 9 output bits" in page
    assert "| `x[0]` | x[0] | a | yes |" in page
    assert "| `x[1]` | x[1] | b | no: tie it to 0 |" in page
    assert "| `y[8:1]` | score[0] | 8 | score |" in page
    assert "| 8 | bit i is `x[i]`; the 5 above, up to whole bytes, are not looked at |" in page
    assert "| 16 | bit i is `y[i]`; the 7 above, up to whole bytes, are 0 |" in page
    assert "only codes that the encoder can give" not in page
    page = page_of(mapped, "thermometer")
    assert "only codes that the encoder can give: proved on valid inputs only (thermom" in page


@pytest.mark.parametrize("latency", [1, 2, 6])
def test_the_diagram_draws_answers_so_many_cycles_later(latency: int) -> None:
    svg = timing_svg("p", latency)
    places = {
        word: int(x) for x, word in re.findall(r'<text x="(\d+)"[^>]*>(f\([abc]\)|[abc])<', svg)
    }
    (cycle,) = {places["b"] - places["a"], (places["c"] - places["a"]) // 3}
    for letter in "abc":
        assert places[f"f({letter})"] - places[letter] == latency * cycle
    ones = [
        sum(x1 < x2 and y1 == y2 == top for (x1, y1), (x2, y2) in pairwise(line))
        for line in lines(svg)
        for top in (min(y for _, y in line),)
    ]
    # Half cycles that are high: of the clock half, of x_valid and y_valid three cycles.
    assert ones == [latency + 6, 2 * 3, 2 * 3]
    starts = [next(x for x, y in line if y == min(y for _, y in line)) for line in lines(svg)[1:]]
    assert starts[1] - starts[0] == latency * cycle
    assert f">{latency} cycle{'s' if latency > 1 else ''}<" in svg


def lines(svg: str) -> list[list[tuple[int, int]]]:
    """The points of each signal that is 0 or 1."""
    return [
        [(int(x), int(y)) for x, y in re.findall(r"(\d+),(\d+)", points)]
        for points in re.findall(r'<polyline points="([^"]*)"', svg)
    ]


def write(path: Path, tests: int, random: int, steps: int = 1) -> Path:
    """Vectors whose inputs are the numbers of their rows."""
    rows = np.arange(tests + random, dtype=np.uint16)
    np.savez(
        path, inputs=rows.view(np.uint8).reshape(-1, 2), outputs=rows.astype(np.uint8)[:, None],
        n_in=10, n_out=5, n_test=tests, steps=steps,
    )  # fmt: skip
    return path


@pytest.mark.parametrize(
    ("tests", "random", "steps", "most", "rows"),
    [
        (10, 100, 1, 8, [0, 2, 5, 7, 10, 35, 60, 85]),
        (2, 100, 1, 6, [0, 1, 2, 27, 52, 77]),
        (10, 1, 1, 5, [0, 2, 5, 7, 10]),
        (3, 2, 1, 512, [0, 1, 2, 3, 4]),
        # Sequences of three steps, whole: the first and the middle one of each part.
        (12, 12, 3, 12, [0, 1, 2, 6, 7, 8, 12, 13, 14, 18, 19, 20]),
    ],
)
def test_vectors_are_half_of_the_test_set_and_spread_over_both(
    tmp_path: Path, tests: int, random: int, steps: int, most: int, rows: list[int]
) -> None:
    found = read_vectors(write(tmp_path / "v.npz", tests, random, steps), 10, 5, most)
    assert list(found.x) == rows
    assert list(found.y) == [one % 32 for one in rows]


def test_vectors_of_another_width(tmp_path: Path) -> None:
    with pytest.raises(VectorsWrong, match="10 inputs and 5 outputs; the core has 10 and 6"):
        read_vectors(write(tmp_path / "v.npz", 3, 3), 10, 6)
    assert hex_lines((0, 0x1F, 0xA), 5) == "00\n1f\n0a\n"


@pytest.mark.parametrize("lut", [None, 6])
def test_the_description_names_every_file_that_is_a_source(lut: int | None) -> None:
    value = yaml_read(core_file("p", "r", lut).removeprefix("CAPI=2:"))
    listed = [list(one)[0] if isinstance(one, dict) else one
              for files in value["filesets"].values() for one in files["files"]]  # fmt: skip
    ends = (".md", ".html", ".svg", ".core", "_template.v", "_template.py")
    assert set(listed) == {one for one in files("p", lut) if not one.endswith(ends)}
    used = {name: target["filesets"] for name, target in value["targets"].items()}
    assert used.pop("default") == used["plain"] == ["plain", "axis"]
    assert used["sim"] == ["plain", "bench"]
    assert used["sim_axis"] == ["plain", "axis", "axis_bench"]
    assert used.get("sim_lut6") == (["lut6", "bench"] if lut else None)
    assert used.get("lut6") == (["lut6", "axis"] if lut else None)
    assert {one for sets in used.values() for one in sets} == set(value["filesets"])
