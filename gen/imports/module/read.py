"""A PyTorch module from a function in a Python file, as an integer network."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from gen.data.care import random_bits
from gen.imports.imported import Imported
from gen.imports.lgn import recognizes
from gen.imports.lgn.read import read_logic
from gen.imports.module.build import Build, Refused
from gen.imports.module.described import Described, described_by, dtype_of, read_described
from gen.imports.module.exported import is_of_brevitas, read_exported
from gen.imports.module.graph import ROWS, exported
from gen.imports.module.head import Scores, decided, scores_of
from gen.imports.module.runtime import Forward
from gen.imports.module.value import Affine, Value
from gen.imports.module.walk import walked
from gen.imports.said import Said
from gen.intnet.interpret import bits_to_codes
from gen.intnet.meta import check_meta
from gen.intnet.network import Argmax, IntNet
from gen.intnet.node import code_signal
from gen.nets.starts.own_file import load_made

__all__ = ["read", "read_module"]

TRIED = 1000
"""Random rows by which is told what rounding changes."""


def read(said: Said) -> Imported:
    """Run the file's function, and read what it returns. Raises ImportRefused."""
    place = f"{said.file}:{said.function}()"
    module, table = described_by(load_made(said.file, said.function), place)
    more: dict[str, Any] = dict(said.options)
    if said.classes:
        more["classes"] = list(said.classes)
    if recognizes(module):
        return read_logic(module, {**table, **more}, said.file.stem, place)
    return read_module(module, {**table, **more}, said.file, place, said.seed)


def read_module(
    module: nn.Module, table: Mapping[str, Any], path: Path, place: str, seed: int = 0
) -> Imported:
    """The module, its inputs as `table` says; `path` is the file that has its forward, `place`
    opens errors about the table."""
    module = module.eval()
    if is_of_brevitas(module):
        return read_exported(module, table, path, place, seed)
    described = replace(read_described(table, place), dtype=dtype_of(module, place))
    sample = described.tensor(np.zeros((ROWS, described.size), np.int64))
    graph = exported(module, sample, path)
    build = Build({"x": code_signal(described.size, described.bits, described.signed)})
    answer = walked(graph, build, _input(described))
    build.named = "score"
    try:
        scores = scores_of(build, answer.value, described.fraction)
        named = len((described.meta or {}).get("classes", ()))
        if named == 2 and build.signals[scores.name].size == 1:
            scores = decided(build, scores, described.threshold)
    except Refused as error:
        raise graph.error(answer.node, str(error)) from None
    net = _network(build, scores, described, path.stem)
    check_meta(net)
    run = Forward(module, graph, answer, scores, described)
    return Imported(net, run, described.rows, (*build.notes, *_notes(run, net, seed)))


def _input(described: Described) -> Value:
    element = np.arange(described.size).reshape(described.shape)
    scale, offset = np.full((), described.scale), np.full((), described.offset)
    return Value(Affine("x", element, scale, offset, np.zeros(()), described.dtype), element)


def _network(build: Build, scores: Scores, described: Described, name: str) -> IntNet:
    classes = build.signals[scores.name].size
    if classes > 1:
        build.add(Argmax("class", (scores.name,)))
    meta = {"name": name, **(described.meta or {})}
    return IntNet(described.size, tuple(build.nodes), described.bits, described.signed, meta=meta)


def _notes(run: Forward, net: IntNet, seed: int) -> tuple[str, ...]:
    """What was rounded, and what that changes on random rows."""
    scores, place = run.scores, run.graph.place(run.answer.node)
    if not scores.rounded:
        tie = f"{place}: of scores that are equal but for float32's rounding the first wins"
        return () if scores.fair else (tie,)
    bits = random_bits(net.n_inputs * net.input_bits, TRIED, seed, net.meta.get("care"))
    codes = bits_to_codes(bits, net.input_bits, net.input_signed).astype(np.int64)
    own = run.seen(codes)
    kept = int((scores.of(own).argmax(axis=1) == own.numpy().argmax(axis=1)).sum())
    return (
        f"{place}: scores are rounded by up to {scores.rounded:.3g} as asked; of {TRIED:,} random"
        f" rows {kept:,} keep the module's class",
    )
