"""Names, and graphs opened at activations, against the integer network."""

from pathlib import Path

import numpy as np
import pytest

from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError, Names
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import melt
from tests.gen.logic.graphs import every_input


def small_net(seed: int = 0, inputs: int = 6, units: int = 5) -> IntNet:
    rng = np.random.default_rng(seed)
    first = rng.integers(-1, 2, (units, inputs)).astype(np.int8)
    last = rng.integers(-1, 2, (3, units)).astype(np.int8)
    codes = np.tile(np.array([0, 1], np.int8), (units, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(units, np.int32)),
        Levels("layer1", ("layer1.sum",), rng.integers(-1, 2, (units, 1)).astype(np.int32), codes),
        Linear("score", ("layer1",), last, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(inputs, nodes, meta={"classes": ["a", "b", "c"]})


def logic_of(net: IntNet) -> Logic:
    sections = melt(net)
    return Logic(net, sections, flatten(sections))


def test_an_opened_activation_may_take_any_value() -> None:
    net = small_net()
    logic = logic_of(net)
    graph = logic.opened(["class=b", "layer1[1]"], free=["layer1[0]"])
    assert graph.input_names == (*logic.inputs, "layer1[0]")
    bits = every_input(7)
    values = interpret(net, bits[:, :6])
    forced = values["layer1"].copy()
    forced[:, 0] = bits[:, 6]
    scores = net.node("score").apply([forced])
    wanted = np.stack([scores.argmax(1) == 1, values["layer1"][:, 1] == 1], axis=1)
    assert (evaluate(graph, bits) == wanted).all()


def test_questions_about_inputs_go_to_the_flat_graph() -> None:
    net = small_net(1)
    logic = logic_of(net)
    graph = logic.opened(["class=2", "class.0"])
    classes = interpret(net, every_input(6))["class"]
    assert ([classes == 2, classes & 1] == evaluate(graph, every_input(6)).T).all()


def test_names_of_bits_elements_and_signals() -> None:
    names = Names(["x[0]", "x[1]", "layer1[0].0", "layer1[0].1", "layer1[1].0", "class.0"])
    assert names.bits("layer1[0]") == ("layer1[0].0", "layer1[0].1")
    assert names.bits("x") == ("x[0]", "x[1]")
    assert names.bits("class") == names.bits("class.0") == ("class.0",)
    assert names.elements("layer1") == ("layer1[0]", "layer1[1]")
    assert names.elements("x[1]") == ("x[1]",)
    assert names.elements("class") == ("class",)
    assert names.all_bits(["x[1]", "x"]) == ("x[1]", "x[0]")
    with pytest.raises(AskError, match=r"layer1\[7\].*did you mean layer1\[[01]\]"):
        names.bits("layer1[7]")
    with pytest.raises(AskError, match=r"known: x \(2\), layer1 \(2\), class \(1\)"):
        names.bits("quite another")


def test_features_are_the_bits_they_were_encoded_into() -> None:
    net = small_net()
    net.meta["encoder"] = {"kind": "thermometer", "bits": 2, "features": 3}
    assert logic_of(net).names.bits("feature[2]") == ("x[4]", "x[5]")


@pytest.mark.parametrize("name", ["class=d", "class=3", "class=-1"])
def test_an_unknown_class_is_refused(name: str) -> None:
    with pytest.raises(AskError, match="known are a, b, c"):
        logic_of(small_net()).opened([name])


def test_files_of_two_networks_are_refused(tmp_path: Path) -> None:
    from gen.files import write_json
    from gen.intnet.files import save
    from gen.logic.aiger import write_aiger
    from gen.melt.sidecar import describe

    net, other = small_net(), small_net(1, inputs=5)
    sections = melt(net)
    save(net, tmp_path / "net.npz")
    write_aiger(sections, tmp_path / "sections.aig")
    write_json(tmp_path / "sections.json", describe(net, sections, ["class", "score"]))
    write_aiger(flatten(sections), tmp_path / "graph.aig")
    assert Logic.load(tmp_path).inputs == sections.input_names[:6]
    write_aiger(flatten(melt(other)), tmp_path / "graph.aig")
    with pytest.raises(AskError, match="different input names"):
        Logic.load(tmp_path)
