"""A float network given to a recipe's layer by layer: its sums stay what they were, in the units of
the codes, for activations that were ReLUs, or hardtanhs where codes have signs."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from gen.nets.hardness import quantized_modules, set_hardness
from gen.nets.layers import Activation, SumNorm
from gen.nets.layers.heads import Scores
from gen.nets.layers.linear import WeightedSums
from gen.nets.recipe import RecipeError
from gen.nets.starts.read import Layer, Start, layers_of, same_shape
from gen.nets.weights import LatentWeights, float_codes

__all__ = ["as_twin", "give_by_layer"]

LATENT = 0.1
"""Standard deviation of latent weights, as of new ones: what a step of training is made for."""
REACH = 1.5
"""So many deviations of a ReLU's input give the largest code."""


def give_by_layer(
    model: nn.Sequential, start: Start, bits: Callable[[], Iterable[torch.Tensor]]
) -> None:
    slots, layers = list(_slots(model, start)), layers_of(start)
    if len(slots) != len(layers):
        raise RecipeError(
            f"{start.place}: has {_listed([(one.name, one.weight.shape) for one in layers])}; the"
            f" recipe's are {_listed([(name, one.shapes()[-1]) for name, one, _ in slots])}"
        )
    gain, rows = torch.ones(()), next(iter(bits()))
    model.eval()
    set_hardness(model, 0.0)
    with torch.no_grad():
        for (name, module, after), layer in zip(slots, layers, strict=True):
            same_shape(start, f"{layer.name}.weight", layer.weight, name, *module.shapes())
            scale = _give_weights(module, layer.weight) * gain
            norms = [one for one in after if isinstance(one, SumNorm)]
            if norms:
                _give_norm(norms[0], layer, scale)
                gain = _give_units(norms[0], after, _given_by(model, norms[0], rows))
            _give_bias(module, layer, scale)
    _settle(model, bits())


def _slots(
    model: nn.Sequential, start: Start
) -> Iterator[tuple[str, WeightedSums, list[nn.Module]]]:
    """The recipe's layers with weights, each with what follows it up to the next."""
    children = list(model.named_children())
    places = [at for at, (_, one) in enumerate(children) if isinstance(one, WeightedSums)]
    inner = [one for _, one in quantized_modules(model) if isinstance(one, LatentWeights)]
    if len(inner) != len(places):
        raise RecipeError(
            f"{start.place}: only linear and conv layers start from another network; for others"
            " train the same recipe with --float, and start from that"
        )
    for at, after in zip(places, [*places[1:], len(children)], strict=True):
        name, module = children[at]
        assert isinstance(module, WeightedSums)
        yield name, module, [one for _, one in children[at + 1 : after]]


def _listed(shapes: Sequence[tuple[str, Sequence[int]]]) -> str:
    return ", ".join(f"{name or 'a layer'} {tuple(shape)}" for name, shape in shapes) or "no layers"


def _give_weights(module: WeightedSums, weight: torch.Tensor) -> torch.Tensor:
    """Latent weights of these; (units,) how much larger the sums of their float codes are."""
    given = weight.reshape(module.latent.shape)
    module.latent.copy_(given * (LATENT / given.std(correction=0).clamp(min=1e-12)))
    codes = float_codes(module.latent, module.fan_in, module.largest, module.step)
    sizes = given.abs().sum(1)
    ratio = codes.abs().sum(1) / sizes.clamp(min=1e-12)
    return torch.where(sizes > 0, ratio, torch.ones_like(ratio))


def _given_by(model: nn.Sequential, module: nn.Module, rows: torch.Tensor) -> torch.Tensor:
    """What a module gives for rows of inputs."""
    value = rows
    for child in model:
        value = child(value)
        if child is module:
            break
    return value


