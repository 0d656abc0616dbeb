"""The file of trained weights ("smelt-weights-1"): an archive of arrays that takes a few kB.

Its latents are plain ones that give the same network: a layer's codes, and -1 and 1 for the bits of
truth tables; everything else is as it was. Each array is of the narrowest type that holds it
exactly. `about` is a JSON text with what is known of the model, its recipe in full among it, with
`trained_on`, digests of what was trained on, and with the versions of what trained it.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gen.arrays import narrowest, read_arrays, write_arrays
from gen.errors import SmeltError
from gen.files import check_json, reading, write_bytes
from gen.forms import SHARE
from gen.intnet.files import save
from gen.nets.freezing.freeze import freeze_model
from gen.nets.layers.lut import LutLayer
from gen.nets.store import Model, about_model, fill, unfilled
from gen.nets.weights import LatentWeights

__all__ = ["WeightsError", "read_weights", "write_weights"]

FORMAT = "smelt-weights-1"
WHAT = "a file of trained weights"
AGAIN = "take it away, and it is trained"
ABOUT = {
    "classes": [str],
    "metrics": {
        **dict.fromkeys(("quantized", "float", "train", "start?", "rounded?"), SHARE),
        "bits?": float,
    },
    "versions": {str: str},
    "trained_on": dict,
}
"""What is told of the model, besides what is made of it (`gen.forms`)."""


class WeightsError(SmeltError):
    """Weights do not belong to a recipe, or do not give the network that they were taken from."""


def write_weights(model: Model, trained_on: Mapping[str, Any], path: Path) -> None:
    """Write the weights of a trained model.

    Raises WeightsError, and writes nothing, where the integer network that they give is another.
    """
    about = {"format": FORMAT, **about_model(model), "trained_on": dict(trained_on)}
    text = json.dumps(about).encode()
    state = _plain_state(model.network)
    arrays = {name: narrowest(tensor.numpy()) for name, tensor in state.items()}
    with tempfile.TemporaryDirectory(prefix="smelt-weights-") as folder:
        made = Path(folder) / path.name
        write_arrays(made, {"about": np.frombuffer(text, np.uint8), **arrays})
        if _frozen(read_weights(made)[0], folder) != _frozen(model, folder):
            raise WeightsError(f"{path}: not written: what these weights give is another network")
        write_bytes(path, made.read_bytes())


def _plain_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """The network's tensors, with plain latents that give the same codes and tables."""
    state = dict(network.state_dict())
    for name, module in network.named_modules():
        if isinstance(module, LatentWeights):
            state[f"{name}.latent"] = module.codes().detach()
        elif isinstance(module, LutLayer):
            state[f"{name}.table_latent"] = torch.from_numpy(module.tables * 2.0 - 1)
    return state


def _frozen(model: Model, folder: str) -> bytes:
    """The integer network, as a file has it; what is told of it is not of the weights."""
    path = Path(folder) / "net.npz"
    save(freeze_model(model), path)
    return path.read_bytes()


def read_weights(path: Path) -> tuple[Model, dict[str, Any]]:
    """The model that a file of weights gives, and the digests of what it was trained on.

    Raises FileDamaged where it is cut short or no such file; ModelError, RecipeError or
    EncoderError where it gives no network of its recipe.
    """
    arrays = read_arrays(path)
    with reading(path, WHAT, AGAIN):
        about = json.loads(arrays.pop("about").tobytes())
        if about["format"] != FORMAT:
            raise ValueError(f"its format is {about['format']!r}, expected {FORMAT!r}")
    check_json(path, about, ABOUT)
    model = unfilled(about, path)
    _check_metrics(model, path)
    wanted = model.network.state_dict()
    with reading(path, WHAT, AGAIN):
        tensors = {name: _tensor(name, one, wanted.get(name)) for name, one in arrays.items()}
    fill(model.network, tensors, path)
    return replace(model, shipped=True), about["trained_on"]


def _check_metrics(model: Model, path: Path) -> None:
    """Raise WeightsError for figures that no training of the recipe tells."""
    metrics = model.metrics
    told = {
        "start": model.recipe.schedule.start is not None,
        "rounded": model.recipe.schedule.start is not None,
        "bits": bool(model.recipe.data.symbols),
    }
    for name, wanted in told.items():
        if (name in metrics) != wanted:
            raise WeightsError(
                f"{path}: metrics has {'no' if wanted else 'a'} {name!r}, and a training of the"
                f" recipe {'tells one' if wanted else 'tells none'}"
            )


def _tensor(name: str, array: NDArray[Any], wanted: torch.Tensor | None) -> torch.Tensor:
    """The array as a tensor of the wanted type, where it is one of real numbers. Raises ValueError
    where that is a type of whole numbers, and these are others."""
    made = torch.from_numpy(array) if array.dtype.kind in "biuf" else torch.zeros(0)
    if wanted is None:
        return made
    given = made.to(wanted.dtype)
    if not (wanted.is_floating_point() or np.array_equal(given.numpy(), array)):
        raise ValueError(f"tensor {name!r} holds a number that is no whole one")
    return given
