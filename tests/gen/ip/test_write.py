"""The folder of a core as a whole: its benches, templates and papers, and what is refused."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import rtlil

from gen.files import read_json
from gen.intnet.files import load
from gen.ip import write
from gen.ip.names import files
from gen.ip.prove import NotProvedEqual
from gen.ip.write import FolderTaken, write_ip
from tests.commands import run
from tests.gen.ip.builds import bench, map_lut6, part, read_as_verilog, small_build
from tests.shared import Shared

KINDS = [("plain", 22), ("plain", 4), ("recurrent", 22)]


def made(shared: Shared, kind: str, depth: int) -> Path:
    def make(out: Path) -> None:
        part(out, kind, depth)

    return shared.build(make, kind, str(depth)) / "ip"


@pytest.fixture(params=KINDS, ids=lambda one: f"{one[0]}-{one[1]}")
def folder(request: pytest.FixtureRequest, shared: Shared) -> Path:
    """The part `panel` of a network: of one stage, of several, with states."""
    kind, depth = request.param

    return made(shared, kind, depth)


@pytest.fixture
def panel(shared: Shared) -> Path:
    """The one of these that is made soonest."""
    return made(shared, "plain", 22)


def test_the_folder_has_its_files_and_says_what_was_proved(folder: Path) -> None:
    value = read_json(folder / "ip.json", "smelt-ip-1")
    assert {path.name for path in folder.iterdir()} == {*files("panel"), "ip.json"}
    assert {verdict for _, verdict, _ in value["checks"]} == {"proved"}
    assert len(value["checks"]) == 4
    page = (folder / "datasheet.md").read_text()
    for at, (_, says, _) in enumerate(value["inputs"]):
        assert f"| `x[{at}]` |" in page
        assert says in page
    latency = value["latency"]
    assert f"| latency | {latency} cycle" in page
    assert "not measured" in page.lower()


@pytest.mark.parametrize("form", ["plain", "ice40"])
def test_the_bench_passes(folder: Path, form: str) -> None:
    done = bench(folder, "panel_tb", f"panel_{form}.v", *cells(folder, form))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("PASS panel: ")


def cells(folder: Path, form: str) -> list[str]:
    """What a simulator knows of iCE40's LUT and carry: Lattice's tables, written down once more."""
    if form != "ice40":
        return []
    model = folder.parent / "cells.v"
    model.write_text(
        "module SB_LUT4 #(parameter [15:0] LUT_INIT = 0) (input I0, I1, I2, I3, output O);\n"
        "assign O = LUT_INIT[{I3, I2, I1, I0}];\nendmodule\n"
        "module SB_CARRY (input I0, I1, CI, output CO);\n"
        "assign CO = (I0 & I1) | ((I0 | I1) & CI);\nendmodule\n"
    )
    return [str(model)]


def test_random_stalls_lose_nothing(folder: Path) -> None:
    done = bench(folder, "panel_axis_tb", "panel_axis.v", "panel_plain.v")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("PASS panel_axis: ")
    beats = int(done.stdout.split()[2])
    assert beats > 30_000
    assert "in 100000 cycles, none lost" in done.stdout


@pytest.mark.parametrize(
    ("file", "before", "after", "top"),
    [
        ("panel_plain.v", "assign y[0] = ", "assign y[0] = ~", "panel_tb"),
        ("panel_plain.v", "y_valid = valid[1]", "y_valid = valid[0]", "panel_tb"),
        ("panel_axis.v", "if (y_valid) store", "if (y_valid & give) store", "panel_axis_tb"),
        ("panel_axis.v", "(outstanding != ", "(outstanding != 1 + ", "panel_axis_tb"),
        ("panel_axis.v", "{5'b0, given", "{5'b0, ~given", "panel_axis_tb"),
        ("panel_axis.v", "(y_valid) tail", "(y_valid & take) tail", "panel_axis_tb"),
        ("panel_axis.v", "m_axis_tlast = ", "m_axis_tlast = ~", "panel_axis_tb"),
        # An offer waits for tready; one is taken back; the last answer never comes.
        ("panel_axis.v", "count != 0", "(count != 0) & m_axis_tready", "panel_axis_tb"),
        ("panel_axis.v", "count != 0", "(count != 0) & ~last[0]", "panel_axis_tb"),
        ("panel_axis.v", "count != 0", "count > 1", "panel_axis_tb"),
        # Answers that nobody asked for; and those only where vectors have gaps between them.
        ("panel_plain.v", "y_valid = valid[1]", "y_valid = 1'b1", "panel_tb"),
        (
            "panel_plain.v",
            "assign y_valid = valid[1]",
            "reg on = 0; always @(posedge clk) on <= on | valid[1]; assign y_valid = on | valid[1]",
            "panel_tb",
        ),
    ],
)
def test_the_bench_fails_where_something_is_broken(
    panel: Path, tmp_path: Path, file: str, before: str, after: str, top: str
) -> None:
    for path in panel.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (tmp_path / file).read_text()
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1))
    done = bench(tmp_path, top, *(["panel_axis.v"] if "axis" in top else []), "panel_plain.v")
    assert done.returncode != 0
    assert "FAIL" in done.stdout
    assert "PASS" not in done.stdout


def test_vectors_are_what_pytorch_answers(folder: Path) -> None:
    file = np.load(folder.parent / "vectors.npz")
    rows = len(file["inputs"])
    for port, key, bits in (("x", "inputs", "n_in"), ("y", "outputs", "n_out")):
        lines = (folder / f"panel_{port}.hex").read_text().split()
        packed = [row.tobytes()[::-1].hex() for row in file[key]]
        digits = -(-int(file[bits]) // 4)
        # All rows where they are few, in their order; recurrent ones from their first.
        assert len(lines) == min(rows, 512)
        assert lines == [one[-digits:] for one in packed][: len(lines)]


def test_the_same_bytes_again(folder: Path, tmp_path: Path) -> None:
    write_ip(folder.parent, tmp_path / "ip", "panel", folder_kind(folder), measure=False)
    for path in folder.iterdir():
        assert (tmp_path / "ip" / path.name).read_bytes() == path.read_bytes(), path.name
        assert str(folder.parent).encode() not in path.read_bytes()


def folder_kind(folder: Path) -> str:
    recipe: str = read_json(folder / "ip.json")["recipe"]
    return recipe


def test_the_template_in_amaranth(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("panel_template", folder / "panel_template.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    value = read_json(folder / "ip.json")
    text = rtlil.convert(module.Core(), name="top")
    assert "cell \\panel " in text
    assert len(value["inputs"]) == module.SIGNATURE.members["x"].shape
    widths = [one[1] for one in value["outputs"]]
    firsts = [sum(widths[:at]) for at in range(len(widths))]
    assert list(module.WORDS.values()) == list(zip(firsts, widths, strict=True))
    assert getattr(module, "STARTS", None) == value["first"]
    assert value["latency"] == module.LATENCY
    verilog = (folder / "panel_template.v").read_text()
    assert f"// x_valid, {value['latency']} later" in verilog


def test_two_cores_and_the_templates_in_one_design(panel: Path, tmp_path: Path) -> None:
    write_ip(panel.parent, tmp_path / "ip", "other", "plain", measure=False)
    made = [(panel / "panel_template.v").read_text()]
    made.append((tmp_path / "ip" / "other_template.v").read_text())
    (tmp_path / "top.v").write_text(
        "module top(input clk, rst);\n" + "\n".join(made) + "endmodule\n"
    )
    sources = [
        *(panel / f"panel_{end}.v" for end in ("plain", "axis")),
        *(tmp_path / "ip" / f"other_{end}.v" for end in ("plain", "axis")),
    ]
    assert "error" not in read_as_verilog("top", [tmp_path / "top.v", *sources])


def test_lut6_is_proved_and_passes(tmp_path: Path, one_flow: None) -> None:
    build = small_build(tmp_path / "small", "plain")
    map_lut6(build)
    value = write_ip(build, build / "ip", "panel", "plain", 6, measure=False)
    checks = {what: verdict for what, verdict, _ in value["checks"]}
    assert checks["netlist == `panel_lut6.v`"] == "proved"
    assert checks["LUT6 == plain tables of `panel_lut6.v`"] == "exhaustive"
    assert checks["`graph.aig` == `lut6/mapped.json`"] == "proved"
    # All forms have one timing.
    for form in ("lut6", "plain"):
        assert bench(build / "ip", "panel_tb", f"panel_{form}.v").returncode == 0
    model = tmp_path / "lut6.v"
    model.write_text(
        "module LUT6 #(parameter [63:0] INIT = 0) (input I0, I1, I2, I3, I4, I5, output O);\n"
        "assign O = INIT >> {I5, I4, I3, I2, I1, I0};\nendmodule\n"
    )
    done = bench(build / "ip", "panel_tb", "-DSMELT_LUT6", "panel_lut6.v", str(model))
    assert done.stdout.startswith("PASS"), done.stdout


def test_a_form_that_is_not_the_network_is_not_written(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = write.core_verilog

    def wrong(*args: object) -> str:
        return right(*args).replace("assign y[0] = ", "assign y[0] = ~")  # type: ignore[arg-type]

    monkeypatch.setattr(write, "core_verilog", wrong)
    with pytest.raises(NotProvedEqual, match=r"netlist == `panel_ice40.v`: failed"):
        write_ip(panel.parent, tmp_path / "ip", "panel", "plain", measure=False)
    assert list(tmp_path.iterdir()) == []


def test_what_lies_in_the_folder_is_not_lost(panel: Path, tmp_path: Path) -> None:
    out = tmp_path / "ip"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(FolderTaken, match=r"holds other things than a core \(notes.txt\)"):
        write_ip(panel.parent, out, "panel", "plain", measure=False)
    (out / "notes.txt").unlink()
    write_ip(panel.parent, out, "panel", "plain", measure=False)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(FolderTaken, match=r"notes.txt: is not of the core that lies there"):
        write_ip(panel.parent, out, "other", "plain", measure=False)
    (out / "notes.txt").unlink()
    with (out / "panel_axis.v").open("a") as stream:
        stream.write("// mine\n")
    with pytest.raises(FolderTaken, match=r"panel_axis.v: was changed since it was written"):
        write_ip(panel.parent, out, "other", "plain", measure=False)
    (out / "panel_axis.v").unlink()
    write_ip(panel.parent, out, "other", "plain", measure=False)
    assert {path.name for path in out.iterdir()} == {*files("other"), "ip.json"}
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(FolderTaken, match="is a file"):
        write_ip(panel.parent, file, "panel", "plain", measure=False)


def test_the_part_that_was_there_stays_where_the_new_one_cannot_be_put(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, rename = tmp_path / "ip", Path.rename
    write_ip(panel.parent, out, "panel", "plain", measure=False)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fails(path: Path, target: Path) -> Path:
        if path.name == "made":
            raise OSError("no room")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="no room"):
        write_ip(panel.parent, out, "other", "plain", measure=False)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert list(tmp_path.iterdir()) == [out]


def test_logic_that_is_proved_on_valid_inputs_alone_is_called_that(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, check = "only codes that the encoder can give", write.prove_graph
    assert words not in (panel / "datasheet.md").read_text()
    build = tmp_path / "build"
    build.mkdir()
    for path in panel.parent.iterdir():
        if path.is_file():
            (build / path.name).write_bytes(path.read_bytes())
    value = read_json(build / "mapped.json") | {"proof": "proved: SAT on valid inputs only (x)"}
    (build / "mapped.json").write_text(json.dumps(value))
    monkeypatch.setattr(
        write, "prove_graph", lambda *_: check(panel.parent, panel.parent / "mapped.json", 300)
    )
    write_ip(build, tmp_path / "ip", "panel", "plain", measure=False)
    assert words in (tmp_path / "ip" / "datasheet.md").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "module"), "--name module: is a keyword of Verilog"),
        (("--lut", "3"), "--lut 3: tables of 6 inputs are written"),
        (("--lut", "6"), "lut6/mapped.json: no such file"),
    ],
)
def test_one_line_where_the_command_cannot(
    panel: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "ip"
    done = run("gen", "ip", "--build", str(panel.parent), "--out", str(out), "--no-measure", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not out.exists()


def test_vectors_of_another_core(panel: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    build.mkdir()
    for path in panel.parent.iterdir():
        if path.is_file():
            (build / path.name).write_bytes(path.read_bytes())
    file = dict(np.load(build / "vectors.npz"))
    np.savez(build / "vectors.npz", **file | {"n_out": file["n_out"] + 1})
    done = run("gen", "ip", "--build", str(build), "--no-measure")
    assert done.returncode == 1
    assert "make both with the same OUTPUTS" in done.stderr
    assert not (build / "ip").exists()


def test_columns_and_classes_are_named(tmp_path: Path) -> None:
    from gen.intnet.files import save

    build = small_build(tmp_path / "small", "plain")
    net = load(build / "net.npz")
    thresholds = [[1.5, 2.5, 3.5]] * 3
    net.meta["encoder"] = {
        "kind": "thermometer", "bits": 3, "features": 3, "thresholds": thresholds,
    }  # fmt: skip
    net.meta["columns"] = {
        "columns": [{"name": n, "categories": [], "fill": None} for n in ("a | b", "c", "d")],
        "label": "kind",
        "ignored": [],
    }
    net.meta["classes"] = ["left", "<right>", "`up"]
    save(net, build / "net.npz")
    write_ip(build, build / "ip", "panel", "plain", measure=False)
    page = (build / "ip" / "datasheet.md").read_text()
    assert "| `x[0]` | x[0] | a &#124; b >= 1.5 |" in page
    assert "| `x[8]` | x[8] | d >= 3.5 |" in page
    assert "0 left, 1 \\<right>, 2 'up" in page
    html = (build / "ip" / "datasheet.html").read_text()
    assert "1 &lt;right&gt;" in html
    assert json.loads((build / "ip" / "ip.json").read_text())["inputs"][4][1] == "c >= 2.5"
    assert bench(build / "ip", "panel_tb", "panel_plain.v").returncode == 0
