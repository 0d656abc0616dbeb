"""The wrapper of a core proved to be a queue: what goes in comes out, in order, once.

The wrapper's Verilog is read with a core in it that only delays: `valid` as the core's does, and in
place of answers bits that are free in every cycle. What the core itself computes, and that it is as
late, is proved elsewhere; so nothing is left out. The state of the wrapper stands for a list of
answers (those in the store from `head` on, then those in the core, the oldest first), and of every
state with the invariant SAT proves: a cycle takes the first from the list where one is given, puts
one behind the last where a beat is taken, and changes nothing else; what is given is the first.
That is shown of one bit of an answer, tlast. All bits of an answer move alike, which is shown too:
each place of the store keeps what it holds, or takes all bits of what comes out of the core.
"""

import tempfile
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path

from gen.files import write_text
from gen.ip.axis import beat_bits, places
from gen.logic.graph import Builder, Signal
from gen.logic.solver import Solver
from gen.map.netlist import Netlist
from gen.proof.chain import FAILED, PROVED, UNDECIDED, Found
from gen.proof.machine import ONE, ZERO, Logic, Machine, MachineError, Net
from gen.proof.verilog import read_design

__all__ = ["prove_queue"]

FEW, CONFLICTS = 2_000, 500_000
Bits = list[Signal]


def prove_queue(axis: Path, mapped: Netlist, name: str) -> Found:
    """Prove of the wrapper `<name>_axis` in a file what the module says. Raises ToolFailed."""
    n_in = mapped.n_inputs - len(mapped.registers)
    n_out = len(mapped.outputs) - len(mapped.registers)
    try:
        with tempfile.TemporaryDirectory(prefix="smelt-queue-") as folder:
            delay = Path(folder) / "core.v"
            write_text(delay, _delay(name, n_in, n_out, mapped.latency))
            machine = read_design({"axis.v": axis, "core.v": delay}, f"{name}_axis")
        proof = _Proof(machine, n_in, n_out, mapped.latency)
        wrong = proof.wrong()
    except MachineError as error:
        return Found(FAILED, f"reading {axis.name}", str(error))
    return _asked(proof, wrong)


def _asked(proof: "_Proof", wrong: Mapping[str, Signal]) -> Found:
    """No state with the invariant and no input may make any of these 1."""
    b = proof.b
    for what, signal in wrong.items():
        b.output(what, signal)
    for case, signal in proof.cases.items():
        b.output(case, signal)
    how = f"{len(wrong)} claims by SAT, a list of {proof.depth} answers at most"
    graph = b.graph()
    ends = dict(zip(graph.output_names, graph.outputs.tolist(), strict=True))
    cases = [ends.pop(name) for name in proof.cases]
    with Solver(graph) as solver:
        for what, literal in ends.items():
            # Fast where it is known which place is first.
            found = solver.can([literal], FEW)
            for case in cases if found is None else ():
                found = solver.can([literal, case], CONFLICTS)
                if found is not False:
                    break
            if found:
                return Found(FAILED, how, f"the wrapper breaks this: {what}")
            if found is None:
                return Found(UNDECIDED, how, f"no answer in {CONFLICTS:,} conflicts: {what}")
            solver.sat.add_clause([-solver.literal(literal)])  # The next may build on it.
    return Found(PROVED, how)


def _delay(name: str, n_in: int, n_out: int, latency: int) -> str:
    """A core that keeps x for a cycle, and delays free bits."""
    stages = [f"stage{at} <= {f'stage{at - 1}' if at else 'answer'};" for at in range(latency)]
    valid = f"{{valid[{latency - 2}:0], x_valid}}" if latency > 1 else "x_valid"
    return "\n".join(
        [
            f"module {name}(input clk, input rst, input [{n_in - 1}:0] x, input x_valid,",
            f"  output [{n_out - 1}:0] y, output y_valid);",
            f"  wire [{n_out - 1}:0] answer;",
            f"  (* keep *) reg [{n_in - 1}:0] seen;",
            *(f"  reg [{n_out - 1}:0] stage{at};" for at in range(latency)),
            f"  reg [{latency - 1}:0] valid = 0;",
            "  always @(posedge clk) begin",
            "    seen <= x;",
            *(f"    {line}" for line in stages),
            f"    valid <= rst ? {latency}'b0 : {valid};",
            "  end",
            f"  assign y = stage{latency - 1};",
            f"  assign y_valid = valid[{latency - 1}];",
            "endmodule",
            "",
        ]
    )


