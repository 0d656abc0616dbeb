"""What a schedule does to a network as it is trained, seen epoch by epoch."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import nn

from gen.data.thresholds import fit_encoder
from gen.nets.freezing.freeze import freeze_network, verify
from gen.nets.hardness import Quantized, set_hardness, softest
from gen.nets.layers.heads import Head
from gen.nets.layers.linear import QuantLinear
from gen.nets.model import build
from gen.nets.recipe import KINDS, Recipe
from gen.nets.schedules.plan import Plan, calibrate, stages
from gen.nets.training.train import Trained, deterministic, train
from tests.gen.nets.conftest import tiny

Blobs = tuple[np.ndarray, np.ndarray]
State = dict[str, torch.Tensor]


def reference(recipe: Recipe, blobs: Blobs, hardness: float) -> nn.Sequential:
    """A plain loop: Adam, one half cosine, the same hardness throughout; in training mode."""
    features, labels = blobs
    bits = torch.from_numpy(
        fit_encoder("thermometer", 2, features).encode(features).astype(np.float32)
    )
    target, schedule = torch.from_numpy(labels), recipe.schedule
    with deterministic(schedule.seed) as generator:
        model = build(recipe, bits.shape[1], 3)
        set_hardness(model, hardness)
        adam = torch.optim.Adam(model.parameters(), lr=schedule.learning_rate)
        steps = schedule.epochs * (len(target) // schedule.batch)
        step = 0
        for _ in range(schedule.epochs):
            order = torch.randperm(len(target), generator=generator)
            for rows in order.split(schedule.batch):
                if len(rows) < schedule.batch:
                    continue
                adam.param_groups[0]["lr"] = schedule.learning_rate * (
                    0.5 * (1 + math.cos(math.pi * step / steps))
                )
                head = model[-1]
                assert isinstance(head, Head)
                loss = F.cross_entropy(head.logits(model(bits[rows])), target[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
                step += 1
    return model


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[State, dict[str, float]]]:
    """The network's state and every module's hardness at the start of each epoch."""
    seen: list[tuple[State, dict[str, float]]] = []
    real = Plan.start_epoch

    def spy(plan: Plan, epoch: int) -> None:
        real(plan, epoch)
        state = {name: value.clone() for name, value in plan.network.state_dict().items()}
        modules = plan.network.named_modules()
        hard = {name: m.hardness for name, m in modules if isinstance(m, Quantized)}
        seen.append((state, hard))

    monkeypatch.setattr(Plan, "start_epoch", spy)
    return seen


def layers(found: Trained) -> list[QuantLinear]:
    return [module for module in found.model if isinstance(module, QuantLinear)]


def test_ste_trains_to_the_bytes_of_a_plain_loop(blobs: Blobs, recipe: Recipe) -> None:
    assert recipe.schedule.kind == "ste"
    expected = save(reference(recipe, blobs, 1.0).state_dict())
    assert save(train(recipe, *blobs, 3).model.state_dict()) == expected


def test_naive_learns_in_float_and_then_rounds(blobs: Blobs, watched: list) -> None:
    recipe = tiny(kind="naive", epochs=6)
    found = train(recipe, *blobs, 3)
    assert all(set(hard.values()) == {0.0} for _, hard in watched)
    expected = reference(recipe, blobs, 0.0)
    for layer, soft in zip(
        layers(found), [m for m in expected if isinstance(m, QuantLinear)], strict=True
    ):
        assert torch.equal(layer.latent, soft.latent)
        rounded = rounded_by_hand(soft.latent.detach().numpy(), layer.fan_in, layer.largest)
        assert np.array_equal(layer.codes().detach().numpy(), rounded)
    head = found.model[-1]
    assert isinstance(head, Head)
    assert head.integer_bias().tolist() == np.round(head.bias.detach().numpy()).tolist()


def rounded_by_hand(latent: np.ndarray, fan_in: int, largest: int) -> np.ndarray:
    codes = np.zeros_like(latent)
    for unit, row in enumerate(latent):
        for place in sorted(range(len(row)), key=lambda i: -abs(row[i]))[:fan_in]:
            size = abs(row[place]) / (np.abs(row).max() / np.float32(largest))
            codes[unit, place] = math.copysign(min(max(round(float(size)), 1), largest), row[place])
    return codes


def test_naive_takes_statistics_of_the_rounded_sums(blobs: Blobs) -> None:
    found = train(tiny(kind="naive", epochs=4), *blobs, 3)
    bits = torch.from_numpy(found.encoder.encode(blobs[0]).astype(np.float32))
    first, norm = found.model[0], found.model[1]
    sums = first(bits).detach()
    assert torch.allclose(norm.running_mean, sums.mean(0), atol=1e-5)
    assert torch.allclose(norm.running_var, sums.var(0), atol=1e-4)


def test_gradual_grows_in_all_modules_at_once(blobs: Blobs, watched: list) -> None:
    train(tiny(kind="gradual", epochs=8), *blobs, 3)
    assert [set(hard.values()) for _, hard in watched] == [
        {value} for value in (0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0)
    ]


STAGE_OF = {"layer1_sum": 0, "layer1_norm": 0, "layer1": 0,
            "layer2_sum": 1, "layer2_norm": 1, "layer2": 1, "score": 2}  # fmt: skip


def moved(before: State, after: State) -> set[int]:
    """The stages of which anything differs, parameters and running statistics."""
    return {
        STAGE_OF[name.split(".")[0]]
        for name in before
        if not torch.equal(before[name], after[name])
    }


def test_layerwise_freezes_from_input_to_output(blobs: Blobs, watched: list) -> None:
    found = train(tiny(kind="layerwise", epochs=6), *blobs, 3)
    states = [state for state, _ in watched] + [found.model.state_dict()]
    changes = [moved(before, after) for before, after in zip(states, states[1:], strict=False)]
    assert changes == [{0, 1, 2}, {0, 1, 2}, {1, 2}, {1, 2}, {2}, {2}]
    for epoch, (_, hard) in enumerate(watched):
        for name, value in hard.items():
            assert value == (STAGE_OF[name] <= epoch // 2), (epoch, name)


def test_layerwise_with_a_warm_start_begins_float(blobs: Blobs, watched: list) -> None:
    train(tiny(kind="layerwise", epochs=5, warm_start=2), *blobs, 3)
    assert [sum(hard.values()) for _, hard in watched] == [0, 0, 2, 4, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_schedule_the_result_is_hard_and_freezes(kind: str, blobs: Blobs) -> None:
    recipe = tiny(kind=kind, epochs=7, warm_start=2)
    found = train(recipe, *blobs, 3)
    assert softest(found.model)[1] == 1
    assert not found.model.training
    assert all(parameter.requires_grad for parameter in found.model.parameters())
    bits = found.encoder.encode(blobs[0])
    verify(found.model, freeze_network(found.model, bits.shape[1], {}), bits)
    for layer in layers(found):
        assert ((layer.codes() != 0).sum(1) == layer.fan_in).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_schedule_repeats_to_the_byte(kind: str, blobs: Blobs) -> None:
    recipe = tiny(kind=kind, epochs=4, warm_start=1, noise=0.2)
    first, second = (save(train(recipe, *blobs, 3).model.state_dict()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind", ["gradual", "layerwise"])
def test_they_learn_what_is_easy(kind: str, blobs: Blobs) -> None:
    found = train(tiny(kind=kind, epochs=60), *blobs, 3)
    assert found.train_accuracy > 0.95


def test_the_float_twin_is_the_same_whatever_the_schedule(blobs: Blobs) -> None:
    twins = [
        train(tiny(kind=kind, epochs=4, warm_start=2), *blobs, 3, float_twin=True) for kind in KINDS
    ]
    assert len({save(twin.model.state_dict()) for twin in twins}) == 1


def test_the_rate_is_half_a_cosine_over_each_phase() -> None:
    recipe = tiny(kind="ste", epochs=5, warm_start=2)
    plan = Plan(build(recipe, 8, 3), recipe.schedule, steps=3)
    found = [plan.rate(step) for step in range(16)]
    expected = [0.5 + 0.5 * math.cos(math.pi * k / 6) for k in range(6)]
    expected += [0.5 + 0.5 * math.cos(math.pi * k / 9) for k in range(10)]
    assert found == pytest.approx(expected)


def test_stages_open_with_weights() -> None:
    network = build(tiny(), 8, 3)
    names = {id(module): name for name, module in network.named_children()}
    assert [[names[id(module)] for module in stage] for stage in stages(network)] == [
        ["layer1_sum", "layer1_norm", "layer1"],
        ["layer2_sum", "layer2_norm", "layer2"],
        ["score"],
    ]
    nested = nn.Sequential(nn.Flatten(), nn.Sequential(QuantLinear(2, 2, 1)), nn.ReLU())
    assert [len(stage) for stage in stages(nested)] == [3]
    assert stages(nn.Sequential(nn.Linear(2, 2))) == []


def test_calibration_is_a_plain_mean_and_restores_the_momentum() -> None:
    norm = nn.BatchNorm1d(2, momentum=0.3)
    torch.manual_seed(0)
    batches = [torch.randn(50, 2) + shift for shift in (0, 2, 4)]
    calibrate(nn.Sequential(norm), batches)
    assert norm.running_mean is not None
    assert torch.allclose(norm.running_mean, torch.stack([b.mean(0) for b in batches]).mean(0))
    assert norm.momentum == 0.3
