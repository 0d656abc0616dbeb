"""What each bit of a core's ports is, in the words of the network that it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from gen.data.described import bit_meanings, feature_names
from gen.data.encode import encoder_from_dict
from gen.data.sensors import SensorEncoder
from gen.intnet.network import IntNet
from gen.logic.named import named
from gen.map.description import answers, output_words, signals_read
from gen.map.netlist import Netlist

__all__ = ["Bit", "Part", "Ports", "ports_of"]

LISTED = 16
"""Of a value that has so many meanings at the most, all are told."""


@dataclass(frozen=True)
class Bit:
    """A bit of x: its name in the logic, what it says, and whether anything reads it."""

    name: str
    says: str
    read: bool


@dataclass(frozen=True)
class Part:
    """A word of y: `width` bits from `first` on, and what it says."""

    name: str
    first: int
    width: int
    says: str

    @property
    def bits(self) -> str:
        """As in Verilog: y[3:1]."""
        end = self.first + self.width - 1
        return f"y[{end}:{self.first}]" if self.width > 1 else f"y[{end}]"


@dataclass(frozen=True)
class Ports:
    """x bit by bit, y word by word; `first` is the bit of x that starts a sequence, if any.
    `sensors` are the integers in x: where, name, what it can be."""

    x: tuple[Bit, ...]
    y: tuple[Part, ...]
    first: int | None
    sensors: tuple[tuple[str, str, str], ...] = ()

    @property
    def n_out(self) -> int:
        return sum(part.width for part in self.y)


def ports_of(net: IntNet, mapped: Netlist) -> Ports:
    """The ports of a mapped network. Raises EncoderError where its encoder is damaged."""
    n_in = mapped.n_inputs - len(mapped.registers)
    read = signals_read(mapped)
    names = mapped.inputs[:n_in]
    said = _inputs_say(net, n_in - bool(mapped.registers))
    bits = tuple(
        Bit(name, said[at] if at < len(said) else "the first step of a sequence", at in read)
        for at, name in enumerate(names)
    )
    first = n_in - 1 if mapped.registers else None
    return Ports(bits, tuple(_parts(net, mapped)), first, _sensors(net, n_in))


def _inputs_say(net: IntNet, count: int) -> list[str]:
    """What each input bit says, by the network's encoder."""
    said = [_one_line(one) for one in bit_meanings(net.meta)]
    if len(said) == count:
        return said
    # A recurrent network takes a step's features at a time.
    steps = len(said) // count if count and len(said) % count == 0 else 0
    if not steps:
        return [_element(at, net.input_bits) for at in range(count)]
    return [_over_steps([said[step * count + at] for step in range(steps)]) for at in range(count)]


def _element(at: int, width: int) -> str:
    if width == 1:
        return f"input {at} of the network"
    return f"bit {at % width} of input {at // width} of the network"


def _over_steps(said: Sequence[str]) -> str:
    if len(set(said)) == 1:
        return said[0]
    told = list(said) if len(said) <= 3 else [*said[:2], "...", said[-1]]
    return f"step by step: {'; '.join(told)}"


def _one_line(text: str) -> str:
    """A name as it can stand in a comment and in a table."""
    printed = "".join(one if one.isprintable() else " " for one in text.replace("`", "'"))
    return " ".join(printed.split())


def _sensors(net: IntNet, count: int) -> tuple[tuple[str, str, str], ...]:
    """Of an encoder on the chip each integer among the first `count` bits of x: where it lies, its
    name, and what it can be."""
    encoder = encoder_from_dict(net.meta["encoder"]) if bit_meanings(net.meta) else None
    if not isinstance(encoder, SensorEncoder):
        return ()
    names = encoder.named(feature_names(net.meta))
    return tuple(
        (f"x[{start + one.bits - 1}:{start}]", _one_line(name), one.says())
        for start, name, one in zip(encoder.starts, names, encoder.sensors, strict=False)
        if start < count and one.bits > 1
    )


def _parts(net: IntNet, mapped: Netlist) -> list[Part]:
    parts, at = [], 0
    for word, width in output_words(answers(mapped)):
        parts.append(Part(word, at, width, _output_says(net, word)))
        at += width
    return parts


def _output_says(net: IntNet, word: str) -> str:
    one = named(word)
    name, at = one.signal, one.element or 0
    classes = [_one_line(str(one)) for one in net.meta.get("classes") or []]
    if net.decision is not None and name == net.decision.name:
        return _class_says(classes or [str(at) for at in range(net.n_classes)])
    signal = net.signals.get(name)
    if signal is not None and signal.size == 1 and len(classes) == 2 == 1 << signal.bits:
        return _class_says(classes)
    # Sums have no bits of a code.
    signed = signal is not None and (signal.signed or not signal.bits)
    kind = ", two's complement" if signed else ", unsigned"
    of = f" of {classes[at]}" if name == net.score and at < len(classes) else ""
    return f"{name}{'' if one.element is None else f' {at}'}{of}{kind}"


def _class_says(classes: Sequence[str]) -> str:
    named = [f"{at} {name}" for at, name in enumerate(classes)]
    if len(named) > LISTED:
        named = [*named[: LISTED - 1], "...", named[-1]]
    return f"the class, unsigned: {', '.join(named)}"
