"""Names of bits, read: "layer1[3].0@2" is bit 0 of element 3 of layer1, at step 2."""

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["STEP", "Named", "layer_of", "named"]

STEP = r"(?P<step>@\d+)?$"
"""Ends a name in a recurrent network over several steps."""
BIT = re.compile(r"(?P<signal>.*?)(\[(?P<element>\d+)\])?(\.(?P<bit>\d+))?" + STEP, re.DOTALL)


@dataclass(frozen=True)
class Named:
    """What a name says; `element` and `bit` are None, `step` is "", where it says nothing of it."""

    signal: str
    element: int | None
    bit: int | None
    step: str

    @property
    def whole(self) -> str:
        """The element that the bit is of, by name, or the signal where it is of no element."""
        return f"{self.signal}{'' if self.element is None else f'[{self.element}]'}{self.step}"


@lru_cache(1 << 16)
def named(name: str) -> Named:
    """A name's parts, of any text: what follows no rule is all signal."""
    match = BIT.match(name)
    assert match is not None
    element, bit = match["element"], match["bit"]
    return Named(
        match["signal"],
        None if element is None else int(element),
        None if bit is None else int(bit),
        match["step"] or "",
    )


def layer_of(name: str) -> str:
    """The layer that a name belongs to: "layer1[3].0" -> "layer1", "block.layer1[3]" ->
    "block.layer1"."""
    return named(name).signal