class _Proof:
    """The wrapper's state as free bits, the list that it stands for, and what must not be."""

    def __init__(self, machine: Machine, n_in: int, n_out: int, latency: int) -> None:
        self.b = Builder()
        self.machine, self.n_in, self.n_out, self.latency = machine, n_in, n_out, latency
        self.depth = places(latency)
        self.place = {name: net for net, one in machine.registers.items() for name in one.names}
        self.ports = {name: self.b.input(name) for name in machine.inputs if name != machine.clock}
        self.now: dict[Net, Signal] = {
            net: self.b.input(min(one.names, default=f"register {at}"))
            for at, (net, one) in enumerate(machine.registers.items())
        }
        free = {net: self.b.input(f"free {at}") for at, net in enumerate(_undriven(machine))}
        ports = {machine.inputs[name]: bit for name, bit in self.ports.items()}
        self.logic = Logic(self.b, machine, self.now | free | ports)
        head = self._word("head", (self.depth - 1).bit_length(), self.now)
        self.cases = {f"head is {at}": self._is(head, at) for at in range(self.depth)}
        self.after = {net: self.logic.at(one.next) for net, one in machine.registers.items()}

    def wrong(self) -> dict[str, Signal]:
        """What no state with the invariant may do, by what it breaks."""
        b = self.b
        made = {"the state after power-up has the invariant": ~self._at_power_up()}
        holds = self._invariant(self.now)
        for what, pair in (self._moved() | self._counted()).items():
            made[what] = b.and_(holds, b.xor(*pair))
        store, offered = self._store(self.now), self._out("m_axis_tvalid")
        data = [self._out(bit) for bit in self._port("m_axis_tdata", beat_bits(self.n_out))]
        first = [*data[: self.n_out], self._out("m_axis_tlast")]
        unlike = self._unlike(first, self._at_head(store, 0))
        made["what is offered is the first"] = reduce(b.and_, [holds, offered, unlike])
        made["a place keeps all bits, or takes all bits of an answer"] = self._parted(store)
        made["the bits of tdata above the answer are 0"] = self._any(data[self.n_out :])
        return made | self._taken()

    def _taken(self) -> dict[str, Signal]:
        """What goes into the core is the beat's."""
        kept = self.b.xor(self.after[self._stage(0)[-1]], self.ports["s_axis_tlast"])
        x = self._port("s_axis_tdata", beat_bits(self.n_in))[: self.n_in]
        seen = [self.after[self._net(name)] for name in self._port("core.seen", self.n_in)]
        return {
            "tlast is that of the beat": self.b.and_(self._take(), kept),
            "x is what tdata carries": self._unlike(seen, [self.ports[name] for name in x]),
        }

    def _take(self) -> Signal:
        return self.b.and_(self.ports["s_axis_tvalid"], self._out("s_axis_tready"))

    def _give(self) -> Signal:
        return self.b.and_(self._out("m_axis_tvalid"), self.ports["m_axis_tready"])

    def _counted(self) -> dict[str, tuple[Signal, Signal]]:
        """When beats and answers may move; pairs that must be equal."""
        b, up = self.b, self.ports["aresetn"]
        length, longer = (self._lists(state)[1][-1] for state in (self.now, self.after))
        ready, offered = self._out("s_axis_tready"), self._out("m_axis_tvalid")
        stored = self._any(self._word("count", self.depth.bit_length(), self.now))
        later = self._any(self._word("count", self.depth.bit_length(), self.after))
        inside = self._any(self._word("core.valid", self.latency, self.now))
        stays = reduce(b.and_, [up, offered, ~self._give(), ~later])
        return {
            "a state after one with the invariant has it too": (
                self._invariant(self.after),
                b.true,
            ),
            "a beat is taken where there is a place": (ready, b.and_(up, ~length[self.depth])),
            "an answer is offered where one is in the store": (offered, stored),
            "an answer is in the store where there is one and none in the core": (
                b.or_(stored, inside),
                ~b.and_(length[0], ~inside),
            ),
            "an offer stays until it is taken": (stays, b.false),
            "a reset leaves an empty list": (b.and_(~up, ~longer[0]), b.false),
            "no beat is taken in a reset": (b.and_(~up, self._take()), b.false),
        }

    def _moved(self) -> dict[str, tuple[Signal, Signal]]:
        """The list after a cycle, entry by entry: the others, and what was taken behind them.

        Claims on the way make those at the end easy: with the answers of some stages alone, the
        list is what it was with those of one stage more, one place on where one was given.
        """
        b, up = self.b, self.ports["aresetn"]
        queues, lengths = self._lists(self.now)
        later, longer = self._lists(self.after)
        taken = [self.after[net] for net in self._stage(0)[-1:]]
        claims = {}
        for stages in range(self.latency + 1):
            end = stages == self.latency
            queue, length = self._given(queues[min(stages + 1, self.latency)],
                                        lengths[min(stages + 1, self.latency)])  # fmt: skip
            if end:
                queue, length = self._with(queue, length, self._take(), taken)
            unlike = self._unlike(longer[stages], length)
            claims[f"length of the list with {stages} stages"] = (b.and_(up, unlike), b.false)
            for at in range(self.depth):
                # Entries behind the end stand for nothing.
                there = ~self._any(longer[stages][: at + 1])
                unlike = self._unlike(later[stages][at], queue[at])
                wrong = reduce(b.and_, [up, there, unlike])
                claims[f"entry {at} of the list with {stages} stages"] = (wrong, b.false)
        return claims

    def _given(self, queue: Sequence[Bits], length: Bits) -> tuple[list[Bits], Bits]:
        """The list without its first entry, where that is given in this cycle."""
        give = self._give()
        moved = [self._mux(give, *pair) for pair in zip(queue[1:], queue[:-1], strict=True)]
        shorter = self._mux(give, [*length[1:], self.b.false], length)
        return [*moved, queue[-1]], shorter

    def _with(
        self, queue: Sequence[Bits], length: Bits, more: Signal, entry: Bits
    ) -> tuple[list[Bits], Bits]:
        """The list with an entry behind the last, where there is one more."""
        put = [self.b.and_(more, end) for end in length]
        added = [self._mux(here, entry, old) for here, old in zip(put, queue, strict=False)]
        return added, self._mux(more, [self.b.false, *length[:-1]], length)

    def _lists(self, state: Mapping[Net, Signal]) -> tuple[list[list[Bits]], list[Bits]]:
        """The list's entries, and its length as a bit for each that it can have: of the store
        alone, with the core's last stage, and so on."""
        count = self._word("count", self.depth.bit_length(), state)
        stored = [place[-1:] for place in self._store(state)]
        queues = [[self._at_head(stored, at, state) for at in range(self.depth)]]
        lengths = [[self._is(count, at) for at in range(self.depth + 1)]]
        valid = self._word("core.valid", self.latency, state)
        for stage in reversed(range(self.latency)):
            inside = [state[net] for net in self._stage(stage)[-1:]]
            queue, length = self._with(queues[-1], lengths[-1], valid[stage], inside)
            queues.append(queue)
            lengths.append(length)
        return queues, lengths

    def _store(self, state: Mapping[Net, Signal]) -> list[Bits]:
        """All bits of each place, tlast at the end."""
        return [
            [state[self._net(name)] for name in self._port(f"store[{at}]", self.n_out + 1)]
            for at in range(self.depth)
        ]

    def _at_head(
        self, stored: Sequence[Bits], at: int, state: Mapping[Net, Signal] | None = None
    ) -> Bits:
        """What lies so many places behind the first."""
        width = (self.depth - 1).bit_length()
        head = self._word("head", width, self.now if state is None else state)
        entry = stored[at]
        for first in range(1, self.depth):
            entry = self._mux(self._is(head, first), stored[(first + at) % self.depth], entry)
        return entry

    def _parted(self, store: Sequence[Bits]) -> Signal:
        """Whether a place's bits do not all stay, or all change to those of the last stage."""
        b = self.b
        tail = self._word("tail", (self.depth - 1).bit_length(), self.now)
        valid = self._word("core.valid", self.latency, self.now)[-1]
        made = [self.now[net] for net in self._stage(self.latency - 1)]
        apart = []
        for at, (before, after) in enumerate(zip(store, self._store(self.after), strict=True)):
            wanted = self._mux(b.and_(valid, self._is(tail, at)), made, before)
            apart.append(self._unlike(after, wanted))
        return self._any(apart)

    def _invariant(self, state: Mapping[Net, Signal]) -> Signal:
        """The pointers belong together, and `outstanding` is the length of the list."""
        b, depth = self.b, self.depth
        pointer, counter = (depth - 1).bit_length(), depth.bit_length()
        head, tail = (self._word(name, pointer, state) for name in ("head", "tail"))
        count, out = (self._word(name, counter, state) for name in ("count", "outstanding"))
        placed = []
        for first in range(depth):
            for many in range(depth + 1):
                ends = [self._is(head, first), self._is(count, many)]
                placed.append(reduce(b.and_, [*ends, self._is(tail, (first + many) % depth)]))
        length = self._lists(state)[1][-1]
        same = [b.and_(length[at], self._is(out, at)) for at in range(depth + 1)]
        return b.and_(self._any(placed), self._any(same))

    def _at_power_up(self) -> Signal:
        registers = self.machine.registers
        return self._invariant({net: self.b.constant(one.init) for net, one in registers.items()})

    def _stage(self, at: int) -> list[Net]:
        """The registers of an answer in a stage of the core, and of its tlast."""
        bits = [self._net(name) for name in self._port(f"core.stage{at}", self.n_out)]
        return [*bits, self._net(self._port("last", self.latency)[at])]

    def _out(self, name: str) -> Signal:
        return self.logic.at(self.machine.outputs[name])

    def _word(self, name: str, width: int, state: Mapping[Net, Signal]) -> Bits:
        return [state[self._net(bit)] for bit in self._port(name, width)]

    def _port(self, name: str, width: int) -> list[str]:
        return [name] if width == 1 else [f"{name}[{at}]" for at in range(width)]

    def _net(self, name: str) -> Net:
        if name not in self.place:
            raise MachineError(f"the wrapper has no register {name}")
        return self.place[name]

    def _is(self, word: Bits, value: int) -> Signal:
        if value >> len(word):
            return self.b.false
        return reduce(self.b.and_, [bit if value >> k & 1 else ~bit for k, bit in enumerate(word)])

    def _any(self, bits: Sequence[Signal]) -> Signal:
        return reduce(self.b.or_, bits, self.b.false)

    def _unlike(self, one: Sequence[Signal], other: Sequence[Signal]) -> Signal:
        return self._any([self.b.xor(*pair) for pair in zip(one, other, strict=True)])

    def _mux(self, select: Signal, then: Bits, other: Bits) -> Bits:
        return [self.b.mux(select, *pair) for pair in zip(then, other, strict=True)]


def _undriven(machine: Machine) -> list[Net]:
    """Nets that nothing drives: the free answers."""
    driven = {*machine.cells, *machine.registers, *machine.inputs.values(), ZERO, ONE}
    read = [net for cell in machine.cells.values() for net in cell.inputs]
    read += [one.next for one in machine.registers.values()]
    return [net for net in dict.fromkeys(read) if net not in driven]
