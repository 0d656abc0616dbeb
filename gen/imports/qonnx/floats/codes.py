"""Codes for the floats of chains, and the step functions that give them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.floats.chain import Chain, Floats, Listed
from gen.intnet.held import CODE_BITS
from gen.intnet.lookups import step_rows
from gen.intnet.network import Levels
from gen.intnet.node import Integers, code_range

__all__ = ["Code", "Whole", "code_for", "coded", "levels", "listed"]


@dataclass(frozen=True, eq=False)
class Whole:
    """One chain's floats as whole numbers of a step."""

    low: int
    step: float
    whole: Integers
    floats: Floats
    error: float
    grain: int
    reach: float
    unsure: int = 0

    @property
    def affine(self) -> tuple[int, int] | None:
        """Factor and offset, where whole = factor * integer + offset."""
        if len(self.whole) < 2:
            return 0, int(self.whole[0])
        factor = int(self.whole[1] - self.whole[0])
        offset = int(self.whole[0]) - factor * self.low
        line = factor * (self.low + np.arange(len(self.whole))) + offset
        return (factor, offset) if (self.whole == line).all() else None


@dataclass(frozen=True)
class Code:
    """How codes stand for whole numbers: factor * code + offset."""

    factor: int
    offset: int
    bits: int
    signed: bool


def code_for(label: str, wholes: list[Whole]) -> Code:
    """Codes that hold the whole numbers of all chains."""
    found = np.unique(np.concatenate([np.unique(one.whole) for one in wholes]))
    code = coded(int(found[0]), int(found[-1]), max(1, int(np.gcd.reduce(np.diff(found)))))
    if code.bits > CODE_BITS:
        raise ImportRefused(
            f"{label}: codes of {code.bits} bits; {CODE_BITS} at most are made: quantize to fewer"
        )
    return code


def listed(one: Whole, code: Code) -> Chain:
    """The chain from codes to floats, as the runtime has them; of codes that do not occur, the
    multiples of the step."""
    low, high = code_range(1, code.bits, code.signed)
    codes = np.arange(low[0], high[0] + 1)
    floats = (one.step * (code.factor * codes + code.offset)).astype(np.float32)
    floats[(one.whole - code.offset) // code.factor - low[0]] = one.floats
    return Chain(Listed(int(low[0]), floats.tobytes(), one.step))


def levels(
    name: str, read: str, wholes: Mapping[int, Whole], kinds: Integers, code: Code
) -> Levels:
    """The node of step functions: element i is that of chain kinds[i]."""
    rows = [(one.whole - code.offset) // code.factor for one in wholes.values()]
    edges, codes = step_rows([one.low for one in wholes.values()], rows)
    place = {kind: at for at, kind in enumerate(wholes)}
    element = [place[kind] for kind in kinds.tolist()]
    edges, codes = edges[element], codes[element]
    return Levels(name, (read,), edges, codes, bits=code.bits, signed=code.signed)


def coded(low: int, high: int, apart: int) -> Code:
    """The narrowest codes for whole numbers low..high, multiples of `apart` from each other."""
    if low % apart == 0:
        ends = low // apart, high // apart
        signed = ends[0] < 0
        natural = max(1, max(n if n >= 0 else ~n for n in ends).bit_length() + signed)
        if natural <= max(1, (ends[1] - ends[0]).bit_length()):
            return Code(apart, 0, natural, signed)
    return Code(apart, low, max(1, ((high - low) // apart).bit_length()), False)
