"""LUT layers against plain look-ups by enumeration, gradients by hand, and small tasks learned."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gen.nets.layers.heads import Head
from gen.nets.layers.lut import WIRINGS, LutError, LutLayer
from gen.nets.training.train import deterministic


def every_input(n_in: int) -> np.ndarray:
    """All 2^n_in rows of bits, as integers."""
    return np.array(list(itertools.product((0, 1), repeat=n_in)))


def truth_table(layer: LutLayer, bits: np.ndarray) -> np.ndarray:
    """One row, one unit and one bit at a time."""
    found = np.zeros((len(bits), layer.units), int)
    for row, unit in np.ndindex(found.shape):
        address = sum(int(bits[row, source]) << j for j, source in enumerate(layer.wiring[unit]))
        found[row, unit] = layer.tables[unit][address]
    return found


def run(module: nn.Module, bits: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(bits).float()).numpy()


def fit(model: nn.Module, bits: np.ndarray, wanted: np.ndarray, steps: int, rate: float) -> float:
    """Train on all rows, each output a logit; the part of outputs that are right afterwards."""
    x, y = torch.from_numpy(bits).float(), torch.from_numpy(wanted).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(4 * model(x) - 2, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return float((run(model.eval(), bits) == wanted).mean())


@pytest.mark.parametrize("wiring", ["learned", "random"])
@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_forward_is_a_plain_truth_table(k: int, wiring: str) -> None:
    torch.manual_seed(k)
    layer = LutLayer(9, 5, k, wiring)
    bits = every_input(9)
    wanted = truth_table(layer, bits)
    assert 0 < wanted.mean() < 1
    assert np.array_equal(run(layer.train(), bits), wanted)
    assert np.array_equal(run(layer.eval(), bits), wanted)


def test_a_tree_reads_consecutive_inputs() -> None:
    torch.manual_seed(0)
    layer = LutLayer(12, 3, 4, "tree")
    assert layer.wiring.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert np.array_equal(run(layer.eval(), every_input(12)), truth_table(layer, every_input(12)))


def test_bit_order_and_sign_are_as_written() -> None:
    layer = LutLayer(2, 1, 2, "tree")
    with torch.no_grad():
        layer.table_latent.copy_(torch.tensor([[-0.5, 0.5, 0.0, 3.0]]))  # zero is bit 0
    assert layer.tables.tolist() == [[0, 1, 0, 1]]
    assert run(layer, np.array([[1, 0], [0, 1], [1, 1], [0, 0]])).ravel().tolist() == [1, 0, 1, 0]


def test_frozen_forms_have_their_shapes_and_types() -> None:
    torch.manual_seed(1)
    for layer in (LutLayer(7, 4, 3), LutLayer(7, 4, 3, "random")):
        assert (layer.wiring.dtype, layer.wiring.shape) == (np.int64, (4, 3))
        assert (layer.tables.dtype, layer.tables.shape) == (np.uint8, (4, 8))
        assert set(np.unique(layer.tables)) <= {0, 1}
        assert ((layer.wiring >= 0) & (layer.wiring < 7)).all()


def test_random_wiring_reads_every_input_about_equally_often() -> None:
    torch.manual_seed(2)
    counts = np.bincount(LutLayer(10, 6, 4, "random").wiring.ravel(), minlength=10)
    assert set(counts) == {2, 3}


def test_wiring_is_the_largest_latent_of_each_row() -> None:
    layer = LutLayer(5, 1, 2)
    assert layer.wiring_latent is not None
    with torch.no_grad():
        layer.wiring_latent.zero_()
        layer.wiring_latent[0, 3] = layer.wiring_latent[1, 1] = 0.1
    assert layer.wiring.tolist() == [[3, 1]]


def test_table_gradient_is_counted_where_it_was_looked_up() -> None:
    layer = LutLayer(2, 1, 2, "tree")
    x = torch.tensor([[0.0, 0], [1, 0], [1, 0], [1, 1]])
    (layer(x) * torch.tensor([[1.0], [2], [4], [8]])).sum().backward()
    assert layer.table_latent.grad is not None
    assert layer.table_latent.grad.tolist() == [[1, 6, 0, 8]]


def test_an_entry_at_its_bound_only_goes_inwards() -> None:
    layer = LutLayer(2, 1, 2, "tree")
    with torch.no_grad():
        layer.table_latent.copy_(torch.tensor([[1.5, 1.5, -1.5, -1.5]]))
    x = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    (layer(x) * torch.tensor([[-1.0], [1], [-1], [1]])).sum().backward()
    assert layer.table_latent.grad is not None
    assert layer.table_latent.grad.tolist() == [[0, 1, -1, 0]]


def test_input_gradient_is_the_finite_difference() -> None:
    layer = LutLayer(2, 1, 2, "tree")
    with torch.no_grad():
        layer.table_latent.copy_(torch.tensor([[-1.0, 0.5, 0.25, 3.0]]))
    x = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]], requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None  # halves of 0.5+1, 0.25+1; 1-0.5; 1-0.25
    assert x.grad.tolist() == [[0.75, 0.625], [0.75, 0.25], [0.375, 0.625], [0.375, 0.25]]


def test_wiring_gradient_is_that_of_the_softmax_mean() -> None:
    torch.manual_seed(3)
    layer = LutLayer(4, 1, 2)
    assert layer.wiring_latent is not None
    x = torch.from_numpy(every_input(4)[[1, 6, 7, 12]]).float()
    weight = torch.tensor([[1.0], [-2], [3], [0.5]])
    (layer(x) * weight).sum().backward()
    values, step = layer.table_latent.detach(), []
    for j in range(2):
        address = (x[:, layer.wiring[0]] * torch.tensor([1, 2])).sum(1).long()
        step.append((values[0, address | 1 << j] - values[0, address & ~(1 << j)]) / 2)
    latent = layer.wiring_latent.detach().clone().requires_grad_()
    means = torch.softmax(latent, 1) @ x.T
    (means * torch.stack(step) * weight.T).sum().backward()
    assert latent.grad is not None
    assert layer.wiring_latent.grad is not None
    torch.testing.assert_close(layer.wiring_latent.grad, latent.grad)


@pytest.mark.parametrize("seed", range(3))
def test_random_functions_are_learned(seed: int) -> None:
    bits = every_input(4)
    wanted = np.random.default_rng(seed).integers(0, 2, (16, 8))
    with deterministic(seed):
        layer = LutLayer(4, 8, 4, "random")
        assert fit(layer, bits, wanted, 60, 0.05) == 1
    order = [[int("".join(str(row[s]) for s in sources[::-1]), 2) for row in bits]
             for sources in layer.wiring]  # fmt: skip
    for unit, addresses in enumerate(order):
        assert np.array_equal(layer.tables[unit][addresses], wanted[:, unit])


def test_wires_find_the_inputs_that_matter() -> None:
    """Of eight tables each, most find the and, the xor and the majority of a few of twelve bits."""
    bits = np.random.default_rng(0).integers(0, 2, (512, 12))
    functions = [bits[:, 4] & bits[:, 11], bits[:, 0] ^ bits[:, 7], bits[:, [2, 5, 9]].sum(1) >= 2]
    wanted = np.stack(functions, 1).repeat(8, axis=1).astype(int)
    with deterministic(0):
        layer = LutLayer(12, 24, 4)
        fit(layer, bits, wanted, 200, 0.1)
    right = (run(layer, bits) == wanted).all(0)
    assert right.reshape(3, 8).sum(1).min() >= 4
    for matter, units in (({4, 11}, range(8)), ({0, 7}, range(8, 16)), ({2, 5, 9}, range(16, 24))):
        assert all(matter <= set(layer.wiring[unit]) for unit in units if right[unit])


def test_wires_that_want_one_input_choose_in_turn() -> None:
    layer = LutLayer(4, 2, 3)
    assert layer.wiring_latent is not None
    with torch.no_grad():
        layer.wiring_latent.copy_(
            torch.tensor(
                [
                    [0.0, 1, 3, 2],
                    [0, 3, 2, 1],
                    [1, 2, 3, 0],  # 2, 1, then not 2, not 1
                    [9, 0, 0, 1],
                    [0, 9, 0, 0],
                    [0, 0, 9, 0],
                ]
            )  # fmt: skip
        )
    assert layer.wiring.tolist() == [[2, 1, 0], [0, 1, 2]]


def test_wires_of_a_table_stay_distinct() -> None:
    torch.manual_seed(8)
    for wiring in ("learned", "random"):
        layer = LutLayer(6, 40, 4, wiring)
        assert all(len(set(sources)) == 4 for sources in layer.wiring.tolist())


def test_the_gradient_goes_through_two_layers() -> None:
    """Parity of four pairs' ands: no single table of the tree can make it."""
    bits = every_input(8)
    wanted = (bits[:, 0::2] & bits[:, 1::2]).sum(1, keepdims=True) % 2
    with deterministic(1):
        model = nn.Sequential(LutLayer(8, 4, 2, "tree"), LutLayer(4, 1, 4, "tree"))
        assert fit(model, bits, wanted, 300, 0.05) == 1


