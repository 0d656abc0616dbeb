"""What every importer's network is asked before it is compared: meta, encoder, rows that can be."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands import run

THERMOMETER = {"kind": "thermometer", "features": 1, "bits": 2, "thresholds": [[1.0, 2.0]]}
META: dict[str, Any] = {
    "classes": ["a", "b", "c"],
    "encoder": THERMOMETER,
    "care": {"kind": "thermometer", "groups": [[0, 1]]},
    "recorded": {"inputs": ["00", "01"], "scores": [[0, 0, -1], [1, 0, 0]], "labels": [0, -1]},
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "classes": (
        {"classes": ["a", "b"]},
        "meta: 'classes' is ['a', 'b']; names 2 of the 3 classes",
    ),
    "encoder": (
        {"encoder": {"kind": "thermometer", "features": 1, "bits": 2}},
        "meta: 'encoder': not an encoder: KeyError: 'thresholds'",
    ),
    "bits": (
        {"encoder": THERMOMETER | {"features": 2, "thresholds": [[1.0, 2.0]] * 2}},
        "meta: 'encoder' makes 4 bits, and the network takes 2",
    ),
    "thermometer": (
        {"recorded": META["recorded"] | {"inputs": ["00", "02"]}},
        "meta: recorded inputs[1]: bits 0 to 1 are [0, 1], no thermometer code as `care` has it;"
        " correct the row, or leave `care` out",
    ),
    "one-hot": (
        {"care": {"kind": "onehot", "groups": [[0, 1]]}},
        "meta: recorded inputs[0]: bits 0 to 1 are [0, 0], no onehot code as `care` has it;"
        " correct the row, or leave `care` out",
    ),
    "kinds": (
        {"care": {"kind": "mixed", "groups": [[0, 1]], "kinds": 3}},
        "meta: 'care' is {'kind': 'mixed', 'groups': [[0, 1]], 'kinds': 3}; expected `kinds`,"
        " 'thermometer' or 'onehot' for each group",
    ),
}


def _write(meta: dict[str, Any]) -> None:
    nodes = [
        {"op": "linear", "name": "score", "inputs": ["x"]},
        {"op": "argmax", "name": "class", "inputs": ["score"]},
    ]
    top = {"format": "smelt-net-3", "n_inputs": 2, "input_bits": 1, "input_signed": False}
    weight, bias = np.array([[1, 0], [0, 1], [1, 1]]), np.array([0, 0, -1])
    described = np.array(json.dumps({**top, "nodes": nodes, "meta": meta}))
    arrays: dict[str, Any] = {"score/weight": weight, "score/bias": bias}
    np.savez("net.npz", network=described, **arrays)


@pytest.mark.parametrize("name", ["whole", *REFUSED])
def test_a_network_by_hand(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changed, said = REFUSED.get(name, ({}, ""))
    _write(META | changed)
    done = run("gen", "import", "net.npz", "--out", "out.npz")
    assert Path("out.npz").exists() == (name == "whole")
    if name == "whole":
        assert "2 recorded scores equal, accuracy on them 100.00%" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (1, f"smelt: error: net.npz: {said}\n")
