"""What the inputs of a network are called and mean, from what is recorded with it (its `meta`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gen.data.encode import Encoder, encoder_from_dict
from gen.data.own.columns import columns_from_dict
from gen.data.sets import image_of

__all__ = ["bit_meanings", "code_meanings", "feature_names", "feature_shares", "feature_values"]


def feature_names(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """The name of every feature: of its column or category ("hand=left"), or "pixel 3,5" (row,
    column, from 0); none where nothing is recorded. Raises DataError or EncoderError."""
    count = int((meta.get("encoder") or {}).get("features", 0))
    found: tuple[str, ...] = ()
    if meta.get("columns"):
        found = columns_from_dict(meta["columns"]).features
    elif shape := image_of(meta):
        found = tuple(f"pixel {at // shape[1]},{at % shape[1]}" for at in range(count))
    return found if len(found) == count else ()


def bit_meanings(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """What every input bit says that is set, of a recurrent network's those of all its steps; none
    without an encoder. Raises DataError or EncoderError."""
    encoder = _encoder(meta)
    return () if encoder is None else encoder.says(feature_names(meta))


def feature_values(meta: Mapping[str, Any], bits: Sequence[int]) -> tuple[str, ...]:
    """What each feature is in a frame of input bits: "1 <= petal width < 1.75", of a category
    "hand=left" or "hand is not left"; none without an encoder, or for another number of bits."""
    encoder = _encoder(meta)
    if encoder is None or encoder.n_bits != len(bits):
        return ()
    categories = {one for group in encoder.exclusive for one in group}
    found = []
    for feature, name in enumerate(encoder.named(feature_names(meta))):
        mine = bits[encoder.starts[feature] : encoder.starts[feature + 1]]
        column, _, category = name.partition("=")
        said = name if mine[0] else f"{column} is not {category}"
        found.append(said if feature in categories else encoder.holds(feature, mine, name))
    return tuple(found)


def feature_shares(meta: Mapping[str, Any], bits: Sequence[int]) -> tuple[float, ...]:
    """How high each feature is in a frame of input bits, 0 to 1: the share of its bits that are
    set, of a sensor's integer where it lies between its ends; none as for `feature_values`."""
    encoder = _encoder(meta)
    if encoder is None or encoder.n_bits != len(bits):
        return ()
    places = list(zip(encoder.starts, encoder.starts[1:], strict=False))
    return tuple(encoder.share(at, bits[start:end]) for at, (start, end) in enumerate(places))


def code_meanings(meta: Mapping[str, Any]) -> dict[str, str]:
    """What the code bits of an encoder on the chip say, by their names in the logic: encoder[3]
    "petal width >= 1.75"; none where the host encodes, and of a sequence."""
    encoder = _encoder(meta)
    if encoder is None or encoder.where != "chip" or int(meta.get("steps", 1)) > 1:
        return {}
    said = encoder.code_says(feature_names(meta))
    return {f"encoder[{at}]": one for at, one in enumerate(said)}


def _encoder(meta: Mapping[str, Any]) -> Encoder | None:
    """The recorded encoder; None where there is none, or its thresholds are not told."""
    described = meta.get("encoder") or {}
    whole = "thresholds" in described or "codes" in described
    return encoder_from_dict(described) if whole else None
