"""Cuts: activations, or a section of them, held at 0, at 1, or let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gen.ask.network.logic import Logic
from gen.ask.network.names import CLASS, AskError
from gen.intnet.constants import with_constants
from gen.intnet.network import IntNet
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.named import named
from gen.logic.sections import flatten

__all__ = ["SWITCH", "Cut", "became", "cut_of", "kept_outputs", "section_names", "switched"]

SWITCH = "cut "
"""Begins the name of an input that says whether an element is cut."""


@dataclass(frozen=True)
class Cut:
    """Activation bits, every one held at `to`, 0 or 1; where `to` is None they may be anything."""

    elements: tuple[str, ...]
    bits: tuple[str, ...]
    to: int | None = 0

    @property
    def values(self) -> dict[str, int]:
        """The bits that are held, with their values."""
        return {} if self.to is None else dict.fromkeys(self.bits, self.to)

    def graph(self, logic: Logic, targets: Sequence[str], held: bool = True) -> Graph:
        """The cut network's `targets`. Bits that are let go, or not `held`, are inputs after the
        network's own."""
        opened = logic.opened(targets, free=self.bits)
        values = self.values if held else {}
        b = Builder()
        inputs: list[Signal] = []
        for name in opened.input_names:
            inputs.append(_constant(b, values[name]) if name in values else b.input(name))
        made = b.import_graph(opened, inputs)
        for name, signal in zip(opened.output_names, made, strict=True):
            b.output(name, signal)
        return b.graph()

    def network(self, net: IntNet, name: str = "") -> IntNet:
        """The integer network after the cut; AskError where the bits were let go."""
        if self.to is None:
            raise AskError("what is cut is free: there is no one network; give --to 0 or --to 1")
        values = {}
        for bit in self.bits:
            one = named(bit)
            if one.step:
                raise AskError(f"{bit} is of one step; a network is the same in all: cut it there")
            values[one.signal, one.element or 0, one.bit or 0] = self.to
        found = with_constants(net, values, name)
        found.meta["cut"] = {"elements": list(self.elements), "to": self.to}
        return found


def cut_of(logic: Logic, names: Sequence[str], to: int | None = 0) -> Cut:
    """The cut of these bits, elements or whole layers.

    Raises AskError for names that are of no activation, naming near ones.
    """
    if not names:
        raise AskError("nothing to cut; name activations, as layer1[3], or a section")
    if to not in (0, 1, None):
        raise AskError(f"cut to {to}: 0, 1 or free are known")
    elements = [one for name in names for one in _elements(logic, name)]
    bits = [bit for one in elements for bit in logic.names.bits(one)]
    return Cut(tuple(dict.fromkeys(elements)), tuple(dict.fromkeys(bits)), to)


def _elements(logic: Logic, name: str) -> tuple[str, ...]:
    known = set(logic.activations)
    wrong = next((bit for bit in logic.names.bits(name) if bit not in known), None)
    if wrong is not None:
        raise AskError(f"{name}: {wrong} is no activation; only activations can be cut")
    return logic.names.elements(name)


def section_names(net: IntNet, name: str) -> list[str]:
    """The elements that something reads of a section that training gave a name; AskError with the
    known ones."""
    known: Mapping[str, list[str]] = net.meta.get("sections") or {}
    if name not in known:
        there = f"known are {', '.join(known)}" if known else "the network names none"
        raise AskError(f"no section {name!r}; {there} (a recipe's [localize] makes one)")
    reached = net.reached()

    def is_read(one: str) -> bool:
        unit = named(one)
        if unit.element is None or unit.step or unit.signal not in reached:
            return True  # What is wrong with it is said where it is cut.
        return unit.element in reached[unit.signal]

    return [one for one in known[name] if is_read(one)]


def kept_outputs(logic: Logic, killed: Sequence[str], classes: bool) -> tuple[str, ...]:
    """The output bits that are kept when these behaviours are gone; where the network has
    `classes`, in place of the class's bits whether it is each of the other classes."""
    net = logic.net
    own = {name for name in killed if not name.startswith(CLASS)}
    own = {bit for name in own for bit in logic.targets(name)}
    kept: list[str] = []
    if net.decision is not None and classes:
        gone = {logic.class_index(name) for name in killed if name.startswith(CLASS)}
        names = net.meta.get("classes") or range(net.n_classes)
        kept = [f"{CLASS}{name}" for at, name in enumerate(names) if at not in gone]
        own |= {f"{net.decision.name}.{at}" for at in range(net.class_width)}
        for at in gone:
            own |= set(logic.names.groups.get(f"{net.score}[{at}]", []))
    return (*(bit for bit in logic.flat.output_names if bit not in own), *kept)


def became(logic: Logic, cut: Cut) -> dict[str, str]:
    """What simplification found of cut bits: bit -> "constant 0", or the bit that it equals.

    They can be cut all the same: what reads them reads the cut, not what they are made of.
    """
    graph = logic.sections
    made = dict(zip(graph.output_names, graph.outputs.tolist(), strict=True))
    first: dict[int, str] = {}
    found = {}
    for bit in logic.activations:
        literal = made[bit]
        other = first.setdefault(literal & ~1, bit)
        if bit in cut.bits and literal < 2:
            found[bit] = f"constant {literal}"
        elif bit in cut.bits and other != bit:
            found[bit] = other if made[other] == literal else f"not {other}"
    return found


def switched(logic: Logic, candidates: Sequence[str], to: int, targets: Sequence[str]) -> Graph:
    """The network's `targets` as functions of its inputs and of a switch for each candidate
    element, named SWITCH + element: where that is 1, the element's bits are `to`."""
    sections, b = logic.sections, Builder()
    inputs = {name: b.input(name) for name in sections.input_names}
    owner = {bit: one for one in candidates for bit in logic.names.bits(one)}
    switches = {one: b.input(SWITCH + one) for one in candidates}
    made = b.import_graph(sections, list(inputs.values()))
    for name, signal in zip(sections.output_names, made, strict=True):
        if name in owner:
            switch = switches[owner[name]]
            signal = b.or_(signal, switch) if to else b.and_(signal, ~switch)
        b.output(name, signal)
    joined = flatten(b.graph())
    return logic.on(joined, targets)


def _constant(b: Builder, value: int) -> Signal:
    return b.true if value else b.false
