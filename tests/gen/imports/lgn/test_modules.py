"""Modules of torchlogix and difflogic: networks of them answer what their own forward answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchlogix.layers import (
    FixedBinarization,
    GroupSum,
    LearnableBinarization,
    LogicConv2d,
    LogicDense,
    OrPooling2d,
)
from torchlogix.modules.resblock import ResidualLogicBlock

from gen.data.encode import encoder_from_dict
from gen.imports.checked import checked
from gen.imports.errors import ImportRefused
from gen.imports.lgn import recognizes
from gen.imports.lgn.gates import reached_by
from gen.imports.lgn.module import read_module
from gen.imports.said import Said
from gen.intnet.files import load
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet
from tests.commands import run

RANDOM: dict[str, Any] = {"parametrization_kwargs": {"weight_init": "random"}}


def _dense(connections: str = "fixed", rank: int = 2, way: str = "raw") -> nn.Module:
    """Features in thermometers, two layers, groups with a temperature and an offset."""
    marks = torch.randn(8, 3).sort(1)[0]
    marks[2, 1] = marks[2, 2]
    more = {"connections": connections, "lut_rank": rank, "parametrization": way}
    more |= {} if way == "light" else RANDOM
    layers = LogicDense(24, 40, **more), LogicDense(40, 30, **more)
    return nn.Sequential(FixedBinarization(marks), nn.Flatten(), *layers, GroupSum(3, 5.0, 0.5))


def _conv() -> nn.Module:
    return nn.Sequential(
        LogicConv2d(8, 2, 6, 2, receptive_field_size=3, padding=1, **RANDOM),
        OrPooling2d(2, 2),
        LogicConv2d(4, 6, 5, 2, receptive_field_size=2, stride=2, lut_rank=2, **RANDOM),
        nn.Flatten(),
        LogicDense(20, 24, **RANDOM),
        GroupSum(4, tau=2),
    )


def _residual() -> nn.Module:
    block = ResidualLogicBlock(4, 3, 3, tree_depth=2, **RANDOM)
    return nn.Sequential(block, nn.Flatten(), LogicDense(48, 30, **RANDOM), GroupSum(3))


def _unsorted() -> nn.Module:
    """Thresholds that training left in another order, of channels of an image."""
    marks = LearnableBinarization(torch.randn(2, 3), feature_dim=1)
    conv = LogicConv2d(4, 6, 8, 2, receptive_field_size=2, **RANDOM)
    return nn.Sequential(marks, conv, nn.Flatten(), LogicDense(72, 40, **RANDOM), GroupSum(2, 3.0))


class Own(nn.Module):
    """A forward of one's own: comparisons, a way past a layer, sums of one's own, softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = LogicDense(10, 16, **RANDOM), LogicDense(26, 20, **RANDOM)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        bits = (x > torch.linspace(-1, 1, 10)).float()
        made = self.second(torch.cat([1 - bits, self.first(bits)], 1))
        found: torch.Tensor = made.view(made.shape[0], 5, 4).sum(-1).softmax(-1)
        return found


class LogicLayer(nn.Module):
    """difflogic's layer, which itself builds with CUDA only: its attributes and its own operators,
    written from the table of its documentation."""

    def __init__(self, size: int, out: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(out, 16))
        self.in_dim, self.out_dim = size, out
        self.indices = torch.randint(0, size, (out,)), torch.randint(0, size, (out,))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = x[..., self.indices[0]], x[..., self.indices[1]]
        ways = [0 * a, a * b, a - a * b, a, b - a * b, b, a + b - 2 * a * b, a + b - a * b]
        ways += [1 - one for one in reversed(ways)]
        return torch.stack(ways)[self.weights.argmax(1), :, torch.arange(self.out_dim)].T


def _difflogic() -> nn.Module:
    return nn.Sequential(LogicLayer(12, 30), LogicLayer(30, 40), GroupSum(5, tau=10))


