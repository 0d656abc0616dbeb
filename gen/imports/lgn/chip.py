"""Thresholds on the chip: integers of sensors, compared there."""

from collections.abc import Sequence

import numpy as np

from gen.data.encode import Encoder
from gen.data.sensors import NEVER, Sensor, SensorEncoder, on_chip
from gen.intnet.network import Levels, Node, Words

__all__ = ["behind"]


def behind(
    encoder: Encoder, sensors: Sequence[Sensor], read: Sequence[bool]
) -> tuple[SensorEncoder, list[Node]]:
    """The encoder behind sensors, and the nodes from `x`, their integers' bits, to `encoder`, its
    code bits; those that are not `read` are 0."""
    found = on_chip(encoder, sensors)
    made, kept = found.comparators(), np.array(read)
    width, signed = (np.where(kept, part, 0).astype(np.int8) for part in (made.width, made.signed))
    edges = np.where(kept[:, None], made.edges, NEVER).astype(np.int32)
    codes = np.where(kept[:, None], made.codes, 0).astype(np.int8)
    words = Words("encoder.integer", ("x",), made.first, width, signed)
    return found, [words, Levels("encoder", ("encoder.integer",), edges, codes)]
