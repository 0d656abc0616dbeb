"""The states that a recurrent network can reach, as clauses that are checked before they are used.

The clauses come from an invariant's file. That they hold in every step of every sequence is not
believed but proved again: after a step from reset, and after a step from any state that satisfies
all of them.
"""

from collections.abc import Sequence
from pathlib import Path

from gen.ask.network.conditions import Clause
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import care_clauses
from gen.files import FileDamaged, read_json
from gen.logic.solver import Solver

__all__ = ["RESET", "check_inductive", "facts_of", "reachable_states"]

RESET = "reset"
"""The input that starts a sequence."""


def reachable_states(logic: Logic, path: Path | str) -> tuple[Clause, ...]:
    """The clauses of an invariant's file, each true also of a step that starts a sequence.

    Raises FileDamaged for another kind of file, AskError where the network has no states or the
    clauses are not inductive.
    """
    if not logic.registers:
        raise AskError(f"{path}: the network keeps no states between inputs; leave it out")
    value = read_json(path, "smelt-invariant-1")
    try:
        facts = [[(str(n), bool(v)) for n, v in clause] for clause in value["clauses"]]
    except (KeyError, TypeError, ValueError) as error:
        raise FileDamaged(f"{path}: not an invariant ({error}); make it again") from None
    check_inductive(logic, facts)
    return tuple((((RESET, True), *fact)) for fact in facts)


def facts_of(clauses: Sequence[Clause]) -> list[list[tuple[str, bool]]]:
    """The facts about states in clauses that are true also of a step that starts a sequence.

    Raises AskError for a clause that is not: it would say something of that step too.
    """
    if any((RESET, True) not in clause for clause in clauses):
        raise AskError("the conditions say something of a state that is not a reachable one")
    return [[pair for pair in clause if pair != (RESET, True)] for clause in clauses]


def check_inductive(logic: Logic, facts: list[list[tuple[str, bool]]]) -> None:
    """Prove that clauses over states hold after every step; raises AskError where one does not."""
    if not logic.registers:
        raise AskError("conditions on states; the network keeps none between inputs")
    place = {name: at for at, name in enumerate(logic.inputs)}
    ends = dict(zip(logic.flat.output_names, logic.flat.outputs.tolist(), strict=True))
    after = {one.name: ends[one.next] for one in logic.registers}
    unknown = next((name for fact in facts for name, _ in fact if name not in after), None)
    if unknown is not None:
        raise AskError(f"the invariant is about {unknown!r}, which is no state of this network")
    held = [[(place[RESET], True), *((place[n], v) for n, v in fact)] for fact in facts]
    with Solver(logic.flat, [*care_clauses(logic.care), *held]) as solver:
        for fact in facts:
            if solver.can([after[name] ^ value for name, value in fact]):
                said = " or ".join(f"{name}={int(value)}" for name, value in fact)
                raise AskError(f"not an invariant: a step leads out of {said}; make it again")
