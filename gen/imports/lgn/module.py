"""A torch module of layers of logic becomes an integer network."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from gen.data.encode import Encoder
from gen.data.sensors import Sensor
from gen.imports.circuit import Bit, nodes_of
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.lgn.chip import behind
from gen.imports.lgn.gates import ONE, ZERO, Gates, Inputs
from gen.imports.lgn.layers import RULES
from gen.imports.lgn.logic import Bits, Values
from gen.imports.lgn.recognized import LAYERS, layer_of
from gen.imports.lgn.runtime import runtime
from gen.imports.lgn.scores import Scores
from gen.imports.lgn.symbols import Features, features_of
from gen.intnet.held import held
from gen.intnet.network import Argmax, IntNet, Linear, Node

__all__ = ["read_module", "shape_of"]


def read_module(
    module: Any,
    name: str,
    classes: Sequence[str],
    shape: Sequence[int] | None,
    sensors: Sequence[Sensor] = (),
) -> Imported:
    """The network of a module, whose own forward is the runtime. `shape` is that of one row.

    With `sensors`, one for each feature, its thresholds are on the chip. Raises ImportRefused where
    its forward does what is not read.
    """
    module = module.eval()
    shape = shape_of(module) if shape is None else tuple(shape)
    gates = Gates(int(np.prod(shape)), _is_double(module))
    given = features_of(gates, shape, (Bits, Values))
    with _replaced(module), torch.no_grad():
        made = _run(module, given)
    wanted = (made.bits if isinstance(made, Scores) else made.numbers()).reshape(-1)
    used = gates.used(wanted)
    net, encoder = _network(gates, gates.inputs(used), used, wanted, sensors)
    notes = [f"{len(used & {row[2] for row in gates.rows}):,} gates"]
    if isinstance(made, Scores):
        net = replace(net, nodes=(*net.nodes, *_score_nodes(made)), outputs=())
        notes += [*made.notes, *_scaled(made)]
    net = replace(net, meta={"name": name, "classes": list(classes)} | net.meta)
    called = partial(runtime, module, tuple(shape), encoder, made, gates.double)
    return Imported(net, called, notes=tuple(notes))


def _is_double(module: Any) -> bool:
    """Whether features are compared as float64: thresholds are."""
    buffers = (one for name, one in module.named_buffers() if name.endswith("thresholds"))
    return any(one.dtype == torch.float64 for one in buffers)


def _network(
    gates: Gates, inputs: Inputs, used: set[int], wanted: Any, sensors: Sequence[Sensor]
) -> tuple[IntNet, Encoder | None]:
    """The network up to the wanted bits, with its encoder."""
    constant: dict[int, Bit] = {ZERO: "0", ONE: "1"}
    bits: list[Bit] = [constant.get(bit, bit) for bit in wanted.tolist()]
    encoder, front, source = inputs.encoder, list[Node](), "x"
    if sensors and encoder is not None:
        read = [bit >= 0 for bit in inputs.bits]
        encoder, front = behind(encoder, sensors, read)
        source = "encoder"
    nodes = (*front, *nodes_of(inputs.bits, gates.luts(used), bits, source))
    size = len(inputs.bits) if encoder is None else encoder.n_bits
    care = None if encoder is None else encoder.care()
    meta: dict[str, Any] = {} if encoder is None else {"encoder": encoder.to_dict()}
    return IntNet(size, nodes, meta=meta if care is None else meta | {"care": care}), encoder


def _run(module: Any, given: Features) -> Scores | Bits:
    """What the forward makes of symbols."""
    try:
        made = module(given)
    except ImportRefused:
        raise
    except Exception as error:  # Whatever a forward of somebody's does.
        said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise ImportRefused(
            f"its forward fails on a row of shape {tuple(given.shape[1:])} ({said}); say the"
            " `shape` of a row, or give a module whose forward only passes layers on"
        ) from None
    if isinstance(made, Features):
        raise ImportRefused("its forward answers its input: no layer of logic is in between")
    if not isinstance(made, Scores | Bits):
        raise ImportRefused(f"its forward answers a {type(made).__name__}; scores or bits are read")
    return made


@contextmanager
def _replaced(module: Any) -> Iterator[None]:
    """For the time of the block the forward of each layer that has a rule is that rule."""
    changed = []
    try:
        for name, one in module.named_modules():
            rule = layer_of(one, tuple(RULES))
            if rule is not None:
                changed.append(one)
                one.forward = partial(_ruled, rule, name or type(module).__name__, one)
        yield
    finally:
        for one in changed:
            del one.forward


def _ruled(rule: str, name: str, layer: Any, x: Any) -> Any:
    try:
        return RULES[rule](layer, x)
    except ImportRefused as error:
        raise ImportRefused(f"{name} ({type(layer).__name__}): {error}") from None


def shape_of(module: Any) -> tuple[int, ...]:
    """The shape of a row, of the first layer that says it. Raises ImportRefused where none does."""
    bits = 1
    for one in module.modules():
        marks = getattr(one, "thresholds", None)
        if isinstance(marks, torch.Tensor) and marks.dim():
            bits = marks.shape[-1]
        if layer_of(one, LAYERS) is None:
            continue
        size = getattr(one, "in_dim", getattr(one, "input_size", None))
        if isinstance(size, int) and size % bits == 0:
            return (size // bits,)
        if isinstance(size, tuple) and one.channels % bits == 0:
            return (one.channels // bits, *size)
    raise ImportRefused("what it reads is not said; say the `shape` of a row in a description")


def _score_nodes(made: Scores) -> list[Node]:
    """The nodes after `out`: the scores, and which is the largest, the first of equals."""
    weight, bias = made.integers
    score = Linear("score", ("out",), held(weight), bias.astype(np.int32))
    return [score, Argmax("class", ("score",))] if len(weight) > 1 else [score]


def _scaled(made: Scores) -> list[str]:
    """A line about what is dropped of scores, as it is common to all."""
    scale, offset = made.affine
    if (scale, offset) == (1, 0):
        return []
    return [f"scores are counts: the module's are {scale:g} * count + {offset:g}"]
