"""Trainings with changed samples, a teacher or a slice to judge by, and what they refuse."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gen.data.encode import Encoder
from gen.nets.answers import predict
from gen.nets.recipe import Recipe, RecipeError, Schedule, recipe_from_dict
from gen.nets.training.augment import changed
from gen.nets.training.batches import Batch, Batches
from gen.nets.training.judged import Judge, held_out
from gen.nets.training.keys import Augment
from gen.nets.training.train import Trained, loss_of, train

LUT = {"kind": "lut", "units": 12, "difference": "extended", "wiring_rule": "straight"}


def helped(**said: Any) -> Recipe:
    value: dict[str, Any] = {
        "name": "helped",
        "data": {"set": "digits"},
        "encoding": {"kind": "thermometer", "bits": 1},
        "layers": [LUT],
        "head": {"kind": "group_sum", "temperature": "votes"},
        "schedule": {"epochs": 20, "batch": 16},
    }
    return recipe_from_dict(value | said)


def right(found: Trained, features: np.ndarray, labels: np.ndarray) -> float:
    return float((predict(found.model, found.encoder.encode(features)) == labels).mean())


@pytest.mark.parametrize(
    "said",
    [
        {"augment": {"shift": 0.5, "rotate": 5, "elastic": 0.3, "flips": 0.02}},
        {"augment": {"flips": 0.05}},
        {"teacher": {"kind": "cnn", "width": 4, "epochs": 20}, "augment": {"shift": 0.5}},
        {"teacher": {"kind": "mlp", "width": 32, "epochs": 20, "weight": 0.5}},
        {"schedule": {"epochs": 20, "batch": 16, "validation": 30, "wiring_epochs": 14}},
        {"layers": [LUT | {"levels": 2}], "head": {"kind": "group_sum", "heavy": 2}},
    ],
)
def test_it_learns_and_repeats(bars: tuple[np.ndarray, np.ndarray], said: dict[str, Any]) -> None:
    first, second = (train(helped(**said), *bars, 3) for _ in range(2))
    assert right(first, *bars) > 0.9
    one, other = first.model.state_dict(), second.model.state_dict()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_images_are_changed_before_their_means_are_taken() -> None:
    fine = torch.randint(0, 256, (6, 16, 16), dtype=torch.uint8)
    means = fine.float().view(6, 8, 2, 8, 2).mean((2, 4)).flatten(1)
    recipe = helped(augment={"shift": 3, "rotate": 20, "elastic": 0.5})
    encoder = Encoder.alike("thermometer", np.full((64, 1), 100.0))
    given = means.double().numpy(), torch.arange(6).numpy(), recipe
    batches = Batches(encoder, *given, torch.Generator().manual_seed(1))
    batches.fine = fine
    rows = torch.tensor([4, 0, 5])
    by = Augment(shift=3, rotate=20, elastic=0.5)
    whole = changed(
        fine[rows].flatten(1).float(), by, (16, 16), torch.Generator().manual_seed(1)
    ).view(3, 8, 2, 8, 2)
    assert torch.allclose(batches.changed(rows).float(), whole.mean((2, 4)).flatten(1), atol=1e-3)
    assert not torch.allclose(batches.changed(rows).float(), means[rows], atol=1)


def test_a_training_changes_the_fine_images(bars: tuple[np.ndarray, np.ndarray]) -> None:
    """Nothing can be learned where they are all black."""
    recipe = helped(augment={"shift": 1.0}, schedule={"epochs": 2, "batch": 16})
    black = np.zeros((len(bars[0]), 16, 16), np.uint8)
    found = train(recipe, *bars, 3, fine=black)
    assert right(found, *bars) < 0.5 < right(train(recipe, *bars, 3), *bars)


def test_a_teacher_comes_along(bars: tuple[np.ndarray, np.ndarray]) -> None:
    found = train(helped(teacher={"kind": "cnn", "width": 4, "epochs": 8}), *bars, 3)
    assert found.teacher is not None
    with torch.no_grad():
        answers = found.teacher(torch.from_numpy(bars[0]).float()).argmax(1).numpy()
    assert (answers == bars[1]).mean() > 0.95
    assert train(helped(), *bars, 3).teacher is None


def test_the_loss_with_a_teacher_is_hintons() -> None:
    """Between softmaxes at temperature T, times T squared, written out."""
    recipe = helped(teacher={"kind": "mlp", "temperature": 3.0, "weight": 0.25})
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 3))
    bits, taught = torch.rand(4, 5), torch.randn(4, 3) * 4
    labels = torch.tensor([0, 2, 1, 1])
    logits = model(bits)
    soft, own = F.softmax(taught / 3, 1), F.log_softmax(logits / 3, 1)
    wanted = (
        0.75 * F.nll_loss(F.log_softmax(logits, 1), labels) - 0.25 * 9 * (soft * own).sum(1).mean()
    )
    torch.testing.assert_close(loss_of(model, Batch(bits, labels, taught), recipe), wanted)


def test_rows_held_out_are_not_trained_on_and_of_each_class() -> None:
    labels = np.repeat([0, 1, 2], [100, 60, 40])
    kept, judged = held_out(helped(schedule={"epochs": 1, "validation": 40}), labels)
    assert sorted([*kept, *judged]) == list(range(200))
    assert np.bincount(labels[judged]).tolist() == [20, 12, 8]


def test_rows_held_out_are_whole_groups() -> None:
    labels, groups = np.arange(200) % 3, np.arange(200) // 10
    recipe = helped(schedule={"epochs": 1, "validation": 40})
    kept, judged = held_out(recipe, labels, groups)
    assert sorted([*kept, *judged]) == list(range(200))
    assert not set(groups[kept]) & set(groups[judged])
    assert len(judged) == 40
    with pytest.raises(RecipeError, match="class 1 would be in it alone, with groups kept whole"):
        held_out(recipe, np.repeat([0, 1], 100), np.repeat([0, 1], 100))
    with pytest.raises(RecipeError, match="validation: all rows are of one group"):
        held_out(recipe, labels, np.zeros(200, np.int64))


def test_the_best_of_the_last_epochs_is_kept() -> None:
    """A network that only ever answers 1, then 2, then 0, as epochs go by."""
    model = nn.Sequential(nn.Linear(1, 3))
    judge = Judge(model, np.zeros((4, 1), np.uint8), np.array([2, 2, 1, 0]), Schedule(10))
    for epoch, answer in enumerate([2, 2, 2, 2, 2, 2, 1, 2, 0, 1]):
        with torch.no_grad():
            model[0].bias.copy_(F.one_hot(torch.tensor(answer), 3) + 0.001 * epoch)
        judge.after_epoch(epoch)
    judge.restore()
    assert judge.best == 0.5
    assert model[0].bias.argmax() == 2
    assert model[0].bias.min().item() == pytest.approx(0.007)  # of epoch 7: before that is too soon
    assert model.training


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"data": {"set": "cancer"}, "augment": {"shift": 1.0}},
            "helped: [augment]: the features of cancer are no image; flips alone goes with any"
            " data",
        ),
        (
            {"data": {"set": "cancer"}, "teacher": {"kind": "cnn"}},
            'helped: [teacher] kind: "cnn" reads images of 4 x 4 pixels or more, the features of'
            ' cancer are none; "mlp" reads any',
        ),
        (
            {"schedule": {"epochs": 2, "validation": 100}},
            "helped: [schedule] validation: 100 of 180 training rows; half of them at the most, of"
            " classes with two rows or more",
        ),
        (
            {"schedule": {"epochs": 2, "validation": 2}},
            "helped: [schedule] validation: 2 rows would be drawn, and there are 3 classes",
        ),
    ],
)
def test_what_does_not_go(
    bars: tuple[np.ndarray, np.ndarray], said: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        train(helped(**said), *bars, 3)
    assert str(caught.value) == message


def test_a_recipe_with_all_of_it_comes_back_from_its_table() -> None:
    said = {
        "augment": {"shift": 1.0, "mirror": True},
        "teacher": {"kind": "cnn"},
        "layers": [LUT | {"levels": 3}],
    }
    recipe = helped(**said)
    assert recipe_from_dict(recipe.to_dict()) == recipe
    assert "teacher" not in helped().to_dict()
