"""Coordinate descent on tables: one after another gets the best wires and entries, given the rest.

Gradients see a table through estimates of what its bits and wires are worth. Where tables vote,
what one of them costs can be written down without any: with all others as they are, a row's loss
when the table says 1, less that when it says 0, is a number, and the best table on some inputs says
1 where these numbers, summed over the rows with that address, are below zero. So for each table in
turn, and each of its wires, every input is tried in the wire's place, each with the best entries
for it: one product of matrices for all inputs. This is block coordinate descent on the loss of the
hard network itself; it fits each table to what the others leave, as boosting does once and for all
(Friedman, "Greedy function approximation", Annals of Statistics 29, 2001).

Wires are judged by a sample: the numbers are rounded to a coarse grid at random, such that their
mean is kept and most rows get 0 and drop out; with each sweep the grid is finer, and fewer tables
are moved by chance. All sums are of integers, the same in any order.
"""

import math
import time
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import nn

from gen.console import progress
from gen.nets.layers.chain import LutChain
from gen.nets.layers.group_sum import GroupSum, MajorityVote
from gen.nets.layers.heads import Head
from gen.nets.layers.lut import LutLayer, settle
from gen.nets.recipe import Recipe, RecipeError
from gen.nets.training.batches import Batches
from gen.nets.training.judged import Judge
from gen.nets.training.keys import Descent

__all__ = ["descend", "time_descent"]

FINE = 256
"""Entries are found with so many steps of the coarse grid that wires are found with."""
BETTER = 1.002
"""An input takes another's place where it lowers the loss by so much more."""
LARGEST = 127
"""A row that costs more steps of the coarse grid counts as so many."""
LEAST = -700.0
"""Powers of e are no smaller than with this exponent."""
MOST_BYTES = 1 << 29
"""Input bits of a sweep, a byte each; where all rows are more, each sweep draws from them."""
TIMED_ROWS, TIMED_TABLES = 16384, 3
"""Drawn and visited to tell how long a descent takes."""


