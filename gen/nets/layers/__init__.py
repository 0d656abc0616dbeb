"""Layers: PyTorch modules, and for each the rule by which it is frozen to integers.

A network is any nn.Sequential (nested as you like) of these modules, Residual and Parallel, and
the torch modules named in `shape.py` and `pool.py`. Between modules there are float tensors that
hold integers: codes of 1 to 4 bits (unsigned, two's complement, or -1 and +1), or sums of these,
below 2^24 in size, so float32 is exact. Real numbers occur only between a sum and the activation
that follows it; freezing tabulates that stretch for every integer the sum can be.

Adding a layer is one file with module and rule, and its line in the test battery:

    class Negate(nn.Module):
        def forward(self, x):
            return 1 - x                        # of bits

    @freezes(Negate)
    def freeze_negate(at: Freezing, module: Negate) -> None:
        at.need_integers(module)                # no norm waits for its activation
        tables = np.tile(np.array([1, 0], np.int8), (at.signal.size, 1))
        wiring = np.arange(at.signal.size, dtype=np.int32)[:, None]
        at.add(Table(at.fresh(""), (at.value.name,), wiring, tables), at.value.shape)

A rule reads `at.value` (the node that holds what comes in, and its shape), adds integer-network
nodes by `at.add`, which sets the next `at.value`, and freezes inner modules by `at.walk`. Import
the file below, and add a line to CASES in tests/gen/nets/layers/cases.py: the battery then
compares the module with the frozen network, the interpreter and the melted logic.
"""

from gen.nets.layers.activation import (
    Activation,
    SignActivation,
    SignedActivation,
    UnsignedActivation,
)
from gen.nets.layers.combine import Parallel, Residual
from gen.nets.layers.comparators import Comparators, EachStepAlike
from gen.nets.layers.conv import QuantConv1d, QuantConv2d
from gen.nets.layers.embedding import Embedding
from gen.nets.layers.freezing import FreezeError, Freezing, freezes
from gen.nets.layers.group_sum import GroupSum, MajorityVote
from gen.nets.layers.heads import Head, Scores, ThresholdHead, TopScore
from gen.nets.layers.levels import LutLevels
from gen.nets.layers.linear import QuantLinear
from gen.nets.layers.lut import LutLayer
from gen.nets.layers.norm import SumAffine, SumBias, SumNorm, SumScale
from gen.nets.layers.pool import AvgPool2d, SumPool2d
from gen.nets.layers.recurrent import Cell, EachStep, GatedCell, Recurrent, RnnCell
from gen.nets.layers.shape import freeze_flatten

__all__ = [
    "Activation",
    "AvgPool2d",
    "Cell",
    "Comparators",
    "EachStep",
    "EachStepAlike",
    "Embedding",
    "FreezeError",
    "Freezing",
    "GatedCell",
    "GroupSum",
    "MajorityVote",
    "Head",
    "LutLayer",
    "LutLevels",
    "Parallel",
    "QuantConv1d",
    "QuantConv2d",
    "QuantLinear",
    "Recurrent",
    "Residual",
    "RnnCell",
    "Scores",
    "SignActivation",
    "SignedActivation",
    "SumAffine",
    "SumBias",
    "SumNorm",
    "SumPool2d",
    "SumScale",
    "ThresholdHead",
    "TopScore",
    "UnsignedActivation",
    "freeze_flatten",
    "freezes",
]
