"""Forms in which modules are written: how they end, sums of tensors of any scales, padding, pools,
look-ups, floats of 64 bits. Each is compared with the module's own forward on every input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gen.imports.errors import ImportRefused
from gen.imports.packing import factors_of, packed
from gen.intnet.interpret import interpret
from tests.gen.imports.module.nets import all_inputs, imported
from tests.gen.imports.module.nets import same_everywhere as same

Forward = Callable[["Own", torch.Tensor], Any]


class Own(nn.Module):
    """A forward on layers of whole weights: `a` and `b` on 8 inputs, `last` on what they give; `c`
    and `d` on images (2, 2, 2)."""

    def __init__(self, forward: Forward, n_last: int = 6) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b, self.last = nn.Linear(8, 6), nn.Linear(8, 6), nn.Linear(n_last, 3)
        self.c, self.d = nn.Conv2d(2, 3, 2, padding="same"), nn.ConvTranspose2d(2, 3, 2, 2)
        self.e = nn.Conv3d(1, 2, (2, 1, 2))
        self.table = nn.Embedding(3, 2)
        for one in self.parameters():
            one.data = torch.randint(-2, 3, one.shape).float()
        self.scales = nn.Parameter(torch.linspace(0.11, 0.93, 6))
        self.own = forward

    def forward(self, x: torch.Tensor) -> Any:
        return self.own(self, x)


def _image(x: torch.Tensor) -> torch.Tensor:
    return x.view(-1, 2, 2, 2)


def _codes(own: Own, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes of 2 bits and of 3, the second signed."""
    return own.a(x).clamp(0, 3), own.b(x).clamp(-3, 3)


def _added(
    function: Callable[[torch.Tensor, torch.Tensor, Own], torch.Tensor],
) -> tuple[Forward, int]:
    return lambda own, x: own.last(function(*_codes(own, x), own)), 6


SCORES: dict[str, tuple[Forward, int]] = {
    "in a tuple": (lambda own, x: (own.last(own.a(x).relu()),), 6),
    "in a dictionary": (lambda own, x: {"logits": own.last(own.a(x).relu())}, 6),
    "sigmoid": (lambda own, x: torch.sigmoid(own.last(own.a(x).relu())), 6),
    "falling": (lambda own, x: -0.3 * own.last(own.a(x).relu()), 6),
    "two scales": _added(lambda a, b, _: (a * 0.37 + b * 0.5).round()),
    "two scales, a threshold on a sum": _added(lambda a, b, _: (a * 0.3 - b * 0.7).sign()),
    "alpha": _added(lambda a, b, _: torch.add(a * 0.3, b * 0.7, alpha=1.7).sign()),
    "scales of each element": _added(
        lambda a, b, own: (a * own.scales - b * own.scales.flip(0)).mul(2).round()
    ),
    "one scale that float32 rounds": _added(lambda a, b, _: (a * 0.1 + b * 0.1).mul(10).round()),
    "smaller of sums": (lambda own, x: own.last(torch.minimum(own.a(x), own.b(x))), 6),
    "smallest": (lambda own, x: own.last(own.a(x).view(-1, 3, 2).amin(2)), 3),
    "smallest of a window": (lambda own, x: own.last(own.a(x).view(-1, 3, 2).min(2)[0]), 3),
    "padding same": (lambda own, x: own.last(own.c(_image(x)).relu().flatten(1)), 12),
    "padding reflected": (
        lambda own, x: own.last(own.c(F.pad(_image(x), (1, 0, 0, 1), "reflect")).flatten(1)),
        27,
    ),
    "padding replicated": (
        lambda own, x: own.last(F.pad(_image(x), (1, 0, 0, 1), "replicate").flatten(1)),
        18,
    ),
    "a transposed convolution": (lambda own, x: own.last(own.d(_image(x)).relu().flatten(1)), 48),
    "three dimensions": (
        lambda own, x: own.last(own.e(x.view(-1, 1, 2, 2, 2)).relu().flatten(1)),
        4,
    ),
    "adaptive maxima": (
        lambda own, x: own.last(F.adaptive_max_pool1d(x.view(-1, 2, 4), 3).flatten(1)),
        6,
    ),
    "larger image": (
        lambda own, x: own.last(F.interpolate(_image(x), scale_factor=2.0).flatten(1)),
        32,
    ),
    "embedding": (lambda own, x: own.last(own.table(own.a(x).clamp(0, 2).long()).flatten(1)), 12),
    "one hot": (lambda own, x: own.last(F.one_hot(x[:, :3].long(), 2).float().flatten(1)), 6),
    "bits of integers": (lambda own, x: own.last((own.a(x).int() & 3).float()), 6),
    "factors of addmm": (
        lambda own, x: torch.addmm(own.last.bias, own.a(x), own.last.weight.T, alpha=2, beta=3),
        6,
    ),
}


