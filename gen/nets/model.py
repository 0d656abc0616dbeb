"""A recipe's network as an ordinary nn.Sequential, and its float twin.

For each hidden layer: `layerN_sum` (integer sums), `layerN_norm`, `layerN` (integer codes); then
`score` (integer scores). Inputs are bits 0 and 1 as floats.
"""

from collections import OrderedDict

from torch import nn

from gen.nets.layers import Head, QuantLinear, SumNorm, UnsignedActivation
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.weights import LatentWeights

__all__ = ["build", "build_float"]


def build(recipe: Recipe, n_in: int, n_classes: int) -> nn.Sequential:
    """The quantized network for `n_in` input bits; RecipeError where fan_in is above n_in."""
    if recipe.layers[0].fan_in > n_in:
        raise RecipeError(
            f"{recipe.name}: [[layers]] 1 fan_in: {recipe.layers[0].fan_in} is more than the {n_in}"
            f" input bits of {recipe.data.set} with {recipe.encoding.bits} per feature"
        )
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    width = n_in
    for number, layer in enumerate(recipe.layers, 1):
        modules[f"layer{number}_sum"] = QuantLinear(width, layer.units, layer.fan_in, layer.weights)
        modules[f"layer{number}_norm"] = SumNorm(layer.units)
        modules[f"layer{number}"] = UnsignedActivation(layer.activation_bits)
        width = layer.units
    modules["score"] = Head(width, n_classes, recipe.head.fan_in, recipe.head.weights)
    network = nn.Sequential(modules)
    if recipe.schedule.gate_budget is not None:
        for module in network.modules():
            if isinstance(module, LatentWeights):
                module.give_own_fan_ins()
    return network


def build_float(recipe: Recipe, n_in: int, n_classes: int) -> nn.Sequential:
    """The same layers with dense float weights and ReLU: what quantizing is compared with."""
    modules: list[nn.Module] = []
    width = n_in
    for layer in recipe.layers:
        modules += [nn.Linear(width, layer.units), nn.BatchNorm1d(layer.units), nn.ReLU()]
        width = layer.units
    return nn.Sequential(*modules, nn.Linear(width, n_classes))
