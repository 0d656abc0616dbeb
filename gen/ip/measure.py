"""What a core takes of an FPGA, measured: area alone, and Fmax between registers.

Area on iCE40 is what `nextpnr-ice40 --pack-only` makes of the core alone; on other families what
Yosys's synthesis leaves, not placed. Fmax is nextpnr's for the core with a shift register for its
inputs and its outputs folded into one pin through registers, so that every path beside the core's
is one LUT long: one placement, seed 1. Where a program is not installed nothing is measured, and
that is said.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.files import read_json, write_text
from gen.tools import NEXTPNR_ECP5, NEXTPNR_ICE40, YOSYS
from gen.tools.tool import Tool, ToolFailed

__all__ = ["Measured", "measure_core", "packed_cells", "shell"]

SEED, MHZ = 1, "1"
"""nextpnr's result hardly depends on the clock that it is asked for."""
SECONDS = 900


@dataclass(frozen=True)
class Measured:
    """A line of the table: which device, what it takes in words, how fast, and how that was had."""

    device: str
    area: str
    fmax: str
    how: str


@dataclass(frozen=True)
class _Family:
    """How the core is synthesized, and which of Yosys's cells are told, by the start of names."""

    title: str
    form: str
    synthesis: str
    cells: tuple[tuple[str, tuple[str, ...]], ...]


ICE40 = _Family(
    "iCE40", "ice40", "synth_ice40", (("SB_LUT4", ("SB_LUT4",)), ("flip-flops", ("SB_DFF",)))
)
OTHERS = (
    _Family(
        "ECP5",
        "plain",
        "synth_ecp5 -noccu2",
        (("LUT4", ("LUT4",)), ("flip-flops", ("TRELLIS_FF",))),
    ),
    _Family(
        "Gowin",
        "plain",
        "synth_gowin -noiopads",
        (("LUT", ("LUT",)), ("wide multiplexers", ("MUX2",)), ("flip-flops", ("DFF",))),
    ),
    _Family(
        "AMD 7 series",
        "plain",
        "synth_xilinx -noiopad -noclkbuf",
        (("LUT", ("LUT",)), ("wide multiplexers", ("MUXF",)), ("flip-flops", ("FD",))),
    ),
)


@dataclass(frozen=True)
class _Device:
    """A device that a core is placed on."""

    title: str
    tool: Tool
    options: tuple[str, ...]
    form: str
    synthesis: str


DEVICES = (
    _Device(
        "iCE40UP5K",
        NEXTPNR_ICE40,
        ("--up5k", "--package", "sg48", "--pcf-allow-unconstrained"),
        "ice40",
        "synth_ice40",
    ),
    _Device(
        "iCE40HX8K",
        NEXTPNR_ICE40,
        ("--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"),
        "ice40",
        "synth_ice40",
    ),
    _Device(
        "ECP5 25F",
        NEXTPNR_ECP5,
        ("--25k", "--package", "CABGA381", "--lpf-allow-unconstrained"),
        "plain",
        "synth_ecp5 -noccu2",
    ),
)


def measure_core(texts: dict[str, str], name: str, n_in: int, n_out: int) -> list[Measured]:
    """Measure a core whose Verilog is given by form. Raises ToolFailed where synthesis fails."""
    with tempfile.TemporaryDirectory(prefix="smelt-ip-") as folder:
        work = Path(folder)
        found = [_packed(work, texts[ICE40.form], name)]
        found += [_synthesized(work, family, texts[family.form], name) for family in OTHERS]
        for device in DEVICES:
            text = f"{texts[device.form]}\n{shell(name, n_in, n_out)}"
            found.append(_placed(work, device, text, f"{name}_tb"))
    return found


