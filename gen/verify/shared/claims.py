"""What a round of a time-shared core claims, beside what it should be: small functions in pairs.

Claims that are the same but for the names of what they read become one: each is built again over
inputs that are numbered by their places in the claim. What a claim should be is built from the
network here: the addition, the levels, the class.
"""

from collections.abc import Iterator, Sequence

from gen.intnet.network import Argmax
from gen.logic.graph import Builder, Signal
from gen.logic.words import Word, add_constant, argmax, at_least, constant_word, full_adder
from gen.proof.compare import Pair
from gen.proof.machine import MachineError
from gen.proof.rounds import Unrolled
from gen.verify.shared.sums import Added, Stored, Sums

__all__ = ["pairs_of"]

Literals = tuple[int, ...]


def pairs_of(
    made: Unrolled, sums: Sums, answer: Sequence[int], names: Sequence[str]
) -> tuple[Builder, list[Pair]]:
    """Every claim of a watched round as signals that should be equal, and where they are built.

    `made` is the round's logic; `answer` are the literals of its outputs and `names` theirs, lowest
    bit of the class first. Raises MachineError where a claim reads what it should not.
    """
    own = _Own(made)
    added = _added(own, sums)
    stored = []
    for one in sums.stored:
        name = f"{one.node.name}[{one.at}]"
        (total, _), code = own.again([one.sum, one.ignored], one.code, name)
        stored.append((name, one, total, code))
    totals, answered = own.again([one.sum for one in sums.answered], answer, "the answer")
    ends = [literal for claim in added for literal in claim.after]
    ends += [literal for *_, code in stored for literal in code] + list(answered)
    b, signals = own.built(ends)
    wanted = _Wanted(b, sums)
    pairs = [
        Pair(f"sum {number}, bit {at}", *both)
        for number, claim in enumerate(added)
        for at, both in enumerate(
            zip(signals(claim.after), wanted.sum(claim, signals), strict=True)
        )
    ]
    for name, one, total, code in stored:
        pairs += wanted.code(name, one, signals(total), signals(code))
    scores = wanted.answer([signals(total) for total in totals])[: len(answered)]
    pairs += map(Pair, names, signals(answered), scores)
    return b, pairs


def _added(own: "_Own", sums: Sums) -> list[Added]:
    """The additions that are different ones, over their own inputs."""
    found: dict[Added, None] = {}
    for claim in sums.added:
        reads = [claim.before, *claim.weights, *claim.values]
        (before, *lanes), after = own.again(reads, claim.after, "a sum")
        half = len(claim.weights)
        found[Added(before, tuple(lanes[:half]), tuple(lanes[half:]), after)] = None
    return list(found)


class _Own:
    """Claims' cones built again, over inputs numbered by their places."""

    def __init__(self, made: Unrolled) -> None:
        self.gates = {literal >> 1: pair for pair, literal in made.gates.items()}
        self.names = made.names
        self.made = Unrolled()
        self.places: list[int] = []

    def again(
        self, reads: Sequence[Sequence[int]], ends: Sequence[int], what: str
    ) -> tuple[list[Literals], Literals]:
        """The words read and `ends`, in literals of `made`.

        Raises MachineError where `ends` depend on anything else.
        """
        known = {0: 0}
        for literal in (literal for word in reads for literal in word):
            if literal >> 1 not in known:
                place = len(known) - 1
                if place == len(self.places):
                    self.places.append(self.made.input(f"place {place}"))
                known[literal >> 1] = self.places[place] ^ (literal & 1)
        made = tuple(self._at(known, end, what) for end in ends)
        words = [tuple(known[literal >> 1] ^ (literal & 1) for literal in word) for word in reads]
        return words, made

    def _at(self, known: dict[int, int], end: int, what: str) -> int:
        stack = [end >> 1]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
                continue
            if node not in self.gates:
                raise MachineError(f"{what} depends on {self.names.get(node, 'another value')}")
            one, two = self.gates[node]
            missing = [side >> 1 for side in (one, two) if side >> 1 not in known]
            stack += missing
            if not missing:
                left, right = (known[side >> 1] ^ (side & 1) for side in (one, two))
                known[node] = self.made.and_(left, right)
        return known[end >> 1] ^ (end & 1)

    def built(self, ends: Sequence[int]) -> tuple[Builder, "_Signals"]:
        """A builder with all cones in it, and its signals of the literals that are inputs or in
        `ends`."""
        graph = self.made.graph({str(at): end for at, end in enumerate(ends)})
        b = Builder()
        inputs = [b.input(name) for name in graph.input_names]
        made = dict(zip(ends, b.import_graph(graph, inputs), strict=True))
        return b, _Signals(b, made | dict(zip(self.places, inputs, strict=True)))


