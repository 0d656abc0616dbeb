"""Rows of one's own as requests to a board."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards.host.client import HostError, Request
from gen.data.care import care_clauses
from gen.data.encode import encoder_from_dict
from gen.files import about
from gen.intnet.network import IntNet

__all__ = ["RESTART", "not_valid", "row_requests"]

RESTART = 16
"""Rows that are sent again where one of them is lost."""


def row_requests(net: IntNet, features: NDArray[np.float64], path: Path) -> list[Request]:
    """A request for each row of features (n, F) as they are measured, of a recurrent network for
    each step of it, of which the last is answered.

    Raises HostError for a network without an encoder, EncoderError naming the file at `path`.
    """
    bits = _input_bits(net, features, path)
    width = net.n_inputs * net.input_bits
    steps = bits.shape[1] // width if net.states else 1
    found = []
    for row, frame in enumerate(bits):
        for step in range(steps):
            part = np.packbits(frame[step * width :][:width], bitorder="little").tobytes()
            first = not step if net.states else row % RESTART == 0
            found.append(Request(int.from_bytes(part, "little"), first, step < steps - 1))
    return found


def not_valid(requests: Sequence[Request], care: dict[str, Any] | None) -> int:
    """How many requests hold inputs that a care set says cannot be."""
    clauses = care_clauses(care)
    return sum(
        any(all((one.x >> bit & 1) != value for bit, value in clause) for clause in clauses)
        for one in requests
    )


def _input_bits(net: IntNet, features: NDArray[np.float64], path: Path) -> NDArray[np.uint8]:
    if not net.meta.get("encoder"):
        raise HostError("the network was imported without an encoder: it takes no features")
    with about(path):
        return encoder_from_dict(net.meta["encoder"]).encode(features)
