"""What layers and their rules refuse, with the whole message; and faults planted after freezing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.intnet.interpret import codes_to_bits
from gen.intnet.network import IntNet, Table
from gen.nets import layers
from gen.nets.freezing.freeze import FreezeError, freeze_network, verify
from gen.nets.layers import (
    AvgPool2d,
    EachStep,
    Embedding,
    GroupSum,
    Head,
    LutLayer,
    Parallel,
    QuantConv2d,
    QuantLinear,
    Recurrent,
    Residual,
    RnnCell,
    Scores,
    SignActivation,
    SumAffine,
    SumNorm,
    SumPool2d,
    UnsignedActivation,
    freezing,
)
from gen.nets.weights import LayerError
from tests.gen.nets.layers.cases import CASES, Case, image, row, settled
from tests.gen.nets.layers.test_battery import EACH, frozen, inputs


class Half(QuantLinear):
    """A layer whose user made a weight 0.5."""

    def codes(self) -> torch.Tensor:
        codes = super().codes().clone()
        codes[1, 2] = 0.5
        return codes


class Large(QuantLinear):
    """A layer whose user made a weight 2 of a ternary one."""

    def codes(self) -> torch.Tensor:
        codes = super().codes().clone()
        codes[1, 2] = -2
        return codes


class Backwards(nn.Sequential):
    """A Sequential whose user has it do something after its modules."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = super().forward(x)
        return found.flip(1)