def test_training_repeats_to_the_byte() -> None:
    bits = np.random.default_rng(4).integers(0, 2, (64, 10))
    wanted = bits[:, :3]

    def trained() -> dict[str, torch.Tensor]:
        with deterministic(5):
            model = nn.Sequential(LutLayer(10, 6), LutLayer(6, 3))
            fit(model, bits, wanted, 20, 0.05)
        return model.state_dict()

    first, second = trained(), trained()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_state_dict_carries_the_wiring() -> None:
    for wiring in WIRINGS:
        torch.manual_seed(6)
        layer, other = LutLayer(8, 2, 4, wiring), LutLayer(8, 2, 4, wiring)
        other.load_state_dict(layer.state_dict())
        assert np.array_equal(layer.wiring, other.wiring)
        assert np.array_equal(layer.tables, other.tables)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, 2, 7), "k = 7: a table has 2 to 6 inputs"),
        ((8, 2, 1), "k = 1: a table has 2 to 6 inputs"),
        ((8, 2, 4, "fixed"), "wiring 'fixed': it is one of learned, random, tree"),
        (
            (8, 2, 4, "learned", "all"),
            "difference 'all': it is one of pair, extended",
        ),
        (
            (8, 2, 4, "learned", "pair", "dwn"),
            "wiring rule 'dwn': it is one of softmax, straight",
        ),
        ((3, 2), "2 tables of 4 distinct inputs out of 3"),
        ((8, 0), "0 tables of 4 distinct inputs out of 8"),
        ((9, 2, 4, "tree"), "2 tables of 4 inputs make a tree of 8, not 9, bits"),
    ],
)
def test_sizes_wrong(arguments: tuple, message: str) -> None:
    with pytest.raises(LutError, match=f"^{message}$"):
        LutLayer(*arguments)


def test_a_ternary_head_follows_and_all_learns() -> None:
    torch.manual_seed(7)
    model = nn.Sequential(LutLayer(10, 6), LutLayer(6, 8, 2), Head(8, 3, 4))
    scores = model(torch.from_numpy(every_input(10)).float())
    scores.sum().backward()
    assert torch.equal(scores, scores.round())
    assert all(p.grad is not None for n, p in model.named_parameters() if "temperature" not in n)
