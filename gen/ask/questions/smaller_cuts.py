"""The evidence that a cut found is a smallest one."""

from collections.abc import Sequence
from math import comb

from gen.ask.evidence.answer import Witness
from gen.ask.evidence.smaller_cuts import MOST, Exhausted
from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.search.smallest import Found
from gen.data.care import care_clauses

__all__ = ["no_smaller"]


def no_smaller(
    logic: Logic,
    found: Found,
    candidates: Sequence[str],
    to: int,
    kill: Sequence[str],
    region: Region,
) -> tuple[Exhausted, ...]:
    """The evidence that no set smaller than the one found does it; none where sets that do were
    left out for their cost, or there are too many to try."""
    sets = sum(comb(len(candidates), k) for k in range(found.least))
    if not found.complete or found.costly or found.seen is None or not 0 < sets <= MOST:
        return ()
    elements = {one: logic.names.bits(one) for one in candidates}
    seen = Witness(logic.inputs, found.seen, ())
    care = care_clauses(logic.care)
    return (Exhausted(elements, to, tuple(kill), found.least, seen, region.conditions, care),)
