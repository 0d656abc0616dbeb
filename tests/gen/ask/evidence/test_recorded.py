"""Answers written as JSON and checked in another process: all kinds; damage is one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence.recorded import PROVED, SHOWN
from gen.intnet.network import IntNet
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.ask.network.test_unroll import two_alike
from tests.gen.ask.questions.test_ablate import planted as seven_in_one
from tests.gen.ask.questions.test_command import ask, build
from tests.gen.ask.questions.test_depends import planted

Capture = pytest.CaptureFixture[str]

DENSE = ["--fix", "x[0]=1"]
SAMPLE = ["--sample", "SAMPLE"]
QUESTIONS: list[tuple[Callable[[], IntNet], list[str]]] = [
    (planted, ["depends", "x[2]", "score[1]"]),
    (planted, ["depends", "x[0]", "score[2]"]),
    (planted, ["depends", "--to", "layer1", *DENSE]),
    (planted, ["depends", "layer1[0]", "score[2]"]),
    (planted, ["explain", *SAMPLE]),
    (planted, ["explain", *SAMPLE, "--claim", "x[5]"]),
    (planted, ["robust", *SAMPLE]),
    (planted, ["robust", *SAMPLE, "--features", "--becomes", "1"]),
    (planted, ["can"]),
    (planted, ["ties"]),
    (planted, ["monotone", "--feature", "x[1]", "--class", "1"]),
    (planted, ["equivalent", "--other", "BUILD"]),
    (planted, ["equivalent", "--other", "OTHER"]),
    (planted, ["influence", "class=1"]),
    (planted, ["influence", "class=1", "layer1[0]"]),
    (planted, ["features"]),
    (seven_in_one, ["ablate", "--section", "seven", "--kill", "class=seven"]),
    (seven_in_one, ["ablate", "--kill", "class=seven", "--tolerance", "0"]),
    (seven_in_one, ["ablate", "--cut", "layer1[5]", "--to", "free", "--kill", "class=seven"]),
    (seven_in_one, ["ablate", "--kill", "class=seven", "--fix", "x[0]=0", "--fix", "x[1]=0"]),
    (lambda: random_rnn(1), ["depends", "x[0]@0", "class.0@1", "--steps", "2"]),
    (lambda: random_rnn(1), ["explain", *SAMPLE, "--steps", "2"]),
    (two_alike, ["depends", "h", "class.0", "--invariant", "INVARIANT"]),
    (lambda: random_rnn(1), ["equivalent", "--other", "BUILD", "--steps", "3"]),
]


@pytest.fixture
def asked(tmp_path: Path, capsys: Capture) -> Callable[..., Path]:
    """Asks a question of a network with --json and --certificates; the file of the answer."""

    def asking(net: IntNet, words: list[str]) -> Path:
        folder = build(tmp_path / "net", net)
        steps = int(words[words.index("--steps") + 1]) if "--steps" in words else 1
        np.savetxt(tmp_path / "sample", np.ones((1, net.n_inputs * steps), int), fmt="%d")
        alike = [[["h[0]", True], ["h[1]", False]], [["h[0]", False], ["h[1]", True]]]
        facts = {"format": "smelt-invariant-1", "registers": ["h[0]", "h[1]"], "clauses": alike}
        (tmp_path / "invariant").write_text(json.dumps(facts))
        other = build(tmp_path / "other", random_net(3, 6, 4, 3))
        files = {"BUILD": folder, "OTHER": other, "SAMPLE": tmp_path / "sample"}
        files["INVARIANT"] = tmp_path / "invariant"
        kind, *more = (str(files.get(word, word)) for word in words)
        assert ask(kind, folder, *more, "--json", "--certificates", tmp_path / "proofs") == 0
        path = tmp_path / "answer.json"
        path.write_text(capsys.readouterr().out)
        return path

    return asking


@pytest.mark.parametrize(("net", "words"), QUESTIONS, ids=lambda one: str(one)[:60])
def test_an_answer_is_read_and_checked_again(
    asked: Callable[..., Path], net: Callable[[], IntNet], words: list[str], capsys: Capture
) -> None:
    path = asked(net(), words)
    value = json.loads(path.read_text())
    assert ask("verify", path, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again == {"verdict": value["verdict"], "checked": value["checked"]}
    assert again["checked"]


def test_every_kind_of_evidence_is_among_them(asked: Callable[..., Path]) -> None:
    found = set()
    for at in (0, 8, 12, 13, 17):
        net, words = QUESTIONS[at]
        value = json.loads(asked(net(), words).read_text())
        found |= {one["evidence"] for one in value["certificates"]}
    assert found == {"certificate", "no path", "recount", "other network", "exhausted"}


def test_what_was_asked_is_said_again(asked: Callable[..., Path], capsys: Capture) -> None:
    path = asked(planted(), ["can"])
    assert ask("verify", path) == 0
    out, err = capsys.readouterr()
    assert out == "class=0: possible\nclass=1: possible\nclass=2: never\n"
    assert err.startswith("checked: 2 claims about 2 inputs: by the network itself\nchecked: never")


def refused(path: Path, capsys: Capture, *words: object) -> str:
    capsys.readouterr()
    assert ask("verify", path, *words) == 1
    err = capsys.readouterr().err
    assert err.startswith("smelt: error: ")
    assert err.count("\n") == 1
    return err


def without(value: dict[str, Any], key: str) -> None:
    del value[key]


DAMAGE: list[tuple[list[str], Callable[[dict[str, Any]], Any], str]] = [
    (["can"], lambda v: v["witness"]["rows"].reverse(), "the network does not confirm"),
    (["can"], lambda v: v["witness"]["rows"].pop(), "out of bounds"),
    (["can"], lambda v: v["witness"]["claims"][0].append(1), "not a whole answer"),
    (["can"], lambda v: v["witness"]["claims"][0].__setitem__(2, "class=9"), "no such class"),
    (["can"], lambda v: v["witness"]["claims"][0].__setitem__(2, "layer7[0]"), "layer7"),
    (["can"], lambda v: v["witness"]["inputs"].reverse(), "other inputs than the network"),
    (["can"], lambda v: v["witness"].update(rows=["01"] * 3), "'01' is not 6 bits"),
    (["can"], lambda v: v["conditions"]["fixed"].update({"x[0]": 0}), "outside the conditions"),
    (["can"], lambda v: without(v, "verdict"), "not a whole answer (KeyError('verdict'))"),
    (["can"], lambda v: without(v, "network"), "not an answer (no network"),
    (["can"], lambda v: v["question"].update(kind="guess"), "'guess' is no question"),
    (["can"], lambda v: v.update(format="smelt-answer-0"), "format is 'smelt-answer-0'"),
    (["can"], lambda v: v["network"].update(sha256="0" * 64), "about another network than"),
    (["can"], lambda v: v["certificates"].append({"evidence": "a dream"}), "kind 'a dream'"),
    (["can", *DENSE], lambda v: v["conditions"]["fixed"].update({"x[0]": 0}), "outside"),
    (["depends", "x[5]", "class"], lambda v: v["certificates"][0]["walks"][0].update(
        pairs=[[["x[0]"], "class.0"]]), "there is a path from x[0] to class.0"),
    (["influence", "class=1", "x[0]"], lambda v: v["certificates"][0]["hits"].update(
        {"class=1": 1}), "pairs differ, not 1"),
    (["can"], lambda v: v["certificates"][0].update(steps=700), "steps is"),
    (["can"], lambda v: v["certificates"][0].pop("files"), "its proof was not written"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "damage", "message"), DAMAGE, ids=lambda one: str(one)[:40])
def test_what_was_changed_is_refused_in_one_line(
    asked: Callable[..., Path], words: list[str], damage: Any, message: str, capsys: Capture
) -> None:
    path = asked(planted(), words)
    value = json.loads(path.read_text())
    damage(value)
    path.write_text(json.dumps(value))
    assert message in refused(path, capsys)


@pytest.mark.parametrize(("net", "words"), QUESTIONS[::3], ids=lambda one: str(one)[:60])
def test_a_verdict_without_its_evidence_is_refused(
    asked: Callable[..., Path], net: Callable[[], IntNet], words: list[str], capsys: Capture
) -> None:
    path = asked(net(), words)
    value = json.loads(path.read_text())
    if value["verdict"] not in SHOWN | PROVED or words[0] == "influence":
        return
    value |= {"witness": None, "certificates": [], "unchecked": ""}
    path.write_text(json.dumps(value))
    assert f"nothing in the answer bears out that it is '{value['verdict']}'" in refused(
        path, capsys
    )


def test_files_that_are_damaged_or_of_something_else(
    asked: Callable[..., Path], tmp_path: Path, capsys: Capture
) -> None:
    path = asked(planted(), ["explain", *SAMPLE])
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    assert "not readable as JSON" in refused(path, capsys)
    assert "no such file" in refused(tmp_path / "nowhere.json", capsys)
    path.write_text("[]")
    assert "not a JSON object" in refused(path, capsys)
    path.write_text(whole)
    name = json.loads(whole)["certificates"][0]["files"][0]
    cnf = tmp_path / "proofs" / name
    drat, text = cnf.with_suffix(".drat"), cnf.read_text()
    cnf.write_text(text.replace(" = ", " = 9", 1))
    assert "smelt: error: " in refused(path, capsys)
    cnf.write_text(text.rsplit("\n", 3)[0])
    assert "clauses of" in refused(path, capsys)
    cnf.write_text("p cnf 1 1\n1 0\n")
    assert "not a certificate" in refused(path, capsys)
    # Another input is held: then nothing contradicts that the class is another.
    *rest, held, goal = text.splitlines()
    cnf.write_text("\n".join([*rest, str(-int(held.split()[0])) + " 0", goal, ""]))
    assert "the proof" in refused(path, capsys)
    cnf.write_text(text)
    drat.write_text(drat.read_text().replace("0\n", "0 0\n"))
    assert "is not DRAT" in refused(path, capsys)
    drat.unlink()
    assert "cannot be read" in refused(path, capsys)
    assert "cannot be read" in refused(path, capsys, "--certificates", tmp_path / "elsewhere")
    assert "net.npz: cannot be read" in refused(path, capsys, "--build", tmp_path / "elsewhere")
    other = build(tmp_path / "another", random_net(1, 6, 4, 3))
    assert "about another network" in refused(path, capsys, "--build", other)


def test_moved_builds_and_proofs_are_found(
    asked: Callable[..., Path], tmp_path: Path, capsys: Capture
) -> None:
    path = asked(planted(), ["equivalent", "--other", "OTHER"])
    for name in ("net", "other", "proofs"):
        if (tmp_path / name).exists():
            (tmp_path / name).rename(tmp_path / f"{name}-moved")
    assert "cannot be read" in refused(path, capsys)
    words = ["--build", tmp_path / "net-moved", "--other", tmp_path / "other-moved"]
    assert ask("verify", path, *words, "--certificates", tmp_path / "proofs-moved") == 0


def test_states_of_an_answer_are_proved_again(asked: Callable[..., Path], capsys: Capture) -> None:
    path = asked(two_alike(), ["depends", "h", "class.0", "--invariant", "INVARIANT"])
    value = json.loads(path.read_text())
    value["conditions"]["states"] = [[["reset", True], ["h[0]", True]]]
    path.write_text(json.dumps(value))
    assert "not an invariant" in refused(path, capsys)
