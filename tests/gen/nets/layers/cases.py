"""Small instances of every layer and composition: a line here is all that the battery needs."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from gen.data.encode import Code
from gen.data.sensors import Sensor, SensorEncoder
from gen.nets.layers import (
    AvgPool2d,
    Comparators,
    EachStep,
    Embedding,
    GatedCell,
    GroupSum,
    Head,
    LutLayer,
    LutLevels,
    MajorityVote,
    Parallel,
    QuantConv1d,
    QuantConv2d,
    QuantLinear,
    Recurrent,
    Residual,
    RnnCell,
    Scores,
    SignActivation,
    SignedActivation,
    SumAffine,
    SumBias,
    SumNorm,
    SumPool2d,
    SumScale,
    ThresholdHead,
    TopScore,
    UnsignedActivation,
)

__all__ = ["CASES", "Case", "settled"]


@dataclass(frozen=True)
class Case:
    """A network of `n_in` codes; with `signs` its last values are -1 and +1."""

    name: str
    make: Callable[[], nn.Module]
    n_in: int
    bits: int = 1
    signed: bool = False
    signs: bool = False


def row(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(*modules)


def image(channels: int, height: int, width: int) -> nn.Module:
    return nn.Unflatten(1, (channels, height, width))


def hidden(
    n_in: int, units: int, fan_in: int, bits: int = 1, weights: str = "ternary"
) -> nn.Module:
    return row(QuantLinear(n_in, units, fan_in, weights), SumNorm(units), UnsignedActivation(bits))


def weights(kind: str, bits: int = 1, signed: bool = False) -> Case:
    """A hidden layer and a head of one weight format."""
    fan_in = None if kind == "binary" else 2

    def make() -> nn.Module:
        first = QuantLinear(4, 5, fan_in, kind, bias=True)
        return row(first, SumNorm(5), UnsignedActivation(2), Head(5, 3, None, kind))

    return Case(f"{kind} weights over {bits}-bit codes{', signed' * signed}", make, 4, bits, signed)


def activation(name: str, make: Callable[[], nn.Module], signs: bool = False) -> Case:
    return Case(name, lambda: row(QuantLinear(6, 5, 4, "3-bit"), SumNorm(5), make()), 6, 1,
                False, signs)  # fmt: skip


def conv(name: str, size: int, make: Callable[[], nn.Module], signs: bool = False) -> Case:
    """Something over an image of bits."""
    return Case(name, lambda: row(image(1, size, size), make()), size * size, 1, False, signs)


def comparators() -> Comparators:
    """Four code bits of a signed integer of three bits and an unsigned one of two."""
    codes = Code("thermometer", (-1.5, 0.5)), Code("onehot", (1.0,))
    made = SensorEncoder(codes, (), (Sensor(3, True, 0.5), Sensor(2)))
    return Comparators(made.comparators())


CASES = (
    *(weights(kind) for kind in ("binary", "ternary", *(f"{k}-bit" for k in range(2, 9)))),
    *(weights("ternary", bits, signed) for bits in (2, 3) for signed in (False, True)),
    weights("3-bit", 4, True),
    Case("a random mask",
         lambda: row(QuantLinear(8, 4, 3, "3-bit", "random"), SumNorm(4), UnsignedActivation(1),
                     Head(4, 2, 2, "ternary", "random")), 8),
    Case("comparators of integers",
         lambda: row(comparators(), QuantLinear(4, 3, 2), SumNorm(3), UnsignedActivation(1),
                     Head(3, 2, 2)), 5),
    Case("comparators at each step",
         lambda: row(Recurrent(RnnCell(4, 3, 3), 2, comparators()), Head(3, 2, 2)), 10),
    Case("raw sums", lambda: QuantLinear(6, 3, 2), 6),
    *(activation(f"unsigned {b}-bit", lambda b=b: UnsignedActivation(b)) for b in range(1, 5)),
    *(activation(f"signed {b}-bit", lambda b=b: SignedActivation(b)) for b in range(1, 5)),
    activation("signs", SignActivation, signs=True),
    Case("a bias", lambda: row(QuantLinear(6, 5, 4), SumBias(5), UnsignedActivation(2)), 6),
    Case("a scale and a bias of each channel",
         lambda: row(QuantLinear(6, 5, 4), SumAffine(5, 0.4), SumScale(0.7), UnsignedActivation(2)),
         6),
    Case("two norms in a row, dropout, identity",
         lambda: row(QuantLinear(6, 5, 4), SumNorm(5), nn.Identity(), SumBias(5), nn.Dropout(0.0),
                     UnsignedActivation(2)), 6),
    *(Case(f"signs into {kind} weights",
           lambda kind=kind: row(hidden(6, 5, 3), QuantLinear(5, 4), SumNorm(4), SignActivation(),
                                 Head(4, 3, None, kind)), 6)
      for kind in ("binary", "ternary", "3-bit", "8-bit")),
    Case("an activation after signs", lambda: row(QuantLinear(5, 4), SumNorm(4), SignActivation(),
                                                  SumAffine(4), SignedActivation(3)), 5),
    Case("an activation of codes", lambda: row(SumAffine(4), UnsignedActivation(1)), 4, 3),
    # Convolution and pooling.
    Case("a convolution of one dimension",
         lambda: row(nn.Unflatten(1, (2, 5)), QuantConv1d(2, 4, 3, 4, padding=1, stride=2),
                     SumNorm(4), UnsignedActivation(1), nn.MaxPool1d(2, 1), nn.Flatten(),
                     Head(8, 2, 3)), 10),
    conv("a convolution", 3, lambda: row(QuantConv2d(1, 3, 2, 3, "3-bit"), SumNorm(3),
                                         UnsignedActivation(2))),
    conv("stride, padding, an integer bias", 4,
         lambda: row(QuantConv2d(1, 3, 3, 4, "4-bit", bias=True, stride=2, padding=1), SumNorm(3),
                     UnsignedActivation(1), nn.Flatten(), Head(12, 3, 4))),
    conv("an oblong kernel, stride and padding", 3,
         lambda: row(QuantConv2d(1, 2, (2, 3), 3, stride=(1, 2), padding=(0, 2)), SumNorm(2),
                     UnsignedActivation(1))),
    conv("binary weights over signs, padded with -1", 3,
         lambda: row(QuantConv2d(1, 2, 2, None, "binary"), SumNorm(2), SignActivation(),
                     QuantConv2d(2, 2, 2, None, "binary", padding=1, signs=True), SumNorm(2),
                     SignActivation()), signs=True),
    conv("depthwise, then pointwise", 3,
         lambda: row(QuantConv2d(1, 4, 2, 3), SumNorm(4), UnsignedActivation(2),
                     QuantConv2d(4, 4, 2, 3, groups=4), SumNorm(4), UnsignedActivation(1),
                     QuantConv2d(4, 3, 1, 2), SumNorm(3), UnsignedActivation(1))),
    conv("two groups", 3, lambda: row(QuantConv2d(1, 4, 2, 3), SumNorm(4), UnsignedActivation(1),
                                      QuantConv2d(4, 4, 2, 5, "3-bit", groups=2))),
    Case("an image of codes", lambda: row(image(2, 1, 2), QuantConv2d(2, 2, (1, 2), 3, "3-bit"),
                                          SumNorm(2), SignedActivation(2)), 4, 3, True),
    conv("max pooling, the OR of bits", 3, lambda: nn.MaxPool2d(2, 1)),
    conv("max pooling with padding and dilation", 3, lambda: nn.MaxPool2d(2, 1, 1, 2)),
    Case("max pooling of signed codes", lambda: row(image(1, 2, 2), nn.MaxPool2d((1, 2))), 4, 3,
         True),
    conv("max pooling of signs", 3,
         lambda: row(QuantConv2d(1, 2, 2), SumBias(2), SignActivation(), nn.MaxPool2d(2)),
         signs=True),
    conv("sum pooling", 3, lambda: row(SumPool2d(2, 1), nn.Flatten(), Head(4, 2, 3))),
    conv("max pooling of sums", 3, lambda: row(SumPool2d(2, 1), nn.MaxPool2d(2))),
    conv("average pooling", 3, lambda: row(AvgPool2d((2, 3), 1), SumAffine(1, 1.0),
                                           UnsignedActivation(2))),
    conv("average pooling of signs", 3,
         lambda: row(QuantConv2d(1, 2, 2), SumBias(2), SignActivation(), AvgPool2d(2),
                     SumAffine(2, 2.0), SignedActivation(3))),
    # Compositions.
    Case("residual of codes", lambda: row(hidden(6, 5, 3, 2), Residual(hidden(5, 5, 2, 2)),
                                          SumNorm(5), UnsignedActivation(2), Head(5, 2, 3)), 6),
    Case("residual of sums", lambda: row(hidden(6, 5, 3, 2), Residual(QuantLinear(5, 5, 2)),
                                         SumNorm(5), UnsignedActivation(2)), 6),
    conv("residual of signs in a convolution", 3,
         lambda: row(QuantConv2d(1, 2, 2), SumNorm(2), SignActivation(),
                     Residual(QuantConv2d(2, 2, 3, 9, padding=1, signs=True)), SumNorm(2),
                     SignActivation()), signs=True),
    Case("concatenation of unlike codes",
         lambda: row(hidden(6, 4, 3, 2),
                     Parallel(nn.Identity(), row(QuantLinear(4, 3, 2), SumNorm(3),
                                                 SignedActivation(2)),
                              row(QuantLinear(4, 2, 2), SumNorm(2), SignActivation())),
                     Head(9, 3, 5)), 6),
    Case("concatenation of signs",
         lambda: Parallel(*(row(QuantLinear(6, 3, 3), SumNorm(3), SignActivation())
                            for _ in range(2))), 6, signs=True),
    conv("concatenation of channels", 3,
         lambda: row(Parallel(nn.Identity(), row(QuantConv2d(1, 2, 3, 4, padding=1), SumNorm(2),
                                                 UnsignedActivation(1))), nn.MaxPool2d(2, 1))),
    Case("sequences in sequences, a residual in a branch",
         lambda: row(row(row(hidden(6, 4, 3)),
                         Parallel(row(Residual(hidden(4, 4, 2)), SumBias(4), UnsignedActivation(2)),
                                  nn.Identity())), Head(8, 2, 4)), 6),
    Case("concatenation of sums", lambda: row(Parallel(QuantLinear(6, 3, 2), nn.Identity()),
                                              SumNorm(9), UnsignedActivation(2)), 6),
    # Tables.
    Case("embedding of symbols", lambda: row(Embedding(3, 4, 2, True), Head(8, 2, 4)), 2, 3),
    Case("embedding of bits", lambda: row(Embedding(2, 3, from_bits=True), Head(9, 2, 4)), 6),
    Case("truth tables",
         lambda: row(LutLayer(6, 6, 4), LutLayer(6, 4, 2, "random"), GroupSum(4, 2)), 6),
    Case("truth tables over a hidden layer",
         lambda: row(hidden(6, 5, 3), LutLayer(5, 4, 3)), 6),
    Case("truth tables in levels",
         lambda: row(LutLevels(7, 6, 3, 3), GroupSum(6, 3, heavy=1)), 7),
    Case("truth tables in levels over others",
         lambda: row(LutLayer(6, 5, 3), LutLevels(5, 5, 2, 2, "random"), MajorityVote(5)), 6),
    Case("a tree of truth tables", lambda: row(LutLayer(8, 4, 2, "tree"), LutLayer(4, 2, 2, "tree"),
                                               LutLayer(2, 1, 2, "tree")), 8),
    # Heads.
    Case("scores alone", lambda: row(hidden(6, 4, 3), Scores(4, 3, 2, "3-bit")), 6),
    Case("top score", lambda: row(hidden(6, 4, 3), Scores(4, 3, 2, "3-bit"), TopScore()), 6),
    Case("top of signs", lambda: row(QuantLinear(6, 3, 5), SumBias(3), SignActivation(),
                                     TopScore()), 6),
    Case("a vote", lambda: row(LutLayer(6, 5, 3, "random"), MajorityVote(5)), 6),
    Case("group sums", lambda: row(hidden(6, 6, 3, 2), GroupSum(6, 3)), 6),
    Case("group sums of signs", lambda: row(QuantLinear(6, 6, 3), SumNorm(6), SignActivation(),
                                            GroupSum(6, 3)), 6),
    Case("a threshold", lambda: row(hidden(6, 4, 3), ThresholdHead(4, 3, "3-bit")), 6),
    # Recurrent.
    Case("a recurrent cell", lambda: row(Recurrent(RnnCell(3, 5, 4), 3), Head(5, 3, 3)), 9),
    Case("a learned first state", lambda: Recurrent(RnnCell(2, 4, 3, "3-bit", True), 3), 6),
    Case("a gated cell", lambda: row(Recurrent(GatedCell(3, 5, 4), 3), Head(5, 3, 3)), 9),
    Case("a gate that sees the input alone",
         lambda: row(Recurrent(GatedCell(3, 4, 2, reads_state=False), 4), GroupSum(4, 2)), 12),
    Case("each step embedded", lambda: row(Recurrent(RnnCell(3, 4, 3), 4, Embedding(2, 3)),
                                           hidden(4, 4, 2), ThresholdHead(4)), 4, 2),
    Case("an answer at each step", lambda: row(Recurrent(RnnCell(3, 5, 4), 3, sequence=True),
                                               EachStep(3), Head(5, 3, 3)), 9),
    Case("a stack of cells",
         lambda: row(Recurrent(RnnCell(3, 4, 4), 3, sequence=True),
                     Recurrent(RnnCell(4, 6, 5, "3-bit", True), 3), Head(6, 2, 5)), 9),
    Case("a stack of three kinds, something between each two steps",
         lambda: row(row(Recurrent(GatedCell(2, 4, 3, learned_start=True), 3, Embedding(2, 2),
                                   sequence=True)), nn.Identity(),
                     Recurrent(RnnCell(3, 3, 4), 3,
                               row(QuantLinear(4, 3, 3), SumAffine(3, 0.6), UnsignedActivation(2)),
                               sequence=True),
                     Recurrent(GatedCell(3, 5, 2, reads_state=False), 3), GroupSum(5, 5)), 3, 2),
    Case("a step of two signed codes", lambda: Recurrent(GatedCell(2, 4, 3), 2), 4, 2, True),
)  # fmt: skip


def settled(case: Case, seed: int = 0) -> nn.Module:
    """The case's network with random parameters and running statistics, in evaluation mode."""
    torch.manual_seed(seed)
    network = case.make()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith(("bias", "start_latent")):
                value.normal_(0, 0.5)
    for module in network.modules():
        if isinstance(module, SumNorm):
            _settle(module)
    return network.eval()


def _settle(norm: SumNorm) -> None:
    """Rising and falling channels, and the first one constant."""
    with torch.no_grad():
        norm.weight.normal_(0, 1.5)
        norm.weight[0] = 0
        norm.bias.normal_()
        norm.get_buffer("running_mean").normal_()
        norm.get_buffer("running_var").uniform_(0.3, 2)
