"""A module's graph walked once, each operation by its rule, to the tensor that it answers with."""

import operator
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from gen.imports.module.build import Build, Refused
from gen.imports.module.graph import ROWS, Graph, operation
from gen.imports.module.ops.pointwise import pointwise
from gen.imports.module.ops.table import OPS
from gen.imports.module.value import Value
from gen.intnet.network import NetError

__all__ = ["Answer", "walked"]


@dataclass(frozen=True, eq=False)
class Answer:
    """A tensor whose largest element is the class, before what does not change which that is:
    `node` gives it. With `chosen` the module gives the index itself."""

    value: Value
    node: fx.Node
    chosen: bool = False


ORDERED = ("softmax", "log_softmax", "_softmax", "_log_softmax")


def walked(graph: Graph, build: Build, given: Value) -> Answer:
    """What the module answers with, the network of everything before it built. Raises
    ImportRefused with the node's name where that cannot be exact."""
    found: dict[fx.Node, Any] = {**graph.constants, graph.input: given}
    for node in graph.nodes:
        if node.op == "output":
            return _answer(graph, node, found)
        if node.op != "placeholder":
            found[node] = _made(graph, build, node, found)
    raise AssertionError("a graph ends with its output")


def _made(graph: Graph, build: Build, node: fx.Node, found: dict[fx.Node, Any]) -> Any:
    args, kwargs = (
        fx.node.map_arg(one, lambda given: found[given]) for one in (node.args, node.kwargs)
    )
    build.named, build.place = _named(node), graph.place(node)
    try:
        return _applied(build, node, args, kwargs)
    except Refused as error:
        raise graph.error(node, str(error)) from None
    except NetError as error:
        raise graph.error(node, f"does not fit the network's format ({error})") from None
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError) as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise graph.error(node, f"cannot be read as it is used here ({said})") from error


def _named(node: fx.Node) -> str:
    """The module that a node is of, else the node's own name."""
    stack = node.meta.get("nn_module_stack") or {}
    inner = [path for path, _ in stack.values() if path]
    return inner[-1] if inner else node.name


def _applied(build: Build, node: fx.Node, args: Any, kwargs: Any) -> Any:
    target: Any = node.target
    if target is operator.getitem:
        return args[0][args[1]]
    flat = torch.utils._pytree.tree_leaves((args, kwargs))
    if any(isinstance(one, Answer) for one in flat):
        raise Refused("reads what comes after the scores; the module must end there")
    if not any(isinstance(one, Value) for one in flat):
        with torch.no_grad():
            return target(*args, **kwargs)
    name = operation(node).removeprefix("aten.")
    if name == "sym_size":
        return (ROWS, *args[0].shape)[args[1]]
    if name in ORDERED or name == "argmax":
        return _ordered(node, name, args, kwargs)
    if name.startswith("_assert"):
        return None
    rule = OPS.get(name) or (pointwise if torch.Tag.pointwise in target.tags else None)
    if rule is None:
        raise Refused(
            "is not known to the importer; known are linear layers, convolutions, batch norm,"
            " pools, sums, means, maxima, cat, stack, pad, what only moves elements, and whatever"
            " acts on each element alone"
        )
    return rule(build, target, args, kwargs)


def _ordered(node: fx.Node, name: str, args: Any, kwargs: Any) -> Answer:
    value = args[0]
    dim = args[1] if len(args) > 1 else kwargs.get("dim")
    if len(value.shape) != 1 or dim not in (1, -1):
        raise Refused(f"is over dimension {dim}; the classes must be the last of two")
    return Answer(value, node.all_input_nodes[0], name == "argmax")


def _answer(graph: Graph, node: fx.Node, found: dict[fx.Node, Any]) -> Answer:
    (given,) = node.args
    outputs: Any = given
    if len(outputs) != 1:
        raise graph.error(node, f"the module gives {len(outputs)} tensors; one is expected")
    made = found[outputs[0]]
    if isinstance(made, Answer):
        return made
    if not isinstance(made, Value):
        raise graph.error(node, "the module gives what does not depend on its input")
    return Answer(made, outputs[0])
