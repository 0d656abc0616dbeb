"""`import smelt`: run, cut, look, ask and export, against the network and the command line."""

import json
from pathlib import Path
from typing import Any

import bitwuzla
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

import smelt
from gen.commands.ask import QUESTIONS, called
from gen.data.sets import load_set
from gen.intnet.files import load
from gen.intnet.interpret import interpret
from gen.predict import Predictor
from tests.commands import run
from tests.gen.ask.nets import random_net
from tests.gen.ask.questions.test_command import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(cancer: Path) -> smelt.Model:
    return smelt.load(cancer)


@pytest.fixture(scope="module")
def bits(model: smelt.Model) -> np.ndarray:
    return model.data()[0]


def test_runs_as_the_integer_network(model: smelt.Model, bits: np.ndarray, cancer: Path) -> None:
    net = load(cancer / "net.npz")
    wanted, found = interpret(net, bits), model.run(bits)
    assert found.classes == [net.meta["classes"][one] for one in wanted["class"]]
    for at in range(8):
        assert np.array_equal(found[f"layer1[{at}]"], wanted["layer1"][:, at])
        assert np.array_equal(found.activations[f"layer1[{at}]"], wanted["layer1"][:, at])
    assert np.array_equal(found["score[1]"], wanted["score"][:, 1])
    assert list(found.activations) == list(model.activations) == [f"layer1[{n}]" for n in range(8)]
    frame = pd.DataFrame(found.rows())
    assert frame["class name"].tolist() == found.classes
    assert frame["layer1[2]"].tolist() == wanted["layer1"][:, 2].tolist()


def test_features_are_encoded_as_for_predict(model: smelt.Model, cancer: Path) -> None:
    predictor = Predictor.load(cancer)
    rows = np.random.default_rng(0).uniform(0, 100, (50, 30))
    names = [predictor.names[one] for one in predictor.classes(rows)]
    assert model.run(rows).classes == names
    assert model.run(rows[0]).classes == names[:1]


def test_a_data_frame_is_read_by_its_columns(model: smelt.Model, cancer: Path) -> None:
    frame = load_breast_cancer(as_frame=True).data
    wanted = Predictor.load(cancer)
    names = [wanted.names[one] for one in wanted.classes(frame.to_numpy())]
    assert model.run(frame[frame.columns[::-1]]).classes == names


def test_a_cut_is_the_networks_with_that_unit_constant(
    model: smelt.Model, bits: np.ndarray, cancer: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.npz"
    done = run(
        "gen", "ask", "ablate", str(cancer), "--cut", "layer1[0],layer1[3]", "--write", str(cut)
    )
    assert done.returncode == 0, done.stderr
    wanted = interpret(load(cut), bits)
    found = model.run(bits, cut={"layer1[0]": 0, "layer1[3]": 0})
    assert np.array_equal(found["score[0]"], wanted["score"][:, 0])
    assert found.classes == [model.classes[one] for one in wanted["class"]]
    assert found.classes != model.run(bits).classes


def test_an_activation(model: smelt.Model, cancer: Path, bits: np.ndarray) -> None:
    unit, node = model["layer1[0]"], load(cancer / "net.npz").node("layer1.sum")
    assert unit.weights == {f"x[{at}]": int(w) for at, w in enumerate(node.weight[0]) if w}
    assert len(unit.truth_table) == 1 << len(unit.reads)
    x = list(bits.astype(int).T)
    assert np.array_equal(eval(unit.formula, {"x": x}), model.run(bits)["layer1[0]"])
    said = json.loads(run("gen", "ask", "features", str(cancer), "layer1[0]", "--json").stdout)
    (row,) = said["details"]["activations"]
    assert (unit.hears, unit.serves) == (row["features"], row["classes"])
    assert unit.became in ("layer1[0]: kept", "layer1[0]: gone")
    assert repr(unit) == f"layer1[0] = {unit.formula}"


def test_answers_are_the_command_lines(model: smelt.Model, cancer: Path) -> None:
    asked = model.ask.depends(to="layer1[1]", features=True)
    words = ["depends", str(cancer), "--to", "layer1[1]", "--features", "--json"]
    said = json.loads(run("gen", "ask", *words).stdout)
    assert [row["verdict"] for row in asked.rows()] == [
        pair["verdict"].removesuffix(", not checked") for pair in said["details"]["pairs"]
    ]
    assert asked.rows()[3]["name"] == "feature[3]"
    assert "feature[3]" in asked.table()
    assert asked.table()._repr_html_().count("<tr>") == 31
    assert "depends: all decided" in asked._repr_html_()
    assert len(pd.DataFrame(asked.rows())) == 30
    assert any("no path" in line for line in asked.check())
    assert str(asked) in repr(asked)
    assert "feature[6] (mean concavity) -> layer1[1]: depends" in str(asked)
    assert asked.rows()[6]["means"] == "mean concavity" == model.means("feature[6]")
    assert model.means("x[0]").startswith("mean radius >= ")


def test_names_go_before_options(model: smelt.Model) -> None:
    rows = model.ask.depends("feature[0]", "layer1[1]", seconds=5).rows()
    assert [(row["name"], row["to"]) for row in rows] == [("feature[0]", "layer1[1]")]
    assert model.ask.depends(from_=["x[0]", "x[1]"], to="class").verdict
    assert model.ask.can("benign").rows()[0]["name"] == "class=benign"
    assert model.ask.monotone("feature[2]", "benign").question["target"] == "class=benign"
    assert model.ask.equivalent(model).verdict == "equivalent"
    fixed = model.ask.can(fix={"feature[0]": 3})
    assert fixed._found.conditions.fixed
    assert set(dir(model.ask)) == set(QUESTIONS)
    assert "--features" in str(model.ask.depends.__doc__)


def test_a_sample_is_a_row_or_bits(model: smelt.Model, bits: np.ndarray) -> None:
    row = model.ask.robust(3, proofs=False)
    assert model.ask.robust(sample=bits[3], proofs=False).details == row.details
    features = load_breast_cancer().data[load_set("cancer").test[3]]
    assert model.ask.robust(sample=features, proofs=False).details == row.details
    assert row.verdict == "exact, not checked"
    proved = model.ask.robust(3)
    assert proved.verdict == "exact"
    assert any("steps of its proof" in line for line in proved.check())


def test_saved_answers_are_verified_elsewhere(model: smelt.Model, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    model.ask.robust(3).save(path)
    done = run("gen", "ask", "verify", str(path))
    assert done.returncode == 0, done.stderr
    assert "steps of its proof, by the checker" in done.stderr
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"details": said["details"] | {"least": 1}}))
    assert run("gen", "ask", "verify", str(path)).returncode == 1
    with pytest.raises(smelt.SmeltError, match="a file is meant, as answer.json"):
        model.ask.can().save(tmp_path)


