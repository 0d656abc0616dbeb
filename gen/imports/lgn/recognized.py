"""Which modules are layers of logic: told by the names of their classes, whoever wrote them."""

from typing import Any

__all__ = ["LAYERS", "layer_of", "recognizes"]

LAYERS = ("LogicDense", "LogicConv2d", "LogicConv3d", "LogicLayer", "LUTLayer")


def layer_of(module: Any, names: tuple[str, ...]) -> str | None:
    """The class among `names` whose forward a module has, its own or inherited; None for others."""
    for kind in type(module).__mro__:
        if "forward" in vars(kind) or kind.__name__ in names:
            return kind.__name__ if kind.__name__ in names else None
    return None


def recognizes(module: Any) -> bool:
    """Whether a torch module is made of layers of logic, so that this room reads it."""
    return any(layer_of(one, LAYERS) for one in module.modules())
