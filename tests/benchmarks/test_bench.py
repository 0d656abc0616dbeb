"""The benchmark runner: figures reach the table as measured, and nothing is measured twice."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.evaluator import INPUTS, generated, measure_evaluator
from benchmarks.kept import kept
from benchmarks.size.area import compare_area
from benchmarks.size.lut6 import compare_lut6, plain_luts
from benchmarks.table import markdown
from gen.estimate.fitted import FORMULA
from gen.files import FileDamaged
from gen.intnet.files import save
from gen.intnet.network import Argmax, IntNet, Levels, Linear
from tests.benchmarks.test_peers import PEER, SIZED

AREA = {
    "network": "small",
    "ours": {"lc": 1234, "lut4": 1200, "carry": 0, "flow": "x", "depth": 9},
    "logic": {"lc": 1202},
    "valid": {"lc": 1140},
    "baseline": {
        "default": {"lc": 2001, "lut4": 1700, "carry": 400},
        "nocarry": {"lc": 1900, "lut4": 1890, "carry": 0},
    },
    "abc_lut4": 1500,
    "ratio": 0.649,
    "ands": {"melted": 9000, "simplified": 7000},
    "seconds": {"melt_simplify_prove": 4.25},
}
LUT6 = {"network": "small", "ours": {"luts": 800, "depth": 8}, "plain": 1000, "abc": 1600}
LUT6 |= {"valid": 700}
LINK = {"baud": 115200, "results_per_s": 480.0, "request_bytes": 24}
PROBED = {"balanced": 0.9, "auc": 0.95}
CUT = {"verdict": "killed", "units": 3, "rest": [0.9, 0.85], "probe": [PROBED, PROBED]}
SECTION = {"seed": 1, "probes": {"never saw one": PROBED, "input bits": PROBED}}
SECTION |= dict.fromkeys(("localized", "same", "circuit", "deleted"), CUT)
OTHER = {"lc": 1500, "lut4": 1490, "carry": 7}
ACCURACY = {
    "recipe": "small",
    "nonzero": 77,
    "quantized": {"mean": 0.95812, "std": 0.009, "all": []},
    "linear": {"mean": 0.9673, "std": 0.007, "all": []},
}
EVALUATOR = {
    "seed": 7,
    "repeats": 5,
    "tools": {"numpy": "2.4"},
    "graphs": [
        {"graph": "near 1e4", "ands": 10000, "kernel": 2.34e11, "numpy": 5e9, "ratio": 46.8}
    ],
    "predict": [{"what": "input bits", "logic_us": 0.05, "torch_us": 1.5, "ratio": 30.0}],
}
ESTIMATES = [
    {"network": "near", "estimate": 110, "low": 90, "high": 130, "luts": 100, "formula": 200.0},
    {"network": "far", "estimate": 130, "low": 110, "high": 150, "luts": 100, "formula": None},
]
FAULTS = {
    "recipe": "small",
    "seed": 3,
    "tables": 1012,
    "vectors": 256,
    "seconds": 71.2,
    "tried": 200,
    "rejected": 120,
    "caught_by_vectors": 66,
    "equivalent": 79,
    "not_addressed": 61,
    "undecided": 1,
    "long_way": 5,
}


def scale(ands: int, seconds: float) -> dict[str, object]:
    figures = {"wall": seconds, "cpu": 2 * seconds, "peak_mib": seconds + 7}
    return {
        "network": f"{ands}-gates",
        "ands": {"melted": ands, "sections": ands // 2},
        "of_dc2": 1.0123,
        "seconds": {"melt": 0.5},
        "melt": figures | {"wall": 1.75},
        "simplify": figures | {"parts": 1040, "undone": 3},
    }


def test_the_table_has_the_figures() -> None:
    text = markdown(
        {
            "machine": {"processor": "x86_64", "cores": 2},
            "tools": {"yosys": "0.70"},
            "area": [AREA],
            "lut6": [LUT6],
            "accuracy": [ACCURACY],
            "warm": [{"recipe": "small", "seconds": 61.5}],
            "evaluator": EVALUATOR,
            "asking": {"networks": [], "growth": []},
            "faults": FAULTS,
            "estimates": [row | {"seconds": 4.25} for row in ESTIMATES],
            "scale": [scale(10_000, 10.0), scale(1_000_000, 1000.0)],
            "speed": {"network": "small", "link": LINK, "fabric": {}, "rows": []},
            "sections": [SECTION],
            "compilers": [{"network": "small", "ways": {"other": OTHER}}],
            "peers": [PEER],
            "probes": {"sum": 49, "shift": 46},
            "sized": SIZED,
        }
    )
    row = (
        "**1,234** | 1,202 | 2,001 | 1,900 | 0.649 | 1,140 | 0.600 | 1,500 | 0.800 | 9,000 | 7,000"
    )
    assert f"| small | {row} |" in text
    assert "| geometric mean |  |  |  |  | 0.649 |  | 0.600 |  | 0.800 |  |  |" in text
    assert "| small | **800** | 8 | 1,000 | 0.800 | 700 | 0.700 | 1,600 | 0.500 |" in text
    assert "| geometric mean | | | | 0.800 | | 0.700 | | 0.500 |" in text
    assert "| small | 77 | 95.81% (sd 0.90%) | 96.73% (sd 0.70%) |" in text
    assert "| melt, simplify and prove, small | 4.25 |" in text
    assert "caches warm | 61.5 |" in text
    assert "yosys 0.70" in text
    assert f"| near | 110 | 90 to 130 | 100 | +10% | {200 * FORMULA.factor:,.0f} |" in text
    assert "| far | 130 | 110 to 150 | 100 | +30% | none |  | 4.2 |" in text
    assert "Within 25%: 1 of 2, by the formula 0 of 1;\ninside the interval: 1 of 2." in text
    assert f"Mean error: 20.0%, by the formula {200 * FORMULA.factor / 100 - 1:.1%}." in text
    assert "| rejected by proof | 120 |\n| of these, seen by the vectors too | 66 |" in text
    assert "of the 1,012 look-up tables" in text
    assert "The vectors are 256 that PyTorch answered, on the serial line; 71 s." in text
    assert "| near 1e4 | 10,000 | 2.3e+11 | 5.0e+09 | 46.8 |" in text
    assert "power of\n1.00 for melting and 1.00 for simplifying" in text
    row = "| 1,000,000 | 500,000 | 101.2% | 0.5 | 1.75 | 1000.0 | 2000.0 | 1,007 | 1,040 | 3 |"
    assert f"| 1000000-gates {row}" in text
    ways = ["Smelt | **1,234** | 1,200 | 0 | ", "other | 1,500 | 1,490 | 7 | 0.823"]
    ways.append("plain Verilog | 1,900 | 1,890 | 0 | 0.649")
    assert "\n".join(f"| small | {way} |" for way in ways) in text
    assert "## Speed of small by form" in text
    assert "## Other people's networks" in text
    assert "| the section cut | 3 | proved in 1 of 1 | 90.00 % | 85.00 % | 5.00 ± 0.00 |" in text
    assert "| input bits | 0.05 | 1.5 | 30.0 |" in text


def test_a_kept_result_is_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    calls: list[int] = []

    def measure() -> dict[str, int]:
        calls.append(1)
        return {"n": len(calls)}

    assert kept(path, measure) == {"n": 1}
    assert kept(path, measure) == {"n": 1}
    path.write_text("{")
    with pytest.raises(FileDamaged):
        kept(path, measure)


def test_an_interrupted_measurement_is_not_kept(tmp_path: Path) -> None:
    def interrupted() -> dict[str, int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "one.json", interrupted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reach", [None, 5])
def test_generated_graphs_are_as_told(reach: int | None) -> None:
    graph = generated(300, reach, np.random.default_rng(0))
    assert (graph.n_ands, graph.n_inputs) == (300, INPUTS)
    nodes = np.arange(graph.first_and, graph.first_and + 300)
    back = nodes[:, None] - (graph.fan_in >> 1)
    assert back.min() >= 1
    assert (graph.fan_in >> 1).min() >= 1
    assert back.max() > 250 if reach is None else back.max() == 5
    again = generated(300, reach, np.random.default_rng(0))
    assert (again.fan_in == graph.fan_in).all()


def test_evaluation_is_measured_in_both_ways(tmp_path: Path) -> None:
    found = measure_evaluator(tmp_path, sizes=(1000,), repeats=1)
    assert [row["graph"] for row in found["graphs"]] == ["near 1e3", "far 1e3"]
    for row in found["graphs"]:
        assert row["kernel"] > 0
        assert row["ratio"] == round(row["kernel"] / row["numpy"], 1)
    assert found["predict"] == []
    assert {"numpy", "torch", "compiler"} <= found["tools"].keys()


def small_net(path: Path) -> Path:
    rng = np.random.default_rng(3)
    first, second = (rng.integers(-1, 2, shape).astype(np.int8) for shape in ((6, 8), (3, 6)))
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(6, np.int32)),
        Levels(
            "layer1",
            ("layer1.sum",),
            np.zeros((6, 1), np.int32),
            np.tile(np.array([0, 1], np.int8), (6, 1)),
        ),
        Linear("score", ("layer1",), second, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    care = {"kind": "thermometer", "groups": [[0, 1, 2, 3], [4, 5, 6, 7]]}
    save(IntNet(8, nodes, meta={"care": care}), path)
    return path


@pytest.mark.slow
def test_a_network_is_compared_through_real_tools(tmp_path: Path, one_flow: None) -> None:
    found = compare_area("small", small_net(tmp_path / "net.npz"), tmp_path / "out")
    plain = min(found["baseline"][way]["lc"] for way in ("default", "nocarry"))
    assert found["ratio"] == round(found["ours"]["lc"] / plain, 3)
    assert 0 < found["ours"]["lut4"] <= found["abc_lut4"]
    assert found["logic"]["lut4"] == found["ours"]["lut4"]
    assert found["logic"]["ff"] == 0
    # Of 256 patterns 25 are valid.
    assert 0 < found["valid"]["lc"] < found["ours"]["lc"]
    assert found["ands"]["simplified"] <= found["ands"]["melted"]


@pytest.mark.slow
def test_lut6_are_compared_through_real_tools(tmp_path: Path) -> None:
    found = compare_lut6("small", small_net(tmp_path / "net.npz"), tmp_path / "out")
    assert 0 < found["ours"]["luts"] <= found["abc"]
    assert 0 < found["valid"] < found["ours"]["luts"]
    assert found["ours"]["luts"] <= found["plain"]
    # Seven bits need two tables of six inputs, six need one.
    for width, luts in ((7, 2), (6, 1)):
        verilog = f"module baseline(input [{width - 1}:0] x, output y); assign y = &x; endmodule\n"
        assert plain_luts(verilog, tmp_path) == luts
