"""What the logic gives for some inputs, activations and all, with some of them held at a value."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.intnet.interpret import bits_to_codes
from gen.logic.evaluate import evaluate
from gen.logic.named import named

__all__ = ["check_bits", "coding", "elements_of", "run_forced"]

Values = dict[str, NDArray[np.int64]]


def run_forced(logic: Logic, bits: NDArray[Any], cut: Mapping[str, int] | None = None) -> Values:
    """The value of every activation's and output's element int64 (n,) by name, for input bits (n,
    inputs).

    `cut` holds activations at values: a bit or an element by name, or all elements of a layer; they
    are then cut where they are (`gen.logic.sections`), so nothing else is changed. Raises AskError
    for names of anything else, values that are none of theirs, and input bits that do not fit.
    """
    forced = _forced(logic, cut or {})
    bits = check_bits(logic, bits)
    names = [*logic.activations, *logic.flat.output_names]
    graph = logic.opened(names, free=list(forced))
    held = np.tile(np.array(list(forced.values()), np.uint8), (len(bits), 1))
    made = evaluate(graph, np.concatenate([bits, held], axis=1))
    columns = dict(zip(names, made.T, strict=True))
    columns |= {name: np.full(len(bits), value, np.uint8) for name, value in forced.items()}
    return {name: _codes(logic, name, mine, columns) for name, mine in elements_of(logic).items()}


def check_bits(logic: Logic, bits: NDArray[Any]) -> NDArray[np.uint8]:
    """Input bits uint8 (n, inputs); AskError for another shape, or a value but 0 and 1."""
    found, width = np.asarray(bits), len(logic.inputs)
    if found.ndim != 2 or found.shape[1] != width:
        raise AskError(f"input bits of shape {found.shape}: the network takes (n, {width})")
    wrong = np.argwhere((found != 0) & (found != 1))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise AskError(f"row {row}, {logic.inputs[column]}: {found[row, column]} is no bit, 0 or 1")
    return found.astype(np.uint8)


def elements_of(logic: Logic) -> dict[str, list[str]]:
    """The elements of activations and outputs by name, with those of their bits that are there."""
    found: dict[str, list[str]] = {}
    for bit in [*logic.activations, *logic.flat.output_names]:
        found.setdefault(named(bit).whole, []).append(bit)
    return found


def coding(logic: Logic, name: str) -> tuple[int, bool]:
    """Bits of the values of an element, or of any of its bits, and whether they are signed."""
    net, signal = logic.net, named(name).signal.removesuffix(".out")
    if net.decision is not None and signal == net.decision.name:
        return net.class_width, False
    for state in net.states:
        if signal == f"{state.name}.next":
            return state.bits, state.signed
    found = net.signals[signal]
    return found.width, found.signed or not found.bits


def _codes(
    logic: Logic, name: str, mine: Sequence[str], columns: Mapping[str, NDArray[np.uint8]]
) -> NDArray[np.int64]:
    width, signed = coding(logic, name)
    known = {named(bit).bit or 0: columns[bit] for bit in mine}
    # Bits that nothing reads are not in the logic any more; they count as 0.
    none = np.zeros_like(columns[mine[0]])
    found = np.stack([known.get(place, none) for place in range(width)], axis=1)
    return bits_to_codes(found, width, signed)[:, 0]


def _forced(logic: Logic, cut: Mapping[str, int]) -> dict[str, int]:
    """The bits that are held, with their values."""
    found: dict[str, int] = {}
    activations = set(logic.activations)
    for name, value in cut.items():
        bits = () if name.startswith(CLASS) else logic.names.bits(name)
        if not set(bits) <= activations or not bits:
            raise AskError(f"{name} is no activation; only activations can be cut")
        width, signed = coding(logic, bits[0])
        single = name in bits and width > 1  # One bit of several, by its own name.
        number = _number(name, value, *((1, False) if single else (width, signed)))
        found |= {bit: number >> (0 if single else named(bit).bit or 0) & 1 for bit in bits}
    return found


def _number(name: str, value: Any, width: int, signed: bool) -> int:
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if not isinstance(value, int | np.integer | np.bool_) or not low <= value <= high:
        raise AskError(f"{name} cut to {value!r}: it takes whole numbers, {low} to {high}")
    return int(value)
