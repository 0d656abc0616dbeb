"""Netlists mapped for valid inputs: which care sets are used unasked, and what the chain says."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.commands.cared import Used, use_care
from gen.data.encode import Code, Encoder
from gen.errors import SmeltError
from gen.files import read_json
from gen.intnet.files import load, save
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Words
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.map.names import name_activations
from gen.map.netlist import Cell, Netlist
from gen.melt.sidecar import read_sidecar
from gen.proof.chain import EXHAUSTIVE, FAILED, NOT_RUN, PROVED, UNDECIDED, finish
from gen.verify import assumed, graphs
from gen.verify.graphs import check_graphs, files
from tests.gen.intnet.nets import i8, i32
from tests.gen.verify.builds import check_of, edit, write_build

ALL = np.array(list(itertools.product((0, 1), repeat=6)), np.uint8)
ORDERED = (ALL[:, 0] >= ALL[:, 1]) & (ALL[:, 1] >= ALL[:, 2])
VALID = ORDERED & (ALL[:, 3] >= ALL[:, 4]) & (ALL[:, 4] >= ALL[:, 5])
ENCODER = Encoder.alike("thermometer", np.array([[1.0, 2.0, 3.0]] * 2))
GROUPS = [("thermometer", [0, 1, 2]), ("thermometer", [3, 4, 5])]
PROOF = "proved on valid inputs only (thermometer)"


def network(encoder: Encoder | None = ENCODER, **meta: Any) -> IntNet:
    """Two thermometers of three bits, three neurons, two classes."""
    weight = [[1, -1, 1, 1, 0, -1], [2, 1, -1, -1, 1, 1], [-1, 1, 1, 1, -1, 1]]
    own = {"encoder": encoder.to_dict(), "care": ENCODER.care()} if encoder else {}
    return IntNet(
        6,
        (
            Linear("made.sum", ("x",), i8(weight), i32([0, -1, 0])),
            Levels("made", ("made.sum",), i32([[1]] * 3), i8([[0, 1]] * 3)),
            Linear("score", ("made",), i8([[1, 1, -1], [-1, 1, 1]]), i32([0, 0])),
            Argmax("class", ("score",)),
        ),
        meta=own | meta,
    )


def used(build: Path, asked: bool | None = None) -> Used:
    """What the command makes of a build's netlist, which is equal on all inputs."""
    graph = build / "graph.aig"
    sidecar = read_sidecar(build / "graph.json")[0]
    return use_care(
        Netlist.read(build / "mapped.json"), graph, sidecar, read_aiger(graph), asked, 22
    )


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build whose mapped.json is made for valid inputs; plain.json is not."""
    write_build(tmp_path, network())
    made = used(tmp_path)
    (tmp_path / "mapped.json").rename(tmp_path / "plain.json")
    made.netlist.write(tmp_path / "mapped.json", proof=made.proof, care=made.care)
    return tmp_path


def answers(path: Path) -> np.ndarray:
    return evaluate(Netlist.read(path).to_graph(), ALL)


def test_it_is_used_unasked_and_the_same_on_every_valid_input(build: Path) -> None:
    plain, made = answers(build / "plain.json"), answers(build / "mapped.json")
    assert np.array_equal(plain[VALID], made[VALID])
    assert (plain != made).any()
    sizes = [len(Netlist.read(build / f"{name}.json").cells) for name in ("plain", "mapped")]
    assert sizes[1] < sizes[0]
    value = read_json(build / "mapped.json")
    assert (value["proof"], value["care"]) == (PROOF, ENCODER.care())


def test_the_link_says_on_which_inputs(build: Path) -> None:
    link = check_graphs(build)
    assert link.verdict == PROVED
    assert check_of(link, "flat graph == mapped").method.startswith("SAT on valid inputs only (th")
    valid = check_of(link, "encoder gives valid inputs only")
    assert (valid.verdict, valid.method) == (EXHAUSTIVE, "8 codes of its features")
    assert "net.npz" in files(build)
    value = finish(build, link, {})
    said = "melted == simplified == mapped, on valid inputs only (thermometer)"
    assert value["between"] == said


@pytest.mark.parametrize("stays", [True, False])
def test_what_our_solver_does_not_decide_abc_does(
    build: Path, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    """Behind logic that makes inputs valid, if that leaves valid ones as they are."""
    monkeypatch.setattr(graphs, "equal_on", lambda *_: None)
    if not stays:
        monkeypatch.setattr(assumed, "valid_inputs", lambda b, inputs, _: [b.true, *inputs[1:]])
    check = check_of(check_graphs(build), "flat graph == mapped")
    assert check.verdict == (PROVED if stays else UNDECIDED)
    assert "on valid inputs only (thermometer)" in check.method
    assert check.method.startswith("SAT sweeping of the miter" if stays else "SAT on")


def test_cells_are_called_activations_on_valid_inputs(build: Path) -> None:
    """More of them are found than are that on every input; the link looks at valid inputs too."""
    sections, made = read_aiger(build / "sections.aig"), Netlist.read(build / "mapped.json")
    value = read_json(build / "mapped.json")
    named, few = (name_activations(made, sections, groups=groups) for groups in (GROUPS, ()))
    count, fewer = (sum(cell.name is not None for cell in one.cells) for one in (named, few))
    assert count > fewer
    for proof, verdict in ((PROOF, PROVED), ("proved", FAILED)):
        named.write(build / "mapped.json", proof=proof, care=value["care"])
        assert check_of(check_graphs(build), "called activations").verdict == verdict
    wrong = [replace(cell, name=None) for cell in few.cells]
    wrong[-1] = replace(wrong[-1], name="made[0]")
    few.with_cells(wrong).write(build / "mapped.json", proof=PROOF, care=value["care"])
    assert check_of(check_graphs(build), "called activations").verdict == FAILED


def changed_row(build: Path, valid: bool) -> None:
    """A multiplexer before the first answer turns it on one input, valid or not."""
    at = int(np.flatnonzero(valid == VALID)[5])
    mapped, value = Netlist.read(build / "mapped.json"), read_json(build / "mapped.json")
    rows = [int(bit) for bit in ALL[at]]
    low = Cell(1 << sum(bit << k for k, bit in enumerate(rows[:4])), (0, 1, 2, 3))
    high = Cell(1 << 3 - sum((1 - bit) << k for k, bit in enumerate(rows[4:])), (4, 5))
    first = mapped.n_inputs + len(mapped.cells)
    name, end = mapped.outputs[0]
    turned = Cell(0b01111000, (first, first + 1, end))
    made = replace(
        mapped.with_cells([*mapped.cells, low, high, turned]),
        outputs=((name, first + 2), *mapped.outputs[1:]),
    )
    made.write(build / "mapped.json", proof=value["proof"], care=value["care"])
    wrong = np.flatnonzero((answers(build / "mapped.json") != made_before(mapped)).any(axis=1))
    assert wrong.tolist() == [at]


def made_before(mapped: Netlist) -> np.ndarray:
    return evaluate(mapped.to_graph(), ALL)


def test_a_netlist_that_differs_on_one_valid_input_wrong(build: Path) -> None:
    changed_row(build, valid=True)
    assert check_of(check_graphs(build), "flat graph == mapped").verdict == FAILED


def test_one_that_differs_on_an_input_that_is_not_valid_is_accepted(build: Path) -> None:
    changed_row(build, valid=False)
    link = check_graphs(build)
    assert link.verdict == PROVED
    assert link.where == "on valid inputs only (thermometer)"
    # But not where it says that it is equal on all inputs.
    edit(build / "mapped.json", lambda value: value | {"proof": "proved", "care": None})
    assert check_of(check_graphs(build), "flat graph == mapped").verdict == FAILED


DESCENDING = {"kind": "thermometer", "groups": [[2, 1, 0], [3, 4, 5]]}
CROSSED = {"kind": "thermometer", "groups": [[0, 1, 3], [2, 4, 5]]}
ONE_HOT = {"kind": "onehot", "groups": [[0, 1, 2], [3, 4, 5]]}


@pytest.mark.parametrize(
    ("care", "said"),
    [
        (DESCENDING, "care set used in part: 1 of 2 groups are not shown to hold: feature 0 has"),
        (CROSSED, "care set not used: 2 of 2 groups are not shown to hold: bits 0 to 3 are of sev"),
        (ONE_HOT, "care set not used: 2 of 2 groups are not shown to hold: feature 0 has the code"),
    ],
    ids=["descending", "crossed", "overlapping"],
)
def test_a_care_set_that_the_encoder_breaks_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], care: dict[str, Any], said: str
) -> None:
    build = write_build(tmp_path, network(care=care))
    before = answers(build / "mapped.json")
    made = used(build)
    assert said in capsys.readouterr().err
    assert np.array_equal(evaluate(made.netlist.to_graph(), ALL)[VALID], before[VALID])
    kept = care | {"groups": [[3, 4, 5]]} if care is DESCENDING else None
    assert made.care in (kept, None)
    # Asked for, it is used all the same, and the link says that nobody has shown it.
    forced = used(build, asked=True)
    assert forced.care == care
    forced.netlist.write(build / "mapped.json", proof=forced.proof, care=forced.care)
    link = check_graphs(build)
    valid = check_of(link, "encoder gives valid inputs only")
    assert (link.verdict, valid.verdict, valid.decides) == (PROVED, NOT_RUN, False)
    assert valid.method.startswith("assumed, not shown: ")
    assert link.where.startswith("on valid inputs only (")


def test_without_an_encoder_it_is_used_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = write_build(tmp_path, network(None, care=ENCODER.care()))
    assert used(build).care is None
    said = "care set not used: nothing says how its inputs are encoded (meta.encoder)"
    assert said in capsys.readouterr().err
    assert used(build, asked=True).proof == PROOF
    assert used(build, asked=False) == Used(Netlist.read(build / "mapped.json"))
    (build / "net.npz").unlink()
    assert used(build).care is None
    assert "net.npz says how its inputs are encoded" in capsys.readouterr().err


def test_without_a_care_set_it_cannot_be_asked_for_wrong(tmp_path: Path) -> None:
    build = write_build(tmp_path, network(None))
    with pytest.raises(SmeltError, match=r"graph\.json names no care set, so every input is"):
        used(build, asked=True)
    assert used(build) == Used(Netlist.read(build / "mapped.json"))


def test_behind_an_encoder_on_the_chip_signals_count_on_all_inputs(tmp_path: Path) -> None:
    """Bits of one integer compared with ascending numbers are a thermometer by themselves."""
    nodes = network().nodes
    words = Words("sensed", ("x",), i32([0] * 3 + [3] * 3), i8([3] * 6), i8([0] * 6))
    code = Levels("code", ("sensed",), i32([[2], [4], [6]] * 2), i8([[0, 1]] * 6))
    first = replace(nodes[0], inputs=("code",))
    net = replace(network(None), nodes=(words, code, first, *nodes[1:]))
    build = write_build(tmp_path, net)
    before = Netlist.read(build / "mapped.json")
    made = used(build)
    assert (made.proof, made.care) == ("proved", None)
    assert len(made.netlist.cells) < len(before.cells)
    assert np.array_equal(evaluate(made.netlist.to_graph(), ALL), answers(build / "mapped.json"))


def test_another_networks_care_set_is_not_used(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = load(build / "net.npz")
    save(replace(net, meta=net.meta | {"care": DESCENDING}), build / "net.npz")
    (build / "plain.json").replace(build / "mapped.json")
    assert used(build).care is None
    assert "net.npz has another care set: of another network" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("care", "said"),
    [
        (DESCENDING, "mapped.json assumes what the care set of graph.json does not say"),
        ({"kind": "thermometer"}, "mapped.json: its care set is damaged ("),
        (7, "mapped.json: its care set is damaged ("),
    ],
)
def test_a_netlist_that_assumes_more_wrong(build: Path, care: Any, said: str) -> None:
    edit(build / "mapped.json", lambda value: value | {"care": care})
    check = check_of(check_graphs(build), "flat graph == mapped")
    assert check.verdict == FAILED
    assert said in check.fault


def test_codes_of_one_feature_alone_are_used(tmp_path: Path) -> None:
    """The other feature's bits are those of a number."""
    encoder = Encoder((ENCODER.codes[0], Code("binary", tuple(np.arange(0.5, 7)))))
    build = write_build(tmp_path, network(encoder, care=encoder.care()))
    before = answers(build / "mapped.json")
    made = used(build)
    assert made.care in ({"kind": "thermometer", "groups": [[0, 1, 2]]}, None)
    after = evaluate(made.netlist.to_graph(), ALL)
    assert np.array_equal(after[ORDERED], before[ORDERED])
