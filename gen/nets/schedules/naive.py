"""Train in float, then round: post-training quantization, the baseline that drops.

After the last epoch weights, bias and activations are rounded as they are. Batch norm's running
statistics are then taken again from the training rows, since sums of a few whole weights are not
those of many float ones; nothing else is learned after rounding.
"""

from gen.nets.recipe import Schedule
from gen.nets.schedules.phase import SOFT, Phase, quantized_epochs

__all__ = ["naive"]


def naive(schedule: Schedule, stages: int) -> tuple[Phase, ...]:
    """One float phase; a warm start before it is more of the same, its rate starting anew."""
    return (Phase(quantized_epochs(schedule), SOFT),)
