"""KANELE's truth tables.

`moons/` has a file of that tool and its own two vectors (GitHub, Duchstf/KANELE, MIT licence;
benchmarks/Tran_study/Moons), and `benchmarks/peers/kanele-moons.npz` is the same network, converted
by hand and compared with its authors' VHDL on all inputs.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen.imports.checked import checked
from gen.imports.errors import ImportRefused
from gen.imports.readers import read
from gen.imports.said import plain
from gen.imports.tables import read as tables
from gen.intnet.files import load
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet
from tests.commands import run

MOONS = Path(__file__).parent / "moons"
PEER = Path(__file__).parents[4] / "benchmarks" / "peers" / "kanele-moons.npz"


def _import(folder: Path, said: str) -> IntNet:
    (folder / "net.toml").write_text(f'[import]\nfile = "truth_tables.json"\n{said}\n')
    described = plain(str(folder / "net.toml"))
    return checked(read(described), described, 100)[0]


def _written(folder: Path, entries: dict[str, Any]) -> Path:
    path = folder / "truth_tables.json"
    path.write_text(json.dumps(entries))
    return path


def test_the_file_of_the_tool(tmp_path: Path) -> None:
    """On all of its 4,096 inputs, and on its own vectors."""
    for one in MOONS.iterdir():
        (tmp_path / one.name).write_text(one.read_text())
    net = _import(tmp_path, 'bits = [6, 5, 8]\nvectors = ["vectors_in.txt", "vectors_out.txt"]')
    assert net.meta["recorded"]["scores"][:2] == [[68], [-128]]
    codes = np.array([[row & 63, row >> 6] for row in range(4096)])
    peer = load(PEER)
    assert np.array_equal(interpret(net, codes)["layer1"], interpret(peer, codes)["layer1"])


def _random(seed: int, shape: list[int], bits: list[int]) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {}
    for at, (inputs, outputs) in enumerate(zip(shape, shape[1:], strict=False)):
        half = 1 << bits[at + 1] - 1
        for i in range(inputs):
            for o in range(outputs):
                values = rng.integers(-half, half, 1 << bits[at]).tolist()
                active = int(rng.integers(0, 4) > 0)
                made[f"{at}_{i}_{o}"] = {"acive": active, "values_int": values}
    return made


def test_argmax_pruned_edges_and_wide_codes(tmp_path: Path) -> None:
    """Worked out row by row from the entries; config.json says the bits."""
    bits = [4, 10, 6, 9]
    entries = _random(1, [3, 4, 2, 5], bits)
    entries |= {f"0_{i}_2": {"acive": 0, "values_int": [7] * 16} for i in range(3)}
    _written(tmp_path, entries)
    (tmp_path / "config.json").write_text(json.dumps({"layers_bitwidth": bits}))
    net = _import(tmp_path, 'classes = ["a", "b", "c", "d", "e"]')
    rows = np.random.default_rng(2).integers(0, 16, (100, 3))
    found = interpret(net, rows)
    for at, row in enumerate(rows.tolist()):
        codes = row
        for layer, size in enumerate([4, 2, 5]):
            half, off = 1 << bits[layer + 1] - 1, 1 << bits[layer] - 1 if layer else 0
            sums = [0] * size
            for i, code in enumerate(codes):
                for o in range(size):
                    entry = entries[f"{layer}_{i}_{o}"]
                    sums[o] += entry["values_int"][code + off] if entry["acive"] else 0
            codes = [max(-half, min(half - 1, one)) for one in sums]
        assert found["layer2"][at].tolist() == codes
        assert found["class"].reshape(-1)[at] == codes.index(max(codes))


def test_a_reading_that_is_wrong_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _written(tmp_path, _random(3, [2, 3], [3, 5]))
    monkeypatch.setattr(tables, "held", lambda values: values[::-1].astype(np.int8))
    with pytest.raises(ImportRefused, match="the model answers"):
        _import(tmp_path, "bits = [3, 5]")


EDGE = {"acive": 1, "values_int": [0, 1, 2, 3]}
REFUSED: dict[str, tuple[Any, str, str]] = {
    "name": (
        {"0_0": EDGE},
        "bits = [2, 4]",
        "truth_tables.json: an entry is named '0_0'; layer_input_output is expected, as KANELE's"
        " truth_tables.json has it",
    ),
    "values": (
        {"0_0_0": {"acive": 1, "values_int": [0, 1.5, 2, 3]}},
        "bits = [2, 4]",
        "truth_tables.json: 0_0_0: values_int[1] is 1.5; integers of 16 bits are read",
    ),
    "active": (
        {"0_0_0": EDGE | {"acive": 2}},
        "bits = [2, 4]",
        "truth_tables.json: 0_0_0: acive is 2, not 0 or 1; make it again",
    ),
    "lengths": (
        {"0_0_0": EDGE, "0_1_0": {"acive": 1, "values_int": [1, 2]}},
        "bits = [2, 4]",
        "truth_tables.json: layer 0: tables of 2, 4 values; one power of two, up to 2^16, is"
        " expected; make it again",
    ),
    "layers": (
        {"0_0_0": EDGE, "2_0_0": EDGE},
        "bits = [2, 4]",
        "truth_tables.json: layers [0, 2]; all from 0 are expected; make it again",
    ),
    "inputs": (
        {"0_0_0": EDGE, "1_1_0": EDGE},
        "bits = [2, 2, 4]",
        "truth_tables.json: layer 1 reads 2 inputs of 1; make it again",
    ),
    "no bits": (
        {"0_0_0": EDGE},
        "",
        "net.toml: [import]: say `bits` of the input and of each layer's output, as [6, 5, 8]:"
        " layers_bitwidth of KANELE's config.json",
    ),
    "bits": (
        {"0_0_0": EDGE},
        "bits = [2]",
        "net.toml: [import] bits: [2], expected 2 numbers from 1 to 16",
    ),
    "other bits": (
        {"0_0_0": EDGE},
        "bits = [3, 4]",
        "net.toml: [import] bits: 3 of what layer 0 reads, whose tables have 4 values",
    ),
    "argmax": (
        {"0_0_0": EDGE},
        "bits = [2, 4]\nargmax = true",
        "net.toml: [import] argmax: True of 1 outputs",
    ),
    "vectors": (
        {"0_0_0": EDGE},
        'bits = [2, 4]\nvectors = ["in.txt", "out.txt"]',
        "out.txt: row 1 is [2], the tables give [1]; are these of the same network?",
    ),
    "many": (
        {"0_0_999999": EDGE},
        "bits = [2, 8]",
        "truth_tables.json: layer 0: 1 inputs and 1,000,000 outputs, and 1 entries; make it again",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entries, options, said = REFUSED[name]
    _written(Path(), entries)
    Path("in.txt").write_text("3\n1\n")
    Path("out.txt").write_text("3\n2\n")
    Path("net.toml").write_text(f'[import]\nfile = "truth_tables.json"\n{options}\n')
    done = run("gen", "import", "net.toml", "--out", "net.npz")
    wanted = said if said.startswith(("net", "truth")) else f"truth_tables.json: {said}"
    assert (done.returncode, done.stderr) == (1, f"smelt: error: {wanted}\n")


def test_damage_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = (MOONS / "truth_tables.json").read_bytes()
    rng, path = np.random.default_rng(0), Path("truth_tables.json")
    Path("net.toml").write_text('[import]\nfile = "truth_tables.json"\nbits = [6, 5, 8]\n')
    for at in range(40):
        damaged = bytearray(whole[: rng.integers(0, len(whole))] if at % 3 == 0 else whole)
        for place in rng.integers(0, max(1, len(damaged)), 3 if damaged else 0):
            damaged[place] = int(rng.integers(0, 256))
        path.write_bytes(damaged)
        done = run("gen", "import", "net.toml", "--out", "net.npz", "--random", "5")
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == 0 or done.stderr.count("\n") == 1
