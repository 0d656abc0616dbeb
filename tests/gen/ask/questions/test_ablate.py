"""Cuts against brute force: every input, every setting of what was cut, every set of elements."""

from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest

from gen.ask.evidence import case as evidence
from gen.ask.evidence import obligations
from gen.ask.evidence.answer import Answer, AnswerWrong
from gen.ask.evidence.judging import plain_word
from gen.ask.evidence.smaller_cuts import check_no_smaller
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import ANYWHERE, Conditions, Region
from gen.ask.network.cuts import Cut, became, cut_of, section_names, switched
from gen.ask.network.forward import interpreter
from gen.ask.network.names import AskError
from gen.ask.network.unroll import unrolled, unrolled_forward
from gen.ask.questions.ablate import ablate
from gen.ask.questions.smallest_cut import smallest_cut
from gen.ask.search.smallest import Found, smallest
from gen.intnet.constants import with_constants
from gen.intnet.files import load, save
from gen.intnet.interpret import interpret
from gen.intnet.network import Argmax, IntNet, Levels, Linear, Max, NetError, Table
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import melt
from tests.gen.ask.battery import Case, blocks, case
from tests.gen.ask.nets import logic_of, random_net, random_rnn, verified
from tests.gen.logic.graphs import every_input

UNITS, CLASSES = 5, 3
ROWS = every_input(6)
CLASS_BITS = [f"class={at}" for at in range(CLASSES)]


def held(values: dict[str, int], rows: np.ndarray) -> dict[str, np.ndarray]:
    """These bits, forced on every row."""
    return {name: np.full(len(rows), value, np.uint8) for name, value in values.items()}


def given_by(net: IntNet, values: dict[str, int], names: list[str]) -> np.ndarray:
    """What a network of six input bits gives on all of them, with these bits forced."""
    return interpreter(net)(ROWS, held(values, ROWS), names)


def said(one: Case, values: dict[str, int], names: list[str]) -> np.ndarray:
    """What the network itself gives on every input that counts, with these bits forced."""
    return one.said(names, held(values, one.rows))


def drawn_cut(one: Case) -> Cut:
    count = len(one.logic.names.elements("layer1"))
    elements = [f"layer1[{at}]" for at in np.flatnonzero(one.rng.random(count) < 0.4)]
    return cut_of(one.logic, elements or ["layer1[0]"], (0, 1, None)[one.rng.integers(3)])