def shell(name: str, n_in: int, n_out: int) -> str:
    """Verilog of module `<name>_tb` around the core: one bit in, one bit out, all registered."""
    lines = [
        f"module {name}_tb(input clk, input in, input go, output out);",
        f"  reg [{n_in - 1}:0] x; reg go_in;",
        "  always @(posedge clk) begin x <= {x, in}; go_in <= go; end",
        f"  wire [{n_out - 1}:0] y; wire y_valid;",
        f"  {name} core(.clk(clk), .rst(1'b0), .x(x), .x_valid(go_in), .y(y), .y_valid(y_valid));",
    ]
    bits = [*(f"y[{at}]" for at in range(n_out)), "y_valid"]
    made = 0
    while len(bits) > 1 or not made:
        parts = [bits[at : at + 4] for at in range(0, len(bits), 4)]
        bits = [f"f{made + at}" for at in range(len(parts))]
        for bit, part in zip(bits, parts, strict=True):
            lines.append(f"  reg {bit}; always @(posedge clk) {bit} <= {' ^ '.join(part)};")
        made += len(parts)
    return "\n".join([*lines, f"  assign out = {bits[0]};", "endmodule", ""])


def _synthesis(work: Path, text: str, top: str, synthesis: str) -> dict[str, int]:
    """Cells by type; leaves top.json."""
    write_text(work / "top.v", text)
    (work / "stat.json").unlink(missing_ok=True)
    script = (
        f"read_verilog top.v; {synthesis} -top {top} -json top.json; tee -q -o stat.json stat -json"
    )
    YOSYS.run(["-q", "-p", script], work, work / "yosys.log", SECONDS)
    cells = read_json(work / "stat.json")["design"]["num_cells_by_type"]
    return {str(kind): int(count) for kind, count in cells.items()}


def _told(cells: dict[str, int], family: _Family) -> str:
    counts = [
        (sum(n for kind, n in cells.items() if kind.startswith(starts)), title)
        for title, starts in family.cells
    ]
    return ", ".join(f"{count:,} {title}" for count, title in counts if count) or "no cells"


def packed_cells(text: str, name: str, work: Path) -> int:
    """Logic cells that module `name` of a Verilog text takes alone on iCE40, packed; files go to
    `work`. Raises ToolFailed, ToolNotFound, FileDamaged."""
    return _packed_and_cells(work, text, name)[0]


def _packed_and_cells(work: Path, text: str, name: str) -> tuple[int, dict[str, int]]:
    cells = _synthesis(work, text, name, ICE40.synthesis)
    report = _nextpnr(work, NEXTPNR_ICE40, ["--up5k", "--pcf-allow-unconstrained", "--pack-only"])
    return int(report["utilization"]["ICESTORM_LC"]["used"]), cells


def _packed(work: Path, text: str, name: str) -> Measured:
    used, cells = _packed_and_cells(work, text, name)
    area = f"{used:,} logic cells ({_told(cells, ICE40)})"
    return Measured("iCE40", area, "", "the core alone, packed by nextpnr-ice40")


def _synthesized(work: Path, family: _Family, text: str, name: str) -> Measured:
    cells = _synthesis(work, text, name, family.synthesis)
    command = family.synthesis.split()[0]
    return Measured(family.title, _told(cells, family), "", f"the core alone, after {command}")


def _placed(work: Path, device: _Device, text: str, top: str) -> Measured:
    if not device.tool.present():
        why = f"not measured: {device.tool.names[0]} is not installed"
        return Measured(device.title, "", "", why)
    _synthesis(work, text, top, device.synthesis)
    try:
        args = [*device.options, "--seed", str(SEED), "--freq", MHZ]
        (clock,) = _nextpnr(work, device.tool, args)["fmax"].values()
    except ToolFailed as error:
        return Measured(device.title, "", "", f"not measured: {_why(str(error))}")
    fmax = f"{float(clock['achieved']):.1f} MHz"
    return Measured(device.title, "", fmax, f"between registers, one placement (seed {SEED})")


def _why(error: str) -> str:
    """What nextpnr said, without where its log was."""
    said = error.partition("; log:")[0].split(" | ")[-1]
    return said.removeprefix("ERROR: ") or "nextpnr failed"


def _nextpnr(work: Path, tool: Tool, args: list[str]) -> dict[str, Any]:
    (work / "report.json").unlink(missing_ok=True)
    more = ["--json", "top.json", "--report", "report.json", "--quiet"]
    tool.run([*args, *more], work, work / "nextpnr.log", SECONDS)
    return read_json(work / "report.json")
