"""The model's input: its first quantizer becomes the encoder, by thresholds found bit by bit."""

import re
from dataclasses import dataclass, replace

import numpy as np

from gen.data.encode import Encoder
from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Affine, Chain, Floats, Listed, Start, run_steps
from gen.imports.qonnx.floats.integers import distance, multiples
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.sums.network import INPUT, Making
from gen.intnet.held import CODE_BITS
from gen.intnet.node import Integers, code_signal

__all__ = ["Encoding", "encoded", "integers"]

FAR = np.float32(2.0**100)
"""Thresholds are looked for up to here, on both sides of 0."""
MOST_LEVELS = (1 << 12) - 1
MOST_THRESHOLDS = 1 << 20


@dataclass(frozen=True, eq=False)
class Encoding:
    """How input codes become floats: `floats` (features, codes) for the model's input, each the
    least that has the code; codes above `top` (features,) do not occur. `after` (features, codes)
    is what the quantizer gives, whose tensor in the graph is `quantizer`, its elements the
    features `source`."""

    floats: Floats
    top: Integers
    after: Floats
    quantizer: str
    source: Integers


@dataclass(frozen=True, eq=False)
class _Thresholds:
    """Of one chain: the least float that reaches each next value, all values, and a step that
    they are multiples of."""

    reached: Floats
    values: Floats
    step: float


def encoded(making: Making, tensor: Tensor, count: int, output: str) -> tuple[Tensor, Encoding]:
    """A quantized tensor of the model's own `count` features as codes, with the encoder in
    `making.meta`. `output` is the tensor's name in the graph.

    Raises ImportRefused where features are quantized twice, or not step by step.
    """
    if INPUT in making.signals:
        raise ImportRefused(
            f"{tensor.label}: the input is quantized a second time; quantize it once, and read"
            " what that gives"
        )
    pairs = np.unique(np.stack([tensor.source.ravel(), tensor.kind.ravel()], axis=1), axis=0)
    pairs = pairs[pairs[:, 0] >= 0]
    if len(np.unique(pairs[:, 0])) < len(pairs):
        raise ImportRefused(f"{tensor.label}: a feature is quantized in two ways; quantize it once")
    kinds = np.full(count, pairs[0, 1])
    kinds[pairs[:, 0]] = pairs[:, 1]
    found = {int(kind): _thresholds(tensor, int(kind)) for kind in np.unique(kinds)}
    bits = max(len(one.reached).bit_length() for one in found.values())
    if count * max(len(one.reached) for one in found.values()) > MOST_THRESHOLDS:
        raise ImportRefused(
            f"{tensor.label}: {count:,} features of {bits} bits need {count * ((1 << bits) - 1):,}"
            f" thresholds; {MOST_THRESHOLDS:,} at most are written: quantize the input to fewer"
            ' bits, or give it as integers (input = "uint8" in a description)'
        )
    making.signals[INPUT] = code_signal(count, bits, False)
    rows = {kind: _padded(one, bits) for kind, one in found.items()}
    kind = "threshold" if bits == 1 else "binary"
    thresholds = np.stack([rows[one] for one in kinds.tolist()]).astype(np.float64)
    making.meta["encoder"] = Encoder.alike(kind, thresholds).to_dict()
    after = {kind: _after(one, bits) for kind, one in found.items()}
    chains = list(tensor.chains)
    for at, one in found.items():
        chains[at] = Chain(Listed(0, after[at].tobytes(), one.step))
    low = {at: _below(row[0]) for at, row in rows.items()}
    floats = {at: np.concatenate([[low[at]], row]).astype(np.float32) for at, row in rows.items()}
    made = Encoding(
        np.stack([floats[one] for one in kinds.tolist()]),
        np.array([len(found[one].reached) for one in kinds.tolist()]),
        np.stack([after[one] for one in kinds.tolist()]),
        output,
        tensor.source,
    )
    return replace(tensor, signal=INPUT, chains=tuple(chains)), made


