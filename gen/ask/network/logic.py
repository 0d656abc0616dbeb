"""A network's logic as questions need it: named signals, and graphs opened at activations.

Equal outputs say nothing of an inner signal: with h = a & b, `h | (a & c)` and `a & (b | c)` are
equal, but forcing h changes only the first. So questions about inputs go to the flat graph, and
questions about activations to the sectioned one, with these activations cut to free inputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gen.ask.network.meanings import meanings
from gen.ask.network.names import CLASS, AskError, Names, class_and_step, class_bits
from gen.data.encode import feature_places
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.logic.aiger import Register, read_aiger
from gen.logic.graph import Builder, Graph, Signal
from gen.logic.named import named
from gen.logic.sections import cut_names, flatten
from gen.melt.melt import melt, registers
from gen.melt.sidecar import read_sidecar

__all__ = ["Logic"]


@dataclass(frozen=True, eq=False)
class Logic:
    """An integer network, its graph cut at every activation, and its flat graph.

    Inputs are the network's input bits, for a recurrent network then "reset" and the bits of the
    states. `care` says which inputs are valid (None: all are); `registers` are the states' bits.
    `steps` is over how many steps it was unrolled, where it was.
    """

    net: IntNet
    sections: Graph
    flat: Graph
    care: dict[str, Any] | None = None
    registers: tuple[Register, ...] = ()
    steps: int | None = None

    @staticmethod
    def melted(net: IntNet) -> "Logic":
        """A network's logic by the lowering rules alone, nothing simplified."""
        sections = melt(net)
        care = net.meta.get("care")
        made = Logic(net, sections, flatten(sections), care, tuple(registers(net)))
        made.__dict__["source"] = made
        return made

    @cached_property
    def source(self) -> "Logic":
        """The network's own graph: melted anew from the integer network, and unrolled over as many
        steps. Evidence is about this one; where an answer was found is another matter."""
        from gen.ask.network.unroll import unrolled

        step = Logic.melted(self.net)
        return step if self.steps is None else unrolled(step, self.steps)

    @staticmethod
    def load(folder: Path | str) -> "Logic":
        """Read net.npz, sections.aig and graph.aig of a build folder.

        Raises FileDamaged or NetError where one is missing or damaged, AskError where they are of
        different networks.
        """
        folder = Path(folder)
        net = load(folder / "net.npz")
        described, _, registers = read_sidecar(folder / "sections.json")
        sections, flat = read_aiger(folder / "sections.aig"), read_aiger(folder / "graph.aig")
        cuts = set(cut_names(sections))
        for kind in ("input_names", "output_names"):
            own = [name for name in getattr(sections, kind) if name not in cuts]
            if own != list(getattr(flat, kind)):
                raise AskError(
                    f"{folder}: sections.aig and graph.aig have different {kind.replace('_', ' ')}:"
                    " they are of different networks; run `make simplify` again"
                )
        return Logic(net, sections, flat, described.get("care"), tuple(registers))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input bits."""
        return self.flat.input_names

    @cached_property
    def activations(self) -> tuple[str, ...]:
        """Names of the activations' bits, in the order of the network."""
        return cut_names(self.sections)

    @cached_property
    def names(self) -> Names:
        """Every name that a question may use, but for "class=..."; what an input means, such as a
        column's name, is one where nothing else has it."""
        bits = [*self.inputs, *self.activations, *self.flat.output_names]
        features = self._features()
        names = Names(bits, features, self._gone)
        known = {*bits, *features}
        for name, meaning in self.meanings.items():
            if name in known and not meaning.startswith(CLASS):
                names.groups.setdefault(meaning, list(names.bits(name)))
        return names

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What each input bit and each feature means, by name."""
        frame = self.net.n_inputs * self.net.input_bits * (self.steps or 1)
        return meanings(self.net.meta, self.inputs[:frame], list(self._features()))

    def _gone(self, name: str) -> str:
        """What is to be said of a name that the network has but the logic does not."""
        one = named(name)
        signal = self.net.signals.get(one.signal)
        if one.step or signal is None or (one.element or 0) >= signal.size:
            return ""
        cut = [node.name for node in self.net.activations]
        if one.signal in cut and (one.bit or 0) < signal.width:
            return "is not in the logic any more: nothing reads it, so it was removed"
        if not signal.bits:
            return f"holds sums, not codes; activations are of {', '.join(cut) or 'no layer'}"
        return ""

    def _features(self) -> dict[str, list[str]]:
        """The bits of every feature; a recurrent network takes a step's features at a time."""
        encoder = self.net.meta.get("encoder") or {}
        each = self.net.n_inputs * self.net.input_bits
        places = [place for place in feature_places(encoder) if place[1] <= each]
        ends = [(0, "")] if self.steps is None else [(s * each, f"@{s}") for s in range(self.steps)]
        return {
            f"feature[{f}]{step}": list(self.inputs[at + start : at + end])
            for at, step in ends
            for f, (start, end) in enumerate(places)
        }

    def features(self) -> list[str]:
        """Names of the features that input bits were encoded from; raises AskError without any."""
        found = list(self._features())
        if not found:
            raise AskError("the network was imported without an encoder: it has no features")
        return found

    def targets(self, name: str) -> tuple[str, ...]:
        """The bits of a name that a graph can be opened for: `names`, and "class=..." as it is."""
        if name.startswith(CLASS):
            self.names.all_bits([bit for bit, _ in class_bits(self.net, name)])
            return (name,)
        return self.names.bits(name)

    def class_index(self, name: str) -> int:
        """The class of "class=7" or "class=seven", over several steps that of the last; raises
        AskError where there is none, and for that of an earlier step."""
        index, step = class_and_step(self.net, name)
        if step and (self.steps is None or step != f"@{self.steps - 1}"):
            raise AskError(f"{name}: asked about is the class at the end; leave {step} out")
        return index

    def opened(self, targets: Sequence[str], free: Sequence[str] = ()) -> Graph:
        """The graph whose outputs are `targets` (bits, or "class=..."), in order.

        Its inputs are `inputs`, then the activations' bits in `free`, which may take any value.
        The flat graph is used where no activation is asked about.
        """
        activations = set(self.activations)
        kept = [name for name in targets if name in activations]
        inner = bool(free or kept)
        return self.on(
            flatten(self.sections, keep=kept, free=free) if inner else self.flat, targets
        )

    def on(self, base: Graph, targets: Sequence[str]) -> Graph:
        """The graph of `targets` made of one that has the network's outputs; the same inputs."""
        b = Builder()
        made = b.import_graph(base, [b.input(name) for name in base.input_names])
        signals = dict(zip(base.output_names, made, strict=True))
        for name in targets:
            b.output(name, signals[name] if name in signals else self._is_class(b, signals, name))
        return b.graph()

    def _is_class(self, b: Builder, signals: dict[str, Signal], name: str) -> Signal:
        found = b.true
        for bit, value in class_bits(self.net, name):
            found = b.and_(found, signals[bit] if value else ~signals[bit])
        return found
