"""What each layer of logic is, as gates: its own tables, worked out on all of their addresses."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gen.imports.errors import ImportRefused
from gen.imports.lgn.gates import ZERO
from gen.imports.lgn.logic import Bits
from gen.imports.lgn.symbols import Features, Symbol
from gen.imports.lgn.windows import POOL, adaptive, pooled, sliding

__all__ = ["RULES", "Rule", "difflogic_tables", "lut_layer_parts"]

Rule = Callable[[Any, Any], Any]

MOST_INPUTS = 12
"""Tables of more inputs are refused: they are listed."""


def _bits(x: Any) -> Symbol:
    if isinstance(x, Features):
        return x.bits()
    if not isinstance(x, Bits):
        raise ImportRefused(f"it reads {type(x).__name__.lower()}; bits are read")
    return x


def _addresses(rank: int) -> NDArray[np.int64]:
    """All addresses of a table, (2^rank, rank): input 0 is the lowest bit."""
    if rank > MOST_INPUTS:
        raise ImportRefused(f"tables of {rank} inputs; {MOST_INPUTS} at most")
    return np.arange(1 << rank)[:, None] >> np.arange(rank) & 1


def _as_tables(values: torch.Tensor) -> NDArray[np.int8]:
    """Answers (2^rank, ...) of a layer as tables (..., 2^rank)."""
    found: NDArray[np.float64] = values.detach().double().numpy()
    if not np.isin(found, (0, 1)).all():
        raise ImportRefused("a table holds other values than 0 and 1 where nothing is trained")
    return np.moveaxis(found, 0, -1).astype(np.int8)


def _dense(layer: Any, x: Any) -> Symbol:
    """torchlogix's LogicDense: its parametrization is asked for every address."""
    bits = _bits(x)
    wired: NDArray[np.int64] = _wired(layer.connections, bits)  # (rank, out)
    asked = np.broadcast_to(_addresses(len(wired))[:, :, None], (1 << len(wired), *wired.shape))
    with torch.no_grad():
        given = torch.from_numpy(asked.astype(np.float32))
        values = layer.parametrization.forward(given, layer.weight, False, "n,bn->bn")
    return _made(bits, wired.T, _as_tables(values))


def _wired(connections: Any, bits: Symbol) -> NDArray[np.int64]:
    """Numbers (rank, out) of the bits that a dense layer reads."""
    indices = connections.indices.detach().numpy()
    if getattr(connections, "gumbel", False):
        raise ImportRefused(
            "its wiring is drawn anew with each row (gumbel=True); set connections.gumbel = False"
        )
    if indices.ndim == 3:  # Learnable: candidates first.
        best = connections.weights.detach().numpy().argmax(axis=0)
        indices = np.take_along_axis(indices, best[None], axis=0)[0]
    return np.asarray(_row(bits)[_checked(indices, bits.numel())])


def _row(bits: Symbol) -> NDArray[np.int64]:
    if bits.dim() != 2:
        raise ImportRefused(f"it reads bits of shape {tuple(bits.shape[1:])}; flatten them before")
    return bits.numbers()[0]


def _checked(indices: NDArray[Any], size: int) -> NDArray[np.int64]:
    wrong = np.argwhere((indices < 0) | (indices >= size))
    if len(wrong):
        at = wrong[0].tolist()
        raise ImportRefused(f"wiring{at} is {indices[tuple(at)]}; it reads {size} bits")
    return indices.astype(np.int64)


def _made(bits: Symbol, reads: NDArray[np.int64], tables: NDArray[np.int8]) -> Symbol:
    """A row of gates of bits (n, rank) and tables (n, 2^rank)."""
    return bits.made("bits", bits.gates.gates(reads, tables)[None])