def integers(making: Making, tensor: Tensor, kind: str) -> tuple[Tensor, Encoding]:
    """The model's own input where it is said to be integers, `uint8`, `int4` or `bipolar`: codes
    as they come, of which a bipolar 0 is -1. Raises ImportRefused for another kind."""
    found = re.fullmatch(r"(u?)int([1-9][0-9]?)", kind.lower())
    bipolar = kind.lower() in ("bipolar", "int1")
    bits, signed = (1, False) if bipolar or not found else (int(found[2]), not found[1])
    if (not bipolar and not found) or bits > CODE_BITS:
        raise ImportRefused(
            f"input {kind!r}: expected uint1 to uint{CODE_BITS}, int2 to int{CODE_BITS}, or bipolar"
        )
    size = tensor.source.size
    making.signals[INPUT] = code_signal(size, bits, signed)
    codes = np.arange(1 << bits)
    floats = (
        2 * codes - 1
        if bipolar
        else np.where(signed & (codes >> bits - 1 > 0), codes - (1 << bits), codes)
    ).astype(np.float32)
    start: Start = Listed(0, floats.tobytes(), 1.0) if bipolar else Affine(1.0)
    # A negative code counts from the table's end, as in two's complement.
    table = np.broadcast_to(floats, (size, 1 << bits))
    made = Encoding(table, np.full(size, (1 << bits) - 1), table, "", tensor.source)
    return replace(tensor, signal=INPUT, chains=(Chain(start),)), made


def _below(value: np.float32) -> np.float32:
    return np.nextafter(value, np.float32(-np.inf))


def _thresholds(tensor: Tensor, kind: int) -> _Thresholds:
    """Where a chain's values change, by halving the floats between, all values at a time."""
    chain = tensor.chains[kind]
    ends = run_steps([chain], np.array([[-FAR], [FAR]], np.float32))[:, 0]
    step = distance(ends, chain.step)
    whole = None if step is None else multiples(ends, step)
    if step is None or whole is None:
        raise ImportRefused(f"{tensor.label}: does not quantize the input to steps of one size")
    way = 1 if whole[1] >= whole[0] else -1
    levels = abs(int(whole[1] - whole[0]))
    if not 1 <= levels <= MOST_LEVELS:
        raise ImportRefused(
            f"{tensor.label}: quantizes the input to {levels + 1} values; 2 to {MOST_LEVELS + 1}"
            " are read"
        )
    goals = (whole[0] + way * np.arange(1, levels + 1)) * way
    low = np.full(levels, _key(-FAR), np.int64)
    high = np.full(levels, _key(FAR), np.int64)
    while (high - low > 1).any():
        middle = (low + high) // 2
        values = run_steps([chain], _float(middle)[:, None])[:, 0]
        reached = np.rint(values.astype(np.float64) / step) * way >= goals
        high, low = np.where(reached, middle, high), np.where(reached, low, middle)
    found = _float(np.unique(high))
    each = run_steps([chain], np.concatenate([[-FAR], found]).astype(np.float32)[:, None])[:, 0]
    return _Thresholds(found, each, step)


def _key(value: np.float32) -> int:
    """A number for each float32, in their order."""
    bits = int(np.float32(value).view(np.int32))
    return bits if bits >= 0 else -(bits & 0x7FFFFFFF)


def _float(keys: Integers) -> Floats:
    bits = np.where(keys >= 0, keys, (-keys) | (1 << 31)).astype(np.uint32)
    return bits.view(np.float32)


def _padded(one: _Thresholds, bits: int) -> Floats:
    """Thresholds of a code of so many bits: at least half of them, the last ones never reached."""
    least = max(1 << (bits - 1), len(one.reached))
    never = np.full(least - len(one.reached), np.finfo(np.float32).max, np.float32)
    return np.concatenate([one.reached, never])


def _after(one: _Thresholds, bits: int) -> Floats:
    """What the quantizer gives for each code; beyond the last, in steps as between the last two."""
    last = one.values.astype(np.float64)[-2:]
    more = np.arange(1, (1 << bits) - len(one.values) + 1)
    return np.concatenate([one.values, last[1] + more * (last[1] - last[0])]).astype(np.float32)
