"""Link 1: what decides it, and that one wrong point of a wide neuron breaks it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.files import save
from gen.intnet.network import IntNet, Levels
from gen.logic.aiger import read_aiger, write_aiger
from gen.melt.proof import prove
from gen.nets.freezing.freeze import freeze
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.nets.recipe import recipe_from_dict
from gen.nets.store import save_model
from gen.nets.training.job import train_recipe
from gen.proof.chain import EXHAUSTIVE, FAILED, NOT_RUN, SIMULATED
from gen.verify.frozen import RANDOM, check_frozen
from tests.gen.melt.proof.test_prove import WIDE, planted
from tests.gen.nets.conftest import tiny
from tests.gen.verify.builds import write_melted


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of an imported network with two neurons of 24 inputs."""
    net, _ = WIDE["a neuron of 24 inputs"]
    save(net, tmp_path / "net.npz")
    write_melted(tmp_path, net)
    save_vectors(make_vectors(net, 100), tmp_path / "vectors.npz")
    return tmp_path


def test_functions_decide_the_link_and_vectors_stand_beside(build: Path) -> None:
    link = check_frozen(build)
    assert link.verdict == EXHAUSTIVE
    deciding = {check.what: check.verdict for check in link.checks if check.decides}
    assert deciding == {
        "melted: each function of h": "proved",
        "melted: each function of class": "exhaustive",
        "melted: each function of score": "exhaustive",
        "melted.json describes the network": "proved",
        "vectors.npz is what PyTorch says": "proved",
    }


def test_the_vectors_that_are_said_are_those_that_were_run(build: Path) -> None:
    net, _ = WIDE["a neuron of 24 inputs"]
    said = {check.what: check.method for check in check_frozen(build).checks}
    count = len(make_vectors(net, RANDOM).inputs)
    assert said["frozen PyTorch == melted graph"].startswith(f"{count:,} vectors")


def test_one_wrong_point_of_a_wide_neuron_breaks_the_link(build: Path) -> None:
    graph = read_aiger(build / "melted.aig")
    point = {f"x[{at}]": at % 3 == 0 for at in range(24)}
    write_aiger(planted(graph, "h[1]", point), build / "melted.aig")
    link = check_frozen(build)
    assert link.verdict == FAILED
    assert link.fault.startswith("h[1]: the graph says ")


def test_a_small_budget_leaves_the_link_simulated(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "SECONDS", 0.0)
    link = check_frozen(build)
    assert link.verdict == SIMULATED
    (left,) = [check for check in link.checks if check.decides and check.verdict == SIMULATED]
    assert left.what == "melted: each function of h"
    assert "the budget of 0 s for all functions ran out for h[0], h[1]" in left.method


def test_a_trained_network_that_is_missing_is_not_run(build: Path) -> None:
    """What was frozen here says how well the quantized network did."""
    net, _ = WIDE["a neuron of 24 inputs"]
    save(IntNet(24, net.nodes, meta={"metrics": {"quantized": 0.5}}), build / "net.npz")
    assert check_frozen(build).verdict == NOT_RUN


def test_one_weight_of_the_trained_network_breaks_the_link(tmp_path: Path) -> None:
    model, _ = train_recipe(tiny())
    save_model(model, tmp_path)
    net = freeze(model)
    save_vectors(make_vectors(net, 100), tmp_path / "vectors.npz")
    write_melted(tmp_path, net)
    save(net, tmp_path / "net.npz")
    link = check_frozen(tmp_path)
    assert link.verdict == EXHAUSTIVE
    assert link.checks[0].what == "each trained module == its node"
    assert (link.checks[0].verdict, link.checks[0].decides) == (EXHAUSTIVE, True)
    weight = net.nodes[0].weight.copy()  # type: ignore[attr-defined]
    weight[3, np.flatnonzero(weight[3] == 0)[0]] = 1
    first = replace(net.nodes[0], weight=weight)  # type: ignore[call-arg]
    other = replace(net, nodes=(first, *net.nodes[1:]))
    save(other, tmp_path / "net.npz")
    link = check_frozen(tmp_path)
    assert link.checks[0].verdict == FAILED
    assert "the integer network" in link.checks[0].fault


def test_an_encoder_on_the_chip_is_part_of_the_link(tmp_path: Path) -> None:
    """A comparator of the integer network and of the melted graph that is one off is found."""
    plain = tiny(epochs=1).to_dict()
    plain["encoding"] |= {"where": "chip", "sensor_bits": 13}
    model, _ = train_recipe(recipe_from_dict(plain))
    save_model(model, tmp_path)
    net = freeze(model)
    save(net, tmp_path / "net.npz")
    save_vectors(make_vectors(net, 100), tmp_path / "vectors.npz")
    write_melted(tmp_path, net)
    link = check_frozen(tmp_path)
    assert (link.verdict, link.fault) == (EXHAUSTIVE, "")
    assert "melted: each function of encoder" in [check.what for check in link.checks]
    node = net.node("encoder")
    assert isinstance(node, Levels)
    node.edges[(node.edges < 1 << 13).argmax(0)[0], 0] += 1
    save(net, tmp_path / "net.npz")
    write_melted(tmp_path, net)
    link = check_frozen(tmp_path)
    assert link.verdict == FAILED
    assert "each trained module == its node" in {
        check.what for check in link.checks if check.verdict == FAILED
    }
