"""What the client does with a board that computes by tables, build folder and all."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from boards.__main__ import parser
from boards.build.core import load_core
from boards.host import client, session
from gen.console import main
from gen.data.encode import Code, Encoder
from gen.data.own.columns import Column, Columns
from gen.files import write_json
from gen.intnet.files import save
from gen.intnet.network import Linear
from gen.logic.aiger import write_aiger
from gen.map.netlist import Cell, Netlist
from hw.link import FIRST, GENERATE, IDENTIFY, INFER, QUIET, SELF_TEST, identity
from hw.shape import CoreShape
from hw.signature import advance, fold
from tests.boards.host.ports import Port
from tests.gen.ask.nets import random_net
from tests.gen.intnet.nets import small
from tests.sim.builds import build_core
from tests.sim.netlists import random_inputs, random_netlist, truth_table

NETLIST = random_netlist(seed=51, n_in=13)
WORDS = random_inputs(NETLIST, 40, 9)
ANSWERS = [truth_table(NETLIST, x) for x in WORDS]
RESET = 12


def build(folder: Path, **core_json) -> Path:
    """A build folder of the netlist, with a test set of its 40 words."""
    build_core(folder, NETLIST, WORDS, n_test=len(WORDS))
    write_aiger(NETLIST.to_graph(), folder / "graph.aig")
    sidecar = {"format": "smelt-graph-1", "registers": []}
    (folder / "graph.json").write_text(json.dumps(sidecar))
    save(small(), folder / "net.npz")
    core = json.loads((folder / "core.json").read_text())
    (folder / "core.json").write_text(json.dumps(core | core_json))
    return folder


def board(shape: CoreShape, digest: bytes, wrong: int = 0, own_clock: bool = False):
    """What a board with the netlist replies to each frame; `wrong` spoils its answers' bits."""
    due = 0

    def compute(x: int) -> int:
        return truth_table(NETLIST, x) ^ wrong

    def reply(frame: bytes) -> bytes | None:
        nonlocal due
        kind, payload = frame[0] & 0xC0, int.from_bytes(frame[1:], "little")
        if kind == IDENTIFY:
            return frame[:1] + identity(shape, digest, 12000, 104, own_clock)
        if kind == SELF_TEST:
            signature = 0
            for _ in range(16 ** (frame[0] & 7)):
                signature = fold(signature, compute(shape.unpack(payload)), 32)
                payload = advance(payload, 8 * shape.payload_bytes)
            ticks = (3000).to_bytes(4, "little") if own_clock else b""
            return frame[:1] + signature.to_bytes(4, "little") + ticks
        assert kind == INFER
        number = frame[0] >> 2 & 15
        assert number == (0 if frame[0] & FIRST else due)
        due = (number + 1) % 16
        x = shape.unpack(payload) | (0 if shape.reset is None else (frame[0] & FIRST) << RESET)
        answer = compute(x).to_bytes(shape.answer_bytes, "little")
        return None if frame[0] & QUIET else frame[:1] + answer

    return reply


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs `boards talk` against a board, by default with this build's core; its JSON."""

    def run(*words: str, folder: Path | None = None, self_test: bool = True, **options):
        place = folder or build(tmp_path / "build")
        core = load_core(place / "core.v")
        digest, plain = options.pop("digest", core.digest), options.pop("plain", False)
        port = Port(board(core.shape(self_test), digest, **options))
        monkeypatch.setattr(session, "open_port", lambda *_: port)
        words = (*words, *["--json"] * (not plain))
        status = main(parser(), ["talk", "--build", str(place), *words])
        said = capsys.readouterr()
        run.frames = port.seen
        return said if plain else json.loads(said.out) if status == 0 else said.err

    return run


def test_identify(talk) -> None:
    said = talk("identify")
    # One of the 13 inputs reaches no output.
    assert (said["recipe"], said["inputs"], said["outputs"]) == ("test", 12, 17)
    assert (said["clock_khz"], said["divisor"], said["self_test"]) == (12000, 104, True)


def test_another_network_wrong(talk) -> None:
    said = talk("identify", digest=b"\xab" * 8)
    assert "the board holds another network (digest ababababab," in said


