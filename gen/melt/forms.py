"""Other forms of a melted graph, for mapping: of fewer neurons, of narrower codes, with counts for
LUTs of six inputs, with counts in parts, and of counts that are cut at LUTs of four.

Where only the class is answered, the last has the words of which that is the largest; the others
have the same outputs. Questions about activations go to the graph of the network as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gen.intnet.narrow import narrow_net
from gen.intnet.network import Argmax, IntNet, Node
from gen.intnet.reduce import reduce_net
from gen.logic import wide
from gen.logic.graph import Builder, Graph
from gen.logic.sections import CutBuilder
from gen.melt.melt import melt
from gen.melt.proof.narrow import show_narrow

__all__ = [
    "FILES",
    "OtherForm",
    "counted_form",
    "narrow_form",
    "parts_form",
    "reduced_form",
    "wide_form",
]

FEWEST = 0.01
"""Share of neurons that are constant, equal or complements for which a form without them is
melted: for one of 6,400 that took as long as the melting itself."""

RIVALS = 3
"""Words from which on a knock-out has words to pass on."""
FILES = ("reduced.aig", "narrow.npz", "narrow.aig", "counted.aig")
"""What the forms that are made together with the melted graph are called."""


@dataclass(frozen=True)
class OtherForm:
    """A network with its graph, and how both were shown to have the answers of another one."""

    net: IntNet
    graph: Graph
    how: str


def reduced_form(net: IntNet, melted: Graph, outputs: Sequence[str]) -> tuple[Graph, str] | None:
    """The graph without neurons that are constant, equal or complements, and a line that says so.

    None where there are few of them, or where a sum then needs fewer bits: its outputs would not be
    those of `melted`. The two are joined and proved equal.
    """
    reduced, said = _reduced(net)
    if reduced is net:
        return None
    graph = melt(reduced, outputs, net.reached(outputs))
    said = f"before bits: {said}; a form of {graph.n_ands:,} ANDs for mapping"
    return (graph, said) if graph.output_names == melted.output_names else None


def _reduced(net: IntNet) -> tuple[IntNet, str]:
    """The network without such neurons, and what these are; itself where there are few of them."""
    reduced, counts = reduce_net(net)
    changed = counts.constant + counts.duplicate + counts.complementary
    few = not changed or changed < FEWEST * sum(node.size for node in net.activations)
    return (net if few else reduced), str(counts)


def counted_form(net: IntNet, outputs: Sequence[str], part: int | None = None) -> Graph:
    """The graph cut at activations and at the LUTs that counts are built of (`gen.logic.count`),
    words of more bits than a `part` in parts.

    Where the class is the only output, the first of equal ones, and RIVALS words or more are
    compared for it, the outputs are these words.
    """
    nodes = [net.node(name) for name in outputs]
    words = len(nodes) == 1 and not net.states and _is_knock_out(net, nodes[0])
    reduced, _ = _reduced(net)
    return melt(
        reduced, outputs, net.reached(outputs), builder=CutBuilder(part), compared=not words
    )


def _is_knock_out(net: IntNet, node: Node) -> bool:
    if not isinstance(node, Argmax) or node.last:
        return False
    return net.signals[node.inputs[0]].size >= RIVALS


def narrow_form(net: IntNet, melted: Graph, outputs: Sequence[str]) -> OtherForm | str:
    """The form of narrower codes; where there is none, why ("" where no code gets narrower).

    No solver proves the sums of the two graphs equal. It is shown of the networks instead, and the
    graph is compared with its own; where that is not decided in time, there is no such form.
    """
    narrow = narrow_net(net)
    if narrow is None:
        return ""
    graph = melt(narrow, outputs, narrow.reached(outputs))
    shown = show_narrow(net, narrow, graph, melted, outputs)
    return shown.why or OtherForm(narrow, graph, shown.how)


def wide_form(
    net: IntNet, narrow: IntNet | None, melted: Graph, outputs: Sequence[str]
) -> OtherForm | str:
    """The form with counts for LUTs of six inputs, of the network of narrower codes where there
    is one; where there is none, why ("" where nothing is counted).

    No solver proves two ways of counting equal. So this one is compared with its network, as the
    melted graph is with its own: each word that is compared, with the sum that it is.
    """
    return _other_counts(net, narrow, melted, outputs, Builder(wide.LUT))


def parts_form(
    net: IntNet, narrow: IntNet | None, melted: Graph, outputs: Sequence[str], part: int
) -> OtherForm | str:
    """The form with counts in parts of so many bits, as `wide_form`: some more LUTs in fewer
    levels, so that fewer registers wait for them where they are cut into stages."""
    return _other_counts(net, narrow, melted, outputs, Builder(part=part))


def _other_counts(
    net: IntNet, narrow: IntNet | None, melted: Graph, outputs: Sequence[str], builder: Builder
) -> OtherForm | str:
    own = narrow or net
    plain = melted if narrow is None else melt(own, outputs, own.reached(outputs))
    graph = melt(own, outputs, own.reached(outputs), builder=builder)
    if graph.n_ands == plain.n_ands:
        return ""
    shown = show_narrow(net, own, graph, melted, outputs)
    return shown.why or OtherForm(own, graph, shown.how)
