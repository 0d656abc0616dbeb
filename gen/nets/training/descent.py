"""Coordinate descent on tables: one after another gets the best wires and entries, given the rest.

Gradients see a table through estimates of what its bits and wires are worth. Where tables vote,
what one of them costs can be written down without any: with all others as they are, a row's loss
when the table says 1, less that when it says 0, is a number, and the best table on some inputs says
1 where these numbers, summed over the rows with that address, are below zero. So for each table in
turn, every input is tried in the place of each wire, with the best entries for it: one product of
matrices for all. The best of these moves is made, then the best of the wires left, until none
lowers the loss. This is block coordinate descent on the loss of the hard network itself; it fits
each table to what the others leave, as boosting does once and for all (Friedman, "Greedy function
approximation", Annals of Statistics 29, 2001).

Where tables read others (`gen.nets.layers.levels`), what a table says moves those that read it, and
those that read these: all that moves is written down for a 0 and for a 1, and the number is the
difference of the loss of the two.

Wires are judged by a sample: the numbers are rounded to a coarse grid at random, such that their
mean is kept and most rows get 0 and drop out; with each sweep the grid is finer, and fewer tables
are moved by chance. All sums are of integers, the same in any order.
"""

import math
import time
from bisect import bisect
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise
from typing import cast

import torch
from torch import nn

from gen.console import progress
from gen.nets.layers.group_sum import GroupSum, MajorityVote
from gen.nets.layers.heads import Head
from gen.nets.layers.levels import LutLevels
from gen.nets.layers.lut import LutLayer, settle
from gen.nets.recipe import Recipe
from gen.nets.training.batches import Batches
from gen.nets.training.judged import Judge
from gen.nets.training.keys import Descent
from gen.nets.training.wires import addresses, best_wires

__all__ = ["descend", "time_descent"]

FINE = 256
"""Entries are found with so many steps of the coarse grid that wires are found with."""
LARGEST = 127
"""A row that costs more steps of the coarse grid counts as so many."""
MOST = 700.0
"""Powers of e are between those with this exponent and less it."""
MOST_BYTES = 1 << 29
"""Signals of a sweep that can be read, a byte each; where all rows are more, each sweep draws from
them. What else it holds is less, or counts too."""
TIMED_ROWS, TIMED_TABLES = 16384, 3
"""Drawn and visited to tell how long a descent takes."""


