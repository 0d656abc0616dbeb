"""A recipe's network as an ordinary nn.Sequential, and its float twin.

For each hidden layer: `layerN_sum` (integer sums), `layerN_norm`, `layerN` (integer codes), or
`layerN` alone where it has no sums; then `score` (integer scores). Inputs are bits 0 and 1 as
floats. Where a layer wants an image or a vector and gets the other, `layerN_image` or
`layerN_flat` reshapes it.
"""

from collections.abc import Callable
from typing import Any

from torch import nn

from gen.errors import SmeltError
from gen.nets.assembly import Assembly, FloatRecurrent
from gen.nets.layers import (
    EachStep,
    Embedding,
    GatedCell,
    GroupSum,
    Head,
    LutLayer,
    LutLevels,
    MajorityVote,
    Parallel,
    QuantConv2d,
    QuantLinear,
    Recurrent,
    Residual,
    RnnCell,
    Scores,
    SumPool2d,
    SumScale,
    ThresholdHead,
)
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.toml import kinds
from gen.nets.training.localize import confine
from gen.nets.weights import LatentWeights, LayerError

__all__ = ["build", "build_float"]


def build(recipe: Recipe, n_in: int, n_classes: int) -> nn.Sequential:
    """The quantized network for `n_in` input bits; RecipeError where layers do not fit."""
    first = recipe.layers[0]
    if isinstance(first, kinds.Layer) and first.fan_in > n_in:
        raise RecipeError(
            f"{recipe.name}: [[layers]] 1 fan_in: {first.fan_in} is more than the {n_in}"
            f" input bits of {recipe.data.name} with {recipe.encoding.bits} per feature"
        )
    network = _build(Assembly((n_in,), _pixels(recipe, n_in)), recipe, n_classes)
    if recipe.schedule.gate_budget is not None:
        _give_fan_ins(network)
    if recipe.localize is not None:
        confine(network, recipe.localize)
    return network


def _give_fan_ins(network: nn.Sequential) -> None:
    """Let weights be pruned unit by unit."""
    for name, module in network.named_modules():
        if isinstance(module, LatentWeights):
            if module.weights == "binary":
                raise RecipeError(f"[schedule] gate_budget: {name} has binary weights, never zero")
            module.give_own_fan_ins()


def build_float(recipe: Recipe, n_in: int, n_classes: int) -> nn.Sequential:
    """The same layers with dense float weights and ReLU: what quantizing is compared with."""
    return _build(Assembly((n_in,), _pixels(recipe, n_in), False), recipe, n_classes)


def _pixels(recipe: Recipe, n_in: int) -> tuple[int, int, int] | None:
    """Height, width and bits of a pixel where the data set has images."""
    shape, bits = recipe.data.image, recipe.encoding.bits
    return (*shape, bits) if shape and shape[0] * shape[1] * bits == n_in else None


def _build(at: Assembly, recipe: Recipe, n_classes: int) -> nn.Sequential:
    layers = list(enumerate(recipe.layers, 1))
    for number, layer in layers:
        with _Place(f"{recipe.name}: [[layers]] {number}"):
            if isinstance(layer, kinds.Rnn):
                _add_recurrent(at, layer, number, recipe)
            elif not _embeds_steps(recipe, number):
                _add(at, layer, f"layer{number}")
    with _Place(f"{recipe.name}: [head]"):
        _add_head(at, recipe.head, n_classes)
    return nn.Sequential(at.modules)


