"""Norm and activation under their short names; they live in `gen.nets.layers`."""

from gen.nets.layers.activation import UnsignedActivation
from gen.nets.layers.norm import SumNorm

__all__ = ["SumNorm", "UnsignedActivation"]
