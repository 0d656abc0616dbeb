"""The report: its figures are those of the tools, and "not run" where nothing ran."""

import json
from typing import Any

import numpy as np
import pytest

from boards.report.inputs import Inputs, Vectors
from boards.report.render import html_page, markdown, table_rows, terminal_table
from boards.report.report import NOT_RUN, confusion, make_report
from tests.boards.designs import build_value

KEYS = {
    "recipe",
    "board",
    "device",
    "seed",
    "tools",
    "accuracy",
    "weights",
    "gates",
    "core",
    "top",
    "fmax_mhz",
    "latency_cycles",
    "throughput_per_s",
    "checks",
}
MODEL = {
    "metrics": {"float": 0.9755, "quantized": 0.96},
    "classes": ["no", "yes"],
    "weights": {"total": 6624, "nonzero": 584, "bits": [2, 2]},
}


def row(step: str, target: str, proof: str, seconds: float) -> dict[str, Any]:
    figures = {"ands": 700, "depth": 20, "lut4": 300, "seconds": 1.0}
    return {"step": step, "target": target, "proof": proof, "proof_seconds": seconds, **figures}


LEDGER = {
    "rows": [
        row("start", "graph", "given", 0.0),
        row("compress", "graph", "proved", 2.25),
        row("rewrite", "graph", "undone: no gain", 9.0),
        row("compress", "graph", "proved", 0.25),
        row("refactor", "graph", "proved", 0.5),
        row("graph = melted", "both", "proved", 0.75),
    ],
    "summary": {"melted": 900, "simplified": 700, "depth": 20},
}
MELTED = {
    "checks": [
        {"what": "each activation", "how": "exhaustive for 64 of 64 neurons", "seconds": 0.3},
        {"what": "the joined graph", "how": "simulated 20,000", "seconds": 0.5},
    ]
}
VECTORS = Vectors(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
PASSED = {
    "level": "core",
    "simulator": "icarus 12",
    "vectors": 6,
    "random": 2,
    "mismatches": 0,
    "seconds": 1.5,
    "status": "passed",
}


def full() -> dict[str, Any]:
    return make_report(build_value(), Inputs(MODEL, LEDGER, VECTORS, {"core": PASSED}))


def test_every_key_with_and_without_inputs() -> None:
    assert set(full()) >= KEYS
    assert set(make_report(build_value(), Inputs())) >= KEYS


def test_figures_are_those_of_the_build() -> None:
    report, build = full(), build_value()
    for key in ("lc", "lut4", "carry", "ff", "cells"):
        assert report["core"][key] == build["core"][key]
    assert report["top"] == build["top"]
    assert report["fmax_mhz"] == build["fmax_mhz"]
    assert report["latency_cycles"] == 2
    assert report["weights"] == {"total": 6624, "nonzero": 584, "bits": [2, 2]}
    assert report["gates"] == {"melted": 900, "simplified": 700, "depth": 20}
    assert report["core"]["argmax_included"] is True
    assert report["core"]["encoder_included"] is False


def test_throughput_of_core_and_link_apart() -> None:
    """12 MHz and one result a cycle; 115,200 baud are 11,520 bytes, 3 bytes a request."""
    throughput = full()["throughput_per_s"]
    assert throughput["core_at_clock"] == 12_000_000
    assert throughput["link"] == 3840.0


def test_throughput_of_a_core_that_takes_its_time() -> None:
    build = build_value()
    build["core_description"]["interval"] = 1000
    report = make_report(build, Inputs())
    assert report["throughput_per_s"]["core_at_clock"] == 12_000
    text = dict(table_rows(report))["throughput"]
    assert text.startswith("core 12,000 results/s (one in 1,000 cycles); link at most 3,840/s")
    assert "results/s (one per cycle)" in dict(table_rows(full()))["throughput"]


def test_logic_accuracy_after_simulating_the_whole_test_set() -> None:
    assert full()["accuracy"] == {
        "float": 0.9755,
        "quantized": 0.96,
        "logic": 0.75,
        "test_samples": 4,
    }


def test_right_answers_by_class() -> None:
    found = full()["classes"]
    assert sum(one["right"] for one in found) == 0.75 * 4
    labels, said = VECTORS.labels.tolist(), VECTORS.classes.tolist()
    for at, one in enumerate(found):
        assert one["rows"] == labels.count(at)
        assert one["right"] == sum(a == b == at for a, b in zip(labels, said, strict=True))
    assert make_report(build_value(), Inputs(MODEL, LEDGER, VECTORS))["classes"] == NOT_RUN


def test_bits_per_symbol_of_a_text() -> None:
    model = MODEL | {"metrics": {**MODEL["metrics"], "bits": 3.4149}}
    report = make_report(build_value(), Inputs(model, LEDGER, VECTORS, {"core": PASSED}))
    assert dict(table_rows(report))["accuracy"].endswith("; 3.41 bits per symbol")
    assert "bits" not in dict(table_rows(full()))["accuracy"]


@pytest.mark.parametrize(
    "change",
    [
        {"vectors": 5},
        {"mismatches": 1},
        {"status": "failed"},
        {"random": 6},
    ],
)
def test_logic_accuracy_is_not_run_otherwise(change: dict[str, Any]) -> None:
    inputs = Inputs(MODEL, LEDGER, VECTORS, {"core": PASSED | change})
    assert make_report(build_value(), inputs)["accuracy"]["logic"] == NOT_RUN


def test_missing_inputs_say_not_run() -> None:
    report = make_report(build_value(), Inputs())
    assert set(report["accuracy"].values()) == {NOT_RUN}
    assert set(report["weights"].values()) == {NOT_RUN}
    assert set(report["gates"].values()) == {NOT_RUN}
    results = {check["check"]: check["result"] for check in report["checks"]}
    assert results.pop("fits the device") == "passed"
    assert results.pop("meets the board's clock") == "passed"
    assert len(results) == 6
    assert set(results.values()) == {NOT_RUN}


def test_checks_say_what_was_had() -> None:
    inputs = Inputs(MODEL, LEDGER, VECTORS, {"core": PASSED}, MELTED, {"proof": "proved"})
    checks = [
        (check["check"], check["result"], check["how"], check.get("seconds"))
        for check in make_report(build_value(), inputs)["checks"]
    ]
    assert checks[:5] == [
        ("melted: each activation", "exhaustive", "for 64 of 64 neurons", 0.3),
        ("melted: the joined graph", "simulated", "20,000", 0.5),
        ("simplified: 3 passes on graph", "proved", "compress, refactor", 3.0),
        ("simplified: graph = melted", "proved", "", 0.75),
        ("mapped: netlist = graph", "proved", "", None),
    ]
    simulated = next(check for check in checks if check[0].startswith("simulation: core.v"))
    assert simulated[1:] == ("passed", "6 vectors (2 random), 0 mismatches, icarus 12", 1.5)
    assert [check[0] for check in checks[-2:]] == ["fits the device", "meets the board's clock"]


def test_failed_simulation_is_shown_as_failed() -> None:
    inputs = Inputs(simulations={"core": PASSED | {"status": "failed", "mismatches": 3}})
    report = make_report(build_value(), inputs)
    failed = [check for check in report["checks"] if check["result"] == "failed"]
    assert [check["how"] for check in failed] == ["6 vectors (2 random), 3 mismatches, icarus 12"]
    assert '<td class="bad">failed</td>' in html_page(report, {})


def test_weights_that_were_shipped_are_told() -> None:
    versions = {"torch": "2.13.0", "instructions": "AVX2", "numpy": "2.4.6"}
    model = MODEL | {"versions": versions, "shipped": True}
    report = make_report(build_value(), Inputs(model, LEDGER, VECTORS, {"core": PASSED}))
    assert report["training"] == {"shipped": True, "torch": "2.13.0", "instructions": "AVX2"}
    assert dict(table_rows(report))["weights"] == (
        "6,624, 584 not zero, 2/2 bits; as shipped, trained with torch 2.13.0 on AVX2 (RETRAIN=1"
        " trains anew)"
    )
    assert full()["training"]["shipped"] is False
    assert make_report(build_value(), Inputs())["training"] is None


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"total": 0, "nonzero": 0, "bits": []}, "none"),
        (
            {"total": 0, "nonzero": 0, "bits": [], "tables": 1230, "entries": 19680},
            "none; 1,230 tables, 19,680 entries",
        ),
        (
            {"total": 12, "nonzero": 8, "bits": [2], "tables": 6, "entries": 96},
            "12, 8 not zero, 2 bits; 6 tables, 96 entries",
        ),
        (
            {"total": 12, "nonzero": 8, "bits": [2], "tables": 0, "entries": 0},
            "12, 8 not zero, 2 bits",
        ),
    ],
)
def test_tables_are_told_where_there_are_some(weights: dict[str, Any], said: str) -> None:
    report = make_report(build_value(), Inputs(MODEL | {"weights": weights}))
    assert dict(table_rows(report))["weights"] == said


