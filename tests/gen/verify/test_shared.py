"""A round of a time-shared core is the network, or what was changed in it is found."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import rtlil

from gen.errors import SmeltError
from gen.files import FileDamaged
from gen.hdl import verilog_text
from gen.intnet.files import save
from gen.intnet.network import IntNet
from gen.proof.chain import FAILED, PROVED, Link
from gen.sharing.core import write_shared
from gen.sharing.program import make_program
from gen.verify.shared.link import OWN, check_shared, described, files, is_shared
from hw.program import Program
from hw.sequencer import Sequencer
from tests.gen.intnet.nets import random_net, small
from tests.gen.sharing.test_core import expected, hardware

pytestmark = pytest.mark.slow

NETS = {
    "binary": ((1, False), (1, False), "ternary", (6,)),
    "signed codes": ((1, True), (2, True), "3-bit", (3, 3)),
    "wide inputs": ((3, False), (2, False), "ternary", (3,)),
    "more answers than activations": ((1, False), (1, False), "ternary", (1,)),
}


def written(folder: Path, net: IntNet, outputs: tuple[str, ...] = ("class", "score")) -> Path:
    """The build folder of a network; its core is in shared/."""
    folder.mkdir(exist_ok=True)
    save(net, folder / "net.npz")
    write_shared(folder / "net.npz", folder / "shared", "tiny", outputs)
    return folder


def link_of(build: Path) -> Link:
    return check_shared(build, build / "shared" / "core.json", 60)


@pytest.mark.parametrize("kind", NETS.values(), ids=NETS)
def test_random_networks_are_proved(tmp_path: Path, kind) -> None:
    given, codes, weights, hidden = kind
    net = random_net(np.random.default_rng(1), 5, given, hidden, codes, weights)
    link = link_of(written(tmp_path, net))
    assert (link.verdict, link.fault) == (PROVED, "")
    terms = len(make_program(net).terms)
    found = f"{terms} additions, {sum(hidden)} codes, {net.n_classes} scores"
    assert found in link.checks[1].method


@pytest.mark.parametrize("lanes", [4, 16])
def test_several_values_in_a_word_are_proved(
    tmp_path: Path, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gen.sharing.program.LANES", (lanes,))
    net = random_net(np.random.default_rng(lanes), 9, (2, False), (6, 5), (2, True), "ternary")
    link = link_of(written(tmp_path, net))
    assert (link.verdict, link.fault) == (PROVED, "")


def test_a_score_without_weights_beside_those_with_a_factor_is_proved(tmp_path: Path) -> None:
    linear, levels, score, winner = small().nodes
    weight = np.array([[4] * score.weight.shape[1], [0] * score.weight.shape[1]])
    net = replace(small(), nodes=(linear, levels, replace(score, weight=weight), winner))
    assert make_program(net).shift == 2
    link = link_of(written(tmp_path, net))
    assert (link.verdict, link.fault) == (PROVED, "")


def test_the_class_alone(tmp_path: Path) -> None:
    build = written(tmp_path, small(), ("class",))
    core = build / "shared" / "core.json"
    assert is_shared(core)
    assert link_of(build).verdict == PROVED
    assert {(core.parent / name).resolve() for name in files(build, core)} == {
        (build / name).resolve() for name in ("net.npz", "shared/core.json", "shared/core.v")
    }


@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 8), marks=pytest.mark.long)])
def test_a_changed_program_is_found_where_it_matters(seeds: range, tmp_path: Path) -> None:
    """One word of the program is changed: never proved where one of all 32 inputs, simulated in
    Amaranth, does not get PyTorch's answer."""
    bits = np.array([[row >> at & 1 for at in range(5)] for row in range(32)])
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        net = random_net(rng, 5, hidden=(4,))
        build = written(tmp_path / str(seed), net)
        program = spoilt(make_program(net), rng)
        text = rtlil.convert(Sequencer(program), name="core", emit_src=False)
        (build / "shared" / "core.v").write_text(verilog_text(text, tmp_path))
        same = np.array_equal(hardware(net, bits, program=program), expected(net, bits))
        found.append((same, link_of(build).verdict))
    assert (False, PROVED) not in found
    assert (False, FAILED) in found


def spoilt(program: Program, rng: np.random.Generator) -> Program:
    """The program with one weight the other way round, or one threshold or bias one more."""
    terms, ends = list(program.terms), list(program.ends)
    at = int(rng.integers(len(terms) + len(ends)))
    if at < len(terms):
        terms[at] = replace(terms[at], weights=tuple(-weight for weight in terms[at].weights))
    else:
        end = ends[at - len(terms)]
        ends[at - len(terms)] = replace(end, value=end.value + 1)
    return replace(program, terms=tuple(terms), ends=tuple(ends))


