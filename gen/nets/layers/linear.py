"""Linear layers on integer codes, and how a product of weights is frozen."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.intnet.held import held
from gen.intnet.network import Linear
from gen.nets.hardness import blend
from gen.nets.layers.freezing import Freezing, freezes
from gen.nets.weights import LatentWeights, check_sizes, straight_through

__all__ = ["QuantLinear", "WeightedSums", "add_linear", "product_arrays"]

START = 0.1  # standard deviation of a new latent weight; Adam's steps are about its learning rate


class WeightedSums(LatentWeights):
    """What has weights (units, n_in), for each unit a sum, and with `bias` integer biases.

    `fan_in` None means all. `weights` is `binary`, `ternary` or `k-bit`, see `gen.nets.weights`.
    Which weights are zero follows their magnitude (`mask` "learned") or is drawn once ("random").
    Biases are learned, and rounded. Raises LayerError where a size or a word is none of these.
    """

    def __init__(
        self,
        n_in: int,
        units: int,
        fan_in: int | None = None,
        weights: str = "ternary",
        mask: str = "learned",
        bias: bool = False,
    ) -> None:
        check_sizes(n_in=n_in, units=units)
        super().__init__(torch.randn(units, n_in) * START, fan_in, weights, mask)
        self.bias = nn.Parameter(torch.zeros(units)) if bias else None

    def integer_bias(self) -> torch.Tensor:
        """The bias (units,), rounded to integers at hardness 1, as floats; zeros for none."""
        if self.bias is None:
            return torch.zeros(len(self.latent))
        bias = self.bias.detach()
        return straight_through(self.bias, blend(self.hardness, bias.round(), lambda: bias))


class QuantLinear(WeightedSums):
    """Codes (n, n_in) to integer sums (n, units), `fan_in` weights of each unit not zero.

    The arguments are those of WeightedSums.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sums = F.linear(x, self.codes())
        return sums if self.bias is None else sums + self.integer_bias()


@freezes(QuantLinear)
def freeze_linear(at: Freezing, module: QuantLinear) -> None:
    """A node of sums."""
    add_linear(at, module, at.fresh("sum"))


def add_linear(at: Freezing, module: QuantLinear, name: str) -> None:
    """Add the sums of a linear layer as node `name`."""
    at.need_integers(module)
    if at.value.shape != (module.latent.shape[1],):
        raise at.error(
            f"takes {module.latent.shape[1]} inputs, but {at.value.name!r} has"
            f" {' x '.join(str(size) for size in at.value.shape)}"
        )
    weight, bias = product_arrays(at, module)
    at.add(Linear(name, (at.value.name,), weight, bias), (len(weight),))


def product_arrays(at: Freezing, module: WeightedSums) -> tuple[np.ndarray, np.ndarray]:
    """Weights (units, n_in) and biases int32 (units,) over the codes of what comes in.

    Over -1/+1 values v = 2c - 1 of codes c the sum w v is that of 2w c, less the sum of all w.
    Raises FreezeError naming the first weight or bias that is no integer of its grid.
    """
    codes = at.whole(module.codes(), "weight")
    off = np.argwhere((abs(codes) > module.largest) | (codes == 0) & (module.weights == "binary"))
    if len(off):
        place = off[0].tolist()
        raise at.error(
            f"weight{place} is {codes[tuple(place)]}, no {module.weights} weight (at most"
            f" {module.largest} in size)"
        )
    bias = at.whole(module.integer_bias(), "bias")
    if at.value.signs:
        codes, bias = 2 * codes, bias - codes.sum(1)
    return held(codes), bias.astype(np.int32)
