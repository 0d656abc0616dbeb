"""The gradients of table layers against plain reference implementations, entry by entry."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from gen.nets.layers.levels import LutLevels
from gen.nets.layers.lut import LutError, LutLayer, offer_inputs, settle, telling


def reference(layer: LutLayer, x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of sum(output * weight) for inputs x (n, n_in), and of wires (units, k, n), by the
    extended finite difference as it is written down: one row, one unit, one entry at a time."""
    table = np.clip(layer.table_latent.detach().numpy().astype(float), -1, 1)
    to_x = np.zeros(x.shape)
    to_wires = np.zeros((layer.units, layer.k, len(x)))
    for row, unit, place in itertools.product(range(len(x)), range(layer.units), range(layer.k)):
        sources = layer.wiring[unit]
        address = sum(int(x[row, source]) << j for j, source in enumerate(sources))
        slope = 0.0
        for other in range(2**layer.k):
            distance = sum(((address ^ other) >> j) & 1 for j in range(layer.k) if j != place)
            sign = 1 if (other >> place) & 1 else -1
            if layer.difference == "extended":
                slope += sign * 0.5 * 0.75 ** (layer.k - 1) / 3**distance * table[unit, other]
            elif distance == 0:
                slope += sign * 0.5 * table[unit, other]
        to_x[row, sources[place]] += slope * weight[row, unit]
        to_wires[unit, place, row] = slope * weight[row, unit]
    return to_x, to_wires


@pytest.mark.parametrize("k", [2, 3, 4, 6])
@pytest.mark.parametrize("difference", ["pair", "extended"])
def test_the_gradients_are_those_of_the_reference(k: int, difference: str) -> None:
    torch.manual_seed(k)
    draw = np.random.default_rng(k)
    layer = LutLayer(8, 3, k, "learned", difference, "straight")
    bits, weight = draw.integers(0, 2, (20, 8)), draw.normal(size=(20, 3))
    x = torch.from_numpy(bits).float().requires_grad_()
    (layer(x) * torch.from_numpy(weight).float()).sum().backward()
    to_x, to_wires = reference(layer, bits, weight)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), to_x, atol=1e-5)
    assert layer.wiring_latent is not None
    assert layer.wiring_latent.grad is not None
    straight = to_wires.reshape(3 * k, 20) @ (2.0 * bits - 1)
    np.testing.assert_allclose(layer.wiring_latent.grad.numpy(), straight, atol=1e-4)


def test_the_extended_difference_of_an_and_by_hand() -> None:
    """a & b: seen from 11, by a: +1/2 * 3/4 * (1 - -1) for b set, a third of 0 for b clear."""
    layer = LutLayer(2, 1, 2, "tree", "extended")
    with torch.no_grad():
        layer.table_latent.copy_(torch.tensor([[-1.0, -1, -1, 1]]))
    x = torch.tensor([[1.0, 1], [0, 0]], requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), [[0.75, 0.75], [0.25, 0.25]])


def test_levels_are_what_their_tables_say_one_by_one() -> None:
    """Unit i is of level i % 3, and reads inputs 0 to 5 and, from 6 on, units of lower levels."""
    torch.manual_seed(2)
    layer = LutLevels(6, 8, 3, 3, "random")
    units = {level: range(level, 8, 3) for level in range(3)}
    for x in itertools.product((0, 1), repeat=6):
        known, said = list(x), dict[int, int]()
        for level, tables in zip(units, layer.tables, strict=True):
            found = [
                int(bits[sum(known[wire] << place for place, wire in enumerate(wires))])
                for wires, bits in zip(tables.wiring, tables.tables, strict=True)
            ]
            said |= dict(zip(units[level], found, strict=True))
            known += found
        assert layer(torch.tensor([x]).float())[0].tolist() == [said[unit] for unit in range(8)]


def test_gradients_reach_lower_levels() -> None:
    torch.manual_seed(3)
    layer = LutLevels(5, 6, 3, 2)
    layer(torch.randint(0, 2, (30, 5)).float())[:, 2::3].sum().backward()  # the top level alone
    assert all(one.table_latent.grad.abs().sum() > 0 for one in layer.tables)


def test_levels_that_cannot_be() -> None:
    with pytest.raises(LutError, match=r"^5 levels of 4 tables: 2 or more, each with a table$"):
        LutLevels(9, 4, 5)
    with pytest.raises(LutError, match=r"^wiring 'tree': tables in levels have no inputs of their"):
        LutLevels(8, 4, 2, 2, "tree")


def test_inputs_that_tell_nothing_are_not_offered() -> None:
    """Of eight, 0 and 5 are constant, 6 is 2 again: 1, 2, 3, 4 and 7 are left."""
    draw = np.random.default_rng(0)
    bits = draw.integers(0, 2, (500, 8)).astype(np.float32)
    bits[:, 0], bits[:, 5], bits[:, 6] = 0, 1, bits[:, 2]
    rows = torch.from_numpy(bits)
    plain = LutLayer(8, 40, 3, "learned", "extended", "straight")
    offer_inputs(nn.Sequential(plain), lambda: telling(rows.byte()))
    assert set(plain.wiring.ravel()) == {1, 2, 3, 4, 7}
    plain(rows).sum().backward()
    assert plain.wiring_latent is not None
    assert plain.wiring_latent.shape == (120, 5)

    levels = LutLevels(8, 41, 2, 3)
    offer_inputs(nn.Sequential(levels), lambda: telling(rows.byte()))
    first, second = (layer.wiring for layer in levels.tables)
    assert set(first.ravel()) == {1, 2, 3, 4, 7}
    assert set(second.ravel()) <= {1, 2, 3, 4, 7} | set(range(8, 8 + 21))
    assert len(set(second.ravel()) - {1, 2, 3, 4, 7}) > 10

    after = nn.Sequential(LutLayer(8, 10, 3), LutLayer(10, 40, 3))
    offer_inputs(after, lambda: telling(rows.byte()))
    assert after[1].wiring_latent.shape == (120, 10)


def test_constant_data_leave_all_inputs() -> None:
    layer = LutLayer(4, 3, 2)
    offer_inputs(nn.Sequential(layer), lambda: telling(torch.zeros(9, 4).byte()))
    assert layer.inputs is None


def test_settled_wires_stay_and_answer_alike() -> None:
    torch.manual_seed(2)
    layer = LutLayer(9, 5, 4)
    layer.choose_among(torch.tensor([1, 2, 4, 6, 8]))
    rows = torch.from_numpy(np.random.default_rng(2).integers(0, 2, (50, 9))).float()
    wiring, answers = layer.wiring.copy(), layer(rows).detach()
    settle(nn.Sequential(layer))
    assert layer.wiring_latent is None
    assert np.array_equal(layer.wiring, wiring)
    assert torch.equal(layer(rows), answers)
    other = LutLayer(9, 5, 4)
    settle(nn.Sequential(other))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(rows), answers)
