"""Answers written as JSON and checked in another process: all kinds; damage is one line."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.ask.evidence import obligations
from gen.ask.evidence.case import AnswerWrong
from gen.ask.evidence.certificate import SUFFIXES
from gen.ask.evidence.recorded import known_network
from gen.intnet.network import IntNet
from tests.gen.ask.forged import changes, leaves
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


def named(value: object) -> str:
    """A name for a parameter that is the same in every process."""
    return getattr(value, "__name__", str(value)[:60])


@pytest.mark.parametrize(("net", "words"), QUESTIONS, ids=named)
def test_an_answer_is_read_and_checked_again(
    asked: Callable[..., Path], net: Callable[[], IntNet], words: list[str], capsys: Capture
) -> None:
    path = asked(net(), words)
    value = json.loads(path.read_text())
    assert ask("verify", path, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again == {"verdict": value["verdict"], "checked": value["checked"]}
    assert again["checked"]


def test_what_was_asked_is_said_again(asked: Callable[..., Path], capsys: Capture) -> None:
    path = asked(planted(), ["can"])
    assert ask("verify", path) == 0
    out, err = capsys.readouterr()
    assert out == "class=0: possible\nclass=1: possible\nclass=2: never\n"
    assert err.startswith(
        "checked: 2 inputs were run through the network itself\nchecked: 1 claims"
    )


def refused(path: Path, capsys: Capture, *words: object) -> str:
    capsys.readouterr()
    assert ask("verify", path, *words) == 1
    err = capsys.readouterr().err
    assert err.startswith("smelt: error: ")
    assert err.count("\n") == 1
    return err


def without(value: dict[str, Any], key: str) -> None:
    del value[key]


Value = dict[str, Any]


def pair(value: Value, at: int = 0) -> Value:
    found: Value = value["details"]["pairs"][at]
    return found


def of_class(value: Value, name: str) -> Value:
    found: Value = value["details"]["classes"][name]
    return found


DAMAGE: list[tuple[list[str], Callable[[Value], Any], str]] = [
    (["can"], lambda v: of_class(v, "class=0").update(row="01"), "'01' is not 6 bits"),
    (["can"], lambda v: of_class(v, "class=0").update(row=of_class(v, "class=1")["row"]),
     "does not confirm that its input has this class"),
    (["can"], lambda v: without(of_class(v, "class=0"), "row"), "'None' is not 6 bits"),
    (["can"], lambda v: of_class(v, "class=0").update(more=1), "unknown field 'more'"),
    (["can"], lambda v: v["question"].update(classes=["class=9"]), "lacks 'class=9'"),
    (["can"], lambda v: v["question"].update(more=1), "unknown field 'more'"),
    (["can"], lambda v: v["conditions"]["fixed"].update({"x[0]": 0}), "outside the conditions"),
    (["can"], lambda v: v["conditions"].update(more=0), "not a whole answer"),
    (["can"], lambda v: without(v, "verdict"), "lacks 'verdict'"),
    (["can"], lambda v: without(v, "network"), "lacks 'network'"),
    (["can"], lambda v: v.update(unchecked="-"), "unknown field 'unchecked'"),
    (["can"], lambda v: v.update(means={"x[0]": "width >= 1"}), "are said to mean is not what"),
    (["can"], lambda v: v.update(means=["x[0]"]), "are said to mean is not what"),
    (["can"], lambda v: v["question"].update(kind="guess"), "'guess' is no question"),
    (["can"], lambda v: v.update(format="smelt-answer-0"), "format is 'smelt-answer-0'"),
    (["can"], lambda v: v["network"].update(sha256="0" * 64), "about another network than"),
    (["can"], lambda v: v["certificates"].update({"class=0": "can-0"}), "cannot be read"),
    (["can"], lambda v: v["certificates"].update({"class=0": "../can-0"}), "the name of a proof"),
    (["depends", "x[2]", "score[1]"], lambda v: pair(v).update(verdict="independent"),
     "has an unknown field 'bit'"),
    (["depends", "x[5]", "class"], lambda v: v["question"].update({"from": ["x[0]"]}), "pairs[0]"),
    (["influence", "class=1", "x[0]"], lambda v: pair(v).update(hits=pair(v)["hits"] + 1),
     "counted again"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "damage", "message"), DAMAGE, ids=named)
def test_what_was_changed_is_refused_in_one_line(
    asked: Callable[..., Path], words: list[str], damage: Any, message: str, capsys: Capture
) -> None:
    path = asked(planted(), words)
    value = json.loads(path.read_text())
    damage(value)
    path.write_text(json.dumps(value))
    assert message in refused(path, capsys)


def believed(path: Path, capsys: Capture) -> bool:
    """Whether the command takes an answer; what it refuses, it refuses in one line."""
    capsys.readouterr()
    status, err = ask("verify", path), capsys.readouterr().err
    if status:
        assert err.startswith("smelt: error: ")
        assert err.count("\n") == 1
    return status == 0


# How an answer was found, and where things lie, claims nothing; "checked" is what the one who asked
# was told, and is never read.
NO_CLAIM = ("run", "checked", "folder", "network")


@pytest.mark.parametrize(("net", "words"), QUESTIONS, ids=named)
@pytest.mark.parametrize("count", [25, pytest.param(1000, marks=pytest.mark.long)])
def test_no_changed_answer_is_believed(
    asked: Callable[..., Path], net: Callable[[], IntNet], words: list[str], count: int,
    capsys: Capture,
) -> None:  # fmt: skip
    """Of every place of an answer; what is believed nevertheless is weaker, and says so."""
    path = asked(net(), words)
    whole = json.loads(path.read_text())
    texts = [one for one in leaves(whole["details"]) if isinstance(one, str)]
    known = list(dict.fromkeys([*texts, "never", "independent", "undecided", "class=0"]))
    parts = [key for key in whole if key not in NO_CLAIM]
    every = [(part, other) for part in parts for other in changes(whole[part], known)]
    for part, other in random.Random(0).sample(every, min(count, len(every))):
        path.write_text(json.dumps(whole | {part: other}))
        if believed(path, capsys):
            assert_weaker(whole, whole | {part: other})


def assert_weaker(whole: Value, other: Value) -> None:
    """Nothing is claimed that the answer did not claim, of the same question or a narrower one."""
    said, now = (json.dumps(value["details"]) for value in (whole, other))
    same = said == now and whole["question"] == other["question"]
    narrower = same and whole["verdict"] == other["verdict"]
    assert narrower or whole["details"].keys() == other["details"].keys(), (whole, other)


def proofs_of(path: Path) -> list[Path]:
    value = json.loads(path.read_text())
    stems = value["certificates"].values()
    return [Path(value["folder"]) / (stem + end) for stem in stems for end in SUFFIXES]


def test_changed_files_of_a_proof_are_refused(
    asked: Callable[..., Path], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each clause, step and line changed, removed, or doubled; each file another one's."""
    monkeypatch.setattr(obligations, "LISTED", 0)
    path = asked(random_net(1), ["monotone", "--feature", "x[1]", "--class", "1"])
    files = proofs_of(path)
    assert len(files) >= 6
    for file in files[:3]:
        data = file.read_bytes()
        for other in file_changes(data):
            file.write_bytes(other)
            if believed(path, capsys):
                # Only the proof may be another one, if it proves the same.
                assert file.suffix == ".drat"
        file.write_bytes(data)
        others = [one for one in files if one.suffix == file.suffix and one.read_bytes() != data]
        for another in others:
            file.write_bytes(another.read_bytes())
            assert not believed(path, capsys) or file.suffix == ".drat"
        file.unlink()
        assert "cannot be read" in refused(path, capsys)
        file.write_bytes(data)
    assert believed(path, capsys)


def file_changes(data: bytes) -> Iterator[bytes]:
    """A file cut short, without a line, with a line twice, and with a byte changed, here and there.

    A shorter proof may prove the same, and the checker must say so of it by itself."""
    lines = data.splitlines(keepends=True)
    for at in range(0, len(lines), max(1, len(lines) // 10)):
        yield b"".join(lines[:at])
        yield b"".join([*lines[:at], *lines[at + 1 :]])
        yield b"".join([*lines[: at + 1], *lines[at:]])
    for at in range(0, len(data), max(1, len(data) // 20)):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


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


@pytest.mark.parametrize("steps", [None, 1, 2, 1000])
def test_an_answer_is_over_one_step_or_more(steps: int | None) -> None:
    value = {"build": "a/build", "sha256": "0" * 64, "steps": steps}
    assert known_network(value) == value


@pytest.mark.parametrize("steps", [0, -1, True, 1.0, "1", [1]])
def test_an_answer_over_no_step_wrong(steps: object) -> None:
    with pytest.raises(AnswerWrong, match="steps; 1 or more are meant"):
        known_network({"build": "a/build", "sha256": "0" * 64, "steps": steps})