def test_the_first_of_equal_scores_wins(tmp_path: Path) -> None:
    build = written(tmp_path, random_net(np.random.default_rng(1), 5, hidden=(4,)))
    path = build / "shared" / "core.v"
    text = path.read_text()
    assert text.count("$signed(score) > ") == 1
    path.write_text(text.replace("$signed(score) > ", "$signed(score) >= "))
    link = link_of(build)
    assert link.verdict == FAILED
    assert link.fault.startswith("class.")


def test_what_a_round_leaves_behind_is_found(tmp_path: Path) -> None:
    """The number of the next score does not go back to 0: right once, wrong ever after."""
    build = written(tmp_path, small())
    path = build / "shared" / "core.v"
    text = path.read_text()
    clears = re.compile(r"= \\word\S* \[\d+\] \? [2-9]'h0+ : ")
    assert len(clears.findall(text)) == 1
    path.write_text(clears.sub("= ", text))
    assert link_of(build).verdict == FAILED


def test_an_input_read_late_is_found(tmp_path: Path) -> None:
    """The core takes x where x_valid is high; one that reads it later is another function."""
    build = written(tmp_path, small())
    path = build / "shared" / "core.v"
    text = path.read_text()
    line = next(line for line in text.splitlines() if re.search(r"frame\[0\]|= frame", line))
    path.write_text(text.replace(line, re.sub(r"frame(\[0\])?", "x[0]", line), 1))
    assert link_of(build).verdict == FAILED


def test_another_network_is_found(tmp_path: Path) -> None:
    build = written(tmp_path, random_net(np.random.default_rng(1), 5, hidden=(4,)))
    other = random_net(np.random.default_rng(2), 5, hidden=(4,))
    save(other, build / "net.npz")
    assert link_of(build).verdict == FAILED
    save(random_net(np.random.default_rng(1), 6, hidden=(4,)), build / "net.npz")
    assert "of another network or other OUTPUTS" in link_of(build).checks[1].fault


def test_another_number_of_cycles_is_found(tmp_path: Path) -> None:
    build = written(tmp_path, small())
    path = build / "shared" / "core.json"
    value = json.loads(path.read_text())
    path.write_text(json.dumps(value | {"latency": value["latency"] + 1}))
    assert "in cycle" in link_of(build).checks[1].fault
    path.write_text(json.dumps(value | {"latency": value["latency"] - 1}))
    assert link_of(build).verdict == FAILED


def test_a_description_without_its_inputs_wrong(tmp_path: Path) -> None:
    build = written(tmp_path, small())
    path = build / "shared" / "core.json"
    value = json.loads(path.read_text())
    del value["live_inputs"]
    path.write_text(json.dumps(value))
    with pytest.raises(FileDamaged, match="not a time-shared core's .KeyError: 'live_inputs'"):
        link_of(build)
    path.unlink()
    with pytest.raises(SmeltError, match=r"core\.json"):
        link_of(build)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("tiny") / "build", small())


def test_every_entry_of_the_description_counts(tiny: Path) -> None:
    path = tiny / "shared" / "core.json"
    good = json.loads(path.read_text())
    others = {"inputs": 4, "interval": 1, "registers": 1, "reset": 0, "score_signed": False,
              "family": "ice40", "form": "parallel", "module": "top", "layers": ["score"],
              "outputs": good["outputs"][::-1]}  # fmt: skip
    assert {*others} == {*good} - OWN
    for key, value in others.items():
        found = described(good | {key: value}, small(), ("class", "score"))
        assert found.verdict == FAILED
        assert found.fault.startswith(f"core.json: {key!r} is ")
    assert described(good, small(), ("class", "score")).verdict == PROVED


@pytest.mark.parametrize("at", range(3))
def test_an_input_that_is_read_and_not_sent_is_found(tiny: Path, tmp_path: Path, at: int) -> None:
    build = Path(shutil.copytree(tiny, tmp_path / "build"))
    path = build / "shared" / "core.json"
    value = json.loads(path.read_text())
    assert value["live_inputs"] == [0, 1, 2]
    path.write_text(json.dumps(value | {"live_inputs": [k for k in range(3) if k != at]}))
    assert f"x[{at}] is read, and not among the inputs that are sent" in link_of(build).fault


def test_an_input_that_is_none_is_no_input_that_is_sent(tiny: Path, tmp_path: Path) -> None:
    build = Path(shutil.copytree(tiny, tmp_path / "build"))
    path = build / "shared" / "core.json"
    value = json.loads(path.read_text())
    path.write_text(json.dumps(value | {"live_inputs": [0, 1, 3]}))
    faults = [check.fault for check in link_of(build).checks]
    assert any("x[2] is read, and not among the inputs that are sent" in one for one in faults)
