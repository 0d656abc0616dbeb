"""From names to what the hardware writes by itself: a small network, trained here, whose PyTorch
modules are stepped on their own classes."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from boards.host.expected import logic_steps, predict_written
from gen.commands import predict
from gen.console import main
from gen.data import sets
from gen.hdl import write_core
from gen.intnet.network import IntNet
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.map.assemble import Assembler
from gen.map.netlist import FALSE
from gen.melt.melt import melt, registers
from gen.melt.sidecar import describe
from gen.nets.freezing.freeze import freeze
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.nets.recipe import RecipeError, recipe_from_dict
from gen.nets.store import Model
from gen.nets.training.train import train
from gen.predict import Predictor
from sim.__main__ import parser
from sim.description import load_core
from tests.sim.builds import FIRST

NAMES = [
    "ann", "anna", "bea", "ben", "bob", "dan", "dana", "dean", "ed", "eddie", "ida", "ian", "nan",
    "nina", "noa", "tia", "tina", "toni",
]  # fmt: skip
RECIPE = {
    "name": "few",
    "data": {"set": "names", "steps": 12},
    "encoding": {"kind": "binary", "bits": 5, "thresholds": [n + 0.5 for n in range(26)]},
    "layers": [
        {"kind": "embedding", "symbol_bits": 5, "size": 6},
        {"kind": "gru", "units": 8, "fan_in": 4},
    ],
    "head": {"fan_in": 6},
    "schedule": {"epochs": 30, "batch": 6, "learning_rate": 0.03},
}


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Sequential, IntNet]:
    """The trained modules, and the integer network of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "read_names", lambda: NAMES)
        patch.setattr(sets, "TEST_NAMES", 6)
        recipe, data = recipe_from_dict(RECIPE), sets.load_set("names")
        found = train(recipe, *data.part(data.train), 27)
        net = freeze(Model(recipe, found.model, found.encoder, data.classes, {"train": 1.0}), 50)
    return found.model, net


def stepped(model: nn.Sequential, prefix: list[int], count: int) -> list[int]:
    """The class after a prefix of symbols, and of `count` steps that read the class before."""
    recurrent, _, head = model
    state, made = recurrent.start(1), []
    for at in range(len(prefix) + count):
        symbol = prefix[at] if at < len(prefix) else made[-1]
        bits = torch.tensor([[float(symbol >> place & 1) for place in range(5)]])
        with torch.no_grad():
            state = recurrent.step(bits, state)
            made.append(int(head(state).argmax(1)))
    return made[len(prefix) - 1 :]


def test_answers_are_those_of_every_step(trained) -> None:
    """All steps at once, in training's order, are the steps one by one."""
    model, _ = trained
    symbols, _ = sets.spell(NAMES[:4])
    bits = torch.tensor(symbols).int()[:, :, None] >> torch.arange(5) & 1
    with torch.no_grad():
        whole = model(bits.flatten(1).float()).argmax(1).reshape(12, 4).T.tolist()
    for row, name in zip(whole, symbols.astype(int).tolist(), strict=True):
        assert row == [stepped(model, name[: at + 1], 0)[0] for at in range(12)]


def test_descriptions_say_that_it_can(trained) -> None:
    _, net = trained
    assert (net.meta["feedback"], net.meta["boundary"]) == ([0, 1, 2, 3, 4], 0)
    said = describe(net, melt(net), ["class", "score"])
    assert said["feedback"] == [f"x[{bit}]" for bit in range(5)]
    assert "feedback" not in describe(net, melt(net, ["score"]), ["score"])
    silent = replace(net, meta={})
    assert "feedback" not in describe(silent, melt(silent), ["class", "score"])


def test_vectors_hold_what_pytorch_writes(trained) -> None:
    model, net = trained
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "read_names", lambda: NAMES)
        patch.setattr(sets, "TEST_NAMES", 6)
        vectors = make_vectors(net, 24)
        data = sets.load_set("names")
    assert vectors.written is not None
    assert vectors.labels.tolist() == data.labels[data.test].ravel().tolist()
    prefixes = data.features[data.test][:, :3].astype(int).tolist()[:4]
    for prefix, row in zip(prefixes, (vectors.written & 31).tolist(), strict=True):
        assert row == stepped(model, prefix, 16)


