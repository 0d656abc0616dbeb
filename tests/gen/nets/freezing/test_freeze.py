"""Freezing against the trained modules' own forward, neuron by neuron and sum by sum."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.data.sets import load_set
from gen.data.thresholds import fit_encoder
from gen.intnet.interpret import interpret
from gen.intnet.network import NEVER, Argmax, IntNet, Levels, Linear
from gen.nets.freezing.freeze import FreezeError, freeze, freeze_network, verify
from gen.nets.freezing.frozen import FrozenNet
from gen.nets.layers import Head, QuantLinear, SumNorm, UnsignedActivation
from gen.nets.layers.freezing import known_modules
from gen.nets.model import build
from gen.nets.recipe import Recipe
from gen.nets.store import Model
from gen.nets.training.train import train


def all_bits(n: int) -> np.ndarray:
    return np.array(list(itertools.product([0, 1], repeat=n)), np.uint8)


def network(seed: int = 0, n_in: int = 8, bits: int = 2, weights: str = "ternary") -> nn.Sequential:
    """A random net with some falling and some constant neurons, in evaluation mode."""
    torch.manual_seed(seed)
    norm = SumNorm(5)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.0, -1.5, 0.0, 2.0, -0.5]))
        norm.bias.copy_(torch.randn(5))
        norm.running_mean.copy_(torch.randn(5))  # type: ignore[union-attr]
        norm.running_var.copy_(torch.rand(5) + 0.3)  # type: ignore[union-attr]
    head = Head(5, 3, 4, "3-bit")
    with torch.no_grad():
        head.bias.copy_(torch.tensor([0.6, -2.5, 1.0]))
    made = nn.Sequential(QuantLinear(n_in, 5, 6, weights), norm, UnsignedActivation(bits), head)
    return made.eval()


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("weights", ["ternary", "3-bit"])
def test_every_input_gives_what_the_trained_net_gives(bits: int, weights: str) -> None:
    for seed in range(5):
        trained = network(seed, 8, bits, weights)
        net = freeze_network(trained, 8, {})
        x = all_bits(8)
        with torch.no_grad():
            scores = trained(torch.from_numpy(x).float())
        found = interpret(net, x)
        assert np.array_equal(found["score"], scores.numpy())
        assert np.array_equal(found["class"], scores.argmax(1).numpy())
        assert np.array_equal(FrozenNet(net)(torch.from_numpy(x)).numpy(), found["class"])


def test_names_and_types_are_the_contract() -> None:
    net = freeze_network(network(), 8, {"name": "n"})
    assert [(node.name, node.inputs) for node in net.nodes] == [
        ("layer1.sum", ("x",)),
        ("layer1", ("layer1.sum",)),
        ("score", ("layer1",)),
        ("class", ("score",)),
    ]
    levels = net.node("layer1")
    assert isinstance(levels, Levels)
    assert (levels.bits, levels.signed) == (2, False)
    assert net.meta == {"name": "n"}


def test_steps_are_those_of_the_modules_at_every_reachable_sum() -> None:
    trained = network(3)
    levels = freeze_network(trained, 8, {}).node("layer1")
    assert isinstance(levels, Levels)
    first = trained[0]
    assert isinstance(first, QuantLinear)
    codes = first.codes().detach().numpy()
    for neuron in range(5):
        low, high = codes[neuron].clip(max=0).sum(), codes[neuron].clip(min=0).sum()
        for total in range(int(low), int(high) + 1):
            with torch.no_grad():
                by_module = trained[2](trained[1](torch.full((1, 5), float(total))))[0, neuron]
            by_table = levels.codes[neuron, (levels.edges[neuron] <= total).sum()]
            assert by_table == int(by_module)


def test_a_constant_neuron_has_no_edge() -> None:
    levels = freeze_network(network(), 8, {}).node("layer1")
    assert isinstance(levels, Levels)
    assert (levels.edges[2] == NEVER).all()  # its batch norm weight is zero
    assert len(set(levels.codes[2].tolist())) == 1


class Bump(UnsignedActivation):
    """1 where z is within 1 of zero: rises and falls."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return (z.abs() <= 1).float()


def test_an_activation_that_rises_and_falls() -> None:
    trained = network()
    trained[1] = nn.Identity()
    trained[2] = Bump(1)
    trained.eval()
    net = freeze_network(trained, 8, {})
    levels = net.node("layer1")
    assert isinstance(levels, Levels)
    assert [row for row in levels.edges.tolist() if -1 in row][:1] == [[-1, 2]]
    verify(trained, net, all_bits(8))


def test_two_hidden_layers_of_a_recipe(recipe: Recipe) -> None:
    torch.manual_seed(4)
    trained = build(recipe, 10, 3)
    trained.train()
    trained(torch.randint(0, 2, (64, 10)).float())
    trained.eval()
    net = freeze_network(trained, 10, {})
    verify(trained, net, all_bits(10))
    assert [node.name for node in net.nodes if isinstance(node, Levels)] == ["layer1", "layer2"]


def test_freeze_of_a_trained_model_carries_what_is_known(recipe: Recipe) -> None:
    data = load_set("cancer")
    found = train(recipe, *data.part(data.train), 2)
    model = Model(recipe, found.model, found.encoder, data.classes, {"quantized": 0.5})
    net = freeze(model, vectors=100)
    assert net.meta["name"] == "tiny"
    assert net.meta["classes"] == ["malignant", "benign"]
    assert net.meta["metrics"] == {"quantized": 0.5}
    assert net.meta["care"]["groups"][:2] == [[0, 1], [2, 3]]
    assert net.meta["encoder"] == found.encoder.to_dict()
    expected = found.model(torch.from_numpy(found.encoder.encode(data.features)).float())
    answers = interpret(net, found.encoder.encode(data.features))["class"]
    assert np.array_equal(answers, expected.argmax(1).numpy())


