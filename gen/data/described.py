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
    encoder = _encoder_of(meta, len(bits))
    if encoder is None:
        return ()
    categories = {one for group in encoder.exclusive for one in group}
    absent, names = _absent(meta), encoder.named(feature_names(meta))
    found = []
    for feature, (name, mine) in enumerate(zip(names, _parted(encoder, bits), strict=True)):
        if feature not in categories:
            found.append(encoder.holds(feature, mine, name))
        else:
            found.append(name if mine[0] else absent.get(name, f"not {name}"))
    return tuple(found)


def feature_shares(meta: Mapping[str, Any], bits: Sequence[int]) -> tuple[float, ...]:
    """How high each feature is in a frame of input bits, 0 to 1: the share of its bits that are
    set, of a sensor's integer where it lies between its ends; none as for `feature_values`."""
    encoder = _encoder_of(meta, len(bits))
    if encoder is None:
        return ()
    return tuple(encoder.share(at, mine) for at, mine in enumerate(_parted(encoder, bits)))


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


def _encoder_of(meta: Mapping[str, Any], n_bits: int) -> Encoder | None:
    """The recorded encoder; None where it is none of so many bits."""
    encoder = _encoder(meta)
    return encoder if encoder is not None and encoder.n_bits == n_bits else None


def _parted(encoder: Encoder, bits: Sequence[int]) -> list[Sequence[int]]:
    """The bits of each feature."""
    starts = encoder.starts
    return [bits[start:end] for start, end in zip(starts, starts[1:], strict=False)]


def _absent(meta: Mapping[str, Any]) -> dict[str, str]:
    """What is said of each category that a column does not have; names may hold "=" too."""
    known = columns_from_dict(meta["columns"]).columns if meta.get("columns") else ()
    return {
        f"{column.name}={one}": f"{column.name} is not {one}"
        for column in known
        for one in column.categories
    }
