"""The C header, compiled, against numpy's comparisons and the link's own frames."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.data.encode import Code, Encoder, EncoderError
from gen.data.own.columns import Column, Columns
from gen.data.sensors import Sensor, SensorEncoder
from gen.encoder_files import describe_encoder, write_encoder
from gen.intnet.network import Argmax, IntNet, Levels, Linear, State
from hw.frames import encode_frame
from hw.shape import CoreShape

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
CODES = (
    Code("thermometer", (-1.5, 0.1, 2.0)),
    Code("onehot", (0.25, 0.5)),
    Code("binary", (-3.0, -1.0, 0.0, 1.0, 1e-3 + 1)),
    Code("threshold", (0.3,)),
    Code("threshold", (0.5,)),
    Code("threshold", (0.5,)),
)
SENSORS = (
    Sensor(10, True, 0.02),
    Sensor(3),
    Sensor(16, True, -0.5, 3.0),
    Sensor(16),
    Sensor(1),
    Sensor(1),
)
NAMES = Columns(
    (Column("heart */ rate"), Column("/*b"), Column("c??/"), Column("@tables@"),
     Column("hand", ("l", "r"))),
    "label",
)  # fmt: skip
HOST, CHIP = Encoder(CODES, ((4, 5),)), SensorEncoder(CODES, ((4, 5),), SENSORS)
MAIN = """#include <stdio.h>
#include "encoder.h"
int main(void) {
    %s row[T_FEATURES];
    uint8_t frame[T_FRAME_BYTES];
    double value;
    unsigned step;
    while (scanf("%%u", &step) == 1) {
        for (int f = 0; f < T_FEATURES; f++) {
            if (scanf("%%lf", &value) != 1) return 1;
            row[f] = (%s)value;
        }
        size_t n = t_frame(row, step, frame);
        for (size_t k = 0; k < n; k++) printf("%%02x", frame[k]);
        printf("\\n");
    }
    return 0;
}
"""


def net_of(encoder: Encoder, steps: int = 1) -> IntNet:
    """A network of so many inputs; what it computes is of no matter here."""
    size = encoder.n_bits // steps
    meta = {"encoder": encoder.to_dict(), "columns": NAMES.to_dict(), "steps": steps}
    weight = np.ones((2, size), np.int8)
    if steps == 1:
        nodes = Linear("score", ("x",), weight, np.zeros(2, np.int32)), Argmax("class", ("score",))
        return IntNet(size, nodes, meta=meta)
    kept = Levels("kept", ("score",), np.zeros((2, 1), np.int32), np.array([[0, 1]] * 2, np.int8))
    total = Linear("score", ("x",), weight, np.zeros(2, np.int32))
    state = State("h", "kept", np.zeros(2, np.int8))
    return IntNet(size, (total, kept, Argmax("class", ("score",))), meta=meta, states=(state,))


def core_of(encoder: Encoder, steps: int = 1, without: tuple[int, ...] = ()) -> dict[str, Any]:
    """What core.json says of a core that does not read some inputs; `reset` comes after them."""
    width = encoder.n_bits // steps
    live = [at for at in range(width) if at not in without]
    reset = {"inputs": width + 1, "reset": width} if steps > 1 else {"inputs": width, "reset": None}
    return {"outputs": [["class", 1]], "live_inputs": live, "recipe": "t", **reset}


def from_c(folder: Path, rows: np.ndarray, steps: np.ndarray, kind: str) -> list[str]:
    """What the compiled header writes for rows, as hexadecimal."""
    (folder / "main.c").write_text(MAIN % (kind, kind), encoding="utf-8")
    compiler = os.environ.get("CC") or shutil.which("cc") or "cc"
    strict = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1")
    subprocess.run([compiler, *strict, "-o", "main", "main.c"], cwd=folder, check=True)
    lines = "".join(
        f"{step} {' '.join(map(repr, row))}\n"
        for step, row in zip(steps.tolist(), rows.tolist(), strict=True)
    )
    done = subprocess.run(
        [folder / "main"], input=lines, capture_output=True, text=True, check=True
    )
    return done.stdout.split("\n")[:-1]


def lines_of(core: dict[str, Any], bits: np.ndarray, steps: np.ndarray) -> list[str]:
    """What the link's own code sends for input bits."""
    shape = CoreShape.of(core["inputs"], [("class", 1)], core["live_inputs"], core["reset"])
    found = []
    for row, step in zip(bits, steps.tolist(), strict=True):
        x = int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")
        command = 0x40 | step % 16 << 2 | (step == 0)
        found.append(encode_frame(bytes([command]) + shape.pack(x)).hex())
    return found


