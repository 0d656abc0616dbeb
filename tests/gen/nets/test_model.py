"""Networks of recipes: every kind of layer is built, trained a step, stored, read and frozen."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gen.data.encode import Encoder
from gen.intnet.network import IntNet
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.nets.freezing.freeze import freeze_network, verify
from gen.nets.model import build, build_float
from gen.nets.recipe import (
    Recipe,
    RecipeError,
    find_recipe,
    recipe_from_dict,
    shipped_recipes,
)
from gen.nets.store import Model, load_model, save_model, weight_counts

CONV = {"kind": "conv", "channels": 4, "kernel": 3, "stride": 2, "padding": 1, "fan_in": 4}
LINEAR = {"units": 6, "fan_in": 4}

RECURRENT: dict[str, list[dict[str, Any]]] = {
    "rnn": [{"kind": "rnn", "units": 6, "fan_in": 5, "learned_start": True}],
    "gru": [{"kind": "gru", "units": 5, "fan_in": 4}, LINEAR | {"fan_in": 3}],
    "gru of the input": [{"kind": "gru", "units": 6, "fan_in": 4, "reads_state": False}],
    "stack": [
        {"kind": "gru", "units": 5, "fan_in": 4},
        {"kind": "rnn", "units": 4, "fan_in": 5},
        {"kind": "gru", "units": 6, "fan_in": 3, "reads_state": False},
        LINEAR,
    ],
    "embedded steps, stacked": [
        {"kind": "embedding", "symbol_bits": 4, "size": 3},
        {"kind": "rnn", "units": 6, "fan_in": 5},
        {"kind": "rnn", "units": 6, "fan_in": 5, "learned_start": True},
    ],
    "embedded steps": [
        {"kind": "embedding", "symbol_bits": 4, "size": 3},
        {"kind": "rnn", "units": 6, "fan_in": 5, "weights": "3-bit"},
    ],
}
NETS: dict[str, list[dict[str, Any]]] = {
    "linear": [LINEAR | {"mask": "random", "weights": "3-bit", "activation": "signed",
                         "activation_bits": 3}],
    "signs": [LINEAR | {"activation": "sign"},
              LINEAR | {"fan_in": 6, "weights": "binary", "activation": "sign"}],
    "conv": [CONV, {"kind": "max_pool", "size": 2, "stride": 1}, LINEAR],
    "conv of signs": [CONV | {"activation": "sign"},
                      CONV | {"weights": "binary", "fan_in": 36, "activation": "sign"}],
    "depthwise": [CONV, CONV | {"groups": 4, "weights": "3-bit", "activation_bits": 2}],
    "pools": [CONV | {"stride": 1}, {"kind": "avg_pool", "size": 2, "activation_bits": 2},
              {"kind": "sum_pool", "size": 2}],
    "tables": [{"kind": "lut", "units": 12}, {"kind": "lut", "units": 6, "k": 2,
                                              "wiring": "tree"}],
    "embedding": [{"kind": "embedding", "symbol_bits": 2, "size": 2, "bits": 2}, LINEAR],
    "residual": [CONV, {"kind": "residual", "activation_bits": 2,
                        "body": [CONV | {"stride": 1}, CONV | {"stride": 1}]}],
    "residual of vectors": [LINEAR, {"kind": "residual", "body": [LINEAR]}, LINEAR],
    "concat": [CONV, {"kind": "concat", "keep_input": True,
                      "branches": [CONV | {"stride": 1, "activation_bits": 2},
                                   {"kind": "conv", "channels": 2, "kernel": 1, "fan_in": 2}]}],
    "concat of inputs": [{"kind": "concat", "branches": [CONV, CONV]}, LINEAR],
    "concat of signs": [LINEAR, {"kind": "concat", "branches": [
        LINEAR | {"activation": "sign"}, LINEAR | {"activation": "sign"}]}],
    **RECURRENT,
}  # fmt: skip
HEADS: dict[str, dict[str, Any]] = {
    "argmax": {"fan_in": 3},
    "scores": {"kind": "scores", "fan_in": 3, "weights": "3-bit"},
    "group_sum": {"kind": "group_sum"},
    "threshold": {"kind": "threshold", "fan_in": 3},
}
EACH = pytest.mark.parametrize("name", NETS)


def recipe(name: str = "conv", head: str = "argmax", bits: int = 2) -> Recipe:
    return recipe_from_dict(as_table(name, head, bits))


def as_table(name: str, head: str = "argmax", bits: int = 2) -> dict[str, Any]:
    return {
        "name": name.replace(" ", "-"),
        "data": {"set": "digits", "steps": 8 if name in RECURRENT else 1},
        "encoding": {"kind": "thermometer", "bits": bits},
        "layers": copy.deepcopy(NETS[name]),
        "head": dict(HEADS[head]),
        "schedule": {"epochs": 1},
    }


def built(made: Recipe, classes: int = 3) -> nn.Sequential:
    """The network with running statistics of some random inputs, in evaluation mode."""
    torch.manual_seed(0)
    network = build(made, 64 * made.encoding.bits, classes).train()
    for _ in range(5):
        network(torch.randint(0, 2, (32, 64 * made.encoding.bits)).float())
    return network.eval()


def frozen(made: Recipe, network: nn.Sequential) -> IntNet:
    net = freeze_network(network, 64 * made.encoding.bits, {})
    bits = np.random.default_rng(1).integers(0, 2, (100, 64 * made.encoding.bits))
    verify(network, net, bits)
    return net


@EACH
@pytest.mark.parametrize("bits", [1, 2])
def test_every_kind_freezes_exactly_and_melts(name: str, bits: int) -> None:
    if bits == 1 and name.startswith("embedded steps"):
        bits = 4
    made = recipe(name, bits=bits)
    net = frozen(made, built(made))
    assert net.meta.get("steps", 1) == made.data.steps
    assert net.n_inputs * made.data.steps == 64 * bits
    check_melted(net, melt(net))


@pytest.mark.parametrize("head", HEADS)
def test_every_head_freezes(head: str) -> None:
    made = recipe("linear", head)
    classes = 2 if head == "threshold" else 3
    net = frozen(made, built(made, classes))
    wanted = {"scores": ("score",), "threshold": ("class",)}
    assert net.outputs == wanted.get(head, ("class", "score"))


@EACH
def test_a_recipe_comes_back_from_its_table_and_its_model_from_its_files(
    name: str, tmp_path: Path
) -> None:
    made = recipe(name)
    assert recipe_from_dict(json.loads(json.dumps(made.to_dict()))) == made
    network = built(made)
    encoder = Encoder.alike("thermometer", np.tile(np.array([4.0, 9.0]), (64, 1)))
    path = save_model(Model(made, network, encoder, ("a", "b", "c"), {"train": 1.0}), tmp_path)
    again = load_model(path)
    assert again.recipe == made
    x = torch.randint(0, 2, (20, 128)).float()
    assert torch.equal(again.network(x), network(x))


@EACH
def test_gradients_reach_the_whole_network_and_its_twin(name: str) -> None:
    made = recipe(name)
    for make in (build, build_float):
        torch.manual_seed(1)
        network = make(made, 128, 3).train()
        for _ in range(3):
            scores = network(torch.randint(0, 2, (64, 128)).float())
            scores = network[-1].logits(scores) if make is build else scores
            F.cross_entropy(scores, torch.randint(0, 3, (64,))).backward()
        for path, value in network.named_parameters():
            assert value.grad is not None, path
            if "start_latent" not in path:
                assert value.grad.any(), path


def test_a_convolution_over_the_encoders_bits_is_one_over_channels() -> None:
    """Bit j of a pixel is its channel j: PyTorch's own convolution of the permuted image."""
    made = recipe("conv", bits=3)
    network = built(made)
    first = network[1]
    x = torch.randint(0, 2, (10, 192)).float()
    channels = x.view(10, 8, 8, 3).permute(0, 3, 1, 2)
    codes = first.codes().view(4, 3, 3, 3).permute(0, 3, 1, 2)  # y, x, bit -> bit, y, x
    wanted = F.conv2d(channels, codes, stride=2, padding=1)
    assert torch.equal(network[1](network[0](x)), wanted)
    assert wanted.shape == (10, 4, 4, 4)