def test_report_is_json() -> None:
    assert json.loads(json.dumps(full(), allow_nan=False)) == full()


def test_confusion_counts() -> None:
    assert confusion(VECTORS, 3).tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]


def test_table_shows_the_figures() -> None:
    rows = dict(table_rows(full()))
    assert rows["accuracy"] == (
        "float 97.55%, quantized 96.00%, simulated logic 75.00%, on 4 test samples"
    )
    assert rows["weights"] == "6,624, 584 not zero, 2/2 bits"
    assert rows["gates"] == "900 ANDs melted, 700 simplified, depth 20"
    assert rows["core alone"].startswith(
        "22 logic cells packed: 20 LUT4, 0 carry, 22 flip-flops; without encoder, with argmax"
    )
    assert rows["whole design"].startswith("260 of 5,280 logic cells (4.9%); layer1 10, score 10")
    assert rows["Fmax"] == (
        "best 44.50 MHz (seed 2, delivered), median 41.25 MHz of 3 seeds; the clock is 12.00 MHz"
    )
    assert rows["latency"] == "2 cycles, 167 ns at 12 MHz"


def test_table_without_inputs() -> None:
    rows = dict(table_rows(make_report(build_value(), Inputs())))
    assert rows["weights"] == rows["gates"] == "not run"
    assert rows["accuracy"] == "float not run, quantized not run, simulated logic not run"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (4, "simulated logic 75.00%, on 4 rows that came with the network"),
        (0, "not known: no rows with classes came with the network"),
    ],
)
def test_accuracy_of_a_network_from_elsewhere(rows: int, wanted: str) -> None:
    vectors = Vectors(VECTORS.labels[:rows], VECTORS.classes[:rows])
    report = make_report(build_value(), Inputs(None, LEDGER, vectors, {"core": PASSED}))
    assert dict(table_rows(report))["accuracy"] == wanted


