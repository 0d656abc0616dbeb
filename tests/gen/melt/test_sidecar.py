"""The JSON beside a graph: read back, and refused where it is damaged or of another version."""

import json
from pathlib import Path
from typing import Any

import pytest

from gen.__main__ import parser
from gen.console import main
from gen.files import FileDamaged, write_json
from gen.intnet.network import IntNet, Levels, State, Words
from gen.logic.aiger import Register, write_aiger
from gen.melt.melt import melt, registers
from gen.melt.sidecar import describe, interface, read_sidecar
from tests.gen.intnet.nets import i8, i32, small


def counter() -> IntNet:
    """A state that remembers the last input."""
    remember = Levels("last", ("x",), i32([[1]]), i8([[0, 1]]))
    return IntNet(1, (remember,), states=(State("h", "last", i8([1])),))


def write(folder: Path, changes: dict[str, Any]) -> Path:
    """The files of the melt step, with entries of the sidecar changed, or removed by None."""
    net = counter()
    graph = melt(net)
    write_aiger(graph, folder / "melted.aig")
    top = describe(net, graph, net.outputs) | changes
    kept = {key: value for key, value in top.items() if value is not None}
    write_json(folder / "melted.json", kept)
    return folder / "melted.json"


def test_registers_and_cuts_come_back(tmp_path: Path) -> None:
    value, cuts, found = read_sidecar(write(tmp_path, {}))
    assert found == registers(counter()) == [Register("h[0]", "h.next[0]", 1)]
    assert cuts == ["last[0]"]
    assert value == json.loads((tmp_path / "melted.json").read_text())


def test_integers_that_come_as_bits_are_told() -> None:
    words = Words("s", ("x",), i32([3, 0, 0, 1]), i8([2, 3, 3, 0]), i8([0, 1, 1, 0]))
    net = IntNet(5, (words,))
    assert describe(net, melt(net), net.outputs)["sensors"] == [[0, 3], [3, 2]]
    assert "sensors" not in describe(counter(), melt(counter()), counter().outputs)


AGAIN = "damaged or of another version; run `python -m gen melt` again"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"registers": None}, f"'registers' is not a list of [input, output, reset]: {AGAIN}"),
    ({"registers": [["h[0]", 1]]}, f"'registers' is not a list of [input, output, reset]: {AGAIN}"),
    ({"registers": 3}, f"'registers' is not a list of [input, output, reset]: {AGAIN}"),
    ({"sensors": 3}, f"'sensors' is not a list of [first input, number of bits]: {AGAIN}"),
    ({"sensors": [[0, 4]]}, f"'sensors' is not a list of [first input, number of bits]: {AGAIN}"),
    ({"sensors": [[-1, 1]]}, f"'sensors' is not a list of [first input, number of bits]: {AGAIN}"),
    ({"sensors": [[0]]}, f"'sensors' is not a list of [first input, number of bits]: {AGAIN}"),
    ({"cuts": None}, f"'cuts' is not a list of names: {AGAIN}"),
    ({"cuts": [1]}, f"'cuts' is not a list of names: {AGAIN}"),
    ({"format": "smelt-graph-2"},
     "format is 'smelt-graph-2', this version reads 'smelt-graph-1'; make it again, or give"
     " another file"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=range(len(WRONG)))
def test_a_sidecar_of_another_version_wrong(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, changes)
    with pytest.raises(FileDamaged) as caught:
        read_sidecar(path)
    assert str(caught.value) == f"{path}: {message}"
    argv = ["simplify", "--melted", str(tmp_path / "melted.aig"), "--out", str(tmp_path / "out")]
    assert main(parser(), argv) == 1
    assert capsys.readouterr().err == f"smelt: error: {path}: {message}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("outputs", [("class",), ("score",), ("class", "score")])
def test_the_interface_is_the_melted_graphs(outputs: tuple[str, ...]) -> None:
    graph = melt(small(), outputs)
    assert interface(small(), outputs) == (tuple(graph.input_names), tuple(graph.output_names))
    graph = melt(counter())
    assert interface(counter(), counter().outputs) == (
        tuple(graph.input_names),
        tuple(graph.output_names),
    )
