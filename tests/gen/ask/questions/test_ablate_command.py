"""The command: what it prints, writes and refuses, on a build folder made here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.console import main
from gen.files import write_json
from gen.intnet.files import load, save
from gen.intnet.interpret import interpret
from gen.logic.aiger import write_aiger
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.melt.sidecar import describe
from tests.commands import known_parser
from tests.gen.ask.questions.test_ablate import planted


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A network with its class "seven" in layer1[5], melted and not simplified."""
    net = planted()
    sections = melt(net)
    save(net, tmp_path / "net.npz")
    write_aiger(sections, tmp_path / "sections.aig")
    write_aiger(flatten(sections), tmp_path / "graph.aig")
    write_json(tmp_path / "sections.json", describe(net, sections, net.outputs))
    return tmp_path


def asked(build: Path, *arguments: str) -> int:
    return main(known_parser("gen"), ["ask", "ablate", str(build), *arguments])


def as_json(build: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert asked(build, *arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_section_is_cut_proved_and_written(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = build / "no-seven.npz"
    arguments = ["--section", "seven", "--kill", "class=seven", "--write", str(out)]
    arguments += ["--certificates", str(build / "proofs"), "--picture", str(build / "cut.png")]
    assert asked(build, *arguments) == 0
    printed = capsys.readouterr()
    assert "cut to 0: 1 elements (layer1[5])" in printed.out
    assert "class=seven: killed" in printed.out
    assert "after the cut, class=seven on no input that counts: killed" in printed.out
    assert "not checked" not in printed.out + printed.err
    assert (build / "cut.png").read_bytes().startswith(b"\x89PNG")
    less = load(out)
    rows = np.random.default_rng(0).integers(0, 2, (500, less.n_inputs)).astype(np.uint8)
    assert not (interpret(less, rows)["class"] == 2).any()
    assert less.meta["cut"] == {"elements": ["layer1[5]"], "to": 0}
    assert less.meta["name"] == "no-seven"


def test_the_smallest_cut_is_searched_for(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(build, capsys, "--kill", "class=seven", "--tolerance", "0")
    assert answer["verdict"] == "killed"
    assert answer["question"]["cut"] == ["layer1[5]"]
    assert answer["details"]["search"]["smallest"] is True
    assert answer["details"]["search"]["least"] == 1
    assert asked(build, "--kill", "class=seven", "--tolerance", "0") == 0
    assert "a smallest set: 1 of 11 elements" in capsys.readouterr().out
    among = ["--among", "layer1[0],layer1[1]"]
    answer = as_json(build, capsys, "--kill", "class=seven", *among)
    assert answer["verdict"] == "none"
    assert answer["question"]["cut"] == []


def test_what_was_let_go_may_be_anything(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(build, capsys, "--section", "seven", "--kill", "class=seven", "--to", "free")
    assert answer["verdict"] == "alive"
    claims = {one["about"]: one for one in answer["details"]["claims"]}
    assert claims["class=seven"]["values"] == ["1"]
    assert claims["score[0].0"]["verdict"] == "independent"


def test_without_a_behaviour_it_is_only_measured(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = as_json(build, capsys, "--cut", "layer1[5]", "--to", "1")
    assert answer["verdict"] == "measured"
    assert answer["details"]["after"]["classes"][2]["said"] == answer["details"]["after"]["rows"]


WRONG = [
    ([], "say what to cut (--cut, --section), or what to end (--kill class=NAME)"),
    (["--section", "six"], "no section 'six'; known are seven"),
    (["--cut", "layer1[12]"], "did you mean layer1[2] or"),
    (["--kill", "class=9"], "class=9: there is no such class; known are yes, no, seven"),
    (["--kill", "class=no", "--to", "free"], "--to free ends no behaviour"),
    (["--kill", "class=no", "--seconds", "0"], "a budget of 0.0 seconds"),
    (["--kill", "class=no", "--tolerance", "-1"], "a tolerance of -1.0"),
    (["--cut", "layer1[5]", "--fix", "x[0]=1", "--fix", "x[0]=0"], "contradictory conditions"),
    (["--cut", "layer1[5]", "--to", "free", "--write", "a.npz"], "give --to 0 or --to 1"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_cannot_be_asked(
    build: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert asked(build, *arguments) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("smelt: error: ")
    assert message in said
