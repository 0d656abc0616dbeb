"""The head that counts, against sums written out."""

import math

import numpy as np
import pytest
import torch

from gen.nets.group_sum import GroupError, GroupSum


def test_groups_are_consecutive() -> None:
    codes = torch.tensor([[1.0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 3, 2]])
    assert GroupSum(6, 3)(codes).tolist() == [[1, 2, 2], [0, 1, 5]]
    assert GroupSum(6, 2)(codes).tolist() == [[2, 3], [0, 6]]


def test_it_equals_its_own_weights() -> None:
    head = GroupSum(20, 5)
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, 2, (30, 20))).float()
    assert torch.equal(head(codes), codes @ head.codes().T)


def test_logits_keep_the_order() -> None:
    head = GroupSum(6, 3, temperature=0.5)
    scores = torch.tensor([[1.0, 3.0, 2.0]])
    assert head.logits(scores).tolist() == [[0.5, 1.5, 1.0]]
    head.logits(scores)[0, 1].backward()
    assert head.log_temperature.grad is not None
    assert math.isclose(head.log_temperature.grad.item(), 1.5)


def test_the_gradient_reaches_its_group_alone() -> None:
    codes = torch.zeros(1, 6, requires_grad=True)
    GroupSum(6, 3)(codes)[0, 1].backward()
    assert codes.grad is not None
    assert codes.grad.tolist() == [[0, 0, 1, 1, 0, 0]]


@pytest.mark.parametrize(("features", "classes"), [(7, 3), (0, 2), (4, 0), (-3, 3)])
def test_sizes_wrong(features: int, classes: int) -> None:
    message = f"^{features} features are not a multiple of {classes} classes$"
    with pytest.raises(GroupError, match=message):
        GroupSum(features, classes)
