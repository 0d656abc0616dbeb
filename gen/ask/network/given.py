"""Inputs as a caller has them, features, a table or bits, as the bits that a network takes; and its
answers as names of classes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.unroll import unrolled
from gen.data.encode import encoder_from_dict
from gen.data.own.columns import columns_from_dict

__all__ = ["class_names", "classes_of", "fitting", "given_bits", "whole_cut"]


def given_bits(logic: Logic, x: Any, bits: bool | None = None) -> NDArray[Any]:
    """Input bits (n, bits) of rows, or of one row: of a data frame by its columns' names, of
    features (n, F) by the recorded encoder, or bits as they are.

    `bits` says which is meant; where it is None, rows as wide as the features are features. Raises
    AskError for what is neither, DataError and EncoderError for values that do not fit.
    """
    encoder = logic.net.meta.get("encoder")
    coder = encoder_from_dict(encoder) if encoder else None
    if hasattr(x, "columns"):
        columns = logic.net.meta.get("columns")
        if not columns or coder is None:
            raise AskError("a table with columns: the network knows none; give features or bits")
        return coder.encode(columns_from_dict(columns).table(x, "the table"))
    try:
        rows = np.atleast_2d(np.asarray(x, np.float64))
    except (TypeError, ValueError) as error:
        raise AskError(f"inputs are not rows of numbers ({error})") from None
    rows = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    if bits is None:
        bits = coder is None or rows.shape[1] != coder.features
    if not bits and coder is None:
        raise AskError("the network was imported without an encoder: it takes input bits")
    if bits and coder is not None and rows.shape[1] % (logic.net.n_inputs * logic.net.input_bits):
        raise AskError(
            f"rows of {rows.shape[1]}: the network takes {coder.features} features or"
            f" {coder.n_bits} input bits"
        )
    return rows if bits or coder is None else coder.encode(rows)


def fitting(logic: Logic, bits: NDArray[Any]) -> Logic:
    """The logic that takes these input bits: of a recurrent network, over as many steps."""
    width = logic.net.n_inputs * logic.net.input_bits
    if not logic.registers or bits.shape[1] % width:
        return logic
    return unrolled(logic, max(1, bits.shape[1] // width))


def whole_cut(logic: Logic, cut: Mapping[str, int]) -> dict[str, int]:
    """Names of a step's activations, over several steps those of every step. Raises AskError for
    what are no values by name."""
    if not isinstance(cut, Mapping) or not all(isinstance(name, str) for name in cut):
        raise AskError(f"cut {str(cut)[:40]}: values by name are meant, as {{'layer1[3]': 0}}")
    every = [f"@{step}" for step in range(logic.steps or 0)]
    return {
        f"{name}{at}": value
        for name, value in cut.items()
        for at in (every if every and "@" not in name else [""])
    }


def class_names(logic: Logic) -> tuple[str, ...]:
    """The name of each class; its number where none are recorded."""
    given, net = logic.net.meta.get("classes"), logic.net
    if net.decision is None:
        return tuple(map(str, given)) if given and len(given) == 2 and net.n_classes == 1 else ()
    fits = isinstance(given, Sequence) and len(given) == net.n_classes
    return tuple(map(str, given if fits and given else range(net.n_classes)))


def classes_of(logic: Logic, values: Mapping[str, NDArray[np.int64]]) -> list[str] | None:
    """The class of each row by name, after the last step, of what `run_forced` gave; None where
    the network decides for none."""
    names, net = class_names(logic), logic.net
    if not names:
        return None
    name = f"{net.score}[0]" if net.decision is None else net.decision.name
    step = f"@{logic.steps - 1}" if logic.steps else ""
    return [names[at] for at in values[f"{name}{step}"].tolist()]
