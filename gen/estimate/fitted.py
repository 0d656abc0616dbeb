"""What an estimate is multiplied with, and how wide its interval is: measured, and how.

Random recipes (`benchmarks.size.random_recipes`, seeds 1001 to 1010; for MAPPED an earlier run, of
16 up to 1018) were trained and taken through the whole flow, to 14 to 804 LUT4. For each way the
factor is the median of LUT4 built to LUT4 estimated, and the interval holds nine of ten of these
ratios. The benchmark's recipes, seeds 1 to 10 and the shipped ones, are not among them.
`python -m benchmarks.size.estimates --fit N` does it anew.
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


MAPPED = Way("the network itself, mapped quickly", 0.97, 0.88, 1.05)
SKETCHED = Way("a network of a few batches of training, mapped quickly", 0.96, 0.9, 1.21)
FORMULA = Way("a formula of the layers' sizes", 0.81, 0.87, 1.29)