def test_the_logic_writes_the_same(trained, tmp_path: Path) -> None:
    model, net = trained
    graph = flatten(melt(net))
    core = load_core(core_of(net, graph, tmp_path))
    for prefix in ([0], [0, 5], [0, 20, 9], [3, 3, 3, 3]):
        steps = logic_steps(graph, [list(row) for row in registers(net)])
        made = predict_written(steps, core.shape, prefix, 20)
        assert [y & 31 for y in made] == stepped(model, prefix, 20)


def test_predicted_classes_are_those_of_every_step(trained, tmp_path: Path) -> None:
    """As `gen predict --test` counts them."""
    model, net = trained
    predictor = Predictor(flatten(melt(net)), net, None, net.score_width, len(registers(net)))
    symbols, labels = sets.spell(NAMES[:3])
    bits = (torch.tensor(symbols).int()[:, :, None] >> torch.arange(5) & 1).flatten(1).numpy()
    made = predict.step_classes(predictor, bits, labels)
    for row, name in zip(made.tolist(), symbols.astype(int).tolist(), strict=True):
        assert row == [stepped(model, name[: at + 1], 0)[0] for at in range(12)]


@pytest.mark.slow
def test_the_hardware_writes_the_same(trained, tmp_path: Path, capsys) -> None:
    """Line, link and core in the simulator; and it is told from another network."""
    _, net = trained
    core = core_of(net, flatten(melt(net)), tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sets, "read_names", lambda: NAMES)
        patch.setattr(sets, "TEST_NAMES", 6)
        vectors = make_vectors(net, 24)
    save_vectors(vectors, tmp_path / "vectors.npz")
    words = ["--core", str(core), "--vectors", str(tmp_path / "vectors.npz")]
    told = ["top", *words, "--results", str(tmp_path / "top"), "--simulator", FIRST, "--limit"]
    assert main(parser(), [*told, "24"]) == 0
    assert vectors.written is not None
    vectors.written[2, 9] ^= 4
    vectors = replace(vectors, written=vectors.written[:3])
    save_vectors(vectors, tmp_path / "vectors.npz")
    capsys.readouterr()
    assert main(parser(), [*told, "1"]) == 1
    assert "the core should go on with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"set": "names", "steps": 6}}, "r: [data] steps: 6, but samples of names are 12"
         " symbols, a step each"),
        ({"layers": [{"units": 4, "fan_in": 2}], "data": {"set": "names"}}, "r: [data] steps: 1,"
         " but samples of names are 12 symbols, a step each"),
    ],
)  # fmt: skip
def test_recipe_wrong(change: dict, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_from_dict(RECIPE | change, "r")
    assert str(caught.value) == message


def core_of(net: IntNet, graph: Graph, folder: Path) -> Path:
    """A core of one LUT for each AND gate, one stage; core.json's path."""
    at = Assembler(graph.input_names)
    wires = [(FALSE, False), *((place, False) for place in range(graph.n_inputs))]

    def wire(literal: int) -> tuple[int, bool]:
        signal, inverted = wires[literal >> 1]
        return signal, inverted ^ bool(literal & 1)

    for one, other in graph.fan_in.tolist():
        wires.append(at.add([wire(one), wire(other)], 0b1000))
    made = zip(graph.output_names, map(wire, graph.outputs.tolist()), strict=True)
    states = tuple((one.name, one.next, one.reset) for one in registers(net))
    inputs = tuple(f"x[{bit}]" for bit in range(5))
    netlist = replace(at.finish(dict(made), 4), registers=states, feedback=inputs)
    netlist.write(folder / "mapped.json")
    write_core(folder / "mapped.json", folder, "ice40", "few")
    return folder / "core.json"
