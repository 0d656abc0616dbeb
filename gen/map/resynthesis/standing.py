"""A netlist of few inputs as it stands while its cells are exchanged, each signal with its value
for every pattern of the inputs.

Bit p of a value is the one for pattern p, whose bit k is input k.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

import numpy as np

from gen.map.assemble import Assembler, Wire, cofactor
from gen.map.netlist import TRUE, Netlist

__all__ = ["Depth", "Standing"]


@dataclass(frozen=True)
class Depth:
    """No path of more cells than `most`: `before` each input are so many of them, and so many
    `after` each output."""

    most: int
    before: tuple[int, ...]
    after: tuple[int, ...]


class Standing:
    """Signals keep their numbers; those of cells that fell away are in no dictionary.

    `values` of the signals as numbers, `bits` (signals, patterns) the same; `rank` ascends from
    what is read to what reads it; `roots` are the signals that are outputs. `before` and `after`
    are cells on the longest path up to a signal, itself included, and from it on.
    """

    def __init__(self, netlist: Netlist, random: Random, depth: Depth | None) -> None:
        self.given, self.random, self.first = netlist, random, netlist.n_inputs
        self.full = (1 << (1 << self.first)) - 1
        size = self.first + len(netlist.cells)
        self.values = [_column(at, 1 << self.first) for at in range(self.first)] + [0] * (
            size - self.first
        )
        self.bits = np.zeros((size, 1 << self.first), np.uint8)
        self.fan_in: dict[int, tuple[int, ...]] = {}
        self.table: dict[int, int] = {}
        self.turning: list[dict[int, int]] = [{} for _ in range(size)]
        self.readers: list[set[int]] = [set() for _ in range(size)]
        self.roots = {end for _, end in netlist.outputs if end >= 0}
        for at, cell in enumerate(netlist.cells, self.first):
            self.fan_in[at], self.table[at] = cell.fan_in, cell.table
            for source in cell.fan_in:
                self.readers[source].add(at)
            self.values[at] = self.evaluated(at, {})
        for at in range(size):
            self.unpack(at)
        self.rank = list(range(size))
        for at in reversed(range(self.first, size)):
            self.drop(at)
        self.most = depth.most if depth else None
        self.behind_root = (
            dict(zip((end for _, end in netlist.outputs), depth.after, strict=True))
            if depth
            else {}
        )
        self.before = [*depth.before, *[0] * len(netlist.cells)] if depth else []
        self.after = [0] * size
        if depth:
            self.lengthen(list(self.fan_in), range(size))

    def lengthen(self, cells: Iterable[int], signals: Iterable[int]) -> None:
        """Note the paths up to these cells, and those from these signals on."""
        queue = sorted((self.rank[at], at) for at in cells)
        while queue:
            _, at = heappop(queue)
            before = 1 + max((self.before[one] for one in self.fan_in[at]), default=0)
            if before != self.before[at]:
                self.before[at] = before
                for one in self.readers[at]:
                    heappush(queue, (self.rank[one], one))
        queue = sorted((-self.rank[at], at) for at in signals)
        while queue:
            _, at = heappop(queue)
            ways = (self.after[one] + 1 for one in self.readers[at])
            after = max([self.behind_root.get(at, 0), *ways])
            if after != self.after[at]:
                self.after[at] = after
                for one in self.fan_in.get(at, ()):
                    heappush(queue, (-self.rank[one], one))

    def may_read(self, cell: int, signals: Sequence[int]) -> bool:
        """Whether reading these signals closes no loop and makes no path too long."""
        if self.most is not None:
            longest = max(self.before[one] for one in signals) + 1 + self.after[cell]
            if longest > self.most:
                return False
        above = (one for one in signals if self.rank[one] > self.rank[cell])
        return not any(self.depends(one, cell) for one in above)

    def unpack(self, at: int) -> None:
        """Note the bits of a value."""
        count = 1 << self.first
        raw = self.values[at].to_bytes(-(-count // 8), "little")
        self.bits[at] = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")[:count]

    def evaluated(self, at: int, other: dict[int, int]) -> int:
        """A cell's value, where some signals have `other` values."""
        values, fan_in = self.values, self.fan_in[at]
        bits = [other[one] if one in other else values[one] for one in fan_in]
        return _looked_up(self.table[at], bits, self.full)

    def turns(self, at: int, source: int) -> int:
        """The patterns for which a cell changes where a signal that it reads does."""
        if source not in self.turning[at]:
            fan_in = self.fan_in[at]
            place = fan_in.index(source)
            bits = [self.values[one] for one in fan_in if one != source]
            table, size = self.table[at], len(fan_in)
            differs = cofactor(table, size, place, 0) ^ cofactor(table, size, place, 1)
            self.turning[at][source] = _looked_up(differs, bits, self.full)
        return self.turning[at][source]

    def drop(self, at: int) -> None:
        """Take away a cell that nothing reads, and what only it read."""
        if at in self.fan_in and not self.readers[at] and at not in self.roots:
            for source in self.fan_in.pop(at):
                self.readers[source].discard(at)
                self.drop(source)

    def matters(self, cell: int) -> int:
        """The patterns for which a change of a cell's value changes an output."""
        if cell in self.roots:
            return self.full
        changes = {cell: self.full}
        found, queue = 0, sorted((self.rank[one], one) for one in self.readers[cell])
        met = {one for _, one in queue}
        while queue and found != self.full:
            at = heappop(queue)[1]
            changed = [one for one in self.fan_in[at] if one in changes]
            if len(changed) == 1:
                change = changes[changed[0]] & self.turns(at, changed[0])
            else:
                other = {one: self.values[one] ^ changes[one] for one in changed}
                change = self.values[at] ^ self.evaluated(at, other)
            if change:
                changes[at] = change
                if at in self.roots:
                    found |= change
                for one in self.readers[at] - met:
                    met.add(one)
                    heappush(queue, (self.rank[one], one))
        return found

    def depends(self, signal: int, cell: int) -> bool:
        """Whether a signal depends on a cell."""
        stack, met = [signal], {signal}
        while stack:
            at = stack.pop()
            if at == cell:
                return True
            for one in self.fan_in.get(at, ()):
                if one not in met and self.rank[one] >= self.rank[cell]:
                    met.add(one)
                    stack.append(one)
        return False

    def exchange(self, cell: int, fan_in: Sequence[int], matters: int) -> None:
        """Have a cell read these signals."""
        on = self.values[cell] & matters
        parts = [matters]
        for signal in reversed(fan_in):
            bit = self.values[signal]
            parts = [part for one in parts for part in (one & ~bit, one & bit)]
        rows = enumerate(parts)
        before, self.fan_in[cell] = self.fan_in[cell], tuple(fan_in)
        self.table[cell] = sum(
            1 << row for row, one in rows if (on & one if one else self.random.random() < 0.5)
        )
        for signal in fan_in:
            self.readers[signal].add(cell)
        for signal in {*before} - {*fan_in}:
            self.readers[signal].discard(cell)
            self.drop(signal)
        if any(self.rank[signal] > self.rank[cell] for signal in fan_in):
            for rank, one in enumerate(self.in_order(), self.first):
                self.rank[one] = rank
        self.turning[cell] = {}
        self.update(cell)
        if self.most is not None:
            self.lengthen([cell], {*before, *fan_in})

    def update(self, cell: int) -> None:
        """Values after a change of a cell."""
        queue, met = [(self.rank[cell], cell)], {cell}
        while queue:
            at = heappop(queue)[1]
            value = self.evaluated(at, {})
            if value != self.values[at]:
                self.values[at] = value
                self.unpack(at)
                for one in self.readers[at]:
                    self.turning[one] = {}
                for one in self.readers[at] - met:
                    met.add(one)
                    heappush(queue, (self.rank[one], one))

    def in_order(self) -> list[int]:
        """Cells, each after those that it reads."""
        found: dict[int, None] = {}
        for root in self.fan_in:
            stack = [root]
            while stack:
                at = stack[-1]
                left = (
                    [one for one in self.fan_in[at] if one in self.fan_in and one not in found]
                    if at not in found
                    else []
                )
                if left:
                    stack += left
                else:
                    found[stack.pop()] = None
        return list(found)

    def netlist(self) -> Netlist:
        """The netlist as it is now."""
        assembler = Assembler(self.given.inputs)
        wires: dict[int, Wire] = {at: (at, False) for at in range(TRUE, self.first)}
        for at in self.in_order():
            wires[at] = assembler.add([wires[one] for one in self.fan_in[at]], self.table[at])
        ends = {name: wires[end] for name, end in self.given.outputs}
        return assembler.finish(ends, self.given.k)


def _looked_up(table: int, bits: Sequence[int], full: int) -> int:
    """A table's value for each pattern, given those of its inputs."""
    if not bits:
        return full if table else 0
    choice = 0, bits[0] ^ full, bits[0], full
    parts = [choice[table >> row & 3] for row in range(0, 1 << len(bits), 2)]
    for bit in bits[1:]:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        parts = [low ^ bit & (low ^ high) for low, high in pairs]
    return parts[0]


def _column(at: int, count: int) -> int:
    """The patterns, of `count`, in which an input is 1."""
    block = (1 << (1 << at)) - 1 << (1 << at)
    for size in range(at + 1, count.bit_length() - 1):
        block |= block << (1 << size)
    return block
