"""What cannot be exact, or is no module: one line with the place, why, and what to do."""

from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.imports.imported import Imported
from gen.imports.module.read import read
from gen.imports.said import plain
from gen.intnet.interpret import interpret
from tests.gen.imports.module.nets import all_inputs

FILE = """import torch
from torch import nn
import torch.nn.functional as F

SHAPE = {"shape": [8]}


class Signed(nn.Module):
    def __init__(self, n_in=8, n_out=3, bias=None):
        super().__init__()
        torch.manual_seed(1)
        self.lin = nn.Linear(n_in, n_out)
        self.given = bias

    def forward(self, x):
        bias = self.lin.bias if self.given is None else torch.tensor(self.given)
        return F.linear(x, self.lin.weight.sign(), bias)


def of(function, *modules):
    made = type("Own", (nn.Module,), {"forward": lambda self, x: function(x)})()
    return nn.Sequential(*modules[:1], made, *modules[1:])


def bias():
    return Signed(), SHAPE


def norm():
    made = nn.Sequential(Signed(bias=0.0), nn.BatchNorm1d(3))
    made[1].running_var.copy_(torch.tensor([1.0, 2.0, 3.0]))
    return made, SHAPE


def floats():
    return nn.Linear(8, 3), SHAPE


def sigmoid():
    return of(torch.sigmoid, Signed(), Signed(3, 2, 0.0)), SHAPE


def branch():
    def forward(x):
        if x.sum() > 3:
            return x
        return -x
    return of(forward), SHAPE


def rows():
    return of(lambda x: x - x.mean(0)), SHAPE


def gram():
    return of(lambda x: x[:, None] @ x[:, :, None]), SHAPE


def product():
    return of(lambda x: torch.addcmul(x[:, :2], x[:, 2:4], x[:, 4:6])), SHAPE


def sorted_():
    return of(lambda x: torch.sort(x, dim=1)[0]), SHAPE


def logarithm():
    return of(lambda x: torch.log(x - 0.5).round()), SHAPE


def two():
    return of(lambda x: (x, x + 1)), SHAPE


def constant():
    return of(lambda x: torch.ones(len(x), 3)), SHAPE


def after():
    return of(lambda x: x.argmax(1) * 2.0), SHAPE


def kept():
    made = of(lambda x: x)
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.zeros(1))
        def forward(self, x):
            self.count += 1
            return x * 2
    return Kept(), SHAPE


def drawn():
    return of(lambda x: x + torch.rand(1)), SHAPE


def tie():
    return of(torch.sign, nn.Sequential(Signed(bias=0.0), of(lambda x: x * 0.1)), Tenths()), SHAPE


class Tenths(nn.Module):
    def forward(self, x):
        y = F.linear(x, torch.tensor([[0.1, -0.1, 0.1], [0.1, 0.1, -0.3]]))
        return y.sign()


def number():
    return 3


def raises():
    raise ValueError("no luck")


def wrong_shape():
    return Signed(9), SHAPE


def no_shape():
    return Signed()


def unknown_key():
    return Signed(), {"shape": [8], "bit": 3}


def nan():
    return Signed(bias=float("nan")), SHAPE
"""

