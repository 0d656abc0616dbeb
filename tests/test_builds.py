"""A build is of the source, board and settings that make was told, and of nothing else.

What make is told is checked before anything runs; who writes a build folder has it alone; a file
that was changed by hand is refused by name; the same inputs give the same bytes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.files import load, save
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.make.lock import hold, release

ROOT = Path(__file__).parents[1]
NOT_MAKES = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "RECIPE", "OUT", "BOARD"}
# Logs, with times in them, and the simulators' own working files, with whole paths.
LOGS = {".log", ".out", ".times", ".xml", ".vvp", ".f"}


def start(*words: str, cwd: Path = ROOT, **more: str) -> "subprocess.Popen[str]":
    """make, started in a folder, with the Python that runs the tests."""
    environment = {k: v for k, v in os.environ.items() if k not in NOT_MAKES} | more
    command = ["make", f"VENV={sys.prefix}", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True, env=environment)


def make(*words: str, cwd: Path = ROOT, **more: str) -> tuple[int, str, str]:
    """Its status, output and errors."""
    process = start(*words, cwd=cwd, **more)
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def refused(*words: str) -> str:
    """The one line of a make that refuses, and did nothing before."""
    status, out, err = make(*words)
    said = [line for line in err.splitlines() if line.startswith("smelt:")]
    assert status == 2, err
    assert len(said) == 1, err
    assert "Traceback" not in err
    assert "-m gen" not in out
    return said[0].removeprefix("smelt: error: ")


def write_net(path: Path, seed: int) -> np.ndarray:
    """A small network at `path`, with an old date; returns the weights that tell it from others."""
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(-1, 2, shape).astype(np.int8) for shape in ((4, 6), (3, 4)))
    edges, codes = np.zeros((4, 1), np.int32), np.tile(np.int8([0, 1]), (4, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(4, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), second, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save(IntNet(6, nodes), path)
    os.utime(path, (1, 1))
    return first


def weights(folder: Path) -> np.ndarray:
    """Of the network in a build folder."""
    node = load(folder / "net.npz").nodes[0]
    assert isinstance(node, Linear)
    return node.weight


@pytest.fixture
def nets(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "a" / "net.npz", tmp_path / "b" / "net.npz"
    for seed, path in enumerate(paths):
        write_net(path, seed)
    return paths


def test_two_networks_of_one_name_the_second_older(tmp_path: Path, nets: tuple[Path, Path]) -> None:
    out = tmp_path / "build" / "net"
    for path in (*nets, nets[0]):
        status, _, err = make("freeze", f"RECIPE={path}", f"OUT={out}")
        assert status == 0, err
        assert np.array_equal(weights(out), load(path).nodes[0].weight)  # type: ignore[union-attr]
    # The same path, with what another file holds and its old date.
    shutil.copy2(nets[1], nets[0])
    assert make("freeze", f"RECIPE={nets[0]}", f"OUT={out}")[0] == 0
    assert np.array_equal(weights(out), load(nets[1]).nodes[0].weight)  # type: ignore[union-attr]
    status, printed, _ = make("freeze", f"RECIPE={nets[0]}", f"OUT={out}")
    assert (status, "-m gen" in printed) == (0, False)


def test_a_recipe_and_a_network_of_one_name(tmp_path: Path, nets: tuple[Path, Path]) -> None:
    out, own = tmp_path / "net", tmp_path / "net.toml"
    shutil.copy(ROOT / "gen" / "recipes" / "cancer" / "cancer.toml", own)
    assert make("freeze", f"RECIPE={nets[0]}", f"OUT={out}")[0] == 0
    status, printed, _ = make("-n", "freeze", f"RECIPE={own}", f"OUT={out}")
    assert status == 0
    assert f"-m gen train {own} --out {out}" in printed
    # Only looking leaves it as it is.
    assert np.array_equal(weights(out), load(nets[0]).nodes[0].weight)  # type: ignore[union-attr]


def test_retrain_is_handed_to_training_and_refused_for_a_network(
    tmp_path: Path, nets: tuple[Path, Path]
) -> None:
    words = "-n", "train", f"OUT={tmp_path / 'out'}"
    assert "--retrain" not in make(*words, "RECIPE=cancer")[1]
    assert "--retrain" in make(*words, "RECIPE=cancer", "RETRAIN=1")[1]
    status, _, err = make(*words, f"RECIPE={nets[0]}", "RETRAIN=1")
    assert status == 2
    assert "is a network, which nothing trains" in err


@pytest.mark.parametrize(
    "name",
    ["a b", "a'b", 'a"b', "a(b)", "a#b", "a:b", "a;b", "a$b", "a*b", "a?b", "[a]", "-ab", "a%b",
     "a\\b", "~a", "a|b", "a&b", "a`b`", "{a}", "a=b", ".a", "$(shell touch x)"],
)  # fmt: skip
def test_names_that_no_folder_should_have_wrong(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.npz"
    write_net(path, 0)
    for word in (f"RECIPE={path}", f"BOARD={tmp_path / name}.py"):
        assert f"{name!r} would name a folder" in refused("freeze", word)
    assert list(tmp_path.iterdir()) == [path]
    assert not (ROOT / "build" / name).exists()
    assert not (ROOT / "x").exists()


@pytest.mark.parametrize("name", ["a@b", "né", "net.v2", "a+b-c_d"])
def test_names_that_work_in_folders_of_any_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "it's a;b$c#(d)" / f"{name}.npz"
    other = tmp_path / "a" / "net.npz"
    out = tmp_path / "build" / name
    wanted = write_net(path, 3)
    write_net(other, 4)
    status, _, err = make("freeze", f"RECIPE={path}", f"OUT={out}")
    assert status == 0, err
    assert np.array_equal(weights(out), wanted)
    stamps = {one.name.split("@")[0] for one in (out / ".made" / "stamps").iterdir()}
    assert stamps == {"source"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["SEED=3"], "SEED=3: there is no such setting; did you mean SEEDS? known: BOARD, RECIPE,"),
        (["STAGE_DEPT=3"], "STAGE_DEPT=3: there is no such setting; did you mean STAGE_DEPTH?"),
        (["lint", "COLOUR=1"], "COLOUR=1: there is no such setting; "),
        (["SEEDS=none"], "SEEDS=none: expected a whole number, 1 or more"),
        (["FORM=both"], "FORM=both: expected parallel or shared"),
        (["OUT=."], "OUT=.: is the project's own folder, or above it"),
        (["OUT=gen"], "OUT=gen: holds what no build does ("),
        (["OUT=README.md"], "OUT=README.md: is a file; a folder is meant"),
        (["BOARD=shared.py"], "BOARD=shared.py: builds have a folder 'shared'; rename the file"),
        (["RECIPE=/no/such/cancer.toml"], "/no/such/cancer.toml: no such file; shipped recipes: "),
        (["RECIPE="], "RECIPE is empty"),
        (["FMAX=48", "STAGE_DEPTH=4"], "FMAX and STAGE_DEPTH: FMAX chooses the depth"),
        (["WEIGHTS=logic"], "WEIGHTS: only FORM=shared"),
        (["FORM=shared", "CARE=no"], "CARE: only FORM=parallel has logic that could use"),
        (["OUTPUTS=class,score,class"], "OUTPUTS=class,score,class: names class twice"),
        (["SMELT_TOLD_LEVEL=0"], "SMELT_TOLD_LEVEL=0: there is no such setting"),
        (["OUT=/dev/null/x"], "OUT=/dev/null/x: /dev/null is a file; a folder is meant"),
    ],
)
def test_what_make_is_told_wrong(words: list[str], line: str) -> None:
    assert refused("freeze", *words).startswith(line)


def test_a_folder_of_other_things_is_left_alone(nets: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine\n")
    said = refused("freeze", f"RECIPE={nets[0]}", f"OUT={out}")
    assert said.startswith(f"OUT={out}: holds what no build does (mine.txt); give a new")
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    (out / "mine.txt").unlink()
    assert make("freeze", f"RECIPE={nets[0]}", f"OUT={out}")[0] == 0


def test_from_elsewhere_and_without_the_folder_on_pythons_path(
    tmp_path: Path, nets: tuple[Path, Path]
) -> None:
    words = ("-f", str(ROOT / "Makefile"), "freeze", "RECIPE=b/net.npz", "OUT=out")
    status, _, err = make(*words, cwd=tmp_path, PYTHONSAFEPATH="1")
    assert status == 0, err
    assert np.array_equal(weights(tmp_path / "out"), load(nets[1]).nodes[0].weight)  # type: ignore[union-attr]


def test_every_setting_of_the_makefile_can_be_set() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    defaults = {
        line.split()[0] for line in lines if len(line.split()) > 1 and line.split()[1] == "?="
    }
    (known,) = [line.split()[2:] for line in lines if line.startswith("SETTABLE :=")]
    assert defaults <= set(known)
    assert set(known) - defaults == {"OUT", "NAME", "LUT", "RETRAIN", "SWEEP", "SCHEDULER"}


def test_who_comes_second_waits(tmp_path: Path, nets: tuple[Path, Path]) -> None:
    out = tmp_path / "net"
    number = hold(out)
    try:
        process = start("freeze", f"RECIPE={nets[0]}", f"OUT={out}")
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said == (f"smelt: {out} is being written by process {os.getpid()}; waiting for it\n")
        assert not out.exists()
        # A dry run waits for nobody.
        assert make("-n", "freeze", f"RECIPE={nets[0]}", f"OUT={out}")[0] == 0
    finally:
        release(number)
    process.communicate(timeout=600)
    assert process.returncode == 0
    assert (out / "net.npz").exists()


def test_a_file_changed_between_steps_is_refused_by_name_and_made_anew_when_gone(
    network: Path, synthesized: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(synthesized, out)
    words = (f"RECIPE={network}", f"OUT={out}", "SEEDS=1")
    mapped, top = out / "mapped.json", out / "icebreaker" / "top.bin"
    before, bits = mapped.read_bytes(), top.read_bytes()
    mapped.write_bytes(before + b" ")
    os.utime(mapped, (1, 1))
    line = f"{mapped}: was changed since map wrote it; move it away, and make writes it anew"
    assert line in refused("hdl", *words)
    command = [sys.executable, "-m", "gen", "hdl", "--mapped", mapped, "--out", out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"smelt: error: {line}")
    mapped.unlink()
    printed = make("-n", "hdl", *words)[1]
    steps = [step for step in ("simplify", "map", "hdl") if f"-m gen {step}" in printed]
    assert steps == ["map", "hdl"]
    mapped.write_bytes(before)
    top.write_bytes(bits[:-1])
    assert f"{top}: was changed since synth wrote it" in refused("prog", *words)
    top.unlink()
    assert "-m boards synth" in make("-n", "prog", *words)[1]


OWN = """
from amaranth_boards.icebreaker import ICEBreakerPlatform
from boards.table import Board, Serial
BOARD = Board(
    "x", "Mine", ICEBreakerPlatform, "iCE40UP5K", "SG48", 5_280, (26, 32), 12_000_000, leds=(),
    programmers=(("iceprog",),), uart="mine", serial=Serial(rx="4", tx="2"),
)
"""


def test_an_own_board_is_known_by_what_its_file_says(
    network: Path, synthesized: Path, tmp_path: Path
) -> None:
    out, board = tmp_path / "out", tmp_path / "icebreaker.py"
    other = tmp_path / "other" / "icebreaker.py"
    shutil.copytree(synthesized, out)
    other.parent.mkdir()

    def steps(path: Path, text: str) -> bool:
        """Whether make would build for the board; pretend that it then did."""
        path.write_text(text)
        os.utime(path, (1, 1))
        words = (f"RECIPE={network}", f"OUT={out}", "SEEDS=1", f"BOARD={path}")
        status, printed, err = make("-n", "synth", *words)
        assert status == 0, err
        for line in printed.splitlines():
            if line.startswith(("rm -f", "touch")) and "/stamps/" in line:
                subprocess.run(line, shell=True, check=True)
        (out / "icebreaker" / "report.json").touch()
        return f"boards synth --board {path}" in printed

    assert steps(board, OWN)
    assert not steps(board, OWN)
    assert steps(board, OWN.replace('rx="4"', 'rx="3"'))
    assert steps(other, OWN)
    assert not steps(board, OWN)


@pytest.mark.slow
def test_two_builds_from_clean_are_the_same_bytes(
    network: Path, synthesized: Path, tmp_path: Path
) -> None:
    out = tmp_path / "another"
    status, _, err = make("synth", f"RECIPE={network}", f"OUT={out}", "SEEDS=1")
    assert status == 0, err
    later = {"verify"} | ({"report"} if any(synthesized.rglob("verify")) else set())
    first, second = (files(folder, later) for folder in (synthesized, out))
    assert sorted(first) == sorted(second)
    assert {"icebreaker/top.bin", "mapped.json", "ledger.json", "source.json"} <= set(first)
    assert [name for name, data in first.items() if data != second[name]] == []


def files(folder: Path, later: set[str]) -> dict[str, bytes]:
    """The results in a build folder, without what was only made `later`."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in LOGS
        and "build" not in path.relative_to(folder).parts  # What Verilator compiled.
        and not later & {path.stem, *path.relative_to(folder).parts}
    }
