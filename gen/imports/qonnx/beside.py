"""Files beside a model: its weights where they are in files of their own, and test rows as ONNX's
own tests have them, `test_data_set_0/input_0.pb`."""

from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError
from onnx import TensorProto, numpy_helper

from gen.data.encode import encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.imports.imported import Rows
from gen.imports.qonnx.model import Given, parsed
from gen.intnet.interpret import bits_to_codes
from gen.intnet.network import IntNet

__all__ = ["beside", "test_rows"]

ROWS = "test_data_set_*/input_0.pb"


def beside(path: Path) -> list[Path]:
    """Every file that belongs to a model, itself first; those that are there."""
    graph = parsed(path).graph
    names = {
        entry.value
        for tensor in graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    found = [path.parent / name for name in sorted(names) if name]
    return [path, *(one for one in found if one.is_file()), *sorted(path.parent.glob(ROWS))]


def test_rows(path: Path, given: Given, net: IntNet) -> Rows | None:
    """The rows beside a model, as input codes; None where there are none. Their classes are not
    known. Raises ImportRefused where a file is damaged or of another shape."""
    rows = [_row(one, given) for one in sorted(path.parent.glob(ROWS))]
    if not rows:
        return None
    flat = np.stack(rows).reshape(len(rows), -1)
    encoder = net.meta.get("encoder")
    if encoder is None:
        codes = np.rint(flat).astype(np.int64)
    else:
        bits = encoder_from_dict(encoder).encode(flat)
        codes = bits_to_codes(bits, net.input_bits, net.input_signed)
    return Rows(codes, np.full(len(rows), -1, np.int64))


def _row(path: Path, given: Given) -> np.ndarray:
    tensor = TensorProto()
    try:
        tensor.ParseFromString(path.read_bytes())
        if tensor.data_location == TensorProto.EXTERNAL:
            raise ValueError("its data is elsewhere")
        found: np.ndarray = numpy_helper.to_array(tensor)
    except (DecodeError, ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        said = " ".join(str(error).split())[:100]
        raise ImportRefused(f"{path}: no tensor ({said}); leave it out") from None
    if found.shape != given.shape or found.dtype != given.dtype:
        raise ImportRefused(
            f"{path}: {found.dtype} {found.shape}, the model's input is {given.dtype} {given.shape}"
        )
    return found
