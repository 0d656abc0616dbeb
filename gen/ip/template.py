"""How the core is put into a design: an instance in Verilog, a component in Amaranth."""

from gen.ip.axis import beat_bits
from gen.ip.ports import Ports
from gen.map.header import comment, made_by
from gen.map.netlist import Netlist

__all__ = ["amaranth_template", "verilog_template"]


def verilog_template(mapped: Netlist, ports: Ports, name: str) -> str:
    """Instances of the core and of its wrapper, to be copied; not a module."""
    n_in, n_out = len(ports.x), ports.n_out
    wide_in, wide_out = beat_bits(n_in), beat_bits(n_out)
    words = [
        f"// wire {f'[{part.width - 1}:0] ' if part.width > 1 else ''}{name}_{at} ="
        f" {name}_{part.bits};  // {part.says}"
        for at, part in enumerate(ports.y)
    ]
    head = comment(
        f"Instances of {name} and of {name}_axis, to be copied into a design.", [], [made_by()]
    )
    return "\n".join(
        [
            head,
            f"wire [{n_in - 1}:0] {name}_x;",
            f"wire [{n_out - 1}:0] {name}_y;",
            f"wire {name}_x_valid, {name}_y_valid;",
            f"{name} {name}_i (",
            "  .clk(clk),                  // every register's",
            "  .rst(rst),                  // synchronous, 1: forget what x_valid announced",
            f"  .x({name}_x),",
            f"  .x_valid({name}_x_valid),   // x is a vector in this cycle",
            f"  .y({name}_y),",
            f"  .y_valid({name}_y_valid)    // x_valid, {mapped.latency} later",
            ");",
            *words,
            "",
            "// Or behind AXI4-Stream:",
            f"wire [{wide_in - 1}:0] {name}_in_tdata;",
            f"wire [{wide_out - 1}:0] {name}_out_tdata;",
            f"wire {name}_in_tvalid, {name}_in_tready, {name}_in_tlast;",
            f"wire {name}_out_tvalid, {name}_out_tready, {name}_out_tlast;",
            f"{name}_axis {name}_axis_i (",
            "  .aclk(clk), .aresetn(~rst),",
            f"  .s_axis_tdata({name}_in_tdata), .s_axis_tvalid({name}_in_tvalid),",
            f"  .s_axis_tready({name}_in_tready), .s_axis_tlast({name}_in_tlast),",
            f"  .m_axis_tdata({name}_out_tdata), .m_axis_tvalid({name}_out_tvalid),",
            f"  .m_axis_tready({name}_out_tready), .m_axis_tlast({name}_out_tlast)",
            ");",
            "",
        ]
    )


def amaranth_template(mapped: Netlist, ports: Ports, name: str) -> str:
    """A module of Python with the core's signature, and a component that is its Verilog."""
    words = "".join(
        f'    "{part.name}": ({part.first}, {part.width}),  # {part.says}\n' for part in ports.y
    )
    first = f"\nSTARTS = {ports.first}\n" + (
        '"""The bit of x that is 1 in the first step of a sequence."""\n'
    ) if ports.first is not None else ""  # fmt: skip
    return f'''"""The core {name} in Amaranth: its signature, and a component that is its Verilog.

`platform.add_file` puts {name}_ice40.v or {name}_plain.v, which hold the module, beside it.
{made_by()}
"""

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

LATENCY = {mapped.latency}
"""Cycles from x_valid to y_valid; a vector can come in every cycle."""

WORDS = {{
{words}}}
"""Where each word of y begins, and how many bits it has, lowest first."""
{first}
SIGNATURE = wiring.Signature(
    {{"x": Out({len(ports.x)}), "x_valid": Out(1), "y": In({ports.n_out}), "y_valid": In(1)}}
)
"""As the design sees it that sends vectors."""


class Core(wiring.Component):
    """The Verilog module `{name}` in the `sync` domain."""

    def __init__(self) -> None:
        super().__init__({{"core": In(SIGNATURE)}})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.verilog = Instance(
            "{name}",
            i_clk=ClockSignal(),
            i_rst=ResetSignal(allow_reset_less=True),
            i_x=self.core.x,
            i_x_valid=self.core.x_valid,
            o_y=self.core.y,
            o_y_valid=self.core.y_valid,
        )
        return m
'''
