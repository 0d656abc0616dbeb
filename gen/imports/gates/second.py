"""A second reading of the same file: gates as Yosys has them before ABC, run on many rows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.imports.gates.tool import Design

__all__ = ["Wire", "run_gates"]

Wire: TypeAlias = tuple[str, int]
"""A port and a bit of it."""
Bits: TypeAlias = NDArray[np.bool_]

GATES: Mapping[str, Callable[[Bits, Bits], Bits]] = {
    "$_AND_": np.logical_and,
    "$_NAND_": lambda a, b: ~(a & b),
    "$_NOT_": lambda a, _: ~a,
}
"""What `aigmap` leaves."""


def run_gates(design: Design, top: str, given: Mapping[Wire, Bits], asked: Sequence[Wire]) -> Bits:
    """Bits of outputs (rows, asked) for bits of inputs (rows,) each."""
    module = design["modules"][top]
    ports = {name: port["bits"] for name, port in module["ports"].items()}
    rows = next(iter(given.values())).shape
    values: dict[Any, Bits] = {"0": np.zeros(rows, bool), "1": np.ones(rows, bool)}
    values |= {ports[name][at]: bits for (name, at), bits in given.items()}
    for cell in _in_order(module["cells"].values(), set(values)):
        wires = cell["connections"]
        a = values[wires["A"][0]]
        values[wires["Y"][0]] = GATES[cell["type"]](a, values[wires["B"][0]] if "B" in wires else a)
    return np.stack([values[ports[name][at]] for name, at in asked], axis=1)


def _in_order(cells: Any, known: set[Any]) -> list[Mapping[str, Any]]:
    """The cells, each behind those that it reads."""
    makers = {cell["connections"]["Y"][0]: cell for cell in cells if cell["type"] in GATES}
    order: list[Mapping[str, Any]] = []
    for wanted in makers:
        waiting = [wanted]
        while waiting:
            bit = waiting[-1]
            reads = [bits[0] for port, bits in makers[bit]["connections"].items() if port != "Y"]
            missing = [one for one in reads if one not in known]
            waiting += missing
            if not missing:
                waiting.pop()
                if bit not in known:
                    known.add(bit)
                    order.append(makers[bit])
    return order