class Folded(UnsignedActivation):
    """An activation of the user's own: its rule asks the module itself."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return super().forward(z.abs() - 2)


OWN = (
    "it has a forward of its own, which the rule for a Sequential does not know; write a function"
    " under @freezes(its class), see gen/nets/layers/__init__.py"
)


def signs(units: int) -> nn.Module:
    return row(QuantLinear(4, units), SumAffine(units), SignActivation())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: row(Half(4, 3)), "0: weight[1, 2] is 0.5, not an integer"),
        (
            lambda: row(nn.Identity(), Large(4, 3)),
            "1: weight[1, 2] is -2, no ternary weight (at most 1 in size)",
        ),
        (lambda: row(QuantLinear(5, 3)), "0: takes 5 inputs, but 'x' has 4"),
        (
            lambda: row(image(1, 2, 2), QuantLinear(4, 3)),
            "1: takes 4 inputs, but 'x' has 1 x 2 x 2",
        ),
        (
            lambda: row(QuantConv2d(1, 2, 2)),
            "0: a QuantConv2d takes 3 dimensions without the batch, but 'x' has shape (4,)",
        ),
        (
            lambda: row(image(1, 2, 2), QuantConv2d(2, 2, 2)),
            "1: takes 2 channels, but 'x' has shape (1, 2, 2)",
        ),
        (
            lambda: row(image(1, 2, 2), QuantConv2d(1, 2, 3)),
            "1: layer1.sum: a kernel of (3, 3) does not fit (2, 2)",
        ),
        (
            lambda: row(image(1, 2, 2), QuantConv2d(1, 2, 1, padding=1, signs=True)),
            "1: signs is True, but 'x' holds codes: padding would be of another value",
        ),
        (
            lambda: row(signs(4), image(1, 2, 2), QuantConv2d(1, 2, 1, padding=1)),
            "2: signs is False, but 'layer1' holds -1 and +1: padding would be of another value",
        ),
        (
            lambda: row(image(1, 2, 2), AvgPool2d(2), nn.Flatten()),
            "2: a Flatten after SumScale, whose values are no integers; an activation must come"
            " between",
        ),
        (
            lambda: row(image(1, 2, 2), nn.MaxPool2d(2, ceil_mode=True)),
            "1: a MaxPool2d with ceil_mode or return_indices",
        ),
        (lambda: row(image(1, 2, 3)), "0: 4 elements in dimension 1 to (1, 2, 3)"),
        (lambda: row(image(1, 2, 2), nn.Flatten(2)), "1: a Flatten of some dimensions only"),
        (lambda: row(QuantLinear(4, 3), SumNorm(4)), "1: has 4 channels, but 'layer1.sum' has 3"),
        (
            lambda: row(Residual(QuantLinear(4, 3))),
            "0: its body makes shape (3,) of (4,)",
        ),
        (
            lambda: row(image(1, 2, 2), Parallel(nn.Identity(), SumPool2d(2))),
            "1: branches of shapes (1, 2, 2), (1, 1, 1)",
        ),
        (
            lambda: row(Parallel(nn.Identity(), row(QuantLinear(4, 3), SumNorm(3)))),
            "0: a Parallel after SumNorm, whose values are no integers; an activation must come"
            " between",
        ),
        (
            lambda: row(Embedding(3, 2, from_bits=True)),
            "0: takes groups of 3 bits, but 'x' has 4 elements of 1 bits",
        ),
        (lambda: row(Embedding(3, 2)), "0: takes 3 bits, but 'x' has 4 elements of 1 bits"),
        (lambda: row(LutLayer(5, 2, 2)), "0: takes 5 bits, but 'x' has (4,)"),
        (
            lambda: row(signs(3), LutLayer(3, 2, 2)),
            "1: truth tables read bits 0 and 1, which 'layer1' does not hold",
        ),
        (lambda: row(GroupSum(6, 2)), "0: takes 6 features, but gets shape (4,)"),
        (lambda: row(GroupSum(4, 2), GroupSum(2, 2)), "1: a GroupSum after the head, which must"
         " be the last"),
        (
            lambda: row(QuantLinear(4, 4), Recurrent(RnnCell(2, 2), 2)),
            "1: a Recurrent must come first, or after one with `sequence`; what acts on each step"
            " before the cell is its `each`",
        ),
        (
            lambda: row(Recurrent(RnnCell(2, 4), 2), Recurrent(RnnCell(2, 2), 2)),
            "1: a Recurrent must come first, or after one with `sequence`; what acts on each step"
            " before the cell is its `each`",
        ),
        (
            lambda: row(Recurrent(RnnCell(2, 4), 2, sequence=True), Recurrent(RnnCell(4, 2), 4)),
            "1: 4 steps, but 2 come in",
        ),
        (
            lambda: row(Recurrent(RnnCell(2, 4), 2, sequence=True), Head(8, 2)),
            "1: a Head after the values of all steps; a Recurrent reads them, an EachStep takes"
            " them apart, and what acts on each step before a cell is its `each`",
        ),
        (
            lambda: row(Recurrent(RnnCell(2, 4), 2), EachStep(2)),
            "1: takes the values of 2 steps apart, which a Recurrent of as many steps with"
            " `sequence` gives",
        ),
        (
            lambda: Recurrent(RnnCell(2, 4), 2, sequence=True),
            "the network ends in the values of all steps; the last Recurrent goes without"
            " `sequence`",
        ),
        (
            lambda: row(Recurrent(RnnCell(2, 4), 2, sequence=True), Recurrent(RnnCell(5, 2), 2)),
            "1.cell.next.0: takes 7 inputs, but 'layer2.concat' has 6",
        ),
        (
            lambda: Recurrent(RnnCell(2, 2), 3),
            "the network: 4 inputs are not a multiple of 3 steps",
        ),
        (lambda: Recurrent(RnnCell(3, 2), 2), "cell.next.0: takes 5 inputs, but 'layer1.concat'"
         " has 4"),
        (
            lambda: row(row(QuantLinear(4, 2)), row(nn.Identity(), nn.GELU())),
            "1.1: cannot freeze a GELU; known are ",
        ),
        (
            lambda: Backwards(QuantLinear(4, 2)),
            f"the network: cannot freeze a Backwards: {OWN}",
        ),
        (
            lambda: row(Backwards(QuantLinear(4, 2)), Head(2, 2)),
            f"0: cannot freeze a Backwards: {OWN}",
        ),
        (
            lambda: row(QuantLinear(4, 2)).double(),
            "0: latent is torch.float64 on cpu; call float() and cpu() first",
        ),
    ],
)  # fmt: skip
def test_freeze_wrong(make: Callable[[], nn.Module], message: str) -> None:
    torch.manual_seed(0)
    with pytest.raises(FreezeError) as caught:
        freeze_network(make().eval(), 4, {})
    found = str(caught.value)
    assert found.startswith(message) if message.endswith("known are ") else found == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: QuantLinear(4, 2, 5), "fan_in 5: a neuron has 1..4 inputs here"),
        (lambda: QuantLinear(4, 2, 0), "fan_in 0: a neuron has 1..4 inputs here"),
        (
            lambda: QuantLinear(4, 2, 3, "binary"),
            "fan_in 3 of 4 with binary weights, which are never zero; use ternary",
        ),
        (
            lambda: QuantLinear(4, 2, 3, "9-bit"),
            "weights '9-bit': known are binary, ternary, 2-bit, 3-bit, 4-bit, 5-bit, 6-bit, 7-bit,"
            " 8-bit",
        ),
        (
            lambda: QuantLinear(4, 2, 3, mask="fixed"),
            "mask 'fixed': known are learned, random",
        ),
        (
            lambda: QuantConv2d(3, 4, 2, groups=2),
            "3 channels and 4 filters in 2 groups",
        ),
        (lambda: UnsignedActivation(8), "an activation of 8 bits; 1 to 7 are allowed"),
        (lambda: Embedding(9, 2), "symbols of 9 bits; 1 to 8 are allowed"),
    ],
)
def test_layers_that_there_cannot_be_wrong(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(LayerError) as caught:
        make()
    assert str(caught.value) == message


def test_sums_that_float32_cannot_hold_wrong() -> None:
    torch.manual_seed(0)
    wide = row(QuantLinear(70_000, 1, None, "8-bit"), Head(1, 2)).eval()
    with torch.no_grad():
        wide[0].get_parameter("latent").fill_(1.0)
    with pytest.raises(FreezeError) as caught:
        freeze_network(wide, 70_000, {}, 2)
    assert str(caught.value) == ("0: layer1.sum[0]: sums reach 16777216; float32 would round them")


def test_a_care_set_is_cut_to_a_step_or_refused() -> None:
    network = Recurrent(RnnCell(4, 2), 2).eval()
    care = {"kind": "thermometer", "groups": [[0, 1], [2, 3], [4, 5], [6, 7]]}
    net = freeze_network(network, 8, {"care": care})
    assert net.meta == {"care": care | {"groups": [[0, 1], [2, 3]]}, "steps": 2}
    with pytest.raises(FreezeError) as caught:
        freeze_network(network, 8, {"care": care | {"groups": [[0, 1, 2], [3, 4, 5]]}})
    assert str(caught.value) == "a step of 4 bits ends inside a group of the care set"


def test_a_module_in_two_places_is_compared_in_both() -> None:
    torch.manual_seed(1)
    shared = row(QuantLinear(5, 5, 3), SumAffine(5, 0.5), UnsignedActivation(1)).eval()
    network = row(shared, shared, Head(5, 2)).eval()
    net = freeze_network(network, 5, {})
    bits = np.random.default_rng(0).integers(0, 2, (50, 5))
    verify(network, net, bits)
    assert net.node("layer2").inputs == ("layer2.sum",)
    with pytest.raises(FreezeError, match=r"^layer2(\.sum)?: input vector"):
        verify(network, moved(net, "layer2", "codes"), bits)


def test_what_the_whole_network_answers_is_compared() -> None:
    """A hook on the network acts after all of its modules."""
    network = settled(Case("", lambda: row(QuantLinear(5, 4), Scores(4, 3)), 5))
    net = freeze_network(network, 5, {})
    bits = np.random.default_rng(0).integers(0, 2, (50, 5))
    verify(network, net, bits)
    network.register_forward_hook(lambda module, given, made: made + 1)
    with pytest.raises(FreezeError, match=r"^score: input vector 0: the trained network has"):
        verify(network, net, bits)


def test_an_activation_of_ones_own_is_tabulated() -> None:
    made = Case("", lambda: row(QuantLinear(5, 4), SumAffine(4, 0.7), Folded(2), Head(4, 3)), 5)
    network = settled(made)
    verify(network, frozen(made, network), inputs(made))


def moved(net: IntNet, name: str, what: str) -> IntNet:
    """The network with every number of one array moved, to another value that is allowed."""
    nodes = list(net.nodes)
    at = [node.name for node in nodes].index(name)
    values = getattr(nodes[at], what)
    bits = getattr(nodes[at], "bits", 0)
    size = net.signals[nodes[at].inputs[0]].size
    if what == "wiring":
        other = (values + 1) % size
    elif what in ("codes", "tables"):
        low = -(1 << (bits - 1)) if nodes[at].signed else 0  # type: ignore[attr-defined]
        other = (values - low + 1) % (1 << bits) + low
    elif what == "signed":
        other = 1 - values
    elif what == "first":
        other = np.where(values > 0, values - 1, 1)
    else:
        other = values + (1 if what == "bias" else -1)
    nodes[at] = replace(nodes[at], **{what: other.astype(values.dtype)})
    return replace(net, nodes=tuple(nodes))


@EACH
def test_a_moved_number_anywhere_is_found(case: Case) -> None:
    network = settled(case)
    net = frozen(case, network)
    bits = codes_to_bits(inputs(case), case.bits)
    for node in net.nodes:
        for what in node.ARRAYS:
            whole = "top" in net.outputs or node.size == 1
            if what == "edges" or (what == "wiring" and whole):
                continue  # A step may lie where no sum comes; a unit may not tell its wires apart.
            other = moved(net, node.name, what)
            if np.array_equal(getattr(node, what), getattr(other.node(node.name), what)):
                continue  # Wires that have but one input to choose.
            with pytest.raises(FreezeError, match="input vector"):
                verify(network, other, bits)


def test_there_are_enough_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 60


def test_the_example_of_a_new_layer_is_all_that_one_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code in the package's docstring, run as it stands."""
    assert layers.__doc__ is not None
    lines = [line[4:] for line in layers.__doc__.splitlines() if line.startswith("    ")]
    known: dict[str, Any] = {"nn": nn, "np": np, "Table": Table, **vars(layers)}
    monkeypatch.setattr(freezing, "RULES", dict(freezing.RULES))
    exec("\n".join(lines), known)
    made = Case("the example", lambda: row(known["Negate"](), QuantLinear(4, 3, 2)), 4)
    network = settled(made)
    verify(network, frozen(made, network), inputs(made))
