"""Kinds of layers and heads that a recipe can ask for: a strict table each, without torch.

A table's `kind` says which one it is. What each becomes is in `gen.nets.model`.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from gen.data.names import nearest
from gen.nets.toml.table import (
    RecipeError,
    choice,
    either,
    flag,
    integer,
    number,
    read_table,
    tables,
)

__all__ = [
    "HEADS",
    "LAYERS",
    "Activated",
    "AvgPool",
    "Concat",
    "Conv",
    "Embedding",
    "GroupSum",
    "Gru",
    "Head",
    "Kind",
    "Layer",
    "Lut",
    "Majority",
    "MaxPool",
    "Residual",
    "Rnn",
    "Scores",
    "SumPool",
    "Threshold",
    "Weighted",
    "largest_sum",
    "read_head",
    "read_layer",
    "table_of",
]

WEIGHTS = ("binary", "ternary", *(f"{k}-bit" for k in range(2, 9)))
ACTIVATIONS = ("unsigned", "signed", "sign")
MASKS = ("learned", "random")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One table; `kind` is its name in recipes."""

    kind: ClassVar[str]


@dataclass(frozen=True, kw_only=True)
class Activated(Kind):
    """A layer that ends in an activation of `activation_bits`.

    Codes are "unsigned", 0..2^bits - 1, "signed", two's complement, or of one bit that stands for
    -1 and +1, "sign".
    """

    activation_bits: int = integer(1, 4, default=1)
    activation: str = choice(ACTIVATIONS, default="unsigned")


@dataclass(frozen=True, kw_only=True)
class Weighted(Kind):
    """A layer or head with weights, `fan_in` of each unit not zero.

    They are `binary`, -1 and 1, `ternary`, -1..1, or `k-bit`, -(2^(k-1) - 1)..2^(k-1) - 1 (3-bit:
    -3..3). Which of them are zero is learned, or a "random" mask.
    """

    fan_in: int = integer(1, 65536)
    weights: str = choice(WEIGHTS, default="ternary")
    mask: str = choice(MASKS, default="learned")


@dataclass(frozen=True, kw_only=True)
class Layer(Activated, Weighted):
    """Linear: `units` sums of inputs, batch norm, activation."""

    kind = "linear"
    units: int = integer(1, 65536)


@dataclass(frozen=True, kw_only=True)
class Conv(Activated, Weighted):
    """A convolution of `channels` filters, batch norm, activation.

    The input is an image, at first that of the data set, the encoder's bits of a pixel being its
    channels. `fan_in` counts the weights of a filter. `groups` = channels is depthwise.
    """

    kind = "conv"
    channels: int = integer(1, 4096)
    kernel: int = integer(1, 64)
    stride: int = integer(1, 64, default=1)
    padding: int = integer(0, 63, default=0)
    groups: int = integer(1, 4096, default=1)


@dataclass(frozen=True, kw_only=True)
class MaxPool(Kind):
    """The largest code of each window; `stride` is `size` unless given."""

    kind = "max_pool"
    size: int = integer(1, 64)
    stride: int | None = integer(1, 64, default=None)


@dataclass(frozen=True, kw_only=True)
class SumPool(MaxPool):
    """The sum of each window, as it is."""

    kind = "sum_pool"


@dataclass(frozen=True, kw_only=True)
class AvgPool(Activated, MaxPool):
    """The average of each window, batch norm, activation."""

    kind = "avg_pool"


@dataclass(frozen=True, kw_only=True)
class Lut(Kind):
    """Learned truth tables of `k` bits; `wiring` is learned, random or a tree. `difference` and
    `wiring_rule` are how gradients go through (`gen.nets.layers.lut`).

    In `levels` (1, or left out: one), tables of a higher one may read the bits of those below,
    beside the inputs; what comes out are the bits of all (`gen.nets.layers.levels`).
    """

    kind = "lut"
    units: int = integer(1, 65536)
    k: int = integer(2, 6, default=4)
    wiring: str = choice(("learned", "random", "tree"), default="learned")
    difference: str = choice(("pair", "extended"), default="pair")
    wiring_rule: str = choice(("softmax", "straight"), default="softmax")
    levels: int | None = integer(1, 64, default=None)


@dataclass(frozen=True, kw_only=True)
class Embedding(Kind):
    """Groups of `symbol_bits` input bits, each looked up: `size` codes of `bits` bits."""

    kind = "embedding"
    symbol_bits: int = integer(1, 8)
    size: int = integer(1, 4096)
    bits: int = integer(1, 4, default=1)


