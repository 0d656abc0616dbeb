"""`python -m gen ask` on a build folder: text, JSON, pictures, files, and one-line errors."""

import json
from pathlib import Path

import pytest

from gen.ask.network.logic import Logic
from gen.console import main
from gen.files import write_json
from gen.intnet.files import save
from gen.intnet.network import IntNet
from gen.logic.aiger import read_aiger, write_aiger
from gen.logic.graph import Builder
from gen.logic.sections import flatten
from gen.melt.melt import melt, registers
from gen.melt.sidecar import describe
from tests.commands import known_parser
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.ask.network.test_meanings import table_net
from tests.gen.ask.questions.test_depends import THERMOMETER, planted
from tests.gen.ask.questions.test_features import twins


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
    return main(known_parser("gen"), ["ask", *map(str, words)])


def test_depends_prints_a_witness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("depends", build(tmp_path, planted()), "x[0]", "layer1[0]") == 0
    out, err = capsys.readouterr()
    assert out.startswith("x[0] -> layer1[0]: depends\n  x[0]: ")
    assert "checked: 2 inputs were run through the network itself" in err


def test_of_many_pairs_each_target_says_what_it_depends_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "depends",
        build(tmp_path, planted()),
        "--to",
        "layer1",
        "--to",
        "class",
        "--to",
        "score",
    )
    assert ask(*words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  layer1[0] depends on x[0], x[1] (2 of 6)" in lines


def test_a_table_is_answered_in_its_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, sample = build(tmp_path / "net", table_net()), tmp_path / "sample.csv"
    sample.write_text("1 0 1 0 1 0\n")
    picture = tmp_path / "why.png"
    assert ask("explain", folder, "--sample", sample, "--picture", picture, "--json") == 0
    value = json.loads(capsys.readouterr().out)
    columns = {"feature[0]": "petal width", "feature[1]": "x", "feature[3]": "hand=right"}
    said = {name: columns.get(name, value["means"][name]) for name in value["details"]["kept"]}
    assert {name: value["means"][name] for name in said} == said
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert ask("explain", folder, "--sample", sample, "--claim", "petal width", "--claim", "x") == 0
    assert "that is: 1.5 <= petal width < 2.5, x >= 1.75" in capsys.readouterr().out
    assert ask("robust", folder, "--sample", sample, "--picture", picture) == 0
    assert ask("influence", folder, "class=0", "petal width >= 2.5") == 0
    table = tmp_path / "rows.csv"
    table.write_text("hand,x,petal width,class=1\nright,2,1.5,0\n")
    assert ask("explain", folder, "--sample", table, "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["question"]["sample"] == "101010"
    table.write_text("hand,x,petal width,class=1\nright,2,1.5,0\nleft,2,1.5,0\n")
    assert ask("explain", folder, "--sample", table) == 1
    assert "expected one row, it has 2" in capsys.readouterr().err


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


def test_what_became_of_an_activation_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = build(tmp_path, twins())
    for name, fate in (
        ("layer1[1]", "is the complement of layer1[0]"),
        ("layer1[2]", "is merged with layer1[0]"),
        ("layer1[3]", "is always 1"),
        ("layer1[4]", "is merged with x[5]"),
    ):
        assert ask("depends", folder, name, "class") == 0
        assert f"in the flat graph, {name} {fate}\n" in capsys.readouterr().out
    assert ask("ablate", folder, "--cut", "layer1[2],layer1[3]") == 0
    out = capsys.readouterr().out
    assert "  layer1[2] was layer1[0] already\n" in out
    assert "  layer1[3] was constant 1 already\n" in out


def test_an_activation_that_is_not_in_the_logic_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = build(tmp_path, planted())
    sections = read_aiger(folder / "sections.aig")
    b = Builder()
    inputs = {name: b.input(name) for name in sections.input_names if name != "layer1[3]"}
    signals = [inputs.get(name, b.false) for name in sections.input_names]
    made = dict(zip(sections.output_names, b.import_graph(sections, signals), strict=True))
    del made["layer1[3]"]
    for name, signal in made.items():
        b.output(name, signal)
    write_aiger(b.graph(), folder / "sections.aig")
    for words in (["depends", folder, "layer1[3]", "class"], ["features", folder, "layer1[3]"],
                  ["influence", folder, "class.0", "layer1[3]"],
                  ["ablate", folder, "--cut", "layer1[3]"]):  # fmt: skip
        assert ask(*words) == 1
        assert "layer1[3] is not in the logic any more: nothing reads it" in capsys.readouterr().err


def test_steps_of_a_recurrent_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(tmp_path, random_rnn(1))
    assert ask("depends", folder, "x[0]@1", "class.0@0", "--steps", 2) == 0
    out, err = capsys.readouterr()
    assert "x[0]@1 -> class.0@0: independent" in out
    assert "have no path in the network's graph" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        # Names that do not exist.
        (["depends", "x[9]", "class"], "nothing is named 'x[9]'; did you mean"),
        (["depends", "x[0]", "clas"], "did you mean class"),
        (["depends", "x[0]", "class=9"], "class=9: there is no such class; known are 0, 1, 2"),
        (["depends", "layer1.sum[0]", "class"], "layer1.sum[0] holds sums, not codes"),
        (["depends", "class", "score"], "class is no input or activation"),
        (["depends", "x[0]", "x[1]"], "x[1] is an input: nothing in the network affects it"),
        (["influence", "layer1[9]"], "nothing is named 'layer1[9]'; did you mean layer1["),
        (["influence", "class=z"], "no such class"),
        (["features", "score"], "no activation"),
        (["features", "layer2"], "nothing is named 'layer2'; did you mean layer1"),
        (["can", "--class", "9"], "class=9: there is no such class; known are 0, 1, 2"),
        (["ties", "--class", "9", "--class", "0"], "class=9: there is no such class"),
        (["ties", "--class", "0"], "a tie is between two classes; name two"),
        (["monotone", "--feature", "x[7]", "--class", "1"], "nothing is named 'x[7]'"),
        (["monotone", "--feature", "x[0]", "--class", "7"], "class=7: there is no such class"),
        (["equivalent", "--other", "nowhere"], "nowhere/net.npz"),
        (["depends", "--fix", "x[8]=1"], "nothing is named 'x[8]'"),
        (["depends", "--fix", "layer1[0]=1"], "is no input; conditions are on inputs"),
        # Samples of the wrong shape, or of no data.
        (["depends", "--around", "3"], "records no data"),
        (["depends", "--around", "none.txt"], "neither a row's number nor a file"),
        # Contradictory conditions, of which anything would hold.
        (["depends", "--fix", "x[0]=1", "--fix", "x[0]=0"], "fixed to 0 and to 1"),
        (["can", "--fix", "x[0]=1", "--fix", "x[0]=0"], "fixed to 0 and to 1"),
        (["monotone", "--feature", "x[0]", "--class", "1", "--fix", "x[0]=1"],
         "leave x[0] one value only: nothing can be said"),
        (["depends", "--fix", "x[0]"], "expected NAME=VALUE"),
        (["depends", "--fix", "x[0]=2"], "1 bits take 0 to 1"),
        # Budgets of nothing.
        (["depends", "--seconds", "0"], "a budget of 0.0 seconds: nothing could be decided"),
        (["depends", "--conflicts", "-1"], "a budget of -1 conflicts"),
        (["can", "--seconds", "nan"], "a budget of nan seconds"),
        (["features", "--conflicts", "0"], "a budget of 0 conflicts"),
        (["influence", "class.0", "--seconds", "-1"], "a budget of -1.0 seconds"),
        # What the network does not have.
        (["depends", "--steps", "2"], "keeps no states"),
        (["depends", "--invariant", "i.json"], "the network keeps no states between inputs"),
        (["influence", "class.0", "--data"], "records no data set"),
        (["influence", "class.0", "--confidence", "2"], "a confidence of 2"),
        (["can", "--picture", "a.png"], "--picture: there is none of can"),
    ],
)  # fmt: skip
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
    [
        ("1 0 1", "; the network takes "),
        ("0 1 0 0 0 0", "the sample is off the code: x[0]=0, x[1]=1; give a valid one"),
        ("0 2 0 0 0 0", "expected one row of bits, 0 or 1"),
        ("0 0 0 0 0 0\n1 0 0 0 0 0", "expected one row of bits, 0 or 1"),
        ("seven", "neither a row's number nor a file"),
    ],
)
def test_a_sample_that_does_not_fit_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, message: str
) -> None:
    folder = build(tmp_path, random_net(0, care=THERMOMETER))
    (tmp_path / "row.txt").write_text(row)
    for words in (["depends", folder, "--around"], ["explain", folder, "--sample"],
                  ["robust", folder, "--sample"]):  # fmt: skip
        assert ask(*words, tmp_path / "row.txt") == 1
        err = capsys.readouterr().err
        assert (
            message.replace("a sample of 3 bits", "a sample of ").split(";")[0] in err
            or message in err
        )
        assert err.count("\n") == 1


