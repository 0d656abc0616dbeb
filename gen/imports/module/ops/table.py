"""What each ATen operation makes of values: a table of them, all others are refused by name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from gen.imports.module.build import Build
from gen.imports.module.ops.chosen import embedding, one_hot
from gen.imports.module.ops.layers import addmm, conv, drop, linear_layer, mapped, matmul, norm
from gen.imports.module.ops.maxima import adaptive_max_pool, largest, least, max_pool
from gen.imports.module.ops.moves import move
from gen.imports.module.ops.pointwise import cat, pad, pointwise, stack
from gen.imports.module.ops.sums import average_pool, mean, total
from gen.imports.module.ops.windows import Args, Given

__all__ = ["MOVES", "OPS", "Op"]

Op: TypeAlias = Callable[[Build, Any, Args, Given], Any]
"""Of the network so far, the operation, and its arguments, constants or values."""

MOVES = """view index reshape flatten unflatten squeeze unsqueeze permute transpose t select slice
 expand clone contiguous alias detach split split_with_sizes chunk unbind index_select flip narrow
 view_as _unsafe_view lift_fresh_copy movedim swapaxes numpy_T mT adjoint tile repeat roll unfold
 upsample_nearest1d upsample_nearest2d
 pixel_shuffle pixel_unshuffle channel_shuffle diagonal as_strided split_copy"""

OPS: dict[str, Op] = {
    "linear": linear_layer,
    "matmul": matmul,
    "mm": matmul,
    "addmm": addmm,
    "conv1d": conv,
    "conv2d": conv,
    **dict.fromkeys(("conv3d", "conv_transpose1d", "conv_transpose2d"), mapped),
    "_native_batch_norm_legit_no_training": norm,
    "dropout": drop,
    "feature_dropout": drop,
    "_to_copy": pointwise,
    "to": pointwise,
    "fake_quantize_per_tensor_affine": pointwise,
    **dict.fromkeys(("hardswish", "__and__", "__or__", "__xor__"), pointwise),
    **dict.fromkeys(("__lshift__", "__rshift__"), pointwise),
    "where": pointwise,
    "masked_fill": pointwise,
    "cat": cat,
    "pad": pad,
    "constant_pad_nd": pad,
    **dict.fromkeys(("max_pool1d", "max_pool2d"), max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), average_pool),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d"), average_pool),
    **dict.fromkeys(("adaptive_max_pool1d", "adaptive_max_pool2d"), adaptive_max_pool),
    "amax": largest,
    "amin": least,
    "max": lambda *given: (largest(*given), None),
    "min": lambda *given: (least(*given), None),
    "embedding": embedding,
    "one_hot": one_hot,
    "mean": mean,
    "sum": total,
    "stack": stack,
    **dict.fromkeys(MOVES.split(), move),
}
"""By the operation's name in ATen; operations that are tagged pointwise come beside these."""
