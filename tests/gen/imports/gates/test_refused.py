"""Logic that is refused: one line that names the cell or the wire, and what to do."""

from pathlib import Path

import numpy as np
import pytest

from tests.commands import run
from tests.gen.imports.gates.test_gates import ADDER
from tests.gen.imports.gates.test_gates import BLIF as TABLES

PORTS = "module t(input [3:0] a, input b, output y);"
REGISTER = "it holds a state; take the combinational network out of its registers"
VERILOG = {
    "register": (
        "module t(input clk, input a, output reg y); always @(posedge clk) y <= a; endmodule",
        f"$dff, line 1, for y: {REGISTER}",
    ),
    "latch": (
        "module t(input a, b, output reg y);\nalways @* if (a) y = b; endmodule",
        f"$dlatch, line 2, for y: {REGISTER}",
    ),
    "memory": (
        f"{PORTS} reg m [0:15]; assign y = m[a]; endmodule",
        "m: a memory; write its contents as a case or as assignments",
    ),
    "loop": (
        f"{PORTS} wire p, q;\nassign p = ~(q & b);\nassign q = ~(p & b), y = p; endmodule",
        "a loop of logic (line 2 - line 3); cut it",
    ),
    "missing": (
        f"{PORTS} foo u1(.a(b), .y(y)); endmodule",
        "u1 (foo), line 1: the file has no module foo; put it in, as assignments or gates",
    ),
    "black box": (
        f"(* blackbox *) module foo(input a, output y); endmodule\n{PORTS} foo u1(b, y); endmodule",
        "u1 (foo), line 2, for y: a module without logic in it that is not read; give it as"
        " assignments or gates",
    ),
    "two": (
        f"{PORTS} assign y = b; endmodule module s(input a, output y); assign y = a; endmodule",
        "which module is the network? s, t; say `top` in a description",
    ),
    "inout": (
        "module t(inout a, output y); assign y = a; endmodule",
        "a: an inout has no direction; make it an input or an output",
    ),
    "x": (
        f"{PORTS} assign y = b ? 1'bx : 1'b0; endmodule",
        "$mux, line 1, for y: its B has a constant x or z, no value; write 0 or 1",
    ),
    "undriven": (
        f"{PORTS} wire [1:0] w; assign w[0] = b, y = b & w[1]; endmodule",
        "w[1]: nothing drives it; give it a value",
    ),
    "twice": (
        f"{PORTS} assign y = b; assign y = a[0]; endmodule",
        "a[0]: driven twice; keep one driver",
    ),
    "division": (
        f"{PORTS} assign y = a / b; endmodule",
        "$div, line 1, for y: there is no value for a division by zero; write a case",
    ),
    "syntax": (
        f"{PORTS}\n assign y b; endmodule",
        "Yosys does not read it: line 2: syntax error, unexpected TOK_ID, expecting TOK_PACKAGESEP"
        " or '.' or '=' or '['",
    ),
    "outputs": ("module t(input a); endmodule", "it has no outputs"),
    "comment": (
        f"// `include is\n{PORTS} /* $readmemh\n \\*/ assign y = $random; endmodule",
        "line 3: $random: system tasks are not read; write its value out",
    ),
    "in a string": (
        f'{PORTS} (* a = "//\n" *) `include "x" // " *)\nendmodule',
        "line 2: `include: directives are not read; write out what it stands for",
    ),
    "circle": (
        "module t(input a, output y); s u(a, y); endmodule"
        " module s(input a, output y); t u(a, y); endmodule",
        "s, t: every module is in another; cut the circle",
    ),
    "nothing": ("", "which module is the network? none; say `top` in a description"),
    "include": (
        f'\n`include "/etc/passwd"\n{PORTS} assign y = b; endmodule',
        "line 2: `include: directives are not read; write out what it stands for",
    ),
    "define": (
        "`define F include\n",
        "line 1: `define: directives are not read; write out what it stands for",
    ),
    "readmemh": (
        'initial $readmemh("x", m);',
        "line 1: $readmemh: system tasks are not read; write its value out",
    ),
    "import": (
        'import "DPI-C" function int f();',
        "line 1: import: not read; modules, assignments and gates are",
    ),
}


@pytest.mark.parametrize("name", VERILOG)
def test_verilog_that_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = VERILOG[name]
    Path("net.v").write_text(text)
    _refused("net.v", f"net.v: {said}")


def _refused(model: str, said: str) -> None:
    done = run("gen", "import", model, "--out", "net.npz")
    assert (done.returncode, done.stderr) == (1, f"smelt: error: {said}\n")
    assert not Path("net.npz").exists()


