"""Checkpoints of DWN, difflogic and torchlogix: the layers that their tensors are of."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from gen.data.encode import EncoderError
from gen.data.sensors import Sensor
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.lgn.module import read_module
from gen.imports.lgn.stand_in import GroupSum, LogicLayer, LUTLayer, Thermometer
from gen.imports.said import Said
from gen.imports.tensors import read_tensors

__all__ = ["read"]

KEYS = ("groups", "state", "thresholds", "features", "parametrization")
SENSOR = ("sensor_bits", "sensor_signed", "sensor_scale", "sensor_offset")
State = Mapping[str, torch.Tensor]
MARKS = "thresholds"


def read(said: Said) -> Imported:
    """The network of a checkpoint. Raises ImportRefused where tensors say too little of it."""
    unknown = next((key for key in said.options if key not in (*KEYS, *SENSOR)), None)
    if unknown is not None:
        raise ImportRefused(f"{said.place} {unknown}: not known; {', '.join((*KEYS, *SENSOR))} are")
    tensors = read_tensors(said.file)
    state = _part(tensors, said)
    layers = _layers(state, said)
    front = _thermometer(tensors, said)
    groups = _whole(said, "groups", None)
    last: list[tuple[str, nn.Module]] = [] if groups is None else [("sums", GroupSum(groups))]
    module = nn.Sequential(OrderedDict([*front, *layers, *last]))
    shape = _shape(front, layers[0][1], said)
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
        raise ImportRefused(f"{said.place} state: no {prefix!r}; there are {_few(tensors)}")
    return found


def _few(names: Mapping[str, Any]) -> str:
    found = list(names)
    return ", ".join(found if len(found) <= 8 else [*found[:7], "..."])


def _layers(state: State, said: Said) -> list[tuple[str, nn.Module]]:
    """The layers in the order in which the file has them."""
    made: list[tuple[str, nn.Module]] = []
    for name, tensor in state.items():
        owner, _, what = name.rpartition(".")
        place = f"{said.file}: {name}"
        if what == "luts":
            made.append((owner, _lut_layer(state, owner, tensor, place)))
        elif what == "weights" and tensor.dim() == 2 and tensor.shape[1] == 16:
            made.append((owner, _logic_layer(state, owner, tensor, place)))
        elif what == "weight":
            made.append((owner, _logic_dense(state, owner, tensor, said)))
        elif "tree_weights" in name:
            raise ImportRefused(
                f"{place}: convolutions keep their wiring out of a checkpoint; give a function that"
                " makes the module, as net.py:make"
            )
    if not made:
        raise ImportRefused(
            f"{said.file}: no layer of logic (`luts`, `weights` of 16 columns, or `weight`); it"
            f" holds {_few(state)}"
        )
    return [(name.replace(".", "_") or f"layer{at}", one) for at, (name, one) in enumerate(made)]


def _key(owner: str, what: str) -> str:
    return f"{owner}.{what}" if owner else what


def _lut_layer(state: State, owner: str, luts: torch.Tensor, place: str) -> nn.Module:
    _check(luts, 2, place)
    entries = luts.shape[1]
    rank = entries.bit_length() - 1
    if entries != 1 << rank or rank < 1:
        raise ImportRefused(f"{place}: tables of {entries} entries; a power of two is expected")
    mapping, learned = state.get(_key(owner, "mapping")), state.get(_key(owner, "mapping.weights"))
    if mapping is None:
        if learned is None:
            raise ImportRefused(f"{place}: no `mapping` beside it, so its wiring is not known")
        _check(learned, 2, _key(owner, "mapping.weights"))
        if learned.shape[1] != rank * len(luts):
            raise ImportRefused(
                f"{place}: luts {tuple(luts.shape)} beside mapping.weights {tuple(learned.shape)};"
                f" expected (inputs, {rank * len(luts)})"
            )
        mapping = learned.argmax(dim=0).reshape(-1, rank)
    if tuple(mapping.shape) != (len(luts), rank) or mapping.is_floating_point():
        raise ImportRefused(
            f"{place}: luts {tuple(luts.shape)} beside a mapping {tuple(mapping.shape)} of"
            f" {str(mapping.dtype).removeprefix('torch.')}; expected ({len(luts)}, {rank}) integers"
        )
    size = None if learned is None else len(learned)
    return LUTLayer(mapping, luts, size)


def _logic_layer(state: State, owner: str, weights: torch.Tensor, place: str) -> nn.Module:
    _check(weights, 2, place)
    indices = _indices(state, owner, place)
    if tuple(indices.shape) != (2, len(weights)):
        raise ImportRefused(
            f"{place}: {len(weights)} gates beside indices {tuple(indices.shape)}; expected"
            f" (2, {len(weights)})"
        )
    return LogicLayer(weights, indices)


def _indices(state: State, owner: str, place: str) -> torch.Tensor:
    """The wiring, which neither difflogic nor torchlogix keeps in a state dict by itself."""
    whole = state.get(_key(owner, "indices"), state.get(_key(owner, "connections.indices")))
    parts = [state.get(_key(owner, f"indices.{at}")) for at in range(2)]
    if whole is None and all(one is not None for one in parts):
        whole = torch.stack([one for one in parts if one is not None])
    if whole is None:
        raise ImportRefused(
            f"{place}: the wiring is not in the file, as a state dict leaves it out; save"
            f" layer.indices as {_key(owner, 'indices')!r} beside it, or give net.py:make"
        )
    if whole.is_floating_point():
        raise ImportRefused(f"{place}: indices are {whole.dtype}; integers are expected")
    return whole.long()


def _logic_dense(state: State, owner: str, weight: torch.Tensor, said: Said) -> nn.Module:
    """torchlogix's own layer, with these tensors."""
    from torchlogix.layers import LogicDense

    place = f"{said.file}: {_key(owner, 'weight')}"
    way = said.options.get("parametrization", "raw")
    if way not in ("raw", "warp", "light"):
        raise ImportRefused(f"{said.place} parametrization: {way!r}; raw, warp and light are known")
    _check(weight, 2, place)
    columns = weight.shape[1]
    rank = 2 if way == "raw" else columns.bit_length() - 1
    if columns != (16 if way == "raw" else 1 << rank) or rank not in (2, 4, 6):
        raise ImportRefused(f"{place}: {columns} columns are no layer of parametrization {way!r}")
    learned = state.get(_key(owner, "connections.weights"))
    if learned is not None and _key(owner, "indices") not in state:
        indices = learned.argmax(dim=0)
    else:
        indices = _indices(state, owner, place)
    if tuple(indices.shape) != (rank, len(weight)):
        raise ImportRefused(f"{place}: indices {tuple(indices.shape)}, not ({rank}, {len(weight)})")
    size = int(indices.max()) + 1
    layer = LogicDense(rank, len(weight), lut_rank=rank, parametrization=way)
    layer.in_dim, layer.connections.in_dim = size, size
    layer.connections.indices = indices
    layer.weight = nn.Parameter(weight.float(), requires_grad=False)
    return layer


