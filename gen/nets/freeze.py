"""Freezing: a trained network to an integer network, exact for every reachable sum.

A hidden layer accumulates integer codes; what follows its sum (batch norm, activation) acts on each
element alone. So it is evaluated by the module's own operations at every integer that the sum can
take, and kept as a table of steps, whatever its shape: rising, falling or neither.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.data.care import random_bits
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.intnet import interpret as interpreter
from gen.intnet.network import NEVER, Argmax, IntNet, Levels, Linear, Node
from gen.nets.activation import UnsignedActivation
from gen.nets.frozen import FrozenNet
from gen.nets.hardness import softest
from gen.nets.linear import Head, QuantLinear
from gen.nets.store import Model

__all__ = ["FreezeError", "freeze", "freeze_network", "verify"]

ELEMENTWISE = (nn.BatchNorm1d, nn.Identity)  # UnsignedActivation ends a layer


class FreezeError(SmeltError):
    """A network cannot be frozen, or its frozen form differs from it."""


def freeze(model: Model, vectors: int = 2000, seed: int = 0) -> IntNet:
    """The integer network of a trained model, compared with it on the whole data set and on
    `vectors` random inputs. Raises FreezeError where anything differs."""
    meta: dict[str, Any] = {
        "name": model.recipe.name,
        "classes": list(model.classes),
        "encoder": model.encoder.to_dict(),
        "metrics": dict(model.metrics),
        "care": model.encoder.care(),
        "data": model.recipe.data.set,
    }
    net = freeze_network(model.network, model.encoder.n_bits, meta)
    features = load_set(model.recipe.data.set).features
    verify(model.network, net, model.encoder.encode(features))
    verify(model.network, net, random_bits(net.n_inputs, vectors, seed, None))
    return net


def freeze_network(network: nn.Sequential, n_in: int, meta: dict[str, Any]) -> IntNet:
    """The integer network of a sequence of QuantLinear, elementwise modules and UnsignedActivation,
    ended by a Head, for binary inputs. Raises FreezeError naming a module that is none of these,
    or one that is not fully quantized."""
    name, hardness = softest(network)
    if hardness != 1:
        raise FreezeError(f"{name}: hardness is {hardness}; only a network at 1 can be frozen")
    made = _Made(np.zeros(n_in, np.int64), np.ones(n_in, np.int64))
    with torch.no_grad():
        for name, module in network.named_children():
            _add(made, name, module)
    if not made.nodes or made.nodes[-1].name != "score":
        raise FreezeError("the network does not end in a Head, so it has no integer scores")
    return IntNet(n_in, (*made.nodes, Argmax("class", ("score",))), meta=dict(meta))


@dataclass
class _Made:
    """The nodes so far, the range of the last one's elements, and what awaits its activation."""

    low: np.ndarray
    high: np.ndarray
    nodes: list[Node] = field(default_factory=list)
    waiting: list[nn.Module] = field(default_factory=list)
    layers: int = 0
    last: str = "x"


def _add(made: _Made, name: str, module: nn.Module) -> None:
    if module.training:
        raise FreezeError(f"{name}: the network is in training mode; call eval() first")
    summed = made.last.endswith(".sum")
    if isinstance(module, QuantLinear) and not summed:
        _add_linear(made, name, module)
    elif isinstance(module, UnsignedActivation) and summed:
        _add_levels(made, module)
    elif isinstance(module, ELEMENTWISE) and summed:
        made.waiting.append(module)
    else:
        raise FreezeError(
            f"{name}: cannot freeze a {type(module).__name__} after {made.last!r}; known are"
            " QuantLinear, then BatchNorm1d and UnsignedActivation, and a Head at the end"
        )


def _add_linear(made: _Made, name: str, module: QuantLinear) -> None:
    codes = _whole(module.codes(), name, "weight")
    if codes.shape[1] != len(made.low):
        raise FreezeError(
            f"{name}: takes {codes.shape[1]} inputs, but {made.last!r} has {len(made.low)}"
        )
    bias = np.zeros(len(codes), np.int64)
    if isinstance(module, Head):
        bias = _whole(module.integer_bias(), name, "bias")
    up, down = np.maximum(codes, 0), np.minimum(codes, 0)
    made.low, made.high = up @ made.low + down @ made.high, up @ made.high + down @ made.low
    made.layers += not isinstance(module, Head)
    node = "score" if isinstance(module, Head) else f"layer{made.layers}.sum"
    weight, offset = codes.astype(np.int8), bias.astype(np.int32)
    made.nodes.append(Linear(node, (made.last,), weight, offset))
    made.last = node


