"""The program of a time-shared core: a network's neurons in turn, as `hw.sequencer` runs them.

Weights that are not zero become terms, biases are folded into thresholds. Weighted sums (linear,
convolution) of codes, levels of these, and an argmax of sums at the end have a form here; any other
node is refused by its name.

A long program of small weights gets lanes: several values and weights in a word, as many as make it
smallest. A common factor of a neuron's weights is divided out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gen.errors import SmeltError
from gen.intnet.network import Argmax, IntNet, Levels, Product
from gen.intnet.products import Row
from hw.program import End, Program, Term, signed_bits

__all__ = ["SharedError", "make_program"]

LANES = (1, 16, 8, 4)
"""Lanes that are tried, the first that makes the program smallest is taken."""
LONG = 8192
"""Weights from which on lanes are tried: below, fewer cells are worth more than fewer cycles."""
LIGHT = 6
"""Bits of a weight and a value together, at most, where every lane has a multiplier."""


class SharedError(SmeltError):
    """A network has no time-shared form."""


@dataclass(frozen=True)
class _Layer:
    """A product's rows without their common factors, and the node that it goes to.

    `factors` are those divided out, one for each row; of scores all are 1 << `shift`.
    """

    node: Levels | Argmax
    source: str
    rows: tuple[Row, ...]
    factors: tuple[int, ...]


def make_program(net: IntNet, outputs: Sequence[str] = (), block: bool = True) -> Program:
    """The program that computes a network's class, and its scores where `outputs` names them too.

    `block` puts it in block RAM, else in LUTs. Raises SharedError for a recurrent network, for
    nodes without a form, and for other outputs.
    """
    decision = _decision(net, outputs)
    _check_forms(net)
    layers = [_layer(net, node) for node in net.nodes if isinstance(node, (Levels, Argmax))]
    made = _program(net, outputs, block, layers, decision, LANES[0])
    heaviest = max(signed_bits(weight) for term in made.terms for weight in term.weights)
    if len(made.terms) < LONG or heaviest + made.bits > LIGHT:
        return made
    others = [_program(net, outputs, block, layers, decision, lanes) for lanes in LANES[1:]]
    return min(made, *others, key=lambda program: program.rom_bits)


def _program(
    net: IntNet,
    outputs: Sequence[str],
    block: bool,
    layers: Sequence[_Layer],
    decision: Argmax,
    lanes: int,
) -> Program:
    loaded = _loaded(net)
    place, top = _places(net, loaded, lanes)
    reach = max(1, *(_reach(net, layer) for layer in layers))
    terms: list[Term] = []
    ends: list[End] = []
    for layer in layers:
        for at, row in enumerate(layer.rows):
            terms += _terms(row, place[layer.source], lanes)
            final = layer.node is decision and at == len(layer.rows) - 1
            ends += _ends(layer, at, reach, final)
    signals = [net.signals[name] for name in place]
    low = min(int(signal.low.min()) for signal in signals)
    high = max(int(signal.high.max()) for signal in signals)
    return Program(
        n_in=net.n_inputs,
        in_bits=net.input_bits,
        in_signed=net.input_signed,
        loaded=loaded,
        terms=tuple(terms),
        ends=tuple(ends),
        values=-(-top // lanes),
        bits=max(1, high.bit_length()) if low >= 0 else 1 + max(high, ~low).bit_length(),
        signed=low < 0,
        reach=reach,
        classes=net.n_classes,
        score_bits=net.score_width,
        scores_out=decision.inputs[0] in net.select(outputs)[0],
        block=block,
        last=decision.last,
        lanes=lanes,
        shift=(layers[-1].factors[0]).bit_length() - 1,
    )


def _layer(net: IntNet, node: Levels | Argmax) -> _Layer:
    """The sums of levels without each row's common factor, those of scores without the largest
    power of two that all have."""
    product = net.node(node.inputs[0])
    assert isinstance(product, Product)
    rows = list(product.rows())
    common = [math.gcd(*row[1].tolist()) or 1 for row in rows]
    if isinstance(node, Argmax):
        together = math.gcd(*(math.gcd(*row[1].tolist()) for row in rows)) or 1
        common = [together & -together] * len(rows)
    reduced = [(row[0], row[1] // g, row[2]) for row, g in zip(rows, common, strict=True)]
    return _Layer(node, product.inputs[0], tuple(reduced), tuple(common))


def _decision(net: IntNet, outputs: Sequence[str]) -> Argmax:
    """The argmax at the end; raises SharedError where the network answers something else."""
    last = net.nodes[-1]
    if net.states:
        raise SharedError(f"state {net.states[0].name}: a recurrent network has no shared form")
    chosen, unknown = net.select(outputs)
    if unknown:
        raise SharedError(f"outputs {','.join(unknown)}: the network's are {','.join(net.outputs)}")
    if not isinstance(last, Argmax) or last.name not in chosen:
        raise SharedError(f"{last.name}: the shared form ends with an argmax, and answers it")
    other = [name for name in chosen if name not in (last.name, last.inputs[0])]
    if other:
        raise SharedError(f"output {other[0]}: the shared form answers the class and its scores")
    return last


def _loaded(net: IntNet) -> tuple[int, ...]:
    """The input elements that some weight reads; the first where there is none."""
    products = [node for node in net.nodes if isinstance(node, Product) and node.inputs == ("x",)]
    read = {element for node in products for row in node.rows() for element in row[0].tolist()}
    return tuple(sorted(read)) or (0,)


def _check_forms(net: IntNet) -> None:
    """Raises SharedError for a node that has no form here, by its name."""
    found = {"x"}
    for node in net.nodes:
        if isinstance(node, Product):
            fits = node.inputs[0] in found
        else:
            fits = isinstance(node, (Levels, Argmax)) and _of_sums(net, node.inputs[0])
        if not fits:
            raise SharedError(
                f"{node.name}: this {type(node).__name__} has no shared form; weighted sums of"
                " codes, levels of such sums, and an argmax of sums at the end have one"
            )
        if isinstance(node, Levels):
            found.add(node.name)


def _of_sums(net: IntNet, name: str) -> bool:
    return any(node.name == name and isinstance(node, Product) for node in net.nodes)


def _places(
    net: IntNet, loaded: Sequence[int], lanes: int
) -> tuple[dict[str, dict[int, int]], int]:
    """The lane of every element that is in the value memory, by its signal, lanes counted from the
    first word on; and the number of lanes.

    The inputs loaded come first and fill up their last word, then the levels in order.
    """
    found = {"x": {element: at for at, element in enumerate(loaded)}}
    top = -(-len(loaded) // lanes) * lanes
    for node in net.nodes:
        if isinstance(node, Levels):
            found[node.name] = {element: top + element for element in range(node.size)}
            top += node.size
    return found, top


def _reach(net: IntNet, layer: _Layer) -> int:
    """What no partial sum of a layer's neurons exceeds in magnitude, the bias left out."""
    magnitude = net.signals[layer.source].magnitude
    return max(int((abs(row[1]) * magnitude[row[0]]).sum()) for row in layer.rows)


