"""Which importer reads a file: a line for each, and the importer loaded only where it is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from gen.data.encode import EncoderError, encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.said import Said
from gen.intnet.meta import check_meta
from gen.intnet.network import IntNet

__all__ = ["READERS", "Reader", "files_of", "read", "reader_of", "suffixes"]


@dataclass(frozen=True)
class Reader:
    """An importer: what a user calls the files, their endings, and the module that has
    `read(said) -> Imported` and, where a model is more than one file, `files(said) -> paths`."""

    what: str
    suffixes: tuple[str, ...]
    module: str

    def call(self, name: str) -> Callable[..., object] | None:
        """A function of its module, where it has one of this name."""
        found: Callable[..., object] | None = getattr(import_module(self.module), name, None)
        return found


READERS: Mapping[str, Reader] = {
    "net": Reader("a network of this format", (".npz",), "gen.imports.net"),
    "gates": Reader("combinational logic", (".v", ".sv", ".blif"), "gen.imports.gates.read"),
    "lgn": Reader(
        "a checkpoint of logic gates or tables",
        (".pt", ".pth", ".ckpt", ".safetensors"),
        "gen.imports.lgn.checkpoint",
    ),
    "tables": Reader("truth tables of edges", (".json",), "gen.imports.tables.read"),
    "module": Reader("a PyTorch module", (".py",), "gen.imports.module.read"),
    "qonnx": Reader("a QONNX model", (".onnx",), "gen.imports.qonnx.read"),
}
"""By kind, as `[import] kind` says it."""


def suffixes() -> tuple[str, ...]:
    """The endings of all files that are read without a description."""
    return tuple(suffix for reader in READERS.values() for suffix in reader.suffixes)


def reader_of(said: Said) -> Reader:
    """The importer of a model: of the kind that is said, else by the file's ending; one that no
    importer has is looked at as a network of this format, which says what it is instead."""
    if said.kind is not None:
        if said.kind not in READERS:
            raise ImportRefused(f"{said.place} kind: {said.kind!r}; known: {', '.join(READERS)}")
        return READERS[said.kind]
    fitting = (one for one in READERS.values() if said.file.suffix in one.suffixes)
    return next(fitting, READERS["net"])


def read(said: Said) -> Imported:
    """The model; raises ImportRefused, or another SmeltError, where it cannot be read exactly."""
    function = reader_of(said).call("read")
    assert function is not None
    made = function(said)
    assert isinstance(made, Imported)
    check_meta(made.net)
    _check_encoder(made.net)
    return made


def _check_encoder(net: IntNet) -> None:
    """Raise ImportRefused for an encoder that is none, or makes other bits than the network takes.

    That of a recurrent network makes the bits of all steps.
    """
    described = net.meta.get("encoder")
    if described is None:
        return
    try:
        made = encoder_from_dict(described).n_bits
    except EncoderError as error:
        raise ImportRefused(f"meta: 'encoder': {error}") from None
    given = net.n_inputs * net.input_bits
    if made != given and not (net.states and made % given == 0):
        raise ImportRefused(f"meta: 'encoder' makes {made} bits, and the network takes {given}")


def files_of(said: Said) -> list[Path]:
    """All files that a model is made of, by which it is told from others."""
    function = reader_of(said).call("files")
    more = function(said) if function else [said.file]
    assert isinstance(more, list)
    return [*said.described, *more]