@pytest.mark.parametrize("words", [
    ["depends", "--fix", "x[0]=0", "--fix", "x[1]=1"],
    ["influence", "class.0", "--fix", "x[0]=0", "--fix", "x[1]=1"],
    ["can", "--fix", "x[3]=0", "--around", "ROW", "--radius", "0"],
    ["features", "--fix", "x[3]=0", "--around", "ROW", "--radius", "0"],
    ["ablate", "--cut", "layer1[0]", "--fix", "x[0]=0", "--fix", "x[1]=1"],
    ["ablate", "--kill", "class=1", "--fix", "x[0]=0", "--fix", "x[1]=1"],
    ["equivalent", "--other", "BUILD", "--fix", "x[0]=0", "--fix", "x[1]=1"],
    ["robust", "--sample", "ROW", "--fix", "x[0]=0", "--fix", "x[1]=1"],
])  # fmt: skip
def test_of_no_input_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    folder = build(tmp_path, random_net(0, care=THERMOMETER))
    (tmp_path / "row.txt").write_text("0 0 0 1 0 0")
    files = {"ROW": tmp_path / "row.txt", "BUILD": folder}
    kind, *more = (files.get(word, word) for word in words)
    assert ask(kind, folder, *more) == 1
    err = capsys.readouterr().err
    assert "contradictory conditions: no " in err
    assert err.count("\n") == 1
