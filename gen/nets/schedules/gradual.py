"""Hardness grows along a line from float to quantized, in all stages at once.

Each weight and each activation is the weighted mean of its float and its quantized value, and the
quantized one's share grows to 1: alpha-blending (Liu and Mattina, 2019, arXiv:1903.01061). `ramp`
is the part of the epochs after the warm start in which it grows; the rest is trained at 1.
"""

from gen.nets.recipe import Schedule
from gen.nets.schedules.phase import Phase, quantized_epochs

__all__ = ["gradual"]

RAMP = 0.5


def gradual(schedule: Schedule, stages: int) -> tuple[Phase, ...]:
    """One phase whose hardness reaches 1 after the part `ramp` of it."""
    ramp = RAMP if schedule.ramp is None else schedule.ramp
    return (Phase(quantized_epochs(schedule), lambda stage, done: min(1.0, done / ramp)),)
