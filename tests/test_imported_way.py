"""Networks from elsewhere, each kind from its file to the simulated core and the first three links.

Each comes with rows whose classes are what its own tool answers, so whatever is in the report's
place of an accuracy has to be 100 %.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.commands import run
from tests.gen.imports.qonnx.models import executed, model, node, quant, write

ROWS = 60
"""Of each network's rows."""
Made = tuple[str, np.ndarray, np.ndarray]
"""What follows `[import]` in its description, features or codes, and its own classes."""

LOGIC = """
import torch
from torch import nn
from torchlogix.layers import FixedBinarization, GroupSum, LogicConv2d, LogicDense


def dense():
    torch.manual_seed(0)
    marks = torch.tensor([[-0.5, 0.5]] * 6)
    layers = LogicDense(12, 24), LogicDense(24, 18)
    return nn.Sequential(FixedBinarization(marks), nn.Flatten(), *layers, GroupSum(3, tau=2.0))


def conv():
    torch.manual_seed(0)
    conv = LogicConv2d(5, 1, 2, 2, receptive_field_size=2)
    return nn.Sequential(conv, nn.Flatten(), LogicDense(32, 16), GroupSum(2))
"""

OWN = """
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(9, 6, bias=False), nn.BatchNorm1d(6)
        self.last = nn.Linear(6, 3, bias=False)

    def forward(self, x):
        x = F.hardtanh(self.norm(F.linear(x, self.first.weight.sign())))
        return F.linear(torch.round(x), self.last.weight.sign())


def make():
    torch.manual_seed(0)
    return Net(), {"shape": [9], "bits": 2}
"""

BREVITAS = """
import torch
from torch import nn
import brevitas.nn as qnn


def made(layer, norm, width, shape):
    torch.manual_seed(0)
    act = qnn.QuantReLU(bit_width=2, return_quant_tensor=True)
    head = qnn.QuantLinear(width, 3, bias=False, weight_bit_width=2)
    given = qnn.QuantIdentity(bit_width=2, return_quant_tensor=True)
    flat = [nn.Flatten()] if len(shape) > 1 else []
    net = nn.Sequential(given, layer, norm, act, *flat, head)
    for _ in range(3):
        net(torch.randn(32, *shape))
    return net.eval(), {"shape": shape}


def dense():
    layer = qnn.QuantLinear(6, 5, bias=False, weight_bit_width=2)
    return made(layer, nn.BatchNorm1d(5), 5, [6])


def conv():
    layer = qnn.QuantConv2d(1, 2, 2, stride=2, bias=False, weight_bit_width=2)
    return made(layer, nn.BatchNorm2d(2), 8, [1, 4, 4])
"""


def _python(folder: Path, text: str, function: str) -> nn.Module:
    """A module of a file that is written to the folder, as the importer will make it."""
    (folder / "net.py").write_text(text)
    names: dict[str, object] = {}
    exec(text, names)
    make_it = names[function]
    assert callable(make_it)
    with torch.random.fork_rng():
        made = make_it()
    module: nn.Module = made[0] if isinstance(made, tuple) else made
    return module.eval()


def _classes(module: nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(x.astype(np.float32))).numpy().argmax(1)


def _logic(function: str, x: np.ndarray, more: str = "") -> Callable[[Path], Made]:
    def build(folder: Path) -> Made:
        module = _python(folder, LOGIC, function)
        return f'file = "net.py:{function}"\n{more}', x, _classes(module, x)

    return build


def _own(folder: Path) -> Made:
    module, x = _python(folder, OWN, "make"), RNG.integers(0, 4, (ROWS, 9))
    return 'file = "net.py:make"', x, _classes(module, x)


def _brevitas(function: str, shape: tuple[int, ...]) -> Callable[[Path], Made]:
    def build(folder: Path) -> Made:
        module = _python(folder, BREVITAS, function)
        x = RNG.normal(size=(ROWS, *shape)).astype(np.float32)
        return f'file = "net.py:{function}"', x, _classes(module, x)

    return build


def _dwn(folder: Path) -> Made:
    """torch_dwn's tensors, and their own evaluation, bit by bit."""
    state = {
        "0.mapping": torch.from_numpy(RNG.integers(0, 12, (16, 4))).int(),
        "0.luts": torch.from_numpy(RNG.normal(size=(16, 16))).float(),
        "1.mapping": torch.from_numpy(RNG.integers(0, 16, (9, 3))).int(),
        "1.luts": torch.from_numpy(RNG.normal(size=(9, 8))).float(),
    }
    marks = torch.from_numpy(np.sort(RNG.normal(size=(4, 3)))).float()
    torch.save({"model": state, "thresholds": marks}, folder / "net.pt")
    x = RNG.normal(size=(ROWS, 4)).astype(np.float32)
    bits = (x[:, :, None] > marks.numpy()).reshape(ROWS, 12)
    for at in (0, 1):
        luts, wires = (state[f"{at}.{name}"].numpy() for name in ("luts", "mapping"))
        places = bits[:, wires] @ (1 << np.arange(wires.shape[1]))
        bits = luts[np.arange(len(luts)), places] > 0
    counts = bits.reshape(ROWS, 3, 3).sum(2)
    return 'file = "net.pt"\nstate = "model"\ngroups = 3', x, counts.argmax(1)


