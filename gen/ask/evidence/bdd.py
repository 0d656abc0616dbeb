"""Decision diagrams of evidence's own, to count inputs exactly and independently of a search.

Nodes are reduced and ordered (Bryant, 1986), with complemented edges as in And-Inverter Graphs:
an edge is 2 * node + complemented, edge 0 the constant 0. What takes too many steps is given up,
after the same number of them on every machine.
"""

from collections.abc import Sequence

from gen.logic.graph import Graph

__all__ = ["Diagrams", "TooLarge", "reading_order"]

STEPS = 200_000
"""Steps for building, and again for each question."""
MOST_INPUTS = 250
"""A diagram is as deep as it has inputs, and is walked recursively."""


class TooLarge(Exception):
    """A diagram needs more steps than are allowed."""


class Diagrams:
    """Diagrams over inputs by number, 0 nearest to the root."""

    def __init__(self, inputs: int) -> None:
        if inputs > MOST_INPUTS:
            raise TooLarge
        self.count = inputs
        self.nodes = [(inputs, 0, 0)]  # input, edges where it is 0 and 1; node 0 is the constant
        self._place: dict[tuple[int, int, int], int] = {}
        self._known: dict[tuple[int, int], int] = {}
        self.left = STEPS

    def var(self, at: int) -> int:
        """The function that is this input."""
        return self._node(at, 0, 1)

    def _node(self, at: int, low: int, high: int) -> int:
        if low == high:
            return low
        flip = low & 1  # the edge where an input is 0 is never complemented
        key = at, low ^ flip, high ^ flip
        if key not in self._place:
            self._place[key] = len(self.nodes)
            self.nodes.append(key)
        return 2 * self._place[key] | flip

    def both(self, a: int, b: int) -> int:
        """The function that is 1 where both are."""
        if a > b:
            a, b = b, a
        if a < 2 or a == b or a == b ^ 1:
            return b if a in (1, b) else 0
        found = self._known.get((a, b))
        if found is None:
            self.left -= 1
            if self.left < 0:
                raise TooLarge
            top = min(self.nodes[a >> 1][0], self.nodes[b >> 1][0])
            low, high = (self.both(*(self.side(one, top, v) for one in (a, b))) for v in (0, 1))
            found = self._known[a, b] = self._node(top, low, high)
        return found

    def side(self, edge: int, at: int, value: int) -> int:
        """A function where an input has a value; no earlier input may matter to it."""
        node = self.nodes[edge >> 1]
        return node[1 + value] ^ edge & 1 if node[0] == at else edge

    def differ(self, a: int, b: int) -> int:
        """The function that is 1 where the two are not the same."""
        return self.both(self.both(a, b) ^ 1, self.both(a ^ 1, b ^ 1) ^ 1)

    def fixed(self, edge: int, at: int, value: int) -> int:
        """A function where an input has a value."""
        known: dict[int, int] = {}

        def walk(one: int) -> int:
            node, flip = one >> 1, one & 1
            top, low, high = self.nodes[node]
            if top > at:
                return one
            if top == at:
                return (low, high)[value] ^ flip
            if node not in known:
                known[node] = self._node(top, walk(low), walk(high))
            return known[node] ^ flip

        return walk(edge)

    def ones(self, edge: int) -> int:
        """On how many of all values of the inputs a function is 1."""
        known = {0: 0}

        def walk(node: int) -> int:
            """Of the inputs from the node's on."""
            if node not in known:
                top = self.nodes[node][0]
                sides = self.nodes[node][1:]
                known[node] = sum(below(one) << self._top(one) - top - 1 for one in sides)
            return known[node]

        def below(one: int) -> int:
            found = walk(one >> 1)
            return (1 << self.count - self._top(one)) - found if one & 1 else found

        return below(edge) << self._top(edge)

    def _top(self, edge: int) -> int:
        return self.nodes[edge >> 1][0]

    def of(self, graph: Graph, order: Sequence[int]) -> int:
        """The graph's one output; `order` are the numbers that its inputs have here."""
        edges = [0, *(self.var(at) for at in order)]
        for a, b in graph.fan_in.tolist():
            edges.append(self.both(edges[a >> 1] ^ a & 1, edges[b >> 1] ^ b & 1))
        end = int(graph.outputs[0])
        return edges[end >> 1] ^ end & 1

    def again(self) -> tuple[int, int, int]:
        """Allow as many steps again; returns a mark to go `back` to."""
        self.left = STEPS
        return len(self.nodes), len(self._place), len(self._known)

    def back(self, mark: tuple[int, int, int]) -> None:
        """Forget all that was made since a mark."""
        del self.nodes[mark[0] :]
        while len(self._place) > mark[1]:
            self._place.popitem()
        while len(self._known) > mark[2]:
            self._known.popitem()


def reading_order(graph: Graph) -> list[int]:
    """Inputs in the order in which the output's gates read them, depth first: those that belong
    together stand together. Those that are not read come last."""
    found, seen = list[int](), set[int]()
    stack = [int(graph.outputs[0]) >> 1]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node >= graph.first_and:
            stack += [one >> 1 for one in reversed(graph.fan_in[node - graph.first_and].tolist())]
        elif node:
            found.append(node - 1)
    return found + [at for at in range(graph.n_inputs) if at not in set(found)]
