"""Cells of a board that a core takes with its link and self-test, of its LUT4 alone.

Fitted to builds on UP5K with 1 to 54 bits of answers; link and self-test took

    cancer-lut    31 bits read    1 of answers    389
    cancer        29              9               383
    gestures     157             22               513
    digits-rnn    16             54               408
    digits       167             54               557
"""

__all__ = ["link_cells", "whole_cells"]

LINK = 340
"""Besides a cell for each input bit that the core reads, and for each bit that it answers."""
REGISTERS = 1.17
"""Cells of a core for each LUT4, registers of its pipeline included: 1.14 to 1.25."""


def link_cells(read: float, answered: float) -> int:
    """Cells of the link and the self-test for a core that reads and answers so many bits."""
    return round(LINK + read + answered)


def whole_cells(luts: float, link: int) -> int:
    """Cells of the whole design."""
    return round(REGISTERS * luts) + link
