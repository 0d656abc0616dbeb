"""A whole design on its serial line, simulated on many vectors at once, 64 to a machine word.

Every lane is a board of its own that is sent its own vectors. What goes out on the line is kept for
every cycle, so that a changed design is stopped at the first bit that differs in any lane.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gen.logic.evaluate import evaluate_words, pack_vectors
from gen.logic.graph import Builder, Graph
from gen.proof.machine import Logic, Machine

__all__ = ["Line", "heard", "run_lanes", "step_graph"]

Words = NDArray[np.uint64]


def step_graph(machine: Machine, rx: str, tx: str) -> tuple[Graph, list[int]]:
    """One clock cycle: inputs rx and registers, outputs tx and their next values; and power-up."""
    b = Builder()
    given = {machine.inputs[rx]: b.input(rx)}
    held = list(machine.registers)
    for at, net in enumerate(held):
        given[net] = b.input(f"register {at}")
    logic = Logic(b, machine, given)
    b.output(tx, logic.at(machine.outputs[tx]))
    for at, net in enumerate(held):
        b.output(f"next {at}", logic.at(machine.registers[net].next))
    return b.graph(), [machine.registers[net].init for net in held]


class Line:
    """What every lane is sent, bit by bit: `quiet` cycles, then its requests, evenly spaced.

    `requests` holds for each lane its requests as bytes, of one number in all lanes; `pause` is
    the bit times after the longest in which the reply comes.
    """

    def __init__(
        self, requests: Sequence[Sequence[bytes]], divisor: int, quiet: int, pause: int
    ) -> None:
        size = max(len(one) for lane in requests for one in lane)
        bits = np.stack(
            [np.concatenate([_framed(one, 10 * size + pause) for one in lane]) for lane in requests]
        )
        self.lanes, self.divisor, self.quiet = len(requests), divisor, quiet
        self.words = pack_vectors(bits)

    def __iter__(self) -> Iterator[Words]:
        """The line in each cycle, a bit per lane."""
        high = pack_vectors(np.ones((self.lanes, 1), dtype=np.uint8))[0]
        for _ in range(self.quiet):
            yield high
        for word in self.words:
            for _ in range(self.divisor):
                yield word


def run_lanes(graph: Graph, power_up: Sequence[int], line: Line) -> Iterator[NDArray[np.uint64]]:
    """What each lane sends in each cycle, words of a bit per lane; bits of no lane are any."""
    width = -(-line.lanes // 64)
    state = np.zeros((len(power_up), width), dtype=np.uint64)
    state[np.flatnonzero(power_up)] = np.uint64(2**64 - 1)
    for word in line:
        made = evaluate_words(graph, np.concatenate([word[None, :], state]))
        yield made[0]
        state = made[1:]


def heard(sent: Sequence[Words], line: Line) -> list[bytes]:
    """The bytes that each lane sent, as a receiver in the middle of bits hears them."""
    found = []
    for lane in _by_cycle(sent, line.lanes):
        own, at = bytearray(), line.quiet
        while True:
            start = at + int(np.argmin(lane[at:]))
            places = start + line.divisor // 2 + line.divisor * np.arange(1, 10)
            if lane[start] or places[-1] >= len(lane) - 1:
                break
            own += np.packbits(lane[places[:8]], bitorder="little").tobytes()
            at = int(places[-1])
        found.append(bytes(own))
    return found


def _framed(data: bytes, size: int) -> NDArray[np.uint8]:
    """A start bit, eight bits and a stop bit for each byte, then an idle line up to `size` bits."""
    bits = np.ones(size, dtype=np.uint8)
    octets = np.frombuffer(data, dtype=np.uint8)
    framed = bits[: 10 * len(data)].reshape(-1, 10)
    framed[:, 0] = 0
    framed[:, 1:9] = np.unpackbits(octets[:, None], axis=1, bitorder="little")
    return bits


def _by_cycle(sent: Sequence[Words], lanes: int) -> NDArray[np.uint8]:
    """Bits uint8 (lanes, cycles) from words per cycle."""
    stacked = np.stack(sent)
    octets = np.unpackbits(stacked.view(np.uint8), axis=1, bitorder="little")
    return np.ascontiguousarray(octets[:, :lanes].T)
