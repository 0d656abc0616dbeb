"""Estimates against what the flow builds, and against counts by hand."""

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.size.random_recipes import random_recipe
from gen.data.dataset import DataSet
from gen.data.sets import is_table, load_set
from gen.estimate import count as counted
from gen.estimate import estimate_network, estimate_recipe
from gen.estimate.count import count
from gen.estimate.data import look
from gen.estimate.fitted import Way
from gen.estimate.formula import formula
from gen.first import all_boards
from gen.intnet.files import save
from gen.intnet.network import IntNet, Table
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.melt.melt import melt
from gen.nets.freezing.freeze import freeze_model
from gen.nets.model import build
from gen.nets.recipe import Recipe, recipe_from_dict
from gen.nets.store import Model
from gen.nets.training.job import data_of
from gen.nets.training.train import encoder_for, train
from gen.simplify.both import simplify_both
from tests.commands import run
from tests.gen.intnet.nets import small
from tests.gen.verify.builds import recurrent

SUMS = [{"units": 12, "fan_in": 5}]
TABLES = [{"kind": "lut", "units": 40}]
STEPS = [{"kind": "rnn", "units": 8, "fan_in": 5}]


def recipe(layers: list[dict[str, Any]], head: dict[str, Any], **data: Any) -> Recipe:
    return recipe_from_dict({
        "name": "tiny",
        "data": {"set": "cancer", **data},
        "encoding": {"kind": "thermometer", "bits": 2},
        "layers": layers,
        "head": head,
        "schedule": {"epochs": 30, "batch": 32, "learning_rate": 0.02},
    })  # fmt: skip


def built(one: Recipe) -> int:
    """LUT4 of the trained network, simplified and mapped by the flow."""
    one, data = data_of(one)
    found = train(one, *data.part(data.train), len(data.classes))
    net = freeze_model(Model(one, found.model, found.encoder, data.classes, {}))
    sections = melt(net)
    simplified, flat, _ = simplify_both(sections)
    return len(map_luts(flat, [sections, simplified], stage_depth=22)[0].cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    "one",
    [
        recipe(SUMS, {"fan_in": 8}),
        recipe(TABLES, {"fan_in": 14}),
        # Of 8 units the flow makes 30 LUT4 where 31 to 52 are expected: one of the ten.
        recipe([STEPS[0] | {"units": 16, "fan_in": 6}], {"fan_in": 8}, steps=5),
    ],
    ids=["sums", "tables", "steps"],
)
def test_what_is_built_lies_in_the_interval(one: Recipe) -> None:
    found = estimate_recipe(one, [])
    luts = built(one)
    assert found.low <= luts <= found.high
    assert abs(found.luts - luts) <= 0.25 * luts


def test_the_same_recipe_has_the_same_estimate() -> None:
    one = recipe(TABLES, {"fan_in": 14})
    first, second = (estimate_recipe(one, []) for _ in range(2))
    assert first.training is not None
    assert replace(first, seconds=0, training=None) == replace(second, seconds=0, training=None)


def test_training_takes_its_batches_times_what_one_took() -> None:
    one = recipe(SUMS, {"fan_in": 8})
    training = estimate_recipe(one, []).training
    assert training is not None
    # 426 rows to train on, in batches of 32; what is left over waits.
    assert (training.epochs, training.batches) == (30, 13)
    whole = 30 * 13 * (training.batch_ms + training.twin_ms) / 60_000
    assert training.minutes == pytest.approx(whole, abs=0.01)


def test_training_by_descent_takes_its_sweeps() -> None:
    said = {"descent": {"sweeps": 7, "rows": 400}, "schedule": {"epochs": 0, "batch": 32}}
    votes = recipe(TABLES, {"kind": "group_sum"}).to_dict() | said
    training = estimate_recipe(recipe_from_dict(votes), []).training
    assert training is not None
    assert (training.epochs, training.twin_epochs, training.sweeps) == (0, 10, 7)
    whole = (7 * training.sweep_s + 10 * 13 * training.twin_ms / 1000) / 60
    assert training.minutes == pytest.approx(whole, abs=0.01)
    assert training.sweep_s > 0


