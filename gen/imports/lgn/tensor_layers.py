"""The layers that tensors of a checkpoint are of, each with its wiring."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import nn

from gen.imports.errors import ImportRefused
from gen.imports.lgn.stand_in import LogicLayer, LUTLayer
from gen.imports.said import Said

__all__ = ["MARKS", "STEPS", "Layers", "State", "check_learned", "few", "key_of", "layers_of"]

State: TypeAlias = Mapping[str, torch.Tensor]
Layers: TypeAlias = list[tuple[str, nn.Module]]
"""Layers by the names that they have in the file."""
MARKS, STEPS = "thresholds", "raw_diffs"
"""A thermometer's tensor, and what torchlogix's learned one has the steps between them in."""


def few(names: Mapping[str, Any]) -> str:
    """Names as an error lists them."""
    found = list(names)
    return ", ".join(found if len(found) <= 8 else [*found[:7], "..."])


def key_of(owner: str, what: str) -> str:
    """The name of a layer's tensor; the layer may be the whole file."""
    return f"{owner}.{what}" if owner else what


def layers_of(state: State, said: Said) -> Layers:
    """The layers in the order in which the file has them."""
    made: Layers = []
    for name, tensor in state.items():
        owner, _, what = name.rpartition(".")
        place = f"{said.file}: {name}"
        if what == "luts":
            made.append((owner, _lut_layer(state, owner, tensor, place)))
        elif what == "weights" and _are_operators(owner, tensor):
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
            f" holds {few(state)}"
        )
    _check_all_read(state, [owner for owner, _ in made], said)
    return made


def _are_operators(owner: str, tensor: torch.Tensor) -> bool:
    """Whether `weights` choose among difflogic's operators, and not a learned wiring."""
    wiring = owner.rpartition(".")[2] in ("mapping", "connections")
    return not wiring and tensor.dim() == 2 and tensor.shape[1] == 16


def _check_all_read(state: State, owners: Sequence[str], said: Said) -> None:
    """Raise ImportRefused for a tensor beside those of the layers that no layer has."""
    rooms = {owner.rpartition(".")[0] for owner in owners}
    for name in state:
        owner, _, what = name.rpartition(".")
        for part in (".indices", ".mapping", ".connections"):
            owner = owner.removesuffix(part)
        beside = owner != "" and owner not in owners and owner.rpartition(".")[0] in rooms
        if beside and what not in (MARKS, STEPS):
            raise ImportRefused(
                f"{said.file}: {name} is of no layer that is read; say `state`, the part of the"
                " file that the layers are in, or give net.py:make"
            )


def _lut_layer(state: State, owner: str, luts: torch.Tensor, place: str) -> nn.Module:
    _check(luts, 2, place)
    luts = luts if luts.is_floating_point() else luts.float()
    entries = luts.shape[1]
    rank = entries.bit_length() - 1
    if entries != 1 << rank or rank < 1:
        raise ImportRefused(f"{place}: tables of {entries} entries; a power of two is expected")
    mapping, learned = (
        state.get(key_of(owner, "mapping")),
        state.get(key_of(owner, "mapping.weights")),
    )
    if mapping is None:
        if learned is None:
            raise ImportRefused(f"{place}: no `mapping` beside it, so its wiring is not known")
        _check(learned, 2, key_of(owner, "mapping.weights"))
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
    whole = state.get(key_of(owner, "indices"), state.get(key_of(owner, "connections.indices")))
    parts = [state.get(key_of(owner, f"indices.{at}")) for at in range(2)]
    if whole is None and all(one is not None for one in parts):
        whole = torch.stack([one for one in parts if one is not None])
    if whole is None:
        raise ImportRefused(
            f"{place}: the wiring is not in the file, as a state dict leaves it out; save"
            f" layer.indices as {key_of(owner, 'indices')!r} beside it, or give net.py:make"
        )
    if whole.is_floating_point():
        raise ImportRefused(f"{place}: indices are {whole.dtype}; integers are expected")
    return whole.long()


def _logic_dense(state: State, owner: str, weight: torch.Tensor, said: Said) -> nn.Module:
    """torchlogix's own layer, with these tensors."""
    place = f"{said.file}: {key_of(owner, 'weight')}"
    way = said.options.get("parametrization", "raw")
    if way not in ("raw", "warp", "light"):
        raise ImportRefused(f"{said.place} parametrization: {way!r}; raw, warp and light are known")
    _check(weight, 2, place)
    columns = weight.shape[1]
    rank = 2 if way == "raw" else columns.bit_length() - 1
    known = {"raw": (2,), "warp": (1, 2, 4, 6), "light": (2, 4, 6)}[way]
    if columns != (16 if way == "raw" else 1 << rank) or rank not in known:
        raise ImportRefused(
            f"{place}: {columns} columns are no logic of parametrization {way!r}; say"
            " `parametrization`, or give a module of other layers as net.py:make"
        )
    indices, read = _wiring(state, owner, place)
    if tuple(indices.shape) != (rank, len(weight)):
        raise ImportRefused(
            f"{place}: {way!r} of rank {rank}, and indices {tuple(indices.shape)}, not"
            f" ({rank}, {len(weight)}); say `parametrization`"
        )
    from torchlogix.layers import LogicDense

    size = read or int(indices.max()) + 1
    layer = LogicDense(rank, len(weight), lut_rank=rank, parametrization=way)
    layer.in_dim, layer.connections.in_dim = size, size
    layer.connections.indices, layer.input_size = indices, read
    layer.weight = nn.Parameter(weight.float(), requires_grad=False)
    return layer


def _wiring(state: State, owner: str, place: str) -> tuple[torch.Tensor, int | None]:
    """The indices (rank, out) of a layer of torchlogix, and how many bits it reads, if known.

    Where they are learned, each is one of candidates, which are all bits unless `indices` says.
    """
    learned = state.get(key_of(owner, "connections.weights"))
    if learned is None:
        return _indices(state, owner, place), None
    _check(learned, 3, key_of(owner, "connections.weights"))
    best = learned.argmax(dim=0)
    if any(
        key in state for key in (key_of(owner, "indices"), key_of(owner, "connections.indices"))
    ):
        among = _indices(state, owner, place)
        if among.shape == learned.shape:
            return among.gather(0, best[None])[0], None
        return among, None
    return best, len(learned)


def check_learned(layers: Layers, bits: int | None, said: Said) -> None:
    """Raise ImportRefused where a learned wiring chooses among others than the bits before it.

    `bits` is how many the first layer reads, None where that is not said.
    """
    for owner, layer in layers:
        chosen: Any = getattr(layer, "input_size", None)
        known = bits is None and isinstance(layer, LUTLayer)  # torch_dwn has no candidates.
        if chosen not in (None, bits) and not known:
            beside = f"save the wiring as {key_of(owner, 'indices')!r} beside it"
            raise ImportRefused(
                f"{said.file}: {owner or 'it'}: its wiring is learned among {chosen} of"
                f" {bits or 'so many'} bits;"
                f" {beside if bits else 'say `features`, how many a row has'}"
            )
        bits = len(next(iter(layer.state_dict().values())))


def _check(tensor: torch.Tensor, dims: int, place: str) -> None:
    if tensor.dim() != dims or not tensor.numel() or tensor.is_complex():
        raise ImportRefused(
            f"{place}: {tensor.dtype} of shape {tuple(tensor.shape)}; numbers of {dims} dimensions"
            " are expected"
        )
    if not bool(torch.isfinite(tensor).all()):
        raise ImportRefused(f"{place}: a value is not a number")