class _Place:
    """Within it, a layer that cannot be is an error of the recipe."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, SmeltError):
            raise RecipeError(f"{self.place}: {error}") from None


# Layers --------------------------------------------------------------------------------------


def _add(at: Assembly, layer: kinds.Kind, name: str) -> None:
    MAKERS[type(layer)](at, layer, name)


def _add_linear(at: Assembly, layer: kinds.Layer, name: str) -> None:
    _add_sums(at, layer, name)
    at.activate(layer, name)


def _add_sums(at: Assembly, layer: kinds.Kind, name: str) -> None:
    """The sums of a linear layer or convolution, without norm and activation."""
    if isinstance(layer, kinds.Conv):
        _add_conv_sums(at, layer, name)
    elif isinstance(layer, kinds.Layer):
        n_in = at.flat(name)
        made = (
            QuantLinear(n_in, layer.units, layer.fan_in, layer.weights, layer.mask)
            if at.quantized
            else nn.Linear(n_in, layer.units)
        )
        at.put(f"{name}_sum", made, (layer.units,))
    else:
        raise LayerError(f"a {layer.kind} layer has no sums; linear and conv have")


def _add_conv(at: Assembly, layer: kinds.Conv, name: str) -> None:
    _add_conv_sums(at, layer, name)
    at.activate(layer, name)


def _add_conv_sums(at: Assembly, layer: kinds.Conv, name: str) -> None:
    bits = at.image(name)
    channels, high, wide = at.shape
    kernel, stride, padding = ((n, n * bits) for n in (layer.kernel, layer.stride, layer.padding))
    shape = (
        layer.channels,
        (high + 2 * padding[0] - kernel[0]) // stride[0] + 1,
        (wide + 2 * padding[1] - kernel[1]) // stride[1] + 1,
    )
    if min(shape) < 1:
        raise LayerError(f"kernel {layer.kernel}: the image is {high} x {wide // bits}")
    geometry: Any = {"stride": stride, "padding": padding, "groups": layer.groups}
    made = (
        QuantConv2d(
            channels, layer.channels, kernel, layer.fan_in, layer.weights, layer.mask,
            signs=at.signs, **geometry,
        )
        if at.quantized
        else nn.Conv2d(channels, layer.channels, kernel, **geometry)
    )  # fmt: skip
    at.put(f"{name}_sum", made, shape)


def _add_pool(at: Assembly, layer: kinds.MaxPool, name: str) -> None:
    if at.image(name) > 1:
        raise LayerError(f"{layer.kind} of the encoder's bits; put a conv layer before it")
    channels, high, wide = at.shape
    stride = layer.stride or layer.size
    shape = channels, (high - layer.size) // stride + 1, (wide - layer.size) // stride + 1
    if min(shape) < 1:
        raise LayerError(f"size {layer.size}: the image is {high} x {wide}")
    average = isinstance(layer, kinds.AvgPool)
    if isinstance(layer, kinds.SumPool) or average:
        at.put(f"{name}_sum" if average else name, SumPool2d(layer.size, stride), shape)
        at.signs, at.bits = False, False
    else:
        at.put(name, nn.MaxPool2d(layer.size, stride), shape)
    if isinstance(layer, kinds.AvgPool):
        at.put(f"{name}_scale", SumScale(1 / layer.size**2), shape)
        at.activate(layer, name)


def _add_lut(at: Assembly, layer: kinds.Lut, name: str) -> None:
    n_in = at.flat(name)
    at.need_bits("lut layer")
    units, rest = layer.units, (layer.wiring, layer.difference, layer.wiring_rule)
    made: nn.Module
    if not at.quantized:
        made = nn.Sequential(nn.Linear(n_in, units), nn.BatchNorm1d(units), nn.ReLU())
    elif layer.levels is None or layer.levels == 1:
        made = LutLayer(n_in, units, layer.k, *rest)
    else:
        made = LutLevels(n_in, units, layer.levels, layer.k, *rest)
    at.put(name, made, (units,))
    at.bits, at.signs = True, False


def _add_embedding(at: Assembly, layer: kinds.Embedding, name: str) -> None:
    size = at.flat(name)
    at.need_bits("embedding")
    if size % layer.symbol_bits:
        raise LayerError(f"symbols of {layer.symbol_bits} bits do not divide {size} bits")
    if at.quantized:
        at.put(name, _embedding(layer), (size // layer.symbol_bits * layer.size,))
    at.bits, at.signs = layer.bits == 1, False


def _embedding(layer: kinds.Embedding) -> Embedding:
    return Embedding(layer.symbol_bits, layer.size, layer.bits, from_bits=True)


def _add_residual(at: Assembly, layer: kinds.Residual, name: str) -> None:
    inner = at.branch()
    for number, one in enumerate(layer.body[:-1], 1):
        _add(inner, one, f"layer{number}")
    _add_sums(inner, layer.body[-1], f"layer{len(layer.body)}")
    if inner.shape != at.shape:
        raise LayerError(f"the body makes shape {inner.shape} of {at.shape}")
    at.put(f"{name}_sum", Residual(nn.Sequential(inner.modules)), at.shape)
    at.activate(layer, name)


def _add_concat(at: Assembly, layer: kinds.Concat, name: str) -> None:
    branches = [at.branch() for _ in layer.branches]
    for inner, one in zip(branches, layer.branches, strict=True):
        _add(inner, one, "layer1")
    made = [nn.Sequential(inner.modules) for inner in branches]
    kept = [at.branch()] if layer.keep_input else []
    shapes = [inner.shape for inner in (*kept, *branches)]
    if len({shape[1:] for shape in shapes}) > 1:
        raise LayerError(f"branches of shapes {', '.join(map(str, shapes))}")
    at.signs = all(inner.signs for inner in (*kept, *branches))
    at.bits = all(inner.bits for inner in (*kept, *branches))
    whole = sum(shape[0] for shape in shapes), *shapes[0][1:]
    at.put(name, Parallel(*(nn.Identity() for _ in kept), *made), whole)


MAKERS: dict[type[kinds.Kind], Callable[[Assembly, Any, str], None]] = {
    kinds.Layer: _add_linear,
    kinds.Conv: _add_conv,
    kinds.MaxPool: _add_pool,
    kinds.SumPool: _add_pool,
    kinds.AvgPool: _add_pool,
    kinds.Lut: _add_lut,
    kinds.Embedding: _add_embedding,
    kinds.Residual: _add_residual,
    kinds.Concat: _add_concat,
}


# Recurrent layers ------------------------------------------------------------------------------


def _embeds_steps(recipe: Recipe, number: int) -> bool:
    """Whether a layer is an embedding within the steps of the recurrent layer after it."""
    after = recipe.layers[number] if number < len(recipe.layers) else None
    embedding = isinstance(recipe.layers[number - 1], kinds.Embedding)
    return embedding and number == 1 and isinstance(after, kinds.Rnn)


def _add_recurrent(at: Assembly, layer: kinds.Rnn, number: int, recipe: Recipe) -> None:
    before, steps = recipe.layers[: number - 1], recipe.data.steps
    stacked = bool(before) and isinstance(before[-1], kinds.Rnn)
    if before and not stacked and not _embeds_steps(recipe, number - 1):
        raise LayerError(
            f"a {layer.kind} layer comes first, or right after an embedding or a recurrent layer"
        )
    each, width = (None, at.shape[0]) if stacked else _step(at, recipe)
    follows = recipe.layers[number] if number < len(recipe.layers) else None
    # Symbols have a label at every step: the next one.
    answers = recipe.data.symbols is not None and not isinstance(follows, kinds.Rnn)
    sequence = isinstance(follows, kinds.Rnn) or answers
    made = (
        Recurrent(_cell(layer, width), steps, each, sequence)
        if at.quantized
        else FloatRecurrent(layer.kind, width, layer.units, steps, sequence)
    )
    at.put(f"layer{number}", made, (layer.units,))  # of a step
    at.bits, at.signs = True, False
    if answers:
        at.put("steps", EachStep(steps), (layer.units,))


def _step(at: Assembly, recipe: Recipe) -> tuple[Embedding | None, int]:
    """What embeds a step of the input, and how many values the first cell reads in each."""
    (size,), steps, first = at.shape, recipe.data.steps, recipe.layers[0]
    if size % steps:
        raise LayerError(f"[data] steps: {steps} do not divide {size} input bits")
    width = size // steps
    if not isinstance(first, kinds.Embedding) or not at.quantized:
        return None, width
    if width % first.symbol_bits:
        raise LayerError(f"symbols of {first.symbol_bits} bits do not divide a step's {width}")
    return _embedding(first), width // first.symbol_bits * first.size


def _cell(layer: kinds.Rnn, width: int) -> RnnCell | GatedCell:
    sizes = width, layer.units, layer.fan_in, layer.weights, layer.learned_start, layer.mask
    if isinstance(layer, kinds.Gru):
        return GatedCell(*sizes, layer.reads_state)
    return RnnCell(*sizes)


# Heads -----------------------------------------------------------------------------------------


def _add_head(at: Assembly, head: kinds.Kind, n_classes: int) -> None:
    size = at.flat("score")
    made: nn.Module
    if not at.quantized:
        made = nn.Linear(size, n_classes)
    elif isinstance(head, kinds.GroupSum):
        made = GroupSum(size, n_classes, head.temperature, head.heavy)
    elif isinstance(head, (kinds.Threshold, kinds.Majority)) and n_classes != 2:
        raise LayerError(f"a {head.kind} decides between 2 classes, the data has {n_classes}")
    elif isinstance(head, kinds.Majority):
        at.need_bits("majority head")
        made = MajorityVote(size, head.temperature)
    elif isinstance(head, kinds.Threshold):
        made = ThresholdHead(size, head.fan_in, head.weights, head.mask)
    else:
        assert isinstance(head, kinds.Head)
        kind = Scores if isinstance(head, kinds.Scores) else Head
        made = kind(size, n_classes, head.fan_in, head.weights, head.mask)
    at.put("score", made, (n_classes,))