def tables(bits: int, outputs: int) -> IntNet:
    """Parities of four neighbouring input bits: a LUT4 each."""
    parity = np.array([bin(at).count("1") & 1 for at in range(16)], np.int8)
    wiring = np.arange(4 * outputs, dtype=np.int32).reshape(outputs, 4)
    node = Table("layer1", ("x",), wiring, np.tile(parity, (outputs, 1)))
    return IntNet(bits, (node,), meta={"name": "parity", "classes": ["0", "1"]})


def test_luts_and_inputs_are_counted() -> None:
    found = count(tables(20, 3))
    assert (found.luts, found.read, found.answered, found.states) == (3, 12, 3, 0)


def test_states_are_none_of_the_inputs_and_answers() -> None:
    """Two inputs and the bit that starts a sequence; a class of one bit, two scores of three."""
    found = count(recurrent())
    assert (found.read, found.answered, found.states) == (3, 7, 3)


def test_the_smaller_of_two_mappings_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [7, 5]
    three = counted._mapped(melt(tables(20, 3)), ("strash", "if -K 4 -a"))
    assert len(three.cells) == 3

    def mapped(graph: object, commands: tuple[str, ...]) -> Netlist:
        more = sizes[commands[0] == "strash"]
        return replace(three, cells=three.cells + three.cells[:1] * (more - 3))

    monkeypatch.setattr(counted, "_mapped", mapped)
    for _ in range(2):
        assert count(tables(20, 3)).luts == 5
        sizes.reverse()


@pytest.mark.parametrize(("end", "more", "fits"), [
    ("low", -1, "no"), ("low", 0, "perhaps"), ("cells", 0, "perhaps"), ("high", -1, "perhaps"),
    ("high", 0, "yes"),
])  # fmt: skip
def test_a_board_that_is_just_large_enough(end: str, more: int, fits: str) -> None:
    (board, *_) = all_boards()
    (whole,) = estimate_network(small(), "small", [board]).boards
    assert whole.low < whole.cells < whole.high
    exact = replace(board, capacity=getattr(whole, end) + more)
    assert [one.fits for one in estimate_network(small(), "small", [exact]).boards] == [fits]


def test_a_budget_of_luts_makes_the_estimate_smaller() -> None:
    one = recipe(SUMS, {"fan_in": 8})
    free = estimate_recipe(one, []).luts
    assert free > 20
    told = {
        budget: estimate_recipe(
            replace(one, schedule=replace(one.schedule, gate_budget=budget)), []
        ).luts
        for budget in (10, 20, 100_000)
    }
    assert told[100_000] == free
    assert told[10] == pytest.approx(told[20] / 2, abs=1)
    assert told[20] < free


def test_an_estimate_that_had_no_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from gen.estimate import estimate

    less = "there was no time for 60 batches: the estimate is less sure"
    one, begin = recipe(SUMS, {"fan_in": 8}), estimate.begin
    assert less not in estimate_recipe(one, []).notes
    monkeypatch.setattr(
        estimate, "begin", lambda *args, **more: replace(begin(*args, **more), settled=False)
    )
    assert less in estimate_recipe(one, []).notes


