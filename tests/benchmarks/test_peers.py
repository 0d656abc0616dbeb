"""Other people's networks: what is measured is the network, and figures reach the table."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import networks
from benchmarks.peers.measure import measure_peer, measure_probes, probe
from benchmarks.peers.networks import PEERS, PROBES, Peer
from benchmarks.peers.section import peers_section
from gen.intnet.files import load, save
from gen.intnet.interpret import interpret
from tests.gen.intnet.nets import small

PEER = {
    "network": "theirs",
    "ands": {"melted": 1234, "simplified": 1000},
    "ours": {"cells": 150, "lut6": 90, "depth": 7, "flow": "x"},
    "rival": {"cells": 200, "lut6": 100},
    "seconds": {"melt": 0.1, "simplify": 2.5, "map": 12.25},
}


def test_the_table_has_the_figures() -> None:
    text = peers_section([PEER, PEER], {"sum": 49, "identity": 49, "shift": 46})
    row = "| theirs | **150** | 200 | 0.750 | **90** | 100 | 0.900 | 1,234 | 2.5 | 12.25 |"
    assert text.count(row) == 2
    assert "| geometric mean | | | 0.750 | | | 0.900 | | | |" in text
    assert "melts to 49 ANDs; with levels after it:\nidentity 49, shift 46." in text


def test_all_networks_are_there_and_have_the_outputs_that_are_compared() -> None:
    for peer in PEERS:
        net = load(peer.path)
        assert set(peer.outputs) <= set(net.outputs)


def test_probes_are_what_they_are_called() -> None:
    x = np.array(list(itertools.product(range(64), repeat=2)))
    sums = x.sum(axis=1)
    wanted = {"identity": sums, "clip": np.minimum(sums, 63), "shift": sums >> 1}
    assert set(wanted) == set(PROBES)
    for what, codes in wanted.items():
        assert (interpret(probe(what), x)["code"][:, 0] == codes).all()
    assert set(measure_probes()) == {"sum", *PROBES}


@pytest.mark.slow
def test_a_network_is_measured_through_real_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    save(small(), tmp_path / "small.npz")
    found = measure_peer(Peer("small", ("class",), 10, 5), tmp_path / "out")
    # Of three bits the class is one LUT of either size; nextpnr adds cells for constants.
    assert found["ours"]["lut6"] == 1
    assert 1 <= found["ours"]["cells"] <= 3
    assert found["rival"] == {"cells": 10, "lut6": 5}