def test_freeze_compares_the_whole_data_set_and_random_vectors(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = load_set("cancer").features
    encoder = fit_encoder("thermometer", 2, features)
    compared: list[np.ndarray] = []
    monkeypatch.setattr(
        "gen.nets.freezing.freeze.verify", lambda network, net, bits: compared.append(bits)
    )
    freeze(Model(recipe, build(recipe, 60, 2).eval(), encoder, ("a", "b"), {}), vectors=77)
    assert np.array_equal(compared[0], encoder.encode(features))
    assert compared[1].shape == (77, 60)


KNOWN = (
    f"known are {', '.join(known_modules())}. For one more, write a function under @freezes(its"
    " class), see gen/nets/layers/__init__.py"
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda net: net.insert(1, nn.Softmax(1)),
            f"1: cannot freeze a Softmax; {KNOWN}",
        ),
        (
            lambda net: net.insert(0, nn.Linear(8, 8)),
            f"0: cannot freeze a Linear; {KNOWN}",
        ),
        (
            lambda net: net.insert(1, nn.BatchNorm1d(5)),
            "1: a BatchNorm1d may round otherwise for another batch; use SumNorm instead",
        ),
        (
            lambda net: net.pop(2),
            "2: a Head after SumNorm, whose values are no integers; an activation must come"
            " between",
        ),
        (
            lambda net: (net.pop(3), net.pop(2)),
            "the network ends in SumNorm, whose values are no integers",
        ),
        (
            lambda net: net.append(nn.Identity()),
            "4: a Identity after the head, which must be the last",
        ),
        (
            lambda net: [net.pop(0) for _ in range(4)],
            "the network has no layer",
        ),
        (
            lambda net: net[1].train(),
            "1: the network is in training mode; call eval() first",
        ),
    ],
)
def test_freeze_wrong(change: Any, message: str) -> None:
    trained = network()
    change(trained)
    if "training mode" not in message:
        trained.eval()
    with pytest.raises(FreezeError) as caught:
        freeze_network(trained, 8, {})
    assert str(caught.value) == message


def test_a_norm_that_gives_no_number_wrong() -> None:
    trained = network()
    with torch.no_grad():
        trained[1].get_parameter("bias")[3] = float("nan")
    with pytest.raises(FreezeError) as caught:
        freeze_network(trained, 8, {})
    assert str(caught.value) == "1: bias[3] is nan, not a number"


def test_nan_weights_wrong() -> None:
    trained = network(weights="3-bit")
    with torch.no_grad():
        trained[0].get_parameter("latent")[2, 1] = float("nan")
    with pytest.raises(FreezeError) as caught:
        freeze_network(trained, 8, {})
    assert str(caught.value) == "0: latent[2, 1] is nan, not a number"


def edited(net: IntNet, name: str) -> IntNet:
    """The same net with one weight, edge or bias moved by one."""
    nodes = []
    for node in net.nodes:
        if node.name == name and isinstance(node, Linear):
            weight = node.weight.copy()
            weight[0, 0] += 1
            node = Linear(node.name, node.inputs, weight, node.bias)
        elif node.name == name and isinstance(node, Levels):
            node = Levels(node.name, node.inputs, node.edges - 1, node.codes, bits=node.bits)
        nodes.append(node)
    return IntNet(net.n_inputs, tuple(nodes), meta=net.meta)


@pytest.mark.parametrize("name", ["layer1.sum", "layer1", "score"])
def test_verify_finds_a_moved_number(name: str) -> None:
    trained = network()
    net = edited(freeze_network(trained, 8, {}), name)
    with pytest.raises(FreezeError) as caught:
        verify(trained, net, all_bits(8))
    assert str(caught.value).startswith(f"{name}: input vector")
    assert "the trained network has" in str(caught.value)


def test_frozen_levels_pad_with_never() -> None:
    nodes = (
        Linear("layer1.sum", ("x",), np.array([[1, 1], [1, -1]], np.int8), np.zeros(2, np.int32)),
        Levels(
            "layer1",
            ("layer1.sum",),
            np.array([[0, 2], [1, NEVER]], np.int32),
            np.array([[0, 1, 3], [2, 0, 0]], np.int8),
            bits=2,
        ),
        Argmax("class", ("layer1",)),
    )
    found = FrozenNet(IntNet(2, nodes)).signals(torch.from_numpy(all_bits(2)))
    # sums: (0,0) (1,-1) (1,1) (2,0)
    assert found["layer1"].tolist() == [[1, 2], [1, 2], [1, 0], [3, 2]]
    assert found["class"].tolist() == [1, 1, 0, 0]


def test_ties_go_to_the_lowest_index() -> None:
    nodes = (
        Linear("score", ("x",), np.array([[0], [1], [1]], np.int8), np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    assert FrozenNet(IntNet(1, nodes))(torch.tensor([[0], [1]])).tolist() == [0, 1]


def test_an_encoder_of_another_width_wrong(recipe: Recipe) -> None:
    encoder = fit_encoder("thermometer", 2, np.zeros((4, 5)))
    model = Model(recipe, build(recipe, 12, 2).eval(), encoder, ("a", "b"), {})
    with pytest.raises(FreezeError) as caught:
        freeze(model)
    assert str(caught.value) == "layer1_sum: takes 12 inputs, but 'x' has 10"
