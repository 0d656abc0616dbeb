"""`python -m gen COMMAND` with missing and damaged files: one clear line, status 1."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]

# Command -> arguments, with {file} for an input that is missing or damaged, {out} for a result.
COMMANDS = {
    "train": ["{file}", "--out", "{out}"],
    "compare": ["{file}", "--out", "{out}"],
    "freeze": ["--model", "{file}", "--out", "{out}/net.npz"],
    "import": ["--net", "{file}", "--out", "{out}/net.npz"],
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
    argv = [sys.executable, "-m", "gen", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


def start(command: str, file: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return gen(command, *(word.format(file=file, out=out) for word in COMMANDS[command]))


def assert_one_line(done: subprocess.CompletedProcess[str], about: Path) -> None:
    lines = done.stderr.splitlines()
    assert [line[:14] for line in lines] == ["smelt: error: "], done.stderr
    assert about.name in lines[0]
    assert done.returncode == 1
    assert done.stdout == ""


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
    done = gen("import", "--net", str(simple_net(tmp_path / "in.npz")),
               "--out", str(tmp_path / "taken" / "net.npz"))  # fmt: skip
    assert_one_line(done, tmp_path / "taken")


@pytest.mark.parametrize(("hidden", "form"), [(50, True), (250, False)])
def test_a_form_without_equal_neurons_is_melted_where_they_are_many(
    hidden: int, form: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(hidden)
    w1 = rng.choice([-1, 1], (hidden, 24)).astype(np.int8)
    w1[-1] = w1[0]
    w2, zero = rng.choice([-1, 1], (2, hidden)).astype(np.int8), np.zeros(hidden, np.int32)
    np.savez(tmp_path / "in.npz", w1=w1, T=zero, w2=w2, b2=np.zeros(2, np.int32))
    (tmp_path / "reduced.aig").write_text("of an earlier run")
    net = str(tmp_path / "net.npz")
    assert not gen("import", "--net", str(tmp_path / "in.npz"), "--out", net).returncode
    done = gen("melt", "--net", net, "--out", str(tmp_path / "melted.aig"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reduced.aig").exists() == form
    assert ("0 constant, 1 duplicate" in done.stderr) == form


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


@pytest.mark.slow
def test_from_an_imported_network_to_a_netlist_and_the_same_again(tmp_path: Path) -> None:
    outs = [tmp_path / "a", tmp_path / "b"]
    net = simple_net(tmp_path / "in.npz")
    for out in outs:
        for words in (
            ["import", "--net", str(net), "--out", f"{out}/net.npz"],
            ["melt", "--net", f"{out}/net.npz", "--out", f"{out}/melted.aig"],
            ["simplify", "--melted", f"{out}/melted.aig", "--out", str(out)],
            ["map", "--graph", f"{out}/graph.aig", "--out", f"{out}/mapped.json"],
        ):
            done = gen(*words)
            assert done.returncode == 0, done.stderr
    for name in ("net.npz", "melted.aig", "sections.aig", "graph.aig"):
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes()
