"""The gradients of table layers against plain reference implementations, entry by entry."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from gen.nets.layers.chain import LutChain
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


@pytest.mark.parametrize("difference", ["pair", "extended"])
def test_tables_with_a_bit_of_their_own(difference: str) -> None:
    """Inputs 0 to 5 are shared, 6 to 8 one for each of three units: its lowest address bit."""
    torch.manual_seed(1)
    draw = np.random.default_rng(1)
    layer = LutLayer(9, 3, 4, "learned", difference, "straight", own=True)
    assert layer.wiring[:, 0].tolist() == [6, 7, 8]
    assert layer.wiring[:, 1:].max() < 6
    bits, weight = draw.integers(0, 2, (16, 9)), draw.normal(size=(16, 3))
    wanted = bits[np.arange(16)[:, None], 6 + np.arange(3)]  # they begin as a copy of it
    x = torch.from_numpy(bits).float().requires_grad_()
    found = layer(x)
    assert np.array_equal(found.detach().numpy(), wanted)
    (found * torch.from_numpy(weight).float()).sum().backward()
    to_x, to_wires = reference(layer, bits, weight)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), to_x, atol=1e-5)
    assert layer.wiring_latent is not None
    assert layer.wiring_latent.grad is not None
    straight = to_wires[:, 1:].reshape(9, 16) @ (2.0 * bits[:, :6] - 1)
    np.testing.assert_allclose(layer.wiring_latent.grad.numpy(), straight, atol=1e-4)


def test_own_bits_go_without_a_tree() -> None:
    with pytest.raises(LutError, match=r"^wiring 'tree': tables that read a bit of their own"):
        LutLayer(6, 2, 2, "tree", own=True)
    with pytest.raises(LutError, match=r"^3 tables of 4 distinct inputs out of 5$"):
        LutLayer(5, 3, 4, own=True)
    assert (LutLayer(9, 3, 3, "random", own=True).wiring[:, 1:] < 6).all()


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

    chain = LutChain(8, 10, 3, (2,))
    offer_inputs(nn.Sequential(chain), lambda: telling(rows.byte()))
    first, second = (layer.wiring for layer in chain.tables)
    assert set(first.ravel()) | set(second[:, 1:].ravel()) == {1, 2, 3, 4, 7}
    assert second[:, 0].tolist() == list(range(8, 18))

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
