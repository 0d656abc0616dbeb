"""Embedding: a symbol of some bits to a learned vector of codes, a truth table per code."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.intnet.network import Table
from gen.nets.hardness import Quantized
from gen.nets.layers.activation import SignedActivation, UnsignedActivation
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.weights import LayerError, check_sizes

__all__ = ["Embedding"]


class Embedding(Quantized):
    """Symbols 0..2^symbol_bits - 1 to `size` codes each: (n, symbols) to (n, symbols * size).

    With `from_bits` the symbols come as bits, (n, symbols * symbol_bits), each symbol's lowest bit
    first. Codes have `bits` bits, two's complement where `signed`; they are the activation of
    float latents (2^symbol_bits, size), which learn straight through.
    """

    def __init__(
        self,
        symbol_bits: int,
        size: int,
        bits: int = 1,
        signed: bool = False,
        from_bits: bool = False,
    ) -> None:
        super().__init__()
        check_sizes(symbol_bits=symbol_bits, size=size, bits=bits)
        if not 1 <= symbol_bits <= 8:
            raise LayerError(f"symbols of {symbol_bits} bits; 1 to 8 are allowed")
        self.symbol_bits, self.from_bits = symbol_bits, from_bits
        self.activation = (SignedActivation if signed else UnsignedActivation)(bits)
        self.latent = nn.Parameter(torch.randn(2**symbol_bits, size) * 2.0 ** (bits - 2))

    def codes(self) -> torch.Tensor:
        """The code vectors (2^symbol_bits, size), as floats."""
        found: torch.Tensor = self.activation(self.latent)
        return found

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.from_bits:
            places = 2 ** torch.arange(self.symbol_bits)
            x = (x.unflatten(1, (-1, self.symbol_bits)) * places).sum(2)
        return F.embedding(x.long(), self.codes()).flatten(1)


@freezes(Embedding)
def freeze_embedding(at: Freezing, module: Embedding) -> None:
    """A Table that reads one symbol per element, or its bits."""
    at.need_integers(module)
    (given,) = at.need_shape(module, 1)
    reads, width = (module.symbol_bits, 1) if module.from_bits else (1, module.symbol_bits)
    signal = at.signal
    if at.value.signs or signal.bits != width or signal.signed or given % reads:
        raise at.error(
            f"takes {'groups of ' if module.from_bits else ''}{module.symbol_bits} bits, but"
            f" {at.value.name!r} has {given} elements of {signal.bits or 'no declared'} bits"
        )
    codes = at.whole(module.codes(), "code")
    symbols = np.arange(given, dtype=np.int32).reshape(-1, reads)
    node = Table(
        at.fresh(""),
        (at.value.name,),
        np.repeat(symbols, codes.shape[1], axis=0),
        np.tile(codes.T.astype(np.int8), (len(symbols), 1)),
        width,
        bits=module.activation.bits,
        signed=module.activation.signed,
    )
    at.add(node, (node.size,))
