"""Data of one's own goes the whole way: a first recipe, a bitstream, the chain of proofs, the core
as a part, and rows that a virtual board classifies."""

import json
import os
import signal
from pathlib import Path

import pytest

from gen.data.own.rows import read_rows
from gen.predict import Predictor
from tests.commands import run
from tests.conftest import make
from tests.gen.first.examples import write_arrays, write_images, write_sequence, write_table
from tests.sim.boards import switched_on


def bring(folder: Path, kind: str) -> tuple[Path, list[str]]:
    """Data of a kind, and what `gen recipe` is told of it."""
    if kind in ("csv", "parquet"):
        return write_table(folder, kind), ["--label", "gait"]
    if kind == "sequence":
        return write_sequence(folder), ["--label", "way", "--steps", "6"]
    return (write_arrays(folder) if kind == "npz" else write_images(folder, each=30)), []


@pytest.mark.long
@pytest.mark.parametrize("where", ["host", "chip"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "npz", "images", "sequence"])
def test_the_whole_way(tmp_path: Path, kind: str, where: str) -> None:
    data, words = bring(tmp_path, kind)
    recipe, build = tmp_path / "mine.toml", tmp_path / "build"
    done = run("gen", "recipe", str(data), *words, "--where", where, "--out", str(recipe))
    assert done.returncode == 0, done.stderr
    made = make("synth", "verify", "ip", f"RECIPE={recipe}", f"OUT={build}", "SEEDS=1")
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    report = json.loads((build / "icebreaker" / "report.json").read_text())
    assert {link["verdict"] for link in report["chain"]} <= {"proved", "exhaustive"}
    assert report["accuracy"]["logic"] > 0.8
    assert (build / "ip" / "datasheet.md").is_file()
    predictor = Predictor.load(build)
    features = read_rows(data, predictor.net.meta).features
    wanted = [predictor.names[one] for one in predictor.classes(features)]
    board = switched_on(build / "core.json", tmp_path / "board")
    try:
        port = ["--port", str(tmp_path / "board" / "port"), "--timeout", "60"]
        talk = ["boards", "talk", "--build", str(build), *port, "--json", "classify"]
        said = json.loads(run(*talk, "--rows", str(data)).stdout)
    finally:
        os.killpg(board.pid, signal.SIGKILL)
    assert said["class"] == wanted
    assert said["right"] > 0.8 * said["rows"]
