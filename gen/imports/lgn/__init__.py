"""Networks of logic gates and learned look-up tables: torchlogix, difflogic and DWN."""

from gen.imports.lgn.recognized import recognizes

__all__ = ["recognizes"]
