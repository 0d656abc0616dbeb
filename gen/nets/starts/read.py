"""What `[schedule] start` names: tensors in a file, or a module that a function makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import nn

from gen.files import DAMAGE
from gen.nets.recipe import Recipe, RecipeError, start_files
from gen.nets.starts.own_file import load_made

__all__ = ["Layer", "Start", "layers_of", "read_start", "same_shape"]


@dataclass(frozen=True)
class Start:
    """Float tensors by name, in the network's order; `module` where one was given, and `place`
    opens every error about them."""

    tensors: Mapping[str, torch.Tensor]
    place: str
    module: nn.Module | None = None


def read_start(recipe: Recipe) -> Start | None:
    """What `[schedule] start` names; None where a training begins anew. Raises RecipeError, or
    OwnFileError for a Python file that cannot be run."""
    said = recipe.schedule.start
    if said is None:
        return None
    (path,), place = start_files(recipe), f"{recipe.name}: [schedule] start"
    if path.suffix == ".py":
        made = load_made(path, said.rpartition(":")[2] if ":" in said else "")
        module = made[0] if isinstance(made, tuple) and made else made
        if not isinstance(module, nn.Module):
            raise RecipeError(f"{place}: {said} returned {type(module).__name__}, no module")
        return Start(_floats(module.state_dict(), place), place, module.eval())
    try:
        tensors = load_tensors(path.read_bytes())
    except FileNotFoundError:
        raise RecipeError(
            f"{place}: {path}: no such file; `python -m gen train RECIPE --float` writes one"
        ) from None
    except (OSError, SafetensorError, *DAMAGE) as error:
        raise RecipeError(
            f"{place}: {path}: no whole safetensors file ({error}); safetensors.torch.save_file"
            " writes one of a module's state_dict()"
        ) from None
    named = {name: tensors[name] for name in sorted(tensors, key=_natural)}
    return Start(_floats(named, place), place)


def _natural(name: str) -> list[tuple[int, str]]:
    """Names in the order of the numbers in them."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _floats(tensors: Mapping[str, torch.Tensor], place: str) -> dict[str, torch.Tensor]:
    found = {}
    for name, one in tensors.items():
        if one.is_meta or one.is_complex():
            raise RecipeError(f"{place}: tensor {name!r} holds no real numbers; give it values")
        found[name] = one.detach().float().cpu()
        if not torch.isfinite(found[name]).all():
            raise RecipeError(f"{place}: tensor {name!r} has a value that is no number")
        if name.endswith("running_var") and (found[name] < 0).any():
            raise RecipeError(f"{place}: tensor {name!r} has a variance below 0")
    return found


def same_shape(
    start: Start, name: str, tensor: torch.Tensor, own: str, *shapes: tuple[int, ...]
) -> None:
    if tuple(tensor.shape) not in shapes:
        wanted = " or ".join(map(str, shapes))
        raise RecipeError(
            f"{start.place}: {name!r} is {tuple(tensor.shape)}, the recipe's {own!r} is {wanted}"
        )


@dataclass
class Layer:
    """A layer of the start: its weights, bias, and batch norm, whose entries are by name."""

    name: str
    weight: torch.Tensor
    bias: torch.Tensor | None = None
    norm: Mapping[str, torch.Tensor] | None = None


def layers_of(start: Start) -> list[Layer]:
    """Layers with weights in order, each with the norm of its rank where there are norms."""
    groups: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in start.tensors.items():
        prefix, _, last = name.rpartition(".")
        groups.setdefault(prefix, {})[last] = tensor
    weighted = [(name, one) for name, one in groups.items() if _is_weighted(one)]
    norms = [one for one in groups.values() if "running_mean" in one]
    for name, one in groups.items():
        if "weight" in one and not _is_weighted(one) and "running_mean" not in one:
            raise RecipeError(
                f"{start.place}: '{name}.weight' is {tuple(one['weight'].shape)}, of neither a"
                " linear or conv layer nor a batch norm; leave that layer out"
            )
    found = [Layer(name, one["weight"], one.get("bias")) for name, one in weighted]
    if norms and len(norms) != len(found) - 1:
        raise RecipeError(
            f"{start.place}: {len(found)} layers with weights and {len(norms)} batch norms; one"
            " after each layer but the last is expected, or none"
        )
    for layer, norm in zip(found, norms, strict=False):
        layer.norm = norm
    return found


def _is_weighted(group: Mapping[str, torch.Tensor]) -> bool:
    return "weight" in group and group["weight"].ndim > 1
