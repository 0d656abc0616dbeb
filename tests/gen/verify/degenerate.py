"""Netlists that are hardly ones: constants, wires, copies, states that never change or read alike.

Networks that give them are rare, and right: whoever refuses them is wrong.
"""

from gen.map.netlist import FALSE, TRUE, Cell, Netlist

__all__ = ["DEGENERATE", "stepping"]


def stepping(*states: tuple[str, int, int], answer: int, cells: tuple[Cell, ...] = ()) -> Netlist:
    """One input, "reset", and states by name, with the signal of their next value and their reset
    value; the class is a signal, the first state being signal 2."""
    names = [
        (name, f"{name.partition('[')[0]}.next{name[name.find('[') :]}") for name, _, _ in states
    ]
    return Netlist(
        ("x[0]", "reset", *(name for name, _ in names)),
        (
            ("class.0", answer),
            *((after, row[1]) for (_, after), row in zip(names, states, strict=True)),
        ),
        cells,
        registers=tuple((*pair, row[2]) for pair, row in zip(names, states, strict=True)),
    )


def plain(inputs: int, *ends: int, cells: tuple[Cell, ...] = (), latency: int = 1) -> Netlist:
    """Inputs, the class of one bit and scores of one bit each."""
    names = ("class.0", *(f"score[{at}].0" for at in range(len(ends) - 1)))
    given = tuple(f"x[{at}]" for at in range(inputs))
    return Netlist(given, tuple(zip(names, ends, strict=True)), cells, latency=latency)


BOTH, EITHER = Cell(0b1000, (2, 3)), Cell(0b0110, (2, 3))
DEGENERATE = {
    "0": plain(1, FALSE),
    "1": plain(1, TRUE),
    "0 and 1 and a wire": plain(2, FALSE, TRUE, 0),
    "a wire": plain(1, 0),
    "a wire twice": plain(2, 1, 1, 1),
    "inputs that nothing reads": plain(3, 1),
    "an inverter": plain(1, 1, cells=(Cell(0b01, (0,)),)),
    "an answer twice": plain(2, 2, 2, 2, cells=(Cell(0b1000, (0, 1)),)),
    "an answer and its complement": plain(
        2, 2, 3, cells=(Cell(0b1000, (0, 1)), Cell(0b0111, (0, 1)))
    ),
    "two equal cells": plain(2, 2, 3, cells=(Cell(0b1000, (0, 1)), Cell(0b1000, (0, 1)))),
    "a constant cell": plain(2, 2, 0, cells=(Cell(0b0000, (0, 1)),)),
    "constants after three stages": plain(2, FALSE, TRUE, 1, latency=3),
    "a state that stays": stepping(("h[0]", 2, 0), answer=2),
    "a state that is always 0": stepping(("h[0]", FALSE, 0), answer=2),
    "a state that is always 1": stepping(("h[0]", TRUE, 1), answer=2),
    "a state that nothing reads": stepping(("h[0]", 0, 1), answer=FALSE),
    "states that read alike": stepping(
        ("a.b[0]", 3, 0), ("a_b[0]", 2, 1), answer=4, cells=(EITHER,)
    ),
    "states called as ports and cells are": stepping(
        ("y[0]", 3, 0), ("y_valid[0]", 2, 1), ("n0[0]", 0, 1), ("core[0]", 5, 0), answer=6,
        cells=(Cell(0b0110, (2, 3, 4, 5)[:2]),),
    ),
    "two equal states": stepping(("h[0]", 0, 0), ("g[0]", 0, 0), answer=4, cells=(BOTH,)),
    "states that change places": stepping(("h[0]", 3, 0), ("g[0]", 2, 1), answer=4, cells=(BOTH,)),
}  # fmt: skip
