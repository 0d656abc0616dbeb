"""Import files that are wrong in one thing: one line that names it, status 1, nothing written."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.__main__ import parser
from gen.console import main
from gen.intnet.files import load, save
from gen.intnet.network import Argmax, IntNet, Levels, Linear, NetError, State

Arrays = dict[str, Any]


def good() -> tuple[dict[str, Any], Arrays]:
    """A recurrent network: one input, a state of two bits, a table of both, a sum of it."""
    nodes = [
        {"op": "concat", "name": "all", "inputs": ["x", "h"], "size": 3},
        {"op": "table", "name": "gate", "inputs": ["all"], "bits": 1, "signed": False, "width": 1},
        {"op": "conv", "name": "sums", "inputs": ["gate"], "shape": [1, 1, 2], "stride": [1, 1],
         "padding": [0, 0], "groups": 1},
        {"op": "levels", "name": "out", "inputs": ["sums"], "bits": 2, "signed": True},
    ]  # fmt: skip
    states = [{"name": "h", "next": "gate", "bits": 1, "signed": False}]
    top = {"format": "smelt-net-2", "n_inputs": 1, "input_bits": 1, "input_signed": False,
           "nodes": nodes, "states": states, "outputs": ["out"], "meta": {}}  # fmt: skip
    arrays = {
        "gate/wiring": np.array([[0, 1], [1, 2]], np.int32),
        "gate/tables": np.array([[0, 1, 1, 0], [0, 0, 0, 1]], np.int8),
        "sums/weight": np.ones((1, 1, 1, 2), np.int8),
        "sums/bias": np.zeros(1, np.int32),
        "out/edges": np.array([[1, 2]], np.int32),
        "out/codes": np.array([[-1, 0, 1]], np.int8),
        "h/reset": np.array([1, 0], np.int8),
    }
    return top, arrays


def told(at: str, value: Any) -> Callable[[dict[str, Any], Arrays], None]:
    """Set an entry of the description, "nodes.1.bits", or remove it where the value is None."""

    def change(top: dict[str, Any], _: Arrays) -> None:
        *path, last = at.split(".")
        place: Any = top
        for word in path:
            place = place[int(word) if word.isdigit() else word]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return change


def renamed(old: str, new: str) -> Callable[[dict[str, Any], Arrays], None]:
    """Give a node another name, wherever it is named."""

    def change(top: dict[str, Any], arrays: Arrays) -> None:
        text = json.dumps(top).replace(json.dumps(old), json.dumps(new))
        top.clear()
        top.update(json.loads(text))
        for name in [name for name in arrays if name.startswith(f"{old}/")]:
            arrays[new + name.removeprefix(old)] = arrays.pop(name)

    return change


def held(name: str, array: Any) -> Callable[[dict[str, Any], Arrays], None]:
    """Replace an array, or remove it."""

    def change(_: dict[str, Any], arrays: Arrays) -> None:
        arrays.pop(name)
        if array is not None:
            arrays[name] = array

    return change


WIDE = {"op": "table", "name": "gate", "inputs": ["all"], "bits": 1, "signed": False, "width": 1}

WRONG: dict[str, Callable[[dict[str, Any], Arrays], None]] = {
    # Another version, missing or mistyped entries.
    "format is 'smelt-net-9', this version reads smelt-net-1, smelt-net-2, smelt-net-3": (
        told("format", "smelt-net-9")
    ),
    "its description lacks 'n_inputs'": told("n_inputs", None),
    "its description: 'n_inputs' is 1.5, expected an integer": told("n_inputs", 1.5),
    "its description: 'n_inputs' is inf, expected an integer": told("n_inputs", float("inf")),
    "its description: 'input_signed' is 'no', expected true or false": told("input_signed", "no"),
    "its description: 'nodes' is 3, expected a list of objects": told("nodes", 3),
    "its description: 'outputs' is 'out', expected a list of names": told("outputs", "out"),
    "its description: 'meta' is [], expected an object": told("meta", []),
    "gate lacks 'width'": told("nodes.1.width", None),
    "gate: 'bits' is True, expected an integer": told("nodes.1.bits", True),
    "gate: 'signed' is 0, expected true or false": told("nodes.1.signed", 0),
    "gate: 'inputs' is 'all', expected a list of names": told("nodes.1.inputs", "all"),
    "sums: 'stride' is 2, expected a list of 2 integers": told("nodes.2.stride", 2),
    "sums: 'shape' is [1, 2], expected a list of 3 integers": told("nodes.2.shape", [1, 2]),
    f"sums: stride ({10**30}, 1), padding (0, 0): 4194304 at most": (
        told("nodes.2.stride", [10**30, 1])
    ),
    "sums: 'groups' is 1.0, expected an integer": told("nodes.2.groups", 1.0),
    "node 3: 'name' is 7, expected a string": told("nodes.3.name", 7),
    "state 0 lacks 'name'": told("states.0.name", None),
    # Arrays: missing, of another type or shape, values off the grid.
    "sums: the file has no array 'sums/weight'": held("sums/weight", None),
    "sums: weight is float64, expected integers": (
        held("sums/weight", np.full((1, 1, 1, 2), np.nan))
    ),
    "out: edges is float64, expected integers": held("out/edges", np.array([[np.nan, 2]])),
    "gate[1]: codes [0, 0, 0, 3] do not fit 1 bits (unsigned)": (
        held("gate/tables", np.array([[0, 1, 1, 0], [0, 0, 0, 3]], np.int8))
    ),
    "gate: wiring[0, 1] is 3; its input has 3 elements": (
        held("gate/wiring", np.array([[0, 3], [1, 2]], np.int32))
    ),
    "out[0]: edges [2, 1] do not ascend": held("out/edges", np.array([[2, 1]], np.int32)),
    "sums: bias of shape (2,), expected (1,)": held("sums/bias", np.zeros(2, np.int32)),
    "sums[0]: sums reach 16777216; float32 would round them": (
        held("sums/bias", np.full(1, 1 << 24, np.int32))
    ),
    # Cyclic and dangling.
    "all: reads ['x', 'gate'], which are not earlier signals of x, h": (
        told("nodes.0.inputs", ["x", "gate"])
    ),
    "out: reads ['lost'], which are not one earlier signal of x, h, all, gate, sums": (
        told("nodes.3.inputs", ["lost"])
    ),
    "two signals are named 'h'": told("nodes.0.name", "h"),
    "output 'lost' is no node; there are all, gate, sums, out": told("outputs", ["lost"]),
    # States.
    "h: the file has no array 'h/reset'": held("h/reset", None),
    "state h: reset is float64 of shape (2,), expected integers (n,): a state that is never reset"
    " has no first step": held("h/reset", np.zeros(2)),
    "state h: reset is int8 of shape (0,), expected integers (n,): a state that is never reset"
    " has no first step": held("h/reset", np.zeros(0, np.int8)),
    "state h: reset values outside 0..1": held("h/reset", np.array([0, 2], np.int8)),
    "state h: its next value 'lost' is no node": told("states.0.next", "lost"),
    "state h: its next value 'h' is no node": told("states.0.next", "h"),
    "state h: 2 codes of 1 bits, but 'x' gives 1 of 1 bits": told("states.0.next", "x"),
    "state h: 2 codes of 1 bits, but 'sums' gives 1 of no declared bits": (
        told("states.0.next", "sums")
    ),
    "state h: 2 codes of 1 bits, but 'out' gives 1 of 2 bits": told("states.0.next", "out"),
    "state h: codes of 0 bits; 1 to 16 are allowed": told("states.0.bits", 0),
    "a state is named 'x', which is no name or taken already": told("states.0.name", "x"),
    # Names that the logic needs for something else.
    "a signal is named 'h.next', which is kept for state h's next value; rename it": (
        renamed("sums", "h.next")
    ),
    # What `meta` says to later steps.
    "meta: 'name' is 3; expected a string": told("meta.name", 3),
    "meta: 'classes' is 'ab'; expected a list of strings": told("meta.classes", "ab"),
    "meta: 'data' is 3; expected a data set's name": told("meta.data", 3),
    "meta: 'encoder' is 'bits'; expected an object": told("meta.encoder", "bits"),
    "meta: 'steps' is 0; expected how many steps, 1 or more": told("meta.steps", 0),
    "meta: 'care' is {'kind': 'one-hot'}; expected an object of kind 'thermometer',"
    " 'onehot' or 'mixed'": (
        told("meta.care", {"kind": "one-hot"})
    ),
    "meta: 'care' is {'kind': 'onehot', 'groups': [[]]}; group 0 is empty": (
        told("meta.care", {"kind": "onehot", "groups": [[]]})
    ),
    "meta: 'care' is {'kind': 'onehot', 'groups': [[0], [0]]}; a bit is named twice": (
        told("meta.care", {"kind": "onehot", "groups": [[0], [0]]})
    ),
    "meta: 'care' is {'kind': 'thermometer', 'groups': [[0], [1]]}; group 1 names a bit that is"
    " not one of the 1 input bits": (
        told("meta.care", {"kind": "thermometer", "groups": [[0], [1]]})
    ),
    "meta: 'feedback' is 0; expected a list of input bits, one for each bit of the class": (
        told("meta.feedback", 0)
    ),
    "meta: 'feedback' is [0]; only a recurrent network that answers a class can be fed with it": (
        told("meta.feedback", [0])
    ),
    "meta: 'boundary' is 1; expected the number of one of the 1 classes": (
        told("meta.boundary", 1)
    ),
    "meta: 'recorded' is {'inputs': []}; recorded vectors of a recurrent network are not read": (
        told("meta.recorded", {"inputs": []})
    ),
}  # fmt: skip


def write(path: Path, change: Callable[[dict[str, Any], Arrays], None]) -> None:
    top, arrays = good()
    change(top, arrays)
    if any(state.get("name") == "x" for state in top["states"]):
        arrays["x/reset"] = arrays.pop("h/reset")
    np.savez(path, network=np.array(json.dumps(top)), **arrays)


def test_the_network_that_is_made_wrong_is_right(tmp_path: Path) -> None:
    write(tmp_path / "in.npz", lambda top, arrays: None)
    argv = ["import", str(tmp_path / "in.npz"), "--out", str(tmp_path / "out" / "net.npz")]
    assert main(parser(), argv) == 0
    assert (tmp_path / "out" / "net.npz").exists()


@pytest.mark.parametrize(
    ("bits", "why"),
    [
        ([0], "the class has 2 bits, and a step 2 input bits"),
        ([0, 2], "2 is not one of the 2 input bits of a step"),
        ([1, 1], "an input bit is named twice"),
    ],
)
def test_feedback_wrong(bits: list[int], why: str, tmp_path: Path) -> None:
    """Of a network whose class is its state, which is its input."""
    eye = np.eye(3, 2, dtype=np.int8)
    nodes = (
        Levels("now", ("x",), np.ones((2, 1), np.int32), np.array([[0, 1]] * 2, np.int8)),
        Linear("score", ("h",), eye, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    net = IntNet(2, nodes, states=(State("h", "now", np.zeros(2, np.int8)),))
    save(replace(net, meta={"feedback": [1, 0]}), tmp_path / "net.npz")
    assert load(tmp_path / "net.npz").meta == {"feedback": [1, 0]}
    save(replace(net, meta={"feedback": bits}), tmp_path / "net.npz")
    with pytest.raises(NetError, match=f"meta: 'feedback' is {re.escape(str(bits))}; {why}$"):
        load(tmp_path / "net.npz")


@pytest.mark.parametrize("command", ["import", "melt", "vectors"])
@pytest.mark.parametrize("message", WRONG)
def test_one_line_and_nothing_written_wrong(
    message: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "in.npz", WRONG[message])
    out = tmp_path / "out" / "made"
    given = [str(tmp_path / "in.npz")] if command == "import" else ["--net", f"{tmp_path}/in.npz"]
    assert main(parser(), [command, *given, "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.err == f"smelt: error: {tmp_path}/in.npz: {message}\n"
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["in.npz"]


def test_a_table_too_wide_to_list_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(top: dict[str, Any], arrays: Arrays) -> None:
        arrays["gate/wiring"] = np.zeros((2, 17), np.int32)

    write(tmp_path / "in.npz", change)
    argv = ["melt", "--net", str(tmp_path / "in.npz"), "--out", str(tmp_path / "m.aig")]
    assert main(parser(), argv) == 1
    assert capsys.readouterr().err == (
        f"smelt: error: {tmp_path}/in.npz: gate: tables of 17 input bits are too wide to list;"
        " 16 at most\n"
    )


def test_a_signal_that_grows_without_end_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice as long at each node, from arrays of no size at all."""

    def change(top: dict[str, Any], _: Arrays) -> None:
        top["states"], top["outputs"] = [], []
        top["nodes"] = [
            {"op": "concat", "name": f"c{at}", "inputs": [f"c{at - 1}" if at else "x"] * 2,
             "size": 2 << at}
            for at in range(60)
        ]  # fmt: skip

    write(tmp_path / "in.npz", change)
    argv = ["import", str(tmp_path / "in.npz"), "--out", str(tmp_path / "net.npz")]
    assert main(parser(), argv) == 1
    assert capsys.readouterr().err == (
        f"smelt: error: {tmp_path}/in.npz: c22: 8388608 elements; 4194304 at most\n"
    )


def test_a_description_nested_without_end_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "in.npz", network=np.array("[" * 100_000))
    argv = ["import", str(tmp_path / "in.npz"), "--out", str(tmp_path / "net.npz")]
    assert main(parser(), argv) == 1
    assert capsys.readouterr().err.startswith(
        f"smelt: error: {tmp_path}/in.npz: its `network` entry is not JSON ("
    )
