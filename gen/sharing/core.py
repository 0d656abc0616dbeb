"""The files of a time-shared core: core.v, core.il and core.json."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amaranth.back import rtlil

from gen.files import write_json, write_text
from gen.hdl import FORMAT, comment, made_by, output_words, verilog_text
from gen.intnet.files import load
from gen.intnet.network import Words
from gen.melt.melt import output_names
from gen.sharing.program import make_program
from hw.program import Program
from hw.sequencer import Sequencer

__all__ = ["write_shared"]


def _said(program: Program, recipe: str, words: Sequence[tuple[str, int]]) -> str:
    """The comment that core.v begins with."""
    cycles = program.latency
    placed = ", ".join(f"{name}:{width}" for name, width in words)
    where = "block RAM" if program.block else "LUTs"
    return comment(
        f"Module core: the network {recipe!r}, its neurons in turn on one adder.",
        [
            ("clk", "all registers follow its rising edge"),
            ("rst", "1: the core forgets what it was doing, and waits"),
            ("ready", "1: the core waits, and takes x where x_valid is 1"),
            (f"x[{program.n_in * program.in_bits - 1}:0]", "the network's input bits"),
            ("x_valid", "1: x is a vector; looked at where ready is 1"),
            ("y", f"the answer, words and their bits from y[0] on: {placed}; lowest bit first"),
            ("y_valid", f"1: y is the answer to the x of {cycles:,} cycles before"),
        ],
        [
            f"Latency {cycles:,} cycles, an answer in as many. Its program is in {where}.",
            f"Made by {made_by()}; make it again instead of changing it.",
        ],
    )


def write_shared(
    net_path: Path, out: Path, recipe: str, outputs: Sequence[str] = (), block: bool = True
) -> dict[str, Any]:
    """Write core.il, core.v and core.json of the shared form; returns core.json's value.

    core.json is that of `gen.hdl.write_core` with the `interval` in cycles between two inputs, and
    the size of the program. Raises NetError, SharedError, ToolNotFound, ToolFailed.
    """
    net = load(net_path)
    program = make_program(net, outputs, block)
    text = rtlil.convert(Sequencer(program), name="core", emit_src=False)
    chosen, _ = net.select(outputs)
    names = [bit for name in chosen for word in output_names(net, name) for bit in word]
    verilog = _said(program, recipe, output_words(names)) + verilog_text(text, out)
    description = {
        "format": FORMAT,
        "family": "plain",
        "module": "core",
        "form": "shared",
        "latency": program.latency,
        "interval": program.latency,
        "inputs": program.n_in * program.in_bits,
        "outputs": [list(word) for word in output_words(names)],
        "registers": 0,
        "live_inputs": [
            element * program.in_bits + bit
            for element in program.loaded
            for bit in range(program.in_bits)
        ],
        "reset": None,
        "score_signed": True,
        "recipe": recipe,
        "digest": hashlib.sha256(net_path.read_bytes() + text.encode()).hexdigest(),
        "layers": [],
        "program": {
            "weights": sum(weight != 0 for term in program.terms for weight in term.weights),
            "terms": len(program.terms),
            "lanes": program.lanes,
            "ends": len(program.ends),
            "bits": program.rom_bits,
            "memories": [list(memory) for memory in program.memories],
            "in": "block RAM" if block else "LUTs",
        },
    }
    if any(isinstance(node, Words) for node in net.nodes):
        description["encoder_included"] = True
    for name, content in (("core.il", text), ("core.v", verilog)):
        write_text(out / name, content)
    write_json(out / "core.json", description)
    return description