@pytest.mark.parametrize("self_test", [True, False])
def test_accuracy_over_the_test_set(talk, self_test: bool) -> None:
    said = talk("accuracy", self_test=self_test)
    right = sum(answer & 3 == 0 for answer in ANSWERS)
    assert (said["rows"], said["right"], said["equal_to_pytorch"]) == (40, right, 40)
    assert said["accuracy"] == right / 40
    assert talk("accuracy", "--limit", "7")["rows"] == 7


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["accuracy", "--limit", "-3"], "-3 is less than 1"),
        (["--timeout", "-1", "identify"], "-1 is no time to wait"),
        (["--timeout", "nan", "identify"], "nan is no time to wait"),
        (["--baud", "0", "identify"], "0 is less than 1"),
    ],
)
def test_numbers_wrong(talk, words: list[str], why: str, capsys) -> None:
    with pytest.raises(SystemExit):
        talk(*words)
    assert why in capsys.readouterr().err


def test_answers_that_differ_wrong(talk) -> None:
    said = talk("accuracy", wrong=1 << 9)
    assert "40 of 40 answers are not PyTorch's: the chip computes wrong" in said


def test_json_after_the_action(talk) -> None:
    assert talk("identify", "--json") == talk("identify")


def test_classify_a_row_names_class_and_scores(talk) -> None:
    said = talk("classify", "--row", "3")
    bits = f"{ANSWERS[3]:017b}"[::-1]
    scores = []
    for at in (2, 7, 12):
        value = int(bits[at : at + 5][::-1], 2)
        scores.append(value - 32 if value > 15 else value)
    index = ANSWERS[3] & 3
    assert said == {
        "row": 3,
        "label": "a",
        "class": "ab"[index] if index < 2 else str(index),
        "scores": scores,
    }


# A symbol of two bits and a state of two make the next state, which is the class. On its own class
# it counts to 4. Inputs are x, reset and the state.
CELLS = (
    Cell(0b0010, (3, 2)),
    Cell(0b0010, (4, 2)),
    Cell(0b0001, (0, 5)),
    Cell(0b01101010, (0, 1, 6)),
)
GENERATING = Netlist(
    ("x[0]", "x[1]", "reset", "h[0]", "h[1]"),
    (("class.0", 7), ("class.1", 8), ("h.next[0]", 7), ("h.next[1]", 8)),
    CELLS,
    registers=(("h[0]", "h.next[0]", 0), ("h[1]", "h.next[1]", 0)),
    feedback=("x[0]", "x[1]"),
)


def step(symbol: int, state: int, first: bool) -> int:
    """The class, which is the next state, by table look-up."""
    return truth_table(GENERATING, symbol | first << 2 | state << 3) & 3


def written(prefix: list[int], count: int) -> list[int]:
    """The class after a prefix, and after `count` more steps on the class before."""
    made: list[int] = []
    for at in range(len(prefix) + count):
        symbol = prefix[at] if at < len(prefix) else made[-1]
        made.append(step(symbol, made[-1] if made else 0, at == 0))
    return made[len(prefix) - 1 :]


