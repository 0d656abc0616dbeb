"""Training learns, repeats to the byte, keeps its count of weights, and says what went wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save
from scipy.special import log_softmax

from gen.nets.answers import predict
from gen.nets.layers import QuantLinear
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.training.train import (
    TrainError,
    accuracy,
    bits_per_symbol,
    check_finite,
    deterministic,
    train,
)
from tests.gen.nets.conftest import tiny

Blobs = tuple[np.ndarray, np.ndarray]


def test_it_learns_what_is_easy(blobs: Blobs) -> None:
    found = train(tiny(epochs=40), *blobs, 3)
    assert found.train_accuracy > 0.95
    assert not found.model.training


def test_the_float_twin_learns_too(blobs: Blobs) -> None:
    found = train(tiny(epochs=20), *blobs, 3, float_twin=True)
    assert found.train_accuracy > 0.95
    assert not any(isinstance(module, QuantLinear) for module in found.model)


def test_twice_is_the_same_to_the_byte(blobs: Blobs, recipe: Recipe) -> None:
    first, second = (save(train(recipe, *blobs, 3).model.state_dict()) for _ in range(2))
    assert first == second


def test_noise_repeats_too(blobs: Blobs) -> None:
    recipe = tiny(noise=0.3)
    first, second = (save(train(recipe, *blobs, 3).model.state_dict()) for _ in range(2))
    assert first == second


def test_another_seed_is_another_net(blobs: Blobs) -> None:
    first, second = (save(train(tiny(seed=seed), *blobs, 3).model.state_dict()) for seed in (0, 1))
    assert first != second


def test_a_trained_layer_has_exactly_its_fan_in(blobs: Blobs, recipe: Recipe) -> None:
    model = train(recipe, *blobs, 3).model
    counts = [set((m.codes() != 0).sum(1).tolist()) for m in model if isinstance(m, QuantLinear)]
    assert counts == [{4}, {5}, {4}]


def test_thresholds_come_from_the_rows_given(blobs: Blobs, recipe: Recipe) -> None:
    features, labels = blobs
    found = train(recipe, features[::2], labels[::2], 3)
    expected = np.quantile(features[::2], [1 / 3, 2 / 3], axis=0).T
    assert np.array_equal(found.encoder.thresholds, expected)


def test_accuracy_counts_rows(blobs: Blobs, recipe: Recipe) -> None:
    found = train(recipe, *blobs, 3)
    features, labels = blobs
    answers = predict(found.model, found.encoder.encode(features))
    by_hand = sum(int(a == b) for a, b in zip(answers, labels, strict=True)) / len(labels)
    assert accuracy(found.model, found.encoder, features, labels) == pytest.approx(by_hand)


def test_bits_per_symbol_are_those_of_the_logits(blobs: Blobs, recipe: Recipe) -> None:
    """Against the probabilities that SciPy makes of the same logits."""
    features, labels = blobs
    found = train(recipe, features, labels, 3)
    with torch.no_grad():
        bits = torch.from_numpy(found.encoder.encode(features)).float()
        logits = found.model[-1].logits(found.model(bits)).double().numpy()
    wanted = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean() / np.log(2)
    said = bits_per_symbol(found.model, found.encoder, features, labels)
    assert said == pytest.approx(wanted, rel=1e-5)


def test_settings_come_back_after_training() -> None:
    torch.manual_seed(5)
    before = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled())
    state = torch.get_rng_state()
    with deterministic(3):
        assert torch.get_num_threads() == 1
        torch.rand(3)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    assert torch.equal(torch.get_rng_state(), state)


def test_a_loss_that_is_no_number_wrong(
    blobs: Blobs, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gen.nets.layers.linear.START", float("nan"))
    with pytest.raises(TrainError) as caught:
        train(recipe, *blobs, 3)
    assert str(caught.value) == (
        "the loss is nan after epoch 1; lower [schedule] learning_rate (0.02)"
    )


def test_check_finite_wrong() -> None:
    layer = QuantLinear(3, 2, 1)
    with torch.no_grad():
        layer.latent[1, 2] = float("nan")
    with pytest.raises(TrainError) as caught:
        check_finite(torch.nn.Sequential(layer))
    assert str(caught.value) == "0.latent: a value is not finite; lower [schedule] learning_rate"


def test_fan_in_above_the_input_bits_wrong(blobs: Blobs, recipe: Recipe) -> None:
    features, labels = blobs
    with pytest.raises(RecipeError) as caught:
        train(recipe, features[:, :1], labels, 3)
    assert str(caught.value) == (
        "tiny: [[layers]] 1 fan_in: 4 is more than the 2 input bits of cancer with 2 per feature"
    )


def test_nothing_is_written_by_training(
    blobs: Blobs, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train(recipe, *blobs, 3)
    assert list(tmp_path.iterdir()) == []
