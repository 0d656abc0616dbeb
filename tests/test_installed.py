"""Smelt as others install it: a wheel in an environment of its own, away from the checkout.

The environment sees the packages and programs of the one that runs the tests, so nothing is
fetched.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

from gen.commands.program import PROGRAMS, commands, main
from tests.gen.ask.nets import random_net
from tests.gen.ask.questions.test_command import build
from tests.shared import Shared

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("boards", "gen", "hw", "sim", "smelt")
LEFT_OUT = {"STORY.md", "cut.png", "hangs.png", "one.png", "why.png"}
"""Pages for a reader of the repository."""


def run(*words: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """A program that is told nothing of the checkout."""
    told = ("PYTHON", "SMELT_", "MAKE", "MFLAGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    argv = [str(word) for word in words]
    return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def make_wheel(out: Path) -> None:
    """The wheel, of a copy of what it is made of: setuptools leaves files where it works."""
    source = out / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "Makefile"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", out, source]
    done = run(*pip, *words, cwd=out)
    assert done.returncode == 0, done.stderr[-2000:]
    shutil.rmtree(source)
    done = run(sys.executable, "-m", "venv", "--without-pip", out / "env", cwd=out)
    assert done.returncode == 0, done.stderr
    python = out / "env" / "bin" / "python"
    (wheel,) = out.glob("smelt-*.whl")
    where = ["--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    done = run(*pip, *where, cwd=out)
    assert done.returncode == 0, done.stderr[-2000:]
    site = next((out / "env" / "lib").glob("python*")) / "site-packages"
    (site / "tested.pth").write_text(sysconfig.get_path("purelib") + "\n")


@pytest.fixture(scope="session")
def installed(shared: Shared) -> Path:
    """The folder of programs of an environment in which Smelt is installed."""
    sources = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    more = [ROOT / "pyproject.toml", ROOT / "Makefile"]
    return shared.build(make_wheel, *sources, *more) / "env" / "bin"


@pytest.mark.slow
def test_the_wheel_holds_all_files(installed: Path) -> None:
    (wheel,) = installed.parents[1].glob("smelt-*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = {name for name in held.namelist() if ".dist-info/" not in name}
    files = {path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()}
    wanted = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert names == {name for name in wanted if Path(name).name not in LEFT_OUT}


@pytest.mark.slow
def test_the_command_lists_every_step(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "smelt", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ")}
    assert words >= {"make", *(word for name in PROGRAMS for word in commands(name))}
    assert run(installed / "smelt", "train", "--help", cwd=tmp_path).stdout.startswith(
        "usage: smelt train "
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    done = run(installed / "smelt", "--version", cwd=tmp_path)
    assert done.stdout == f"smelt {project['version']}\n"
    done = run(installed / "smelt", "trian", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "invalid choice: 'trian'" in done.stderr


@pytest.mark.slow
def test_make_works_where_it_is_called(installed: Path, network: Path, tmp_path: Path) -> None:
    """In a folder with modules of names that ours have, and far from the checkout."""
    for name in ("gen.py", "sim.py", "hw.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')\n")
    shutil.copy(network, tmp_path / "small.npz")
    smelt = installed / "smelt"
    done = run(smelt, "make", "melt", "RECIPE=small.npz", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{installed / 'python'} -m gen melt" in done.stdout
    assert (tmp_path / "build" / "small" / "melted.json").is_file()
    again = run(smelt, "make", "melt", "RECIPE=small.npz", cwd=tmp_path)
    assert "Nothing to be done" in again.stdout
    done = run(smelt, "make", "melt", "RECIPE=not-there", cwd=tmp_path)
    assert done.returncode == 2
    assert "smelt: error: no recipe 'not-there'" in done.stderr
    done = run(smelt, "make", "clean", cwd=tmp_path)
    assert "smelt: error: make clean: works in a checkout of Smelt only" in done.stderr
    assert (tmp_path / "build" / "small" / "melted.json").is_file()


@pytest.mark.slow
def test_import_smelt_and_ask(installed: Path, tmp_path: Path) -> None:
    code = (
        "import smelt, gen.nets.shipped.recipes as s\n"
        "m = smelt.load('small')\n"
        "print(smelt.__file__, m['layer1[0]'].formula, m.run([[1] * 6]).classes)\n"
        "print(len(list(s.RECIPES.rglob('*.toml'))), len(list(s.RECIPES.rglob('*.npz'))))\n"
    )
    (tmp_path / "small").mkdir()
    build(tmp_path / "small", random_net(3))
    done = run(installed / "python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith(str(installed.parent))
    recipes = ROOT / "gen" / "recipes"
    counts = [len(list(recipes.rglob(f"*.{kind}"))) for kind in ("toml", "npz")]
    assert second == f"{counts[0]} {counts[1]}"
    done = run(installed / "smelt", "ask", "depends", "small", "x[0]", "class", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("x[0] -> class: ")


def test_a_command_in_this_process(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--board", "icebreaker"]) == 0
    assert "icebreaker" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["boards", "verify", "--help"])
    assert capsys.readouterr().out.startswith("usage: smelt boards verify ")
    with pytest.raises(SystemExit):
        main(["verify", "--help"])
    assert "PyTorch" in capsys.readouterr().out
    assert main(["hdl", "--mapped", "nothing.json", "--out", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith("smelt: error: nothing.json")