@pytest.fixture
def generating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs `boards talk` against a board that can generate; its JSON."""
    folder = tmp_path / "generating"
    build_core(folder, GENERATING, [0], [0])
    write_aiger(GENERATING.to_graph(), folder / "graph.aig")
    sidecar = {"format": "smelt-graph-1", "registers": [list(r) for r in GENERATING.registers]}
    (folder / "graph.json").write_text(json.dumps(sidecar))
    nodes = list(small().nodes)
    nodes[2] = Linear("score", ("layer1",), np.ones((4, 2), np.int8), np.zeros(4, np.int32))
    meta = {"classes": [".", "a", "b", "c"], "boundary": 0}
    net = replace(small(), nodes=tuple(nodes), meta=meta)
    save(net, folder / "net.npz")
    core = load_core(folder / "core.v")

    def run(*words: str, wrong: int = 0, lost: Sequence[int] = ()):
        shape, state, calls = core.shape(), 0, 0

        def reply(frame: bytes) -> bytes | None:
            nonlocal state, calls
            if frame[0] == IDENTIFY:
                return frame[:1] + identity(shape, core.digest, 12000, 104, False)
            calls += 1
            if frame[0] & 0xE0 == GENERATE:
                made = bytearray()
                for _ in range((frame[0] & 31) + 1):
                    state = step(state, state, False)
                    made.append(state ^ wrong)
                return None if calls in lost else frame[:1] + bytes(made)
            x = shape.unpack(int.from_bytes(frame[1:], "little"))
            state = step(x, state, bool(frame[0] & FIRST))
            return None if frame[0] & QUIET or calls in lost else frame[:1] + bytes([state])

        port = Port(reply)
        monkeypatch.setattr(session, "open_port", lambda *_: port)
        timeout = ["--timeout", "0.2"] if lost else []
        status = main(parser(), ["talk", "--json", "--build", str(folder), *timeout, *words])
        said = capsys.readouterr()
        run.frames = port.seen
        return json.loads(said.out) if status == 0 else said.err

    return run


@pytest.mark.parametrize("words", [[], ["--row", "0", "--picture", "a.png"]])
def test_classify_what_wrong(talk, words: list[str]) -> None:
    assert "classify takes one of --row N, --picture FILE and --rows FILE" in talk(
        "classify", *words
    )


def test_row_that_is_not_there_wrong(talk) -> None:
    assert "row 40: the test set has rows 0 to 39" in talk("classify", "--row", "40")


def test_a_sequence_is_one_transfer_of_quiet_steps(talk, tmp_path: Path) -> None:
    folder = build(tmp_path / "build", reset=RESET)
    with np.load(folder / "vectors.npz") as file:
        arrays = dict(file)
    inputs = [x & ~(1 << RESET) | (row % 8 == 0) << RESET for row, x in enumerate(WORDS)]
    arrays["inputs"] = np.array([[x & 255, x >> 8] for x in inputs], np.uint8)
    answers = [truth_table(NETLIST, x).to_bytes(3, "little") for x in inputs]
    arrays["outputs"] = np.array([list(answer) for answer in answers], np.uint8)
    np.savez(folder / "vectors.npz", **arrays, steps=8)
    said = talk("classify", "--row", "2", folder=folder)
    assert said["row"] == 2
    steps = [frame[0] for frame in talk.frames if frame[0] & 0xC0 == INFER]
    assert steps == [
        INFER | number << 2 | QUIET * (number < 7) | FIRST * (number == 0) for number in range(8)
    ]
    assert talk("accuracy", "--limit", "2", folder=folder)["rows"] == 16
    assert "row 5: the test set has rows 0 to 4" in talk("classify", "--row", "5", folder=folder)


def test_self_test_compares_with_the_logic(talk) -> None:
    said = talk("self-test", "--log16", "2")
    assert (said["vectors"], said["link_clock_cycles"]) == (256, 256)
    assert said["core_vectors_per_second"] == 12_000_000
    other = talk("self-test", "--log16", "2", "--seed", "9")
    assert other["signature"] != said["signature"]


@pytest.mark.parametrize(("seconds", "log16"), [(1e-9, 3), (0.005, 2), (1.0, 0)])
def test_no_more_vectors_than_the_device_does_in_seconds(
    talk, monkeypatch: pytest.MonkeyPatch, seconds: float, log16: int
) -> None:
    """Of devices that take so many seconds a vector; a test of 2 seconds or less goes on."""

    def self_test(device, first: int, log16: int, expected_seconds: float = 0) -> client.Tested:
        count, signature, payload = 16**log16, 0, first
        for _ in range(count):
            answer = truth_table(NETLIST, device.shape.unpack(payload))
            signature = fold(signature, answer, 32)
            payload = advance(payload, 8 * device.shape.payload_bytes)
        return client.Tested(signature, None, seconds * count)

    monkeypatch.setattr(client.Device, "self_test", self_test)
    # 65,536 vectors one by one would take the test a minute.
    monkeypatch.setattr(session, "USUAL_LOG16", 3)
    assert talk("self-test")["vectors"] == 16**log16


def test_self_test_of_a_wrong_chip_wrong(talk) -> None:
    assert "the chip computes wrong; try a slower clock" in talk(
        "self-test", "--log16", "1", wrong=1 << 16
    )


@pytest.mark.parametrize("action", ["self-test", "throughput"])
def test_design_without_a_self_test_wrong(talk, action: str) -> None:
    assert "this design was built without a self-test" in talk(action, self_test=False)


def test_generate_after_a_start(generating) -> None:
    said = generating("generate", "--start", "ca", "--steps", "40")
    made = written([0, 3, 1], 40)
    assert made[:6] == [2, 3, 0, 1, 2, 3]
    text = "".join(".abc"[one] for one in made)
    ends = text.index(".") if "." in text else len(text)
    assert said == {
        "text": "ca" + text[:ends],
        "symbols": text,
        "result": "equal to the evaluator's",
    }
    heads = [frame[0] for frame in generating.frames]
    assert heads[-5:] == [
        INFER | QUIET | FIRST, INFER | 1 << 2 | QUIET, INFER | 2 << 2, GENERATE | 31, GENERATE | 7
    ]  # fmt: skip


def test_generate_begins_anew_where_an_answer_is_lost(generating) -> None:
    """Asked again, the board would go on from where it then is."""
    said = generating("generate", "--start", "a", "--steps", "5", lost=[2, 5])
    assert said["symbols"] == "".join(".abc"[one] for one in written([0, 1], 5))
    heads = [frame[0] & 0xE0 for frame in generating.frames if frame[0]]
    assert heads == [*[INFER] * 4, GENERATE, INFER, INFER, GENERATE]


def test_generate_of_a_wrong_chip_wrong(generating) -> None:
    assert "the logic writes" in generating("generate", "--steps", "9", wrong=1)


def test_generate_wrong(generating, talk) -> None:
    assert "start 'ax': 'x' is no class; there are . a b c" in generating(
        "generate", "--start", "ax"
    )
    assert "test cannot generate: nothing says that its class is what its next step reads" in (
        talk("generate")
    )


def test_throughput(talk) -> None:
    said = talk("throughput", "--log16", "1")
    assert (said["vectors"], said["core_vectors_per_second"]) == (16, 12_000_000)
    assert said["link_vectors_per_second"] > 0
    # 16 vectors in 3000 cycles of the link's clock at 12 MHz.
    assert talk("throughput", "--log16", "1", own_clock=True)["core_vectors_per_second"] == 64_000


def test_core_that_takes_its_time_is_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build(tmp_path / "build", interval=5000)
    core = load_core(folder / "core.v")
    for own_clock, cycles in ((False, 5000), (True, 3000)):
        port = Port(board(core.shape(), core.digest, own_clock=own_clock))
        monkeypatch.setattr(session, "open_port", lambda *_, port=port: port)
        found = session.Session.open(folder, None, 115200, 1)
        # Ten bits of 104 cycles are a byte.
        assert found.device.at_work == -(-cycles // 1040)


def table_of_words(folder: Path) -> Path:
    """A table of which each row is one of the 40 words, a column a bit, in another order; its build
    knows the columns."""
    columns = Columns(tuple(Column(f"in {at}") for at in range(13)), "kind")
    encoder = Encoder(tuple(Code("threshold", (0.5,)) for _ in range(13)))
    net = random_net(1, 13, 4, 2)
    net.meta.update(encoder=encoder.to_dict(), columns=columns.to_dict(), classes=["a", "b"])
    save(net, folder / "net.npz")
    names = [f"in {at}" for at in reversed(range(13))]
    rows = [[str(x >> at & 1) for at in reversed(range(13))] for x in WORDS]
    text = "\n".join(",".join(row) for row in [[*names, "kind"], *([*row, "a"] for row in rows)])
    (folder / "rows.csv").write_text(text)
    return folder / "rows.csv"


def test_classify_rows_of_a_table(talk, tmp_path: Path) -> None:
    folder = build(tmp_path / "build")
    rows = table_of_words(folder)
    said = talk("classify", "--rows", str(rows), folder=folder)
    classes = [answer & 3 for answer in ANSWERS]
    assert said["class"] == ["ab"[one] if one < 2 else str(one) for one in classes]
    assert (said["rows"], said["right"]) == (40, classes.count(0))
    assert [len(one) for one in said["scores"]] == [3] * 40
    plain = talk("classify", "--rows", str(rows), folder=folder, plain=True)
    right = classes.count(0)
    assert plain.err == f"{right} of 40 rows have the class that they are labelled with\n"
    lines = [line.split("\t") for line in plain.out.splitlines()]
    scores = [list(map(str, one)) for one in said["scores"]]
    assert lines == [[name, *row] for name, row in zip(said["class"], scores, strict=True)]
    rows.write_text(rows.read_text().replace("in 3,", "in three,"))
    said = talk("classify", "--rows", str(rows), folder=folder)
    assert "rows.csv: no column 'in 3'; did you mean 'in " in said


def test_rows_that_are_no_valid_inputs_are_told(talk, tmp_path: Path) -> None:
    folder = build(tmp_path / "build")
    rows = table_of_words(folder)
    care = {"kind": "thermometer", "groups": [[3, 4]]}
    value = {"format": "smelt-mapped-1", "proof": "proved on valid inputs only (thermometer)"}
    write_json(folder / "mapped.json", value | {"care": care})
    wrong = sum(x >> 3 & 3 == 2 for x in WORDS)
    said = talk("classify", "--rows", str(rows), folder=folder, plain=True).err
    assert f"warning: {wrong} of 40 inputs are not valid; the logic is proved on valid inp" in said
    write_json(folder / "mapped.json", value | {"care": care, "proof": "proved"})
    assert "warning" not in talk("classify", "--rows", str(rows), folder=folder, plain=True).err
