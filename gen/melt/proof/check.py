"""Checking a melted graph against the integer network it came from.

Each function between the cuts is listed or proved (`gen.melt.proof.prove`): activations, answers
and next states. All of them together are compared on random codes at every cut, and the joined
graph on random inputs and, where a file of PyTorch's vectors is given, on those.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import codes_to_bits, columns, interpret
from gen.intnet.network import IntNet
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import MeltError, chosen_outputs, next_names, output_names
from gen.melt.proof.free_codes import (
    Bits,
    Codes,
    code_bits,
    given_states,
    inputs_of,
    named_bits,
    random_codes,
    values_between,
)
from gen.melt.proof.prove import EXHAUSTIVE, PROVED, SIMULATED, Decided, decide
from gen.melt.proof.recorded import check_vectors

__all__ = ["EACH", "check_melted"]

EACH = "each function of "
"""What a row begins with that is about functions between cuts; these alone are exact."""
RANDOM_VECTORS = 20_000
RANDOM_WORK = 40_000_000_000
"""Most AND gates times vectors that a random check may take."""
RANDOM_CODES = 10_000_000
"""Most inputs and activations times vectors: codes are held as int64, some arrays of them."""

Check = dict[str, Any]


def check_melted(
    net: IntNet,
    sections: Graph,
    vectors: Path | None = None,
    outputs: Sequence[str] = (),
    seconds: float | None = None,
) -> list[Check]:
    """Run all checks: a row for each with what, how, seconds. Raises MeltError on a mismatch.

    `how` opens with the verdict. `seconds` (of the processor) are for proofs; a function that is
    not proved in them is simulated, and its row says so by name.
    """
    rng = np.random.default_rng(0)
    names = chosen_outputs(net, outputs)
    checks = [
        *_functions(decide(net, sections, names, seconds), _count(sections)),
        _timed("all functions between cuts", lambda: _check_random(net, sections, names, rng)),
        _timed("the joined graph", lambda: _check_joined(net, sections, names, rng)),
    ]
    if vectors is not None:
        checks.append(_timed("PyTorch's vectors", lambda: check_vectors(net, sections, vectors)))
    return checks


def _functions(decided: Sequence[Decided], vectors: int) -> Iterator[Check]:
    """A row for each signal's functions."""
    for group, rows in groupby(decided, lambda one: one.function.group):
        own = list(rows)
        seconds = round(sum(one.seconds for one in own), 3)
        yield {"what": f"{EACH}{group}", "how": _how(own, vectors), "seconds": seconds}


def _how(rows: Sequence[Decided], vectors: int) -> str:
    """The weakest verdict first, with how many functions have it."""
    count = {v: sum(one.verdict == v for one in rows) for v in (SIMULATED, EXHAUSTIVE, PROVED)}
    said = {SIMULATED: f"{SIMULATED} {vectors:,}"}
    parts = [f"{said.get(verdict, verdict)} for {n}" for verdict, n in count.items() if n]
    most = max(one.bits for one in rows)
    text = f"{', '.join(parts)} of {len(rows)}, of up to {most} bit{'s' * (most != 1)}"
    ways = dict.fromkeys(one.by for one in rows if one.by)
    text += f", by {' and '.join(ways)}" if ways else ""
    left = [one for one in rows if one.verdict == SIMULATED]
    if not left:
        return text
    names = ", ".join(one.function.label for one in left[:4])
    more = f" and {len(left) - 4} more" if len(left) > 4 else ""
    return f"{text}; the budget of {left[0].ran_out} ran out for {names}{more}"


def _timed(what: str, check: Any) -> Check:
    start = time.monotonic()
    how = check()
    return {"what": what, "how": how, "seconds": round(time.monotonic() - start, 3)}


def _expected(net: IntNet, codes: Codes, outputs: Sequence[str]) -> Bits:
    """Bits of every output of the sectioned graph, each activation reading the given codes."""
    given, values = values_between(net, codes)
    bits: Bits = {}
    for node in net.activations:
        bits |= code_bits(net, node.name, values[node.name])
    return bits | _output_bits(net, values, outputs, given)


def _output_bits(net: IntNet, values: Codes, outputs: Sequence[str], given: Codes) -> Bits:
    """Bits of the outputs and of the next states; `given` holds what stands at the cuts."""
    bits: Bits = {}
    for name in outputs:
        value = columns(given.get(name, values[name]))
        bits |= named_bits(output_names(net, name), value)
    for state in net.states:
        value = columns(given.get(state.next, values[state.next]))
        bits |= dict(zip(next_names(state), codes_to_bits(value, state.bits).T, strict=True))
    return bits


def _compare(expected: Bits, got: NDArray[np.uint8], names: tuple[str, ...]) -> None:
    for name, column in zip(names, got.T, strict=True):
        wrong = np.flatnonzero(column != expected[name])
        if len(wrong):
            raise MeltError(
                f"{name}: the graph says {column[wrong[0]]}, the integer network"
                f" {expected[name][wrong[0]]} at vector {wrong[0]}; the two are not of one"
                " network, or this is a defect of melting"
            )


def _count(sections: Graph) -> int:
    """How many random vectors to take for a network of this size."""
    by_memory = RANDOM_CODES // (sections.n_inputs + 1)
    return max(64, min(RANDOM_VECTORS, RANDOM_WORK // (sections.n_ands + 1), by_memory))


def _check_random(
    net: IntNet, sections: Graph, outputs: Sequence[str], rng: np.random.Generator
) -> str:
    codes = random_codes(net, _count(sections), rng)
    got = evaluate(sections, inputs_of(net, sections, codes))
    _compare(_expected(net, codes, outputs), got, sections.output_names)
    return f"simulated {len(got):,}"


def _check_joined(
    net: IntNet, sections: Graph, outputs: Sequence[str], rng: np.random.Generator
) -> str:
    flat = flatten(sections)
    codes = random_codes(net, _count(sections), rng)
    values = interpret(net, codes["x"], given_states(net, codes))
    got = evaluate(flat, inputs_of(net, flat, codes))
    _compare(_output_bits(net, values, outputs, {}), got, flat.output_names)
    return f"simulated {len(got):,}"
