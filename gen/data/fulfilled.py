"""Whether an encoder keeps to a care set: by what it gives, not by how the care set was made.

The bits of a feature change only where it reaches one of its thresholds. So the thresholds, the
numbers just below them and both infinities give every code that it can have, and all of them are
tried; what is not a number is encoded nowhere. Features are independent of each other: nothing but
the rows themselves says that of several categories one is 1, so a group of bits of more than one
feature is not shown to hold.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen.data.care import KINDS, care_of, groups_of
from gen.data.encode import Encoder, EncoderError, encoder_from_dict

__all__ = ["Fulfilled", "codes_of", "fulfilled"]

Group = tuple[str, list[int]]


class Fulfilled(NamedTuple):
    """The part of a care set that every encoded input satisfies, None where there is none, how many
    codes were looked at, and why the rest is not shown to hold; "" where all of it is."""

    care: dict[str, Any] | None
    codes: int
    why: str


def fulfilled(meta: Mapping[str, Any], width: int, steps: int = 1) -> Fulfilled:
    """Which groups of `meta["care"]`, over the `width` input bits of a step, hold of all that
    `meta["encoder"]` gives, in each of the `steps` of a sample.

    Raises DataError for a care set of unknown kind.
    """
    groups = groups_of(meta.get("care"))
    encoder, why = _encoder(meta, width * steps)
    if not groups or encoder is None:
        return Fulfilled(None, 0, why if groups else "")
    held: list[Group] = []
    faults: list[str] = []
    looked = 0
    for kind, group in groups:
        found = [_fault(encoder, kind, [at * width + bit for bit in group]) for at in range(steps)]
        fault = next((one for one, _ in found if one), "")
        looked += sum(codes for _, codes in found)
        if fault:
            faults.append(fault)
        else:
            held.append((kind, group))
    return Fulfilled(care_of(held), looked, _counted(faults, len(groups)))


def codes_of(encoder: Encoder, feature: int) -> NDArray[np.uint8]:
    """Every code (codes, bits) that a feature of an encoder on the host can have."""
    code = encoder.codes[feature]
    marks = np.array(code.thresholds, np.float64)
    with np.errstate(over="ignore"):  # Below the least number is an infinity.
        below = np.nextafter(marks, -np.inf)
    values = np.r_[-np.inf, below, marks, np.inf]
    return np.unique(Encoder((code,)).encode(values[:, None]), axis=0)


def _encoder(meta: Mapping[str, Any], bits: int) -> tuple[Encoder | None, str]:
    """The encoder that makes all input bits on the host; none, and why."""
    described = meta.get("encoder")
    if not described:
        return None, "nothing says how its inputs are encoded (meta.encoder)"
    if meta.get("feedback"):
        return None, "a class is fed back to the inputs, and no encoder makes it"
    try:
        encoder = encoder_from_dict(described)
    except EncoderError as error:
        return None, f"its encoder is none: {error}"
    if encoder.where != "host":
        return None, "its encoder is on the chip, and sensors give any integer"
    if encoder.n_bits != bits:
        return None, f"its encoder gives {encoder.n_bits} bits, and the network takes {bits}"
    return encoder, ""


def _fault(encoder: Encoder, kind: str, group: Sequence[int]) -> tuple[str, int]:
    """What is wrong with a group of an encoder's bits, in words, and how many codes were tried."""
    features = np.unique(np.searchsorted(encoder.starts, group, side="right") - 1)
    if len(features) > 1:
        named = " and ".join(str(one) for one in features[:2])
        return f"bits {group[0]} to {group[-1]} are of several features ({named})", 0
    feature = int(features[0])
    codes = codes_of(encoder, feature)
    places = [bit - encoder.starts[feature] for bit in group]
    for clause in KINDS[kind](places):
        at, wanted = (np.array(part) for part in zip(*clause, strict=True))
        wrong = ~(codes[:, at] == wanted).any(axis=1)
        if wrong.any():
            code = "".join(map(str, codes[wrong][0].tolist()))
            fault = f"feature {feature} has the code {code}, bit 0 first: no {kind}"
            return fault, len(codes)
    return "", len(codes)


def _counted(faults: Sequence[str], groups: int) -> str:
    if not faults:
        return ""
    return f"{len(faults)} of {groups} groups are not shown to hold: {faults[0]}"
