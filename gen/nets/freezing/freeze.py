"""Freezing: a trained network to an integer network, exact for every reachable sum.

The rules are those of `gen.nets.layers`. Afterwards the trained network, the frozen module and the
interpreter are run on the same inputs, and every module's output is compared.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from gen.data.care import care_of, groups_of, random_bits
from gen.data.encode import Encoder
from gen.data.sensors import SensorEncoder
from gen.data.sets import load_set
from gen.files import DAMAGE
from gen.intnet.interpret import bits_to_codes, run_steps
from gen.intnet.network import IntNet
from gen.intnet.node import NetError, code_signal
from gen.nets.freezing.frozen import FrozenNet
from gen.nets.hardness import softest
from gen.nets.layers.freezing import FreezeError, Freezing, Mark, Value
from gen.nets.store import Model
from gen.nets.toml.kinds import Layer

__all__ = [
    "FreezeError",
    "freeze",
    "freeze_model",
    "freeze_network",
    "same",
    "verify",
    "walked",
]

CHUNK = 4096  # vectors compared at a time


def freeze(
    model: Model, vectors: int = 2000, seed: int = 0, features: np.ndarray | None = None
) -> IntNet:
    """The integer network of a trained model, compared with it on the whole data set (or on
    `features`) and on `vectors` random inputs. Raises FreezeError where anything differs."""
    net = freeze_model(model)
    if features is None:
        features = load_set(model.recipe.data.name, model.folder).features
    verify(model.network, net, model.encoder.encode(features))
    verify(model.network, net, random_bits(model.encoder.n_bits, vectors, seed, None))
    return net


def freeze_model(model: Model) -> IntNet:
    """The integer network of a trained model, with what is known of it, not compared yet."""
    meta: dict[str, Any] = {
        "name": model.recipe.name,
        "classes": list(model.classes),
        "encoder": model.encoder.to_dict(),
        "metrics": dict(model.metrics),
        "care": model.encoder.care(),
        "data": model.recipe.data.name,
    }
    if model.columns is not None:
        meta["columns"] = model.columns.to_dict()
    if model.recipe.data.set is None and model.recipe.data.image is not None:
        meta["image"] = list(model.recipe.data.image)
    if model.recipe.localize is not None:
        meta["sections"] = _sections(model)
    net = freeze_network(model.network, model.encoder.n_bits, meta)
    if model.recipe.data.symbols and _reads_classes(model.encoder, net):
        # A class is the symbol of that number, in the code that a step reads; 0 begins and ends.
        net.meta["feedback"], net.meta["boundary"] = list(range(net.n_inputs)), 0
    return net


def _reads_classes(encoder: Encoder, net: IntNet) -> bool:
    """Whether a symbol's input bits are those of its number, as a class has them."""
    if isinstance(encoder, SensorEncoder):
        one = encoder.sensors[0]
        return (one.bits, one.signed, one.scale, one.offset) == (net.class_width, False, 1.0, 0.0)
    return encoder.kind == "binary"


def _sections(model: Model) -> dict[str, list[str]]:
    """The units that alone tell a class, under the class's name."""
    localize = model.recipe.localize
    assert localize is not None
    units = [
        f"layer{at}[{unit}]"
        for at, layer in enumerate(model.recipe.layers, 1)
        if isinstance(layer, Layer)
        for unit in range(layer.units - localize.section, layer.units)
    ]
    return {model.classes[localize.behaviour]: units}


def freeze_network(
    network: nn.Module,
    n_in: int,
    meta: dict[str, Any],
    input_bits: int = 1,
    input_signed: bool = False,
) -> IntNet:
    """The integer network of a module in evaluation mode, for `n_in` input codes.

    One with Recurrents takes a step of it at a time: `meta["steps"]` then says of how many steps
    a sample is, and a care set is cut to a step's bits. Raises FreezeError naming the module that
    has no rule, that holds what its rule refuses, or that is not fully quantized.
    """
    name, hardness = softest(network)
    if hardness != 1:
        raise FreezeError(f"{name}: hardness is {hardness}; only a network at 1 can be frozen")
    at = walked(network, n_in, input_bits, input_signed)
    if at.value.waiting:
        last = type(at.value.waiting[-1]).__name__
        raise FreezeError(f"the network ends in {last}, whose values are no integers")
    if at.stepwise:
        raise FreezeError(
            "the network ends in the values of all steps; the last Recurrent goes without"
            " `sequence`"
        )
    if not at.nodes:
        raise FreezeError("the network has no layer")
    outputs = at.outputs or (at.value.name,)
    size = at.signals["x"].size
    meta = dict(meta) | ({"steps": at.steps} if at.states else {})
    if at.steps > 1 and meta.get("care"):
        meta["care"] = _care_of_step(meta["care"], size * input_bits)
    return IntNet(size, tuple(at.nodes), input_bits, input_signed, meta, tuple(at.states), outputs)


