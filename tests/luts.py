"""Counting LUTs of an AIGER file, as a yardstick."""

from gen.tools.abc import blif_size, transform

__all__ = ["count_luts"]


def count_luts(aiger: bytes, k: int = 4, timeout: float = 600) -> int:
    """LUTs of a quick area-oriented mapping (`if -a`): an estimate to steer by."""
    return blif_size(transform(aiger, [f"if -K {k} -a"], "out.blif", timeout).decode())
