"""A training that goes on from a float network: which one, and what is told of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gen.data.thresholds import fit_encoder
from gen.errors import SmeltError
from gen.nets.hardness import set_hardness
from gen.nets.model import build
from gen.nets.recipe import Recipe
from gen.nets.starts.begin import begin_from
from gen.nets.starts.read import read_start
from gen.nets.training.train import accuracy, train
from tests.gen.nets.conftest import tiny

Blobs = tuple[np.ndarray, np.ndarray]

OWN = """
import torch
from torch import nn

def make():
    torch.manual_seed(5)
    net = nn.Sequential(nn.Linear(8, 7), nn.BatchNorm1d(7), nn.ReLU(),
                        nn.Linear(7, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))
    net[1].running_mean.uniform_(-0.5, 0.5)
    net[4].running_var.uniform_(0.5, 2)
    return net

def wrong():
    return nn.Sequential(nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 3))

def short():
    return nn.Sequential(nn.Linear(8, 7), nn.ReLU(), nn.Linear(7, 3))

def nothing():
    return 3
"""


def starting(folder: Path, start: str, **schedule: Any) -> Recipe:
    return replace(tiny(start=start, **schedule), folder=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def rows(blobs: Blobs) -> torch.Tensor:
    return torch.from_numpy(fit_encoder("thermometer", 2, blobs[0]).encode(blobs[0])).float()


def own_module(function: str = "make") -> nn.Module:
    space: dict[str, Any] = {}
    exec(OWN, space)
    made: nn.Module = space[function]()
    return made.eval()


def test_a_network_trained_in_float_is_gone_on_from_as_it_is(folder: Path, blobs: Blobs) -> None:
    before = train(tiny(epochs=6), *blobs, 3, soft=True)
    save_file(before.model.state_dict(), folder / "float.safetensors")
    recipe = starting(folder, "float.safetensors")
    after = train(recipe, *blobs, 3, tested=blobs)
    assert after.begun["start"] == accuracy(before.model, before.encoder, *blobs)
    model, start = build(recipe, 8, 3), read_start(recipe)
    assert start is not None
    begin_from(model, start, lambda: [rows(blobs)])
    for name, tensor in before.model.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)
    set_hardness(model, 0.0)
    assert torch.equal(model.eval()(rows(blobs)), before.model(rows(blobs)))


def test_nothing_is_quantized_in_float(blobs: Blobs) -> None:
    model = train(tiny(epochs=2), *blobs, 3, soft=True).model
    codes = model(rows(blobs))
    assert (codes != codes.round()).any()


def test_layers_of_another_network_give_the_sums_that_they_gave(folder: Path, blobs: Blobs) -> None:
    recipe = starting(folder, "own.py:make")
    model, start, own = build(recipe, 8, 3), read_start(recipe), own_module()
    assert start is not None
    right = lambda network: float((network(rows(blobs)).argmax(1) == 0).float().mean())  # noqa: E731
    found = begin_from(model, start, lambda: [rows(blobs)], right, lambda: nn.Sequential())
    assert found["start"] == right(own)
    set_hardness(model, 0.0)
    model.eval()
    assert isinstance(own, nn.Sequential)
    sums, given = model[1](model[0](rows(blobs))), own[1](own[0](rows(blobs)))
    # In the units of the codes, and shifted: on a line.
    slope, offset = np.polyfit(given.detach().flatten().numpy(), sums.detach().flatten().numpy(), 1)
    assert slope > 0
    assert torch.allclose(sums, slope * given + offset, atol=1e-4)


def test_tensors_alone_give_what_their_module_does(folder: Path, blobs: Blobs) -> None:
    save_file(own_module().state_dict(), folder / "own.safetensors")
    found = [
        train(starting(folder, start), *blobs, 3, tested=blobs)
        for start in ("own.safetensors", "own.py:make")
    ]
    assert found[0].begun == found[1].begun
    for one, other in zip(*(f.model.state_dict().values() for f in found), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kind", ["naive", "gradual", "layerwise"])
def test_any_schedule_goes_on(folder: Path, blobs: Blobs, kind: str) -> None:
    found = train(starting(folder, "own.py:make", kind=kind), *blobs, 3, tested=blobs)
    assert set(found.begun) == {"start", "rounded"}


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        ("own.py:wrong", r"'0.weight' is \(5, 8\), the recipe's 'layer1_sum' is \(7, 8\)"),
        ("own.py:short", r"has 0 \(7, 8\), 2 \(3, 7\); the recipe's are layer1_sum \(7, 8\), lay"),
        ("own.py:nothing", "returned int, no module"),
        ("own.py:none", "no function 'none'"),
        ("none.py:make", "no such file"),
        ("none.safetensors", "no such file; `python -m gen train RECIPE --float` writes one"),
        ("own.py", "say which function"),
        ("damaged.safetensors", "no whole safetensors file"),
        ("nan.safetensors", "'0.weight' has a value that is no number"),
        ("named.safetensors", r"'layer1_sum.latent' is \(7, 9\), the recipe's .* is \(7, 8\)"),
    ],
)
def test_what_is_no_start_is_one_line(folder: Path, blobs: Blobs, start: str, wrong: str) -> None:
    (folder / "damaged.safetensors").write_bytes(b"12345678{}")
    save_file({"0.weight": torch.full((7, 8), torch.nan)}, folder / "nan.safetensors")
    named = {name: one.clone() for name, one in build(tiny(), 8, 3).state_dict().items()}
    save_file(named | {"layer1_sum.latent": torch.zeros(7, 9)}, folder / "named.safetensors")
    with pytest.raises(SmeltError, match=wrong) as caught:
        train(starting(folder, start), *blobs, 3)
    assert "\n" not in str(caught.value)
