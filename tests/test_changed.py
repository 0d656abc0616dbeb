"""Which tests `make check` runs for what changed, and that it ends when its time is up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.changed import changed, find_tests

FILES = {
    "gen/map/luts.py": "import numpy\n",
    "gen/map/blif.py": "",
    "gen/recipes/tiny.toml": "",
    "tests/conftest.py": "",
    "tests/test_imports.py": "",
    "tests/test_way.py": "RECIPE = 'tiny.toml'\n",
    "tests/gen/map/nets.py": "from gen.map import luts\n",
    "tests/gen/map/test_luts.py": "from gen.map.luts import map_luts\n",
    "tests/gen/map/test_speed.py": "from tests.gen.map.nets import small\n",
    "tests/gen/test_hdl.py": "def test():\n    import gen.map.blif\n",
    "tests/hw/test_uart.py": "",
}
LUTS = ["gen/map/test_luts.py", "gen/map/test_speed.py", "test_imports.py"]
CASES = {
    "gen/map/luts.py": LUTS,
    # No test has its name: all of its folder, and what imports it.
    "gen/map/blif.py": [*LUTS[:2], "gen/test_hdl.py", "test_imports.py"],
    "tests/gen/map/nets.py": LUTS,
    "tests/hw/test_uart.py": ["hw/test_uart.py", "test_imports.py"],
    "gen/recipes/tiny.toml": ["test_way.py"],
    "gen/map/removed.py": [*LUTS],
    "LICENSE": [],
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_tests_of_a_changed_file(name: str, tree: Path) -> None:
    found = find_tests([Path(name)], tree)
    assert found == [Path("tests", test) for test in CASES[name]]


def test_the_nearest_come_first(tree: Path) -> None:
    files = [Path("gen/map/blif.py"), Path("tests/hw/test_uart.py"), Path("gen/map/luts.py")]
    found = [path.name for path in find_tests(files, tree)]
    assert found[:3] == ["test_uart.py", "test_luts.py", "test_speed.py"]


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_what_changed_since_main(tree: Path) -> None:
    git(tree, "init", "-q", "-b", "main")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "one")
    assert changed(tree) == []
    git(tree, "checkout", "-q", "-b", "work")
    (tree / "gen/map/luts.py").write_text("changed, and in the branch")
    git(tree, "commit", "-q", "-a", "-m", "two")
    (tree / "gen/map/blif.py").unlink()
    (tree / "gen/map/fresh.py").touch()
    names = ["gen/map/blif.py", "gen/map/fresh.py", "gen/map/luts.py"]
    assert changed(tree) == [Path(name) for name in names]


def test_no_test_starts_when_the_time_is_up(tmp_path: Path) -> None:
    text = "import time\ndef test_one(): time.sleep(1)\ndef test_two(): assert False\n"
    (tmp_path / "test_slow.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.deadline", "--seconds", "0.9"]
    command += ["-c", "/dev/null", str(tmp_path / "test_slow.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "1 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
