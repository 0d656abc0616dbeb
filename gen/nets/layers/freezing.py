"""What a freeze rule works with: the network made so far, and the signal that comes in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.errors import SmeltError
from gen.files import DAMAGE
from gen.intnet.network import Node, Signal, State, Table
from gen.intnet.node import code_signal

__all__ = ["FreezeError", "Freezing", "Mark", "Value", "freezes", "known_modules"]


class FreezeError(SmeltError):
    """A network cannot be frozen, or its frozen form differs from it."""


@dataclass(frozen=True)
class Value:
    """What a module gives: the node that holds it, and its shape without the batch.

    With `signs` the module's values are v = 2c - 1 of the node's codes c, 0 or 1. `waiting` are
    elementwise modules that act after the node's integers, until a quantizer tabulates them.
    """

    name: str
    shape: tuple[int, ...]
    signs: bool = False
    waiting: tuple[nn.Module, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A module and the node that must equal what it gives, as `decode` turns that to integers."""

    module: nn.Module
    name: str
    decode: "Decode"

    def encode(self, codes: torch.Tensor) -> torch.Tensor | None:
        """What `decode` turns to these integers; None where that is more than they say."""
        if self.decode is _same:
            return codes
        return 2 * codes - 1 if self.decode is _code else None


@dataclass
class Freezing:
    """The integer network so far; rules read `value`, add nodes and so set the next `value`.

    `outputs` is set by a head, after which nothing can come; `steps` by a recurrent layer, and
    `stepwise` where the module gives the values of all steps and `value` is one step's of them.
    """

    value: Value
    signals: dict[str, Signal]
    nodes: list[Node] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    outputs: tuple[str, ...] = ()
    steps: int = 1
    stepwise: bool = False
    marks: list[Mark] = field(default_factory=list)
    layers: int = 0
    path: str = ""

    @property
    def signal(self) -> Signal:
        """Range and width of the integers that come in."""
        return self.signals[self.value.name]

    def error(self, message: str) -> FreezeError:
        """An error that opens with the module's path."""
        return FreezeError(f"{self.path or 'the network'}: {message}")

    def walk(self, name: str, module: nn.Module) -> None:
        """Freeze a module that gets `value`, by the rule for its class."""
        outer, before = self.path, self.value.name
        self.path = f"{outer}.{name}" if outer and name else outer or name
        self._check(module)
        rule = _rule(self, module)
        try:
            rule(self, module)
        except (*DAMAGE, RuntimeError) as error:  # What torch refuses, or a user's own rule.
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            raise self.error(
                f"a {type(module).__name__} that cannot be frozen as it is set ({said})"
            ) from error
        if self.value.name != before and not self.value.waiting and not self.outputs:
            self.mark(module)
        self.path = outer

    def mark(self, module: nn.Module, decode: "Decode | None" = None) -> None:
        """Note that what the module gives is `value`: verification compares the two."""
        if not self.marks or self.marks[-1].name != self.value.name:
            usual = _code if self.value.signs else _same
            self.marks.append(Mark(module, self.value.name, decode or usual))

    def _check(self, module: nn.Module) -> None:
        if module.training:
            raise self.error("the network is in training mode; call eval() first")
        if self.outputs:
            raise self.error(f"a {type(module).__name__} after the head, which must be the last")
        own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for name, tensor in own:
            if tensor.is_floating_point() and (tensor.dtype, tensor.device.type) != PLAIN:
                raise self.error(
                    f"{name} is {tensor.dtype} on {tensor.device}; call float() and cpu() first"
                )
            wrong = torch.nonzero(~torch.isfinite(tensor))
            if len(wrong):
                place = wrong[0].tolist()
                raise self.error(f"{name}{place} is {tensor[tuple(place)].item()}, not a number")

    def fresh(self, kind: str) -> str:
        """A name for a node of the layer to come: `layer2.sum`; `kind` "" opens the next layer."""
        if not kind:
            self.layers += 1
            return f"layer{self.layers}"
        name = found = f"layer{self.layers + 1}.{kind}"
        number = 1
        while found in self.signals:
            number += 1
            found = f"{name}{number}"
        return found

    def add(self, node: Node, shape: tuple[int, ...], signs: bool = False) -> None:
        """Add a node, whose output is the next `value`. Raises NetError where it does not fit."""
        given = [self.signals[name] for name in node.inputs]
        node.check(given)
        self.signals[node.name] = node.signal(given)
        self.nodes.append(node)
        self.value = Value(node.name, shape, signs)

    def add_state(self, reset: np.ndarray) -> Value:
        """A state of one-bit codes with these reset values; `keep` says what comes next."""
        name = self.fresh("state")
        self.signals[name] = code_signal(len(reset), 1, False)
        return Value(name, (len(reset),))

    def keep(self, state: Value, reset: np.ndarray) -> None:
        """Make `value` the state's next value."""
        self.states.append(State(state.name, self.value.name, reset.astype(np.int8)))

    def wait(self, module: nn.Module) -> None:
        """Leave an elementwise module to the quantizer that follows."""
        now = self.value
        self.value = Value(now.name, now.shape, now.signs, (*now.waiting, module))

    def need_integers(self, module: nn.Module) -> None:
        """Raise FreezeError where values come in that are no integers yet."""
        if self.value.waiting:
            waiting = ", ".join(type(one).__name__ for one in self.value.waiting)
            raise self.error(
                f"a {type(module).__name__} after {waiting}, whose values are no integers; an"
                " activation must come between"
            )

    def need_shape(self, module: nn.Module, dimensions: int) -> tuple[int, ...]:
        """The shape that comes in, which must have so many dimensions."""
        shape = self.value.shape
        if len(shape) != dimensions:
            raise self.error(
                f"a {type(module).__name__} takes {dimensions} dimensions without the batch, but"
                f" {self.value.name!r} has shape {shape}"
            )
        return shape

    def plain(self) -> None:
        """Turn codes 0 and 1 that stand for -1 and +1 into these numbers."""
        if self.value.signs:
            size = self.signal.size
            wiring = np.arange(size, dtype=np.int32)[:, None]
            tables = np.tile(np.array([-1, 1], np.int8), (size, 1))
            name = self.fresh("value")
            node = Table(name, (self.value.name,), wiring, tables, bits=2, signed=True)
            self.add(node, self.value.shape)

    def whole(self, value: torch.Tensor, what: str) -> np.ndarray:
        """Integers int64 from a float tensor that must hold nothing else."""
        found = value.detach().numpy()
        if not found.size:
            raise self.error(f"{what} is empty, of shape {found.shape}")
        wrong = ~np.isfinite(found) | (found != np.round(found))
        if wrong.any():
            place = np.argwhere(wrong)[0].tolist()
            raise self.error(f"{what}{place} is {found[tuple(place)]}, not an integer")
        return found.astype(np.int64)