def _terms(row: Row, place: dict[int, int], lanes: int) -> Iterator[Term]:
    """A neuron's terms, a word of the value memory each; one of weight 0 where it has none."""
    words: dict[int, list[int]] = {}
    for element, weight in zip(row[0].tolist(), row[1].tolist(), strict=True):
        word, lane = divmod(place[element], lanes)
        words.setdefault(word, [0] * lanes)[lane] = weight
    words = words or {0: [0] * lanes}
    for at, (word, weights) in enumerate(words.items(), 1):
        yield Term(word, tuple(weights), at == len(words))


def _ends(layer: _Layer, at: int, reach: int, final: bool) -> Iterator[End]:
    """A neuron's ends: its bias where it is a score, else its codes and when they start."""
    node, bias, factor = layer.node, int(layer.rows[at][2]), layer.factors[at]
    if isinstance(node, Argmax):
        yield End(bias, score=True, final=final)
        return
    edges = [-reach, *(-((bias - int(edge)) // factor) for edge in node.edges[at])]
    pairs = zip(edges, node.codes[at].tolist(), strict=True)
    steps = [(max(edge, -reach), code) for edge, code in pairs if edge <= reach]
    for number, (edge, code) in enumerate(steps, 1):
        yield End(edge, code, last=number == len(steps))
