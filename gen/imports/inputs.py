"""What a description says of a model's inputs: their encoder, and which of them can occur."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gen.data.encode import EncoderError, encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.intnet.network import IntNet

__all__ = ["KEYS", "with_inputs"]

KEYS = ("encoder", "care")


def with_inputs(net: IntNet, options: Mapping[str, Any], place: str) -> IntNet:
    """The network with the `encoder` and the `care` set that are said, each as `meta` has it; an
    encoder's own care set where none is said.

    Raises ImportRefused where the encoder does not make the network's inputs.
    """
    meta = {key: options[key] for key in KEYS if key in options}
    wrong = next((key for key, one in meta.items() if not isinstance(one, dict)), None)
    if wrong is not None:
        raise ImportRefused(f"{place} {wrong}: {meta[wrong]!r}, expected a table, as `meta` has it")
    if "encoder" in meta:
        try:
            encoder = encoder_from_dict(meta["encoder"])
        except EncoderError as error:
            raise ImportRefused(f"{place} encoder: {error}") from None
        given = net.n_inputs * net.input_bits
        if encoder.n_bits != given:
            raise ImportRefused(
                f"{place} encoder: it makes {encoder.n_bits} bits, and the model takes {given}"
            )
        meta = {"encoder": encoder.to_dict(), "care": encoder.care()} | meta
    meta = {key: one for key, one in meta.items() if one is not None}
    return replace(net, meta=net.meta | meta)
