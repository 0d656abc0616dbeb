"""Random recipes, each the same for a seed: small enough to be trained in seconds."""

import random
from typing import Any

from gen.nets.recipe import Recipe, recipe_from_dict

__all__ = ["random_recipe"]

SETS = {"digits": 64, "cancer": 30}


def random_recipe(seed: int) -> Recipe:
    """A recipe of layers, codes and sizes drawn with `seed`, of a data set that comes along."""
    draw = random.Random(seed)
    name = draw.choice(list(SETS))
    shape = draw.choices(_SHAPES, weights=_WEIGHTS)[0]
    found = shape(draw, "digits" if shape in (_recurrent, _conv) else name)
    found["schedule"] |= {"batch": 64, "label_smoothing": 0.05, "noise": 0.2, "seed": seed}
    return recipe_from_dict({"name": f"random-{seed}", **found})


def _codes(draw: random.Random) -> dict[str, Any]:
    bits = draw.choice((1, 2, 3, 4, 6))
    return {"kind": "thermometer" if bits > 1 else "threshold", "bits": bits}


def _weighted(draw: random.Random, most: int) -> dict[str, Any]:
    # The second ternary stands where binary weights would: these cannot be sparse.
    weights = draw.choices(("ternary", "ternary", "2-bit", "3-bit", "4-bit"), (5, 1, 1, 1, 1))[0]
    return {"fan_in": draw.randint(3, most), "weights": weights}


def _linear_layer(draw: random.Random) -> dict[str, Any]:
    bits = draw.choices((1, 2), (4, 1))[0]
    units = draw.choice((16, 24, 32, 48, 64, 96))
    return {"units": units, "activation_bits": bits, **_weighted(draw, 12)}


def _head(draw: random.Random, units: int) -> dict[str, Any]:
    found = _weighted(draw, min(28, units))
    return {"kind": draw.choices(("argmax", "scores"), (4, 1))[0], **found}


def _linear(draw: random.Random, name: str) -> dict[str, Any]:
    layers = [_linear_layer(draw) for _ in range(draw.choices((1, 2), (3, 1))[0])]
    return _recipe(draw, name, layers, _head(draw, layers[-1]["units"]), 30)


def _tables(draw: random.Random, name: str) -> dict[str, Any]:
    count = draw.choices((1, 2), (4, 1))[0]
    layers: list[dict[str, Any]] = []
    for _ in range(count):
        units = draw.choice((40, 60, 80, 120, 160, 200))
        layers.append(
            {"kind": "lut", "units": units, "k": draw.choices((3, 4, 5, 6), (1, 5, 1, 1))[0]}
        )
    heads: list[dict[str, Any]] = [_head(draw, layers[-1]["units"]), {"kind": "group_sum"}]
    head = draw.choices(heads, (2, 1))[0]
    return _recipe(draw, name, layers, head, 30)


def _recurrent(draw: random.Random, name: str) -> dict[str, Any]:
    kind, units = draw.choice(("rnn", "gru")), draw.choice((16, 24, 32, 48))
    layers = [{"kind": kind, "units": units, "fan_in": draw.randint(4, 12)}]
    found = _recipe(draw, name, layers, _head(draw, units), 6)
    found["data"]["steps"] = 8
    return found


def _conv(draw: random.Random, name: str) -> dict[str, Any]:
    channels = draw.choice((4, 6, 8))
    conv = {
        "kind": "conv",
        "channels": channels,
        "kernel": 3,
        "stride": 2,
        "padding": 1,
        "fan_in": draw.randint(3, 8),
    }
    layers = [conv, _linear_layer(draw)]
    return _recipe(draw, name, layers, _head(draw, layers[-1]["units"]), 10)


def _recipe(
    draw: random.Random,
    name: str,
    layers: list[dict[str, Any]],
    head: dict[str, Any],
    epochs: int,
) -> dict[str, Any]:
    schedule = {"epochs": epochs, "learning_rate": 0.02}
    return {
        "data": {"set": name},
        "encoding": _codes(draw),
        "layers": layers,
        "head": head,
        "schedule": schedule,
    }


_SHAPES = (_linear, _tables, _recurrent, _conv)
_WEIGHTS = (5, 5, 2, 1)
