"""Which inputs a table reads best, where what a 1 of it costs is known for each row."""

from collections.abc import Sequence

import torch

__all__ = ["addresses", "best_wires"]

AT_ONCE = 2000
"""So many rows are picked and multiplied at once: they stay in the processor's cache, where a
product of all takes longer to fetch than to count."""
BETTER = 1.002
"""An input takes another's place where it lowers the loss by so much more."""


def addresses(columns: torch.Tensor, wires: torch.Tensor) -> torch.Tensor:
    """Addresses uint8 (n,) from inputs uint8 (inputs, n), wire 0 the lowest bit; no more than 8."""
    found = torch.zeros(columns.shape[1], dtype=torch.uint8)
    for place, wire in enumerate(wires.tolist()):
        found += columns[wire] << place
    return found


def best_wires(rows: torch.Tensor, cost: torch.Tensor, wires: torch.Tensor) -> torch.Tensor:
    """Wires int64 (k,), each moved once at the most: the one, and to the input, with which the
    table's best entries cost least; then of those left, until no move lowers that. rows uint8
    (n, inputs); cost int8 (n,), what a 1 costs: rows of 0 are not looked at."""
    wires, left = wires.clone(), list(range(len(wires)))
    parts = cost.nonzero().flatten().split(AT_ONCE)
    while left:
        least = _least_costs(rows, cost, parts, wires, left)
        now = int(least[0, wires[left[0]]])
        for place, wire in enumerate(left):
            least[place, torch.cat([wires[:wire], wires[wire + 1 :]])] = 1  # no input twice
        place, found = divmod(int(least.numpy().argmin()), least.shape[1])
        if int(least[place, found]) >= BETTER * now:
            break
        wires[left.pop(place)] = found
    return wires


def _least_costs(
    rows: torch.Tensor,
    cost: torch.Tensor,
    parts: Sequence[torch.Tensor],
    wires: torch.Tensor,
    moved: list[int],
) -> torch.Tensor:
    """What a table costs with its best entries, if one of the wires `moved` were at an input: int64
    (moved, inputs). `parts` are the rows that are looked at, int64. Else as `best_wires`."""
    half = 1 << (len(wires) - 1)
    ones = torch.zeros(len(moved) * half, rows.shape[1], dtype=torch.int32)
    sums = torch.zeros(len(ones), 1, dtype=torch.int32)
    for kept in parts:
        bits, costs = rows.index_select(0, kept), cost[kept]  # several times as fast as by brackets
        # Where a row's cost goes to, by the other wires of each: one product counts all at once.
        cells = torch.zeros(len(ones), len(kept), dtype=torch.int8)
        for place, wire in enumerate(moved):
            rest = addresses(bits.T, torch.cat([wires[:wire], wires[wire + 1 :]]))
            cells.scatter_(0, (rest.long() + place * half)[None], costs[None])
        ones += torch._int_mm(cells, bits.view(torch.int8))  # of bytes, summed as int32
        sums += cells.sum(1, keepdim=True, dtype=torch.int32)
    zeros = sums - ones
    return (ones.clamp(max=0) + zeros.clamp(max=0)).view(len(moved), half, -1).sum(1)
