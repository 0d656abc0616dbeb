"""Training schedules by name: when what is quantized, and who still learns.

A schedule is a function from the recipe's [schedule] and the number of stages to phases
(`gen.nets.schedules.phase`); `gen.nets.schedules.plan` carries the phases out. Whatever the
schedule, everything is fully quantized at the end.
"""

from collections.abc import Callable

from gen.nets.recipe import Schedule
from gen.nets.schedules.gradual import gradual
from gen.nets.schedules.layerwise import layerwise
from gen.nets.schedules.naive import naive
from gen.nets.schedules.phase import Phase, warm_start
from gen.nets.schedules.ste import ste

__all__ = ["SCHEDULES", "phases"]

SCHEDULES: dict[str, Callable[[Schedule, int], tuple[Phase, ...]]] = {
    "naive": naive,
    "ste": ste,
    "gradual": gradual,
    "layerwise": layerwise,
}
"""Name in a recipe -> the phases after the warm start, for the schedule and a number of stages."""


def phases(schedule: Schedule, stages: int) -> tuple[Phase, ...]:
    """All phases of a training, a float warm start first; their epochs add up to the schedule's.

    A network without stages, of float modules only, has one phase. Raises RecipeError where there
    are too few epochs.
    """
    if not stages:
        return (Phase(schedule.epochs),)
    return (*warm_start(schedule), *SCHEDULES[schedule.kind](schedule, stages))
