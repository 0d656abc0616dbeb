"""A module's graph walked once, each operation by its rule, to the tensor that it answers with."""

import operator
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from gen.imports.module.build import Build, Refused
from gen.imports.module.graph import ROWS, Graph, operation
from gen.imports.module.ops.pointwise import pointwise
from gen.imports.module.ops.table import MOVES, OPS
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
CHOOSERS = ("argmax", "topk", "max")
KEPT = ("to", "_to_copy", "squeeze", "view", "reshape", "flatten", "clone", "contiguous", "detach")
"""What may stand behind the scores' order or the class: it changes neither."""


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
    build.multiplied = _multiplied(node)
    try:
        return _applied(build, node, args, kwargs)
    except Refused as error:
        raise graph.error(node, str(error)) from None
    except NetError as error:
        raise graph.error(node, f"does not fit the network's format ({error})") from None
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError) as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise graph.error(node, f"cannot be read as it is used here ({said})") from error


def _multiplied(node: fx.Node) -> bool:
    """Whether an operation that acts on more than each element reads a node, behind moves."""
    for user in node.users:
        name = operation(user).removeprefix("aten.") if user.op != "output" else ""
        if name in MOVES.split() or user.target is operator.getitem:
            if _multiplied(user):
                return True
        elif torch.Tag.pointwise not in getattr(user.target, "tags", ()):
            return True
    return False


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
    name = operation(node).removeprefix("aten.")
    answers = [one for one in flat if isinstance(one, Answer)]
    if answers:
        return _behind(node, name, answers[0], args, kwargs)
    if not any(isinstance(one, Value) for one in flat):
        with torch.no_grad():
            return target(*args, **kwargs)
    if name == "sym_size":
        return (ROWS, *args[0].shape)[args[1]]
    if name in ORDERED or name == "argmax" or (name in CHOOSERS and _places(node) == {1}):
        return _ordered(node, name, args[0], args, kwargs)
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


def _places(node: fx.Node) -> set[Any]:
    """Which of an operation's results are read."""
    return {one.args[1] for one in node.users if one.target is operator.getitem}


def _behind(node: fx.Node, name: str, answer: Answer, args: Any, kwargs: Any) -> Any:
    """What may follow the scores' order: the class, another order, and what changes neither."""
    chooses = name == "argmax" or (name in CHOOSERS and _places(node) == {1})
    if not answer.chosen and (name in ORDERED or chooses):
        return _ordered(node, name, answer.value, args, kwargs, answer.node)
    if name == "sym_size":
        return (ROWS, *answer.value.shape)[args[1]]
    if name.startswith("_assert"):
        return None
    if name not in KEPT:
        raise Refused("reads what comes after the scores; the module must end there")
    return answer


def _ordered(
    node: fx.Node,
    name: str,
    value: Value,
    args: Any,
    kwargs: Any,
    scores: fx.Node | None = None,
) -> Any:
    """The answer of an operation over the classes; as the second of two results where it gives
    the greatest scores too."""
    chosen, rest = name in CHOOSERS, list(args[1:])
    if name == "topk" and rest.pop(0) != 1:
        raise Refused("takes more than one class; only the first, topk(1), is read")
    dim = rest[0] if rest else kwargs.get("dim", -1 if name == "topk" else None)
    if len(value.shape) != 1 or dim not in (1, -1):
        raise Refused(f"is over dimension {dim}; the classes must be the last of two")
    if name == "topk" and not (rest[1] if len(rest) > 1 else kwargs.get("largest", True)):
        raise Refused("takes the smallest score; negate the scores instead")
    answer = Answer(value, scores or node.all_input_nodes[0], chosen)
    return answer if name in ORDERED or name == "argmax" else (None, answer)


def _answer(graph: Graph, node: fx.Node, found: dict[fx.Node, Any]) -> Answer:
    (given,) = node.args
    outputs: Any = given
    made = [found.get(one) for one in outputs]
    answers = [
        Answer(one, name) if isinstance(one, Value) else one
        for name, one in zip(outputs, made, strict=True)
    ]
    first = answers[0] if answers else None
    if not isinstance(first, Answer):
        raise graph.error(node, "the module gives what does not depend on its input")
    if any(not isinstance(one, Answer) or one.value is not first.value for one in answers):
        raise graph.error(
            node, f"the module gives {len(outputs)} tensors; one of scores is expected"
        )
    return first
