"""A small network and its whole build by make: made once, for every test that looks at it.

What is slow to make and only read is made through the fixture `shared`, once for all processes
that run tests; see tests/shared.py. Which tools are there is settled once, before the first test.
"""

import gc
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gen.__main__ import parser
from gen.console import main
from gen.intnet.files import save
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from gen.map import luts
from gen.tools import ABC, ICEBOX_VLOG, ICEUNPACK, IVERILOG, VVP, ToolNotFound
from tests.shared import Shared, common_folder

ROOT = Path(__file__).parents[1]

# A shell's background job ignores Ctrl-C, and so would the commands that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def settle_tools() -> None:
    """Name the tools that may be there or not, by where they are now, to all tests and commands.

    What is installed or removed while the tests run makes no difference then.
    """
    for tool in (IVERILOG, VVP, ICEUNPACK, ICEBOX_VLOG):
        try:
            os.environ[tool.variable] = shlex.join(tool.find())
        except ToolNotFound:
            os.environ[tool.variable] = f"/not/there/when/the/tests/began/{tool.names[0]}"
    if not ABC.present():
        os.environ["ABC"] = "yosys"


# The processes that pytest-xdist starts are given what the first one settled, by the environment.
if "PYTEST_XDIST_WORKER" not in os.environ:
    settle_tools()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of many slow tests come first, so that at the end there are quick ones to share out.

    Tests have names that all processes agree on: none that an object's address is part of.
    """
    wrong = next((item.nodeid for item in items if " at 0x" in item.nodeid), None)
    if wrong:
        raise pytest.UsageError(f"{wrong}: give its parameters names by ids=")
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_collection_finish() -> None:
    """What is there before the first test stays: Python need not look through it for garbage again
    and again, which takes a tenth of the time."""
    gc.collect()
    gc.freeze()


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout, with the Python that runs the tests.

    A make around the tests hands its settings (`OUTPUTS=class`, say) down in the environment, where
    the Makefile's `?=` would take them.
    """
    settings = re.findall(r"^(\w+)\s*\?=", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    others = {*settings, "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"}
    keep = {name: value for name, value in os.environ.items() if name not in others}
    command = ["make", f"VENV={sys.prefix}", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=keep)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Builds made once a run: `shared.build(make, *of)` is the folder that `make` filled."""
    return Shared(common_folder(tmp_path_factory) / "shared")


@pytest.fixture(scope="session", autouse=True)
def objects(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Verilator's own sources are compiled once a run; a cache of the user's, such as ccache, is
    left in its place."""
    words = [sys.executable, "-SE", str(ROOT / "tests" / "objcache.py")]
    folder = common_folder(tmp_path_factory) / "objects"
    os.environ.setdefault("OBJCACHE", shlex.join([*words, str(folder)]))


@pytest.fixture(scope="session", autouse=True)
def read_back_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same bits are turned to Verilog once a run, whichever test or program asks."""
    if ICEBOX_VLOG.present():
        words = [sys.executable, "-SE", str(ROOT / "tests" / "vlogcache.py")]
        folder = common_folder(tmp_path_factory) / "vlog"
        os.environ[ICEBOX_VLOG.variable] = shlex.join([*words, str(folder), *ICEBOX_VLOG.find()])


@pytest.fixture
def one_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mapping by one quick flow instead of twelve, where the number of LUTs does not matter."""
    monkeypatch.setattr(luts, "FLOWS", (("if -K {k} -a",),))
    monkeypatch.setattr(luts, "SHALLOW", ())
    monkeypatch.setattr(luts, "FEW", 0)


def save_small(folder: Path) -> None:
    rng = np.random.default_rng(5)
    first, second = (rng.integers(-1, 2, shape).astype(np.int8) for shape in ((6, 9), (3, 6)))
    edges, codes = np.zeros((6, 1), np.int32), np.tile(np.int8([0, 1]), (6, 1))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(6, np.int32)),
        Levels("layer1", ("layer1.sum",), edges, codes),
        Linear("score", ("layer1",), second, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    save(IntNet(9, nodes), folder / "small.npz")


@pytest.fixture(scope="session")
def network(shared: Shared) -> Path:
    """An integer network of 9 inputs, 6 neurons and 3 classes, small.npz."""
    return shared.build(save_small) / "small.npz"


@pytest.fixture(scope="session")
def synthesized(network: Path, shared: Shared) -> Path:
    """The network's build folder after `make synth`, with a board's in it; not to be written to."""

    def synthesize(out: Path) -> None:
        done = make("synth", f"RECIPE={network}", f"OUT={out}", "SEEDS=1")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        assert json.loads((out / "icebreaker" / "build.json").read_text())["recipe"]

    return shared.build(synthesize, network)


def melt_cancer(out: Path) -> None:
    net, graph, mapped = out / "net.npz", out / "graph.aig", out / "mapped.json"
    steps: tuple[tuple[object, ...], ...] = (
        ("train", "cancer", "--out", out),
        ("freeze", "--model", out / "model.json", "--out", net),
        ("vectors", "--net", net, "--out", out / "vectors.npz"),
        ("melt", "--net", net, "--out", out / "melted.aig", "--vectors", out / "vectors.npz"),
        ("simplify", "--melted", out / "melted.aig", "--out", out),
        ("map", "--graph", graph, "--out", mapped, "--stage-depth", 22),
        ("hdl", "--mapped", mapped, "--out", out),
    )
    for words in steps:
        assert main(parser(), [str(word) for word in words]) == 0, words


@pytest.fixture(scope="session")
def cancer(shared: Shared) -> Path:
    """The build folder of the recipe `cancer` up to core.json, as make makes it; to be read."""
    return shared.build(melt_cancer)
