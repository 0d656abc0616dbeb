"""`python -m gen COMMAND` with missing and damaged files: one clear line, status 1."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gen.map import luts
from tests.commands import run

ROOT = Path(__file__).resolve().parents[2]

# Command -> arguments, with {file} for an input that is missing or damaged, {out} for a result.
COMMANDS = {
    "train": ["{file}", "--out", "{out}"],
    "compare": ["{file}", "--out", "{out}"],
    "freeze": ["--model", "{file}", "--out", "{out}/net.npz"],
    "import": ["{file}", "--out", "{out}/net.npz"],
    "vectors": ["--net", "{file}", "--out", "{out}/vectors.npz"],
    "melt": ["--net", "{file}", "--out", "{out}/melted.aig"],
    "simplify": ["--melted", "{file}", "--out", "{out}"],
    "map": ["--graph", "{file}", "--out", "{out}/mapped.json"],
    "predict": ["--build", "{file}", "--test"],
    "hdl": ["--mapped", "{file}", "--out", "{out}"],
}
ENDINGS = {"train": ".toml", "compare": ".toml", "freeze": ".json", "simplify": ".aig",
           "map": ".aig", "hdl": ".json"}  # fmt: skip


def gen(*words: str) -> subprocess.CompletedProcess[str]:
    return run("gen", *words)


def started(*words: str) -> subprocess.CompletedProcess[str]:
    """A process of its own."""
    argv = [sys.executable, *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


def start(command: str, file: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return gen(command, *(word.format(file=file, out=out) for word in COMMANDS[command]))


def assert_one_line(done: subprocess.CompletedProcess[str], about: Path) -> None:
    lines = done.stderr.splitlines()
    assert [line[:14] for line in lines] == ["smelt: error: "], done.stderr
    assert about.name in lines[0]
    assert done.returncode == 1
    assert done.stdout == ""


def test_the_program_itself(tmp_path: Path) -> None:
    file = tmp_path / "missing.json"
    done = started("-m", "gen", "hdl", "--mapped", str(file), "--out", str(tmp_path / "out"))
    assert_one_line(done, file)
    assert started("-m", "gen", "hdl", "--what").returncode == 2
    done = started("-m", "gen", "hdl", "--help")
    assert done.returncode == 0
    assert "usage: python -m gen hdl" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_missing_files_wrong(command: str, tmp_path: Path) -> None:
    file = tmp_path / f"missing{ENDINGS.get(command, '.npz')}"
    done = start(command, file, tmp_path / "out")
    assert_one_line(done, file)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"\x00garbage\xff\n", b"[]"])
@pytest.mark.parametrize("command", COMMANDS)
def test_damaged_files_wrong(command: str, content: bytes, tmp_path: Path) -> None:
    if command in ("train", "compare") and content == b"":
        content = b"= no TOML ="
    file = tmp_path / f"damaged{ENDINGS.get(command, '.npz')}"
    file.write_bytes(content)
    done = start(command, file, tmp_path / "out")
    assert_one_line(done, file)
    assert not (tmp_path / "out").exists()


def simple_net(path: Path) -> Path:
    np.savez(path, w1=np.array([[1, -1]]), T=np.array([1]), w2=np.array([[1], [0]]),
             b2=np.array([0, 0]))  # fmt: skip
    return path


def test_a_file_where_a_folder_must_be_wrong(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    done = gen("import", str(simple_net(tmp_path / "in.npz")),
               "--out", str(tmp_path / "taken" / "net.npz"))  # fmt: skip
    assert_one_line(done, tmp_path / "taken")


@pytest.mark.parametrize(("hidden", "form"), [(50, True), (250, False)])
def test_a_form_without_equal_neurons_is_melted_where_they_are_many(
    hidden: int, form: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(hidden)
    w1 = rng.permuted(np.tile(np.int8([1, 1, -1, -1, *[0] * 20]), (hidden, 1)), axis=1)
    w1[-1] = w1[0]
    w2, zero = rng.choice([-1, 1], (2, hidden)).astype(np.int8), np.zeros(hidden, np.int32)
    w2[:, 5:-5] = 0
    np.savez(tmp_path / "in.npz", w1=w1, T=zero, w2=w2, b2=np.zeros(2, np.int32))
    (tmp_path / "reduced.aig").write_text("of an earlier run")
    net = str(tmp_path / "net.npz")
    assert not gen("import", str(tmp_path / "in.npz"), "--out", net).returncode
    done = gen("melt", "--net", net, "--out", str(tmp_path / "melted.aig"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reduced.aig").exists() == form
    assert ("0 constant, 1 duplicate" in done.stderr) == form


def test_no_form_is_melted_whose_scores_have_fewer_bits(tmp_path: Path) -> None:
    """Of four neurons two are never on: scores of 0 to 4 become those of 0 to 2."""
    w1, thresholds = np.array([[1, 0], [0, 1], [1, 1], [1, -1]]), np.array([1, 1, 3, 2])
    w2 = np.array([[1, 1, 1, 1], [1, 0, 0, 0]])
    np.savez(tmp_path / "in.npz", w1=w1, T=thresholds, w2=w2, b2=np.zeros(2, np.int32))
    net = str(tmp_path / "net.npz")
    assert not gen("import", str(tmp_path / "in.npz"), "--out", net).returncode
    for outputs, form in (("all", False), ("class", True)):
        words = "--out", str(tmp_path / "melted.aig"), "--outputs", outputs
        done = gen("melt", "--net", net, *words)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "reduced.aig").exists() == form


def test_wrong_options_wrong(tmp_path: Path) -> None:
    net = simple_net(tmp_path / "in.npz")
    done = gen("melt", "--net", str(net), "--out", str(tmp_path / "m.aig"), "--outputs", "scores")
    assert done.returncode == 1
    assert done.stderr == (
        "smelt: error: outputs scores: the network's are class, score; choose of these, or all\n"
    )
    assert not (tmp_path / "m.aig").exists()
    done = gen("map", "--graph", "g.aig", "--out", "m.json", "--k", "7")
    assert done.stderr == "smelt: error: --k 7: LUTs of 2 to 6 inputs are mapped\n"


@pytest.mark.parametrize("words", [[], ["smelt"], ["melt"], ["melt", "--what"]])
def test_wrong_usage_is_2(words: list[str]) -> None:
    done = gen(*words)
    assert done.returncode == 2
    assert "usage: python -m gen" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = gen(command, "--help")
    assert done.returncode == 0
    assert f"usage: python -m gen {command}" in done.stdout


AGAIN = """
import json, sys
from gen.__main__ import parser
from gen.console import main
from gen.map import luts
luts.FLOWS, luts.SHALLOW, steps = json.loads(sys.argv[1])
sys.exit(max(main(parser(), words) for words in steps))
"""


def steps(net: Path, out: Path) -> list[list[str]]:
    return [
        ["import", str(net), "--out", f"{out}/net.npz"],
        ["melt", "--net", f"{out}/net.npz", "--out", f"{out}/melted.aig"],
        ["simplify", "--melted", f"{out}/melted.aig", "--out", str(out)],
        ["map", "--graph", f"{out}/graph.aig", "--out", f"{out}/mapped.json"],
    ]


@pytest.mark.slow
def test_from_an_imported_network_to_a_netlist_and_the_same_again(
    tmp_path: Path, one_flow: None
) -> None:
    """In another process the same, where Python's sets have another order."""
    outs = [tmp_path / "a", tmp_path / "b"]
    net = simple_net(tmp_path / "in.npz")
    for words in steps(net, outs[0]):
        done = gen(*words)
        assert done.returncode == 0, done.stderr
    value = json.dumps([luts.FLOWS, luts.SHALLOW, steps(net, outs[1])])
    done = started("-c", AGAIN, value)
    assert done.returncode == 0, done.stderr
    for name in ("net.npz", "melted.aig", "sections.aig", "graph.aig"):
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes()


@pytest.mark.parametrize("given", ["", ".", "/"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_where_a_file_is_meant_wrong(command: str, given: str, tmp_path: Path) -> None:
    words = [word.format(file=given, out=tmp_path / "out") for word in COMMANDS[command]]
    done = gen(command, *words)
    lines = done.stderr.splitlines()
    assert [line[:14] for line in lines] == ["smelt: error: "], done.stderr
    assert "unexpected" not in lines[0]
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()
