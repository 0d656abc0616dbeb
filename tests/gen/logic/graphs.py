"""Random graphs, and truth tables worked out one gate at a time, without the code under test."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from gen.logic.graph import Builder, Graph, Signal


def every_input(n: int) -> np.ndarray:
    """All vectors of n bits, uint8 (2**n, n); vector v has bit i of v in column i."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(np.uint8)


def input_table(n: int, at: int) -> int:
    """The truth table of input `at` of n: bit v is bit `at` of v."""
    return sum(1 << v for v in range(1 << n) if v >> at & 1)


def tables(graph: Graph) -> list[int]:
    """Truth table of every output over all inputs, as an integer of 2**inputs bits."""
    n = graph.n_inputs
    everything = (1 << (1 << n)) - 1
    nodes = [0, *(input_table(n, at) for at in range(n))]

    def literal(number: int) -> int:
        return nodes[number // 2] ^ (everything if number % 2 else 0)

    for a, b in graph.fan_in.tolist():
        nodes.append(literal(a) & literal(b))
    return [literal(number) for number in graph.outputs.tolist()]


def named_tables(graph: Graph) -> dict[str, int]:
    """Truth tables by the outputs' names."""
    return dict(zip(graph.output_names, tables(graph), strict=True))


def value(graph: Graph, bits: list[int]) -> list[int]:
    """Outputs for one vector, followed gate by gate."""
    nodes = [0, *bits]
    for a, b in graph.fan_in.tolist():
        nodes.append((nodes[a // 2] ^ a % 2) & (nodes[b // 2] ^ b % 2))
    return [nodes[o // 2] ^ o % 2 for o in graph.outputs.tolist()]


def random_graph(
    rng: np.random.Generator, inputs: int = 6, ands: int = 40, outputs: int = 5
) -> Graph:
    """A graph of random ANDs: dead ones, constants and repeated literals among them."""
    first = inputs + 1
    fan_in = [rng.integers(0, 2 * (first + at), 2) for at in range(ands)]
    ends = rng.integers(0, 2 * (first + ands), outputs)
    names = tuple(f"a{at}" for at in range(inputs)), tuple(f"y{at}" for at in range(outputs))
    return Graph(*names, np.array(fan_in, dtype=np.int64).reshape(-1, 2), ends)


def graph_of(n: int, *truth: int) -> Graph:
    """A graph of n inputs whose outputs have these truth tables, as sums of minterms."""
    fan_in: list[list[int]] = []

    def both(a: int, b: int) -> int:
        fan_in.append([a, b])
        return 2 * (n + len(fan_in))

    ends = []
    for wanted in truth:
        none = 1
        for row in range(1 << n):
            if wanted >> row & 1:
                term = 1
                for at in range(n):
                    term = both(term, 2 * (at + 1) + (1 - (row >> at & 1)))
                none = both(none, term ^ 1)
        ends.append(none ^ 1)
    names = tuple(f"a{at}" for at in range(n)), tuple(f"y{at}" for at in range(len(truth)))
    return Graph(*names, np.array(fan_in, dtype=np.int64).reshape(-1, 2), np.array(ends))


def all_pairs(n: int) -> list[tuple[int, int]]:
    """All pairs of n-bit numbers."""
    return list(itertools.product(range(1 << n), repeat=2))


def built(n: int, function: Callable[[Builder, list[Signal]], Sequence[Signal]]) -> Graph:
    """A graph of n inputs with the signals that the function makes of them."""
    b = Builder()
    for at, signal in enumerate(function(b, [b.input(f"a{at}") for at in range(n)])):
        b.output(f"y{at}", signal)
    return b.graph()


def numbers(graph: Graph) -> list[int]:
    """The outputs as one unsigned number, for every input vector."""
    columns = tables(graph)
    return [
        sum((table >> v & 1) << at for at, table in enumerate(columns))
        for v in range(1 << graph.n_inputs)
    ]
