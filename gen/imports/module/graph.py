"""A module as a graph of ATen operations, and the same graph run with some values looked at."""

import logging
import operator
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import fx, nn
from torch.export import Dim, ExportedProgram, export

from gen.imports.errors import ImportRefused
from gen.nets.starts.own_file import guarded, said_of

__all__ = ["ROWS", "Graph", "exported", "operation", "quiet"]

ROWS = 2
"""Rows of the sample that a module is exported with: the operations' own arguments then show
whether they keep rows apart."""
FRAME = re.compile(r'File "([^"]+)", line (\d+)')
BOUND = re.compile(r"data-dependent|GuardOnDataDependent|\.item\(|Could not guard")


class Graph:
    """The operations of a module: `nodes` in order, and `constants`, the tensors that are not
    inputs, by node. `dynamic` says that it takes any number of rows, else `ROWS`."""

    def __init__(self, program: ExportedProgram, path: Path) -> None:
        self.module, self.path = program.graph_module, path
        self.nodes = list(program.graph.nodes)
        signature, given = program.graph_signature, program.state_dict | program.constants
        held: dict[str, str] = {
            **signature.inputs_to_parameters,
            **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants,
        }
        places = [node for node in self.nodes if node.op == "placeholder"]
        self.constants = {
            node: given[held[node.name]].detach() for node in places if node.name in held
        }
        (self.input,) = (node for node in places if node.name not in held)
        self.dynamic = not isinstance(self.input.meta["val"].shape[0], int)

    def place(self, node: fx.Node) -> str:
        """How a user knows a node: the module's path and operation, and the line of the file."""
        stack = node.meta.get("nn_module_stack") or {}
        inner = [path for path, _ in stack.values() if path]
        named = f"{inner[-1]} ({operation(node)})" if inner else operation(node)
        frames = FRAME.findall(node.meta.get("stack_trace") or "")
        own = [line for file, line in frames if Path(file).resolve() == self.path.resolve()]
        return f"{self.path}:{own[-1]}: {named}" if own else f"{self.path}: {named}"

    def error(self, node: fx.Node, message: str) -> ImportRefused:
        """An error that opens with the node."""
        return ImportRefused(f"{self.place(node)}: {message}")

    def run(self, x: torch.Tensor, seen: fx.Node) -> tuple[torch.Tensor, torch.Tensor]:
        """What the graph gives for inputs (n, ...), and the values of one of its nodes."""
        parts = [x] if self.dynamic else list(_padded(x).split(ROWS))
        made = [_Watched(self.module, seen.name).look(*self._given(part)) for part in parts]
        given, watched = (torch.cat(one)[: len(x)] for one in zip(*made, strict=True))
        return given, watched

    def _given(self, x: torch.Tensor) -> Iterator[torch.Tensor]:
        for node in self.nodes:
            if node.op == "placeholder":
                yield x if node is self.input else self.constants[node]


def operation(node: fx.Node) -> str:
    """The operation's name, as `aten.conv2d`."""
    if node.target is operator.getitem:
        return operation(node.all_input_nodes[0])
    named = str(getattr(node.target, "__name__", node.target))
    parts = str(node.target).split(".")
    return ".".join(parts[:2]) if parts[0] == "aten" else named


class _Watched(fx.Interpreter):
    def __init__(self, module: fx.GraphModule, name: str) -> None:
        super().__init__(module)
        self.name, self.seen = name, torch.empty(0)

    def run_node(self, n: fx.Node) -> Any:
        made = super().run_node(n)
        if n.name == self.name:
            self.seen = made
        return made

    def look(self, *given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            (made, *_) = self.run(*given)
        return made, self.seen


def _padded(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([x, x[: len(x) % ROWS]])


def exported(module: nn.Module, sample: torch.Tensor, path: Path) -> Graph:
    """The graph of a module in evaluation mode. Raises ImportRefused where its forward fails, or
    what it does depends on the values."""
    with quiet(), torch.no_grad():
        guarded(path, lambda: module(sample))
        try:
            program = _export(module, sample)
            program = program.run_decompositions({})  # only without changes in place
        except Exception as error:  # torch raises many kinds, of its own and of what it ran
            raise ImportRefused(_why(error, path)) from error
    changed = program.graph_signature.buffers_to_mutate
    if changed:
        raise ImportRefused(
            f"{path}: the forward changes {', '.join(map(repr, changed.values()))}; a module that"
            " keeps something from call to call cannot be read"
        )
    return Graph(program, path)


def _export(module: nn.Module, sample: torch.Tensor) -> ExportedProgram:
    try:
        return export(module, (sample,), dynamic_shapes=({0: Dim.AUTO},))
    except Exception:  # some forwards need to know how many rows there are
        return export(module, (sample,))


def _why(error: Exception, path: Path) -> str:
    own = [line for file, line in FRAME.findall(str(error)) if Path(file).name == path.name]
    if BOUND.search(str(error)) or BOUND.search(type(error).__name__):
        place = f"{path}:{own[-1]}" if own else str(path)
        return (
            f"{place}: the forward decides by the values of a tensor (an if, .item() or bool());"
            " use torch.where, or decide by shapes alone"
        )
    return f"{said_of(error, path)} (torch.export cannot follow the forward here)"


@contextmanager
def quiet() -> Iterator[None]:
    """Without what torch logs and prints on the way, to an error that is told in one line too."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
