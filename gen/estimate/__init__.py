"""What a recipe will take, before it is trained: LUTs, boards, minutes."""

from gen.estimate.estimate import Estimate, EstimateError, estimate_network, estimate_recipe

__all__ = ["Estimate", "EstimateError", "estimate_network", "estimate_recipe"]