def _pooled() -> nn.Module:
    """Windows of several kinds, of kernels that are seldom 1, over an image with a frame."""
    conv = LogicConv2d(9, 1, 9, 2, receptive_field_size=3)
    for weight in conv.tree_weights:
        weight.data = nn.functional.one_hot(torch.ones(weight.shape[:2]).long(), 16).float()
    pools = nn.MaxPool2d(2, 1, dilation=2), nn.MaxPool2d(2, 2, ceil_mode=True)
    more = nn.AdaptiveMaxPool2d(2), OrPooling2d((2, 1), None)
    return nn.Sequential(nn.ConstantPad2d(1, 1.0), conv, *pools, *more, nn.Flatten(), GroupSum(3))


class Framed(nn.Module):
    """Constants beside features, before they are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = LogicDense(12, 30, **RANDOM)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = torch.cat([nn.functional.pad(x, (1, 0)), torch.full((len(x), 1), 0.3)], 1)
        found: torch.Tensor = self.layer((wide > 0.1).float()).view(-1, 3, 10).sum(-1)
        return found


class Written(nn.Module):
    """Two layers, and what a forward makes of them, written in many ways."""

    def __init__(self, after: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.first, self.second = LogicDense(12, 24, **RANDOM), LogicDense(24, 24, **RANDOM)
        self.head, self.after = torch.randint(-3, 4, (3, 24)).float(), after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.first(x)
        return self.after(self, one, self.second(one))


def _three(bits: torch.Tensor) -> torch.Tensor:
    return bits.view(-1, 3, 8).sum(-1)


FORWARDS: dict[str, Callable[..., torch.Tensor]] = {
    "or": lambda m, a, b: _three(a + b - a * b),
    "xor": lambda m, a, b: _three(a + b - 2 * a * b),
    "difference": lambda m, a, b: _three((a - b).abs()),
    "not": lambda m, a, b: _three(torch.maximum(1 - a, b)),
    "where": lambda m, a, b: _three(torch.where(a > 0.5, b, 1 - b)),
    "equal": lambda m, a, b: _three(((a == b) & (a.roll(1, 1) != b)).float()),
    "straight through": lambda m, a, b: _three(a + (b.round() - a).detach()),
    "largest": lambda m, a, b: _three(torch.cat([a.view(-1, 12, 2).amax(-1), b[:, ::2]], 1)),
    "least": lambda m, a, b: _three(
        torch.cat([a.view(-1, 12, 2).min(-1, keepdim=True).values.squeeze(-1), b[:, ::2]], 1)
    ),
    "pool": lambda m, a, b: _three(
        torch.cat([nn.functional.max_pool2d(a.view(-1, 3, 2, 4), (1, 2)).flatten(1), b[:, ::2]], 1)
    ),
    "across": lambda m, a, b: a.view(-1, 8, 3).sum(1) / 4,
    "mean": lambda m, a, b: a.view(-1, 3, 8).mean(-1),
    "weights": lambda m, a, b: (a.view(-1, 3, 8) * torch.tensor([1.0, 2, -4, 8] * 2)).sum(-1),
    "head": lambda m, a, b: nn.functional.linear(a, m.head, torch.tensor([0.0, 3, -2])),
    "product": lambda m, a, b: a @ m.head.T * 0.25,
    "two sums": lambda m, a, b: _three(a) / 2 - _three(b) + torch.tensor([1.0, 0.5, 0]),
    "parts": lambda m, a, b: torch.stack([a[:, :5].sum(1), a[:, 5:9].sum(1), b.sum(1)], 1),
    "tau below 0": lambda m, a, b: (3 - _three(a)) / 10,
    "softmax": lambda m, a, b: torch.softmax(_three(a), -1),
}


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_of_ones_own(name: str) -> None:
    torch.manual_seed(1)
    module = Written(FORWARDS[name])
    net, said = checked(read_module(module, name, (), [12]), Said(Path(name)), 300)
    assert said.endswith("every score is the model's own")
    rows = np.random.default_rng(2).integers(0, 2, (500, 12))
    with torch.no_grad():
        scores = module.eval()(torch.from_numpy(rows.astype(np.float32))).numpy()
    found = interpret(net, rows)
    assert np.array_equal(found["class"].reshape(-1), scores.argmax(1))
    assert len(np.unique(found["score"])) > 2


def test_a_forward_that_answers_the_class() -> None:
    torch.manual_seed(1)
    module = Written(lambda m, a, b: _three(a).argmax(-1))
    imported = read_module(module, "class", (), [12])
    net, said = checked(imported, Said(Path("class")), 300)
    assert said.endswith("every score is the model's own")
    assert "argmax at the end is left out: the class is added" in imported.notes
    rows = np.random.default_rng(2).integers(0, 2, (500, 12))
    with torch.no_grad():
        wanted = module.eval()(torch.from_numpy(rows.astype(np.float32))).numpy()
    assert np.array_equal(interpret(net, rows)["class"].reshape(-1), wanted)


MODULES: dict[str, Callable[[], nn.Module]] = {
    "raw": _dense,
    "learned wiring": lambda: _dense("learnable"),
    "warp": lambda: _dense(rank=4, way="warp"),
    "light": lambda: _dense(rank=4, way="light"),
    "conv": _conv,
    "residual": _residual,
    "thresholds": _unsorted,
    "own": Own,
    "difflogic": _difflogic,
    "pools": _pooled,
    "framed": Framed,
}
SHAPES = {"pools": (1, 7, 7), "framed": (10,), "residual": (3, 4, 4), "thresholds": (2, 4, 4)}


def _made(name: str) -> tuple[nn.Module, IntNet]:
    torch.manual_seed(5)
    module = MODULES[name]()
    assert recognizes(module)
    imported = read_module(module, name, (), SHAPES.get(name))
    net, said = checked(imported, Said(Path(name)), 200)
    assert said.endswith("every score is the model's own")
    return module, net


@pytest.mark.parametrize("name", MODULES)
def test_a_network_answers_what_the_module_answers(name: str) -> None:
    """On features, those at a threshold among them, through the encoder; else on random bits."""
    module, net = _made(name)
    rng = np.random.default_rng(1)
    if "encoder" in net.meta:
        encoder = encoder_from_dict(net.meta["encoder"])
        rows = rng.normal(size=(300, encoder.features)).astype(np.float32)
        marks = rng.choice(encoder.codes[0].thresholds, 300)
        rows[:, 0] = np.nextafter(marks.astype(np.float32), rng.choice([-np.inf, np.inf], 300))
        rows[::3, 0] = marks[::3]
        codes = encoder.encode(rows).astype(np.int64)
        assert net.meta["care"]["groups"] if encoder.bits != 1 else "care" not in net.meta
    else:
        codes = rng.integers(0, 2, (300, net.n_inputs))
        rows = codes.astype(np.float32)
    shape = SHAPES.get(name, (2, 8, 8) if name == "conv" else (rows.shape[1],))
    with torch.no_grad():
        scores = module(torch.from_numpy(rows).reshape(-1, *shape)).numpy()
    found = interpret(net, codes)
    assert np.array_equal(found["class"].reshape(-1), scores.argmax(axis=1))
    assert len(np.unique(found[net.score])) > 2


def test_a_reading_that_is_wrong_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from gen.imports.lgn import layers

    right = layers._as_tables
    monkeypatch.setattr(layers, "_as_tables", lambda values: 1 - right(values))
    with pytest.raises(ImportRefused, match="the model answers"):
        _made("raw")


@pytest.mark.parametrize("strict", [True, False])
def test_the_least_float64_that_reaches_a_float32(strict: bool) -> None:
    """As float32 the one found does, and the one before it does not."""
    rng = np.random.default_rng(0)
    single = np.r_[rng.normal(size=200) * 10.0 ** rng.integers(-30, 30, 200), 0.0, 1.0, -1.0]
    for marks in (single.astype(np.float32).astype(np.float64), single):
        least = reached_by(marks, strict)
        before = np.nextafter(least, -np.inf).astype(np.float32).astype(np.float64)
        at = least.astype(np.float32).astype(np.float64)
        assert ((at > marks) if strict else (at >= marks)).all()
        assert not ((before > marks) if strict else (before >= marks)).any()


def test_bits_are_answered_where_nothing_is_summed() -> None:
    torch.manual_seed(1)
    module = nn.Sequential(LogicDense(6, 8, **RANDOM), LogicDense(8, 4, **RANDOM))
    net, _ = checked(read_module(module, "bits", (), None), Said(Path("bits")), 20)
    rows = np.array([[row >> at & 1 for at in range(6)] for row in range(64)])
    with torch.no_grad():
        wanted = module.eval()(torch.from_numpy(rows.astype(np.float32))).numpy()
    assert net.outputs == ("out",)
    assert np.array_equal(interpret(net, rows)["out"], wanted)


class LUTLayer(nn.Module):
    """torch_dwn's layer where there is no CUDA: its attributes, and a forward that fails."""

    __module__ = "torch_dwn.lut_layer"

    def __init__(self, size: int, out: int, n: int) -> None:
        super().__init__()
        self.mapping = nn.Parameter(torch.randint(0, size, (out, n)).int(), requires_grad=False)
        self.luts = nn.Parameter(torch.rand(out, 1 << n) * 2 - 1)
        self.ste = True

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise TypeError("exceptions must derive from BaseException")


