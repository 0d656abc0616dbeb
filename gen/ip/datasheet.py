"""The data sheet of a core: ports bit by bit, timing, what it takes, and what was proved of it."""

from collections.abc import Sequence

from gen.ip.axis import beat_bits, places
from gen.ip.bench import CYCLES
from gen.ip.measure import Measured
from gen.ip.paper import Block, Code, Heading, Picture, Table, Text
from gen.ip.ports import Ports
from gen.map.header import made_by
from gen.map.netlist import Netlist
from gen.proof.chain import Check

__all__ = ["datasheet"]


def datasheet(
    mapped: Netlist,
    ports: Ports,
    name: str,
    recipe: str,
    files: Sequence[str],
    checks: Sequence[Check],
    measured: Sequence[Measured],
    svg: str,
    care: str,
) -> list[Block]:
    """The page's blocks. `care` is the kind of inputs on which alone the logic is proved to be the
    network's, "thermometer"; "" where that is so on all."""
    used = sum(bit.read for bit in ports.x)
    blocks: list[Block] = [
        Heading(f"{name}: the network {recipe} as a part", 1),
        Text(
            f"A neural network as logic: {len(mapped.cells):,} LUT{mapped.k}, no memories, no"
            f" multipliers. {len(ports.x)} input bits, of which {used} are read by anything;"
            f" {ports.n_out} output bits; one clock."
        ),
        *_timing(mapped, ports, svg, care),
        *_ports(mapped, ports),
        *_stream(mapped, ports, name),
        *_size(measured),
        *_proofs(checks, care),
        *_use(name, files),
    ]
    return [*blocks, Text(f"Made by {made_by()}.")]


def _timing(mapped: Netlist, ports: Ports, svg: str, care: str) -> list[Block]:
    latency = mapped.latency
    rows = [
        ("latency", f"{latency} cycle{'s' if latency > 1 else ''} from `x_valid` to `y_valid`"),
        ("initiation interval", "1 cycle: a vector can come in every cycle"),
        ("clock", "`clk`, rising edge; no other clock"),
        (
            "reset",
            "`rst`, synchronous, active high: what `x_valid` announced is forgotten, so `y_valid`"
            " is 0 until a new vector's answer. No other register is reset, and none needs to be;"
            " after power-up `y_valid` is 0 without a reset, where registers begin at their"
            " initial values",
        ),
        ("`x_valid`", "1: `x` is a vector in this cycle. 0: `x` is not looked at"),
        ("`y_valid`", "1: `y` is the answer to that vector. 0: `y` is anything"),
    ]
    if ports.first is not None:
        rows.append(
            (
                "states",
                f"{len(mapped.registers)} registers hold what was seen; they take a step in each"
                f" cycle in which `x_valid` is 1. `x[{ports.first}]` is 1 in the first step of a"
                " sequence, whatever the states were before; `rst` does not touch them",
            )
        )
    if care:
        rows.append(
            (
                "inputs",
                f"only codes that the encoder can give: proved on valid inputs only ({care}). The"
                " logic uses that others do not occur, and what it answers to them is not stated",
            )
        )
    return [
        Heading("Timing"),
        Picture(svg, "timing.svg", "timing of x, x_valid, y and y_valid"),
        Table(("what", "how"), tuple(rows)),
    ]


def _ports(mapped: Netlist, ports: Ports) -> list[Block]:
    single = [
        ("`clk`", "in", "1", "clock"),
        ("`rst`", "in", "1", "reset, see above"),
        ("`x`", "in", str(len(ports.x)), "a vector, see below"),
        ("`x_valid`", "in", "1", "`x` is a vector"),
        ("`y`", "out", str(ports.n_out), "the answer, see below"),
        ("`y_valid`", "out", "1", "`y` is an answer"),
    ]
    words = [(f"`{part.bits}`", part.name, str(part.width), part.says) for part in ports.y]
    bits = [
        (f"`x[{at}]`", bit.name, bit.says, "yes" if bit.read else "no: tie it to 0")
        for at, bit in enumerate(ports.x)
    ]
    integers: list[Block] = []
    if ports.sensors:
        rows = tuple((f"`{where}`", name, says) for where, name, says in ports.sensors)
        integers = [Heading("Integers in x"), Table(("bits", "integer", "what it can be"), rows)]
    return [
        Heading("Ports"),
        Table(("port", "direction", "bits", "what"), tuple(single)),
        Heading("Bits of y"),
        Text("Lowest bit first: the word's bit 0 is the lowest of its range."),
        Table(("bits", "word", "width", "what it says"), tuple(words)),
        *integers,
        Heading("Bits of x"),
        Table(("bit", "in the logic", "1 means", "read"), tuple(bits)),
    ]


