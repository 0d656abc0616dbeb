"""Layers, heads and schedules that no shipped recipe has, from a recipe to the simulated core."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen.__main__ import parser
from gen.console import main
from gen.intnet.files import load, save
from gen.nets.freezing.freeze import freeze_network
from gen.nets.layers import QuantLinear, Scores, SignedActivation, TopScore
from gen.nets.recipe import KINDS, find_recipe, read_recipe, shipped_recipes
from gen.nets.store import load_model
from gen.nets.toml.kinds import HEADS, LAYERS, WEIGHTS
from sim.__main__ import parser as sim_parser
from tests.conftest import ROOT

PICTURE = """
data = {set = "digits"}
encoding = {kind = "threshold", thresholds = [8]}
head = {kind = "scores", fan_in = 4, weights = "5-bit"}
schedule = {kind = "gradual", epochs = 4, warm_start = 1, ramp = 0.6}

[[layers]]
kind = "conv"
channels = 2
kernel = 3
stride = 2
padding = 1
fan_in = 4
weights = "4-bit"
activation = "sign"

[[layers]]
kind = "residual"
activation = "sign"
body = [{kind = "conv", channels = 2, kernel = 3, padding = 1, fan_in = 3}]

[[layers]]
kind = "concat"
branches = [
    {kind = "max_pool", size = 2},
    {kind = "sum_pool", size = 2},
    {kind = "avg_pool", size = 2, activation_bits = 2},
]
"""

TABLE = """
data = {set = "cancer"}
encoding = {kind = "thermometer", bits = 2}
head = {kind = "threshold", fan_in = 4, weights = "7-bit"}
schedule = {kind = "layerwise", epochs = 6, batch = 64, warm_start = 1}

[[layers]]
kind = "embedding"
symbol_bits = 2
size = 1
bits = 2

[[layers]]
units = 5
fan_in = 3
weights = "6-bit"
activation = "signed"
activation_bits = 3

[[layers]]
kind = "concat"
keep_input = true
branches = [{units = 4, fan_in = 2, weights = "8-bit", mask = "random", activation = "sign"}]

[[layers]]
units = 5
fan_in = 9
weights = "binary"
activation = "sign"
"""

SEQUENCE = """
data = {set = "digits", steps = 8}
encoding = {kind = "threshold", thresholds = [8]}
head = {kind = "group_sum"}
schedule = {kind = "naive", epochs = 3, warm_start = 1}

[[layers]]
kind = "embedding"
symbol_bits = 2
size = 1
bits = 2

[[layers]]
kind = "gru"
units = 8
fan_in = 4
learned_start = true

[[layers]]
kind = "rnn"
units = 8
fan_in = 3
weights = "2-bit"

[[layers]]
kind = "gru"
units = 20
fan_in = 3
weights = "3-bit"
reads_state = false
"""

RECIPES = {"picture": PICTURE, "table": TABLE, "sequence": SEQUENCE}


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_recipe_to_simulated_core(name: str, tmp_path: Path, one_flow: None) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(RECIPES[name])
    smelt("train", path, "--out", tmp_path)
    smelt("freeze", "--model", tmp_path / "model.json")
    simulate(tmp_path)
    model = load_model(tmp_path / "model.json")
    wanted, said = answers(tmp_path, model.network)
    if model.recipe.head.kind == "threshold":
        said = said[:, 1:] >= 1
    assert np.array_equal(wanted, said)


@pytest.mark.slow
def test_own_module_to_simulated_core(tmp_path: Path, one_flow: None) -> None:
    rng = np.random.default_rng(2)
    hidden, scores = QuantLinear(9, 5, None, "8-bit", bias=True), Scores(5, 4, None, "5-bit")
    hidden.give_codes(rng.integers(-127, 128, (5, 9)))
    scores.give_codes(rng.integers(-15, 16, (4, 5)))
    network = nn.Sequential(hidden, SignedActivation(2), scores, TopScore()).eval()
    save(freeze_network(network, 9, {"name": "own"}), tmp_path / "own.npz")
    smelt("import", tmp_path / "own.npz", "--out", tmp_path / "net.npz")
    simulate(tmp_path)
    assert np.array_equal(*answers(tmp_path, network))


def test_example_of_the_page_on_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "model.md").read_text()
    (text,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(text, names)
    monkeypatch.undo()
    smelt("import", tmp_path / "mine.npz", "--out", tmp_path / "net.npz")
    smelt("vectors", "--net", tmp_path / "net.npz")
    assert np.array_equal(*answers(tmp_path, names["network"]))
    drawn = np.random.default_rng(0)
    wanted = drawn.integers(-7, 8, (6, 12)), drawn.integers(-1, 2, (3, 6))
    for node, codes in zip(("layer1.sum", "score"), wanted, strict=True):
        assert np.array_equal(names["net"].node(node).weight, codes)


def smelt(*words: object) -> None:
    assert main(parser(), [str(word) for word in words]) == 0


def simulate(out: Path) -> None:
    """From net.npz in a folder to the core's simulation: every bit of every vector agrees."""
    vectors, melted = out / "vectors.npz", out / "melted.aig"
    smelt("vectors", "--net", out / "net.npz")
    smelt("melt", "--net", out / "net.npz", "--out", melted, "--vectors", vectors)
    smelt("simplify", "--melted", melted, "--out", out)
    smelt("map", "--graph", out / "graph.aig", "--out", out / "mapped.json", "--stage-depth", 22)
    smelt("hdl", "--mapped", out / "mapped.json", "--out", out)
    words = ["core", "--core", str(out / "core.json"), "--vectors", str(vectors)]
    assert main(sim_parser(), words) == 0
    ran = json.loads((out / "sim/core/sim.json").read_text())
    with np.load(vectors) as found:
        assert ran["vectors"] == len(found["inputs"]) >= 2000
    assert (ran["status"], ran["mismatches"]) == ("passed", 0)


def answers(out: Path, network: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """The scores in vectors.npz, after a sample's last step, and what the network itself says."""
    with np.load(out / "vectors.npz") as found:
        vectors = dict(found)
    steps, width = int(vectors["steps"]), load(out / "net.npz").n_inputs
    bits = np.unpackbits(vectors["inputs"], axis=1, bitorder="little")[:, :width]
    with torch.no_grad():
        said = network(torch.from_numpy(bits.reshape(-1, steps * width)).float()).numpy()
    assert len(np.unique(said, axis=0)) > 1
    return vectors["scores"][steps - 1 :: steps], said


def test_every_kind_goes_the_whole_way(tmp_path: Path) -> None:
    made = [find_recipe(name) for name in shipped_recipes()]
    for name, text in RECIPES.items():
        (tmp_path / f"{name}.toml").write_text(text)
        made.append(read_recipe(tmp_path / f"{name}.toml"))
    words = {word for recipe in made for word in _words(recipe.to_dict())}
    assert words >= {*LAYERS, *HEADS, *WEIGHTS, *KINDS, "signed", "sign"}


def _words(value: object) -> set[str]:
    if isinstance(value, dict):
        return _words([*value.values()])
    if isinstance(value, (list, tuple)):
        return {word for one in value for word in _words(one)}
    return {value} if isinstance(value, str) else set()
