"""ABC's commands for LUTs of k inputs: what of a flow applies, and the library packing reads."""

from collections.abc import Sequence

__all__ = ["LIBRARY", "commands", "library"]

LIBRARY = "luts.txt"


def commands(flow: Sequence[str], k: int) -> list[str]:
    """A flow's commands for LUTs of k inputs.

    `lutpack` packs into LUTs as wide as the library's, which is 4 until another is read and at
    least 3; `&satlut` makes LUTs of 4 inputs, or of 6.
    """
    found = []
    for command in flow:
        if command.startswith("lutpack"):
            found += [] if k < 3 else [command] if k == 4 else [f"read_lut {LIBRARY}", command]
        elif not command.startswith("&satlut") or k in (4, 6):
            found.append(command.format(k=k))
    return found


def library(k: int) -> str:
    """LUTs of 1 to k inputs, of one size and delay, as ABC reads them."""
    return "".join(f"{inputs} 1 1\n" for inputs in range(1, k + 1))
