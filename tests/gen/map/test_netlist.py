"""The mapped netlist: what it refuses, its levels and its file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.files import FileDamaged
from gen.map.netlist import Cell, Netlist, NetlistError
from tests.gen.logic.graphs import named_tables
from tests.gen.map.netlists import netlist_tables, random_netlist


def two_cells(**changes: Any) -> Netlist:
    cells = (Cell(0b1000, (0, 1), "layer1[0]", "layer1", 1, 0), Cell(0b01, (2,), None, "class", 2))
    fields = {"inputs": ("x[0]", "x[1]"), "outputs": (("class.0", 3),), "cells": cells}
    return Netlist(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("k", [4, 6])
def test_as_a_graph_it_is_the_same(seed: int, k: int) -> None:
    netlist = random_netlist(np.random.default_rng(seed), k=k)
    assert named_tables(netlist.to_graph()) == netlist_tables(netlist)


def test_extra_outputs_of_the_graph() -> None:
    netlist = two_cells()
    graph = netlist.to_graph(extra=[("inner", 2), ("one", -2)])
    assert named_tables(graph) == {"class.0": 0b0111, "inner": 0b1000, "one": 0b1111}


def test_levels_count_cells() -> None:
    assert two_cells().levels() == [1, 2]
    assert two_cells().depth == 2
    assert two_cells(cells=(), outputs=(("y", -2),)).depth == 0


WRONG = {
    "cell 0: table 0x10 of 2 inputs; 1 to 4 are allowed": {"cells": (Cell(16, (0, 1)),)},
    "cell 0: table -0x1 of 2 inputs; 1 to 4 are allowed": {"cells": (Cell(-1, (0, 1)),)},
    "cell 0: table 0x1 of 0 inputs; 1 to 4 are allowed": {"cells": (Cell(1, ()),)},
    "cell 0: table 0x1 of 5 inputs; 1 to 4 are allowed": {"cells": (Cell(1, (0, 1, 0, 1, 0)),)},
    "cell 0 reads [0, 2]: not all made before it": {"cells": (Cell(1, (0, 2)),)},
    "cell 0 reads [-1, 1]: not all made before it": {"cells": (Cell(1, (-1, 1)),)},
    "cell 0: stage 1 of 1": {"cells": (Cell(1, (0, 1), stage=1),)},
    "cell 0: stage -1 of 1": {"cells": (Cell(1, (0, 1), stage=-1),)},
    "output 'y' reads signal 4, there are 4": {"outputs": (("y", 4),)},
    "output 'y' reads signal -3, there are 4": {"outputs": (("y", -3),)},
}


@pytest.mark.parametrize("message", WRONG)
def test_an_inconsistent_netlist_wrong(message: str) -> None:
    with pytest.raises(NetlistError) as caught:
        two_cells(**WRONG[message])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": ("h", "x")},
        {"outputs": (("h.next", 2), ("y", 2))},
        {"registers": (("h", "y", 0),)},
        {"registers": (("x", "h.next", 0),)},
    ],
)
def test_registers_that_are_not_the_last_inputs_and_outputs_wrong(changes: dict[str, Any]) -> None:
    right = {
        "inputs": ("x", "h"),
        "outputs": (("y", 2), ("h.next", 2)),
        "cells": (Cell(0b0110, (0, 1)),),
        "registers": (("h", "h.next", 1),),
    }
    two_cells(**right)
    with pytest.raises(NetlistError, match="the last 1 inputs and outputs are not the 1 registers"):
        two_cells(**right | changes)


def test_a_signal_used_in_an_earlier_stage_than_it_is_made_wrong() -> None:
    cells = (Cell(0b1000, (0, 1), stage=1), Cell(0b01, (2,), stage=0))
    with pytest.raises(NetlistError) as caught:
        two_cells(cells=cells, latency=2)
    assert str(caught.value) == (
        "cell 1 (core) is in stage 0 and reads a signal of stage 1, which comes later: map again"
    )


def test_written_and_read_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "mapped.json"
    two_cells().write(path, proof="proved", flow="by hand")
    assert Netlist.read(path) == two_cells()
    first = path.read_bytes()
    two_cells().write(path, proof="proved", flow="by hand")
    assert path.read_bytes() == first
    assert json.loads(first) == {
        "format": "smelt-mapped-1", "k": 4, "inputs": ["x[0]", "x[1]"],
        "outputs": [["class.0", 3]], "latency": 1, "proof": "proved", "flow": "by hand",
        "registers": [],
        "cells": [
            {"table": 8, "in": [0, 1], "name": "layer1[0]", "layer": "layer1", "level": 1,
             "stage": 0},
            {"table": 1, "in": [2], "name": None, "layer": "class", "level": 2, "stage": 0},
        ],
    }  # fmt: skip


def written(tmp_path: Path) -> dict[str, Any]:
    two_cells().write(tmp_path / "mapped.json")
    found: dict[str, Any] = json.loads((tmp_path / "mapped.json").read_text())
    return found


def test_cut_short_anywhere_wrong(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / "mapped.json"
    text = path.read_text().rstrip()
    for end in range(len(text)):
        path.write_text(text[:end])
        with pytest.raises(FileDamaged, match="not readable as JSON"):
            Netlist.read(path)


@pytest.mark.parametrize("entry", ["k", "inputs", "outputs", "cells", "latency"])
def test_a_missing_entry_wrong(entry: str, tmp_path: Path) -> None:
    top = written(tmp_path)
    del top[entry]
    (tmp_path / "mapped.json").write_text(json.dumps(top))
    with pytest.raises(NetlistError) as caught:
        Netlist.read(tmp_path / "mapped.json")
    assert str(caught.value) == (
        f"{tmp_path}/mapped.json: an entry is missing or mistyped ('{entry}')"
    )


@pytest.mark.parametrize("value", [None, "text", 3.5, [], {}, [[]], -1])
@pytest.mark.parametrize("entry", ["k", "inputs", "outputs", "cells", "latency"])
def test_a_mistyped_entry_wrong(entry: str, value: Any, tmp_path: Path) -> None:
    top = written(tmp_path)
    if (entry, value) == ("outputs", []):
        return  # A netlist without outputs is one.
    top[entry] = value
    (tmp_path / "mapped.json").write_text(json.dumps(top))
    with pytest.raises(SmeltError, match=r"mapped\.json: "):
        Netlist.read(tmp_path / "mapped.json")


@pytest.mark.parametrize("value", [None, "text", 3.5, [], {}, -1, 1 << 70])
@pytest.mark.parametrize("entry", ["table", "in", "stage"])
def test_a_mistyped_cell_wrong(entry: str, value: Any, tmp_path: Path) -> None:
    top = written(tmp_path)
    top["cells"][0][entry] = value
    (tmp_path / "mapped.json").write_text(json.dumps(top))
    with pytest.raises(SmeltError, match=r"mapped\.json: "):
        Netlist.read(tmp_path / "mapped.json")


def test_another_format_wrong(tmp_path: Path) -> None:
    top = written(tmp_path) | {"format": "smelt-mapped-0"}
    (tmp_path / "mapped.json").write_text(json.dumps(top))
    with pytest.raises(FileDamaged) as caught:
        Netlist.read(tmp_path / "mapped.json")
    assert str(caught.value) == (
        f"{tmp_path}/mapped.json: format is 'smelt-mapped-0', this version reads"
        " 'smelt-mapped-1'; make it again, or give another file"
    )
