"""How long a question may take: seconds in all, and conflicts of a single SAT question."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from gen.ask.network.names import AskError

__all__ = ["Budget", "Clock"]


MOST = 1 << 31
"""Seconds, and conflicts, are fewer."""


@dataclass(frozen=True)
class Budget:
    """`seconds` for the whole question, `conflicts` for each SAT question; neither may be zero.

    Raises AskError where one of them is no positive number.
    """

    seconds: float = 60.0
    conflicts: int = 200_000

    def __post_init__(self) -> None:
        for what in ("seconds", "conflicts"):
            value = getattr(self, what)
            if not value > 0 or value == math.inf:
                raise AskError(
                    f"a budget of {value} {what}: nothing could be decided; give more than zero"
                )
            if value >= MOST:
                raise AskError(f"a budget of {str(value)[:40]} {what}: {MOST - 1:,} is the most")

    def start(self) -> "Clock":
        """A clock that runs from now."""
        return Clock(self)

    def to_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "conflicts": self.conflicts}


@dataclass(frozen=True)
class Clock:
    """A budget being used."""

    budget: Budget
    begun: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        return max(0.0, self.budget.seconds - self.spent)

    @property
    def over(self) -> bool:
        return self.left == 0