def values(count: int, seed: int = 0) -> np.ndarray:
    """Features around the thresholds, many exactly on one."""
    rng = np.random.default_rng(seed)
    found = rng.normal(0, 2, (count, len(CODES)))
    for at, code in enumerate(CODES):
        on = rng.random(count) < 0.5
        found[on, at] = rng.choice(code.thresholds, int(on.sum()))
    found[:, 4:] = np.eye(2)[rng.integers(0, 2, count)]
    return found


def test_the_header_sends_what_numpy_and_the_link_do(tmp_path: Path) -> None:
    core, rows = core_of(HOST, without=(0, 3, 9)), values(400)
    assert write_encoder(net_of(HOST), core, tmp_path) == ["encoder.json", "encoder.h"]
    reached = [(rows[:, [at]] >= code.thresholds).sum(1) for at, code in enumerate(CODES)]
    parts = [
        rows[:, [0]] >= CODES[0].thresholds,
        reached[1][:, None] == np.arange(3),
        reached[2][:, None] >> np.arange(3) & 1,
        *(rows[:, [at]] >= CODES[at].thresholds for at in (3, 4, 5)),
    ]
    bits, steps = np.concatenate(parts, axis=1).astype(np.uint8), np.zeros(400, np.int64)
    assert from_c(tmp_path, rows, steps, "double") == lines_of(core, bits, steps)


def test_the_header_packs_integers_of_sensors(tmp_path: Path) -> None:
    core, rng = core_of(CHIP, without=(2, 11)), np.random.default_rng(1)
    write_encoder(net_of(CHIP), core, tmp_path)
    ends = np.array([[one.low, one.low + (1 << one.bits) - 1] for one in SENSORS])
    rows = np.concatenate([ends.T, rng.integers(ends[:, 0], ends[:, 1] + 1, (300, len(SENSORS)))])
    text = ["".join(f"{int(v) % (1 << one.bits):0{one.bits}b}"[::-1]
                    for v, one in zip(row, SENSORS, strict=True)) for row in rows]  # fmt: skip
    bits, steps = np.array([[int(bit) for bit in row] for row in text]), np.zeros(302, np.int64)
    wanted = lines_of(core, bits.astype(np.uint8), steps)
    assert from_c(tmp_path, rows.astype(float), steps, "int32_t") == wanted


def test_the_header_refuses_what_a_sensor_cannot_give(tmp_path: Path) -> None:
    write_encoder(net_of(CHIP), core_of(CHIP), tmp_path)
    rows, most = np.zeros((7, 6)), (1 << 31) - 1
    rows[np.arange(1, 7), [0, 0, 1, 2, 0, 0]] = [512, -513, -1, 40000, most, -most - 1]
    (plain, *refused) = from_c(tmp_path, rows, np.zeros(7, np.int64), "int32_t")
    assert plain
    assert refused == [""] * 6


def test_the_header_refuses_what_is_no_number(tmp_path: Path) -> None:
    write_encoder(net_of(HOST), core_of(HOST), tmp_path)
    rows = np.zeros((2, 6))
    rows[1, 3] = np.nan
    plain, refused = from_c(tmp_path, rows, np.zeros(2, np.int64), "double")
    assert plain
    assert not refused


def test_steps_of_a_sequence_have_their_own_thresholds_and_numbers(tmp_path: Path) -> None:
    made = Encoder(tuple(Code("thermometer", (at - 20.0, at / 2)) for at in range(18 * 2)))
    core, rng = core_of(made, 18), np.random.default_rng(2)
    write_encoder(net_of(made, 18), core, tmp_path)
    rows = rng.normal(5, 10, (18, 2))
    bits = np.stack([
        [rows[s, f] >= t for f in range(2) for t in (2 * s + f - 20.0, (2 * s + f) / 2)]
        for s in range(18)
    ])  # fmt: skip
    steps = np.arange(18)
    assert from_c(tmp_path, rows, steps, "double") == lines_of(core, bits.astype(np.uint8), steps)


