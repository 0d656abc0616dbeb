"""Inputs to look at before a solver is asked: a network's own data, and random valid inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.conditions import Region
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.data.care import random_bits
from gen.data.encode import encoder_from_dict
from gen.data.sets import load_set
from gen.intnet.recorded import recorded_bits
from gen.logic.evaluate import evaluate

__all__ = ["Data", "data_of", "held_out", "random_inputs", "whole_samples"]

Bits = NDArray[np.uint8]
STEPS = 8
"""Length of a random sequence where the network does not say one."""


@dataclass(frozen=True, eq=False)
class Data:
    """Rows of input bits uint8 (n, inputs) with their labels int64 (n,), and what they are."""

    bits: Bits
    labels: NDArray[np.int64]
    name: str


def data_of(logic: Logic, part: str = "test") -> Data | None:
    """The data that the network is of: a part ("test", "train") of its data set, encoded, or the
    vectors recorded with it; None where it has neither. A recurrent network has data only when it
    is unrolled over as many steps as a row has; one step's rows `random_inputs` runs through."""
    found = None if logic.registers else whole_samples(logic, part)
    return found if found is not None and found.bits.shape[1] == len(logic.inputs) else None


def whole_samples(logic: Logic, part: str = "test") -> Data | None:
    """The same as whole samples: of a recurrent network all steps of each, one after the other."""
    meta = logic.net.meta
    if meta.get("data") and meta.get("encoder"):
        loaded = load_set(meta["data"], logic.net.folder)
        rows = loaded.test if part == "test" else loaded.train
        features, labels = loaded.part(rows)
        return Data(
            encoder_from_dict(meta["encoder"]).encode(features),
            np.asarray(labels, np.int64),
            f"the {'held-out' if part == 'test' else 'training'} part of {loaded.name}",
        )
    if meta.get("recorded"):
        labels = np.asarray(meta["recorded"]["labels"], np.int64)
        return Data(recorded_bits(logic.net), labels, "the recorded vectors")
    return None


def held_out(logic: Logic, row: int) -> tuple[int, ...]:
    """The input bits of one row of the held-out data; raises AskError where there is none."""
    data = data_of(logic)
    steps = logic.net.meta.get("steps")
    if data is None and logic.net.meta.get("data") and steps:
        raise AskError(
            f"a row of the data is a sequence of {steps} steps; give --steps {steps}, or a sample"
            f" as a file of {len(logic.inputs)} bits"
        )
    if data is None:
        raise AskError("the network records no data; give a sample as a file of input bits")
    if not 0 <= row < len(data.bits):
        raise AskError(f"row {row} of {data.name}: there are {len(data.bits)}, from 0")
    return tuple(data.bits[row].tolist())


def random_inputs(
    logic: Logic, region: Region, count: int, seed: int = 0, data: Data | None = None
) -> Bits:
    """At most `count` different inputs (n, inputs) that satisfy the region's conditions, at least
    one: random ones inside the care set, rows of `data`, and rows near the sample."""
    drawn = _drawn(logic, region, count, seed)
    if data is not None:
        drawn = np.concatenate([data.bits[: count // 2], drawn])
    drawn = _moved(logic, region, drawn, seed)
    kept = drawn[region.holds(drawn)][:count]
    return np.concatenate([kept, region.witness[None]]) if len(kept) < 64 else kept


def _drawn(logic: Logic, region: Region, count: int, seed: int) -> Bits:
    width = len(logic.inputs)
    care = logic.care if region.conditions.codes else None
    if not logic.registers or not region.conditions.states:
        return random_bits(width, count, seed, care)
    return _reached(logic, count, seed, care)


def _reached(logic: Logic, count: int, seed: int, care: dict[str, Any] | None) -> Bits:
    """Steps of random sequences from reset, inputs and states as they occur."""
    steps = int(logic.net.meta.get("steps", STEPS))
    states, many = len(logic.registers), -(-count // steps)
    first = len(logic.inputs) - states
    bits = random_bits(len(logic.inputs), many * steps, seed, care).reshape(steps, many, -1)
    held = np.tile(np.array([one.reset for one in logic.registers], np.uint8), (many, 1))
    after = [logic.flat.output_names.index(one.next) for one in logic.registers]
    for step in range(steps):
        bits[step, :, first - 1] = step == 0
        bits[step, :, first:] = held
        held = evaluate(logic.flat, bits[step])[:, after]
    return bits.reshape(steps * many, -1)


def _moved(logic: Logic, region: Region, drawn: Bits, seed: int) -> Bits:
    """Rows with the fixed bits as they are fixed, and inside the ball around the sample."""
    given, rng = region.conditions, np.random.default_rng(seed)
    drawn = drawn.copy()
    if given.sample:
        sample = np.array(given.sample, np.uint8)
        # So many bits as the radius allows are taken from the drawn rows.
        order = rng.random(drawn.shape).argsort(axis=1).argsort(axis=1)
        apart = drawn != sample
        rank = np.where(apart, order, drawn.shape[1]).argsort(axis=1).argsort(axis=1)
        most = rng.integers(0, given.radius + 1, (len(drawn), 1))
        drawn = np.where(apart & (rank < most), drawn, sample)
    for name, value in given.fixed.items():
        drawn[:, logic.inputs.index(name)] = value
    return drawn
