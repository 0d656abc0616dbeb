"""Which inputs a table reads best, where what a 1 of it costs is known for each row."""

import torch

__all__ = ["addresses", "best_wires"]

BETTER = 1.002
"""An input takes another's place where it lowers the loss by so much more."""


def addresses(columns: torch.Tensor, wires: torch.Tensor) -> torch.Tensor:
    """Addresses int32 (n,) from inputs uint8 (inputs, n), wire 0 the lowest bit."""
    found = torch.zeros(columns.shape[1], dtype=torch.int32)
    for place, wire in enumerate(wires.tolist()):
        found += columns[wire].int() << place
    return found


def best_wires(rows: torch.Tensor, cost: torch.Tensor, wires: torch.Tensor) -> torch.Tensor:
    """Wires int64 (k,), each moved once at the most: the one, and to the input, with which the
    table's best entries cost least; then of those left, until no move lowers that. rows uint8
    (n, inputs); cost int8 (n,), what a 1 costs."""
    wires, left = wires.clone(), list(range(len(wires)))
    while left:
        least = _least_costs(rows, cost, wires, left)
        now = int(least[0, wires[left[0]]])
        for place, wire in enumerate(left):
            least[place, torch.cat([wires[:wire], wires[wire + 1 :]])] = 1  # no input twice
        place, found = divmod(int(least.numpy().argmin()), least.shape[1])
        if int(least[place, found]) >= BETTER * now:
            break
        wires[left.pop(place)] = found
    return wires


def _least_costs(
    rows: torch.Tensor, cost: torch.Tensor, wires: torch.Tensor, moved: list[int]
) -> torch.Tensor:
    """What a table costs with its best entries, if one of the wires `moved` were at an input: int64
    (moved, inputs). Else as `best_wires`."""
    bits, half = rows.view(torch.int8), 1 << (len(wires) - 1)
    # Where a row's cost goes to, by the other wires of each: one product counts all at once.
    cells = torch.zeros(len(moved) * half, len(rows), dtype=torch.int8)
    for place, wire in enumerate(moved):
        rest = addresses(rows.T, torch.cat([wires[:wire], wires[wire + 1 :]]))
        cells.scatter_(0, (rest + place * half).long()[None], cost[None])
    ones = torch._int_mm(cells, bits)  # a product of bytes, summed as int32
    zeros = cells.sum(1, dtype=torch.int32)[:, None] - ones
    return (ones.clamp(max=0) + zeros.clamp(max=0)).view(len(moved), half, -1).sum(1)
