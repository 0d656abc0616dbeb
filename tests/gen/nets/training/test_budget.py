"""A gate budget is kept, pruning takes what loses least, and fewer gates are fewer gates."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn

from gen.melt.melt import melt
from gen.nets.freezing.freeze import freeze_network
from gen.nets.layers.linear import QuantLinear
from gen.nets.model import build
from gen.nets.recipe import KINDS, RecipeError, recipe_from_dict
from gen.nets.store import Model, load_model, save_model
from gen.nets.training.budget import GateBudget, prune, size
from gen.nets.training.train import Trained, train
from tests.gen.nets.conftest import tiny

Blobs = tuple[np.ndarray, np.ndarray]


def layers(network: nn.Module) -> list[QuantLinear]:
    return [module for module in network.modules() if isinstance(module, QuantLinear)]


def budgeted(budget: int | None) -> dict[str, int]:
    return {} if budget is None else {"gate_budget": budget}


def full(budget: int | None = None, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return build(tiny(**budgeted(budget)), 8, 3)


def with_moments(network: nn.Sequential, seed: int = 1) -> torch.optim.Adam:
    """An optimizer that has seen one random gradient."""
    torch.manual_seed(seed)
    adam = torch.optim.Adam(network.parameters(), lr=0.0)
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)
    adam.step()
    return adam


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("budget", [30, 60])
def test_a_trained_network_is_within_its_budget(kind: str, budget: int, blobs: Blobs) -> None:
    assert size(full(budget)) > 60
    recipe = tiny(kind=kind, gate_budget=budget, epochs=10, warm_start=2)
    found = train(recipe, *blobs, 3)
    assert size(found.model) <= budget
    assert size(found.model) > 0.5 * budget
    for layer in layers(found.model):
        assert torch.equal((layer.codes() != 0).sum(1), layer.fan_ins)
        assert (layer.fan_ins <= layer.fan_in).all()


@pytest.mark.parametrize("kind", ["ste", "gradual"])
def test_a_lower_budget_gives_no_more_gates(kind: str, blobs: Blobs) -> None:
    gates = []
    for budget in (None, 80, 60, 40, 25):
        recipe = tiny(kind=kind, epochs=10, **budgeted(budget))
        gates.append(melted_ands(train(recipe, *blobs, 3)))
    assert gates == sorted(gates, reverse=True)
    assert gates[-1] < gates[0] / 2


def melted_ands(found: Trained) -> int:
    return melt(freeze_network(found.model, found.encoder.n_bits, {})).n_ands


def test_a_budget_that_is_ample_changes_nothing_else(blobs: Blobs) -> None:
    ample = train(tiny(gate_budget=100_000), *blobs, 3).model.state_dict()
    for name in [name for name in ample if name.endswith("fan_ins")]:
        del ample[name]
    assert save(ample) == save(train(tiny(), *blobs, 3).model.state_dict())


def test_the_float_twin_needs_no_budget(blobs: Blobs) -> None:
    twins = [train(tiny(**budgeted(b)), *blobs, 3, float_twin=True) for b in (None, 5)]
    first, second = (save(twin.model.state_dict()) for twin in twins)
    assert first == second


def test_a_model_with_a_budget_is_read_back(blobs: Blobs, tmp_path: Path) -> None:
    recipe = tiny(gate_budget=40, epochs=6)
    found = train(recipe, *blobs, 3)
    metrics = {"quantized": 0.5}
    model = Model(recipe, found.model, found.encoder, ("a", "b", "c"), metrics)
    again = load_model(save_model(model, tmp_path))
    for first, second in zip(layers(found.model), layers(again.network), strict=True):
        assert torch.equal(first.codes(), second.codes())


def test_only_what_is_asked_goes() -> None:
    network = full(1)
    before = size(network)
    assert not prune(network, before, with_moments(network))
    assert prune(network, before - 1, with_moments(network))
    assert before - 12 < size(network) <= before - 1


def test_weights_that_never_had_a_gradient_go_first() -> None:
    network = full(1)
    adam = with_moments(network)
    quiet = layers(network)[0].latent
    adam.state[quiet]["exp_avg_sq"][3:] = 0
    prune(network, size(network) - 5, adam)
    counts = layers(network)[0].fan_ins
    assert counts is not None
    assert (counts[:3] == 4).all()
    assert (counts[3:] < 4).any()
    assert (layers(network)[2].fan_ins == 4).all()


def test_the_same_gain_is_taken_where_it_loses_less() -> None:
    network = full(1)
    adam = with_moments(network)
    for layer in layers(network):
        adam.state[layer.latent]["exp_avg_sq"].fill_(1.0)
    adam.state[layers(network)[2].latent]["exp_avg_sq"][1].fill_(0.25)
    prune(network, size(network) - 0.5, adam)
    assert layers(network)[2].fan_ins.tolist()[1] < 4
    assert layers(network)[2].fan_ins.tolist()[::2] == [4, 4]


def test_a_unit_gives_up_what_loses_least_whatever_its_magnitude() -> None:
    network = full(1)
    adam = with_moments(network)
    score = layers(network)[2]
    for layer in layers(network):
        adam.state[layer.latent]["exp_avg_sq"].fill_(1.0)
    largest = int(score.latent[1].detach().abs().argmax())
    adam.state[score.latent]["exp_avg_sq"][1, largest] = 0.01
    before = score.codes().detach()
    prune(network, size(network) - 0.5, adam)
    after = score.codes().detach()
    assert [tuple(place) for place in torch.nonzero(before != after).tolist()] == [(1, largest)]
    assert after[1, largest] == 0


def test_frozen_layers_are_left_alone() -> None:
    network = full(1)
    layers(network)[0].latent.requires_grad_(False)
    prune(network, size(network) - 20, with_moments(network))
    assert (layers(network)[0].fan_ins == 4).all()


def test_the_target_falls_to_the_budget_within_the_window() -> None:
    network = full(20)
    budget = GateBudget(network, 20, (5, 15), with_moments(network))
    found = [budget.target(epoch) for epoch in range(30)]
    assert found[:5] == [float("inf")] * 5
    assert found[5:] == sorted(found[5:], reverse=True)
    assert found[14:] == [20.0] * 16
    start = size(network)
    assert found[9] == pytest.approx(20 + (start - 20) / 8)  # half of the window: (1/2)^3


def test_a_budget_that_leaves_nothing_wrong(blobs: Blobs) -> None:
    with pytest.raises(RecipeError) as caught:
        train(tiny(gate_budget=1, epochs=4), *blobs, 3)
    assert str(caught.value) == (
        "[schedule] gate_budget: 1 LUT4 leave nothing of this network; raise it"
    )


def test_without_a_budget_nothing_is_counted() -> None:
    recipe = recipe_from_dict(tiny().to_dict())
    network = build(recipe, 8, 3)
    budget = GateBudget(network, None, (0, 1), torch.optim.Adam(network.parameters()))
    assert not budget.after_epoch(0)
    budget.check()
    assert all(layer.fan_ins is None for layer in layers(network))
