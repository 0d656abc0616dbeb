"""What a description says of logic: the order of its ports, and what its outputs mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gen.imports import inputs
from gen.imports.errors import ImportRefused
from gen.imports.gates.netlist import Circuit, Port
from gen.imports.gates.source import NAME
from gen.imports.said import Said

__all__ = ["Meaning", "Order", "meaning", "order"]

KEYS = ("top", "inputs", "outputs", "groups", "read", "argmax", *inputs.KEYS)
READ = ("count", "unsigned", "signed")


@dataclass(frozen=True)
class Order:
    """The module to take, and its ports in the order in which their bits are taken; None: as the
    file has them."""

    top: str | None
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...] | None


@dataclass(frozen=True)
class Meaning:
    """`groups` are places of output bits, each a score: how many are 1, or where `words` the number
    whose bits they are, lowest first. Without groups the bits are the answer."""

    groups: tuple[tuple[int, ...], ...]
    words: bool
    signed: bool
    argmax: bool


def order(said: Said) -> Order:
    """Raises ImportRefused for keys that are not known, and names that are none."""
    unknown = next((key for key in said.options if key not in KEYS), None)
    if unknown is not None:
        raise ImportRefused(f"{said.place} {unknown}: not known; {', '.join(KEYS)} are")
    top = said.options.get("top")
    if top is not None and not (isinstance(top, str) and re.fullmatch(NAME, top)):
        raise ImportRefused(f"{said.place} top: {top!r} is no plain name of a module")
    return Order(top, _names(said, "inputs"), _names(said, "outputs"))


def _names(said: Said, key: str) -> tuple[str, ...] | None:
    value = said.options.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ImportRefused(f"{said.place} {key}: {value!r}, expected a list of ports' names")
    return tuple(value)


def meaning(said: Said, circuit: Circuit) -> Meaning:
    """What the outputs of a circuit mean; raises ImportRefused where that does not fit them."""
    options, place = said.options, said.place
    read = options.get("read", "count")
    if read not in READ:
        raise ImportRefused(f"{place} read: {read!r}; {', '.join(READ)} are known")
    groups = _groups(options, circuit, place, read)
    argmax = options.get("argmax", len(groups) > 1)
    if not isinstance(argmax, bool):
        raise ImportRefused(f"{place} argmax: {argmax!r}, expected true or false")
    if argmax and len(groups) < 2:
        raise ImportRefused(f"{place} argmax: say `groups`, two or more, to choose among")
    wide = next((group for group in groups if read != "count" and len(group) > 16), None)
    if wide is not None:
        raise ImportRefused(f"{place} groups: numbers of {len(wide)} bits; 16 at most")
    return Meaning(groups, read != "count", read == "signed", argmax)


def _groups(
    options: Mapping[str, Any], circuit: Circuit, place: str, read: str
) -> tuple[tuple[int, ...], ...]:
    bits = [name for port in circuit.outputs for name in port.names]
    said = options.get("groups")
    if said is None:
        return () if read == "count" else _by_port(circuit.outputs)
    if type(said) is int:
        if said < 1 or len(bits) % said:
            raise ImportRefused(
                f"{place} groups: {len(bits)} output bits are no {said} groups of one size;"
                " list the bits of each"
            )
        size = len(bits) // said
        return tuple(tuple(range(at, at + size)) for at in range(0, len(bits), size))
    if not isinstance(said, list) or not said or not all(isinstance(one, list) for one in said):
        raise ImportRefused(f"{place} groups: {said!r}, expected a number, or a list of lists")
    return tuple(_group(one, bits, f"{place} groups[{at}]") for at, one in enumerate(said))


def _by_port(ports: Sequence[Port]) -> tuple[tuple[int, ...], ...]:
    """The bits of each port as a group."""
    ends = [0]
    for port in ports:
        ends.append(ends[-1] + len(port.names))
    return tuple(tuple(range(at, to)) for at, to in zip(ends, ends[1:], strict=False))


def _group(said: Sequence[Any], bits: Sequence[str], place: str) -> tuple[int, ...]:
    """Places of output bits, said as places or as names: `y[3]`, or `y` where it is one bit."""
    if not said:
        raise ImportRefused(f"{place}: empty; a group has one bit or more")
    found = []
    for one in said:
        known = one in bits if isinstance(one, str) else type(one) is int and 0 <= one < len(bits)
        if not known:
            raise ImportRefused(
                f"{place}: {one!r} is no output bit; they are {_few(bits)}, or 0 to {len(bits) - 1}"
            )
        found.append(bits.index(one) if isinstance(one, str) else one)
    return tuple(found)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])}, ..., {names[-1]}"
