"""Each function between the cuts of a melted graph against the network: listed, or proved.

A function of few bits is listed. A wider one and its reference become decision diagrams over the
same bits, in the order in which the function's logic meets them; which class wins is proved by SAT
from the scores' words (`gen.melt.proof.winner`). Every one says how it was done, and what could not
be decided within the budget says that.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gen.console import progress
from gen.intnet.held import CODE_BITS
from gen.intnet.network import IntNet
from gen.logic.cones import Cones
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.logic.named import named
from gen.melt.melt import MeltError
from gen.melt.proof.diagrams import Budget, Diagram, Diagrams, OutOfBudget
from gen.melt.proof.element import cut_signals
from gen.melt.proof.functions import Function, functions, is_winner
from gen.melt.proof.inner_words import WordSearch
from gen.melt.proof.listed import compare_listed, read_bits, widest
from gen.melt.proof.reference import Reference
from gen.melt.proof.winner import Words, prove_winner, takes_last, words_of
from gen.melt.values import bit_names

__all__ = ["EXHAUSTIVE", "PROVED", "SIMULATED", "Decided", "decide"]

EXHAUSTIVE, PROVED, SIMULATED = "exhaustive", "proved", "simulated"

LISTED_BITS, WIDE_CODE = 14, 8
LISTED_VECTORS = 1 << 21
"""Most vectors of all functions together that are listed."""
LAST_BITS, LAST_VECTORS = 20, 1 << 24
"""The same for functions of codes of more than 8 bits, and for what diagrams could not decide."""
SECONDS = 60.0
"""Of the processor, for all proofs together."""
ROUNDS = 64
"""Guesses at where words stand, each with the inputs that refuted those before."""


@dataclass(frozen=True)
class Decided:
    """How a function was decided: the verdict, of how many bits it is, what ran out."""

    function: Function
    verdict: str
    bits: int
    seconds: float
    by: str = ""
    ran_out: str = ""


def decide(
    net: IntNet, sections: Graph, outputs: Sequence[str], seconds: float | None = None
) -> list[Decided]:
    """Decide every function of a graph; raises MeltError for the first that is another one."""
    deciding = _Deciding(net, sections, outputs, SECONDS if seconds is None else seconds)
    found = list(deciding.all())
    gc.collect()  # Closures in cycles hold diagrams, of which CUDD complains when it ends.
    return found


class _Deciding:
    """What all functions share: the graph's cones, the diagrams, the budgets."""

    def __init__(
        self, net: IntNet, sections: Graph, outputs: Sequence[str], seconds: float
    ) -> None:
        self.net, self.outputs = net, outputs
        self.cones = Cones(sections)
        self.budget = Budget(seconds)
        self.diagrams = Diagrams(self.budget)
        self.listed = self.listed_last = 0

    def all(self) -> Iterator[Decided]:
        """Every function in turn, last which of many wins: its words may take all that is left."""
        _check_names(self.net, self.cones.graph, self.outputs)
        found = functions(self.net, self.outputs)
        found = sorted(found, key=lambda function: is_winner(self.net, function))
        for function in progress(found, label="deciding functions"):
            start = time.monotonic()
            self.budget.begin()
            verdict, bits, by, ran_out = self._one(function)
            taken = time.monotonic() - start
            yield Decided(function, verdict, bits, taken, by, ran_out)

    def _one(self, function: Function) -> tuple[str, int, str, str]:
        graph = self.cones.select(function.bits)
        read = list(dict.fromkeys([*graph.input_names, *read_bits(self.net, function)]))
        width = len(read)
        if width <= LISTED_BITS and self.listed + (1 << width) <= LISTED_VECTORS:
            self.listed += 1 << width
            _refuse(compare_listed(self.net, function, graph, read))
            return EXHAUSTIVE, width, "", ""
        wide = width <= CODE_BITS and widest(self.net, function) > WIDE_CODE
        if wide and self._is_listed(function, graph, read):
            return EXHAUSTIVE, width, "", ""
        try:
            self.budget.check()
            if is_winner(self.net, function) and self._winner(function):
                return PROVED, width, "SAT on the scores' words", ""
            _refuse_at(self._in_some_order(function, graph))
        except OutOfBudget as error:
            if not self.budget.is_over() and self._is_listed(function, graph, read):
                return EXHAUSTIVE, width, "", ""
            return SIMULATED, width, "", str(error)
        return PROVED, width, "decision diagrams", ""

    def _in_some_order(self, function: Function, graph: Graph) -> dict[str, int] | None:
        """As `_diagrams`, in the order in which the graph reads, and else bit by bit of all codes:
        that is the one for sums of wide codes of which the graph makes parts first."""
        try:
            return self._diagrams(self.net, function, graph)
        except OutOfBudget:
            if self.budget.is_over() or widest(self.net, function) == 1:
                raise
        self.budget.begin()
        return self._diagrams(self.net, function, graph, by_place=True)

    def _is_listed(self, function: Function, graph: Graph, read: list[str]) -> bool:
        """Whether a function is compared by all values of up to 20 bits, if not too many are."""
        width = len(read)
        fits = width <= LAST_BITS and self.listed_last + (1 << width) <= LAST_VECTORS
        if fits:
            self.listed_last += 1 << width
            _refuse(compare_listed(self.net, function, graph, read))
        return fits

    def _diagrams(
        self, net: IntNet, function: Function, graph: Graph, by_place: bool = False
    ) -> dict[str, int] | None:
        """Compare a function's diagrams with its reference's: bits at which they differ, if any.

        The first of them is the output's name, with what the graph says.
        """
        read = read_bits(net, function)
        known = [RESET] if RESET in (*graph.input_names, *read) else []
        order = sorted(read, key=place_of) if by_place else met(graph)
        self.diagrams.order(list(dict.fromkeys([*known, *order, *read, *graph.input_names])))
        wanted = self._reference(net, function, RESET in read)
        for bit, got, one in zip(function.bits, self.diagrams.graph(graph), wanted, strict=True):
            if got != one:
                values = self.diagrams.difference(got, one)
                return {bit: int(self.diagrams.holds(got, values))} | values
        return None

    def _reference(self, net: IntNet, function: Function, reset: bool) -> list[Diagram]:
        d = self.diagrams
        found, *first = (
            Reference(net, d, started).bits(function) for started in (False, True)[: 1 + reset]
        )
        if not first:
            return found
        chosen = d.bit(RESET)
        return [d.choose(chosen, one, other) for one, other in zip(*first, found, strict=True)]

    def _winner(self, function: Function) -> bool:
        """Prove which element wins from words that hold all of them; whether that was done."""
        words = words_of(self.net, self.cones.graph, self.outputs, function)
        if words is None:
            words = self._inner_words(function)
        return words is not None and prove_winner(self.cones, function.bits, words)

    def _inner_words(self, function: Function) -> Words | None:
        """Words that the graph has inside, each proved to be an element of what is compared."""
        name = self.net.node(function.name).inputs[0]
        search = WordSearch(self.net, self.cones.graph, name)
        for _ in range(ROUNDS):
            found = search.guess()
            if found is None:
                return None
            cones = Cones(found.graph)
            tried = (self._word(search.net, one, cones) for one in found.functions)
            wrong = [values for values in tried if values]
            if not wrong:
                return found.words(takes_last(self.net, function))
            search.add(wrong)
        return None

    def _word(self, net: IntNet, function: Function, cones: Cones) -> dict[str, int] | None:
        """As `_diagrams`, of one word of many: each has the time of a function."""
        self.budget.begin()
        return self._diagrams(net, function, cones.select(function.bits))


