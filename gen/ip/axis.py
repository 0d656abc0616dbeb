"""The core behind AXI4-Stream: a beat carries a vector in, a beat carries its answer out.

Arm IHI 0051A, "AMBA 4 AXI4-Stream Protocol Specification". The core cannot be stopped, so the
wrapper takes no more beats than it has places for answers: `outstanding` counts those taken and not
yet given, in the core or in the store behind it. Nothing of it lies on a path of `tready` through
the wrapper: `s_axis_tready` comes from registers.
"""

from collections.abc import Mapping

from gen.map.header import comment, made_by
from gen.map.netlist import Netlist

__all__ = ["axis_verilog", "beat_bits", "filled", "places"]


def places(latency: int) -> int:
    """Places for answers: with so many an answer leaves in every cycle, where nobody waits."""
    return latency + 2


def beat_bits(bits: int) -> int:
    """The width of tdata that carries so many bits: whole bytes."""
    return -(-bits // 8) * 8


def axis_verilog(mapped: Netlist, name: str, recipe: str) -> str:
    """The module `<name>_axis` around the module `name`."""
    n_in = mapped.n_inputs - len(mapped.registers)
    n_out = len(mapped.outputs) - len(mapped.registers)
    wide_in, wide_out = beat_bits(n_in), beat_bits(n_out)
    depth = places(mapped.latency)
    head = comment(
        f"Module {name}_axis: {name}, the network {recipe!r}, behind AXI4-Stream.",
        _ports(mapped, n_in, n_out),
        [
            f"An answer can leave {mapped.latency + 1} cycles after its beat came, one in every"
            f" cycle. {depth} answers have a place here, and no more beats are taken than that:"
            " none is lost, whoever waits for how long.",
            f"Made by {made_by()}; make it again instead of changing it.",
        ],
    )
    pad = f"{{{wide_out - n_out}'b0, given[{n_out - 1}:0]}}" if wide_out > n_out else None
    values = {
        "NAME": name,
        "IN": wide_in - 1,
        "OUT": wide_out - 1,
        "X": n_in - 1,
        "Y": n_out - 1,
        "N": n_out,
        "DEPTH": depth,
        "TOP": depth - 1,
        "LATENCY": mapped.latency,
        "P": (depth - 1).bit_length() - 1,
        "C": depth.bit_length() - 1,
        "DATA": pad or f"given[{n_out - 1}:0]",
        "SHIFT": f"{{last[{mapped.latency - 2}:0], take & s_axis_tlast}}"
        if mapped.latency > 1
        else "take & s_axis_tlast",
        "L": mapped.latency - 1,
    }
    return f"{head}\n{filled(TEXT, values)}"


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text with each @KEY@ as the values have it."""
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def _ports(mapped: Netlist, n_in: int, n_out: int) -> list[tuple[str, str]]:
    wide_in, wide_out = beat_bits(n_in), beat_bits(n_out)
    spare = f"; the {wide_in - n_in} bits above are not looked at" if wide_in > n_in else ""
    zero = f"; the {wide_out - n_out} bits above are 0" if wide_out > n_out else ""
    first = (
        f" tdata[{n_in - 1}] is 1 in the first beat of a sequence, whatever tlast was."
        if mapped.registers
        else ""
    )
    return [
        ("aclk", "all registers follow its rising edge"),
        ("aresetn", "0 at an edge: forgets all beats that were taken, and takes none"),
        ("s_axis", f"a vector: tdata[i] is x[i]{spare}.{first}"),
        ("m_axis", f"its answer: tdata[i] is y[i]{zero}; in the order in which beats came"),
        ("tlast", "of a beat comes out with its answer, and means nothing here"),
    ]


TEXT = """\
module @NAME@_axis (
  input  wire aclk,
  input  wire aresetn,
  input  wire [@IN@:0] s_axis_tdata,
  input  wire s_axis_tvalid,
  output wire s_axis_tready,
  input  wire s_axis_tlast,
  output wire [@OUT@:0] m_axis_tdata,
  output wire m_axis_tvalid,
  input  wire m_axis_tready,
  output wire m_axis_tlast
);
  // Answers that came out of the core and were not given yet: `count` of them, the next at `head`.
  reg [@N@:0] store [0:@TOP@];
  reg [@P@:0] head = 0, tail = 0;
  reg [@C@:0] count = 0, outstanding = 0;
  // tlast of the beats in the core.
  reg [@L@:0] last = 0;

  wire [@Y@:0] y;
  wire y_valid;
  wire take = s_axis_tvalid & s_axis_tready;
  wire give = m_axis_tvalid & m_axis_tready;
  wire [@N@:0] given = store[head];

  assign s_axis_tready = aresetn & (outstanding != @DEPTH@);
  assign m_axis_tvalid = count != 0;
  assign m_axis_tdata = @DATA@;
  assign m_axis_tlast = given[@N@];

  @NAME@ core (
    .clk(aclk), .rst(~aresetn), .x(s_axis_tdata[@X@:0]), .x_valid(take), .y(y), .y_valid(y_valid)
  );

  always @(posedge aclk) begin
    last <= @SHIFT@;
    if (y_valid) store[tail] <= {last[@L@], y};
    if (!aresetn) begin
      head <= 0;
      tail <= 0;
      count <= 0;
      outstanding <= 0;
    end else begin
      if (y_valid) tail <= (tail == @TOP@) ? 0 : tail + 1'b1;
      if (give) head <= (head == @TOP@) ? 0 : head + 1'b1;
      if (y_valid & !give) count <= count + 1'b1;
      if (!y_valid & give) count <= count - 1'b1;
      if (take & !give) outstanding <= outstanding + 1'b1;
      if (!take & give) outstanding <= outstanding - 1'b1;
    end
  end
endmodule
"""