def test_modules_of_torch_dwn_are_compared_without_cuda() -> None:
    torch.manual_seed(2)
    module = nn.Sequential(LUTLayer(9, 10, 4), LUTLayer(10, 6, 3), GroupSum(2, 3.0))
    net, said = checked(read_module(module, "dwn", (), [9]), Said(Path("dwn")), 20)
    assert said.endswith("every score is the model's own")
    row, bits = [1, 0, 1, 1, 0, 0, 1, 0, 1], [1, 0, 1, 1, 0, 0, 1, 0, 1]
    for layer in (module[0], module[1]):
        wired = [[bits[at] for at in one] for one in layer.mapping.tolist()]
        places = [sum(bit << at for at, bit in enumerate(one)) for one in wired]
        bits = [int(layer.luts[at, place] > 0) for at, place in enumerate(places)]
    assert interpret(net, np.array([row]))["score"].tolist() == [[sum(bits[:3]), sum(bits[3:])]]


def test_a_function_that_makes_one_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With test rows: features, and their classes."""
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(
        "import torch\nfrom torch import nn\nfrom torchlogix.layers import *\n"
        "def make():\n    torch.manual_seed(0)\n    marks = torch.tensor([[-0.5, 0.5]] * 4)\n"
        "    layers = LogicDense(8, 12), GroupSum(3)\n"
        "    x = torch.tensor([[0.5, 0.6, -0.5, -0.4]] * 2)\n"
        "    rows = x, torch.tensor([1, 2])\n"
        "    net = nn.Sequential(FixedBinarization(marks), nn.Flatten(), *layers)\n"
        '    return net, {"rows": rows, "classes": ["a", "b", "c"]}\n'
    )
    done = run("gen", "import", "net.py:make", "--out", "net.npz")
    assert done.returncode == 0, done.stderr
    assert "2 rows and 1,000 random ones: every score is the model's own" in done.stderr
    net = load(Path("net.npz"))
    assert net.meta["classes"] == ["a", "b", "c"]
    assert net.meta["recorded"]["labels"][:3] == [1, 2, -1]
    # 0.5 is not above 0.5, and so on: thermometers 10, 11, 00, 10, the lowest bit first.
    assert net.meta["recorded"]["inputs"][0] == "4d"
