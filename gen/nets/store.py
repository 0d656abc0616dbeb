"""A trained network as two files: model.safetensors and model.json.

model.json ("smelt-model-1") holds the recipe in full, the encoder, metrics, the weight counts,
library versions and the SHA-256 of model.safetensors. It is written last, so an interrupted
training leaves nothing that looks finished, and a pair that does not belong together is refused.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from gen.data.encode import Encoder, encoder_from_dict
from gen.data.own.columns import Columns, columns_from_dict
from gen.errors import SmeltError
from gen.files import DAMAGE, read_json, write_bytes, write_json
from gen.nets.chip import with_encoder
from gen.nets.layers.lut import LutLayer, settle
from gen.nets.model import build
from gen.nets.recipe import Recipe, recipe_from_dict
from gen.nets.weights import LatentWeights

__all__ = [
    "FORMAT",
    "Model",
    "ModelError",
    "about_model",
    "fill",
    "load_model",
    "save_model",
    "unfilled",
    "weight_counts",
]

FORMAT = "smelt-model-1"
TENSORS = "model.safetensors"
ENTRIES = {"recipe": dict, "classes": list, "encoder": dict, "metrics": dict, "versions": dict}


class ModelError(SmeltError):
    """The files of a trained network are damaged, foreign or do not belong together."""


@dataclass(frozen=True)
class Model:
    """A trained network in evaluation mode, with what is known of it; `folder` is where it was read
    from, with its data where that is one's own. `versions` are those of what trained it, None
    where that was this process; `shipped` says that its weights lay beside the recipe."""

    recipe: Recipe
    network: nn.Sequential
    encoder: Encoder
    classes: tuple[str, ...]
    metrics: dict[str, float]
    columns: Columns | None = None
    folder: Path | None = None
    versions: Mapping[str, str] | None = None
    shipped: bool = False


def save_model(model: Model, folder: Path) -> Path:
    """Write both files into `folder`; returns the path of model.json. Wires that were learned stay
    as they are from then on."""
    settle(model.network)
    data = save_tensors(model.network.state_dict())
    path = folder / "model.json"
    path.unlink(missing_ok=True)
    write_bytes(folder / TENSORS, data)
    write_json(
        path,
        {
            "format": FORMAT,
            **about_model(model),
            "weights": weight_counts(model.network),
            **({"shipped": True} if model.shipped else {}),
            "sha256": hashlib.sha256(data).hexdigest(),
        },
    )
    return path


def about_model(model: Model) -> dict[str, Any]:
    """What is known of a model besides its tensors, JSON-able: `unfilled` reads it."""
    return {
        "recipe": model.recipe.to_dict(),
        "classes": list(model.classes),
        "encoder": model.encoder.to_dict(),
        "metrics": model.metrics,
        **({} if model.columns is None else {"columns": model.columns.to_dict()}),
        "versions": dict(_versions() if model.versions is None else model.versions),
    }


def load_model(path: Path | str) -> Model:
    """Read model.json and the model.safetensors beside it.

    Raises FileDamaged, RecipeError or EncoderError where model.json is wrong, ModelError where the
    tensors are.
    """
    path = Path(path)
    value = read_json(path, FORMAT)
    _check_entries(value, path, {**ENTRIES, "sha256": str})
    model, beside = unfilled(value, path), path.with_name(TENSORS)
    fill(model.network, _tensors(beside), beside)
    if hashlib.sha256(beside.read_bytes()).hexdigest() != value["sha256"]:
        raise ModelError(f"{beside}: was not written together with model.json; run train again")
    return model


def unfilled(value: dict[str, Any], path: Path) -> Model:
    """The model of `about_model`'s value, which was read from `path`; its tensors are not its own
    yet. Raises ModelError, RecipeError or EncoderError where the value is wrong."""
    _check_entries(value, path, ENTRIES)
    recipe = recipe_from_dict(value["recipe"], str(path))
    encoder = encoder_from_dict(value["encoder"])
    network = build(recipe, encoder.host.n_bits, len(value["classes"]))
    settle(network)
    network = with_encoder(network, encoder, recipe.data.steps).eval()
    columns = columns_from_dict(value["columns"]) if "columns" in value else None
    known = tuple(value["classes"]), value["metrics"], columns, path.parent, value["versions"]
    return Model(recipe, network, encoder, *known, bool(value.get("shipped")))


def _check_entries(value: dict[str, Any], path: Path, entries: Mapping[str, type]) -> None:
    for key, kind in entries.items():
        if key not in value:
            raise ModelError(f"{path}: entry {key!r} is missing; run train again")
        if not isinstance(value[key], kind) or not value[key]:
            raise ModelError(f"{path}: entry {key!r} is {value[key]!r}; run train again")


def weight_counts(network: nn.Sequential) -> dict[str, Any]:
    """How many weights there are, how many are not zero, and the bits of each layer's grid; how
    many tables, and their entries."""
    tables = [module for module in network.modules() if isinstance(module, LutLayer)]
    layers = [module for module in network.modules() if isinstance(module, LatentWeights)]
    codes = [layer.codes() for layer in layers]
    return {
        "total": sum(code.numel() for code in codes),
        "nonzero": sum(int((code != 0).sum()) for code in codes),
        "bits": [(2 * layer.largest + 1).bit_length() for layer in layers],
        "tables": sum(layer.units for layer in tables),
        "entries": sum(layer.table_latent.numel() for layer in tables),
    }


def fill(network: nn.Sequential, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Load tensors that were read from `path` into the network, after every check."""
    wanted = network.state_dict()
    for name in [*wanted, *tensors]:
        if name not in tensors:
            raise ModelError(f"{path}: tensor {name!r} is missing; it is not of this recipe")
        if name not in wanted:
            raise ModelError(f"{path}: tensor {name!r} is not one of this recipe's")
        _check_tensor(tensors[name], wanted[name], f"{path}: tensor {name!r}")
    for name, module in network.named_modules():
        if isinstance(module, LutLayer):
            name = f"{name}.fixed_wires"
            _check_wires(tensors[name], module, f"{path}: tensor {name!r}")
        elif isinstance(module, LatentWeights) and module.fan_ins is not None:
            name = f"{name}.fan_ins"
            _check_range(tensors[name], module.latent[0].numel(), f"{path}: tensor {name!r}")
    network.load_state_dict(dict(tensors))


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_tensors(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; run train again") from None
    except (OSError, SafetensorError, *DAMAGE) as error:
        raise ModelError(
            f"{path}: not a whole safetensors file ({error}); run train again"
        ) from None


def _check_tensor(got: torch.Tensor, wanted: torch.Tensor, place: str) -> None:
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        raise ModelError(
            f"{place} is {got.dtype} {tuple(got.shape)}, expected {wanted.dtype}"
            f" {tuple(wanted.shape)}"
        )
    if not torch.isfinite(got).all():
        place_of = torch.nonzero(~torch.isfinite(got))[0].tolist()
        raise ModelError(f"{place} holds {got[tuple(place_of)].item()} at {place_of}")


def _check_wires(got: torch.Tensor, layer: LutLayer, place: str) -> None:
    """Each wire reads an input that there is, and no two of a table the same."""
    _check_range(got, layer.n_in - 1, place)
    ordered = got.view(layer.units, layer.k).sort(1).values
    twice = (ordered[:, 1:] == ordered[:, :-1]).any(1).nonzero()
    if len(twice):
        raise ModelError(f"{place}: two wires of table {twice[0].item()} read the same input")


def _check_range(got: torch.Tensor, last: int, place: str) -> None:
    off = (got < 0) | (got > last)
    if off.any():
        raise ModelError(f"{place} holds {got[off][0].item()}; allowed is 0..{last}")


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
