"""A network in the format of this project, or in its simple one: only read and checked."""

from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.said import Said
from gen.intnet.files import load

__all__ = ["read"]


def read(said: Said) -> Imported:
    """The network as it is; raises NetError where it is none."""
    if said.options:
        raise ImportRefused(f"{said.place} {next(iter(said.options))}: an .npz says it all itself")
    net = load(said.file)
    return Imported(net, None)