def _check_names(net: IntNet, graph: Graph, outputs: Sequence[str]) -> None:
    """That every output of the graph is a function's, and every input a bit at a cut."""
    wanted = [bit for function in functions(net, outputs) for bit in function.bits]
    if sorted(wanted) != sorted(graph.output_names):
        wrong = sorted({*wanted} ^ {*graph.output_names})
        raise MeltError(
            f"the graph and the network have not the same outputs ({', '.join(wrong[:4])}); melt"
            " the network again, for these outputs"
        )
    known = {RESET} if net.states else set[str]()
    for name in cut_signals(net):
        signal = net.signals[name]
        known |= {*sum(bit_names(name, signal.size, signal.bits), [])}
    strange = sorted({*graph.input_names} - known)
    if strange:
        raise MeltError(
            f"the graph has inputs that the network has not ({', '.join(strange[:4])}); melt the"
            " network again"
        )


def _refuse(wrong: tuple[str, int, int, int] | None) -> None:
    if wrong:
        bit, got, wanted, vector = wrong
        raise MeltError(
            f"{bit}: the graph says {got}, the integer network {wanted} at vector {vector};"
            " the two are not of one network, or this is a defect of melting"
        )


def _refuse_at(wrong: dict[str, int] | None) -> None:
    if wrong:
        (bit, said), *values = wrong.items()
        high = [name for name, value in values if value]
        where = f"{', '.join(high[:4])}, {len(high)} of {len(values)} bits, are 1"
        raise MeltError(
            f"{bit}: the graph says {said}, the integer network {1 - said} where {where};"
            " the two are not of one network, or this is a defect of melting"
        )


def place_of(bit: str) -> int:
    """Which bit of its code a bit is, of its name: 3 of "x[0].3"."""
    return named(bit).bit or 0


def met(graph: Graph) -> list[str]:
    """The inputs in the order in which a walk from the outputs, depth first, meets them."""
    first, sources = graph.first_and, (graph.fan_in >> 1).tolist()
    seen, found = bytearray(first + graph.n_ands), list[str]()
    stack = [int(end) >> 1 for end in reversed(graph.outputs.tolist())]
    while stack:
        node = stack.pop()
        if seen[node]:
            continue
        seen[node] = 1
        if node >= first:
            stack += reversed(sources[node - first])
        elif node:
            found.append(graph.input_names[node - 1])
    return found
