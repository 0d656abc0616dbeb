"""LUT4 of a recipe by formula: of its sizes alone, nothing built.

The costs of sums are those of `gen.nets.gates`, which are fitted to mapped networks, for the
weights that a unit is expected to have. A unit that nothing reads costs nothing: of U units, heads
or units that choose f each leave (1 - f/U)^n unread, where n choose at random.
"""

import math
from typing import Any

from gen.nets.gates import ARGMAX, BIT, EDGE, FEW, MORE, SMALL, WIDE
from gen.nets.recipe import Recipe
from gen.nets.toml import kinds

__all__ = ["formula"]

TABLE = {2: 1.0, 3: 1.0, 4: 1.0, 5: 2.0, 6: 3.5}
"""LUT4 of a learned table of so many inputs."""
DIGITS = {"binary": 1.0, "ternary": 1.0, "2-bit": 1.0, "3-bit": 4 / 3, "4-bit": 11 / 7}
"""Digits of a weight that is not zero, on average over its values; more bits have 2."""


def formula(recipe: Recipe, classes: int) -> float | None:
    """LUT4 of the network; None where a layer has no formula."""
    bits = [1]
    layers: list[kinds.Layer | kinds.Lut | kinds.Rnn] = []
    for layer in recipe.layers:
        if not isinstance(layer, (kinds.Layer, kinds.Lut, kinds.Rnn)):
            return None
        layers.append(layer)
        bits.append(layer.activation_bits if isinstance(layer, kinds.Layer) else 1)
    luts = _head(recipe.head, layers[-1].units, bits[-1], classes)
    read = _read(recipe.head, layers[-1].units, classes)
    for at, one in reversed(list(enumerate(layers))):
        live = one.units * (1.0 if isinstance(one, kinds.Rnn) else read)
        luts += live * _unit(one, bits[at])
        if at:
            fan_in = one.k if isinstance(one, kinds.Lut) else one.fan_in
            read = 1 - (1 - min(1.0, fan_in / layers[at - 1].units)) ** live
    return luts


def _read(head: Any, units: int, classes: int) -> float:
    """The part of the last units that the head reads."""
    if not isinstance(head, kinds.Weighted):
        return 1.0
    return float(1 - (1 - min(1.0, head.fan_in / units)) ** classes)


def _unit(layer: Any, input_bits: int) -> float:
    if isinstance(layer, kinds.Lut):
        return TABLE[layer.k]
    sums = _sum(layer, input_bits, getattr(layer, "activation_bits", 1))
    if isinstance(layer, kinds.Gru):
        return 2 * sums + 1
    return sums + isinstance(layer, kinds.Rnn)


def _sum(layer: Any, input_bits: int, code_bits: int) -> float:
    """A unit that compares its sum, as `gen.nets.gates.unit_lut4` has it."""
    count = layer.fan_in * input_bits
    if count <= SMALL:
        return float(code_bits) if count > 1 else 0.0
    few = (0.0,) * (SMALL + 1) + FEW
    found = few[count] if count < len(few) else BIT * count - MORE
    return found * (1.0 if _digits(layer) == 1 else WIDE) + EDGE * (2**code_bits - 2)


def _digits(layer: Any) -> float:
    return DIGITS.get(layer.weights, 2.0)


def _head(head: Any, units: int, input_bits: int, classes: int) -> float:
    if isinstance(head, kinds.Majority):
        return BIT * units
    if isinstance(head, kinds.GroupSum):
        each, largest, scores = units / classes, units / classes, classes
    else:
        count = head.fan_in * input_bits
        each, largest = count * _digits(head), count * _digits(head)
        scores = 1 if isinstance(head, kinds.Threshold) else classes
    found = scores * BIT * each
    if isinstance(head, (kinds.Scores, kinds.Threshold)):
        return found
    return found + ARGMAX * (classes - 1) * math.ceil(math.log2(largest + 1))
