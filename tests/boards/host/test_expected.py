"""Predicted signatures against vectors looked up one by one in tables."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from boards.build.core import CoreFile
from boards.host.client import Request
from boards.host.expected import logic_steps, network_steps, predict_signature, read_steps
from boards.host.rows import not_valid
from gen.files import write_json
from gen.logic.aiger import write_aiger
from gen.logic.evaluate import evaluate
from gen.map.netlist import Cell, Netlist
from hw.shape import CoreShape
from hw.signature import advance, fold
from tests.gen.intnet.nets import small
from tests.sim.netlists import random_netlist, truth_table


@pytest.mark.parametrize("live", [None, [0, 3, 4, 9, 30, 31, 39]])
def test_signature_of_a_netlist(live: list[int] | None) -> None:
    netlist = random_netlist(seed=31, n_in=40)
    shape = CoreShape.of(40, [("class", 2), ("scores", 15)], live)
    frame = first = 0x123456789A & (1 << 8 * shape.payload_bytes) - 1
    signature = 0
    for _ in range(300):
        signature = fold(signature, truth_table(netlist, shape.unpack(frame)), 32)
        frame = advance(frame, 8 * shape.payload_bytes)
    assert predict_signature(logic_steps(netlist.to_graph()), shape, first, 300) == signature


def test_signature_of_steps() -> None:
    # The state turns over where x[0] is 1; "reset" makes it 0 first; the answer is the next state.
    cells = (Cell(0b01100110, (0, 2, 1)),)
    netlist = Netlist(("x[0]", "reset", "h"), (("class.0", 3), ("h.next", 3)), cells)
    registers = [("h", "h.next", 0)]
    netlist = replace(netlist, registers=tuple(registers))
    shape = CoreShape.of(2, [("class", 1)], reset=1)
    frame = first = 0x9234567F
    signature = state = 0
    for step in range(500):
        x = frame >> 31 | (step == 0) << 1
        state = truth_table(netlist, x | state << 2) & 1
        signature = fold(signature, state, 32)
        frame = advance(frame, 32)
    steps = logic_steps(netlist.to_graph(), registers)
    assert predict_signature(steps, shape, first, 500) == signature


def test_answers_of_a_network_are_class_then_scores() -> None:
    net = small()
    outputs = [("class", 1), ("score[0]", net.score_width), ("score[1]", net.score_width)]
    rows = np.array([[x & 1, x >> 1 & 1, x >> 2] for x in range(8)], np.uint8)
    made = network_steps(net, outputs)(rows)
    for x, bits in zip(rows.astype(int).tolist(), made.tolist(), strict=True):
        # The weights of `small`, by hand.
        h = [int(x[0] + x[1] - x[2] >= 1), int(1 - x[0] + x[2] >= 1)]
        scores = [h[0] + h[1] - 1, h[0] - h[1]]
        wanted = [int(scores[1] > scores[0])]
        wanted += [score >> bit & 1 for score in scores for bit in range(net.score_width)]
        assert bits == wanted
    assert network_steps(net, outputs[:1])(rows).tolist() == made[:, :1].tolist()


def test_a_netlist_for_valid_inputs_says_its_own_signature(tmp_path: Path) -> None:
    """On inputs that are not valid it is another function than the graph, and it is on the chip."""
    netlist = random_netlist(seed=3, n_in=8)
    other = netlist.with_cells([replace(netlist.cells[0], table=1), *netlist.cells[1:]])
    write_aiger(other.to_graph(), tmp_path / "graph.aig")
    write_json(tmp_path / "graph.json", {"format": "smelt-graph-1", "registers": []})
    core = cast(CoreFile, SimpleNamespace(interval=1))
    rows = np.array([[row >> at & 1 for at in range(8)] for row in range(256)], np.uint8)
    wanted = {}
    for proof in ("proved", "proved on valid inputs only (thermometer)"):
        netlist.write(tmp_path / "mapped.json", proof=proof)
        wanted[proof] = read_steps(tmp_path, core)(rows)
    graph, mapped = wanted.values()
    assert np.array_equal(graph, evaluate(other.to_graph(), rows))
    assert np.array_equal(mapped, evaluate(netlist.to_graph(), rows))
    assert not np.array_equal(graph, mapped)


def test_inputs_that_cannot_be_are_counted() -> None:
    care = {"kind": "thermometer", "groups": [[0, 1, 2]]}
    requests = [Request(x) for x in range(16)]
    assert not_valid(requests, care) == 16 - 2 * 4
    assert not_valid(requests, None) == 0
