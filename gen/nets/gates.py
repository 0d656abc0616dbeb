"""How many LUT4 a network will take, estimated from its weights alone.

A unit adds bits in columns by place value: a full adder (2 LUT4) takes three bits of a column to
one and a carry, a half adder (1 LUT4) two to one and a carry. A score needs every bit of its sum,
so a weight of several bits counts as its canonical signed digits. A hidden unit needs only
comparisons, a function of few inputs that mapping finds whatever the weights, so each weight counts
once; and a function of up to four bits is a LUT4 for each bit of its code. Units share adders, so
what is counted is multiplied by factors, fitted to `gen map` on ten trained networks of 51 to
1,105 LUT4, the shipped recipes among them: the estimate is 3.7 % off on average, 7.5 % at most.

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
from gen.nets.table import RecipeError
from gen.nets.weights import LatentWeights

__all__ = [
    "Counted",
    "adder_lut4",
    "argmax_lut4",
    "counted_layers",
    "digit_columns",
    "estimate",
    "integer_codes",
    "live_weights",
    "unit_columns",
    "unit_lut4",
]

PLACES = 16  # of a sum's columns: weights have up to 8 digits, codes 4 bits

HIDDEN = 0.66  # of a hidden unit's adders: 0.58 to 0.68 for 5 to 10 inputs, 0.78 for 12
EDGE = 0.8  # LUT4 for each comparison after the first
WIDE = 1.2  # where weights have more than one bit: 1.1 to 1.3
SCORES = 0.92  # of a score's adders: 0.79 to 1.03
ARGMAX = 1.65  # LUT4 for each class after the first and bit of a score: 1.5 to 1.9

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


def unit_columns(one: Counted, codes: Counts) -> Counts:
    """Bits that weights (...) of a layer add to the columns of their unit: (..., PLACES)."""
    return digit_columns(np.sign(codes) if one.code_bits else codes, one.input_bits)


def digit_columns(codes: Counts, input_bits: int) -> Counts:
    """Bits that weights (...) add to each column of their unit's sum: (..., PLACES).

    A weight's digits are those of the non-adjacent form (Reitwiesner, "Binary arithmetic", 1960).
    """
    size = np.abs(codes)[..., None]
    digits = ((size ^ 3 * size) >> 1) >> np.arange(PLACES) & 1
    shifted = [np.roll(digits, bit, axis=-1) for bit in range(input_bits)]
    return np.sum(shifted, axis=0)


def adder_lut4(columns: Counts) -> Counts:
    """LUT4 of the adders that bring columns of bits (..., PLACES) to one word, unshared.

    A column of n bits, carries included, needs (n - 1) // 2 full adders of 2 LUT4, and for an even
    n a half adder of 1: n - 1 in either case.
    """
    carried = np.zeros(columns.shape[:-1], np.int64)
    total = np.zeros(columns.shape[:-1], np.int64)
    for place in range(columns.shape[-1]):
        bits = columns[..., place] + carried
        total += (bits - 1).clip(min=0)
        carried = bits // 2
    return total


def unit_lut4(one: Counted, columns: Counts) -> Amounts:
    """LUT4 of units of a layer that add up columns (..., PLACES): (...)."""
    adders = adder_lut4(columns).astype(np.float64)
    if not one.code_bits:
        return SCORES * adders
    sums = HIDDEN * adders + EDGE * (2**one.code_bits - 2)
    if one.layer.largest > 1:
        sums *= WIDE
    bits = columns.sum(-1)
    small = np.where(bits > 1, float(one.code_bits), 0.0)  # a single bit is a wire
    return np.where(bits <= 4, small, sums)


def argmax_lut4(columns: Counts) -> float:
    """LUT4 of choosing among the scores that sum columns (classes, PLACES)."""
    reach = int((columns << np.arange(PLACES)).sum(-1).max())
    return ARGMAX * (len(columns) - 1) * reach.bit_length()


def estimate(network: nn.Module) -> dict[str, float]:
    """Estimated LUT4 by layer name, and of "argmax"; their sum is the network's.

    Raises RecipeError where a layer has no estimate.
    """
    layers = counted_layers(network)
    codes = [integer_codes(one.layer) for one in layers]
    found: dict[str, float] = {}
    for one, code, live in zip(layers, codes, live_weights(codes), strict=True):
        columns = unit_columns(one, code * live).sum(1)
        found[one.name] = float(unit_lut4(one, columns).sum())
        if not one.code_bits:
            found["argmax"] = argmax_lut4(columns)
    return found
