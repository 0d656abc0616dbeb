"""`python -m gen ask` on a build folder: text, JSON, pictures, files, and one-line errors."""

import json
from pathlib import Path

import pytest

from gen.__main__ import parser
from gen.ask.logic import Logic
from gen.console import main
from gen.files import write_json
from gen.intnet.files import save
from gen.intnet.network import IntNet
from gen.logic.aiger import write_aiger
from gen.logic.sections import flatten
from gen.melt.melt import melt, registers
from gen.melt.sidecar import describe
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.ask.test_depends import THERMOMETER, planted


def build(folder: Path, net: IntNet) -> Path:
    """A build folder of a network, not simplified."""
    sections = melt(net)
    save(net, folder / "net.npz")
    write_aiger(sections, folder / "sections.aig")
    write_json(folder / "sections.json", describe(net, sections, ["class", "score"]))
    write_aiger(flatten(sections), folder / "graph.aig", registers(net))
    assert Logic.load(folder).inputs
    return folder


def ask(*words: object) -> int:
    return main(parser(), ["ask", *map(str, words)])


def test_depends_prints_a_witness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("depends", build(tmp_path, planted()), "x[0]", "layer1[0]") == 0
    out, err = capsys.readouterr()
    assert out.startswith("x[0] -> layer1[0]: depends (simulated)\n  x[0]: ")
    assert "checked: 2 claims about 2 inputs: by the network itself" in err


def test_a_matrix_in_json_with_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, picture = build(tmp_path, planted()), tmp_path / "matrix.png"
    assert ask("depends", folder, "--to", "layer1", "--json", "--picture", picture) == 0
    value = json.loads(capsys.readouterr().out)
    pairs = {(one["from"], one["to"]): one["verdict"] for one in value["details"]["pairs"]}
    assert len(pairs) == 6 * 4
    assert [pairs[f"x[{at}]", "layer1[0]"] for at in range(6)] == ["depends"] * 2 + [
        "independent"
    ] * 4
    assert value["details"]["decided"] == 24
    assert value["checked"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_certificates_are_written(tmp_path: Path) -> None:
    net = random_net(1, care=THERMOMETER)
    net.meta["encoder"] = {
        "kind": "thermometer", "bits": 3, "features": 2, "thresholds": [[1, 2, 3]] * 2,
    }  # fmt: skip
    folder, proofs = build(tmp_path, net), tmp_path / "proofs"
    words = ["--fix", "feature[0]=2", "--to", "class", "--from", "x[0]", "--certificates", proofs]
    assert ask("depends", folder, *words) == 0
    assert ask("influence", folder, "class.0", "--features", "--picture", tmp_path / "i.png") == 0
    assert ask("features", folder, "--picture", tmp_path / "f.png") == 0
    for name in ("i.png", "f.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_steps_of_a_recurrent_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(tmp_path, random_rnn(1))
    assert ask("depends", folder, "x[0]@1", "class.0@0", "--steps", 2) == 0
    assert "independent (no path)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["depends", "x[9]", "class"], "nothing is named 'x[9]'; did you mean"),
        (["depends", "--seconds", "0"], "a budget of 0.0 seconds"),
        (["depends", "--conflicts", "-1"], "a budget of -1 conflicts"),
        (["depends", "--fix", "x[0]"], "expected NAME=VALUE"),
        (["depends", "--fix", "x[0]=1", "--fix", "x[0]=0"], "fixed to 0 and to 1"),
        (["depends", "--fix", "x[0]=2"], "1 bits take 0 to 1"),
        (["depends", "--around", "3"], "records no data"),
        (["depends", "--steps", "2"], "keeps no states"),
        (["influence", "class.0", "--data"], "records no data set"),
        (["influence", "class.0", "--confidence", "2"], "a confidence of 2"),
        (["influence", "class=z"], "no such class"),
        (["features", "score"], "no activation"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    kind, *rest = words
    assert ask(kind, build(tmp_path, planted()), *rest) == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert error[-1].startswith("smelt: error: ")
    assert message in error[-1]


@pytest.mark.parametrize(
    ("row", "message"),
    [("1 0 1", "a sample of 3 bits; the network takes 6"), ("0 1 0 0 0 0", "off the code")],
)
def test_a_sample_that_does_not_fit_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, message: str
) -> None:
    folder = build(tmp_path, random_net(0, care=THERMOMETER))
    (tmp_path / "row.txt").write_text(row)
    assert ask("depends", folder, "--around", tmp_path / "row.txt") == 1
    assert message in capsys.readouterr().err
