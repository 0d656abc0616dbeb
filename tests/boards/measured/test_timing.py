"""Delays as nextpnr writes them, and the worst path through each part, by hand."""

import json
from pathlib import Path

import pytest

from boards.measured.sdf import Delays, read_sdf
from boards.measured.timing import clock_nets, time_parts
from gen.files import FileDamaged

# Registers a and b of clock clk, c of fast; LUTs m and n. a -> m -> n -> b, a -> b, b -> n, a -> c.
SDF = r"""(DELAYFILE
  (SDFVERSION "3.0")
  (TIMESCALE 1ps)
  (CELL
    (CELLTYPE "top")
    (INSTANCE )
    (DELAY (ABSOLUTE
      (INTERCONNECT a\[0\]/O m/I0 (500:500:500) (400:400:400))
      (INTERCONNECT m/O n/I1 (100:100:2000) (0:0:0))
      (INTERCONNECT n/O b/I0 (250:250:250) (250:250:250))
      (INTERCONNECT a\[0\]/O b/I0 (9000:9000:9000) (250:250:250))
      (INTERCONNECT b/O n/I0 (125:125:125) (125:125:125))
      (INTERCONNECT a\[0\]/O c/I0 (99000:99000:99000) (0:0:0))
      (INTERCONNECT pin/D m/I1 (99000:99000:99000) (0:0:0))
      (INTERCONNECT tree/O a\[0\]/CLK (7000:7000:7000) (0:0:0))
    ))
  )
  (CELL (CELLTYPE "LC") (INSTANCE a\[0\])
    (DELAY (ABSOLUTE (IOPATH CLK O (1000:1000:1000) (1000:1000:1000)))))
  (CELL (CELLTYPE "LC") (INSTANCE b)
    (DELAY (ABSOLUTE (IOPATH CLK O (1000:1000:1000) (1000:1000:1000))))
    (TIMINGCHECK
      (SETUPHOLD (posedge I0) (posedge CLK) (300:300:300) (0:0:0))
      (SETUPHOLD (negedge I0) (posedge CLK) (200:200:200) (0:0:0))))
  (CELL (CELLTYPE "LC") (INSTANCE c)
    (DELAY (ABSOLUTE (IOPATH CLK O (1000:1000:1000) (1000:1000:1000))))
    (TIMINGCHECK (SETUPHOLD (posedge I0) (posedge CLK) (300:300:300) (0:0:0))))
  (CELL (CELLTYPE "LC") (INSTANCE m)
    (DELAY (ABSOLUTE
      (IOPATH I0 O (1500:1500:1500) (1500:1500:1500))
      (IOPATH I1 O (1500:1500:1500) (1500:1500:1500)))))
  (CELL (CELLTYPE "LC") (INSTANCE n)
    (DELAY (ABSOLUTE
      (IOPATH I0 O (1250:1250:1250) (1250:1250:1250))
      (IOPATH I1 O (750:750:750) (750:750:750)))))
)
"""
CLOCKS = {("a[0]", "CLK"): "clk", ("b", "CLK"): "clk", ("c", "CLK"): "fast"}
PARTS = {"a[0]": "layer1", "m": "layer1", "n": "score", "b": "score", "c": "link", "pin": "link"}


def delays(folder: Path, text: str = SDF) -> Delays:
    path = folder / "top.sdf"
    path.write_text(text)
    return read_sdf(path)


def test_the_largest_of_what_the_file_says(tmp_path: Path) -> None:
    made = delays(tmp_path)
    assert made.kinds == {"": "top"} | dict.fromkeys(("a[0]", "b", "c", "m", "n"), "LC")
    assert made.wires[("a[0]", "O"), ("m", "I0")] == 0.5
    assert made.wires[("m", "O"), ("n", "I1")] == 2.0
    assert made.arcs[("n", "I0"), ("n", "O")] == 1.25
    assert made.setups == {
        (("b", "I0"), ("b", "CLK")): 0.3,
        (("c", "I0"), ("c", "CLK")): 0.3,
    }


def test_worst_path_through_each_part(tmp_path: Path) -> None:
    rows = time_parts(delays(tmp_path), CLOCKS, {"clk": 12.0, "fast": 2.0}, PARTS)
    by_part = {row["part"]: row for row in rows}
    assert [row["part"] for row in rows] == ["score", "layer1"]
    # Straight from a to b: 1.0 + 9.0 + 0.3.
    score = by_part["score"]
    assert (score["path_ns"], score["slack_ns"]) == (10.3, 1.7)
    assert (score["start"], score["end"]) == ("layer1.a[0]", "score.b")
    # b to n to b: 1.0 + 0.125 + 1.25 + 0.25 + 0.3.
    assert score["own_ns"] == 2.925
    # a, m, n, b: 1.0 + 0.5 + 1.5 + 2.0 + 0.75 + 0.25 + 0.3. The wire to n counts for n's part.
    layer = by_part["layer1"]
    assert (layer["path_ns"], layer["slack_ns"], layer["own_ns"]) == (6.3, 5.7, 3.0)
    assert layer["path"] == [
        {"part": "layer1", "logic_ns": 2.5, "routing_ns": 0.5, "cells": 1},
        {"part": "score", "logic_ns": 1.05, "routing_ns": 2.25, "cells": 1},
    ]


def test_slack_and_not_length_decides_between_clocks(tmp_path: Path) -> None:
    """A path of 3 ns is tighter than one of 10.3, where its clock is faster."""
    own = "(INTERCONNECT c/O c/I0 (1700:1700:1700) (0:0:0)) (INTERCONNECT pin/D"
    text = SDF.replace("(INTERCONNECT pin/D", own)
    parts = PARTS | {"c": "score"}
    rows = time_parts(delays(tmp_path, text), CLOCKS, {"clk": 12.0, "fast": 3.5}, parts)
    first = rows[0]
    assert (first["part"], first["clock"], first["path_ns"]) == ("score", "fast", 3.0)
    assert first["slack_ns"] == 0.5


def test_clock_nets_by_name(tmp_path: Path) -> None:
    cells = {
        name: {"connections": {"CLK": [bit], "O": [9]}}
        for name, bit in (("a[0]", 2), ("b", 2), ("c", 3))
    }
    nets = {"clk": {"bits": [2]}, "fast": {"bits": [3]}, "q": {"bits": [9]}}
    path = tmp_path / "placed.json"
    path.write_text(json.dumps({"modules": {"top": {"cells": cells, "netnames": nets}}}))
    assert clock_nets(path, delays(tmp_path)) == CLOCKS
    path.write_text(json.dumps({"modules": {"top": {"cells": cells, "netnames": {}}}}))
    with pytest.raises(FileDamaged, match="not what nextpnr writes .KeyError: 2"):
        clock_nets(path, delays(tmp_path))


@pytest.mark.parametrize(
    "text",
    ["", "(DELAYFILE", SDF[:-3], SDF.replace("1ps", "1ns"), SDF.replace("IOPATH I0", "PORT I0")],
)
def test_other_files_wrong(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileDamaged, match=r"top\.sdf: not the delays that nextpnr writes"):
        delays(tmp_path, text)


def test_missing_file_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="FileNotFoundError"):
        read_sdf(tmp_path / "top.sdf")