def test_a_gate_budget_gives_every_unit_its_own_fan_in() -> None:
    table = as_table("linear") | {"schedule": {"epochs": 1, "gate_budget": 50}}
    network = build(recipe_from_dict(table), 128, 3)
    assert [m.fan_ins.tolist() for m in network if hasattr(m, "fan_ins")] == [[4] * 6, [3] * 3]
    table["layers"] = [{"units": 4, "fan_in": 128, "weights": "binary"}]
    with pytest.raises(RecipeError) as caught:
        build(recipe_from_dict(table), 128, 3)
    assert str(caught.value) == (
        "[schedule] gate_budget: layer1_sum has binary weights, never zero"
    )


def test_names_say_what_a_module_is() -> None:
    network = built(recipe("conv"))
    assert list(dict(network.named_children())) == [
        "layer1_image", "layer1_sum", "layer1_norm", "layer1", "layer2", "layer3_flat",
        "layer3_sum", "layer3_norm", "layer3", "score",
    ]  # fmt: skip


def test_weights_within_layers_are_counted() -> None:
    counts = weight_counts(built(recipe("residual")))
    assert counts["bits"] == [2, 2, 2, 2]
    assert counts["nonzero"] == 4 * 4 * 3 + 3 * 3
    assert weight_counts(built(recipe("gru")))["nonzero"] == 2 * 5 * 4 + 6 * 3 + 3 * 3


