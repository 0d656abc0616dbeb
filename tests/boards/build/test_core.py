"""Reading core.v and core.json, whole and damaged."""

import json
from pathlib import Path

import pytest

from boards.build.core import load_core
from gen.files import FileDamaged
from tests.boards.designs import write_core


def test_core_file(tmp_path: Path) -> None:
    core = load_core(write_core(tmp_path, luts=20, n_in=8))
    assert (core.n_in, core.latency, core.luts, core.recipe) == (8, 2, 20, "tiny")
    assert core.outputs == (("class", 4),)
    assert core.layers == ("layer1", "score")


def test_layer_names_are_those_of_the_hierarchy(tmp_path: Path) -> None:
    path = write_core(tmp_path)
    value = json.loads((tmp_path / "core.json").read_text())
    value["layers"] = [{"name": "layer1.sum", "cells": 3}, "class"]
    (tmp_path / "core.json").write_text(json.dumps(value))
    assert load_core(path).layers == ("layer1_sum", "class")


def test_no_verilog_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match=r"core\.v: no such file; `python -m gen hdl` makes it"):
        load_core(tmp_path / "core.v")


@pytest.mark.parametrize("cut", [0, 1, 20, 150])
def test_truncated_description_wrong(tmp_path: Path, cut: int) -> None:
    path = write_core(tmp_path)
    whole = (tmp_path / "core.json").read_text()
    (tmp_path / "core.json").write_text(whole[:cut])
    with pytest.raises(FileDamaged, match=r"core\.json"):
        load_core(path)


@pytest.mark.parametrize("key", ["latency", "outputs", "inputs", "layers", "recipe"])
def test_missing_entry_wrong(tmp_path: Path, key: str) -> None:
    path = write_core(tmp_path)
    value = json.loads((tmp_path / "core.json").read_text())
    del value[key]
    (tmp_path / "core.json").write_text(json.dumps(value))
    with pytest.raises(FileDamaged, match=f"'{key}'"):
        load_core(path)
