"""A finished build of a small network, with everything in it that some command reads."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from gen.nets.recipe import read_recipe
from gen.nets.store import save_model
from gen.nets.training.job import train_recipe
from gen.proof.chain import PROVED, Check, Link, digests, finish
from tests.fuzz.functions import write_files
from tests.fuzz.harness import run

RECIPE = """
[data]
set = "cancer"
[encoding]
kind = "thermometer"
bits = 2
[[layers]]
units = 7
fan_in = 4
weights = "3-bit"
activation_bits = 2
[head]
fan_in = 4
[schedule]
epochs = 3
batch = 32
"""
BOARD = """
from boards.table import Board, Serial
BOARD = Board("x", "Mine", "amaranth_boards.icestick:ICEStickPlatform", "iCE40HX1K", "TQ144", 1280,
              (14, 18), 12_000_000, leds=(0,), programmers=(("iceprog",),), uart="mine",
              serial=Serial(rx="116", tx="117"))
"""


@pytest.fixture(scope="session")
def finished(synthesized: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be written to: tests damage a copy of their own."""
    folder = tmp_path_factory.mktemp("fuzz") / "b"
    left_out = shutil.ignore_patterns("build", "*.log", "*.out", "plots", ".*")
    shutil.copytree(synthesized, folder, ignore=left_out)
    for link in ("frozen", "graphs", "rtl"):
        assert run("gen.__main__", ["verify", link, "--build", str(folder)]).status == 0
    board = folder / "icebreaker"
    checks = (Check("netlist", PROVED, "as good as any", 0.1),)
    finish(board, Link(4, "netlist", checks), digests(board, ["top.json", "core.v"]))
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "board.py").write_text(BOARD)
    model, _ = train_recipe(read_recipe(folder / "recipe.toml"))
    save_model(model, folder / "trained")
    bits = np.random.default_rng(0).integers(0, 2, (5, 9), np.uint8)
    np.savetxt(folder / "bits.csv", bits, fmt="%d", delimiter=",")
    np.save(folder / "bits.npy", bits)
    write_files(folder)
    return folder
