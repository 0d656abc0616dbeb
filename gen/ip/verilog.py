"""A mapped netlist as one module of Verilog, under a name of one's choice.

What `gen.hdl` writes for our own boards is a module for each layer, through Yosys; this is one text
that a person can read, with no other module in it but cells. The two have the same ports, registers
and names of states, and are proved to be the same function (`gen.ip.prove`).
"""

from collections.abc import Sequence

from gen.ip.names import KEYWORDS
from gen.map.carries import placed
from gen.map.description import RESERVED, identifier, state_identifiers, unique
from gen.map.header import core_comment
from gen.map.netlist import FALSE, Cell, Netlist

__all__ = ["core_verilog", "expression"]


def core_verilog(mapped: Netlist, name: str, form: str, recipe: str) -> str:
    """The module `name` in a form: "ice40" (SB_LUT4, SB_CARRY), "plain" (no cells) or "lut6".

    The same netlist gives the same text.
    """
    count = f"{len(mapped.cells):,}"
    said = {
        "ice40": f"{count} SB_LUT4 and SB_CARRY of iCE40 (synth_ice40 keeps them), and flip-flops",
        "plain": f"{count} functions of up to {mapped.k} inputs, for any tool, and flip-flops",
        "lut6": f"{count} tables of up to 6 inputs, and flip-flops",
    }[form]
    more = [LUT6_SAID] if form == "lut6" else []
    text = _Text(mapped, name, form)
    head = core_comment(mapped, name, recipe, said, more)
    tables = lut6_module(name) if form == "lut6" else ""
    return f"{head}\n{text.module()}{tables}"


LUT6_SAID = (
    "With the macro SMELT_LUT6 defined each table is a LUT6 as AMD's libraries have it (pins I0 to"
    " I5 and O, parameter INIT); without it, plain Verilog that other tools map again."
)


def lut6_module(name: str) -> str:
    """The table of six inputs, as a module of the core's own."""
    pins = ", ".join(f"I{at}" for at in range(6))
    ports = ", ".join(f".I{at}(I{at})" for at in range(6))
    return (
        f"\nmodule {name}_lut6 #(parameter [63:0] INIT = 64'h0) (\n"
        f"  input wire {pins},\n  output wire O\n);\n"
        f"`ifdef SMELT_LUT6\n  LUT6 #(.INIT(INIT)) lut ({ports}, .O(O));\n"
        "`else\n  assign O = INIT[{I5, I4, I3, I2, I1, I0}];\n`endif\nendmodule\n"
    )