class _Signals:
    """Signals of literals."""

    def __init__(self, b: Builder, known: dict[int, Signal]) -> None:
        self.known = known | {0: b.false}

    def __call__(self, word: Sequence[int]) -> Word:
        return [self.known[one] if one in self.known else ~self.known[one ^ 1] for one in word]


class _Wanted:
    """What claims should be, of the network and of the way in which the core keeps numbers."""

    def __init__(self, b: Builder, sums: Sums) -> None:
        self.b, self.net, self.program, self.sums = b, sums.net, sums.program, sums

    def sum(self, claim: Added, signals: _Signals) -> Word:
        """The sum before, and each weight times its value, modulo the sum's width."""
        width = len(claim.before)
        words = [
            self._product(signals(weight), signals(value), width)
            for weight, value in zip(claim.weights, claim.values, strict=True)
        ]
        while len(words) > 1:
            rest = words[len(words) & ~1 :]
            pairs = zip(words[::2], words[1::2], strict=False)
            words = [self._add(one, other) for one, other in pairs] + rest
        return self._add(signals(claim.before), words[0])

    def _product(self, weight: Word, value: Word, width: int) -> Word:
        """A value times a weight, which is a sign, or in two's complement."""
        top = value[-1] if self.program.signed else self.b.false
        wide = [*value, *[top] * width][:width]
        if self.program.signs:
            (negative,) = weight
            flipped = [self.b.xor(bit, negative) for bit in wide]
            return self._add(flipped, [negative, *[self.b.false] * (width - 1)])
        made = [self.b.false] * width
        for place, bit in enumerate(weight):
            part = [self.b.and_(bit, one) for one in [self.b.false] * place + wide][:width]
            made = self._add(made, part, less=place == len(weight) - 1)
        return made

    def _add(self, one: Word, other: Word, less: bool = False) -> Word:
        """The sum of two words of one width, or their difference, modulo the width."""
        carry, made = self.b.constant(less), []
        for x, y in zip(one, other, strict=True):
            bit, carry = full_adder(self.b, x, ~y if less else y, carry)
            made.append(bit)
        return made

    def code(self, name: str, claim: Stored, total: Word, code: Word) -> Iterator[Pair]:
        """Each bit of a code, where the sum is one that there can be."""
        edges, codes = claim.node.edges[claim.at].tolist(), claim.node.codes[claim.at].tolist()
        wanted = constant_word(self.b, codes[0], len(code))
        for edge, value in zip(edges, codes[1:], strict=True):
            least = -((claim.bias - edge) // claim.factor)
            reached = self._at_least(total, least)
            given = constant_word(self.b, value, len(code))
            wanted = [self.b.mux(reached, *pair) for pair in zip(given, wanted, strict=True)]
        possible = self.b.and_(
            self._at_least(total, -claim.reach), ~self._at_least(total, claim.reach + 1)
        )
        for at, (one, other) in enumerate(zip(code, wanted, strict=True)):
            yield Pair(f"{name}.{at}", self.b.mux(possible, one, other), other)

    def _at_least(self, total: Word, bound: int) -> Signal:
        """Whether a word in two's complement is an integer or more."""
        half = 1 << (len(total) - 1)
        return at_least(self.b, [*total[:-1], ~total[-1]], bound + half)

    def answer(self, totals: Sequence[Word]) -> Word:
        """The class, then the scores."""
        answered, width = self.sums.answered, self.program.score_bits
        scores = [
            add_constant(self.b, self._times(total, one.factor, width), one.bias)
            for one, total in zip(answered, totals, strict=True)
        ]
        compared = [[*word[:-1], ~word[-1]] for word in scores]
        winner, _ = argmax(self.b, compared, self._last())
        return [*winner, *(bit for word in scores for bit in word)]

    def _times(self, total: Word, factor: int, width: int) -> Word:
        """A word in two's complement times a positive integer, modulo the width."""
        wide, made = [*total, *[total[-1]] * width], [self.b.false] * width
        for place in range(factor.bit_length()):
            if factor >> place & 1:
                made = self._add(made, ([self.b.false] * place + wide)[:width])
        return made

    def _last(self) -> bool:
        node = self.net.nodes[-1]
        return isinstance(node, Argmax) and node.last
