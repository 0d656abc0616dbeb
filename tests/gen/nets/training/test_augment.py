"""Changed samples against what is known of them: moved, turned and mirrored by hand."""

import math

import numpy as np
import pytest
import torch

from gen.nets.training.augment import changed, flipped
from gen.nets.training.keys import Augment


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def pictures(n: int = 400, high: int = 9, wide: int = 7) -> torch.Tensor:
    """One bright pixel in the middle of each."""
    found = torch.zeros(n, high, wide)
    found[:, high // 2, wide // 2] = 1
    return found.flatten(1)


def centres(images: torch.Tensor, high: int = 9, wide: int = 7) -> np.ndarray:
    """Where the light of each image is on the mean, (n, 2): row, column."""
    weight = images.view(-1, high, wide).numpy().astype(float)
    rows = (weight.sum(2) * np.arange(high)).sum(1) / weight.sum((1, 2))
    columns = (weight.sum(1) * np.arange(wide)).sum(1) / weight.sum((1, 2))
    return np.stack([rows, columns], 1)


def test_nothing_said_is_nothing_changed() -> None:
    images = torch.rand(5, 63, generator=generator())
    torch.testing.assert_close(changed(images, Augment(), (9, 7), generator()), images)


def test_each_sample_moves_on_its_own_by_up_to_so_many_pixels() -> None:
    moved = centres(changed(pictures(), Augment(shift=2), (9, 7), generator())) - [4, 3]
    assert np.abs(moved).max() < 2.01
    assert (np.abs(moved).max(0) > 1.9).all()
    assert (np.abs(moved.mean(0)) < 0.2).all()
    assert len(np.unique(moved.round(4), axis=0)) > 350


def test_what_leaves_does_not_come_back() -> None:
    """A row of light at the upper edge: moved up it is gone, never at the lower edge."""
    images = torch.zeros(300, 8, 8)
    images[:, 0] = 1
    found = changed(images.flatten(1), Augment(shift=3), (8, 8), generator()).view(-1, 8, 8)
    assert (found[:, 4:] == 0).all()
    assert ((found.sum((1, 2)) < 1).float().mean() > 0.2).item()


def test_turned_by_up_to_so_many_degrees() -> None:
    """A pixel that lies three to the right of the middle of 9 x 9 goes round it."""
    images = torch.zeros(300, 9, 9)
    images[:, 4, 7] = 1
    found = centres(changed(images.flatten(1), Augment(rotate=30), (9, 9), generator()), 9, 9) - 4
    angles = np.degrees(np.arctan2(found[:, 0], found[:, 1]))
    assert 27 < np.abs(angles).max() < 33
    assert np.abs(np.hypot(*found.T) - 3).max() < 0.35


@pytest.mark.parametrize("by", [Augment(scale=0.3), Augment(shear=0.3), Augment(elastic=0.5)])
def test_the_middle_stays_about_where_it_is(by: Augment) -> None:
    images = torch.rand(300, 63, generator=generator())
    found = changed(images, by, (9, 7), generator())
    assert torch.isfinite(found).all()
    assert (found - images).abs().mean() > 0.02
    assert np.abs((centres(found) - centres(images)).mean(0)).max() < 0.15


def test_half_are_mirrored() -> None:
    images = torch.zeros(400, 4, 6)
    images[:, :, 0] = 1
    found = changed(images.flatten(1), Augment(mirror=True), (4, 6), generator()).view(-1, 4, 6)
    left, right = found[:, 0, 0] > 0.99, found[:, 0, 5] > 0.99
    assert torch.equal(left, ~right)
    assert 150 < left.sum() < 250


def test_bits_are_flipped_with_the_probability_that_is_said() -> None:
    bits = torch.randint(0, 2, (200, 300), generator=generator()).float()
    found = flipped(bits, 0.1, generator())
    assert set(found.unique().tolist()) == {0.0, 1.0}
    part = (found != bits).float().mean().item()
    assert abs(part - 0.1) < 5 * math.sqrt(0.09 / bits.numel())


def test_the_same_seed_changes_alike() -> None:
    by = Augment(shift=1, rotate=9, scale=0.1, shear=0.1, elastic=0.4, mirror=True)
    images = torch.rand(20, 63, generator=generator())
    first, second = (changed(images, by, (9, 7), generator()) for _ in range(2))
    assert torch.equal(first, second)