def _check(tensor: torch.Tensor, dims: int, place: str) -> None:
    if tensor.dim() != dims or not tensor.numel() or not tensor.is_floating_point():
        raise ImportRefused(
            f"{place}: {tensor.dtype} of shape {tuple(tensor.shape)}; floats of {dims} dimensions"
            " are expected"
        )
    if not bool(torch.isfinite(tensor).all()):
        raise ImportRefused(f"{place}: a value is not a number")


def _thermometer(tensors: State, said: Said) -> list[tuple[str, nn.Module]]:
    """The thermometer of the thresholds in the file, where there are any."""
    asked = said.options.get("thresholds")
    found = [one for one in tensors if one.split(".")[-1] == MARKS]
    name = asked if asked is not None else (found[0] if len(found) == 1 else None)
    if name is None:
        return []
    if not isinstance(name, str) or name not in tensors:
        raise ImportRefused(f"{said.place} thresholds: no {name!r}; there are {_few(tensors)}")
    marks = tensors[name]
    if not marks.dim() or not marks.numel() or marks.is_complex() or marks.dtype == torch.bool:
        raise ImportRefused(
            f"{said.file}: {name} of shape {tuple(marks.shape)}; expected numbers (features, bits),"
            " or (bits,)"
        )
    marks = marks if marks.dtype == torch.float32 else marks.double()
    # One row is that of all features.
    marks = marks.flatten(0, -2) if marks.dim() > 1 else marks[None]
    return [(MARKS, Thermometer(marks[0] if len(marks) == 1 else marks))]


def _shape(front: list[tuple[str, nn.Module]], first: nn.Module, said: Said) -> tuple[int, ...]:
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
    return (size or _reads(first),)


def _reads(layer: nn.Module) -> int:
    """One more than the highest bit that a layer reads."""
    found: Any = layer
    if getattr(layer, "input_size", None):
        return int(found.input_size)
    wiring = getattr(found, "mapping", getattr(found, "indices", None))
    return int((found.connections.indices if wiring is None else wiring).max()) + 1


def _whole(said: Said, key: str, usual: int | None) -> int | None:
    value = said.options.get(key, usual)
    if value is not None and (type(value) is not int or not 1 <= value <= 1 << 20):
        raise ImportRefused(f"{said.place} {key}: {value!r}, expected a number from 1")
    return value


def _sensors(
    said: Said, shape: tuple[int, ...], front: list[tuple[str, nn.Module]]
) -> tuple[Sensor, ...]:
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
