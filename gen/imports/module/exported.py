"""Modules with layers of Brevitas: they go through its own QONNX export."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.data.encode import encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported, Rows
from gen.imports.module.described import labelled, shape_of
from gen.imports.module.graph import quiet
from gen.imports.said import Said
from gen.intnet.interpret import bits_to_codes, interpret
from gen.intnet.network import IntNet
from gen.nets.starts.own_file import guarded

__all__ = ["is_of_brevitas", "read_exported"]

KEYS = ("shape", "classes", "rows")
TRIED = 1000
NEAR = 1e-5
"""Scores of the module that are this near to one another, relatively, are equal but for the order
in which float32 added them up."""


def is_of_brevitas(module: nn.Module) -> bool:
    """Whether any of the layers is one of Brevitas."""
    return any(type(one).__module__.split(".")[0] == "brevitas" for one in module.modules())


def read_exported(
    module: nn.Module, table: Mapping[str, Any], path: Path, place: str, seed: int
) -> Imported:
    """The module's export, read; its class compared with that of the module's own forward. Raises
    ImportRefused."""
    if find_spec("qonnx") is None:
        raise ImportRefused(f"{path}: Brevitas's export needs qonnx: pip install 'smelt[models]'")
    for key in table:
        if key not in KEYS:
            raise ImportRefused(
                f"{place} {key}: a module of Brevitas says its inputs by its first quantizer;"
                f" only {', '.join(KEYS)} are said"
            )
    shape = shape_of(table, place)
    from gen.imports.qonnx.read import read

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{path.stem}.onnx"
        with quiet():
            guarded(path, lambda: _export(module, torch.zeros(1, *shape), file))
        classes = tuple(str(one) for one in table.get("classes", ()))
        found = guarded(path, lambda: read(Said(file, classes=classes, place=place)))
    rows = _rows(table.get("rows"), found.net, shape, place)
    return replace(found, rows=rows, notes=(*found.notes, _compared(module, found, shape, seed)))


def _export(module: nn.Module, sample: torch.Tensor, file: Path) -> None:
    from brevitas.export import export_qonnx

    export_qonnx(module, args=sample, export_path=str(file))


def _features(net: IntNet, count: int, seed: int) -> np.ndarray:
    """Random features, as far as the encoder tells them apart."""
    thresholds = encoder_from_dict(net.meta["encoder"]).thresholds
    known = np.abs(thresholds[np.abs(thresholds) < 1e30])
    reach = 1.5 * float(known.max(initial=1.0))
    return np.random.default_rng(seed).uniform(-reach, reach, (count, net.n_inputs))


def _codes(net: IntNet, features: np.ndarray) -> np.ndarray:
    bits = encoder_from_dict(net.meta["encoder"]).encode(features.astype(np.float32))
    return bits_to_codes(bits, net.input_bits, net.input_signed)


def _answers(module: nn.Module, features: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    given = torch.from_numpy(features.astype(np.float32)).reshape(-1, *shape)
    with torch.no_grad(), quiet():
        made = module(given)
    values: np.ndarray = getattr(made, "value", made).numpy()
    return values.reshape(len(features), -1)


def _compared(module: nn.Module, found: Imported, shape: tuple[int, ...], seed: int) -> str:
    """A line about random features through the module's own forward; raises ImportRefused where
    its class is another."""
    features = _features(found.net, TRIED, seed)
    own = _answers(module, features, shape)
    scores = interpret(found.net, _codes(found.net, features))[found.net.score]
    if own.shape != scores.shape:
        return "the module gives a class of its own, which its export's executor is compared by"
    chosen = own[np.arange(len(own)), scores.argmax(axis=1)]
    wrong = np.flatnonzero(chosen < own.max(axis=1) - NEAR * np.abs(own).max())
    if len(wrong):
        at = int(wrong[0])
        raise ImportRefused(
            f"the module answers {own[at].tolist()} where the network made of its export answers"
            f" {scores[at].tolist()}: Brevitas exports it as something else"
        )
    return f"{len(own):,} rows of random features: every class is that of the module's own forward"


def _rows(value: Any, net: IntNet, shape: tuple[int, ...], place: str) -> Rows | None:
    """The file's rows, features, as codes."""
    if value is None:
        return None
    features, labels = labelled(value, int(np.prod(shape)), place)
    return Rows(_codes(net, features).astype(np.int64), labels)