def _stream(mapped: Netlist, ports: Ports, name: str) -> list[Block]:
    wide_in, wide_out = beat_bits(len(ports.x)), beat_bits(ports.n_out)
    first = (
        f" `s_axis_tdata[{ports.first}]` is 1 in the first beat of a sequence."
        if ports.first is not None
        else ""
    )
    rows = [
        ("`aclk`", "in", "1", "clock"),
        ("`aresetn`", "in", "1", "reset, synchronous, active low: all beats are forgotten"),
        ("`s_axis_tdata`", "in", str(wide_in),
         f"bit i is `x[i]`; {_spare(wide_in - len(ports.x), 'are not looked at')}"),
        ("`s_axis_tvalid`, `s_axis_tready`", "in, out", "1", "a beat moves where both are 1"),
        ("`s_axis_tlast`", "in", "1", "comes out with the beat's answer, and means nothing here"),
        ("`m_axis_tdata`", "out", str(wide_out),
         f"bit i is `y[i]`; {_spare(wide_out - ports.n_out, 'are 0')}"),
        ("`m_axis_tvalid`, `m_axis_tready`", "out, in", "1", "an answer moves where both are 1"),
        ("`m_axis_tlast`", "out", "1", "of the beat that is answered"),
    ]  # fmt: skip
    return [
        Heading("AXI4-Stream"),
        Text(
            f"`{name}_axis` has the core in it. A vector is one beat, its answer is one beat, in"
            f" the same order, {mapped.latency + 1} cycles later at the earliest, one in every"
            f" cycle at the most. {places(mapped.latency)} answers have a place in it; where they"
            f" are full, `s_axis_tready` is 0 until one is taken, and nothing is lost.{first}"
        ),
        Table(("port", "direction", "bits", "what"), tuple(rows)),
    ]


def _spare(bits: int, how: str) -> str:
    return f"the {bits} above, up to whole bytes, {how}" if bits else "whole bytes, no padding"


def _size(measured: Sequence[Measured]) -> list[Block]:
    if not measured:
        return [Heading("Area and Fmax"), Text("Not measured: `--no-measure` was given.")]
    rows = tuple((one.device, one.area or "-", one.fmax or "-", one.how) for one in measured)
    return [
        Heading("Area and Fmax"),
        Text(
            "Measured, not promised: a design around the core, another seed and other versions of"
            " the tools give other figures. The wrapper is not in them. Cells of different"
            " families are not the same measure."
        ),
        Table(("device", "area", "Fmax", "how"), rows),
    ]


def _proofs(checks: Sequence[Check], care: str) -> list[Block]:
    rows = tuple((check.what, check.verdict, check.method) for check in checks)
    where = f" Proved on valid inputs only ({care}): see Timing." if care else ""
    return [
        Heading("What was proved"),
        Text(
            "The files in this folder, read back, against the network's logic graph; `make verify`"
            f" proves that graph equal to the network itself.{where}"
        ),
        Table(("what", "verdict", "how"), rows),
    ]


def _use(name: str, files: Sequence[str]) -> list[Block]:
    forms = [file for file in files if file.endswith(".v") and "_tb" not in file]
    said = {
        f"{name}_ice40.v": "the core in SB_LUT4 and SB_CARRY, for iCE40",
        f"{name}_plain.v": "the core in plain Verilog, for any tool",
        f"{name}_lut6.v": "the core in tables of 6 inputs; with SMELT_LUT6 defined, AMD's LUT6",
        f"{name}_axis.v": "the wrapper for AXI4-Stream, around any of these",
        f"{name}_template.v": "instances to copy",
    }
    rows = [(f"`{file}`", said[file]) for file in forms]
    rows += [
        (f"`{name}_template.py`", "signature and component in Amaranth"),
        (f"`{name}_tb.v`", "bench of the core, checks itself"),
        (f"`{name}_axis_tb.v`", f"bench of the wrapper: {CYCLES:,} cycles of random stalls"),
        (f"`{name}_x.hex`, `{name}_y.hex`", "vectors, and what PyTorch answers to them"),
        (f"`{name}.core`", "FuseSoC's description"),
    ]
    return [
        Heading("Files"),
        Text("Take one of the core's forms; all have the same module, ports and timing."),
        Table(("file", "what"), tuple(rows)),
        Heading("Benches"),
        Code(
            f"iverilog -g2012 -s {name}_tb -o tb {name}_tb.v {name}_plain.v && vvp -n tb\n"
            f"verilator --binary --timing --top-module {name}_tb {name}_tb.v {name}_plain.v"
            f" && obj_dir/V{name}_tb\n"
            f"fusesoc --cores-root . run --target sim_axis {name}\n",
            "sh",
        ),
    ]
