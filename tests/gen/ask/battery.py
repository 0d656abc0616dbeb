"""Small random networks of every kind, each with conditions and all inputs that satisfy them.

What a question answers about one of them is compared with what listing all inputs through the
integer network says. A network is small enough that listing takes no time, and there are 300, each
of a kind by its number: dense ternary layers, the same behind a thermometer and a one-hot code,
truth tables, and a recurrent layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence import case as evidence
from gen.ask.evidence.answer import Answer
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward, interpreter
from gen.ask.network.logic import Logic
from gen.intnet.network import Argmax, IntNet, Linear, Table
from tests.gen.ask.brute import satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.intnet.nets import i8, i32

NETWORKS = 300
KINDS = ("dense", "thermometer", "onehot", "tables", "recurrent")
GROUPS = [[0, 1, 2], [3, 4, 5]]
ENCODERS = {
    "thermometer": {"bits": 3, "features": 2, "thresholds": [[1, 2, 3]] * 2},
    "onehot": {"bits": 3, "features": 2, "thresholds": [[1, 2]] * 2},
}


def blocks(size: int = 50, short: int = 50) -> Any:
    """Parametrize `seeds` with all numbers of networks; those from `short` on run long."""
    firsts = range(0, NETWORKS, size)
    return pytest.mark.parametrize(
        "seeds",
        [
            pytest.param(
                range(first, first + size),
                marks=[pytest.mark.long] if first >= short else [],
                id=f"{first}-{first + size - 1}",
            )
            for first in firsts
        ],
    )


@dataclass(frozen=True, eq=False)
class Case:
    """A network, and where it is asked; `rows` are all inputs that satisfy the conditions. Of one
    that is unrolled, `judge` is the forward, and `step` the last one's "@N"."""

    seed: int
    kind: str
    net: IntNet
    logic: Logic
    given: Conditions
    rows: np.ndarray
    judge: Forward | None = None
    step: str = ""

    @cached_property
    def forward(self) -> Forward:
        return self.judge or interpreter(self.net)

    def said(
        self,
        names: Sequence[str],
        forced: dict[str, np.ndarray] | None = None,
        rows: np.ndarray | None = None,
    ) -> np.ndarray:
        """What the network gives for these names, a column each."""
        return self.forward(self.rows if rows is None else rows, forced or {}, names)

    @cached_property
    def labels(self) -> list[str]:
        return [f"class={at}{self.step}" for at in range(self.net.n_classes)]

    @cached_property
    def classes(self) -> np.ndarray:
        """The class of every row."""
        return self.said(self.labels).argmax(axis=1)

    @cached_property
    def rng(self) -> np.random.Generator:
        """For what a test draws."""
        return np.random.default_rng(1000 + self.seed)

    def place(self, names: Sequence[str]) -> list[int]:
        """The numbers of input bits."""
        return [self.logic.inputs.index(name) for name in names]

    def verify(self, answer: Answer) -> list[str]:
        return answer.verify(evidence.Case(self.logic, self.forward, answer.conditions))


def case(seed: int, kinds: Sequence[str] = KINDS) -> Case:
    """The network of a number, of one of these kinds, and its conditions."""
    kind = kinds[seed % len(kinds)]
    net = _network(kind, seed)
    logic = logic_of(net)
    given = _conditions(net, logic.inputs, seed // len(kinds))
    return Case(seed, kind, net, logic, given, satisfying(net, logic.inputs, given))


def _network(kind: str, seed: int) -> IntNet:
    """Every fourth answers the last of equal classes."""
    net = _made(kind, seed)
    *nodes, end = net.nodes
    return replace(net, nodes=(*nodes, replace(end, last=seed % 4 == 3)))  # type: ignore[call-arg]


def _made(kind: str, seed: int) -> IntNet:
    classes = 2 + seed // len(KINDS) % 3
    if kind == "recurrent":
        return random_rnn(seed, 2, 3, classes)
    if kind == "tables":
        return tables_net(seed, classes)
    if kind == "dense":
        return random_net(seed, 6, 5, classes)
    net = random_net(seed, 7, 5, classes, {"kind": kind, "groups": GROUPS})
    net.meta["encoder"] = {"kind": kind, **ENCODERS[kind]}
    return net


def tables_net(seed: int, classes: int, inputs: int = 6, units: int = 5) -> IntNet:
    """Truth tables of three inputs, counted in groups for each class."""
    rng = np.random.default_rng(seed)
    wiring = np.array([rng.choice(inputs, 3, replace=False) for _ in range(units)])
    groups = (np.arange(units) % classes == np.arange(classes)[:, None]).astype(np.int8)
    nodes = (
        Table("layer1", ("x",), i32(wiring), i8(rng.integers(0, 2, (units, 8)))),
        Linear("score", ("layer1",), groups, i32(rng.integers(-1, 2, classes))),
        Argmax("class", ("score",)),
    )
    return IntNet(inputs, nodes)


def _conditions(net: IntNet, inputs: tuple[str, ...], number: int) -> Conditions:
    """None, fixed bits, a ball, or both; around an input that is there. Of coded inputs now and
    then any code, of recurrent networks only states that can be reached."""
    rng = np.random.default_rng(number)
    codes = bool(net.meta.get("care")) and number % 7 != 6
    states = reachable(net) if net.states and number % 2 else ()
    rows = satisfying(net, inputs, Conditions(codes=codes, states=states))
    sample = rows[rng.integers(len(rows))].tolist()
    fixed = {name: sample[at] for at, name in enumerate(inputs) if rng.random() < 0.15}
    around = tuple(sample) if number % 4 > 1 else ()
    radius = int(rng.integers(2, 5)) if around else 0
    return Conditions(fixed if number % 4 in (1, 3) else {}, around, radius, codes, states)


def reachable(net: IntNet) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Clauses that exclude each state that no sequence from reset leads to, by walking them all."""
    (state,) = net.states
    names = [f"{state.name}[{at}]" for at in range(state.size)]
    after = [f"{state.name}.next[{at}]" for at in range(state.size)]
    forward, width = interpreter(net), net.n_inputs
    steps = (np.arange(1 << width)[:, None] >> np.arange(width) & 1).astype(np.uint8)
    known: set[tuple[int, ...]] = set()
    fresh = [tuple(state.reset.tolist())]
    while fresh:
        known |= set(fresh)
        rows = np.array([[*step, 0, *held] for held in fresh for step in steps], np.uint8)
        fresh = list(set(map(tuple, forward(rows, {}, after).tolist())) - known)
    every = (np.arange(1 << state.size)[:, None] >> np.arange(state.size) & 1).tolist()
    return tuple(
        (("reset", True), *((name, not bit) for name, bit in zip(names, one, strict=True)))
        for one in every
        if tuple(one) not in known
    )
