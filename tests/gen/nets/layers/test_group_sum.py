"""The head that counts, against sums written out."""

import math

import numpy as np
import pytest
import torch

from gen.nets.layers.group_sum import GroupError, GroupSum, MajorityVote


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
    assert not list(head.parameters())


def test_a_temperature_is_learned_unless_it_is_given() -> None:
    head = GroupSum(6, 3)
    head.logits(torch.tensor([[1.0, 3.0, 2.0]]))[0, 1].backward()
    assert head.log_temperature.grad is not None
    assert math.isclose(head.log_temperature.grad.item(), 3 * 0.15, rel_tol=1e-6)


@pytest.mark.parametrize(("features", "heavy", "wanted"), [(1000, 0, 0.3), (540, 0, 0.4263)])
def test_a_temperature_that_goes_with_the_votes(features: int, heavy: int, wanted: float) -> None:
    """The study's law: 0.3 at 1,000 votes, to the power of 0.57."""
    head = GroupSum(features, 10, "votes", heavy)
    assert math.isclose(head.log_temperature.exp().item(), wanted, rel_tol=1e-3)
    more = GroupSum(features // 2, 10, "votes", features // 20)
    assert math.isclose(more.log_temperature.item(), head.log_temperature.item(), rel_tol=1e-6)


def test_heavy_features_count_twice() -> None:
    head = GroupSum(6, 2, heavy=2)
    codes = torch.tensor([[1.0, 0, 1, 1, 1, 1]])
    assert head(codes).tolist() == [[3, 5]]
    assert head.codes().tolist() == [[2, 2, 1, 0, 0, 0], [0, 0, 0, 2, 2, 1]]
    assert torch.equal(head(codes), codes @ head.codes().T)
    with pytest.raises(GroupError, match=r"^heavy = 4: a class counts 3 features$"):
        GroupSum(6, 2, heavy=4)


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


def test_a_vote_counts_zeros_and_ones() -> None:
    head = MajorityVote(3)
    bits = torch.tensor(list(np.ndindex(2, 2, 2))).float()
    wanted = [[3 - sum(row), sum(row)] for row in np.ndindex(2, 2, 2)]
    assert head(bits).tolist() == wanted
    assert head(bits).argmax(1).tolist() == [0, 0, 0, 1, 0, 1, 1, 1]


def test_each_vote_is_pulled_to_its_class() -> None:
    bits = torch.zeros(1, 5, requires_grad=True)
    head = MajorityVote(5, temperature=2.0)
    head.logits(head(bits))[0].dot(torch.tensor([-1.0, 1])).backward()
    assert bits.grad is not None
    torch.testing.assert_close(bits.grad, torch.full((1, 5), 4.0))


@pytest.mark.parametrize("votes", [4, 0, -1])
def test_a_vote_that_can_tie_wrong(votes: int) -> None:
    message = f"^{votes} votes: an odd number of them decides between two classes$"
    with pytest.raises(GroupError, match=message):
        MajorityVote(votes)
