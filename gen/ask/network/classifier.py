"""What questions about single inputs share: the sample, its class, and its parts.

A part is what is kept or changed as one: a feature with all bits it was encoded into, an element of
the input where no encoder is recorded, or a single bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.described import feature_values
from gen.data.encode import feature_places
from gen.logic.evaluate import evaluate

__all__ = ["Bits", "Classifier", "Part", "Sample", "Subject", "parts_of", "values_of"]

Bits: TypeAlias = NDArray[np.uint8]
Sample: TypeAlias = Sequence[int] | NDArray[Any]
"""The bits of one input."""


@dataclass(frozen=True)
class Part:
    """A name, and the numbers of its input bits."""

    name: str
    bits: tuple[int, ...]


def parts_of(logic: Logic, unit: str = "features") -> tuple[Part, ...]:
    """The parts of a network's input: "features" (without an encoder, elements) or "bits".

    Bits that are in no feature, such as states, are parts of their own.
    """
    if unit not in ("features", "bits"):
        raise AskError(f"unit {unit!r}: choose features or bits")
    place = {name: at for at, name in enumerate(logic.inputs)}
    if unit == "bits":
        return tuple(Part(name, (at,)) for name, at in place.items())
    parts = _stepped(logic) if _step(logic.inputs[0]) else _plain(logic, place)
    covered = {at for part in parts for at in part.bits}
    rest = [Part(name, (at,)) for name, at in place.items() if at not in covered]
    return (*parts, *rest)


def _plain(logic: Logic, place: dict[str, int]) -> list[Part]:
    encoded = (logic.net.meta.get("encoder") or {}).get("features")
    names = logic.features() if encoded else logic.names.elements("x")
    return [Part(name, tuple(place[bit] for bit in logic.names.bits(name))) for name in names]


def _stepped(logic: Logic) -> list[Part]:
    """Features of every step, or its elements, as feature[3]@0 or x[3]@0."""
    net = logic.net
    encoder, each = net.meta.get("encoder") or {}, net.n_inputs * net.input_bits
    word = "feature" if encoder else "x"
    places = [one for one in feature_places(encoder) if one[1] <= each] or [
        (at, at + net.input_bits) for at in range(0, each, net.input_bits)
    ]
    return [
        Part(f"{word}[{f}]@{step}", tuple(range(step * each + start, step * each + end)))
        for step in range(len(logic.inputs) // each)
        for f, (start, end) in enumerate(places)
    ]


def values_of(logic: Logic, row: str, names: Sequence[str]) -> list[str]:
    """What the columns of a table are that these names are of, in a frame's bits as text: "1 <=
    petal width < 1.75"; none where features are no columns."""
    said = feature_values(logic.net.meta, list(map(int, row)))
    if not said or not logic.net.meta.get("columns"):
        return []
    places = {at: part for part, one in enumerate(parts_of(logic)) for at in one.bits}
    found = [places[logic.inputs.index(bit)] for name in names for bit in logic.names.bits(name)]
    return [said[part] for part in dict.fromkeys(found) if part < len(said)]


class Classifier:
    """The classes that a network's graph gives: inputs uint8 (n, inputs) to int64 (n,)."""

    def __init__(self, logic: Logic) -> None:
        decision = logic.net.decision
        if decision is None:
            raise AskError("the network decides for no class (it has no argmax)")
        count, given = logic.net.n_classes, logic.net.meta.get("classes") or []
        self.names = [str(c) for c in (given if len(given) == count else range(count))]
        # Of a network unrolled over several steps, the last one's class is meant.
        self.step = _step(logic.flat.output_names[-1])
        width = range(logic.net.class_width)
        self.bits = [f"{decision.name}.{place}{self.step}" for place in width]
        self.graph = logic.opened(self.bits)

    def __call__(self, rows: Bits) -> NDArray[np.int64]:
        bits = evaluate(self.graph, rows).astype(np.int64)
        return bits @ (1 << np.arange(bits.shape[1]))


def _step(name: str) -> str:
    """The "@4" of a name, or nothing."""
    return name[name.index("@") :] if "@" in name else ""


@dataclass(frozen=True, eq=False)
class Subject:
    """An input bit by bit uint8 (inputs,), and its class: the index, and as "class=..."."""

    row: Bits
    index: int
    name: str

    @staticmethod
    def of(sample: Sample, region: Region, classify: Classifier) -> "Subject":
        """Raises AskError for a wrong shape, values that are no bits, codes that no encoder
        gives, and samples outside the conditions."""
        row = np.asarray(sample)
        if row.shape != (len(region.inputs),):
            raise AskError(
                f"a sample of shape {row.shape}; the network takes ({len(region.inputs)},) bits"
            )
        if not np.isin(row, (0, 1)).all():
            at = int(np.flatnonzero(~np.isin(row, (0, 1)))[0])
            raise AskError(f"a sample with {region.inputs[at]} = {row[at]}; bits are 0 or 1")
        row = row.astype(np.uint8)
        for clause in region.care:
            if all(row[at] != value for at, value in clause):
                bits = ", ".join(f"{region.inputs[at]}={row[at]}" for at, _ in clause)
                raise AskError(f"the sample is off the code: {bits}; give a valid one")
        if not region.holds(row[None])[0]:
            raise AskError("the sample does not satisfy the conditions itself; drop one of them")
        index = int(classify(row[None])[0])
        return Subject(row, index, f"class={classify.names[index]}")

    def literals(self, inputs: Sequence[int], bits: Sequence[int]) -> list[int]:
        """These bits of the sample as literals, given those of all inputs."""
        return [inputs[at] if self.row[at] else -inputs[at] for at in bits]
