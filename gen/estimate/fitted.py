"""What an estimate is multiplied with, and how wide its interval is: measured, and how.

`python -m benchmarks.estimates --fit` builds random recipes (seeds from 1001 on; the ten of the
benchmark have seeds below 100 and are not among them), each trained and taken through the whole
flow, and prints these figures: for each way the factor is the median of LUT4 built to LUT4
estimated, and the interval holds nine of ten of these ratios.
"""

from dataclasses import dataclass

__all__ = ["FORMULA", "MAPPED", "SKETCHED", "Way"]


@dataclass(frozen=True)
class Way:
    """A way of estimating: LUT4 built are `factor` times its figure, in nine of ten cases within
    `low` and `high` times that, give or take `few` LUT4."""

    name: str
    factor: float
    low: float
    high: float
    few: int = 4

    def interval(self, figure: float) -> tuple[float, float, float]:
        """LUT4 expected, and the ends of the interval."""
        luts = self.factor * figure
        return luts, max(0.0, self.low * luts - self.few), self.high * luts + self.few


MAPPED = Way("the network itself, mapped quickly", 0.95, 0.85, 1.1)
SKETCHED = Way("a network of a few batches of training, mapped quickly", 0.95, 0.85, 1.15)
FORMULA = Way("a formula of the layers' sizes", 1.0, 0.7, 1.4)