@pytest.mark.parametrize(
    ("name", "layers", "message"),
    [
        (
            "cancer",
            [CONV],
            "[[layers]] 1: needs an image, but gets 60 values without rows",
        ),
        (
            "digits",
            [LINEAR, CONV],
            "[[layers]] 2: needs an image, but gets 6 values without rows",
        ),
        (
            "digits",
            [{"kind": "max_pool", "size": 2}],
            "[[layers]] 1: max_pool of the encoder's bits; put a conv layer before it",
        ),
        (
            "digits",
            [CONV, {"kind": "max_pool", "size": 5}],
            "[[layers]] 2: size 5: the image is 4 x 4",
        ),
        (
            "digits",
            [CONV | {"kernel": 9, "padding": 0}],
            "[[layers]] 1: kernel 9: the image is 8 x 8",
        ),
        (
            "digits",
            [CONV | {"fan_in": 40}],
            "[[layers]] 1: fan_in 40: a neuron has 1..18 inputs here",
        ),
        (
            "digits",
            [CONV | {"groups": 3}],
            "[[layers]] 1: 1 channels and 4 filters in 3 groups",
        ),
        (
            "digits",
            [CONV, {"kind": "residual", "body": [CONV]}],
            "[[layers]] 2: the body makes shape (4, 2, 2) of (4, 4, 4)",
        ),
        (
            "digits",
            [CONV, {"kind": "residual", "body": [{"kind": "max_pool", "size": 1}]}],
            "[[layers]] 2: a max_pool layer has no sums; linear and conv have",
        ),
        (
            "digits",
            [CONV, {"kind": "concat", "branches": [CONV], "keep_input": True}],
            "[[layers]] 2: branches of shapes (4, 4, 4), (4, 2, 2)",
        ),
        (
            "digits",
            [LINEAR, {"kind": "rnn", "units": 3, "fan_in": 2}],
            "[[layers]] 2: a rnn layer comes first, or right after an embedding or a recurrent"
            " layer",
        ),
        (
            "digits",
            [
                {"kind": "embedding", "symbol_bits": 2, "size": 2},
                LINEAR,
                {"kind": "rnn", "units": 3, "fan_in": 2},
            ],
            "[[layers]] 3: a rnn layer comes first, or right after an embedding or a recurrent"
            " layer",
        ),
        (
            "digits",
            [{"kind": "lut", "units": 5, "wiring": "tree"}],
            "[[layers]] 1: 5 tables of 4 inputs make a tree of 20, not 128, bits",
        ),
        (
            "digits",
            [{"kind": "embedding", "symbol_bits": 3, "size": 2}],
            "[[layers]] 1: symbols of 3 bits do not divide 128 bits",
        ),
    ],
)
def test_layers_that_do_not_fit_wrong(
    name: str, layers: list[dict[str, Any]], message: str
) -> None:
    table = as_table("conv") | {"name": "r", "data": {"set": name}, "layers": layers}
    with pytest.raises(RecipeError) as caught:
        build(recipe_from_dict(table), 128 if name == "digits" else 60, 3)
    assert str(caught.value) == f"r: {message}"


