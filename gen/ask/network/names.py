"""Names of bits, of elements and of whole signals, and what they stand for.

A question may name a bit ("layer1[3]", "class.0"), an element of several bits ("x[3]" for
"x[3].0", "x[3].1"), a whole signal ("layer1", "score"), the bits that one feature was encoded
into ("feature[5]"), or "class=7": whether the class is that one, by number or by name. Over several
steps of a recurrent network, "@2" after a name says of which step it is.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from gen.errors import SmeltError
from gen.intnet.network import IntNet
from gen.logic.named import STEP, named

__all__ = ["CLASS", "AskError", "Names", "class_and_step", "class_bits", "class_index"]

CLASS = "class="
"""Begins the name of whether the network decides for one class."""


class AskError(SmeltError):
    """A question cannot be asked of this network."""


class Names:
    """All names over some bits; `more` adds names of groups of them, `why` says of a name that is
    none of these what became of it ("" where there was no such thing)."""

    def __init__(
        self,
        bits: Iterable[str],
        more: dict[str, list[str]] | None = None,
        why: Callable[[str], str] = lambda _: "",
    ) -> None:
        self.groups: dict[str, list[str]] = {}
        self.why = why
        for bit in bits:
            for name in dict.fromkeys(_prefixes(bit)):
                self.groups.setdefault(name, []).append(bit)
        self.groups |= more or {}

    def bits(self, name: str) -> tuple[str, ...]:
        """The bits of a name, lowest first; raises AskError for others, with what became of them
        or the nearest names."""
        found = self.groups.get(name)
        if found is None and (said := self.why(name)):
            raise AskError(f"{name} {said}")
        if found is None:
            near = difflib.get_close_matches(name, self.groups, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known: {self.summary()}"
            raise AskError(f"nothing is named {name!r}; {hint}")
        return tuple(found)

    def all_bits(self, names: Sequence[str]) -> tuple[str, ...]:
        """The bits of several names, in order, each once."""
        return tuple(dict.fromkeys(bit for name in names for bit in self.bits(name)))

    def elements(self, name: str) -> tuple[str, ...]:
        """The elements of a signal by name, or the name itself where it is no whole signal."""
        parts = [_prefixes(bit)[1] for bit in self.bits(name) if "[" in bit]
        whole = "[" not in name and parts
        return tuple(dict.fromkeys(parts)) if whole else (name,)

    def summary(self) -> str:
        """The whole signals with their sizes, for a message."""
        whole = {name: bits for name, bits in self.groups.items() if "[" not in name}
        signals = [name for name in whole if named(name).bit is None]
        return ", ".join(f"{name} ({len(self.elements(name))})" for name in signals)


def class_index(net: IntNet, name: str) -> int:
    """The class of "class=7" or "class=seven"; raises AskError where there is none."""
    return class_and_step(net, name)[0]


def class_and_step(net: IntNet, name: str) -> tuple[int, str]:
    """The class, and the "@4" after it, or nothing: where a class is itself named "a@4", that is
    the one. Raises AskError where there is none."""
    whole = name.removeprefix(CLASS)
    which = re.sub(STEP, "", whole)
    known = [str(one) for one in net.meta.get("classes") or range(net.n_classes)]
    numbers = [str(at) for at in range(len(known))]
    if net.decision is None:
        raise AskError(f"{name}: the network decides for no class (it has no argmax)")
    if name.startswith(CLASS):
        for names, one in ((known, whole), (known, which), (numbers, which)):
            if one in names:
                return names.index(one), whole[len(one) :]
    raise AskError(f"{name}: there is no such class; known are {', '.join(known)}")


def class_bits(net: IntNet, name: str) -> list[tuple[str, int]]:
    """The bits of the class, and their values where it is the one that "class=..." names."""
    (index, suffix), decision = class_and_step(net, name), net.decision
    assert decision is not None
    places = range(net.class_width)
    return [(f"{decision.name}.{place}{suffix}", index >> place & 1) for place in places]


def _prefixes(bit: str) -> tuple[str, str, str]:
    """The signal, the element and the bit itself that a bit's name tells."""
    one = named(bit)
    return one.signal + one.step, one.whole, bit
