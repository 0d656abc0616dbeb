"""A section of the network for one class: wiring, gradients, and what is left without it."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from gen.data.sets import load_set
from gen.data.thresholds import fit_encoder
from gen.intnet.constants import with_constants
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet
from gen.nets.freezing.freeze import freeze, freeze_network
from gen.nets.layers.linear import QuantLinear
from gen.nets.layers.section import SectionHead
from gen.nets.model import build
from gen.nets.recipe import Recipe, RecipeError, recipe_from_dict
from gen.nets.store import Model, load_model, save_model
from gen.nets.training.localize import Routing
from gen.nets.training.train import deterministic, train
from gen.nets.weights import LayerError
from tests.gen.nets.conftest import tiny

BEHAVIOUR, SECTION = 1, 3
Blobs = tuple[np.ndarray, np.ndarray]


def localized(**schedule: object) -> Recipe:
    value = tiny(**schedule).to_dict()
    return recipe_from_dict(value | {"localize": {"behaviour": BEHAVIOUR, "section": SECTION}})


def without_section(net: IntNet) -> IntNet:
    bits = {
        (node.name, element, bit): 0
        for node in net.activations
        for element in range(net.signals[node.name].size - SECTION, net.signals[node.name].size)
        for bit in range(net.signals[node.name].bits or 0)
    }
    return with_constants(net, bits)


@pytest.mark.parametrize("seed", range(20))
def test_without_its_section_a_class_is_never_said(seed: int) -> None:
    """Whatever the weights and biases: all inputs of random networks."""
    with deterministic(seed):
        network = build(localized(), 8, 3).eval()
        head = network[-1]
        assert isinstance(head, SectionHead)
        torch.nn.init.normal_(head.bias, std=6)
        for name, value in network.named_parameters():
            if "norm" in name:
                torch.nn.init.normal_(value)
    net = freeze_network(network, 8, {})
    rows = np.array(list(product((0, 1), repeat=8)), np.uint8)
    left = without_section(net)
    assert not (interpret(left, rows)["class"] == BEHAVIOUR).any()
    before, after = interpret(net, rows), interpret(left, rows)
    kept = [at for at in range(3) if at != BEHAVIOUR]
    np.testing.assert_array_equal(before["score"][:, kept], after["score"][:, kept])
    others = before["class"] != BEHAVIOUR
    np.testing.assert_array_equal(before["class"][others], after["class"][others])


def test_the_wiring_of_a_section(blobs: Blobs) -> None:
    network = train(localized(epochs=5), *blobs, 3).model
    _, second, head = (one for one in network if isinstance(one, QuantLinear))
    codes = second.codes()
    assert not codes[:-SECTION, -SECTION:].any()
    assert (codes[:-SECTION] != 0).sum(1).eq(4).all()  # of 5 asked for, 7 - 3 are outside
    assert (codes[-SECTION:] != 0).sum(1).eq(5).all()
    scores = head.codes()
    assert not scores[BEHAVIOUR, :-SECTION].any()
    assert scores[BEHAVIOUR, -SECTION:].all()
    assert not scores[[0, 2], -SECTION:].any()


@pytest.mark.parametrize("of_behaviour", [True, False])
def test_an_example_of_the_class_teaches_the_section_alone(
    blobs: Blobs, of_behaviour: bool
) -> None:
    features, labels = blobs
    bits = fit_encoder("thermometer", 2, features).encode(features).astype(np.float32)
    network = build(localized(), bits.shape[1], 3)
    routing = Routing(network)
    rows = (labels == BEHAVIOUR) == of_behaviour
    target = torch.from_numpy(labels[rows])
    with routing.of(target):
        scores = network(torch.from_numpy(bits[rows]))
    torch.nn.functional.cross_entropy(network[-1].logits(scores), target).backward()
    outside = [
        network.layer1_sum.latent.grad[:-SECTION],
        network.layer1_norm.weight.grad[:-SECTION],
        network.layer2_sum.latent.grad[:-SECTION],
        network.layer2_norm.bias.grad[:-SECTION],
        network.score.latent.grad[[0, 2]],
        network.score.bias.grad[[0, 2]],
    ]
    inside = [
        network.layer1_sum.latent.grad[-SECTION:],
        network.layer2_sum.latent.grad[-SECTION:],
        network.score.latent.grad[BEHAVIOUR],
        network.score.bias.grad[BEHAVIOUR],
    ]
    assert all(one.any() for one in inside)
    assert all(bool(one.any()) != of_behaviour for one in outside)


def test_outside_of_training_nothing_is_routed() -> None:
    network = build(localized(), 8, 3)
    bits = torch.eye(8)
    plain = network(bits)
    with Routing(network).of(torch.full((8,), BEHAVIOUR)):
        routed = network(bits)
    assert torch.equal(plain, routed)
    routed[:, 0].sum().backward()
    assert not network.score.latent.grad[0].any()
    network(bits)[:, 0].sum().backward()
    assert network.score.latent.grad[0].any()


def test_a_trained_section_has_a_name_and_is_kept(blobs: Blobs, tmp_path: Path) -> None:
    value = localized(epochs=40).to_dict()
    value["localize"] = {"behaviour": 0, "section": 2}
    value["head"]["fan_in"] = 3
    recipe = recipe_from_dict(value)
    data = load_set("cancer")
    found = train(recipe, *data.part(data.train), 2)
    model = Model(recipe, found.model, found.encoder, data.classes, {"quantized": 0.5})
    again = load_model(save_model(model, tmp_path))
    assert again.recipe == recipe
    net = freeze(again, vectors=50)
    units = ["layer1[5]", "layer1[6]", "layer2[4]", "layer2[5]"]
    assert net.meta["sections"] == {data.classes[0]: units}
    assert freeze(model, vectors=50).meta == net.meta


@pytest.mark.parametrize("kind", ["naive", "gradual", "layerwise"])
def test_it_goes_with_every_schedule(blobs: Blobs, kind: str) -> None:
    recipe = localized(kind=kind, epochs=6, warm_start=2)
    found = train(recipe, *blobs, 3)
    net = freeze_network(found.model, 8, {})
    rows = np.array(list(product((0, 1), repeat=8)), np.uint8)
    assert not (interpret(without_section(net), rows)["class"] == BEHAVIOUR).any()
    train(recipe, *blobs, 3, float_twin=True)


def changed(path: str, value: object) -> dict:
    found = localized().to_dict()
    *way, last = path.split(".")
    inner = found
    for step in way:
        inner = inner[int(step)] if step.isdecimal() else inner[step]
    inner[last] = value
    return found


WRONG = [
    ("localize.section", 6, "section: 6 of the 6 units of [[layers]] 2 leave none"),
    ("localize.section", 0, "section"),
    ("localize.behavior", 1, "unknown key 'behavior'; did you mean 'behaviour'"),
    ("schedule.gate_budget", 100, "goes without [schedule] gate_budget"),
    ("layers.0.activation", "signed", "[[layers]] 1 must be linear"),
    ("layers.1.mask", "random", "[[layers]] 2 must be linear"),
    ("head.kind", "scores", 'needs a head of kind "argmax", this is scores'),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_what_a_section_cannot_be_in(path: str, value: object, message: str) -> None:
    with pytest.raises(RecipeError) as error:
        recipe_from_dict(changed(path, value))
    assert message in str(error.value)


def test_a_class_that_there_is_not() -> None:
    value = localized().to_dict()
    value["localize"]["behaviour"] = 3
    with pytest.raises(RecipeError, match="behaviour: 3, but the classes are 0 to 2"):
        build(recipe_from_dict(value), 8, 3)
    with pytest.raises(LayerError, match="a section of 9 of 8 units for class 0 of 3"):
        SectionHead(8, 3, 4, "ternary", 9, 0)
