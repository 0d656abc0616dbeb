"""How many LUT4 a network will take, estimated from its weights alone.

Melting counts bits by a running count (`gen.logic.count`), so a sum costs about the same for each
bit that it adds. A score needs every bit of its sum: a weight of several bits adds as many as it
has canonical signed digits. A hidden unit needs only comparisons, a function of few inputs that
mapping finds whatever the weights, so each weight counts once, and a few inputs cost what the best
circuits take: up to four are a LUT4 for each bit of the unit's code, five and six cost about three.
The figures are fitted to area mapping of digits networks, weights and activations of one bit and
of several: 466 to 931 LUT4 are 4 % off on average, 11 % at most (5-input units of 3-bit weights
6 %, those of 7 inputs 11 %).

Nothing is counted for a unit without weights, for one that nobody reads, and for a weight on a
unit that is constant. Linear layers alone have a model; registers and the encoder are left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from gen.nets.hardness import Quantized
from gen.nets.layers.activation import UnsignedActivation
from gen.nets.layers.linear import QuantLinear
from gen.nets.toml.table import RecipeError
from gen.nets.weights import LatentWeights

__all__ = [
    "Counted",
    "argmax_lut4",
    "counted_layers",
    "estimate",
    "integer_codes",
    "live_weights",
    "unit_bits",
    "unit_lut4",
]

BIT = 1.17  # LUT4 for each bit of a score's sum: 1.10 to 1.22 for 10 to 32 bits
SMALL = 4  # inputs of one LUT4
FEW = (2.8, 2.9, 4.2, 5.9, 7.0, 8.7)  # of a hidden unit of 5 to 10 inputs, one comparison
MORE = 3.0  # a hidden unit of more inputs takes so many LUT4 less than a score
EDGE = 1.7  # for each comparison after the first
WIDE = 1.25  # where weights have more than one bit: 1.1 to 1.5
ARGMAX = 1.82  # for each class after the first and bit of a score: 1.6 to 2.0

Counts = NDArray[np.int64]
Amounts = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """A linear layer as the estimate sees it.

    `input_bits` of each code it reads; `code_bits` of each code made of its sums, 0 for scores.
    """

    name: str
    layer: LatentWeights
    input_bits: int
    code_bits: int = 0


def counted_layers(network: nn.Module) -> list[Counted]:
    """The layers of a network of binary inputs; RecipeError where one has no estimate."""
    found: list[Counted] = []
    bits = 1
    for name, module in network.named_children():
        if isinstance(module, QuantLinear):
            found.append(Counted(name, module, bits))
        elif isinstance(module, UnsignedActivation) and found:
            bits = module.bits
            found[-1] = Counted(name, found[-1].layer, found[-1].input_bits, bits)
        elif any(isinstance(one, Quantized) for one in module.modules()):
            raise RecipeError(
                f"[schedule] gate_budget: {name} is a {type(module).__name__}; only linear layers"
                " have an estimate of their gates"
            )
    return found


def integer_codes(layer: LatentWeights) -> Counts:
    """A layer's weights (units, n_in) as they will be in hardware, whatever its hardness."""
    kept, layer.hardness = layer.hardness, 1.0
    codes = layer.codes().detach().numpy().astype(np.int64)
    layer.hardness = kept
    return codes


def live_weights(codes: list[Counts]) -> list[NDArray[np.bool_]]:
    """Which weights of consecutive layers (units, n_in) cost anything."""
    live = [code != 0 for code in codes]
    for before, after in zip(live, live[1:], strict=False):
        after &= before.any(1)
    for before, after in reversed(list(zip(live, live[1:], strict=False))):
        before &= after.any(0)[:, None]
    return live


def unit_bits(one: Counted, codes: Counts) -> Counts:
    """How many bits each of a layer's weights (...) adds to the sum of its unit: (...).

    A weight's digits are those of the non-adjacent form (Reitwiesner, "Binary arithmetic", 1960).
    """
    size = np.abs(codes)
    digits = np.sign(size) if one.code_bits else np.bitwise_count((size ^ 3 * size) >> 1)
    return digits.astype(np.int64) * one.input_bits


def unit_lut4(one: Counted, bits: Counts) -> Amounts:
    """LUT4 of units of a layer that add up so many bits (...): (...)."""
    if not one.code_bits:
        return np.asarray(BIT * bits, np.float64)
    few = np.array([*[0.0] * (SMALL + 1), *FEW])
    sums = np.where(bits < len(few), few[bits.clip(max=len(few) - 1)], BIT * bits - MORE)
    if one.layer.largest > 1:
        sums *= WIDE
    sums += EDGE * (2**one.code_bits - 2)
    small = np.where(bits > 1, float(one.code_bits), 0.0)  # a single bit is a wire
    return np.where(bits <= SMALL, small, sums)


def argmax_lut4(one: Counted, codes: Counts) -> float:
    """LUT4 of choosing among the scores of weights (classes, n_in)."""
    reach = int(np.abs(codes).sum(1).max()) * (2**one.input_bits - 1)
    return ARGMAX * (len(codes) - 1) * reach.bit_length()


def estimate(network: nn.Module) -> dict[str, float]:
    """Estimated LUT4 by layer name, and of "argmax"; their sum is the network's.

    Raises RecipeError where a layer has no estimate.
    """
    layers = counted_layers(network)
    codes = [integer_codes(one.layer) for one in layers]
    found: dict[str, float] = {}
    for one, code, live in zip(layers, codes, live_weights(codes), strict=True):
        found[one.name] = float(unit_lut4(one, unit_bits(one, code * live).sum(1)).sum())
        if not one.code_bits:
            found["argmax"] = argmax_lut4(one, code * live)
    return found