def test_boards_that_fit_are_told_from_those_that_do_not() -> None:
    found = estimate_network(small(), "small", all_boards("icestick"))
    assert [one.board for one in found.boards[:2]] == ["icestick", "icebreaker"]
    assert {one.fits for one in found.boards} == {"yes"}
    assert found.training is None
    tight = [replace(one, capacity=10) for one in all_boards()[:1]]
    assert [one.fits for one in estimate_network(small(), "small", tight).boards] == ["no"]
    (whole,) = estimate_network(small(), "small", all_boards()[:1]).boards
    middle = [replace(one, capacity=(whole.low + whole.high) // 2) for one in all_boards()[:1]]
    assert [one.fits for one in estimate_network(small(), "small", middle).boards] == ["perhaps"]


def test_an_interval_is_round_what_is_expected() -> None:
    assert Way("", 2.0, 0.5, 1.5, few=4).interval(10) == (20.0, 6.0, 34.0)
    assert Way("", 1.0, 0.5, 1.5, few=4).interval(2) == (2.0, 0.0, 7.0)


def test_the_formula_by_hand() -> None:
    # Nine tables of four bits, and a vote of nine bits at 1.17 LUT4 each.
    vote = recipe([{"kind": "lut", "units": 9}], {"kind": "majority"})
    assert formula(vote, 2) == pytest.approx(9 + 9 * 1.17)
    # Twelve units of four inputs, a LUT4 each, all read; two scores of 12 bits, and a comparison.
    sums = recipe([{"units": 12, "fan_in": 4}], {"fan_in": 12})
    assert formula(sums, 2) == pytest.approx(12 + 2 * 12 * 1.17 + 1.82 * 4)
    # Scores alone are not compared; of 12 units the two read 9 or so.
    scores = recipe([{"units": 12, "fan_in": 4}], {"kind": "scores", "fan_in": 6})
    assert formula(scores, 2) == pytest.approx(12 * 0.75 + 2 * 6 * 1.17)


def test_the_formula_of_two_layers_by_hand() -> None:
    # The first reads four bits into codes of two, a LUT4 for each bit; the second two codes of two.
    # Six units that choose two of twelve each leave (10/12)^6 unread. Scores are of 6 and answer
    # up to 6: three bits.
    two = [
        {"units": 12, "fan_in": 4, "activation_bits": 2}, {"units": 6, "fan_in": 2},
    ]  # fmt: skip
    read = 12 * (1 - (10 / 12) ** 6)
    wanted = 2 * read + 6 + 2 * 6 * 1.17 + 1.82 * 3
    assert formula(recipe(two, {"fan_in": 6}), 2) == pytest.approx(wanted)


def test_the_formula_of_tables_gates_and_scores_by_hand() -> None:
    # Tables of six bits are 3.5 LUT4 each.
    wide = recipe([{"kind": "lut", "units": 9, "k": 6}], {"kind": "majority"})
    assert formula(wide, 2) == pytest.approx(9 * 3.5 + 9 * 1.17)
    # A gate and a candidate of three bits, a LUT4 each, and one that chooses.
    gated = recipe([{"kind": "gru", "units": 8, "fan_in": 3}], {"fan_in": 8}, steps=5)
    # A score of eight bits is 0 to 8: four bits.
    assert formula(gated, 2) == pytest.approx(8 * 3 + 2 * 8 * 1.17 + 1.82 * 4)


def test_what_has_no_formula_has_none() -> None:
    conv = {"kind": "conv", "channels": 4, "kernel": 3, "fan_in": 3}
    one = recipe_from_dict(recipe([conv], {"fan_in": 4}).to_dict() | {"data": {"set": "digits"}})
    assert formula(one, 10) is None


def test_a_network_too_large_to_be_mapped_has_the_formula() -> None:
    found = estimate_recipe(recipe([{"kind": "lut", "units": 4000}], {"fan_in": 3000}), [])
    assert found.way == "a formula of the layers' sizes"
    assert found.notes[-1] == "more than 8,000 LUT4 are not mapped for an estimate"
    assert found.low < found.luts < found.high
    # Thirty columns of two bits are read; of each of two classes a score, a byte.
    assert (found.read, found.answered) == (60, 16)


def test_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SMELT_DATA", raising=False)
    monkeypatch.setattr(
        "gen.data.published.fetch._download", lambda source: pytest.fail("downloads")
    )
    one = replace(recipe(TABLES, {"fan_in": 14}), name="far")
    one = recipe_from_dict(one.to_dict() | {"data": {"set": "mnist"}})
    found = estimate_recipe(one, [])
    assert "mnist is not here, and is not downloaded: noise of its shape stands in" in found.notes
    assert found.training is not None
    assert found.training.batches == 60_000 // 32
    assert found.luts > 40


@pytest.mark.parametrize(
    ("name", "features", "classes", "rows"),
    [
        ("fashion", 784, 10, 60_000),
        ("mnist-14x14", 196, 10, 60_000),
        ("fashion-14x14", 196, 10, 60_000),
        ("letter", 16, 26, 16_000),
        ("magic", 10, 2, 14_265),
        ("nsl-kdd", 121, 2, 25_192),
        ("ecg", 56, 4, 51_013),
    ],
)
def test_noise_has_the_shape_and_columns_of_the_set(
    name: str, features: int, classes: int, rows: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SMELT_DATA", raising=False)
    one = recipe_from_dict(recipe(TABLES, {"fan_in": 14}).to_dict() | {"data": {"set": name}})
    found = look(one)
    assert (found.rows, found.stands_in, found.data.n_features) == (rows, True, features)
    assert len(np.unique(found.data.labels)) == len(found.data.classes) == classes
    columns = found.data.columns
    assert is_table(name) == (columns is not None)
    assert columns is None or len(columns.features) == features


def test_the_command_prints_lines_and_json(tmp_path: Path) -> None:
    save(small(), tmp_path / "small.npz")
    done = run("gen", "estimate", str(tmp_path / "small.npz"), "--board", "icestick")
    assert done.returncode == 0
    first, second, third, *_ = done.stdout.splitlines()
    assert first.startswith("small: about ")
    assert "cells of link and self-test (3 bits read," in second
    assert third.split()[:2] == ["icestick", "fits:"]
    told = json.loads(run("gen", "estimate", str(tmp_path / "small.npz"), "--json").stdout)
    assert told["boards"][0]["board"] == "icebreaker"
    assert told["training"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("digit",), "no recipe 'digit'; did you mean 'digits'?"),
        (("gone.toml",), "gone.toml: no such file"),
        (("gone.npz",), "gone.npz"),
        (("digits", "--board", "icebraker"), "did you mean icebreaker?"),
    ],
    ids=["name", "recipe", "network", "board"],
)
def test_what_is_not_there_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = run("gen", "estimate", *words)
    assert done.returncode == 1
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    assert said in line


def test_what_a_sensor_cannot_give_is_named_by_its_row_in_the_file(tmp_path: Path) -> None:
    rows = "".join(f"{at - 8},{'xy'[at % 2]}\n" for at in range(16))
    (tmp_path / "a.csv").write_text("a,y\n" + "5,x\n4,y\n-9,x\n" + rows)
    (tmp_path / "a.toml").write_text(
        '[data]\nfile = "a.csv"\nlabel = "y"\n[encoding]\nkind = "thermometer"\nbits = 2\n'
        'where = "chip"\nsensor_bits = 4\nsigned = true\n[[layers]]\nunits = 4\nfan_in = 2\n'
        "[head]\nfan_in = 2\n[schedule]\nepochs = 1\n"
    )
    done = run("gen", "estimate", str(tmp_path / "a.toml"))
    assert done.returncode == 1
    assert "a.csv: row 3, column 'a': -9 is not within -8 to 7" in done.stderr


def test_random_recipes_can_be_built() -> None:
    kinds = set()
    for seed in range(1, 41):
        one = random_recipe(seed)
        assert one == random_recipe(seed)
        data = _data(str(one.data.set))
        encoder = encoder_for(one, *data.part(data.train[:64]), None)
        build(one, encoder.n_bits, len(data.classes))
        kinds |= {layer.kind for layer in one.layers}
    assert kinds == {"linear", "lut", "rnn", "gru", "conv"}


@functools.cache
def _data(name: str) -> DataSet:

    return load_set(name)
