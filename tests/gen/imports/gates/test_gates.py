"""Logic as Verilog and BLIF: its networks answer what the text says, worked out by other means."""

from pathlib import Path

import numpy as np
import pytest

from gen.files import about
from gen.imports.checked import checked
from gen.imports.errors import ImportRefused
from gen.imports.gates import runtime
from gen.imports.gates.blif import cleaned_blif
from gen.imports.readers import read
from gen.imports.said import plain
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet, Words
from gen.tools import YOSYS

WAYS = {
    "{a} & {b}": lambda a, b: a & b,
    "{a} | ~{b}": lambda a, b: a | ~b,
    "~({a} ^ {b})": lambda a, b: ~(a ^ b),
    "~{b}": lambda a, b: ~b,
    "{a} ? {b} : x[0]": None,
}
GATES = ["{a} & {b}", "{a} | ~{b}", "~({a} ^ {b})", "~{b}"]


def _network(seed: int, inputs: int, widths: list[int]) -> tuple[str, np.ndarray, np.ndarray]:
    """Verilog of random layers of gates, an assignment for each, all inputs, and the last layer's
    values, worked out beside it."""
    rng = np.random.default_rng(seed)
    rows = np.array([[row >> at & 1 for at in range(inputs)] for row in range(1 << inputs)])
    names, values = [f"x[{at}]" for at in range(inputs)], rows.T.astype(bool)
    ports = f"input [{inputs - 1}:0] x, output [{widths[-1] - 1}:0] y"
    lines = [f"module net({ports});"]
    for depth, width in enumerate(widths):
        last = depth == len(widths) - 1
        made, found = [], []
        for at in range(width):
            a, b = rng.integers(0, len(names), 2)
            gate = GATES[rng.integers(0, len(GATES))]
            made.append(f"y[{at}]" if last else f"n{depth}_{at}")
            text = gate.format(a=names[a], b=names[b])
            lines.append(f"  {'assign' if last else 'wire'} {made[-1]} = {text};")
            way = WAYS[gate]
            assert way is not None
            found.append(way(values[a], values[b]))
        names, values = made, np.stack(found)
    return "\n".join([*lines, "endmodule", ""]), rows, values.T.astype(np.int64)


def _import(path: Path) -> IntNet:
    said = plain(str(path))
    with about(said.file):
        net, _ = checked(read(said), said, 50)
    return net


def test_verilog_of_gates_answers_what_its_text_says(tmp_path: Path) -> None:
    text, rows, values = _network(0, 8, [40, 30, 20])
    (tmp_path / "net.v").write_text(text)
    net = _import(tmp_path / "net.v")
    assert net.outputs == ("out",)
    assert np.array_equal(interpret(net, rows)["out"], values)
    assert len(net.meta["recorded"]["inputs"]) == 50


@pytest.mark.parametrize(
    ("groups", "bits"),
    [
        ("2", [[0, 1, 2], [3, 4, 5]]),
        ('[["y[5]", 0], [3], ["y[5]", 1, 2]]', [[5, 0], [3], [5, 1, 2]]),
    ],
    ids=["equal", "listed"],
)
def test_groups_are_counted_and_the_largest_chosen(
    groups: str, bits: list[list[int]], tmp_path: Path
) -> None:
    text, rows, values = _network(1, 6, [12, 6])
    (tmp_path / "net.v").write_text(text)
    names = [f'"c{at}"' for at in range(len(bits))]
    said = f'[import]\nfile = "net.v"\ngroups = {groups}\nclasses = [{", ".join(names)}]\n'
    (tmp_path / "net.toml").write_text(said)
    net = _import(tmp_path / "net.toml")
    counts = np.stack([values[:, group].sum(axis=1) for group in bits], axis=1)
    found = interpret(net, rows)
    assert np.array_equal(found["score"], counts)
    assert np.array_equal(found["class"].reshape(-1), counts.argmax(axis=1))
    assert net.meta["classes"] == [name.strip('"') for name in names]


ADDER = """ // Half adders: `half, and $signed
module half(input a, b, output s, c); xor (s, a, b); and (c, a, b); endmodule
module net(input [2:0] a, input [1:0] b, output [3:0] up, output signed [3:0] down, output one, n);
  wire s, c; half u(.a(a[0]), .b(b[0]), .s(s), .c(c));
  reg [1:0] high;
  always @* case ({a[2], b[1]}) /* of
  four */
    0: high = 0; 1: high = 1; 2: high = 2; 3: high = 3;
  endcase
  wire \\s//c = c; // An escaped name.
  assign up = {high[1], a[2:1] + b[1] + \\s//c , s} ^ {4{high[0]}} ^ {4{b[1]}}, one = 1, n = a[1];
  assign down = $signed({1'b0, a}) - $signed({1'b0, b});
endmodule
"""


