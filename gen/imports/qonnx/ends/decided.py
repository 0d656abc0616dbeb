"""One float that the model answers: two classes, by whether it is above a threshold."""

import numpy as np

from gen.imports.errors import ImportRefused
from gen.imports.qonnx.ends.scores import Scores
from gen.imports.qonnx.floats.chain import tabulate
from gen.imports.qonnx.floats.tensor import Tensor
from gen.imports.qonnx.sums.network import Making
from gen.intnet.lookups import step_rows
from gen.intnet.network import Levels, Linear

__all__ = ["decided"]


def decided(making: Making, tensor: Tensor, threshold: float) -> Scores:
    """Scores 0 and 1 or 0: whether the tensor's one float is above the threshold.

    Raises ImportRefused where it is constant, or no number.
    """
    if tensor.raw or (tensor.source < 0).any():
        raise ImportRefused(f"{tensor.label}: the one score is no function of a quantized input")
    source, kind = tensor.source.ravel(), tensor.kind.ravel()
    ranges = making.ranges(tensor.signal, source, kind)
    (one,) = tabulate(tensor.chains, ranges).values()
    if not np.isfinite(one.middle).all():
        raise ImportRefused(f"{tensor.label}: gives a score that is not a finite number")
    above = (one.middle > threshold).astype(np.int64)
    if above.min() == above.max():
        raise ImportRefused(
            f"{tensor.label}: the score is never on both sides of {threshold:g}; say another"
            " `threshold`"
        )
    unsure = int(((one.least > threshold) != (one.most > threshold)).sum())
    if unsure:
        making.doubts.append(tensor.label)
        making.notes.append(
            f"{tensor.label}: {unsure:,} of {len(above):,} sums lie so near {threshold:g} that"
            " float32 may round to either side, with the order of additions; the sum's exact value"
            " decides"
        )
    read = making.gathered(tensor.signal, source, tensor.label)
    edges, codes = step_rows([one.low], [above])
    name = making.add(Levels(making.name(tensor.label, "above"), (read,), edges, codes, bits=1))
    weight, bias = np.array([[0], [1]]), np.zeros(2, np.int32)
    made = making.add(Linear(making.name(tensor.label, "decided"), (name,), weight, bias))
    return Scores(made, (one,), (above,), tensor.label, threshold)
