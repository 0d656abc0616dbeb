"""Small and random integer networks, and what PyTorch computes with their numbers."""

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional

from gen.intnet.network import NEVER, Argmax, IntNet, Levels, Linear, Node


def i8(values: object) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def i32(values: object) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def small() -> IntNet:
    """Three bits in, two hidden neurons, two classes: small enough to work out by hand."""
    return IntNet(
        3,
        (
            Linear("layer1.sum", ("x",), i8([[1, 1, -1], [-1, 0, 1]]), i32([0, 1])),
            Levels("layer1", ("layer1.sum",), i32([[1], [1]]), i8([[0, 1], [0, 1]])),
            Linear("score", ("layer1",), i8([[1, 1], [1, -1]]), i32([-1, 0])),
            Argmax("class", ("score",)),
        ),
        meta={"name": "small", "classes": ["a", "b"]},
    )


def changed(net: IntNet, at: int, **fields: object) -> IntNet:
    """The network with some fields of one node changed."""
    nodes: list[Node] = list(net.nodes)
    nodes[at] = replace(nodes[at], **fields)  # type: ignore[arg-type]
    return replace(net, nodes=tuple(nodes))


def every_code(n: int, bits: int, signed: bool) -> np.ndarray:
    """All vectors of n codes."""
    low = -(1 << (bits - 1)) if signed else 0
    return np.array(list(itertools.product(range(low, low + (1 << bits)), repeat=n)))


def assert_same(first: IntNet, second: IntNet) -> None:
    """Two networks are equal in everything, arrays' types too."""
    for name in ("n_inputs", "input_bits", "input_signed", "meta", "outputs"):
        assert getattr(first, name) == getattr(second, name)
    pairs = zip((*first.nodes, *first.states), (*second.nodes, *second.states), strict=True)
    for one, other in pairs:
        assert type(one) is type(other)
        for key, value in vars(one).items():
            same = vars(other)[key]
            if isinstance(value, np.ndarray):
                assert value.dtype == same.dtype
                assert np.array_equal(value, same)
            else:
                assert value == same


def forward(net: IntNet, codes: np.ndarray) -> dict[str, np.ndarray]:
    """Every signal as PyTorch computes it: float32 sums, comparisons, argmax."""
    values = {"x": torch.from_numpy(np.asarray(codes)).float()}
    for node in net.nodes:
        given = values[node.inputs[0]]
        if isinstance(node, Linear):
            weight, bias = (torch.from_numpy(a).float() for a in (node.weight, node.bias))
            values[node.name] = functional.linear(given, weight, bias)
        elif isinstance(node, Levels):
            columns = []
            for i in range(given.shape[1]):
                # Edges are sorted, so torch's bucketize counts those at or below the sum.
                edges = torch.from_numpy(node.edges[i].astype(np.float64))
                at = torch.bucketize(given[:, i].double(), edges, right=True)
                columns.append(torch.from_numpy(node.codes[i]).float()[at])
            values[node.name] = torch.stack(columns, dim=1)
        else:
            values[node.name] = torch.argmax(given.int(), dim=1)
    return {name: value.numpy() for name, value in values.items()}


def random_levels(
    rng: np.random.Generator, name: str, low: np.ndarray, high: np.ndarray, kind: tuple[int, bool]
) -> Levels:
    """Random steps: any order of codes, equal edges, edges never reached, constant neurons."""
    bits, signed = kind
    n, steps = len(low), int(rng.integers(1, min(6, 1 << bits) + 1))
    edges = np.sort(rng.integers(low[:, None] - 2, high[:, None] + 4, (n, steps)), axis=1)
    edges[rng.random(n) < 0.15] = NEVER
    twice = rng.random(n) < 0.2
    edges[twice, -1] = edges[twice, max(0, steps - 2)]
    # Unsigned codes of 8 bits do not fit int8; 7 bits are the most that are drawn.
    least, most = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    codes = rng.integers(least, most, (n, steps + 1))
    codes[rng.random(n) < 0.1] = most - 1
    return Levels(name, (f"{name}.sum",), i32(edges), i8(codes), bits=bits, signed=signed)


WEIGHTS = {"ternary": (-1, 1), "3-bit": (-4, 3), "8-bit": (-128, 127)}


def random_net(
    rng: np.random.Generator,
    n_inputs: int = 4,
    input_kind: tuple[int, bool] = (1, False),
    hidden: tuple[int, ...] = (4,),
    kind: tuple[int, bool] = (1, False),
    weights: str = "ternary",
    classes: int = 3,
) -> IntNet:
    """A random network; zero rows, and classes that tie, among them."""
    bits, signed = input_kind
    least = -(1 << (bits - 1)) if signed else 0
    low, high = np.full(n_inputs, least), np.full(n_inputs, least + (1 << bits) - 1)
    nodes: list[Node] = []
    source = "x"

    def linear(name: str, size: int) -> None:
        nonlocal low, high
        first, last = WEIGHTS[weights]
        weight = rng.integers(first, last + 1, (size, len(low)))
        weight[rng.random(weight.shape) < 0.3] = 0
        bias = rng.integers(-3, 4, size)
        if size > 1 and rng.random() < 0.5:
            weight[-1], bias[-1] = weight[0], bias[0]
        nodes.append(Linear(name, (source,), i8(weight), i32(bias)))
        up, down = np.maximum(weight, 0), np.minimum(weight, 0)
        low, high = up @ low + down @ high + bias, up @ high + down @ low + bias

    for at, size in enumerate(hidden, 1):
        linear(f"layer{at}.sum", size)
        levels = random_levels(rng, f"layer{at}", low, high, kind)
        nodes.append(levels)
        low, high = levels.codes.min(axis=1), levels.codes.max(axis=1)
        low, high = low.astype(int), high.astype(int)
        source = f"layer{at}"
    linear("score", classes)
    return IntNet(n_inputs, (*nodes, Argmax("class", ("score",))), bits, signed)
