"""The functions between the cuts of a melted graph: which elements of the network its outputs are.

Every output of the graph belongs to one of them, so what holds for all functions holds for the
whole graph between its cuts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gen.intnet.network import Argmax, IntNet
from gen.melt.melt import next_names, output_names
from gen.melt.proof.element import cut_signals
from gen.melt.values import bit_names

__all__ = ["Function", "functions"]


@dataclass(frozen=True)
class Function:
    """The output bits that hold an element of a node, lowest first, in two's complement.

    `group` is what a report calls it and its neighbours. Where `at_cut`, it is the free input that
    stands for the activation, not what that is computed from. The bits hold the value + `plus`.
    """

    group: str
    name: str
    element: int
    bits: tuple[str, ...]
    at_cut: bool = False
    plus: int = 0

    @property
    def label(self) -> str:
        """What an error calls it."""
        return f"{self.name}[{self.element}]"


def functions(net: IntNet, outputs: Sequence[str]) -> list[Function]:
    """Every function of a graph melted with these outputs, activations first."""
    cuts, reached = {*cut_signals(net)}, net.reached(outputs)
    found = [
        Function(node.name, node.name, element, tuple(names[element]))
        for node in net.activations
        for names in [bit_names(node.name, node.size, net.signals[node.name].bits)]
        for element in reached[node.name].tolist()
    ]
    for name in outputs:
        for at, names in enumerate(output_names(net, name)):
            group = f"{name}.out" if name in cuts else name
            found.append(Function(group, name, at, tuple(names), name in cuts))
    for state in net.states:
        after = next_names(state)
        for at in range(state.size):
            bits = tuple(after[at * state.bits : (at + 1) * state.bits])
            found.append(Function(f"{state.name}.next", state.next, at, bits, state.next in cuts))
    return found


def is_winner(net: IntNet, function: Function) -> bool:
    """Whether it is the index of the largest of several elements."""
    found = any(node.name == function.name and isinstance(node, Argmax) for node in net.nodes)
    return found and not function.at_cut