@blocks()
def test_what_remains_is_what_all_inputs_say(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        cut, killed = drawn_cut(one), one.labels[seed % one.net.n_classes]
        answer = ablate(one.logic, cut, [killed], one.given, certify=seed % 10 == 0)
        settings = [
            dict(zip(cut.bits, values, strict=True))
            for values in product((0, 1), repeat=len(cut.bits))
        ]
        after = [cut.values] if cut.to is not None else settings
        shown = any(said(one, values, [killed]).any() for values in after)
        assert said_of(answer) == ("alive" if shown else "killed")
        check_claims(one, answer, settings, after)
        one.verify(answer)


def said_of(answer: Answer) -> str:
    """The verdict, whether or not all of it was checked."""
    return answer.verdict.partition(",")[0]


def check_claims(one: Case, answer: Answer, settings: list[dict], after: list[dict]) -> None:
    """Every claim about a kept output, by listing all settings of what was cut."""
    claims = {said["claim"]: plain_word(said["verdict"]) for said in answer.details["claims"]}
    for claim, verdict in claims.items():
        assert verdict != "undecided"
        name = claim.split()[0]
        if "never depends" in claim:
            found = {said(one, values, [name]).tobytes() for values in [*settings, *after]}
            assert (len(found) == 1) == (verdict == "independent"), claim
        elif "under any setting" in claim:
            under = np.any([said(one, values, [name]) for values in settings], axis=0)
            only = np.all([said(one, values, [name]) for values in after], axis=0)
            assert (not (under & ~only.astype(bool)).any()) == (verdict == "independent"), claim
    kept = set(one.labels) - set(answer.question["kill"])
    assert kept <= {claim.split()[0] for claim in claims}


@blocks()
def test_the_written_network_is_the_cut_one(seeds: range) -> None:
    for seed in seeds:
        one = case(seed)
        net, logic, cut = one.net, one.logic, drawn_cut(one)
        if cut.to is None:
            cut = cut_of(logic, cut.elements, 1)
        made, rows = cut.network(net, "less"), every_input(len(logic.inputs))
        names = [*logic.activations, *one.labels]
        wanted = one.said(names, held(cut.values, rows), rows)
        np.testing.assert_array_equal(interpreter(made)(rows, {}, names), wanted)
        assert made.meta["cut"] == {"elements": list(cut.elements), "to": cut.to}
        graph = cut.graph(logic, logic.flat.output_names)
        np.testing.assert_array_equal(evaluate(flatten(melt(made)), rows), evaluate(graph, rows))


def brute_force(one: Case, killed: str, to: int, tolerance: float) -> int | None:
    """The size of a smallest set, by trying all of them on all inputs, or None."""
    names = list(one.logic.names.elements("layer1"))
    before = said(one, {}, one.labels)
    kept = before[:, one.labels.index(killed)] == 0
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            after = said(one, dict.fromkeys(chosen, to), one.labels)
            right = (after == before).all(axis=1)[kept]
            enough = right.mean() >= 1 - tolerance - 1e-9 if kept.any() else True
            if not after[:, one.labels.index(killed)].any() and enough:
                return size
    return None


@blocks()
def test_the_smallest_set_is_brute_forces(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = set()
    for seed in seeds:
        one = case(seed)
        monkeypatch.setattr(
            "gen.ask.network.capabilities.random_inputs", lambda *_, one=one: one.rows
        )
        killed, to = one.labels[seed % one.net.n_classes], seed // 2 % 2
        tolerance = (0.0, 0.1, 0.3, 1.0)[seed % 4]
        elements = cut_of(one.logic, ["layer1"]).elements
        region, clock = Region(one.logic, one.given), Budget().start()
        found = smallest(one.logic, elements, to, [killed], tolerance, region, clock)
        assert found.complete
        size = None if found.elements is None else len(found.elements)
        assert size == brute_force(one, killed, to, tolerance), seed
        assert size is None or found.least == size
        sizes.add(size)
        if size:
            check_smaller(one, found, elements, to, killed, tolerance)
    assert {None, 0, 1} <= sizes


def check_smaller(
    one: Case, found: Found, elements: tuple[str, ...], to: int, killed: str, tolerance: float
) -> None:
    """The evidence is taken, and is none without its inputs, unless all smaller sets cost much."""
    place = evidence.Case(one.logic, one.forward, one.given)
    asked = place, elements, to, [killed], found.least
    check_no_smaller(*asked, found.seen, tolerance)
    if not found.costly:
        with pytest.raises(AnswerWrong, match="no input shows"):
            check_no_smaller(*asked, found.seen[:0], 1.0)


def search(
    net: IntNet, killed: str, to: int = 0, tolerance: float = 1.0, budget: Budget | None = None
) -> Found:
    logic = logic_of(net)
    elements = cut_of(logic, ["layer1"]).elements
    region = Region(logic, ANYWHERE)
    clock = (budget or Budget()).start()
    return smallest(logic, elements, to, [killed], tolerance, region, clock)


def planted(units: int = 12, inputs: int = 9, at: int = 5) -> IntNet:
    """Random units for classes 0 and 1; class 2 is said only where unit `at` is 1."""
    rng = np.random.default_rng(4)
    first = rng.integers(-1, 2, (units, inputs)).astype(np.int8)
    last = np.zeros((3, units), np.int8)
    last[:2] = rng.integers(-1, 2, (2, units))
    last[:2, at] = 0
    last[2, at] = 100
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(units, np.int32)),
        Levels(
            "layer1",
            ("layer1.sum",),
            np.ones((units, 1), np.int32),
            np.tile(np.array([0, 1], np.int8), (units, 1)),
        ),
        Linear("score", ("layer1",), last, np.array([0, 0, -50], np.int32)),
        Argmax("class", ("score",)),
    )
    classes = ["yes", "no", "seven"]
    sections = {"seven": [f"layer1[{at}]"]}
    return IntNet(inputs, nodes, meta={"classes": classes, "sections": sections})


def test_a_behaviour_in_one_neuron_is_found_and_its_cut_is_clean() -> None:
    net = planted()
    logic = logic_of(net)
    assert search(net, "class=seven", tolerance=0.0) == Found(("layer1[5]",), 1, True, 2, 0)
    cut = cut_of(logic, section_names(net, "seven"))
    answer = ablate(logic, cut, ["class=seven"], certify=True)
    assert answer.verdict == "killed"
    assert {one["verdict"] for one in answer.details["claims"]} == {"killed", "independent"}
    assert answer.details["after"]["says"] == 0 < answer.details["before"]["says"]
    assert answer.details["after"]["rest"] == 1.0
    assert answer.details["ands"]["after"] < answer.details["ands"]["before"]
    assert verified(logic, answer)