WRONG = {
    "bias": (":17: aten.linear", "float biases of their own", "`round = true`"),
    "norm": ("1 (aten._native_batch_norm", "float scales and biases", "`round = true`"),
    "floats": ("aten.linear", "weights are no integers", "quantize them in the forward"),
    "sigmoid": ("aten.linear", "not quantized", "put a round"),
    "branch": (":45: ", "decides by the values of a tensor", "torch.where"),
    "rows": ("aten.mean", "puts the rows of a batch together", "without the first"),
    "gram": ("aten.matmul", "both depend on the inputs", "one must be constant"),
    "product": ("aten.addcmul", "three different tensors", "are of two"),
    "sorted_": ("aten.sort", "not known to the importer", "known are linear layers"),
    "logarithm": ("aten.round", "no numbers", ""),
    "two": ("output", "gives 2 tensors", "one of scores is expected"),
    "constant": ("output", "does not depend on its input", ""),
    "after": ("aten.mul", "what comes after the scores", "must end there"),
    "kept": ("changes 'count'", "from call to call", ""),
    "number": (":number() returned int", "torch.nn.Module", '{"shape": [784]'),
    "raises": (":114: ValueError: no luck", "", ""),
    "wrong_shape": (":17: RuntimeError", "shapes cannot be multiplied", ""),
    "no_shape": (":no_shape()", "shape is not said", '{"shape": [784]'),
    "unknown_key": (":unknown_key()", "'bit' is not known", "known: shape, bits"),
    "nan": ("aten.linear", "no number", ""),
    "missing": ("no function 'missing'", "known: of, bias", ""),
    "": ("say which function", "of, bias, norm", ""),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("modules") / "own_net.py"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("function", WRONG)
def test_what_cannot_be_is_one_line(file: Path, function: str) -> None:
    with pytest.raises(SmeltError) as caught:
        read(plain(f"{file}:{function}" if function else str(file)))
    message = str(caught.value)
    assert str(file) in message
    assert "\n" not in message
    for part in WRONG[function]:
        assert part in message


def described(file: Path, function: str, text: str) -> Imported:
    path = file.with_name("own.toml")
    path.write_text(f'[import]\nfile = "own_net.py:{function}"\n{text}\n')
    return read(plain(str(path)))


@pytest.mark.parametrize(("function", "bits"), [("bias", "true"), ("bias", "5"), ("norm", "true")])
def test_what_is_rounded_is_said(file: Path, function: str, bits: str) -> None:
    found = described(file, function, f"round = {bits}")
    (note,) = found.notes
    assert "rounded by up to" in note
    codes = all_inputs(found)
    assert found.runtime is not None
    scores = interpret(found.net, codes)[found.net.score]
    assert (scores == found.runtime(codes)).all()
    if bits == "5":
        import torch

        torch.manual_seed(1)
        lin = torch.nn.Linear(8, 3)
        own = codes @ lin.weight.sign().double().detach().numpy().T + lin.bias.detach().numpy()
        assert np.abs(scores / 32 - own).max() <= 1 / 64 + 1e-6


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("shape = [0]", "shape: [0]"),
        ("shape = 8", "shape: 8"),
        ("shape = [5000000]", "4,194,304 at most"),
        ("bits = 17", "bits: 17"),
        ("signed = 1", "signed: 1"),
        ("scale = 0", "scale: 0"),
        ("scale = 'x'", "scale: 'x'"),
        ("offset = nan", "offset: nan"),
        ("round = 9", "round: 9"),
        ("round = 'up'", "round: 'up'"),
        ("rows = 3", "rows: expected (x, y)"),
        ("rows = [[[2]], [0]]", "rows: x (1, 1)"),
        ("rows = [[[2,0,0,0,0,0,0,0]], [0]]", "no codes 0 to 1"),
        ("rows = [[[1,0,0,0,0,0,0,0]], [0.5]]", "y is float32"),
        ("classes = 3", "classes: 3"),
        ("loud = true", "'loud' is not known"),
    ],
)
def test_a_wrong_description_is_one_line(file: Path, text: str, wrong: str) -> None:
    with pytest.raises(SmeltError) as caught:
        described(file, "bias", text)
    assert wrong in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_python_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    for text, wrong in (("def make(:", ":1: SyntaxError"), ("import nowhere", ":1: ModuleNot")):
        path.write_text(text)
        with pytest.raises(SmeltError, match=wrong):
            read(plain(f"{path}:make"))
    path.write_bytes(b"\xff\x00")
    with pytest.raises(SmeltError) as caught:
        read(plain(f"{path}:make"))
    assert "\n" not in str(caught.value)
    with pytest.raises(SmeltError, match="no such file"):
        read(plain(f"{tmp_path}/none.py:make"))