def walked(network: nn.Module, n_in: int, bits: int, signed: bool) -> Freezing:
    """What freezing comes to: nodes, states, and the marks of the modules that are nodes."""
    at = Freezing(Value("x", (n_in,)), {"x": code_signal(n_in, bits, signed)})
    try:
        with torch.no_grad():
            at.walk("", network)
    except NetError as error:
        raise FreezeError(f"{at.path or 'the network'}: {error}") from None
    return at


def _care_of_step(care: dict[str, Any], width: int) -> dict[str, Any] | None:
    """Every step's groups of bits are those of the first one."""
    groups = [(kind, group) for kind, group in groups_of(care) if group[0] < width]
    if any(place >= width for _, group in groups for place in group):
        raise FreezeError(f"a step of {width} bits ends inside a group of the care set")
    return care_of(groups)


def verify(network: nn.Module, net: IntNet, bits: np.ndarray) -> None:
    """Compare trained network, frozen module and interpreter on input bits (n, width of a whole
    sample): what every module gives, and the class. Raises FreezeError naming the first
    difference."""
    width = net.n_inputs * net.input_bits
    if bits.shape[1] % width or not bits.size:
        raise FreezeError(
            f"input vectors {bits.shape}, but the integer network takes {width} bits at a time:"
            " it is of another network"
        )
    codes = bits_to_codes(bits, net.input_bits, net.input_signed)
    marks = walked(network, codes.shape[1], net.input_bits, net.input_signed).marks
    for start in range(0, len(bits), CHUNK):
        _verify(network, net, marks, codes[start : start + CHUNK])


def _verify(network: nn.Module, net: IntNet, marks: list[Mark], codes: np.ndarray) -> None:
    steps = codes.reshape(len(codes), -1, net.n_inputs).transpose(1, 0, 2)
    trained, answer = _trained_signals(network, codes, marks)
    with torch.no_grad():
        frozen = [
            {name: value.numpy() for name, value in values.items()}
            for values in FrozenNet(net).steps(torch.from_numpy(steps.copy()))
        ]
    runs = {"the frozen module": frozen, "the interpreter": run_steps(net, steps)}
    for mark, calls in zip(marks, trained, strict=True):
        for who, values in runs.items():
            # What is called once for all steps is called with the last one's state.
            for call, step in zip(calls, values[-len(calls) :], strict=True):
                same(mark.name, call, step[mark.name], who)
    last = marks[-1]  # What the whole network answers is what its last module gave.
    wanted = _steps(last.decode(answer), len(codes))
    answers = _steps(answer, len(codes))
    for who, values in runs.items():
        for step, one, scores in zip(values[-len(wanted) :], wanted, answers, strict=True):
            same(last.name, one, step[last.name], who)
            if "class" in net.outputs:
                same("class", scores.argmax(1), step["class"].reshape(len(codes)), who)


def _trained_signals(
    network: nn.Module, codes: np.ndarray, marks: list[Mark]
) -> tuple[list[list[np.ndarray]], torch.Tensor]:
    """What the marked modules gave at each call, as flat codes, and what the network answered.

    A call for all steps at once, a step of all samples after another, counts as one for each.
    """
    calls: dict[nn.Module, list[torch.Tensor]] = {mark.module: [] for mark in marks}

    def note(module: nn.Module, given: Any, made: torch.Tensor) -> None:
        calls[module].append(made)

    hooks = [module.register_forward_hook(note) for module in calls]
    try:
        with torch.no_grad():
            answer = network(torch.from_numpy(codes.astype(np.float32)))
    except (*DAMAGE, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise FreezeError(f"the trained network fails on input vectors: {said}") from error
    finally:
        for hook in hooks:
            hook.remove()
    found = []
    uses = [mark.module for mark in marks]
    for number, mark in enumerate(marks):
        # A module used twice is called in turn for each of its places.
        own = calls[mark.module][uses[:number].count(mark.module) :: uses.count(mark.module)]
        found.append([step for made in own for step in _steps(mark.decode(made), len(codes))])
    return found, answer


def _steps(made: torch.Tensor, count: int) -> list[np.ndarray]:
    """The rows of each step, `count` of them, flat."""
    return [step.numpy() for step in made.flatten(1).split(count)]


def same(name: str, trained: np.ndarray, other: np.ndarray, who: str) -> None:
    """Raise FreezeError, saying where, unless two arrays are the same."""
    if trained.shape != other.shape:
        raise FreezeError(
            f"{name}: the trained network gives shape {trained.shape}, {who} {other.shape}"
        )
    if not np.array_equal(trained, other):
        place = np.argwhere(trained != other)[0].tolist()
        raise FreezeError(
            f"{name}: input vector {place[0]}: the trained network has"
            f" {trained[tuple(place)]} at {place[1:]}, {who} {other[tuple(place)]}"
        )