class _Text:
    """The lines of a module, with the names that its signals have at each stage."""

    def __init__(self, mapped: Netlist, name: str, form: str) -> None:
        self.mapped, self.name, self.form = mapped, name, form
        self.n_in = mapped.n_inputs - len(mapped.registers)
        self.n_out = len(mapped.outputs) - len(mapped.registers)
        self.states = state_identifiers(mapped)
        self.used = {*RESERVED, *KEYWORDS, *self.states, name}
        self.wires: list[str] = []
        self.held: list[str] = []
        self.logic: list[str] = []
        self.clocked: list[str] = []
        # Per signal: the stage it is made in, and its name there and at each later stage.
        self.made = [(0, [f"x[{at}]"]) for at in range(self.n_in)]
        self.made += [(0, [state]) for state in self.states]

    def module(self) -> str:
        """The module's text."""
        cells = placed(self.mapped) if self.form == "ice40" else self.mapped.cells
        for index, cell in enumerate(cells):
            self._cell(index, cell)
        answers = self.mapped.outputs[: self.n_out]
        ends = [self._at(source, self.mapped.latency) for _, source in answers]
        after = [self._at(source, 0) for _, source in self.mapped.outputs[self.n_out :]]
        return "\n".join(
            [
                *self._head(),
                *(f"  wire {wire};" for wire in self.wires),
                # A simulator's unknown would stay in a table for ever; any state will do.
                *(f"  reg {state} = 1'b0;" for state in self.states),
                *(f"  reg {held};" for held in self.held),
                "",
                *self.logic,
                "",
                *self._registers(after),
                *(f"  assign y[{at}] = {end};" for at, end in enumerate(ends)),
                f"  assign y_valid = valid[{self.mapped.latency - 1}];",
                "endmodule",
                "",
            ]
        )

    def _head(self) -> list[str]:
        return [
            f"module {self.name} (",
            "  input  wire clk,",
            "  input  wire rst,",
            f"  input  wire [{self.n_in - 1}:0] x,",
            "  input  wire x_valid,",
            f"  output wire [{self.n_out - 1}:0] y,",
            "  output wire y_valid",
            ");",
            f"  reg [{self.mapped.latency - 1}:0] valid = {self.mapped.latency}'b0;",
        ]

    def _registers(self, after: Sequence[str]) -> list[str]:
        latency = self.mapped.latency
        shifted = f"{{valid[{latency - 2}:0], x_valid}}" if latency > 1 else "x_valid"
        lines = [
            "  always @(posedge clk) begin",
            f"    valid <= rst ? {latency}'b0 : {shifted};",
            *(f"    {line}" for line in self.clocked),
        ]
        if self.states:
            steps = [f"      {q} <= {d};" for q, d in zip(self.states, after, strict=True)]
            lines += ["    if (x_valid) begin", *steps, "    end"]
        return [*lines, "  end"]

    def _cell(self, index: int, cell: Cell) -> None:
        sources = [self._at(source, cell.stage) for source in cell.fan_in]
        name = unique(self.used, identifier(cell.name) if cell.name else f"n{index}")
        self.wires.append(name)
        self.logic.append(f"  {self._written(index, cell, sources, name)}")
        self.made.append((cell.stage, [name]))

    def _written(self, index: int, cell: Cell, sources: Sequence[str], name: str) -> str:
        if self.form == "plain":
            return f"assign {name} = {bare(expression(cell.table, sources))};"
        if self.form == "ice40" and len(sources) == 3:
            one, other, before = sources
            label = unique(self.used, f"carry{index}")
            return f"SB_CARRY {label} (.I0({one}), .I1({other}), .CI({before}), .CO({name}));"
        size = {"ice40": 4, "lut6": 6}[self.form]
        bits, table = 1 << size, cell.table
        for filled in range(len(sources), size):
            table |= table << (1 << filled)
        pins = [*sources, *["1'b0"] * size][:size]
        ports = ", ".join(f".I{at}({pin})" for at, pin in enumerate(pins))
        label = unique(self.used, f"lut{index}")
        kind, key = ("SB_LUT4", "LUT_INIT") if size == 4 else (f"{self.name}_lut6", "INIT")
        init = f"{bits}'h{table:0{bits // 4}x}"
        return f"{kind} #(.{key}({init})) {label} ({ports}, .O({name}));"

    def _at(self, source: int, stage: int) -> str:
        """A signal's name as it is seen in `stage`, through as many registers as that takes."""
        if source < 0:
            return "1'b0" if source == FALSE else "1'b1"
        made, names = self.made[source]
        while len(names) <= stage - made:
            bare_name = f"x{source}" if source < self.n_in else names[0]
            later = unique(self.used, f"{bare_name}_s{made + len(names)}")
            self.held.append(later)
            self.clocked.append(f"{later} <= {names[-1]};")
            names.append(later)
        return names[stage - made]


def bare(text: str) -> str:
    """An expression without brackets around all of it."""
    if not text.startswith("("):
        return text
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return text[1:-1] if at == len(text) - 1 else text
    return text


def expression(table: int, inputs: Sequence[str]) -> str:
    """The function with this truth table, in Verilog, as and, or, exclusive or, and choice.

    Table bit `sum(inputs[k] << k)` is the value (Shannon's expansion from the last input down).
    """
    if not inputs:
        return f"1'b{table & 1}"
    half = 1 << (len(inputs) - 1)
    ones = (1 << half) - 1
    low, high = table & ones, table >> half & ones
    *rest, last = inputs
    if low == high:
        return expression(low, rest)
    if (low, high) in ((0, ones), (ones, 0)):
        return last if high else f"~{last}"
    if low == high ^ ones:
        return f"({last} ^ {expression(low, rest)})"
    if low == 0 or high == 0:
        kept, sign = (high, "") if low == 0 else (low, "~")
        return f"({sign}{last} & {expression(kept, rest)})"
    if low == ones or high == ones:
        kept, sign = (high, "~") if low == ones else (low, "")
        return f"({sign}{last} | {expression(kept, rest)})"
    return f"({last} ? {expression(high, rest)} : {expression(low, rest)})"
