"""A phase: consecutive epochs under one half cosine of the learning rate.

The network is seen as stages from input to output: a module with quantized weights and what
follows it up to the next such module (norm, activation).
"""

from collections.abc import Callable
from dataclasses import dataclass

from gen.nets.recipe import Schedule

__all__ = ["HARD", "SOFT", "Hardness", "Phase", "quantized_epochs", "warm_start"]

Hardness = Callable[[int, float], float]


def HARD(stage: int, done: float) -> float:
    """Every stage fully quantized."""
    return 1.0


def SOFT(stage: int, done: float) -> float:
    """Every stage float."""
    return 0.0


@dataclass(frozen=True)
class Phase:
    """What `epochs` epochs do.

    `hardness(stage, done)` is a stage's hardness (0 float, 1 quantized) in the epoch after which
    the part `done` of the phase is over, so `done` is 1 in the last epoch and never 0. The first
    `frozen` stages do not learn: neither parameters nor running statistics change.
    """

    epochs: int
    hardness: Hardness = HARD
    frozen: int = 0


def warm_start(schedule: Schedule) -> tuple[Phase, ...]:
    """The float phase that a recipe asks for, or none."""
    return (Phase(schedule.warm_start, SOFT),) if schedule.warm_start else ()


def quantized_epochs(schedule: Schedule) -> int:
    """Epochs that are left after the warm start."""
    return schedule.epochs - schedule.warm_start
