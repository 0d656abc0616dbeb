"""One stage after the other, from input to output.

A stage whose turn it is learns at full hardness; those before it are frozen as they are, those
after it stay float and learn. The order matters where activations are quantized: from output to
input, training collapses to near chance, since a hard activation blocks the gradient of all that
lies before it (Smith and Islam, "Layerwise progressive freezing: a training scaffold for
depth-scalable binary networks", 2026, arXiv:2606.27759; arXiv:2601.22660). Theirs masks single
weights at random and needs no straight-through estimator; here a stage is hardened as a whole.
"""

from gen.nets.recipe import Schedule
from gen.nets.schedules.phase import Hardness, Phase, quantized_epochs
from gen.nets.toml.table import RecipeError

__all__ = ["layerwise"]


def layerwise(schedule: Schedule, stages: int) -> tuple[Phase, ...]:
    """A phase per stage, of equal length; what does not divide goes to the first ones.

    Raises RecipeError where a stage would have no epoch.
    """
    epochs = quantized_epochs(schedule)
    if epochs < stages:
        raise RecipeError(
            f"[schedule] epochs: {epochs} after the warm start; layerwise needs one for each of the"
            f" {stages} layers"
        )
    turns = [epochs // stages + (turn < epochs % stages) for turn in range(stages)]
    return tuple(Phase(length, _up_to(turn), frozen=turn) for turn, length in enumerate(turns))


def _up_to(turn: int) -> Hardness:
    return lambda stage, done: float(stage <= turn)