def _give_norm(norm: SumNorm, layer: Layer, scale: torch.Tensor) -> None:
    """Batch norm that gives what the start's did before its activation."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    none, one = torch.zeros_like(scale), torch.ones_like(scale)
    given, bias = layer.norm or {}, none if layer.bias is None else layer.bias
    mean, variance = given.get("running_mean", none), given.get("running_var", one)
    weight, offset = given.get("weight", one), given.get("bias", none)
    norm.running_mean.copy_((mean - bias) * scale)
    norm.running_var.copy_((variance + norm.eps) * scale**2)
    norm.weight.copy_(weight)
    norm.bias.copy_(offset)


def _give_units(norm: SumNorm, after: Sequence[nn.Module], values: torch.Tensor) -> torch.Tensor:
    """Turn what the norm gives, `values`, into the units of the codes after it: of a ReLU's, or of
    a hardtanh's where they have signs. How large one is for the next layer."""
    activation = next(one for one in after if isinstance(one, Activation))
    half = 2.0 ** (activation.bits - 1)
    if activation.signs or activation.signed:
        unit, shift = (torch.ones(()), 0.0) if activation.signs else (torch.tensor(half), 0.5)
    else:
        largest = values.std() * REACH
        unit, shift = (2 * half - 1) / largest.clamp(min=1e-6), 0.5 - half
    norm.weight.copy_(norm.weight * unit)
    norm.bias.copy_(norm.bias * unit + shift)
    return unit


def _give_bias(module: WeightedSums, layer: Layer, scale: torch.Tensor) -> None:
    if isinstance(module, Scores):
        # One scale for all classes: that of their mean, which the loss takes out again.
        module.log_temperature.fill_(-float(scale.mean().log()))
    if module.bias is not None:
        module.bias.copy_(torch.zeros_like(scale) if layer.bias is None else layer.bias * scale)


def _settle(model: nn.Sequential, batches: Iterable[torch.Tensor]) -> None:
    """Running statistics that are those of the rows, in float, with weights and biases that make
    of them what was made before: so that training, which goes by the batch's own, begins there."""
    norms = [one for one in model.modules() if isinstance(one, SumNorm)]
    seen: dict[nn.Module, list[torch.Tensor]] = {one: [] for one in norms}
    hooks = [
        one.register_forward_pre_hook(lambda module, given: seen[module].append(_moments(given[0])))
        for one in norms
    ]
    model.eval()
    set_hardness(model, 0.0)
    with torch.no_grad():
        for bits in batches:
            model(bits)
        for hook in hooks:
            hook.remove()
        for norm in norms:
            _resettle(norm, torch.stack(seen[norm]).mean(0))


def _moments(given: torch.Tensor) -> torch.Tensor:
    """Mean and mean square (2, channels)."""
    flat = given.transpose(0, 1).flatten(1)
    return torch.stack([flat.mean(1), flat.square().mean(1)])


def _resettle(norm: SumNorm, moments: torch.Tensor) -> None:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    mean, variance = moments[0], (moments[1] - moments[0] ** 2).clamp(min=0)
    slope = norm.weight / (norm.running_var + norm.eps).sqrt()
    norm.bias.copy_(norm.bias + slope * (mean - norm.running_mean))
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)


def as_twin(twin: nn.Sequential, start: Start) -> nn.Sequential:
    """The start's own layers as a network with ReLUs between them."""
    weighted = [one for one in twin if isinstance(one, (nn.Linear, nn.Conv2d))]
    norms = [one for one in twin if isinstance(one, _BatchNorm)]
    with torch.no_grad():
        for at, (layer, module) in enumerate(zip(layers_of(start), weighted, strict=True)):
            module.weight.copy_(layer.weight)
            assert module.bias is not None
            module.bias.copy_(torch.zeros(()) if layer.bias is None else layer.bias)
            if at < len(norms):
                norms[at].load_state_dict(layer.norm or _no_norm(norms[at]), strict=False)
    return twin.eval()


def _no_norm(norm: _BatchNorm) -> dict[str, torch.Tensor]:
    assert norm.running_var is not None
    return {"running_var": torch.ones_like(norm.running_var) - norm.eps}