def test_ports_words_modules_and_constants(tmp_path: Path) -> None:
    """Full cases, sums, modules in modules; ports in the order that is said, as numbers."""
    (tmp_path / "net.v").write_text(ADDER)
    said = (
        '[import]\nfile = "net.v"\nread = "signed"\ntop = "net"\ninputs = ["b", "a"]\n'
        'outputs = ["down", "up", "n", "one"]\n'
    )
    (tmp_path / "net.toml").write_text(said)
    net = _import(tmp_path / "net.toml")
    assert isinstance(net.node("score"), Words)
    rows = np.array([[row >> at & 1 for at in range(5)] for row in range(32)])
    b, a = rows[:, :2] @ [1, 2], rows[:, 2:] @ [1, 2, 4]
    found = interpret(net, rows)["score"]
    assert np.array_equal(found[:, 0], a - b)
    assert np.array_equal(found[:, 1] & 1, (a ^ b) & 1)
    assert np.array_equal(found[:, 2:], np.stack([-(a >> 1 & 1), np.full(32, -1)], axis=1))


BLIF = """
.model top[1]
.inputs a b c<0>
.outputs y z \\
  k w
.subckt pair p=a q=b r=y
.names y c<0> z
0- 1
-1 1
.names k
1
.names c<0> w
0 1
.end
.model pair
.inputs p q
.outputs r
.names p q r
11 0
.end
"""


def test_blif(tmp_path: Path) -> None:
    (tmp_path / "net.blif").write_text(BLIF)
    net = _import(tmp_path / "net.blif")
    rows = np.array([[row >> at & 1 for at in range(3)] for row in range(8)])
    a, b, c = rows.T
    y = 1 - a * b
    wanted = np.stack([y, (1 - y) | c, np.ones(8, int), 1 - c], axis=1)
    assert np.array_equal(interpret(net, rows)["out"], wanted)


def test_files_that_yosys_and_abc_write(tmp_path: Path) -> None:
    """A netlist of cells of a library, as primitives' names, and BLIF of tables."""
    text, rows, values = _network(4, 7, [20, 15, 9])
    (tmp_path / "text.v").write_text(text)
    script = (
        "read_verilog text.v; proc; techmap; abc -g AND,NAND,XOR,MUX; opt_clean;"
        " write_verilog -noattr gates.v; abc -lut 5; opt_clean; write_blif tables.blif"
    )
    YOSYS.run(["-q", "-p", script], tmp_path, tmp_path / "log", 60)
    for name in ("gates.v", "tables.blif"):
        assert np.array_equal(interpret(_import(tmp_path / name), rows)["out"], values)


def test_bits_have_the_numbers_of_their_declaration(tmp_path: Path) -> None:
    """An encoder in front: two features, two thresholds each."""
    (tmp_path / "net.v").write_text(
        "module net(input [0:3] x, output [5:4] y, output [0:1] z);"
        "assign y = {x[0], x[3]}, z[0] = x[1], z[1] = x[2]; endmodule"
    )
    said = (
        '[import]\nfile = "net.v"\ngroups = [["y[5]"], ["z[0]", "y[4]"]]\n'
        '[import.encoder]\nkind = "thermometer"\nfeatures = 2\nbits = 2\n'
        "thresholds = [[1.0, 2.0], [0.0, 4.0]]\n"
    )
    (tmp_path / "net.toml").write_text(said)
    net = _import(tmp_path / "net.toml")
    assert net.meta["care"] == {"kind": "thermometer", "groups": [[0, 1], [2, 3]]}
    rows = np.array([[row >> at & 1 for at in range(4)] for row in range(16)])
    x = rows[:, ::-1]  # The lowest bit of [0:3] is x[3].
    wanted = np.stack([x[:, 0], x[:, 1] + x[:, 3]], axis=1)
    assert np.array_equal(interpret(net, rows)["score"], wanted)


def test_a_reading_that_is_wrong_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Yosys's evaluation of the words is compared with its gates, and these with the network."""
    text, *_ = _network(2, 5, [6, 4])
    (tmp_path / "net.v").write_text(text)
    right = runtime.run_gates
    monkeypatch.setattr(runtime, "run_gates", lambda *given: ~right(*given))
    with pytest.raises(ImportRefused, match="Yosys evaluates [01]{4} .* its gates give"):
        _import(tmp_path / "net.v")


def test_blif_without_what_it_may_leave_out() -> None:
    """Comments, lines that go on, delays; a model's first and last line."""
    text = "# ABC\n.inputs a \\\n  b # c\n.outputs y\n.default_input_arrival 0 0\n\n"
    text += ".names a b y\n1- 1\n"
    text += ".model t\n.inputs\\\n c\n.outputs z\n.names z\n"
    assert cleaned_blif(text).split("\n") == [
        *(".model net", ".inputs a b", ".outputs y", ".names a b y", "1- 1", ".end"),
        *(".model t", ".inputs c", ".outputs z", ".names z", ".end", ""),
    ]


def test_division_by_a_number(tmp_path: Path) -> None:
    text = "module t(input [3:0] x, output [1:0] y); assign y = x % 4'd3; endmodule"
    (tmp_path / "net.v").write_text(text)
    rows = np.array([[row >> at & 1 for at in range(4)] for row in range(16)])
    found = interpret(_import(tmp_path / "net.v"), rows)["out"]
    assert (found @ [1, 2]).tolist() == [row % 3 for row in range(16)]
