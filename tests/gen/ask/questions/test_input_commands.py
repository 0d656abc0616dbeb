"""`python -m gen ask` of questions about inputs, on build folders: text, pictures, errors."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.ask.questions.test_command import ask, build
from tests.gen.ask.questions.test_explain import planted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "planted", planted())


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    np.save(tmp_path / "sample.npy", np.array([[1, 1, 1, 1, 0, 1, 0, 1]]))
    return tmp_path / "sample.npy"


def test_explain(folder: Path, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = folder / "p.png"
    words = ["explain", folder, "--sample", sample]
    assert ask(*words, "--picture", picture) == 0
    out, err = capsys.readouterr()
    assert out.startswith("class=many: 2 of 8 features decide it, whatever the others\n  x[")
    assert "3 inputs were run through the network itself" in err
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert ask(*words, "--claim", "x[1]", "--claim", "x[3]") == 0
    assert capsys.readouterr().out == "x[1], x[3] decide class=many\n"
    assert ask(*words, "--claim", "x[1]", "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["verdict"], value["question"]["claimed"]) == ("false", ["x[1]"])
    assert value["question"]["sample"] == "11110101"
    row = value["details"]["row"]
    assert (row[1], row[3] + row[5]) == ("1", "00")
    assert value["checked"]
    assert ask(*words, "--claim", "x[1]") == 0
    assert (
        capsys.readouterr().out
        == f"x[1] do not decide class=many\n  class=few, and the same there: {row}\n"
    )


def test_robust(folder: Path, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, picture = ["robust", folder, "--sample", sample], folder / "p.png"
    assert ask(*words, "--picture", picture, "--certificates", folder / "proofs") == 0
    out, err = capsys.readouterr()
    assert out.startswith("class=many: 2 bits at least; x[")
    assert out.endswith("makes it class=few\n")
    assert "claims were settled by listing all inputs of their graphs" in err
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert ask(*words, "--most", 1) == 0
    assert "no change of fewer than 2 bits alters it; not settled" in capsys.readouterr().out
    assert ask(*words, "--fix", "x[1]=1", "--fix", "x[3]=1") == 0
    assert "class=many: every input that counts has it" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["explain", "robust"])
def test_proofs_are_written_and_what_lacks_one_says_so(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, proofs = build(tmp_path / "many", random_net(2, 18, 6, 3)), tmp_path / "proofs"
    np.savetxt(tmp_path / "sample.txt", np.array([[0, 1] * 9]), fmt="%d")
    words = [kind, folder, "--sample", tmp_path / "sample.txt"]
    assert ask(*words, "--json", "--certificates", proofs) == 0
    text = capsys.readouterr().out
    assert "steps of its proof" in text
    assert {path.suffix for path in proofs.iterdir()} == {".aig", ".cnf", ".drat"}
    (tmp_path / "answer.json").write_text(text)
    assert ask("verify", tmp_path / "answer.json") == 0
    out, err = capsys.readouterr()
    assert "not checked" not in out + err
    assert ask(*words) == 0
    out, err = capsys.readouterr()
    assert "(not checked)" in out.splitlines()[0]
    assert "not checked, for want of a proof: " in err


def test_what_would_make_it_another_class(
    folder: Path, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["robust", folder, "--sample", sample, "--becomes"]
    assert ask(*words, "few") == 0
    assert capsys.readouterr().out.endswith("makes it class=few\n")
    assert ask(*words, "few", "--fix", "x[1]=1", "--fix", "x[3]=1") == 0
    assert capsys.readouterr().out == "class=many: no input that counts is class=few\n"
    assert ask(*words, "many") == 1
    assert "the sample is class=many already; ask for another class" in capsys.readouterr().err
    assert ask("robust", folder, "--becomes", "few") == 1
    assert "--becomes is asked of one sample" in capsys.readouterr().err


def test_recorded_rows_are_certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = planted()
    rows = ["f5", "00", "2a"]  # many, few, many: bits 1, 3 and 5 count
    net.meta["recorded"] = {"inputs": rows, "scores": [[0, 1], [0, 0], [0, 1]], "labels": [1, 0, 0]}
    folder = build(tmp_path / "recorded", net)
    assert ask("robust", folder, "--picture", folder / "p.png") == 0
    out = capsys.readouterr().out
    bits = [[int(row, 16) >> at & 1 for at in (1, 3, 5)] for row in rows]
    right = [(sum(row) >= 2) == label for row, label in zip(bits, [1, 0, 0], strict=True)]
    assert out.startswith(f"3 rows, {sum(right)} of the right class; all decided\n")
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")


def test_all_inputs(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("can", folder, "--fix", "x[1]=0", "--fix", "x[3]=0") == 0
    assert capsys.readouterr().out == "class=few: possible\nclass=many: never\n"
    assert ask("ties", folder) == 0
    assert capsys.readouterr().out == "few and many: possible\n"
    assert ask("monotone", folder, "--feature", "x[5]", "--class", "many") == 0
    assert capsys.readouterr().out.startswith("class=many is rising in x[5]")
    assert ask("equivalent", folder, "--other", folder) == 0
    assert capsys.readouterr().out == "equivalent\n"
    other = build(tmp_path / "other", random_net(3, 8, 6, 2))
    assert ask("equivalent", folder, "--other", other) == 1
    assert "the networks decide between" in capsys.readouterr().err


def test_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(tmp_path / "rnn", random_rnn(1))
    np.savetxt(tmp_path / "sample.txt", np.zeros((1, 9), int), fmt="%d")
    words = ["--sample", tmp_path / "sample.txt", "--steps", 3]
    for kind in ("explain", "robust"):
        assert ask(kind, folder, *words) == 0
        assert capsys.readouterr().out.startswith("class=")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seconds", "0"], "a budget of 0.0 seconds: nothing could be decided"),
        (["--fix", "x[1]=0"], "the sample does not satisfy the conditions itself"),
        (["--claim", "y"], "nothing is named 'y'"),
        (["--sample", "nowhere.npy"], "neither a row's number nor a file"),
        (["--sample", "3"], "the network records no data"),
    ],
)
def test_errors_are_a_line(
    folder: Path,
    sample: Path,
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask("explain", folder, "--sample", sample, *words) == 1
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_robust_refuses_no_rows_and_no_distance(
    folder: Path, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("robust", folder, "--sample", sample, "--most", 0) == 1
    assert "--most 0: give 1 or more" in capsys.readouterr().err
    assert ask("robust", folder) == 1
    assert "the network records no data; give --sample" in capsys.readouterr().err
