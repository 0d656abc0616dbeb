"""Features with an order: single bits, and thermometer codes."""

from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import groups_of

__all__ = ["ordered_bits"]


def ordered_bits(logic: Logic, feature: str) -> list[int]:
    """The numbers of a feature's bits, each of which can only be set as the feature rises.

    Raises AskError for a name that is no input's, or of several bits without an order.
    """
    place = {name: at for at, name in enumerate(logic.inputs)}
    names = logic.names.bits(feature)
    if not set(names) <= set(place):
        raise AskError(f"{feature} is no input; monotone is asked of inputs")
    places = [place[name] for name in names]
    ordered = ("thermometer", places) in groups_of(logic.care)
    if len(places) > 1 and not ordered:
        raise AskError(f"{feature} is no thermometer code: ask about a single bit of it")
    return places