def test_a_circuit_that_only_looks_like_one() -> None:
    """On what is measured the cut is enough; on an input that no data shows, it is not."""
    first = np.array([[1, 0, 0], [1, 1, 1]], np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(2, np.int32)),
        Levels(
            "layer1", ("layer1.sum",), np.array([[1], [3]], np.int32),
            np.array([[0, 1], [0, 1]], np.int8),
        ),
        Linear("score", ("layer1",), np.array([[0, 0], [1, 1]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )  # fmt: skip
    net = IntNet(3, nodes)
    logic = logic_of(net)
    answer = ablate(logic, cut_of(logic, ["layer1[0]"]), ["class=1"], ANYWHERE)
    assert answer.verdict == "alive"
    assert answer.details["claims"][0]["row"] == "111"
    assert search(net, "class=1").elements == ("layer1[0]", "layer1[1]")
    calm = Conditions(fixed={"x[2]": 0}, codes=False)
    under = ablate(logic, cut_of(logic, ["layer1[0]"]), ["class=1"], calm)
    assert under.verdict == "killed"
    (claim, *_) = (one["claim"] for one in under.details["claims"])
    assert claim == "after the cut, class=1 on no input that counts"


def test_the_care_set_counts_unless_any_code_is_asked_for() -> None:
    first = np.array([[-1, 1]], np.int8)
    nodes = (
        Linear("layer1.sum", ("x",), first, np.zeros(1, np.int32)),
        Levels(
            "layer1",
            ("layer1.sum",),
            np.array([[1]], np.int32),
            np.array([[0, 1]], np.int8),
        ),
        Linear("score", ("layer1",), np.array([[0], [1]], np.int8), np.zeros(2, np.int32)),
        Argmax("class", ("score",)),
    )
    net = IntNet(2, nodes, meta={"care": {"kind": "thermometer", "groups": [[0, 1]]}})
    logic = logic_of(net)
    region = Region(logic, Conditions())
    clock = Budget().start()
    assert smallest(logic, ["layer1[0]"], 0, ["class=1"], 0, region, clock).elements == ()
    anywhere = Region(logic, ANYWHERE)
    assert smallest(logic, ["layer1[0]"], 0, ["class=1"], 0, anywhere, clock).elements == (
        "layer1[0]",
    )


def test_a_switched_graph_is_every_cut_at_once() -> None:
    net = random_net(8)
    logic = logic_of(net)
    elements = [f"layer1[{at}]" for at in range(UNITS)]
    for to in (0, 1):
        graph = switched(logic, elements, to, CLASS_BITS)
        for switches in product((0, 1), repeat=UNITS):
            chosen = [name for name, on in zip(elements, switches, strict=True) if on]
            given = np.concatenate([ROWS, np.tile(switches, (len(ROWS), 1))], axis=1)
            expected = given_by(net, dict.fromkeys(chosen, to), CLASS_BITS)
            np.testing.assert_array_equal(evaluate(graph, given), expected)


def test_one_step_of_several_is_cut() -> None:
    net = random_rnn(5)
    logic = logic_of(net)
    steps = unrolled(logic, 2)
    forward = unrolled_forward(logic, interpreter(net), 2)
    rows = np.array(list(product((0, 1), repeat=len(steps.inputs))), np.uint8)
    cut = cut_of(steps, ["layer1[0]@0", "layer1[1]@0"], 1)
    assert cut.bits == ("layer1[0]@0", "layer1[1]@0")
    killed = steps.flat.output_names[-1]
    answer = ablate(steps, cut, [killed], ANYWHERE)
    forced = {name: np.ones(len(rows), np.uint8) for name in cut.bits}
    shown = forward(rows, forced, [killed]).any()
    assert said_of(answer) == ("alive" if shown else "killed")
    verified(steps, answer)
    with pytest.raises(AskError, match="layer1.0.@0 is of one step"):
        cut.network(net)


def coded_net(seed: int) -> IntNet:
    """Truth tables, then two-bit codes, signed or not."""
    rng = np.random.default_rng(seed)
    signed = bool(seed % 2)
    low, high = (-2, 2) if signed else (0, 4)
    first = rng.integers(-1, 2, (3, 4)).astype(np.int8)
    codes = rng.integers(low, high, (3, 4)).astype(np.int8)
    edges = np.sort(rng.integers(-2, 4, (3, 3)), axis=1).astype(np.int32)
    wiring = rng.integers(0, 6, (4, 3)).astype(np.int32)
    last = rng.integers(-2, 3, (3, 3)).astype(np.int8)
    last[0, ~last.any(axis=0)] = first[0, ~first.any(axis=0)] = 1
    nodes = (
        Table("gates", ("x",), wiring, rng.integers(0, 2, (4, 8)).astype(np.int8)),
        Linear("layer2.sum", ("gates",), first, np.zeros(3, np.int32)),
        Levels("layer2", ("layer2.sum",), edges, codes, bits=2, signed=signed),
        Linear("score", ("layer2",), last, np.zeros(3, np.int32)),
        Argmax("class", ("score",)),
    )
    return IntNet(6, nodes)


@pytest.mark.parametrize("to", [0, 1])
def test_codes_of_several_bits_and_tables_are_cut_by_the_bit(to: int) -> None:
    for seed in range(20):
        net = coded_net(seed)
        logic = logic_of(net)
        cut = cut_of(logic, ["gates[1]", "layer2[2]", "layer2[0].1"], to)
        assert cut.bits == ("gates[1]", "layer2[2].0", "layer2[2].1", "layer2[0].1")
        names = [*logic.activations, *CLASS_BITS]
        expected = given_by(net, cut.values, names)
        np.testing.assert_array_equal(given_by(cut.network(net), {}, names), expected)
        answer = ablate(logic, cut, ["class=1"], ANYWHERE)
        assert answer.verdict == ("alive" if expected[:, -2].any() else "killed")
        verified(logic, answer)


def test_what_simplification_found_is_said() -> None:
    net = random_net(0)
    codes = net.nodes[1].codes.copy()
    codes[0] = 1
    nodes = (net.nodes[0], Levels("layer1", ("layer1.sum",), net.nodes[1].edges, codes))
    net = IntNet(6, (*nodes, *net.nodes[2:]))
    logic = logic_of(net)
    assert became(logic, cut_of(logic, ["layer1[0]"])) == {"layer1[0]": "constant 1"}


def test_constants_in_tables_and_signed_codes(tmp_path: Path) -> None:
    wiring = np.array([[0, 1], [1, 2]], np.int32)
    tables = np.array([[0, 1, -2, -1], [1, 0, -1, 0]], np.int8)
    node = Table("gates", ("x",), wiring, tables, bits=2, signed=True, width=1)
    meta = {"recorded": {"inputs": ["05"], "scores": [[1, 0]], "labels": [0]}, "metrics": {"a": 1}}
    net = IntNet(
        3,
        (node, Linear("score", ("gates",), np.eye(2, dtype=np.int8), np.zeros(2, np.int32))),
        meta=meta,
    )
    made = with_constants(net, {("gates", 0, 1): 1}, "cut")
    assert made.nodes[0].tables.tolist() == [[-2, -1, -2, -1], tables[1].tolist()]
    rows = np.array([[1, 0, 1]], np.uint8)
    assert made.meta["recorded"]["scores"] == interpret(made, rows)["score"].tolist()
    assert made.meta["name"] == "cut"
    assert "metrics" not in made.meta
    save(made, tmp_path / "cut.npz")
    assert load(tmp_path / "cut.npz").meta == made.meta


def test_an_answer_about_another_network_is_refused() -> None:
    net, other = random_net(11), random_net(12)
    logic = logic_of(net)
    for name in CLASS_BITS:
        answer = ablate(logic, cut_of(logic, ["layer1[0]"]), [name], ANYWHERE, certify=True)
        verified(logic, answer)
        with pytest.raises(AskError):
            verified(logic_of(other), answer)


def test_a_witness_that_was_changed_is_refused() -> None:
    logic = logic_of(planted())
    answer = ablate(logic, cut_of(logic, ["layer1[5]"], None), ["class=seven"])
    claims = answer.details["claims"]
    assert (claims[0]["verdict"], claims[0]["values"]) == ("alive", ["1"])
    turned = [claims[0] | {"values": ["0"]}, *claims[1:]]
    with pytest.raises(AnswerWrong, match="does not confirm that class=seven is alive"):
        verified(logic, replace(answer, details=dict(answer.details) | {"claims": turned}))


def test_what_a_solver_proved_takes_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obligations, "LISTED", 0)
    logic = logic_of(planted())
    answer = ablate(logic, cut_of(logic, ["layer1[5]"]), ["class=2"], certify=True)
    assert answer.verdict == "killed"
    assert set(answer.certificates) <= {"gone class=2", "kept class=yes", "kept class=no"}
    assert answer.certificates
    verified(logic, answer)
    for key in answer.certificates:
        less = {name: one for name, one in answer.certificates.items() if name != key}
        with pytest.raises(AnswerWrong, match="nothing in the answer bears out"):
            verified(logic, replace(answer, certificates=less))
    bare = ablate(logic, cut_of(logic, ["layer1[5]"]), ["class=2"])
    assert bare.verdict == f"killed, {len(answer.certificates)} not checked"


WRONG = [
    ((["layer1[9]"],), "nothing is named 'layer1[9]'; did you mean layer1[4]"),
    ((["x[0]"],), "x[0]: x[0] is no activation; only activations can be cut"),
    ((["layer1.sum[0]"],), "layer1.sum[0] holds sums, not codes; activations are of layer1"),
    (([],), "nothing to cut; name activations, as layer1[3], or a section"),
    ((["layer1"], 2), "cut to 2: 0, 1 or free are known"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_a_cut_that_cannot_be(given: tuple, message: str) -> None:
    with pytest.raises(AskError) as error:
        cut_of(logic_of(random_net(1)), *given)
    assert message in str(error.value)


def test_what_nothing_reads_of_a_section_is_left_out() -> None:
    net = planted()
    unread = np.flatnonzero(~net.node("score").weight.any(axis=0)).tolist()  # type: ignore[attr-defined]
    names = [f"layer1[{at}]" for at in (5, unread[0])]
    net = replace(net, meta=net.meta | {"sections": {"seven": names}})
    assert section_names(net, "seven") == ["layer1[5]"]
    with pytest.raises(AskError, match="is not in the logic any more: nothing reads it"):
        cut_of(logic_of(net), names)


def test_wrong_questions() -> None:
    net = planted()
    logic = logic_of(net)
    cut = cut_of(logic, ["layer1[5]"])
    with pytest.raises(AskError, match="no section 'eight'; known are seven"):
        section_names(net, "eight")
    with pytest.raises(AskError, match="the network names none"):
        section_names(random_net(0), "seven")
    with pytest.raises(AskError, match="there is no such class; known are yes, no, seven"):
        ablate(logic, cut, ["class=8"])
    with pytest.raises(AskError, match=r"layer1\[5\] is no output: a behaviour is class=NAME"):
        ablate(logic, cut, ["layer1[5]"])
    with pytest.raises(AskError, match=r"score\[0\] is \d+ bits; a behaviour is one"):
        ablate(logic, cut, ["score[0]"])
    with pytest.raises(AskError, match="a budget of 0 seconds"):
        Budget(0)
    with pytest.raises(AskError, match="a tolerance of 3"):
        search(net, "class=seven", tolerance=3)
    with pytest.raises(AskError, match="give --to 0 or --to 1"):
        cut_of(logic, ["layer1[5]"], None).network(net)
    with pytest.raises(AskError, match="contradictory conditions"):
        ablate(logic, cut, [], Conditions(fixed={"x[0]": 1}).with_fixed({"x[0]": 0}))


def test_a_max_has_no_table() -> None:
    node = Max("top", ("x",), np.array([[0, 1], [1, 2]], np.int32))
    score = Linear("score", ("top",), np.eye(2, dtype=np.int8), np.zeros(2, np.int32))
    with pytest.raises(NetError, match="top is a max: it has no table"):
        with_constants(IntNet(3, (node, score)), {("top", 0, 0): 0})


def test_out_of_budget_is_said_and_nothing_assumed() -> None:
    net = planted(40, 30)
    found = search(net, "class=yes", tolerance=0.0, budget=Budget(0.01))
    assert not found.complete
    assert found.elements is None


def test_a_cut_that_costs_more_than_is_tolerated_wrong() -> None:
    """Found where any cost is allowed, it is no answer to a question that allows none."""
    for seed in (40, 42, 80):
        one = case(seed)
        killed = one.labels[seed % one.net.n_classes]
        answer = smallest_cut(one.logic, [killed], tolerance=1.0, conditions=one.given)
        one.verify(answer)
        assert answer.details["after"]["rest"] < answer.details["before"]["rest"] - 0.1
        asked = answer.question["search"] | {"tolerance": 0.1}
        forged = replace(answer, question=answer.question | {"search": asked})
        with pytest.raises(AnswerWrong, match=r"the cut leaves .* of the rest right"):
            one.verify(forged)
