"""The worked example: a chain of shift registers, the core, the lights; and its build."""

import gc
import re
import subprocess
import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.sim import Simulator

from gen.files import read_json
from gen.hdl import verilog_text
from gen.ip.write import write_ip
from hw.sensor import ShiftSensor
from tests.conftest import ROOT
from tests.gen.ip.builds import part, read_as_verilog, simulated
from tests.shared import Shared

EXAMPLE = ROOT / "docs" / "example" / "front_end.py"
BENCH = """\
`timescale 1ns / 1ps
module bench;
  localparam BITS = {bits}, OUT = {out}, FRAMES = 20;
  reg [BITS-1:0] x_of [0:{lines}-1];
  reg [OUT-1:0] y_of [0:{lines}-1];
  reg clk = 0, rst = 1;
  always #5 clk = ~clk;
  wire load_n, shift;
  wire [1:0] lights;
  // Nine bits of 74HC165: transparent while load_n is low, one place on at each rising edge.
  reg [BITS-1:0] chain = 0;
  integer frame = -1;
  front_end dut (.clk(clk), .rst(rst), .data(chain[0]), .load_n(load_n), .shift(shift),
                 .lights(lights));
  always @(posedge shift) if (load_n) chain <= chain >> 1;
  initial begin
    $readmemh("panel_x.hex", x_of);
    $readmemh("panel_y.hex", y_of);
    #100 rst = 0;
    @(posedge load_n);  // From here on frames are whole.
    for (frame = 0; frame < FRAMES; frame = frame + 1) begin
      @(negedge load_n) chain = x_of[frame];
      @(posedge load_n);
      // The answer to this frame is there when the next one has been loaded.
      @(negedge load_n) ;
      repeat (8) @(posedge clk);
      if (lights !== y_of[frame][1:0]) begin
        $display("FAIL frame %0d: lights are %b, and should be %b", frame, lights,
                 y_of[frame][1:0]);
        $fatal(1);
      end
      @(posedge load_n);
    end
    $display("PASS");
    $finish;
  end
endmodule
"""


@pytest.fixture(scope="module")
def folder(shared: Shared) -> Path:
    def make(out: Path) -> None:
        part(out, "plain")

    return shared.build(make, "plain") / "ip"


def example() -> ModuleType:
    spec = util.spec_from_file_location("front_end", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("crossed", [False, True])
def test_the_lights_are_the_class_of_what_the_chain_holds(
    folder: Path, tmp_path: Path, crossed: bool
) -> None:
    made = example()
    design = made.FrontEnd(made.template(folder), divisor=6)
    text = rtlil.convert(design, name="front_end", emit_src=False)
    (tmp_path / "front_end.v").write_text(verilog_text(text, tmp_path / "hdl"))
    value = read_json(folder / "ip.json")
    bits, out = len(value["inputs"]), sum(word[1] for word in value["outputs"])
    lines = len((folder / "panel_x.hex").read_text().split())
    bench = BENCH.format(bits=bits, out=out, lines=lines)
    if crossed:  # A chain the other way round is not read as this one.
        bench = bench.replace(".data(chain[0])", ".data(~chain[0])")
    (tmp_path / "bench.v").write_text(bench)
    sources = [tmp_path / "bench.v", tmp_path / "front_end.v", folder / "panel_plain.v"]
    done = simulated("bench", sources, folder, tmp_path)
    assert ("PASS" in done.stdout) != crossed, done.stdout
    assert (done.returncode == 0) != crossed


def test_the_bitstream_is_built(folder: Path, tmp_path: Path) -> None:
    code = (
        "import runpy, sys; from pathlib import Path;"
        f"made = runpy.run_path({str(EXAMPLE)!r});"
        f"print(made['build'](Path({str(folder)!r}), Path({str(tmp_path)!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stdout.split()[-1] == str(tmp_path / "top.bin")
    # An iCE40UP5K's bitstream, from its preamble on.
    assert b"\x7e\xaa\x99\x7e" in (tmp_path / "top.bin").read_bytes()[:64]


@pytest.mark.parametrize("bits", [1, 2, 9])
def test_a_frame_of_the_sensor(bits: int) -> None:
    dut = ShiftSensor(bits, 4)
    held = [(5 * at * at + at) % 3 % 2 for at in range(bits)]
    seen: list[int] = []

    async def chain(ctx):
        at, before = 0, 0
        for _ in range(3 * (2 * bits + 1) * 4):
            if not ctx.get(dut.load_n):
                at = 0
            elif ctx.get(dut.shift) and not before:
                at += 1
            before = ctx.get(dut.shift)
            ctx.set(dut.data, held[at] if at < bits else 0)
            if ctx.get(dut.x_valid):
                seen.append(ctx.get(dut.x))
            await ctx.tick()

    m = Module()
    m.submodules.dut = dut
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(chain)
    simulator.run()
    assert len(seen) >= 2
    assert set(seen) == {sum(bit << at for at, bit in enumerate(held))}


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize(("bits", "divisor"), [(0, 4), (8, 3)])
def test_sensor_wrong(bits: int, divisor: int) -> None:
    with pytest.raises(ValueError, match="at least 1 bit and 4 cycles") as caught:
        ShiftSensor(bits, divisor)
    caught.value.__traceback__ = None
    del caught
    gc.collect()  # What was not made is told of here, and not in a later test.


def test_the_verilog_of_the_page_is_a_design(cancer: Path, tmp_path: Path) -> None:
    """docs/core.md's module around a core called tumour."""
    page = (ROOT / "docs" / "core.md").read_text()
    (block,) = re.findall(r"^```verilog\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    write_ip(cancer, tmp_path / "ip", "tumour", "cancer", measure=False)
    (tmp_path / "monitor.v").write_text(block)
    files = [tmp_path / "monitor.v", tmp_path / "ip" / "tumour_plain.v"]
    assert read_as_verilog("monitor", files) == ""
    # As the page says, the lowest bit of y is the class.
    value = read_json(tmp_path / "ip" / "ip.json")
    assert value["outputs"][0] == ["class", 1, "the class, unsigned: 0 malignant, 1 benign"]