def _conv(layer: Any, x: Any) -> Symbol:
    """torchlogix's LogicConv2d and LogicConv3d: trees of gates at every position."""
    bits: Any = _bits(x)
    if layer.padding > 0:
        bits = torch.nn.functional.pad(bits, (layer.padding,) * 4 + (0, 0), value=ZERO)
    for level, weight in enumerate(layer.tree_weights):
        bits = layer.connections(bits, level)
        if level:
            bits = bits.movedim(-2, 1)
        bits = _tree(layer, bits, weight)
    sizes = zip(layer.in_dim, layer.receptive_field_size, strict=True)
    places = [(size + 2 * layer.padding - field) // layer.stride + 1 for size, field in sizes]
    made: Symbol = bits.view(1, bits.shape[1], *places)
    return made


def _tree(layer: Any, bits: Symbol, weight: torch.Tensor) -> Symbol:
    """One level: bits (1, rank, kernels, positions, nodes) become those without the rank."""
    read = bits.numbers()[0]
    rank, kernels, _, nodes = read.shape
    asked = _addresses(rank)[:, :, None, None, None]
    shape = (1 << rank, rank, kernels, 1, nodes)
    with torch.no_grad():
        given = torch.from_numpy(np.broadcast_to(asked, shape).astype(np.float32))
        values = layer.parametrization.forward(given, weight, False, "fc,bcsf->bcsf")
    tables = np.broadcast_to(_as_tables(values), (*read.shape[1:], 1 << rank))
    reads = np.moveaxis(read, 0, -1).reshape(-1, rank)
    found = bits.gates.gates(reads, tables.reshape(len(reads), -1))
    return bits.made("bits", found.reshape(1, *read.shape[1:]))


def difflogic_tables(kinds: NDArray[np.int64]) -> NDArray[np.int8]:
    """Tables (n, 4) of difflogic's operators 0 to 15: bit 3 is the answer to a, b = 0, 0, bit 2 to
    0, 1, bit 1 to 1, 0."""
    places = 3 - np.array([0, 2, 1, 3])  # Of the addresses a + 2 b.
    found: NDArray[np.int8] = (kinds[:, None] >> places & 1).astype(np.int8)
    return found


def _logic_layer(layer: Any, x: Any) -> Symbol:
    """difflogic's LogicLayer: the operator of the greatest weight."""
    bits = _bits(x)
    wiring = np.stack([np.asarray(one.detach().cpu()) for one in layer.indices])
    kinds = layer.weights.detach().cpu().numpy().argmax(axis=1)
    reads = _row(bits)[_checked(wiring, bits.numel())]
    return _made(bits, reads.T, difflogic_tables(kinds))


def lut_layer_parts(layer: Any) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Wiring (out, n) and tables (out, 2^n) of a LUTLayer of torch_dwn: an entry above 0 is 1."""
    luts = layer.luts.detach().cpu().numpy()
    mapping = layer.mapping
    if hasattr(mapping, "weights"):  # Learnable: one input of all for each address bit.
        best = mapping.weights.detach().cpu().numpy().argmax(axis=0)
        wiring = best.reshape(len(luts), -1)
    else:
        wiring = mapping.detach().cpu().numpy()
    if luts.shape != (len(wiring), 1 << wiring.shape[1]):
        raise ImportRefused(f"luts of shape {luts.shape} beside a wiring of {wiring.shape}")
    if not getattr(layer, "ste", True):
        raise ImportRefused("it answers its entries as they are (ste=False); bits are read")
    return wiring, (luts > 0).astype(np.int8)


def _lut_layer(layer: Any, x: Any) -> Symbol:
    bits = _bits(x)
    wiring, tables = lut_layer_parts(layer)
    return _made(bits, _row(bits)[_checked(wiring, bits.numel())], tables)


def _pool(layer: Any, x: Any) -> Symbol:
    """The OR of windows: torchlogix's OrPooling and torch's MaxPool."""
    said = {key: getattr(layer, key) for key in POOL if hasattr(layer, key)}
    made: Symbol = pooled(_bits(x), sliding(tuple(x.shape[2:]), said))
    return made


def _adaptive(layer: Any, x: Any) -> Symbol:
    """The OR of windows of which there are so many."""
    made: Symbol = pooled(_bits(x), adaptive(tuple(x.shape[2:]), layer.output_size))
    return made


def _residual(block: Any, x: Any) -> Symbol:
    """torchlogix's ResidualLogicBlock: the OR of its two ways."""
    ways = _bits(block.main(x)), _bits(block.shortcut(x))
    return torch.logical_or(*ways)  # type: ignore[return-value]


RULES: Mapping[str, Rule] = {
    "LogicDense": _dense,
    "_LogicConvNd": _conv,
    "LogicConv2d": _conv,
    "LogicConv3d": _conv,
    "LogicLayer": _logic_layer,
    "LUTLayer": _lut_layer,
    "OrPooling2d": _pool,
    "OrPooling3d": _pool,
    "MaxPool1d": _pool,
    "MaxPool2d": _pool,
    "MaxPool3d": _pool,
    "AdaptiveMaxPool1d": _adaptive,
    "AdaptiveMaxPool2d": _adaptive,
    "AdaptiveMaxPool3d": _adaptive,
    "ResidualLogicBlock": _residual,
}
"""By the name of the class that has the forward."""