@pytest.mark.parametrize("made", [HOST, CHIP], ids=["host", "chip"])
def test_the_python_of_the_page_does_the_same(
    made: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"^```python\n(import json.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    core, names = core_of(made, without=(1,)), dict[str, Any]()
    (tmp_path / "build" / "gestures").mkdir(parents=True)
    write_encoder(net_of(made), core, tmp_path / "build" / "gestures")
    monkeypatch.chdir(tmp_path)
    exec(block, names)
    rows = made.measured(abs(values(50)))
    wanted = lines_of(core, made.encode(rows), np.zeros(50, int))
    assert [names["frame"](row).hex() for row in rows.tolist()] == wanted


def test_names_and_places_are_told() -> None:
    value = describe_encoder(net_of(CHIP), core_of(CHIP, without=(0,)))
    assert [one["name"] for one in value["features"]] == [
        "heart */ rate", "/*b", "c??/", "@tables@", "hand=l", "hand=r",
    ]  # fmt: skip
    assert [one["first"] for one in value["features"]] == [0, 10, 13, 29, 45, 46]
    assert value["carried"] == [*range(1, 47)]


def test_a_frame_has_room_where_every_byte_is_escaped(tmp_path: Path) -> None:
    """Two features that are 126, 0x7e, each byte of which is sent as two."""
    made = Encoder((Code("binary", tuple(map(float, range(1, 256)))),) * 2)
    core = core_of(made)
    write_encoder(net_of_plain(made), core, tmp_path)
    rows = np.full((1, 2), 126.0)
    bits = np.array([[126 >> at & 1 for at in range(8)] * 2], np.uint8)
    (sent,) = from_c(tmp_path, rows, np.zeros(1, np.int64), "double")
    assert [sent] == lines_of(core, bits, np.zeros(1, np.int64))
    assert sent.count("7d5e") == 2
    header = (tmp_path / "encoder.h").read_text()
    payload = CoreShape.of(16, [("class", 1)]).payload_bytes
    assert f"#define T_PAYLOAD_BYTES {payload}\n" in header
    assert max(map(len, header.splitlines())) <= 100
    # A command, the payload, two bytes of check, each escaped; and the flag.
    assert "#define T_FRAME_BYTES (2 * (T_PAYLOAD_BYTES + 3) + 1)\n" in header


def net_of_plain(encoder: Encoder) -> IntNet:
    """As `net_of`, of columns without names."""
    net = net_of(encoder)
    del net.meta["columns"]
    return net


@pytest.mark.parametrize(
    ("recipe", "name"), [("3-way", "n_3_way"), ("--", "smelt"), ("Été 2", "t_2"), ("a", "a")]
)
def test_a_function_is_called_by_a_name_of_c(tmp_path: Path, recipe: str, name: str) -> None:
    write_encoder(net_of(HOST), core_of(HOST) | {"recipe": recipe}, tmp_path)
    text = (tmp_path / "encoder.h").read_text(encoding="utf-8")
    assert f"static inline size_t {name}_frame(const double *feature" in text
    (tmp_path / "main.c").write_text('#include "encoder.h"\nint main(void) { return 0; }\n')
    compiler = os.environ.get("CC") or shutil.which("cc") or "cc"
    strict = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only")
    subprocess.run([compiler, *strict, "main.c"], cwd=tmp_path, check=True)


def test_a_core_that_reads_nothing_has_a_header_that_compiles(tmp_path: Path) -> None:
    core = core_of(HOST, without=tuple(range(HOST.n_bits)))
    write_encoder(net_of(HOST), core, tmp_path)
    rows = values(3)
    wanted = lines_of(core, np.zeros((3, HOST.n_bits), np.uint8), np.zeros(3, np.int64))
    assert from_c(tmp_path, rows, np.zeros(3, np.int64), "double") == wanted


def test_steps_go_on_counting_past_their_number_and_are_one_where_nothing_is_kept(
    tmp_path: Path,
) -> None:
    made = Encoder(tuple(Code("threshold", (float(at),)) for at in range(6)))
    core = core_of(made, 3)
    write_encoder(net_of(made, 3), core, tmp_path)
    rows, steps = np.full((2, 2), 2.5), np.array([1, 4])
    wanted = lines_of(core, np.array([[1, 0]] * 2, np.uint8), steps)
    assert from_c(tmp_path, rows, steps, "double") == wanted
    # A network that was unrolled takes all steps at once.
    whole = net_of(HOST)
    whole.meta["steps"] = 2
    assert describe_encoder(whole, core_of(HOST))["steps"] == 1


def test_features_that_are_no_equal_steps_are_refused() -> None:
    net = net_of(Encoder(tuple(Code("threshold", (float(at),)) for at in range(6))), 3)
    net.meta["steps"] = 4
    with pytest.raises(EncoderError, match="6 features are no 4 equal steps"):
        describe_encoder(net, core_of(HOST))


def test_inputs_that_no_link_carries_have_no_files(tmp_path: Path) -> None:
    write_encoder(net_of(HOST), core_of(HOST), tmp_path)
    core = core_of(HOST) | {"outputs": [["class", 0]]}
    assert write_encoder(net_of(HOST), core, tmp_path) == []
    assert not list(tmp_path.iterdir())


def test_a_network_without_an_encoder_leaves_no_files(tmp_path: Path) -> None:
    write_encoder(net_of(HOST), core_of(HOST), tmp_path)
    net = IntNet(2, (Linear("score", ("x",), np.ones((2, 2), np.int8), np.zeros(2, np.int32)),))
    assert write_encoder(net, {"inputs": 2}, tmp_path) == []
    assert not list(tmp_path.iterdir())