@dataclass(frozen=True, kw_only=True)
class Rnn(Weighted):
    """A recurrent layer of `units` bits over the [data] `steps`.

    Only an embedding or other recurrent layers, of which it reads each step, may precede.
    """

    kind = "rnn"
    units: int = integer(1, 65536)
    learned_start: bool = flag(default=False)


@dataclass(frozen=True, kw_only=True)
class Gru(Rnn):
    """A recurrent layer whose binary gate lets a binary candidate replace the state, or not.

    With `reads_state` false, gate and candidate see the input alone.
    """

    kind = "gru"
    reads_state: bool = flag(default=True)


@dataclass(frozen=True, kw_only=True)
class Residual(Activated):
    """`body`, layers of which the last gives plain sums, plus the input; batch norm, activation."""

    kind = "residual"
    body: tuple[Kind, ...] = tables(lambda table, place: read_layer(table, place))


@dataclass(frozen=True, kw_only=True)
class Concat(Kind):
    """`branches`, a layer each, and with `keep_input` the input first, one after the other."""

    kind = "concat"
    branches: tuple[Kind, ...] = tables(lambda table, place: read_layer(table, place))
    keep_input: bool = flag(default=False)


@dataclass(frozen=True, kw_only=True)
class Head(Weighted):
    """The last layer: integer scores, one per class, and which is the largest."""

    kind = "argmax"


@dataclass(frozen=True, kw_only=True)
class Scores(Head):
    """Integer scores alone."""

    kind = "scores"


@dataclass(frozen=True, kw_only=True)
class Threshold(Head):
    """For two classes: one bit, whether a sum reaches a learned threshold."""

    kind = "threshold"


@dataclass(frozen=True, kw_only=True)
class GroupSum(Kind):
    """No weights: each class counts its own group of the features before, the first `heavy` of them
    twice. The loss sees counts times a `temperature`: a fixed number; "votes", fixed too, by how
    many votes there are; or "learned", 0.15 at first."""

    kind = "group_sum"
    temperature: float | str = either(
        number(1e-3, 1e3), choice(("votes", "learned")), default="learned"
    )
    heavy: int = integer(0, 65536, default=0)


LAYERS: dict[str, type[Kind]] = {
    one.kind: one
    for one in (
        Layer, Conv, MaxPool, SumPool, AvgPool, Lut, Embedding, Rnn, Gru, Residual, Concat,
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Majority(Kind):
    """No weights: of an odd number of bits, whether most are 1; for two classes."""

    kind = "majority"
    temperature: float = number(1e-3, 1e3, default=0.5)


HEADS: dict[str, type[Kind]] = {
    one.kind: one for one in (Head, Scores, Threshold, GroupSum, Majority)
}


def read_layer(table: Any, place: str) -> Kind:
    """A layer from a table, "linear" unless its `kind` says otherwise. Raises RecipeError."""
    return _read(table, place, LAYERS, "linear")


def read_head(table: Any, place: str) -> Kind:
    """A head from a table, "argmax" unless its `kind` says otherwise. Raises RecipeError."""
    return _read(table, place, HEADS, "argmax")


def _read(table: Any, place: str, kinds: dict[str, type[Kind]], usual: str) -> Kind:
    if not isinstance(table, dict):
        raise RecipeError(f"{place}: expected a table, got {table!r}")
    kind = table.get("kind", usual)
    if not isinstance(kind, str) or kind not in kinds:
        raise RecipeError(f"{place} kind: {kind!r}{nearest(str(kind), kinds)}")
    rest = {key: value for key, value in table.items() if key != "kind"}
    return read_table(kinds[kind], rest, place)


def table_of(layer: Kind) -> dict[str, Any]:
    """A JSON-able table from which the same layer or head is read."""
    found: dict[str, Any] = {"kind": layer.kind}
    for entry in fields(layer):
        value = getattr(layer, entry.name)
        if isinstance(value, tuple):
            value = [table_of(one) if isinstance(one, Kind) else one for one in value]
        if value is not None:
            found[entry.name] = value
    return found


def largest_sum(layer: Weighted, input_bits: int) -> int:
    """The largest sum of a unit over unsigned codes of `input_bits`, bias aside."""
    short = layer.weights in ("binary", "ternary")
    largest = 1 if short else 2 ** (int(layer.weights[0]) - 1) - 1
    reach: int = layer.fan_in * largest * (2**input_bits - 1)
    return reach
