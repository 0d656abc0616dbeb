"""Tensors of a checkpoint, read without running anything that is in it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gen.imports.errors import ImportRefused

__all__ = ["SUFFIXES", "read_tensors"]

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors")
DEEPEST = 8


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors by name: those of a dictionary in another as `model.0.luts`.

    A pickle is read with torch's allow-list: tensors, numbers and texts in dictionaries and lists.
    Raises ImportRefused where it wants more, naming the first class, or is damaged.
    """
    if not path.is_file():
        raise ImportRefused(f"{path}: no such file")
    try:
        if path.suffix == ".safetensors":
            return _in_order(load_file(path))
        value = torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise ImportRefused(f"{path}: not a whole safetensors file ({error})") from None
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:  # Whatever a damaged pickle raises.
        raise ImportRefused(f"{path}: {_why(error)}") from None
    found: dict[str, torch.Tensor] = {}
    _collect(value, "", found, DEEPEST)
    if not found:
        raise ImportRefused(f"{path}: holds no tensors by name; save module.state_dict()")
    return found


def _in_order(found: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """By name, numbers in names as numbers: a safetensors file keeps no order."""

    def place(name: str) -> str:
        return re.sub(r"\d+", lambda number: number[0].zfill(20), name)

    return {name: found[name] for name in sorted(found, key=place)}


def _why(error: Exception) -> str:
    text = " ".join(str(error).split())
    wanted = re.search(r"(?:GLOBAL:? |Unsupported class )([\w.]+\.\w+)", text)
    if wanted:
        return (
            f"it wants {wanted[1]} when loaded, and only tensors are read; save"
            " module.state_dict() instead"
        )
    return f"not a checkpoint of tensors, or damaged ({type(error).__name__}); save it again"


def _collect(value: Any, name: str, found: dict[str, torch.Tensor], depth: int) -> None:
    """Tensors of dictionaries in dictionaries, and of lists by their places."""
    if isinstance(value, torch.Tensor):
        found[name or "tensor"] = value.detach()
    elif depth and isinstance(value, Mapping | list | tuple):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, one in pairs:
            _collect(one, f"{name}.{key}" if name else str(key), found, depth - 1)
