"""Tensors of a checkpoint, read without running anything that is in it."""

import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from gen.imports.errors import ImportRefused
from gen.imports.pickled import first_wanted

__all__ = ["SUFFIXES", "read_tensors"]

SUFFIXES = (".pt", ".pth", ".ckpt", ".safetensors")
DEEPEST = 8
AGAIN = "save module.state_dict() instead"
SPREAD = 4
"""Bytes that the tensors of a file may stand for, for each of its bytes: torch writes them as they
are, a tensor that is repeated or shared once."""
SMALL = 64 << 20
"""Bytes below which that is not asked."""


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors by name: those of a dictionary in another as `model.0.luts`. Floats of less than
    32 bits are given as float32, integers as int64.

    A pickle is read with torch's allow-list: tensors, numbers and texts in dictionaries and lists.
    Raises ImportRefused where it wants more, naming the first class, or is damaged.
    """
    if not path.is_file():
        raise ImportRefused(f"{path}: no such file")
    most = max(SMALL, SPREAD * path.stat().st_size)
    found = _loaded(path, most)
    if not found:
        raise ImportRefused(f"{path}: holds no tensors by name; save module.state_dict()")
    size = 0
    for name, tensor in found.items():
        size += tensor.numel() * tensor.element_size()
        if tensor.is_quantized or tensor.layout != torch.strided or tensor.device.type != "cpu":
            raise ImportRefused(f"{path}: {name} is quantized, sparse or without data; {AGAIN}")
        if size > most:
            raise ImportRefused(f"{path}: {name} stands for more than the file has; {AGAIN}")
    return {name: _plain(tensor) for name, tensor in found.items()}


def _loaded(path: Path, most: int) -> dict[str, torch.Tensor]:
    """The tensors of a file as they are, where its members take at the most so many bytes."""
    try:
        if path.suffix == ".safetensors":
            return _in_order(load_file(path))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(one.file_size for one in archive.infolist()) > most:
                    raise ImportRefused(f"{path}: it is packed too densely; {AGAIN}")
        with warnings.catch_warnings():  # Torch tells of its own ways to load a file.
            warnings.simplefilter("ignore")
            value = torch.load(path, map_location="cpu", weights_only=True)
    except ImportRefused:
        raise
    except SafetensorError as error:
        raise ImportRefused(f"{path}: not a whole safetensors file ({error})") from None
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:  # Whatever a damaged pickle raises.
        raise ImportRefused(f"{path}: {_why(path, error)}") from None
    found: dict[str, torch.Tensor] = {}
    _collect(value, "", found, set(), DEEPEST)
    return found


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor in one of the types that all of torch's operations know."""
    if tensor.is_floating_point():
        return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
    whole = not tensor.is_complex() and tensor.dtype != torch.bool
    return tensor.long() if whole else tensor


def _in_order(found: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """By name, numbers in names as numbers: a safetensors file keeps no order."""

    def place(name: str) -> str:
        return re.sub(r"\d+", lambda number: number[0].zfill(20), name)

    return {name: found[name] for name in sorted(found, key=place)}


def _why(path: Path, error: Exception) -> str:
    wanted = first_wanted(path)
    if wanted:
        return f"it wants {wanted} when loaded, and only tensors are read; {AGAIN}"
    return f"not a checkpoint of tensors, or damaged ({type(error).__name__}); save it again"


def _collect(
    value: Any, name: str, found: dict[str, torch.Tensor], seen: set[int], depth: int
) -> None:
    """Tensors of dictionaries in dictionaries, and of lists by their places; a container that is
    in several is looked into once."""
    if isinstance(value, torch.Tensor):
        found[name or "tensor"] = value.detach()
    elif depth and isinstance(value, Mapping | list | tuple) and id(value) not in seen:
        seen.add(id(value))
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, one in pairs:
            _collect(one, f"{name}.{key}" if name else str(key), found, seen, depth - 1)
