"""Melt an integer network: one rule per node, weights vanish, activations become booleans.

The result is cut at every hidden activation (see `gen.logic.sections`); names are `x[i]`,
`layer1[i]` and so on, with `.k` for bit k where a code has several bits; outputs are `class.k`
and, where asked for, `score[c].k` in two's complement, all scores of one width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gen.errors import SmeltError
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.graph import Builder, Graph
from gen.logic.words import Word, argmax
from gen.melt.levels import lower_levels
from gen.melt.linear import Sum, cheapest_shift, lower_linear, score_words, without_common
from gen.melt.prefix import share_counts

__all__ = ["OUTPUTS", "MeltError", "bit_names", "melt"]

OUTPUTS = ("class", "score")


class MeltError(SmeltError):
    """A network that no lowering rule covers."""


def bit_names(name: str, size: int, bits: int) -> list[list[str]]:
    """Names of the bits of a vector of codes, an inner list per element, lowest bit first."""
    if bits == 1:
        return [[f"{name}[{i}]"] for i in range(size)]
    return [[f"{name}[{i}].{k}" for k in range(bits)] for i in range(size)]


@dataclass
class Codes:
    """Signals of a vector of codes."""

    words: list[Word]
    signed: bool


def melt(net: IntNet, outputs: Sequence[str] = OUTPUTS) -> Graph:
    """The sectioned graph of a network; `outputs` chooses "class", or "class" and "score"."""
    if tuple(outputs) not in {("class",), OUTPUTS}:
        raise MeltError(f"outputs {list(outputs)}; choose ['class'] or {list(OUTPUTS)}")
    if "score" not in outputs:
        net = without_common(net)
    b = Builder()
    names = bit_names("x", net.n_inputs, net.input_bits)
    words = [[b.input(name) for name in element] for element in names]
    values: dict[str, Codes | list[Sum]] = {"x": Codes(words, net.input_signed)}
    made: list[tuple[str, Word]] = []
    for node in net.nodes:
        given = values[node.inputs[0]]
        if isinstance(node, Linear) and isinstance(given, Codes):
            values[node.name] = lower_linear(node, given.words, given.signed)
        elif isinstance(node, Levels) and isinstance(given, list):
            functions = lower_levels(b, node, given, net.ranges[node.inputs[0]])
            values[node.name] = _cut(b, node, functions, made)
        elif isinstance(node, Argmax) and isinstance(given, list):
            _emit_outputs(b, net, given, outputs, made)
        else:
            raise MeltError(
                f"{node.name}: a {type(node).__name__} after {node.inputs[0]!r} has no lowering"
                " rule; sums come from linear, codes from levels or the input"
            )
    for name, word in made:
        _output(b, name, word)
    return b.graph()


def _cut(b: Builder, node: Levels, functions: list[Word], made: list[tuple[str, Word]]) -> Codes:
    """Note each activation's function and go on with a free input in its place."""
    free = []
    for names, word in zip(bit_names(node.name, node.size, node.bits), functions, strict=True):
        made.extend((name, [bit]) for name, bit in zip(names, word, strict=True))
        free.append([b.input(name) for name in names])
    return Codes(free, node.signed)


def _emit_outputs(
    b: Builder, net: IntNet, sums: list[Sum], outputs: Sequence[str], made: list[tuple[str, Word]]
) -> None:
    sums = share_counts(b, sums)
    if "score" in outputs:
        width = net.score_width
        scores = score_words(b, sums, width, 0)
        # With the sign bit inverted, two's complement compares as unsigned.
        index, _ = argmax(b, [[*word[:-1], ~word[-1]] for word in scores])
        made.append(("class", index))
        made.extend((f"score[{c}]", word) for c, word in enumerate(scores))
        return
    low, high = (
        int(end)
        for end in (net.ranges[net.score.name][0].min(), net.ranges[net.score.name][1].max())
    )
    width = max(1, (high - low).bit_length())
    shift = cheapest_shift([one.offset for one in sums], low, high, width)
    index, _ = argmax(b, score_words(b, sums, width, shift))
    made.append(("class", index))


def _output(b: Builder, name: str, word: Word) -> None:
    if name == "class" or name.startswith("score["):
        for place, bit in enumerate(word):
            b.output(f"{name}.{place}", bit)
    else:
        b.output(name, word[0])
