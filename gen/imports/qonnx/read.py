"""A QONNX model as an integer network: what reads it is loaded only where it is there."""

from importlib.util import find_spec
from pathlib import Path

from gen.files import reading
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.said import Said

__all__ = ["files", "read"]

NEEDED = ("onnx", "onnxruntime", "qonnx")


def files(said: Said) -> list[Path]:
    """The model's file, and those beside it with its weights and test rows."""
    if find_spec("onnx") is None:
        return [said.file]
    from gen.imports.qonnx.beside import beside

    with reading(said.file, "a QONNX model that is read", "export it anew"):
        return beside(said.file)


def read(said: Said) -> Imported:
    """The network, exact; raises ImportRefused with the node's name where it cannot be."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ImportRefused(
            f"{said.file}: ONNX models need {', '.join(missing)}: pip install 'smelt[models]'"
        )
    from gen.imports.qonnx.answer import brought

    with reading(said.file, "a QONNX model that is read", "export it anew"):
        return brought(said)
