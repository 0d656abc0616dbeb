"""Checkpoints of DWN, difflogic and torchlogix: the layers that their tensors are of."""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from gen.data.encode import EncoderError
from gen.data.sensors import Sensor
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.lgn.module import read_module
from gen.imports.lgn.stand_in import GroupSum, Thermometer
from gen.imports.lgn.tensor_layers import (
    MARKS,
    STEPS,
    Layers,
    State,
    check_learned,
    few,
    key_of,
    layers_of,
)
from gen.imports.said import Said
from gen.imports.tensors import read_tensors

__all__ = ["read"]

KEYS = ("groups", "state", "thresholds", "features", "parametrization")
SENSOR = ("sensor_bits", "sensor_signed", "sensor_scale", "sensor_offset")

UNASKED, UNREAD = 1 << 14, 64
"""Bits of a row that a wiring alone may say: so many, or so many for each of its wires."""


def read(said: Said) -> Imported:
    """The network of a checkpoint. Raises ImportRefused where tensors say too little of it."""
    unknown = next((key for key in said.options if key not in (*KEYS, *SENSOR)), None)
    if unknown is not None:
        raise ImportRefused(f"{said.place} {unknown}: not known; {', '.join((*KEYS, *SENSOR))} are")
    tensors = read_tensors(said.file)
    state = _part(tensors, said)
    layers = layers_of(state, said)
    named = [(name.replace(".", "_") or f"layer{at}", one) for at, (name, one) in enumerate(layers)]
    front = _thermometer(tensors, said)
    groups = _whole(said, "groups", None)
    last: Layers = [] if groups is None else [("sums", GroupSum(groups))]
    module = nn.Sequential(OrderedDict([*front, *named, *last]))
    shape = _shape(front, layers[0][1], said)
    bits = shape[0] * (front[0][1].get_buffer(MARKS).shape[-1] if front else 1)
    check_learned(layers, bits if front or "features" in said.options else None, said)
    made = read_module(module, said.file.stem, said.classes, shape, _sensors(said, shape, front))
    if groups is None:
        raise ImportRefused(f"{said.place}: say `groups`, the number of classes of its GroupSum")
    return made


def _part(tensors: State, said: Said) -> dict[str, torch.Tensor]:
    """The tensors of the module, without what stands before their names."""
    prefix = said.options.get("state", "")
    if not isinstance(prefix, str):
        raise ImportRefused(f"{said.place} state: {prefix!r}, expected a key of the file")
    found = {
        name.removeprefix(f"{prefix}.") if prefix else name: one
        for name, one in tensors.items()
        if not prefix or name.startswith(f"{prefix}.")
    }
    if not found:
        raise ImportRefused(f"{said.place} state: no {prefix!r}; there are {few(tensors)}")
    return found


def _thermometer(tensors: State, said: Said) -> Layers:
    """The thermometer of the thresholds in the file, where there are any."""
    asked = said.options.get("thresholds")
    found = [one for one in tensors if one.split(".")[-1] == MARKS]
    name = asked if asked is not None else (found[0] if len(found) == 1 else None)
    if name is None:
        return []
    if not isinstance(name, str) or name not in tensors:
        raise ImportRefused(f"{said.place} thresholds: no {name!r}; there are {few(tensors)}")
    marks = tensors[name]
    steps = tensors.get(key_of(name.rpartition(".")[0], STEPS))
    if name.split(".")[-1] == MARKS and steps is not None and steps.shape == marks.shape:
        marks = steps.cumsum(-1)  # What was learned: its thresholds are those before training.
    if not marks.dim() or not marks.numel() or marks.is_complex() or marks.dtype == torch.bool:
        raise ImportRefused(
            f"{said.file}: {name} of shape {tuple(marks.shape)}; expected numbers (features, bits),"
            " or (bits,)"
        )
    marks = marks if marks.dtype == torch.float32 else marks.double()
    # One row is that of all features.
    marks = marks.flatten(0, -2) if marks.dim() > 1 else marks[None]
    return [(MARKS, Thermometer(marks[0] if len(marks) == 1 else marks))]


def _shape(front: Layers, first: nn.Module, said: Said) -> tuple[int, ...]:
    """How many features or bits a row has."""
    size = _whole(said, "features", None)
    if front:
        marks = front[0][1].get_buffer(MARKS)
        known = getattr(first, "input_size", None)
        alike = size if known is None or size is not None else known // marks.shape[-1]
        stated = len(marks) if marks.dim() == 2 else alike
        if not stated or size not in (None, stated):
            raise ImportRefused(
                f"{said.place} features: {size}, and thresholds {tuple(marks.shape)}; say how many"
                " features a row has"
            )
        return (stated,)
    return (size or _reads(first, said.place),)


def _reads(layer: nn.Module, place: str) -> int:
    """One more than the highest bit that a layer reads."""
    found: Any = layer
    if getattr(layer, "input_size", None):
        return int(found.input_size)
    wiring = getattr(found, "mapping", getattr(found, "indices", None))
    wiring = found.connections.indices if wiring is None else wiring
    size = int(wiring.max()) + 1
    if size > max(UNASKED, UNREAD * wiring.numel()):
        raise ImportRefused(
            f"{place}: the first layer reads bit {size - 1:,} with {wiring.numel()} wires; say"
            " `features`, how many a row has, if this is right"
        )
    return size


def _whole(said: Said, key: str, usual: int | None) -> int | None:
    value = said.options.get(key, usual)
    if value is not None and (type(value) is not int or not 1 <= value <= 1 << 20):
        raise ImportRefused(f"{said.place} {key}: {value!r}, expected a number from 1")
    return value


def _sensors(said: Said, shape: tuple[int, ...], front: Layers) -> tuple[Sensor, ...]:
    """The sensors in front of an encoder on the chip; none where the host encodes."""
    given = {key: said.options[key] for key in SENSOR if key in said.options}
    if not given:
        return ()
    bits = _whole(said, "sensor_bits", None)
    if bits is None or not front:
        raise ImportRefused(
            f"{said.place}: an encoder on the chip needs `sensor_bits`, and thresholds in the file"
        )
    signed, scale, offset = (
        given.get(key, usual) for key, usual in zip(SENSOR[1:], (False, 1.0, 0.0), strict=True)
    )
    if type(signed) is not bool or not all(type(one) in (int, float) for one in (scale, offset)):
        raise ImportRefused(f"{said.place} sensor_signed, sensor_scale or sensor_offset: {given}")
    try:
        one = Sensor(bits, signed, float(scale), float(offset))
    except EncoderError as error:
        raise ImportRefused(f"{said.place}: {error}") from None
    return (one,) * shape[0]
