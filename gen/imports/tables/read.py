"""Truth tables of edges become an integer network: tables, sums, clips, the largest."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gen.files import read_text
from gen.imports import inputs
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported, Rows
from gen.imports.inputs import with_inputs
from gen.imports.said import Said
from gen.imports.tables.file import Layer, read_layers
from gen.intnet.held import held
from gen.intnet.network import Argmax, Integers, IntNet, Levels, Linear, Node, Table

__all__ = ["files", "read"]

KEYS = ("bits", "argmax", "vectors", *inputs.KEYS)


def read(said: Said) -> Imported:
    """The network of a file of tables. Raises ImportRefused where it is no such file."""
    unknown = next((key for key in said.options if key not in KEYS), None)
    if unknown is not None:
        raise ImportRefused(f"{said.place} {unknown}: not known; {', '.join(KEYS)} are")
    layers = read_layers(said.file, said.options.get("bits"), said.place)
    nodes = [node for at, layer in enumerate(layers) for node in _nodes(at, layer)]
    argmax = said.options.get("argmax", layers[-1].outputs > 1)
    if type(argmax) is not bool or (argmax and layers[-1].outputs == 1):
        raise ImportRefused(f"{said.place} argmax: {argmax!r} of {layers[-1].outputs} outputs")
    if argmax:
        nodes.append(Argmax("class", (nodes[-1].name,)))
    meta = {"name": said.file.parent.name or said.file.stem, "classes": list(said.classes)}
    net = IntNet(layers[0].inputs, tuple(nodes), layers[0].bits, meta=meta)
    net = with_inputs(net, said.options, said.place)
    edges = sum(len(layer.edges) for layer in layers)
    note = f"{edges:,} tables in {len(layers)} layers"
    return Imported(net, partial(_answers, layers), _vectors(said, layers), (note,))


def files(said: Said) -> list[Path]:
    """The tables, the config.json that says their bits, and the vectors."""
    config = said.file.with_name("config.json")
    asked = "bits" not in said.options and config.is_file()
    names = said.options.get("vectors")
    vectors = [one for one in names if isinstance(one, str)] if isinstance(names, list) else []
    return [said.file, *[config] * asked, *(_beside(said, one) for one in vectors)]


def _beside(said: Said, name: str) -> Path:
    """A file that a description names, relative to it."""
    return (said.described[0].parent if said.described else Path()) / name


def _nodes(at: int, layer: Layer) -> list[Node]:
    """Tables of all edges, their sums, and the clip to the output's width."""
    source = "x" if at == 0 else f"layer{at - 1}"
    edges = sorted(layer.edges, key=lambda edge: edge[::-1]) or [(0, 0)]
    nothing = [0] * (1 << layer.bits)
    values = np.array([layer.edges.get(edge, nothing) for edge in edges], np.int64)
    if at:  # A signed code's address is its two's complement.
        values = np.roll(values, 1 << layer.bits - 1, axis=1)
    low, high = int(values.min()), int(values.max())
    width = 1 + max(low.bit_length() if low >= 0 else (~low).bit_length(), high.bit_length())
    weight = np.zeros((layer.outputs, len(edges)), np.int8)
    for column, (_, made) in enumerate(edges):
        weight[made, column] = 1
    wiring = np.array([[given] for given, _ in edges], np.int32)
    tables = Table(
        f"edge{at}", (source,), wiring, held(values), layer.bits, bits=width, signed=True
    )
    half = 1 << layer.out_bits - 1
    steps = np.tile(np.arange(1 - half, half, dtype=np.int32), (layer.outputs, 1))
    codes = np.tile(np.arange(-half, half), (layer.outputs, 1))
    return [
        tables,
        Linear(f"sum{at}", (f"edge{at}",), weight, np.zeros(layer.outputs, np.int32)),
        Levels(f"layer{at}", (f"sum{at}",), steps, held(codes), bits=layer.out_bits, signed=True),
    ]


def _answers(layers: Sequence[Layer], given: Integers) -> Integers:
    """A second evaluation, edge by edge, as KANELE's own `predict` runs its tables."""
    codes = given
    for at, layer in enumerate(layers):
        sums = np.zeros((len(codes), layer.outputs), np.int64)
        for (read, made), values in layer.edges.items():
            address = codes[:, read] + (1 << layer.bits - 1 if at else 0)
            sums[:, made] += np.array(values)[address]
        half = 1 << layer.out_bits - 1
        codes = np.clip(sums, -half, half - 1)
    return codes


def _vectors(said: Said, layers: Sequence[Layer]) -> Rows | None:
    """Rows of the flow's own vectors, whose answers must be those of the tables."""
    names = said.options.get("vectors")
    if names is None:
        return None
    pair = isinstance(names, list) and len(names) == 2
    if not pair or not all(isinstance(one, str) for one in names):
        raise ImportRefused(
            f"{said.place} vectors: {names!r}, expected two files, as"
            ' ["vectors_in.txt", "vectors_out.txt"]'
        )
    paths = [_beside(said, name) for name in names]
    given, wanted = map(_numbers, paths)
    first, last = layers[0], layers[-1]
    if given.shape[1:] != (first.inputs,) or wanted.shape != (len(given), last.outputs):
        raise ImportRefused(
            f"{said.place} vectors: {given.shape} and {wanted.shape} numbers; expected"
            f" (n, {first.inputs}) and (n, {last.outputs})"
        )
    if not ((given >= 0) & (given < 1 << first.bits)).all():
        raise ImportRefused(f"{paths[0]}: a number is not 0 to {(1 << first.bits) - 1}")
    wrong = np.flatnonzero((_answers(layers, given) != wanted).any(axis=1))
    if len(wrong):
        at = int(wrong[0])
        raise ImportRefused(
            f"{paths[1]}: row {at} is {wanted[at].tolist()}, the tables give"
            f" {_answers(layers, given[[at]])[0].tolist()}; are these of the same network?"
        )
    return Rows(given, np.full(len(given), -1, np.int64))


def _numbers(path: Path) -> Integers:
    """Integers of a text, a row a line."""
    rows = [line.split() for line in read_text(path, "give the file").splitlines() if line.strip()]
    try:
        found = np.array([[int(one) for one in row] for row in rows], np.int64)
    except (ValueError, OverflowError):
        raise ImportRefused(f"{path}: not rows of integers, as many in each") from None
    if found.ndim != 2:
        raise ImportRefused(f"{path}: no rows of integers")
    return found