BLIF = {
    "latch": (".latch a y re b 0", f"line 4: .latch: {REGISTER}"),
    "search": (
        ".search /etc/passwd",
        "line 4: .search: it names another file; put all models into one",
    ),
    "wide": (
        ".names a y\n11 1",
        "line 5: .names y: `11 1` is no row of it; 1 of 0, 1 and -, then 0 or 1 is expected",
    ),
    "letter": (
        ".names a y # y\nx 1",
        "line 5: .names y: `x 1` is no row of it; 1 of 0, 1 and -, then 0 or 1 is expected",
    ),
    "mixed": (
        ".names \\\na y\n1 1\n0 0",
        "line 7: .names y: rows of 0 and of 1 are mixed; list one of them, the others are what is"
        " left",
    ),
    "row": ("1 1", "line 4: a row of no table; .names comes before it"),
    "clock": (".clock c", "line 4: .clock: it is for registers; take the network out of them"),
    "word": (".nmaes a y", "line 4: .nmaes: not read; .names and .subckt are"),
    "model": (
        ".subckt f p=a q=y",
        "f: the file has no module f; put it in, as assignments or gates",
    ),
}


@pytest.mark.parametrize("name", BLIF)
def test_blif_that_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = BLIF[name]
    Path("net.blif").write_text(f".model t\n.inputs a\n.outputs y\n{text}\n.end\n")
    said = said.replace(REGISTER, "it holds a state; take the network out of its registers")
    _refused("net.blif", f"net.blif: {said}")


SAID = {
    "places = 3": "places: not known; top, inputs, outputs, groups, read, argmax,"
    " encoder, care are",
    'top = "t; shell"': "top: 't; shell' is no plain name of a module",
    'top = "s"': None,
    'care = {kind = "onehot", groups = [[0, 3]]}': None,
    'groups = 3\nclasses = ["a", "b"]': None,
    'file = "net.toml"': None,
    'inputs = ["a", "b"]': None,
    "groups = 4": "groups: 3 output bits are no 4 groups of one size; list the bits of each",
    'groups = [[0], ["y"]]': (
        "groups[1]: 'y' is no output bit; they are y[0], y[1], y[2], or 0 to 2"
    ),
    "groups = [[0], []]": "groups[1]: empty; a group has one bit or more",
    "argmax = true": "argmax: say `groups`, two or more, to choose among",
    "encoder = 3": "encoder: 3, expected a table, as `meta` has it",
    'encoder = {kind = "thermometer", features = 1, bits = 2, thresholds = [[1.0, 2.0]]}': (
        "encoder: it makes 2 bits, and the model takes 3"
    ),
    'read = "thermometer"': "read: 'thermometer'; count, unsigned, signed are known",
}


@pytest.mark.parametrize("option", SAID)
def test_descriptions_that_do_not_fit(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.v").write_text("module t(input [2:0] a, output [2:0] y); assign y = ~a; endmodule")
    file = "" if option.startswith("file") else 'file = "net.v"'
    Path("net.toml").write_text(f"[import]\n{file}\n{option}\n")
    files = {
        'care = {kind = "onehot", groups = [[0, 3]]}': "net.v: meta: 'care' is {'kind': 'onehot',"
        " 'groups': [[0, 3]]}; group 0 names a bit that is not one of the 3 input bits",
        'groups = 3\nclasses = ["a", "b"]': "net.v: meta: 'classes' is ['a', 'b']; names 2 of the 3"
        " classes",
        'file = "net.toml"': "net.toml: [import] file: 'net.toml' is a description itself",
        'top = "s"': "net.v: top: no module 's'; there are t",
        'inputs = ["a", "b"]': "net.v: inputs: a, b are said, the file has a; name all",
    }
    said = SAID[option]
    _refused("net.toml", files[option] if said is None else f"net.toml: [import] {said}")


@pytest.mark.parametrize("kind", ["v", "blif"])
def test_damage_is_refused_in_words(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut, or with pieces left out or doubled: it is read, or one line says why not."""
    monkeypatch.chdir(tmp_path)
    whole, rng = {"v": ADDER, "blif": TABLES}[kind], np.random.default_rng(0)
    for _ in range(6):
        at, to = sorted(rng.integers(0, len(whole), 2).tolist())
        damaged = (whole[:at], whole[:at] + whole[to:], whole[:to] + whole[at:])
        Path(f"net.{kind}").write_text(damaged[rng.integers(0, 3)])
        done = run("gen", "import", f"net.{kind}", "--out", "net.npz", "--random", "5")
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == 0 or done.stderr.count("\n") == 1
