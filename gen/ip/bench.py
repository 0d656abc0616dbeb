"""Benches that check themselves, in Verilog: of the core, and of its wrapper under random stalls.

They read the vectors that PyTorch answered, print one line that begins with PASS or FAIL, and end
with a status that is not 0 where anything differs. Written for Icarus Verilog (`-g2012`) and
Verilator (`--binary --timing`).
"""

from gen.ip.axis import beat_bits, filled
from gen.map.header import comment
from gen.map.netlist import Netlist

__all__ = ["CYCLES", "axis_bench", "core_bench"]

CYCLES = 100_000
"""Cycles of random stalls."""


def core_bench(mapped: Netlist, name: str, vectors: int) -> str:
    """The module `<name>_tb`: vectors with random gaps between, every answer at its cycle."""
    top, sources = f"{name}_tb", f"{name}_tb.v {name}_plain.v"
    says = (
        f"Module {top}: every answer of {name} against what PyTorch answers, at the cycle at"
        " which it must come. It passes or fails by itself."
    )
    verilator = (
        f"$ verilator --binary --timing --top-module {top} {sources} && ./obj_dir/V{name}_tb"
    )
    head = comment(says, [], [_icarus(top, sources), verilator])
    return f"{head}\n{filled(START + CORE, _values(mapped, name, top, vectors))}"


def axis_bench(mapped: Netlist, name: str, vectors: int) -> str:
    """The module `<name>_axis_tb`: random stalls on both sides, and nothing may be lost."""
    top = f"{name}_axis_tb"
    says = (
        f"Module {top}: {CYCLES:,} cycles in which both sides of {name}_axis stall as they"
        " like. Every beat that was taken must come out, in order, once, with its answer and its"
        " tlast; an answer must be offered at once, and stay until it is taken."
    )
    head = comment(says, [], [_icarus(top, f"{top}.v {name}_axis.v {name}_plain.v")])
    return f"{head}\n{filled(START + AXIS, _values(mapped, name, top, vectors))}"


def _icarus(top: str, sources: str) -> str:
    return f"$ iverilog -g2012 -s {top} -o tb {sources} && vvp -n tb"


def _values(mapped: Netlist, name: str, top: str, vectors: int) -> dict[str, object]:
    n_in = mapped.n_inputs - len(mapped.registers)
    n_out = len(mapped.outputs) - len(mapped.registers)
    wide_in = beat_bits(n_in)
    spare = f"random[{wide_in - n_in - 1}:0], " if wide_in > n_in else ""
    beat = f"{spare}x_of[sent % VECTORS]"
    wide_out = beat_bits(n_out)
    answer = "y_of[got]" if wide_out == n_out else f"{{{wide_out - n_out}'b0, y_of[got]}}"
    return {
        "NAME": name, "TOP": top, "X": n_in - 1, "Y": n_out - 1, "IN": wide_in - 1,
        "OUT": wide_out - 1, "N": vectors, "LATENCY": mapped.latency, "CYCLES": CYCLES,
        "BEAT": beat, "ANSWER": answer,
    }  # fmt: skip


START = """\
`timescale 1ns / 1ps

module @TOP@;
  localparam VECTORS = @N@, LATENCY = @LATENCY@, CYCLES = @CYCLES@;
  reg [@X@:0] x_of [0:VECTORS - 1];
  reg [@Y@:0] y_of [0:VECTORS - 1];
  initial begin
    $readmemh("@NAME@_x.hex", x_of);
    $readmemh("@NAME@_y.hex", y_of);
  end

  reg clk = 0;
  always #5 clk = ~clk;

  // A shift register with feedback (x^32 + x^22 + x^2 + x + 1): the same in every simulator.
  reg [31:0] random = 32'h1ee7c0de;
  always @(posedge clk)
    random <= {random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]};

"""

