"""A smaller import format: two ternary layers with binary activations.

Arrays `w1` (hidden, in) and `w2` (classes, hidden), integers of 16 bits, thresholds `T` (hidden,),
`b2` (classes,): h = (x @ w1.T >= T), score = h @ w2.T + b2, class = argmax. With it
may come recorded inputs `xte` (vectors, ceil(in / 8)) bits packed highest first, as numpy's
`packbits` does by default, their scores `score` and labels `yte`; they go to `meta["recorded"]`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError

__all__ = ["from_simple", "is_simple"]

NEEDED = ("w1", "T", "w2", "b2")


def is_simple(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether the arrays are of the simple format."""
    return all(name in arrays for name in NEEDED)


def from_simple(arrays: Mapping[str, NDArray[Any]], name: str) -> IntNet:
    """The integer network of simple arrays; raises NetError where they do not fit."""
    w1, w2 = (_integers(arrays, key, np.int16) for key in ("w1", "w2"))
    thresholds, bias = (_integers(arrays, key, np.int32) for key in ("T", "b2"))
    if w1.ndim != 2 or w2.ndim != 2 or thresholds.ndim != 1 or w2.shape[1] != len(w1):
        raise NetError(
            f"w1 {w1.shape}, T {thresholds.shape}, w2 {w2.shape}: expected (hidden, in),"
            " (hidden,), (classes, hidden)"
        )
    codes = np.tile(np.array([0, 1], dtype=np.int8), (len(w1), 1))
    nodes = (
        Linear("layer1.sum", ("x",), w1, np.zeros(len(w1), dtype=np.int32)),
        Levels("layer1", ("layer1.sum",), thresholds[:, None], codes),
        Linear("score", ("layer1",), w2, bias),
        Argmax("class", ("score",)),
    )
    meta: dict[str, Any] = {"name": name, "classes": [str(c) for c in range(len(w2))]}
    if {"xte", "score", "yte"} <= arrays.keys():
        meta["recorded"] = _recorded(arrays, w1.shape[1], len(w2))
    return IntNet(w1.shape[1], nodes, meta=meta)


def _integers(arrays: Mapping[str, NDArray[Any]], key: str, kind: type) -> NDArray[Any]:
    given = arrays[key]
    if not given.size:
        raise NetError(f"{key} is empty")
    if given.dtype.kind not in "biuf":
        raise NetError(f"{key} is {given.dtype}, not numbers")
    if not np.isfinite(given).all():
        raise NetError(f"{key}{np.argwhere(~np.isfinite(given))[0].tolist()} is not a number")
    cast: NDArray[Any] = given.astype(kind)
    if (cast != given).any():
        place = np.argwhere(cast != given)[0]
        raise NetError(
            f"{key}{place.tolist()} = {given[tuple(place)]} is not an integer of {np.dtype(kind)}"
        )
    return cast


def _recorded(arrays: Mapping[str, NDArray[Any]], n_inputs: int, classes: int) -> dict[str, Any]:
    packed = arrays["xte"]
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != -(-n_inputs // 8):
        raise NetError(f"xte of shape {packed.shape}, expected (*, {-(-n_inputs // 8)}) uint8")
    scores, labels = arrays["score"], arrays["yte"]
    if scores.shape != (len(packed), classes) or labels.shape != (len(packed),):
        raise NetError(
            f"score {scores.shape} and yte {labels.shape}, expected ({len(packed)}, {classes})"
            f" and ({len(packed)},) beside {len(packed)} rows of xte"
        )
    bits = np.unpackbits(packed, axis=1, count=n_inputs)
    little = np.packbits(bits, axis=1, bitorder="little")
    return {
        "inputs": [row.tobytes().hex() for row in little],
        "scores": scores.tolist(),
        "labels": labels.tolist(),
    }