@pytest.mark.parametrize(
    ("head", "steps", "message"),
    [
        ({"kind": "threshold", "fan_in": 3}, 8,
         "[head]: a threshold decides between 2 classes, the data has 3"),
        ({"kind": "group_sum"}, 8, "[head]: 5 features are not a multiple of 3 classes"),
        ({"fan_in": 7}, 8, "[head]: fan_in 7: a neuron has 1..5 inputs here"),
        ({"fan_in": 3}, 3, "[[layers]] 1: [data] steps: 3 do not divide 128 input bits"),
    ],
)  # fmt: skip
def test_heads_and_steps_that_do_not_fit_wrong(
    head: dict[str, Any], steps: int, message: str
) -> None:
    table = as_table("gru") | {"name": "r", "head": head}
    table["layers"] = [{"kind": "gru", "units": 5, "fan_in": 2}]
    table["data"]["steps"] = steps
    if head.get("fan_in") == 7:
        table["layers"].insert(0, {"kind": "embedding", "symbol_bits": 2, "size": 2})
        table["layers"].append({"kind": "concat", "branches": [{"units": 5, "fan_in": 2}]})
    with pytest.raises(RecipeError) as caught:
        build(recipe_from_dict(table), 128, 3)
    assert str(caught.value) == f"r: {message}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"layers": [{"kind": "cnv"}]},
            "[[layers]] 1 kind: 'cnv'; did you mean 'conv'? known: linear, conv, max_pool,"
            " sum_pool, avg_pool, lut, embedding, rnn, gru, residual, concat",
        ),
        (
            {"layers": [CONV | {"units": 4}]},
            "[[layers]] 1: unknown key 'units'; known: fan_in, weights, mask, activation_bits,"
            " activation, channels, kernel, stride, padding, groups",
        ),
        (
            {"layers": [{"kind": "residual", "body": [{"kernal": 3}]}]},
            "[[layers]] 1 body 1: unknown key 'kernal'; known: fan_in, weights, mask,"
            " activation_bits, activation, units",
        ),
        (
            {"layers": [{"kind": "concat", "branches": []}]},
            "[[layers]] 1 branches must be one table or more, got []",
        ),
        (
            {"layers": [{"kind": "gru", "units": 4, "fan_in": 2, "reads_state": 1}]},
            "[[layers]] 1 reads_state: 1 is not true or false",
        ),
        (
            {"head": {"kind": "softmax"}},
            "[head] kind: 'softmax'; known: argmax, scores, threshold, group_sum, majority",
        ),
        (
            {"data": {"set": "digits", "steps": 4}},
            "[data] steps: 4, but no layer is an rnn or a gru",
        ),
    ],
)
def test_kinds_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(as_table("linear") | change, "r.toml")
    assert str(caught.value) == f"r.toml: {message}"


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_shipped_recipe_freezes_before_it_is_trained(name: str) -> None:
    made = find_recipe(name)
    sizes = {"digits": (64, 10), "cancer": (30, 2), "mnist": (784, 10), "names": (12, 27)}
    sizes |= {"fashion": (784, 10), "letter": (16, 26), "magic": (10, 2), "nsl-kdd": (121, 2)}
    sizes |= {"ecg": (56, 4), "mnist-14x14": (196, 10), "fashion-14x14": (196, 10)}
    features, classes = sizes[made.data.set]
    n_in = features * made.encoding.bits
    torch.manual_seed(0)
    network = build(made, n_in, classes).train()
    network(torch.randint(0, 2, (32, n_in)).float())
    net = freeze_network(network.eval(), n_in, {})
    verify(network, net, np.random.default_rng(0).integers(0, 2, (40, n_in)))
    assert net.n_inputs * made.data.steps == n_in
