"""A module of layers of logic, and what is said of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gen.data.encode import EncoderError, encoder_from_dict
from gen.imports import inputs
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported, Rows
from gen.imports.inputs import with_inputs
from gen.imports.lgn.module import read_module
from gen.intnet.network import IntNet

__all__ = ["checked_shape", "read_logic"]

KEYS = ("shape", "bits", "classes", "rows", *inputs.KEYS)


def read_logic(module: Any, table: Mapping[str, Any], name: str, place: str) -> Imported:
    """The network of a module; `table` says the `shape` of a row where no layer does, `classes`,
    `rows`, a pair of test rows as the module takes them and their classes, and `encoder` and `care`
    of inputs that are bits.

    Raises ImportRefused; `place` opens what is wrong with the table.
    """
    unknown = next((key for key in table if key not in KEYS), None)
    if unknown is not None:
        raise ImportRefused(
            f"{place}: {unknown!r} is not known of a network of logic; known: {', '.join(KEYS)}"
        )
    if table.get("bits", 1) != 1:
        raise ImportRefused(
            f"{place} bits: {table['bits']!r}; a network of logic reads bits, or features that it"
            " compares: leave it out"
        )
    shape = None if table.get("shape") is None else checked_shape(table["shape"], place)
    classes = [str(one) for one in table.get("classes") or ()]
    imported = read_module(module, name, classes, shape)
    said = {key: table[key] for key in inputs.KEYS if table.get(key) is not None}
    if "encoder" in said and "encoder" in imported.net.meta:
        raise ImportRefused(f"{place} encoder: the module has one of its own; leave it out")
    imported = replace(imported, net=with_inputs(imported.net, said, place))
    if table.get("rows") is None:
        return imported
    return replace(imported, rows=_rows(table["rows"], imported.net, place))


def checked_shape(value: Any, place: str) -> tuple[int, ...]:
    """A row's shape as it is said; raises ImportRefused where it is none."""
    fits = isinstance(value, list | tuple) and len(value) > 0
    if not fits or not all(type(one) is int and one > 0 for one in value):
        raise ImportRefused(f"{place} shape: {value!r}, expected sizes of a row, as [1, 28, 28]")
    return tuple(value)


def _rows(value: Any, net: IntNet, place: str) -> Rows:
    try:
        x, y = (np.asarray(one) for one in value)
        x = x.reshape(len(x), -1).astype(np.float64)
        encoder = net.meta.get("encoder")
        codes = x if encoder is None else encoder_from_dict(encoder).encode(x)
    except (TypeError, ValueError, EncoderError) as error:
        raise ImportRefused(f"{place} rows: no rows and classes ({error})") from None
    fits = codes.shape == (len(y), net.n_inputs) and np.isin(codes, (0, 1)).all()
    if not fits or y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise ImportRefused(
            f"{place} rows: x {x.shape} and y {y.dtype} {y.shape}; expected (n, {net.n_inputs}) of"
            " 0 and 1, or features, and n classes"
        )
    return Rows(codes.astype(np.int64), y.astype(np.int64))
