"""Networks with their encoder on the chip: the sensors that a recipe says, and the comparators."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from gen.data.encode import Encoder, EncoderError
from gen.data.own.columns import Columns
from gen.data.sensors import Sensor, SensorEncoder
from gen.nets.layers import Comparators, EachStepAlike, Recurrent
from gen.nets.layers.freezing import Freezing
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.toml.inputs import OF_SENSORS, Encoding

__all__ = ["found_as_quantiles", "leave_out_unread", "sensors_of", "with_encoder"]


def sensors_of(recipe: Recipe, columns: Columns | None, features: int) -> tuple[Sensor, ...]:
    """The sensors of so many features; none where the host encodes.

    Raises RecipeError where the recipe leaves out what one needs, or says what none can have.
    """
    encoding, place = recipe.encoding, f"{recipe.name}: [encoding]"
    if encoding.where != "chip":
        return ()
    if features % recipe.data.steps:
        raise RecipeError(f"{place}: {features} features are no {recipe.data.steps} equal steps")
    if columns is None or recipe.data.steps > 1:
        one = _sensor(encoding, encoding, "", place)
        names = ("",) * features if columns is None else columns.features
        return tuple(replace(one, name=name) for name in names)
    others, found = dict(encoding.columns), list[Sensor]()
    for column in columns.columns:
        if column.categories:
            _check_text(column.name, others, place)
            found += [Sensor(1, name=name) for name in column.features]
        else:
            said = others.get(column.name, encoding)
            found.append(_sensor(said, encoding, column.name, place))
    return tuple(found)


def _sensor(said: Encoding, others: Encoding, name: str, place: str) -> Sensor:
    """The sensor of a feature: what its column says of it, else what is said for all."""
    bits, signed, scale, offset = (
        getattr(others, key) if getattr(said, key) is None else getattr(said, key)
        for key in ("sensor_bits", "signed", "scale", "offset")
    )
    if bits is None:
        raise RecipeError(
            f"{place} sensor_bits: missing{f' for column {name!r}' if name else ''}: how many bits"
            ' has the integer that its sensor gives? where = "chip" needs it'
        )
    try:
        return Sensor(bits, bool(signed), 1.0 if scale is None else scale, offset or 0.0, name)
    except EncoderError as error:
        raise RecipeError(f"{place}: {error}") from None


def found_as_quantiles(recipe: Recipe, columns: Columns | None, features: int) -> list[bool]:
    """Which features have thresholds that are quantiles, not given ones or those of a tree."""
    encoding = recipe.encoding
    if columns is None:
        return [_is_quantile(encoding)] * features
    others = dict(encoding.columns)
    return [
        not column.categories and _is_quantile(others.get(column.name, encoding))
        for column in columns.columns
        for _ in column.features
    ]


def _is_quantile(encoding: Encoding) -> bool:
    return encoding.thresholds is None and encoding.fit == "quantile"


def _check_text(name: str, others: Mapping[str, Encoding], place: str) -> None:
    """A column of texts has no sensor that anything could be said of."""
    said = [key for key in OF_SENSORS if name in others and getattr(others[name], key) is not None]
    if said:
        raise RecipeError(
            f"{place[:-1]}.columns.{name}] {said[0]}: the column has texts; a category comes as one"
            " bit"
        )


def with_encoder(network: nn.Sequential, encoder: Encoder, steps: int) -> nn.Sequential:
    """The network behind its encoder, where that is on the chip: it then reads sensors' bits.

    A recurrent network encodes each step before its cell.
    """
    if not isinstance(encoder, SensorEncoder):
        return network
    made = Comparators(encoder.first_step(steps).comparators())
    made.train(network.training)
    first = next((one for one in network.children() if isinstance(one, Recurrent)), None)
    if first is not None:
        plain = isinstance(first.each, nn.Identity)
        first.each = made if plain else nn.Sequential(made, first.each)
        first.each.train(network.training)
        return network
    front = made if steps == 1 else EachStepAlike(steps, made)
    modules = OrderedDict([("encoder", front), *network.named_children()])
    return nn.Sequential(modules).train(network.training)


def leave_out_unread(network: nn.Sequential, frozen: Freezing) -> None:
    """Note in the comparators which code bits a node of the frozen network reads."""
    found = [one for one in network.modules() if isinstance(one, Comparators)]
    for module in found:
        read = torch.zeros_like(module.get_buffer("read"))
        for node in frozen.nodes:
            sizes = [frozen.signals[name].size for name in node.inputs]
            for element in range(node.size) if "encoder" in node.inputs else ():
                for name, places in zip(node.inputs, node.part(element, sizes)[0], strict=True):
                    if name == "encoder":
                        read[torch.from_numpy(places)] = True
        module.get_buffer("read").copy_(read)
