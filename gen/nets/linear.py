"""The linear layers under their short name; they live in `gen.nets.layers`."""

from gen.nets.layers.heads import Head
from gen.nets.layers.linear import QuantLinear

__all__ = ["Head", "QuantLinear"]
