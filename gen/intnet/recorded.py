"""Vectors and scores that came with an imported network: what it must answer."""

import numpy as np
from numpy.typing import NDArray

from gen.intnet.interpret import bits_to_codes, interpret
from gen.intnet.network import Integers, IntNet, NetError

__all__ = ["check_recorded", "recorded_bits", "recorded_codes"]


def recorded_bits(net: IntNet) -> NDArray[np.uint8]:
    """The recorded inputs as bits uint8 (vectors, input bits); none recorded gives no rows."""
    width = net.n_inputs * net.input_bits
    rows = net.meta.get("recorded", {}).get("inputs", [])
    packed = [np.frombuffer(bytes.fromhex(row), dtype=np.uint8) for row in rows]
    if not packed:
        return np.zeros((0, width), dtype=np.uint8)
    return np.unpackbits(np.stack(packed), axis=1, count=width, bitorder="little")


def recorded_codes(net: IntNet) -> Integers:
    """The recorded inputs as codes of `input_bits`, int64 (vectors, n_inputs)."""
    return bits_to_codes(recorded_bits(net), net.input_bits, net.input_signed)


def check_recorded(net: IntNet) -> str | None:
    """Compare the network's scores with those recorded; a line saying so, None without any.

    Raises NetError at the first vector that differs.
    """
    recorded = net.meta.get("recorded")
    if not recorded:
        return None
    values = interpret(net, recorded_codes(net))
    scores = values[net.score]
    wrong = np.flatnonzero((scores != np.array(recorded["scores"])).any(axis=1))
    if len(wrong):
        at = int(wrong[0])
        raise NetError(
            f"recorded vector {at}: the network's scores are {scores[at].tolist()}, recorded are"
            f" {recorded['scores'][at]}; weights and scores are not of the same network"
        )
    found = f"{len(scores)} recorded scores equal"
    if not net.decision:
        return found
    labels = np.array(recorded["labels"])
    known = labels >= 0
    if not known.any():
        return found
    right = (values[net.decision.name] == labels)[known].mean()
    return f"{found}, accuracy on them {right:.2%}"