def descend(
    model: nn.Sequential, batches: Batches, recipe: Recipe, judge: Judge, label: str
) -> None:
    """Carry out [descent] on a network of one layer of tables, in levels or not, and votes.

    After each sweep the network is judged, and the best of the last ones kept, where [schedule]
    keeps rows for that.
    """
    said = recipe.descent
    if said is None:
        return
    tables = _Tables.of(model, batches.telling)
    settle(model)
    for sweep in progress(range(said.sweeps), said.sweeps, f"{label}, table by table"):
        rows = -(-said.rows * (sweep + 1) // said.sweeps)
        _Sweep(tables, batches, replace(said, rows=rows)).run()
        tables.give()
        if 2 * (sweep + 1) > said.sweeps:
            judge.consider()
    judge.restore()


def time_descent(model: nn.Sequential, batches: Batches, recipe: Recipe, n_rows: int) -> float:
    """The seconds that `descend` takes of `n_rows` rows, by those of a few visits on some of the
    batches'; 0 where there is no [descent]."""
    said = recipe.descent
    if said is None:
        return 0.0
    tables = _Tables.of(model, batches.telling)
    whole = min(MOST_BYTES // tables.bytes_a_row, n_rows * said.copies)
    rows = said.rows * (said.sweeps + 1) / (2 * said.sweeps)
    part = min(1.0, TIMED_ROWS / whole)
    few = replace(said, copies=min(2, said.copies), rows=max(1, round(rows * part)))
    start = time.monotonic()
    sweep = _Sweep(tables, batches, few, TIMED_ROWS)
    ends = [time.monotonic()]
    for unit in range(min(TIMED_TABLES, tables.units)):
        sweep.visit(unit)
        ends.append(time.monotonic())
    visit = min(after - before for before, after in pairwise(ends))
    times = whole / len(sweep.rows)
    return said.sweeps * times * (ends[0] - start + tables.units * visit)


class _Tables:
    """The tables of a network, level by level, and what their votes count.

    A table reads the signals wires[table], int64 (tables, k): an input, or n_in and the number of a
    table of a lower level. `bits` bool (tables, 2^k); `votes` int32 (classes, tables), the scores
    of no votes int32 (classes,), and `scale`, by which the loss sees scores. Wires may move to
    `inputs`, int64, of which `places` gives the column of each signal, tables after inputs; and to
    tables of lower levels. Level l begins with the table starts[l].
    """

    def __init__(
        self,
        layers: list[LutLayer],
        order: list[int],
        head: GroupSum | MajorityVote | Head,
        inputs: torch.Tensor,
    ) -> None:
        self.layers = layers
        self.starts = [0, *accumulate(layer.units for layer in layers)]
        self.units = self.starts.pop()
        self.n_in = layers[0].n_in
        self.wires = torch.cat([one.wires().view(one.units, one.k) for one in layers])
        self.bits = torch.cat([one.table_latent.detach() > 0 for one in layers])
        self.wires_move = layers[0].learns
        wired = self.wires[self.wires < self.n_in]
        self.inputs = torch.cat([inputs, wired]).unique()
        self.places = torch.full((self.n_in + self.units,), -1)
        self.places[self.inputs] = torch.arange(len(self.inputs))
        self.places[self.n_in :] = len(self.inputs) + torch.arange(self.units)
        with torch.no_grad():
            none = head(torch.zeros(1, self.units))[0]
            each = (head(torch.eye(self.units)) - none).T
        unit_of = torch.tensor(order).argsort()
        self.votes, self.none = each[:, unit_of].round().int(), none.round().int()
        self.scale = math.exp(head.log_temperature.item())
        self.reach = int(self.votes.abs().sum(1).max() + self.none.abs().max())
        self.far = 2 * self.reach * self.scale > MOST
        ranks = range(-2 * self.reach, 2 * self.reach + 1)
        self._powers = torch.tensor(
            [math.exp(min(MOST, max(-MOST, self.scale * rank))) for rank in ranks],
            dtype=torch.float64,
        )

    @property
    def read(self) -> int:
        """The first so many tables may be read by others."""
        return self.starts[-1]

    @property
    def bytes_a_row(self) -> int:
        """Of what a sweep keeps of each row, by which they are limited."""
        readable, classes = len(self.inputs) + self.read, len(self.votes)
        return max(readable, (readable + len(self.inputs) + self.units + 20 * classes) // 4)

    def below(self, table: int) -> int:
        """The first so many tables may be read by this one."""
        return self.starts[bisect(self.starts, table) - 1]

    def tops(self, scores: torch.Tensor) -> torch.Tensor:
        """What scores int32 (classes, n) are compared with, so that no power of e runs out of
        float64: the largest score that can be, int32 (1,), or where that is too far from others
        the largest of each row, (n,)."""
        return scores.amax(0) if self.far else torch.tensor([self.reach], dtype=torch.int32)

    def powers(self, scores: torch.Tensor, tops: torch.Tensor) -> torch.Tensor:
        """e to scores int32 (classes, n) less tops, times scale: float64."""
        # Several times as fast as by brackets.
        found = self._powers.index_select(0, (scores - tops + 2 * self.reach).flatten())
        return found.view(scores.shape)

    def reading(self, table: int) -> list[int]:
        """The tables that read this one, or one that does, lowest levels first."""
        found: list[int] = []
        moved = torch.zeros(self.n_in + self.units, dtype=torch.bool)
        moved[self.n_in + table] = True
        starts = [start for start in self.starts if start > table]
        for first, end in pairwise([*starts, self.units]):
            readers = moved[self.wires[first:end]].any(1).nonzero().flatten() + first
            moved[self.n_in + readers] = True
            found += readers.tolist()
        return found

    @staticmethod
    def of(model: nn.Sequential, inputs: torch.Tensor) -> "_Tables":
        """Those of a network; wires may move to `inputs`, int64, besides where they are."""
        first, head = model[0], model[-1]
        layers = list(first.tables) if isinstance(first, LutLevels) else [first]
        found = [one for one in layers if isinstance(one, LutLayer)]
        order = first.order if isinstance(first, LutLevels) else list(range(found[0].units))
        return _Tables(found, order, cast("GroupSum | MajorityVote | Head", head), inputs)

    def give(self) -> None:
        """Tell the network."""
        for start, layer in zip(self.starts, self.layers, strict=True):
            end = start + layer.units
            layer.get_buffer("fixed_wires").copy_(self.wires[start:end].flatten())
            with torch.no_grad():
                layer.table_latent.copy_(self.bits[start:end] * 2.0 - 1)


class _Sweep:
    """One visit to every table, on rows drawn for it: `columns` uint8 (signals, n), the inputs that
    wires may read and then the tables; `rows` uint8 (n, signals), the same of all that can be read;
    `wanted` (classes, n) the probability that each class is to have, and `scores` int32
    (classes, n)."""

    def __init__(
        self, tables: _Tables, batches: Batches, said: Descent, most: int | None = None
    ) -> None:
        self.tables, self.said, self.generator = tables, said, batches.generator
        size = most or max(1, MOST_BYTES // tables.bytes_a_row)
        inputs, self.wanted = batches.drawn(said.copies, size, tables.inputs, len(tables.votes))
        n, first = inputs.shape
        self.columns = torch.empty(first + tables.units, n, dtype=torch.uint8)
        self.columns[:first] = inputs.T
        self.scores = tables.none[:, None].repeat(1, n)
        for table in range(tables.units):
            said_by = self._says(table, self._addresses(table))
            self.columns[first + table] = said_by
            self.scores += tables.votes[:, table, None] * said_by.long()
        self.rows = inputs
        if tables.read:
            self.rows = self.columns[: first + tables.read].T.contiguous()
        self._sum_up()

    def _sum_up(self) -> None:
        """`total` float64 (n,), the powers of all scores, less what `tops` says."""
        self.tops = self.tables.tops(self.scores)
        self.total = self.tables.powers(self.scores, self.tops).sum(0)

    def run(self) -> None:
        """Visit the tables in a random order."""
        for table in torch.randperm(self.tables.units, generator=self.generator).tolist():
            self.visit(table)

    def visit(self, table: int) -> None:
        """Give a table the best wires and entries, as the others are."""
        moved = self._moved(table)
        classes = self.tables.votes[:, list(moved)].any(1).nonzero().flatten()
        zero, one = self._scores(moved, classes)
        powers = partial(self.tables.powers, tops=self.tops)
        rest = (self.total - powers(self.scores[classes]).sum(0)).clamp(min=0)
        worth = self.tables.scale * ((one - zero) * self.wanted[classes]).sum(0)
        cost = (rest + powers(one).sum(0)).log() - (rest + powers(zero).sum(0)).log() - worth

        new = self._improve(table, cost)
        for each, (at_zero, at_one) in moved.items():
            self._set(each, at_zero ^ (new & (at_zero ^ at_one)))
        self.scores[classes] = zero + (one - zero) * new
        if self.tables.far:
            self._sum_up()
        else:
            self.total = rest + powers(self.scores[classes]).sum(0)

    def _moved(self, table: int) -> "dict[int, tuple[torch.Tensor, torch.Tensor]]":
        """What a table and all that its bit moves say where it says 0, and where it says 1, bool
        (n,)."""
        no = torch.zeros(self.columns.shape[1], dtype=torch.bool)
        moved = {table: (no, ~no)}
        for reader in self.tables.reading(table):
            at_zero = self._addresses(reader)
            at_one = at_zero.clone()
            for wire, signal in enumerate(self.tables.wires[reader].tolist()):
                pair = moved.get(signal - self.tables.n_in)
                if pair is not None:
                    now = self._column(signal)  # less than it wraps round, and comes back
                    at_zero += (pair[0].view(torch.uint8) - now) << wire
                    at_one += (pair[1].view(torch.uint8) - now) << wire
            moved[reader] = self._says(reader, at_zero), self._says(reader, at_one)
        return moved

    def _scores(
        self, moved: "dict[int, tuple[torch.Tensor, torch.Tensor]]", classes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of these classes (classes, n) where the table that moves others says 0, and 1."""
        zero = self.scores[classes]
        for table in moved:
            now = self._column(self.tables.n_in + table).int()
            for place, votes in self._votes(table, classes):
                zero[place] -= votes * now
        one = zero.clone()
        for table, (at_zero, at_one) in moved.items():
            for place, votes in self._votes(table, classes):
                zero[place] += votes * at_zero
                one[place] += votes * at_one
        return zero, one

    def _votes(self, table: int, classes: torch.Tensor) -> list[tuple[int, int]]:
        """The places among these classes that a table votes on, and how."""
        votes = self.tables.votes[classes, table].tolist()
        return [(place, each) for place, each in enumerate(votes) if each]

    def _column(self, signal: int) -> torch.Tensor:
        return self.columns[self.tables.places[signal]]

    def _addresses(self, table: int) -> torch.Tensor:
        return addresses(self.columns, self.tables.places[self.tables.wires[table]])

    def _says(self, table: int, at: torch.Tensor) -> torch.Tensor:
        """What a table says at addresses uint8 (n,): bool (n,)."""
        return self.tables.bits[table].index_select(0, at.int())

    def _set(self, table: int, says: torch.Tensor) -> None:
        column = self._column(self.tables.n_in + table)
        if table < self.tables.read:
            other = (says != column.view(torch.bool)).nonzero().flatten()
            self.rows[other, len(self.tables.inputs) + table] = says[other].view(torch.uint8)
        column.copy_(says)

    def _improve(self, table: int, cost: torch.Tensor) -> torch.Tensor:
        """Give a table the best wires and entries for what a 1 of it costs in each row, float64
        (n,); what it says then, bool (n,)."""
        grid = float(cost.abs().sum()) / self.said.rows
        if grid == 0:
            return self._says(table, self._addresses(table))
        if self.tables.wires_move:
            drawn = torch.rand(len(cost), generator=self.generator, dtype=torch.float64)
            rounded = (cost / grid + drawn).floor().clamp(-LARGEST, LARGEST).to(torch.int8)
            self._move_wires(table, rounded)
        address = self._addresses(table).long()
        fine = (cost * (FINE / grid)).round().long()
        sums = torch.zeros(self.tables.bits.shape[1], dtype=torch.int64)
        self.tables.bits[table] = sums.scatter_add_(0, address, fine) < 0
        return self._says(table, address)

    def _move_wires(self, table: int, cost: torch.Tensor) -> None:
        """Move a table's wires, for what a 1 of it costs in each row, int8 (n,)."""
        tables = self.tables
        read = self.rows[:, : len(tables.inputs) + tables.below(table)]
        wires = best_wires(read, cost, tables.places[tables.wires[table]])
        below = tables.n_in + wires - len(tables.inputs)
        inputs = tables.inputs[wires.clamp(max=len(tables.inputs) - 1)]
        tables.wires[table] = torch.where(wires < len(tables.inputs), inputs, below)
