"""Other people's networks: what is measured is the network, and figures reach the table."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import networks
from benchmarks.peers.measure import measure_peer, measure_probes, measure_size, probe
from benchmarks.peers.networks import PEERS, PROBES, Absent, Peer
from benchmarks.peers.section import peers_section
from gen.intnet.files import load, save
from gen.intnet.interpret import interpret
from tests.gen.intnet.nets import small

PEER = {
    "network": "theirs",
    "ands": {"melted": 1234, "simplified": 1000},
    "ours": {"cells": 150, "lut6": 90, "depth": 7, "flow": "x"},
    "rival": {"cells": 200, "lut6": 100},
    "care": False,
    "seconds": {"melt": 0.1, "simplify": 2.5, "map": 12.25},
}
SIZED = {
    "network": "7-8-9",
    "ands": 12_345,
    "luts": 2345,
    "seconds": {"simplify": 4.5, "map": 56.7},
}


def test_the_table_has_the_figures() -> None:
    absent = [Absent("elsewhere", "1,234 LUT4", "567")]
    other = PEER | {"care": True, "rival": {"cells": 150, "lut6": 360}}
    text = peers_section([PEER, other], {"sum": 50, "identity": 50, "shift": 46}, SIZED, absent)
    row = "| **150** | 200 | 0.750 | **90** | 100 | 0.900 | no | 1,234 | 2.5 | 12.25 |"
    assert f"| theirs {row}" in text
    assert "| **90** | 360 | 0.250 | yes |" in text
    assert (
        "| elsewhere | not measured | 1,234 LUT4 |  | not measured | 567 |  |  |  |  |  |" in text
    )
    # Of 3/4 and 1, and of 9/10 and 1/4; what is not measured counts nowhere.
    assert "| geometric mean |  |  | 0.866 |  |  | 0.474 |  |  |  |  |" in text
    assert "melts to 50 ANDs; with levels after it:\nidentity 50, shift 46, 1.00 of the sum" in text
    assert "of 12,345 ANDs (7-8-9, class only): simplify\n4.5 s, map 56.7 s to 2,345 LUT4" in text
    assert "together 61 s." in text


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


@pytest.mark.slow
def test_the_steps_of_a_random_network_are_timed() -> None:
    found = measure_size(2)
    assert found["network"] == "784-2-2-10"
    assert found["ands"] > found["luts"] > 0
    assert set(found["seconds"]) == {"melt", "simplify", "map"}