def test_a_forged_answer_does_not_check(model: smelt.Model) -> None:
    found = model.ask.depends("feature[0]", "layer1[1]")
    found._found.details["pairs"][0]["verdict"] = "depends"
    with pytest.raises(smelt.SmeltError):
        found.check()


def test_an_export_answers_as_the_network(
    model: smelt.Model, bits: np.ndarray, tmp_path: Path
) -> None:
    model.export("smt2", tmp_path / "m.smt2")
    text, wanted = (tmp_path / "m.smt2").read_text(), model.run(bits[:4])["class"]
    for row, index in zip(bits, wanted, strict=False):
        values = zip(model.inputs, row, strict=True)
        held = "".join(
            f"(assert (= |{name}| {'true' if one else 'false'}))" for name, one in values
        )
        said = "(assert |valid|)(assert |class.0|)"
        parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
        parser.parse(f"{text}{held}{said}", True, False)
        assert str(parser.bitwuzla().check_sat()) == ("sat" if index else "unsat")


WRONG: list[tuple[Any, str]] = [
    (lambda m: m.ask.depends(foo=3), "depends: it has no argument foo=3"),
    (lambda m: m.ask.depends("x[0]", "layer9[3]"), "nothing is named 'layer9[3]'; did you mean "),
    (lambda m: m.ask.explain(), "explain: the following arguments are required: --sample"),
    (lambda m: m.ask.explain(9999), "row 9999 of the held-out part of cancer: there are 143"),
    (lambda m: m.ask.explain([0, 1]), "rows of 2: the network takes 30 features or 180 input bits"),
    (lambda m: m.ask.can(seconds="x"), "can: argument --seconds: invalid float value: 'x'"),
    (lambda m: m.ask.can(json=True), "can: it has no argument json"),
    (lambda m: m.ask.nothing(), "no question 'nothing'; known: depends, explain, robust, can"),
    (lambda m: m[3], "nothing is named '3'; known: x (180), layer1 (8), class (1), score (2)"),
    (lambda m: m.data("valid"), "the network records no valid data; give your own"),
    (lambda m: m.run(np.zeros(30), cut=[3]), "cut [3]: values by name are meant, as {'layer1[3]"),
    (lambda m: m.export("dot", m.folder), "is a folder, and a file is to be written there"),
    (lambda m: m.ask.can().save(m.folder / "net.npz" / "a.json"), "is a file, and a folder is"),
    (lambda m: m["layer1[99]"], "nothing is named 'layer1[99]'; did you mean "),
    (lambda m: m["layer1"], "layer1 is a whole layer; name one of it, as layer1[0]"),
    (lambda m: m.run([[1, 2, 3]]), "rows of 3: the network takes 30 features or 180 input bits"),
    (lambda m: m.run(np.zeros(30), cut={"x[3]": 0}), "x[3] is no activation; only activations"),
    (lambda m: m.run(pd.DataFrame({"a": [1]})), "the table: no column 'mean radius'; known: a"),
    (lambda m: m.run(np.zeros(30))["what"], "'what' is no value of this run; known: layer1[0], "),
    (lambda m: m.export("pdf", "x.pdf"), "no format 'pdf'; known: smt2, btor2, aag, blif,"),
    (lambda m: smelt.load("not-there"), "build/not-there/net.npz: no such file; "),
]


@pytest.mark.parametrize(("call", "error"), WRONG, ids=[error[:20] for _, error in WRONG])
def test_wrong(model: smelt.Model, call: Any, error: str) -> None:
    with pytest.raises(smelt.SmeltError) as caught:
        call(model)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_without_data(tmp_path: Path) -> None:
    model = smelt.load(build(tmp_path, random_net(3)))
    with pytest.raises(smelt.SmeltError, match="the network records no test data"):
        model.data()
    assert len(model.run(np.eye(6)).classes) == 6
    assert "6 input bits, 5 activations" in repr(model)


def test_every_question_can_be_called() -> None:
    for kind in QUESTIONS:
        assert "usage" in called.parser_of(kind).format_help()


def test_the_face_is_small() -> None:
    lines = [len(path.read_text().splitlines()) for path in (ROOT / "smelt").glob("*.py")]
    assert sum(lines) <= 300