def _add_levels(made: _Made, module: UnsignedActivation) -> None:
    name = made.last.removesuffix(".sum")
    sums = np.arange(made.low.min(), made.high.max() + 1)
    value = torch.from_numpy(np.tile(sums[:, None], (1, len(made.low))).astype(np.float32))
    for post in (*made.waiting, module):
        value = post(value)
    codes = _whole(value, name, "code")
    reachable = (sums[:, None] >= made.low) & (sums[:, None] <= made.high)
    edges, table = _steps(sums, codes, reachable)
    made.nodes.append(Levels(name, (made.last,), edges, table, bits=module.bits))
    made.low, made.high = table.min(1).astype(np.int64), table.max(1).astype(np.int64)
    made.waiting, made.last = [], name


def _steps(
    sums: np.ndarray, codes: np.ndarray, reachable: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Edges int32 (n, L) and codes int8 (n, L + 1) from codes (sums, n) where reachable.

    A row with fewer steps than L is padded by the edge NEVER and its last code.
    """
    rows = []
    for neuron in range(codes.shape[1]):
        here = reachable[:, neuron]
        code, place = codes[here, neuron], sums[here]
        changes = np.flatnonzero(np.diff(code)) + 1
        rows.append((place[changes], code[np.concatenate([[0], changes])]))
    width = max(len(edges) for edges, _ in rows)
    edges = np.full((len(rows), width), NEVER, np.int32)
    table = np.zeros((len(rows), width + 1), np.int8)
    for neuron, (edge, code) in enumerate(rows):
        edges[neuron, : len(edge)] = edge
        table[neuron] = np.pad(code, (0, width + 1 - len(code)), "edge")
    return edges, table


def _whole(value: torch.Tensor, name: str, what: str) -> np.ndarray:
    """Integers int64 from a float tensor that must hold nothing else."""
    found = value.detach().numpy()
    if not found.size:
        raise FreezeError(f"{name}: {what} is empty, of shape {found.shape}")
    wrong = ~np.isfinite(found) | (found != np.round(found))
    if wrong.any():
        place = np.argwhere(wrong)[0].tolist()
        raise FreezeError(f"{name}: {what}{place} is {found[tuple(place)]}, not an integer")
    return found.astype(np.int64)


def verify(network: nn.Sequential, net: IntNet, bits: np.ndarray) -> None:
    """Compare trained network, frozen module and interpreter on input bits (n, n_in): codes of
    every hidden layer, scores and classes. Raises FreezeError naming the first difference."""
    x = torch.from_numpy(bits.astype(np.float32))
    with torch.no_grad():
        frozen = {name: value.numpy() for name, value in FrozenNet(net).signals(x).items()}
    integers = interpreter.interpret(net, bits)
    for name, value in _trained_signals(network, x).items():
        _same(name, value, frozen[name], "the frozen module")
        _same(name, value, integers[name], "the interpreter")


def _trained_signals(network: nn.Sequential, x: torch.Tensor) -> dict[str, np.ndarray]:
    """Codes by node name (`layer1`, ...), `score` and `class`, from the trained network itself."""
    found: dict[str, np.ndarray] = {}
    with torch.no_grad():
        for module in network:
            x = module(x)
            if isinstance(module, UnsignedActivation):
                found[f"layer{len(found) + 1}"] = x.numpy()
    return found | {"score": x.numpy(), "class": x.argmax(1).numpy()}


def _same(name: str, trained: np.ndarray, other: np.ndarray, who: str) -> None:
    if not np.array_equal(trained, other):
        place = np.argwhere(trained != other)[0].tolist()
        raise FreezeError(
            f"{name}: input vector {place[0]}: the trained network has"
            f" {trained[tuple(place)]} at {place[1:]}, {who} {other[tuple(place)]}"
        )