def test_an_encoder_on_the_chip_is_counted_apart() -> None:
    build = build_value()
    assert "LUTs" not in dict(table_rows(make_report(build, Inputs())))
    layers = [{"name": "layer1", "cells": 400}, {"name": "encoder", "cells": 214},
              {"name": "class", "cells": 98}]  # fmt: skip
    build["core_description"] |= {"encoder_included": True, "layers": layers}
    report = make_report(build, Inputs())
    assert report["core"]["luts"] == {"encoder": 214, "logic": 498}
    rows = dict(table_rows(report))
    assert rows["LUTs"] == "encoder 214, logic 498"
    assert "; with encoder, with" in rows["core alone"]


def test_logic_alone_has_its_own_row() -> None:
    build = build_value()
    build["core"]["logic_alone"] = {"lc": 21, "lut4": 20, "carry": 0}
    rows = dict(table_rows(make_report(build, Inputs())))
    assert rows["logic alone"] == (
        "21 logic cells packed without pipeline registers: 20 LUT4, 0 carry"
    )


def test_a_time_shared_core_is_proved_by_its_link_or_says_that_it_is_not() -> None:
    build = build_value()
    build["core_description"]["form"] = "shared"
    report = make_report(build, Inputs())
    first = report["checks"][0]
    assert first["result"] == NOT_RUN
    assert first["how"] == "`make verify` runs it; until then simulated, not proved"
    assert not [check for check in report["checks"] if "mapped" in check["check"]]
    assert [link["link"] for link in report["chain"]] == [1, 3, 4, 5]
    check = {"method": "1,055 cycles", "fault": "", "seconds": 76.0, "verdict": "proved"}
    link = {"link": 3, "between": "", "verdict": "proved", "fault": "", "seconds": 76.0}
    proved = make_report(build, Inputs(links=[link | {"checks": [check]}]))["checks"][0]
    assert (proved["result"], proved["how"]) == ("proved", "1,055 cycles")


def test_terminal_lists_checks() -> None:
    text = terminal_table(full())
    assert "  passed   fits the device: 260 of 5,280 logic cells" in text
    assert "  not run  simulation: whole top level over its serial line" in text
    assert max(map(len, text.splitlines())) < 170


def test_markdown_has_tables_and_plots() -> None:
    text = markdown(full(), ["fmax"])
    assert "| SB_LUT4 | 20 | 200 |" in text
    assert "![fmax](plots/fmax.png)" in text


def test_page_needs_no_other_file_and_escapes() -> None:
    build = build_value() | {"recipe": "<b>&tiny"}
    text = html_page(make_report(build, Inputs()), {"fmax": b"\x89PNG"})
    assert "&lt;b&gt;&amp;tiny on iCEBreaker" in text
    assert '<img alt="fmax" src="data:image/png;base64,iVBORw==">' in text
    assert "http" not in text
    assert '<td class="none">not run</td>' in text
