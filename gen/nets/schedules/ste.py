"""Quantized from the first epoch, gradients passed straight through the rounding.

The straight-through estimator: Bengio, Leonard, Courville, "Estimating or propagating gradients
through stochastic neurons for conditional computation", 2013 (arXiv:1308.3432); for binary weights
and activations Hubara et al., "Binarized neural networks", 2016 (arXiv:1602.02830).
"""

from gen.nets.recipe import Schedule
from gen.nets.schedules.phase import Phase, quantized_epochs

__all__ = ["ste"]


def ste(schedule: Schedule, stages: int) -> tuple[Phase, ...]:
    """One phase, everything quantized."""
    return (Phase(quantized_epochs(schedule)),)
