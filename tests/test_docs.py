"""The pages of docs/ and the README: what they show is run, and what they link to is there.

A page is read top to bottom in a folder of its own, which has small tables, `gestures.csv` and
`more.csv`, and the builds `build/gestures` and `build/cancer`. Blocks of Python share a namespace;
a block whose first line is `# NAME.toml` is that file. In console blocks `python -m ...` and
`smelt ...` are run where that takes seconds, else their arguments are looked at; make says what it
would do. Other lines of a console block are what must be printed, a line of dots anything.
"""

import contextlib
import io
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.commands.program import PROGRAMS, commands
from tests.commands import known_parser, run
from tests.conftest import make
from tests.shared import Shared

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What is run as it stands: the rest takes minutes, a port, or a build that only a board has.
QUICK = {
    "gen": {"train", "freeze", "ask", "predict", "recipe", "import", "sweep"},
    "boards": {"list"},
}
KINDS = ("python", "toml", "console", "c", "verilog", "json")


RECIPE = """
data = {file = "gestures.csv", label = "gesture"}
encoding = {kind = "thermometer", bits = 3}
layers = [{units = 4, fan_in = 4, weights = "ternary", activation_bits = 1}]
head = {fan_in = 3}
schedule = {epochs = 5}
"""


def make_gestures(out: Path) -> None:
    """A small table, a recipe for it, and its build up to core.json."""
    rng = np.random.default_rng(0)
    kinds = np.array(["left", "right", "up"])[rng.integers(0, 3, 240)]
    columns = {f"sensor {at}": rng.normal(size=240) + (kinds == "up") * at for at in range(6)}
    rows = [",".join([*(f"{v[at]:.3f}" for v in columns.values()), kinds[at]]) for at in range(240)]
    for name, count in (("gestures.csv", 240), ("more.csv", 9)):
        (out / name).write_text("\n".join([",".join([*columns, "gesture"]), *rows[:count]]))
    (out / "start.toml").write_text(RECIPE)
    build = out / "build" / "gestures"
    net, core = build / "net.npz", build / "core.json"
    steps: tuple[tuple[object, ...], ...] = (
        ("train", out / "start.toml", "--out", build),
        ("freeze", "--model", build / "model.json", "--out", net),
        ("melt", "--net", net, "--out", build / "melted.aig"),
        ("simplify", "--melted", build / "melted.aig", "--out", build),
        ("map", "--graph", build / "graph.aig", "--out", build / "mapped.json"),
        ("hdl", "--mapped", build / "mapped.json", "--out", build),
    )
    for words in steps:
        done = run("gen", *map(str, words))
        assert done.returncode == 0, done.stderr
    assert core.is_file()


@pytest.fixture
def work(
    cancer: Path, shared: Shared, tmp_path: Path, one_flow: None, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder that a page is read in."""
    shutil.copytree(shared.build(make_gestures, RECIPE), tmp_path, dirs_exist_ok=True)
    shutil.copytree(cancer, tmp_path / "build" / "cancer")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_so(page: Path, work: Path) -> None:
    names: dict[str, Any] = {}
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        assert kind in KINDS, f"{page.name}: what is {kind}?"
        if kind == "python":
            _keep(r"# (\S+\.py)\n", text, work)
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, page.name, "exec"), names)
        elif kind == "toml":
            _read_toml(text, work)
        elif kind == "console":
            for command, shown in _commands(text):
                _check(command, shown, work)


def _read_toml(text: str, work: Path) -> None:
    tomllib.loads(text)
    _keep(r"# (\S+\.toml)\n", text, work)


def _keep(named: str, text: str, work: Path) -> None:
    """A block that begins with a file's name is that file."""
    if name := re.match(named, text):
        (work / name[1]).write_text(text)


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a block, each with the lines that it is said to print."""
    first, *rest = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not first.strip(), "a console block begins with a command"
    for one in rest:
        command, _, shown = one.partition("\n")
        yield command, [line for line in shown.splitlines() if line.strip()]


def _check(command: str, shown: list[str], work: Path) -> None:
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        done = make("-C", str(work), "-f", str(ROOT / "Makefile"), "-n", *words[1:])
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return
    if words[0] == "pip":
        return
    program = _program(words)
    if words[0] not in QUICK.get(program, ()):
        known_parser(program).parse_args(words)
        return
    done = run(program, *words)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    for line in shown:
        assert line.strip() == "..." or line.rstrip() in printed, f"{command}: {line}"


def _program(words: list[str]) -> str:
    """The package whose command this is; `words` are then its arguments."""
    if words[:2] == ["python", "-m"]:
        program = words[2]
        del words[:3]
        return program
    assert words.pop(0) == "smelt", words
    if words[0] in PROGRAMS:
        return PROGRAMS[words.pop(0)]
    return next(PROGRAMS[name] for name in PROGRAMS if words[0] in commands(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in [*PAGES[1:], *(ROOT / "docs" / "notebooks").glob("*.ipynb")]:
        assert f"({page.relative_to(ROOT)})" in text, page.name