CORE = """\
  reg rst = 1, x_valid = 0;
  reg [@X@:0] x = 0;
  wire [@Y@:0] y;
  wire y_valid;
  @NAME@ dut (.clk(clk), .rst(rst), .x(x), .x_valid(x_valid), .y(y), .y_valid(y_valid));

  integer cycle = 0, sent = 0, got = 0, wrong = 0;
  reg [LATENCY:0] due = 0;

  always @(negedge clk) begin
    cycle <= cycle + 1;
    rst <= cycle < 4;
    // What was announced LATENCY cycles ago is due now.
    if (cycle > 4 && y_valid !== due[LATENCY - 1]) begin
      wrong = wrong + 1;
      if (wrong < 10) $display("FAIL cycle %0d: y_valid is %b", cycle, y_valid);
    end
    if (cycle > 4 && due[LATENCY - 1]) begin
      if (y !== y_of[got]) begin
        wrong = wrong + 1;
        if (wrong < 10)
          $display("FAIL vector %0d: y is %h, and should be %h", got, y, y_of[got]);
      end
      got = got + 1;
    end
    // Between vectors x is anything.
    x_valid <= 0;
    x <= ~x;
    if (cycle > 4 && sent < VECTORS && (random[2:0] != 0 || sent < VECTORS / 2)) begin
      x_valid <= 1;
      x <= x_of[sent];
      sent = sent + 1;
      due <= {due[LATENCY - 1:0], 1'b1};
    end else due <= {due[LATENCY - 1:0], 1'b0};
    if (got == VECTORS || wrong >= 10 || cycle > 4 * VECTORS + 100) begin
      if (wrong == 0 && got == VECTORS) begin
        $display("PASS @NAME@: %0d answers, each %0d cycles after its vector", got, LATENCY);
        $finish;
      end else begin
        $display("FAIL @NAME@: %0d of %0d answers came, %0d faults", got, VECTORS, wrong);
        $fatal(1);
      end
    end
  end
endmodule
"""

AXIS = """\
  reg aresetn = 0;
  reg [@IN@:0] s_tdata = 0;
  reg s_tvalid = 0, s_tlast = 0, m_tready = 0;
  wire s_tready, m_tvalid, m_tlast;
  wire [@OUT@:0] m_tdata;
  @NAME@_axis dut (
    .aclk(clk), .aresetn(aresetn),
    .s_axis_tdata(s_tdata), .s_axis_tvalid(s_tvalid), .s_axis_tready(s_tready),
    .s_axis_tlast(s_tlast),
    .m_axis_tdata(m_tdata), .m_axis_tvalid(m_tvalid), .m_axis_tready(m_tready),
    .m_axis_tlast(m_tlast)
  );

  integer cycle = 0, sent = 0, got = 0, taken = 0, given = 0, idle = 0, wrong = 0;
  // tlast of the beats that were taken and not yet given; far more places than the wrapper has.
  reg [1023:0] lasts = 0;
  reg offered = 0;
  reg [@OUT@:0] kept = 0;

  // A beat moves at the edge at which both sides are ready.
  always @(posedge clk) if (aresetn) begin
    if (s_tvalid && s_tready) begin
      lasts[taken % 1024] = s_tlast;
      taken = taken + 1;
    end
    if (m_tvalid && m_tready) begin
      if (m_tdata !== @ANSWER@ || m_tlast !== lasts[given % 1024] || given >= taken) begin
        wrong = wrong + 1;
        if (wrong < 10)
          $display("FAIL beat %0d: %h, and should be %h (tlast %b)", given, m_tdata, y_of[got],
                   m_tlast);
      end
      given = given + 1;
      got = (got + 1) % VECTORS;
    end
    if (offered && !(m_tvalid && m_tdata === kept)) begin
      wrong = wrong + 1;
      if (wrong < 10) $display("FAIL cycle %0d: an offer was taken back", cycle);
    end
    offered = m_tvalid && !m_tready;
    kept = m_tdata;
    // No offer may wait for tready: LATENCY + 1 edges see none while the core works.
    idle = given < taken && !m_tvalid ? idle + 1 : 0;
    if (idle == LATENCY + 2) begin
      wrong = wrong + 1;
      if (wrong < 10) $display("FAIL cycle %0d: an answer is kept back", cycle);
    end
  end

  // Both sides change between edges. Eight ways to stall take turns, 512 cycles each.
  wire stop = cycle >= CYCLES;
  wire send = cycle[9] ? random[4:3] == 0 : random[4:3] != 0;
  wire hear = cycle[10] ? random[9:7] == 0 : random[9:7] != 0;
  always @(negedge clk) begin
    cycle <= cycle + 1;
    aresetn <= cycle >= 4;
    if (!s_tvalid || taken == sent) begin
      s_tvalid <= 0;
      if (!stop && cycle > 4 && (cycle[11] || send)) begin
        s_tvalid <= 1;
        s_tdata <= {@BEAT@};
        s_tlast <= random[12];
        sent <= sent + 1;
      end
    end
    m_tready <= stop || hear;
    if (wrong >= 10 || cycle > CYCLES + 200) begin
      if (wrong == 0 && given == taken && taken > 0) begin
        $display("PASS @NAME@_axis: %0d beats in %0d cycles, none lost", given, CYCLES);
        $finish;
      end else begin
        $display("FAIL @NAME@_axis: %0d beats were taken, %0d given, %0d faults", taken, given,
                 wrong);
        $fatal(1);
      end
    end
  end
endmodule
"""
