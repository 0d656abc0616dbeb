"""A PyTorch module from a function in a Python file, as an integer network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported, Runtime
from gen.imports.lgn import recognizes
from gen.imports.lgn.read import read_logic
from gen.imports.module.build import Build, Refused
from gen.imports.module.described import Described, read_described
from gen.imports.module.graph import ROWS, Graph, exported
from gen.imports.module.head import Scores, scores_of
from gen.imports.module.load import described_by, load_module
from gen.imports.module.value import Affine, Value
from gen.imports.module.walk import Answer, walked
from gen.imports.said import Said
from gen.intnet.network import Argmax, Integers, IntNet
from gen.intnet.node import code_signal

__all__ = ["read", "read_module"]

TRIED = 1000
"""Random rows by which is told what rounding changes."""


def read(said: Said) -> Imported:
    """Run the file's function, and read what it returns. Raises ImportRefused."""
    place = f"{said.file}:{said.function}()"
    module, table = described_by(load_module(said.file, said.function), place)
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
    described = read_described(table, place)
    module = module.eval()
    sample = described.tensor(np.zeros((ROWS, described.size), np.int64))
    graph = exported(module, sample, path)
    build = Build({"x": code_signal(described.size, described.bits, described.signed)})
    answer = walked(graph, build, _input(described))
    build.named = "score"
    try:
        scores = scores_of(build, answer.value, described.fraction)
    except Refused as error:
        raise graph.error(answer.node, str(error)) from None
    net = _network(build, scores, described, path.stem)
    run = _runtime(module, graph, answer, scores, described)
    return Imported(net, run, described.rows, _notes(scores, run, net, described, seed))


def _input(described: Described) -> Value:
    element = np.arange(described.size).reshape(described.shape)
    scale, offset = np.full((), described.scale), np.full((), described.offset)
    return Value(Affine("x", element, scale, offset, np.zeros(())), element)


def _network(build: Build, scores: Scores, described: Described, name: str) -> IntNet:
    classes = build.signals[scores.name].size
    if classes > 1:
        build.add(Argmax("class", (scores.name,)))
    meta = {"name": name, **(described.meta or {})}
    return IntNet(described.size, tuple(build.nodes), described.bits, described.signed, meta=meta)


def _runtime(
    module: nn.Module, graph: Graph, answer: Answer, scores: Scores, described: Described
) -> Runtime:
    """The module's own forward, its graph beside it to see the scores, and its classes."""

    def run(codes: Integers) -> Integers:
        x = described.tensor(codes)
        with torch.no_grad():
            own = torch.cat([module(part) for part in x.split(len(x) if graph.dynamic else ROWS)])
        given, seen = graph.run(x, answer.node)
        if not torch.equal(own, given):
            raise ImportRefused(
                f"{graph.path}: the module answers otherwise than the operations that torch.export"
                " found in it; does its forward keep something from call to call?"
            )
        return scores.of(seen)

    return run


def _notes(
    scores: Scores, run: Runtime, net: IntNet, described: Described, seed: int
) -> tuple[str, ...]:
    return ()