Rule = Callable[[Freezing, Any], None]
Decode = Callable[[torch.Tensor], torch.Tensor]


def _code(value: torch.Tensor) -> torch.Tensor:
    return (value + 1) / 2


def _same(value: torch.Tensor) -> torch.Tensor:
    return value


PLAIN = torch.float32, "cpu"  # what the reference computes with
RULES: dict[type, Rule] = {}
OF_STEPS: set[type] = set()
HOW = "write a function under @freezes(its class), see gen/nets/layers/__init__.py"


def freezes(*kinds: type, of_steps: bool = False) -> Callable[[Rule], Rule]:
    """Make a function the freeze rule of module classes; `of_steps`: which can come where a module
    gives the values of all steps."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, rule))
        OF_STEPS.update(kinds if of_steps else ())
        return rule

    return register


def known_modules() -> Iterable[str]:
    """Names of the module classes that have a rule."""
    return sorted(kind.__name__ for kind in RULES)


def _rule(at: Freezing, module: nn.Module) -> Rule:
    name = type(module).__name__
    kind: Any = next((one for one in type(module).__mro__ if one in RULES), None)
    if kind is None:
        raise at.error(
            f"cannot freeze a {name}; known are {', '.join(known_modules())}. For one more, {HOW}"
        )
    # A kind without a forward, Activation, has a rule that asks the module itself.
    if nn.Module.forward is not kind.forward is not type(module).forward:
        raise at.error(
            f"cannot freeze a {name}: it has a forward of its own, which the rule for a"
            f" {kind.__name__} does not know; {HOW}"
        )
    if at.stepwise and kind not in OF_STEPS:
        raise at.error(
            f"a {name} after the values of all steps; a Recurrent reads them, an EachStep takes"
            " them apart, and what acts on each step before a cell is its `each`"
        )
    return RULES[kind]