def descend(
    model: nn.Sequential, batches: Batches, recipe: Recipe, judge: Judge, label: str
) -> None:
    """Carry out [descent] on a network of one layer of tables, chained or not, and votes.

    After each sweep the network is judged, and the best of the last ones kept, where [schedule]
    keeps rows for that. Raises RecipeError for another network.
    """
    said = recipe.descent
    if said is None:
        return
    tables = _Tables.of(model, recipe, batches.telling)
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
    batches'; 0 where there is no [descent]. Raises RecipeError as that does."""
    said = recipe.descent
    if said is None:
        return 0.0
    tables = _Tables.of(model, recipe, batches.telling)
    whole = min(MOST_BYTES // len(tables.inputs), n_rows * said.copies)
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


@dataclass
class _Level:
    """A table of every unit: wires int64 (units, k), bits bool (units, 2^k), and the layer that
    they are of. With `own`, the lowest address bit is the unit's bit of the level before."""

    layer: LutLayer
    own: bool

    def __post_init__(self) -> None:
        wiring = self.layer.wires().view(self.layer.units, self.layer.k)
        self.wires = wiring[:, int(self.own) :].clone()
        self.bits = self.layer.table_latent.detach() > 0

    def give(self) -> None:
        """Tell the layer."""
        wires = self.layer.get_buffer("fixed_wires").view(self.layer.units, self.layer.k)
        wires[:, int(self.own) :] = self.wires
        with torch.no_grad():
            self.layer.table_latent.copy_(self.bits * 2.0 - 1)


class _Tables:
    """The tables of a network, and what their votes count: `votes` int64 (classes, units), the
    scores of no votes int64 (classes,), and `scale`, by which the loss sees scores. Wires may read
    `inputs`, int64, of which `places` gives the number of each."""

    def __init__(
        self, levels: list[_Level], head: GroupSum | MajorityVote | Head, inputs: torch.Tensor
    ) -> None:
        self.levels = levels
        self.units = levels[0].layer.units
        self.wires_move = levels[0].layer.learns
        wired = torch.cat([level.wires.flatten() for level in levels])
        self.inputs = torch.cat([inputs, wired]).unique()
        self.places = torch.full((levels[0].layer.n_in,), -1)
        self.places[self.inputs] = torch.arange(len(self.inputs))
        with torch.no_grad():
            none = head(torch.zeros(1, self.units))[0]
            each = head(torch.eye(self.units)) - none
        self.votes, self.none = each.T.round().long(), none.round().long()
        self.scale = math.exp(head.log_temperature.item())
        self.reach = int(self.votes.abs().sum(1).max() + self.none.abs().max())
        ranks = range(-2 * self.reach, 1)
        self._powers = torch.tensor(
            [math.exp(max(LEAST, self.scale * rank)) for rank in ranks], dtype=torch.float64
        )

    def powers(self, scores: torch.Tensor) -> torch.Tensor:
        """e to scores times scale, less the largest that can be: float64."""
        return self._powers[scores + self.reach]

    def voted(self, unit: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The classes that a table votes on, int64 (c,), and how, int64 (c, 1)."""
        classes = self.votes[:, unit].nonzero().flatten()
        return classes, self.votes[classes, unit, None]

    @staticmethod
    def of(model: nn.Sequential, recipe: Recipe, inputs: torch.Tensor) -> "_Tables":
        """Those of a network; wires may move to `inputs`, int64, besides where they are."""
        first, head = model[0], model[-1]
        layers = list(first.tables) if isinstance(first, LutChain) else [first]
        found = [one for one in layers if isinstance(one, LutLayer)]
        if len(model) != 2 or not found or not isinstance(head, (GroupSum, MajorityVote, Head)):
            raise RecipeError(
                f"{recipe.name}: [descent]: goes with one layer of kind lut and a head of kind"
                " group_sum, majority or argmax"
            )
        return _Tables([_Level(one, at > 0) for at, one in enumerate(found)], head, inputs)

    def give(self) -> None:
        """Tell the network."""
        for level in self.levels:
            level.give()


class _Sweep:
    """One visit to every table, on rows drawn for it: `rows` uint8 (n, inputs) of the inputs that
    wires may read, `columns` the same as (inputs, n), `wanted` (classes, n) the probability that
    each class is to have, and `scores` int64 (classes, n)."""

    def __init__(
        self, tables: _Tables, batches: Batches, said: Descent, most: int | None = None
    ) -> None:
        self.tables, self.said, self.generator = tables, said, batches.generator
        size = most or max(1, MOST_BYTES // len(tables.inputs))
        self.rows, self.wanted = batches.drawn(said.copies, size, tables.inputs, len(tables.votes))
        self.columns = self.rows.T.contiguous()
        self.scores = tables.none[:, None].repeat(1, len(self.rows))
        for unit in range(tables.units):
            self.scores += tables.votes[:, unit, None] * self._output(unit)
        self.total = tables.powers(self.scores).sum(0)

    def run(self) -> None:
        """Visit the tables in a random order."""
        for unit in torch.randperm(self.tables.units, generator=self.generator).tolist():
            self.visit(unit)

    def visit(self, unit: int) -> None:
        """Give a table the best wires and entries, as the others are."""
        classes, votes = self.tables.voted(unit)
        old, powers = self._output(unit), self.tables.powers
        without = self.scores[classes] - votes * old
        rest = (self.total - powers(self.scores[classes]).sum(0)).clamp(min=0)
        ones, zeros = powers(without + votes).sum(0), powers(without).sum(0)
        worth = self.tables.scale * (votes * self.wanted[classes]).sum(0)
        cost = (rest + ones).log() - (rest + zeros).log() - worth

        new: torch.Tensor | None = None
        for at, level in enumerate(self.tables.levels):
            new = self._improve(level, unit, cost * self._effect(unit, at), new)
        assert new is not None
        self.scores[classes] = without + votes * new
        self.total = rest + powers(self.scores[classes]).sum(0)

    def _output(self, unit: int) -> torch.Tensor:
        """What a table says, of a chain the last, int64 (n,)."""
        found: torch.Tensor | None = None
        for level in self.tables.levels:
            wires = self.tables.places[level.wires[unit]]
            found = level.bits[unit][addresses(self.columns, wires, found)].long()
        assert found is not None
        return found

    def _effect(self, unit: int, at: int) -> torch.Tensor | int:
        """What the last table of a chain says when the one at this level says 1, less what it says
        when that one says 0."""
        later = self.tables.levels[at + 1 :]
        if not later:
            return 1
        zero = torch.zeros(len(self.rows), dtype=torch.int64)
        one = zero + 1
        for level in later:
            wires = self.tables.places[level.wires[unit]]
            shared = addresses(self.columns, wires, torch.zeros_like(zero))
            zero = level.bits[unit][shared + zero].long()
            one = level.bits[unit][shared + one].long()
        return one - zero

    def _improve(
        self, level: _Level, unit: int, cost: torch.Tensor, own: torch.Tensor | None
    ) -> torch.Tensor:
        """Give a table the best wires and entries for what a 1 of it costs in each row, float64
        (n,); what it says then, int64 (n,)."""
        wires = self.tables.places[level.wires[unit]]
        grid = float(cost.abs().sum()) / self.said.rows
        if grid == 0:
            return level.bits[unit][addresses(self.columns, wires, own)].long()
        if self.tables.wires_move:
            drawn = torch.rand(len(cost), generator=self.generator, dtype=torch.float64)
            rounded = (cost / grid + drawn).floor().clamp(-LARGEST, LARGEST).to(torch.int8)
            kept = rounded.nonzero().flatten()
            order = torch.randperm(len(wires), generator=self.generator).tolist()
            wires = best_wires(
                self.rows.index_select(0, kept),  # several times as fast as by brackets
                rounded[kept],
                wires,
                order,
                None if own is None else own[kept],
            )
            level.wires[unit] = self.tables.inputs[wires]
        address = addresses(self.columns, wires, own)
        fine = (cost * (FINE / grid)).round().long()
        sums = torch.zeros(level.bits.shape[1], dtype=torch.int64).scatter_add_(0, address, fine)
        level.bits[unit] = sums < 0
        return level.bits[unit][address].long()


def addresses(columns: torch.Tensor, wires: torch.Tensor, own: torch.Tensor | None) -> torch.Tensor:
    """Addresses int64 (n,) from inputs uint8 (inputs, n), wire 0 the lowest bit but for `own`."""
    first = 0 if own is None else 1
    found = torch.zeros(columns.shape[1], dtype=torch.int32)
    for place, wire in enumerate(wires.tolist(), first):
        found += columns[wire].int() << place
    return found.long() if own is None else found.long() + own


def best_wires(
    rows: torch.Tensor,
    cost: torch.Tensor,
    wires: torch.Tensor,
    order: list[int],
    own: torch.Tensor | None = None,
) -> torch.Tensor:
    """Wires int64 (k,), each in turn, by `order`, moved to the input with which the table's best
    entries cost least. rows uint8 (n, inputs); cost int8 (n,), what a 1 costs; `own` int64 (n,) is
    an address bit that stays."""
    wires, columns, bits = wires.clone(), rows.T, rows.view(torch.int8)
    for wire in order:
        rest = torch.cat([wires[:wire], wires[wire + 1 :]])
        address = addresses(columns, rest, own)
        cells = torch.zeros(2 ** (len(rest) + (own is not None)), len(rows), dtype=torch.int8)
        cells.scatter_(0, address[None], cost[None])
        ones = torch._int_mm(cells, bits)  # a product of bytes, summed as int32
        zeros = cells.sum(1, dtype=torch.int32)[:, None] - ones
        least = (ones.clamp(max=0).sum(0) + zeros.clamp(max=0).sum(0)).numpy()
        least[rest.numpy()] = 1
        found = int(least.argmin())
        if least[found] < BETTER * least[wires[wire]]:
            wires[wire] = found
    return wires