def _given(found: Any) -> torch.Tensor:
    first: torch.Tensor = torch.utils._pytree.tree_leaves(found)[0]
    return first


@pytest.mark.parametrize("name", SCORES)
def test_scores_are_in_the_modules_order(name: str) -> None:
    forward, n_last = SCORES[name]
    module = Own(forward, n_last)
    found = imported(module, (8,))
    codes = all_inputs(found)
    x = torch.from_numpy(codes).float()
    same(lambda rows: _given(module(rows)), found, x, codes)  # type: ignore[arg-type]


ENDS: dict[str, Callable[[torch.Tensor], Any]] = {
    "argmax": lambda y: y.argmax(-1, keepdim=True),
    "argmax as floats": lambda y: y.argmax(1).float(),
    "argmax of softmax": lambda y: y.softmax(1).argmax(1),
    "places of max": lambda y: y.max(1)[1],
    "places of max by name": lambda y: torch.max(y, dim=1).indices,
    "topk": lambda y: y.topk(1).indices.squeeze(-1),
    "of several outputs": lambda y: (y.argmax(1), y, y.log_softmax(1)),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_class_is_the_modules(name: str) -> None:
    module = Own(lambda own, x: ENDS[name](own.last(own.a(x).sign())))
    found = imported(module, (8,))
    codes = all_inputs(found)
    wanted = _given(module(torch.from_numpy(codes).float()))
    values = interpret(found.net, codes)
    assert (values["class"].reshape(-1) == wanted.reshape(-1).numpy()).all()
    assert found.runtime is not None
    assert (found.runtime(codes) == values[found.net.score]).all()


def test_a_module_of_64_bits_is_read() -> None:
    module = Own(lambda own, x: own.last(own.a(x * 0.25).mul(3).round())).double()
    found = imported(module, (8,))
    codes = all_inputs(found)
    same(module, found, torch.from_numpy(codes).double(), codes)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "16 bits": (lambda: Own(lambda own, x: own.a(x)).half(), "holds float16; float32 and float64"),
    "more than one class": (lambda: Own(lambda own, x: own.a(x).topk(2)[1]), "only the first"),
    "the smallest": (
        lambda: Own(lambda own, x: own.a(x).topk(1, largest=False)[1]),
        "takes the smallest score",
    ),
    "an index that is none": (
        lambda: Own(lambda own, x: own.table(own.a(x).long()).flatten(1)),
        "chooses among 3 rows by integers",
    ),
    "classes that are counted": (
        lambda: Own(lambda own, x: F.one_hot(own.a(x).clamp(0, 3).long()).flatten(1)),
        "decides by the values of a tensor",
    ),
    "behind the class": (
        lambda: Own(lambda own, x: own.a(x).argmax(1) + 1),
        "reads what comes after the scores",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_one_line(name: str) -> None:
    make, wrong = REFUSED[name]
    with pytest.raises(ImportRefused, match=wrong) as caught:
        imported(make(), (8,))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(20))
def test_two_integers_in_one_number(seed: int) -> None:
    """Every pair has a number of its own, and numbers are in the order of the sums."""
    rng = np.random.default_rng(seed)
    slopes, counts = rng.normal(size=2), rng.integers(1, 20, 2)
    factors = factors_of((slopes[0], int(counts[0])), (slopes[1], int(counts[1])))
    first, second = (np.arange(n) - 3 for n in counts)
    sums = first[:, None] * slopes[0] + second * slopes[1]
    numbers = (factors[0] * first[:, None] + factors[1] * second).ravel()
    assert len(np.unique(numbers)) == len(numbers)
    assert (np.argsort(numbers) == np.argsort(sums.ravel())).all()
    found = packed(first, second, factors, sums)
    assert found is not None
    assert (found[1][numbers - found[0]] == sums.ravel()).all()