def _qonnx(folder: Path) -> Made:
    weights = [RNG.integers(-3, 4, shape).astype(np.float32) for shape in ((6, 5), (5, 3))]
    nodes = [quant("x", "q", "one", "two"), node("MatMul", "q a", "m"),
             quant("m", "h", "two", "two"), node("MatMul", "h b", "y")]  # fmt: skip
    made = model(nodes, (1, 6), {"one": 1.0, "a": weights[0], "b": weights[1]})
    write(folder, made, "net.onnx")
    x = RNG.normal(0, 2, (ROWS, 6)).astype(np.float32)
    return 'file = "net.onnx"', x, executed(made, x).argmax(1)


VERILOG = """
module net(input [5:0] x, output [5:0] y);
  wire [3:0] n;
  and g0(n[0], x[0], x[1], x[2]);
  nor g1(n[1], x[3], x[4]);
  xor g2(n[2], x[1], x[5]);
  not g3(n[3], x[5]);
  assign y = {n[3] & x[0], n[2] | x[4], n[1], n[0] ^ x[3], n[2], n[1] | n[0]};
endmodule
"""


def _verilog(folder: Path) -> Made:
    (folder / "net.v").write_text(VERILOG)
    x = RNG.integers(0, 2, (ROWS, 6))
    bit = x.T.astype(bool)
    n = [bit[0] & bit[1] & bit[2], ~(bit[3] | bit[4]), bit[1] ^ bit[5], ~bit[5]]
    y = [n[1] | n[0], n[2], n[0] ^ bit[3], n[1], n[2] | bit[4], n[3] & bit[0]]
    counts = np.array(y, np.int64).reshape(3, 2, ROWS).sum(1)
    return 'file = "net.v"\ngroups = 3', x, counts.argmax(0)


def _tables(folder: Path) -> Made:
    """KANELE's: two inputs of two bits, two hidden sums clipped to three, two scores."""
    first, second = RNG.integers(-4, 4, (2, 2, 4)), RNG.integers(-9, 9, (2, 2, 8))
    layers = enumerate((first, second))
    edges = {f"{at}_{i}_{o}": {"acive": 1, "values_int": layer[i, o].tolist()}
             for at, layer in layers for i in (0, 1) for o in (0, 1)}  # fmt: skip
    (folder / "truth_tables.json").write_text(json.dumps(edges))
    x = RNG.integers(0, 4, (ROWS, 2))
    hidden = np.clip(first[0][:, x[:, 0]] + first[1][:, x[:, 1]], -4, 3) + 4
    scores = np.clip(second[0][:, hidden[0]] + second[1][:, hidden[1]], -16, 15)
    return 'file = "truth_tables.json"\nbits = [2, 3, 5]', x, scores.argmax(0)


RNG = np.random.default_rng(0)
FEATURES, PICTURES = RNG.normal(size=(ROWS, 6)), RNG.integers(0, 2, (ROWS, 1, 5, 5))
KINDS: dict[str, Callable[[Path], Made]] = {
    "torchlogix": _logic("dense", FEATURES),
    "torchlogix, convolutional": _logic("conv", PICTURES, "shape = [1, 5, 5]"),
    "DWN": _dwn,
    "Brevitas": _brevitas("dense", (6,)),
    "Brevitas, convolutional": _brevitas("conv", (1, 4, 4)),
    "module": _own,
    "QONNX": _qonnx,
    "Verilog": _verilog,
    "tables": _tables,
}


def described(folder: Path, kind: str) -> Path:
    """A kind's files and its description, with its rows, in a folder."""
    said, x, y = KINDS[kind](folder)
    assert len(set(y.tolist())) > 1
    np.savez(folder / "rows.npz", x=x, y=y)
    path = folder / "net.toml"
    path.write_text(f'[import]\n{said}\ncheck = "rows.npz"\n')
    return path


def smelt(program: str, *words: object) -> None:
    done = run(program, *(str(word) for word in words))
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_from_its_file_to_the_simulated_core(kind: str, tmp_path: Path, one_flow: None) -> None:
    net, vectors, out = tmp_path / "net.npz", tmp_path / "vectors.npz", tmp_path
    smelt("gen", "import", described(tmp_path, kind), "--out", net, "--random", 100)
    smelt("gen", "vectors", "--net", net, "--random", 200)
    smelt("gen", "melt", "--net", net, "--out", out / "melted.aig", "--vectors", vectors)
    smelt("gen", "simplify", "--melted", out / "melted.aig", "--out", out)
    smelt("gen", "map", "--graph", out / "graph.aig", "--out", out / "mapped.json")
    smelt("gen", "hdl", "--mapped", out / "mapped.json", "--out", out)
    smelt("sim", "core", "--core", out / "core.json", "--vectors", vectors)
    smelt("gen", "verify", "--build", out)
    ran = json.loads((out / "sim" / "core" / "sim.json").read_text())
    assert (ran["status"], ran["mismatches"]) == ("passed", 0)
    links = [json.loads(path.read_text()) for path in (out / "verify").glob("*.json")]
    assert [link["verdict"] in ("proved", "exhaustive") for link in links] == [True] * 3
    with np.load(vectors) as found, np.load(tmp_path / "rows.npz") as rows:
        core = json.loads((out / "core.json").read_text())["outputs"]
        bits = np.unpackbits(found["outputs"][:ROWS], axis=1, bitorder="little")
        width = core[0][1]
        assert core[0][0] == "class"
        assert np.array_equal(bits[:, :width] @ (1 << np.arange(width)), rows["y"])
