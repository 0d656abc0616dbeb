"""Checkpoints: their networks answer what the packages' documentation says of the tensors.

torch_dwn and difflogic build with CUDA only. The DWN checkpoint here is made by hand in the layout
of torch_dwn's `nn.Sequential(LUTLayer(..., mapping='learnable'), LUTLayer(...), GroupSum(k))` with
its `state_dict()`, beside the thresholds of its `Thermometer`: `0.mapping.weights`
(inputs, out * n), `0._LUTLayer__dummy_mapping`, `0.luts` (out, 2^n), `1.mapping` (out, n) int32,
`1.luts`.
"""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchlogix.layers import GroupSum, LearnableBinarization, LogicDense

from gen.data.encode import encoder_from_dict
from gen.imports.checked import checked
from gen.imports.errors import ImportRefused
from gen.imports.readers import read
from gen.imports.said import plain
from gen.imports.tensors import read_tensors
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet
from tests.commands import run

FEATURES, BITS, N = 6, 5, 4
Tensors = dict[str, Any]


def _dwn(seed: int = 0) -> Tensors:
    made = torch.Generator().manual_seed(seed)
    layers = {
        "0.mapping.weights": torch.rand(FEATURES * BITS, 20 * N, generator=made),
        "0._LUTLayer__dummy_mapping": torch.arange(20 * N).reshape(20, N).int(),
        "0.luts": torch.rand(20, 1 << N, generator=made) * 2 - 1,
        "1.mapping": torch.randint(0, 20, (14, 3), generator=made).int(),
        "1.luts": torch.rand(14, 8, generator=made) * 2 - 1,
    }
    marks = torch.randn(FEATURES, BITS, generator=made).sort(1)[0]
    return {"model": layers, "thresholds": marks, "accuracy": 0.7, "epochs": [1, 2]}


def _answers(file: Tensors, x: np.ndarray, groups: int) -> np.ndarray:
    """Counts (rows, groups), bit by bit as the package's kernel has it."""
    marks, state = file["thresholds"].numpy(), file["model"]
    bits = (x[:, :, None] > marks).reshape(len(x), -1)
    wiring = state["0.mapping.weights"].numpy().argmax(0).reshape(20, N)
    for luts, wired in (("0.luts", wiring), ("1.luts", state["1.mapping"].numpy())):
        table, rows = state[luts].numpy(), []
        for row in bits:
            at = [sum(int(row[w]) << place for place, w in enumerate(one)) for one in wired]
            rows.append([table[j, address] > 0 for j, address in enumerate(at)])
        bits = np.array(rows)
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % groups)))
    return padded.reshape(len(x), groups, -1).sum(2)


def _import(folder: Path, said: str) -> IntNet:
    (folder / "net.toml").write_text(f'[import]\nfile = "net.pt"\n{said}\n')
    described = plain(str(folder / "net.toml"))
    return checked(read(described), described, 100)[0]


@pytest.mark.parametrize("shape", [(BITS,), (1, BITS)])
def test_thresholds_of_all_features_alike(shape: tuple[int, ...], tmp_path: Path) -> None:
    """How many features there are says the learned wiring."""
    file = _dwn(4)
    alike = file["thresholds"][0]
    torch.save(file | {"thresholds": alike.reshape(shape)}, tmp_path / "net.pt")
    net = _import(tmp_path, 'state = "model"\ngroups = 2')
    file["thresholds"] = alike.expand(FEATURES, BITS)
    x = np.random.default_rng(0).normal(size=(50, FEATURES)).astype(np.float32)
    codes = encoder_from_dict(net.meta["encoder"]).encode(x).astype(np.int64)
    assert np.array_equal(interpret(net, codes)["score"], _answers(file, x, 2))


@pytest.mark.parametrize("groups", [4, 7])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_dwn(groups: int, kind: type, tmp_path: Path) -> None:
    """Its thermometer in the precision of its thresholds, features at them among the rows."""
    file = _dwn()
    file["thresholds"] = file["thresholds"].to(torch.from_numpy(np.zeros(1, kind)).dtype)
    torch.save(file, tmp_path / "net.pt")
    names = list("abcdefg")[:groups]
    net = _import(tmp_path, f'state = "model"\ngroups = {groups}\nclasses = {names}')
    x = np.random.default_rng(0).normal(size=(200, FEATURES)).astype(kind)
    x[:60, 2] = np.repeat(file["thresholds"][2].numpy(), 12)
    x[60:90, 3] = np.nextafter(file["thresholds"][3, 1].numpy(), kind(np.inf))
    encoder = encoder_from_dict(net.meta["encoder"])
    found = interpret(net, encoder.encode(x).astype(np.int64))
    wanted = _answers(file, x, groups)
    assert np.array_equal(found["score"], wanted)
    assert np.array_equal(found["class"].reshape(-1), wanted.argmax(1))
    assert net.meta["classes"] == names
    assert net.meta["care"]["groups"]


def test_its_thermometer_on_the_chip(tmp_path: Path) -> None:
    """Integers of 12 bits, compared there: those thresholds that a table reads."""
    file = _dwn(1)
    torch.save(file, tmp_path / "net.pt")
    sensors = "sensor_bits = 12\nsensor_signed = true\nsensor_scale = 0.002\nsensor_offset = 0.1"
    net = _import(tmp_path, f'state = "model"\ngroups = 2\n{sensors}')
    assert net.n_inputs == 12 * FEATURES
    assert net.nodes[0].name == "encoder.integer"
    integers = np.random.default_rng(0).integers(-2048, 2048, (200, FEATURES))
    bits = (integers[:, :, None] >> np.arange(12) & 1).reshape(200, -1)
    features = (integers * 0.002 + 0.1).astype(np.float32)
    assert np.array_equal(interpret(net, bits)["score"], _answers(file, features, 2))


def test_difflogic_and_torchlogix(tmp_path: Path) -> None:
    """With the wiring beside the weights, one layer of each."""
    made = torch.Generator().manual_seed(3)
    state = {
        "0.weights": torch.randn(12, 16, generator=made),
        "0.indices": torch.randint(0, 9, (2, 12), generator=made),
        "1.weight": torch.randn(10, 16, generator=made),
        "1.connections.indices": torch.randint(0, 12, (2, 10), generator=made),
    }
    for name in ("net.pt", "net.safetensors"):
        torch.save(state, tmp_path / name) if name == "net.pt" else save_file(
            state, tmp_path / name
        )
    net = _import(tmp_path, "groups = 5\nfeatures = 9")
    rows = np.array([[row >> at & 1 for at in range(9)] for row in range(512)])
    bits = rows
    for kinds, wiring in (("0.weights", "0.indices"), ("1.weight", "1.connections.indices")):
        a, b = (bits[:, one.numpy()] for one in state[wiring])
        bits = state[kinds].argmax(1).numpy() >> (3 - 2 * a - b) & 1
    wanted = bits.reshape(512, 5, 2).sum(2)
    assert np.array_equal(interpret(net, rows)["score"], wanted)
    (tmp_path / "net.toml").write_text(
        '[import]\nfile = "net.safetensors"\ngroups = 5\nfeatures = 9'
    )
    again = read(plain(str(tmp_path / "net.toml"))).net
    assert np.array_equal(interpret(again, rows)["score"], wanted)


class Wanting:
    """What would run a command where a pickle is loaded freely."""

    def __reduce__(self) -> Any:
        import os

        return os.mkdir, ("loaded",)


def _without(file: Tensors, name: str) -> Tensors:
    file["model"].pop(name)
    return file


def _with(file: Tensors, name: str, value: torch.Tensor) -> Tensors:
    file["model"][name] = value
    return file


FAR = torch.full((14, 3), 20, dtype=torch.int32)
REFUSED: dict[str, tuple[Any, str]] = {
    "command": (
        {"a": Wanting()},
        "net.pt: it wants posix.mkdir when loaded, and only tensors are read; save"
        " module.state_dict() instead",
    ),
    "module": (
        torch.nn.Sequential(torch.nn.Linear(2, 2)),
        "net.pt: it wants torch.nn.modules.container.Sequential when loaded, and only tensors are"
        " read; save module.state_dict() instead",
    ),
    "number": (3, "net.pt: holds no tensors by name; save module.state_dict()"),
    "no layer": (
        {"model": {"a.bias": torch.zeros(3)}},
        "net.pt: no layer of logic (`luts`, `weights` of 16 columns, or `weight`); it holds a.bias",
    ),
    "no mapping": (
        _without(_dwn(), "1.mapping"),
        "net.pt: 1.luts: no `mapping` beside it, so its wiring is not known",
    ),
    "wiring": (_with(_dwn(), "1.mapping", FAR), "1 (LUTLayer): wiring[0, 0] is 20; it reads 20"
        " bits"),
    "not a number": (
        _with(_dwn(), "0.luts", torch.full((20, 16), torch.nan)),
        "net.pt: 0.luts: a value is not a number",
    ),
    "entries": (
        _with(_dwn(), "1.luts", torch.zeros(14, 6)),
        "net.pt: 1.luts: tables of 6 entries; a power of two is expected",
    ),
    "shapes": (
        _with(_dwn(), "1.luts", torch.zeros(13, 8)),
        "net.pt: 1.luts: luts (13, 8) beside a mapping (14, 3) of int64; expected (13, 3) integers",
    ),
    "no wiring": (
        {"model": {"0.weights": torch.zeros(4, 16)}},
        "net.pt: 0.weights: the wiring is not in the file, as a state dict leaves it out; save"
        " layer.indices as '0.indices' beside it, or give net.py:make",
    ),
    "one more": (
        _with(_dwn(), "2.bias", torch.zeros(3)),
        "net.pt: 2.bias is of no layer that is read; say `state`, the part of the file that the"
        " layers are in, or give net.py:make",
    ),
    "few of them": (
        _without(_with(_dwn(), "1.mapping.weights", torch.rand(15, 42)), "1.mapping"),
        "net.pt: 1: its wiring is learned among 15 of 20 bits; save the wiring as '1.indices'"
        " beside it",
    ),
    "far": (
        {"model": {"0.luts": torch.zeros(1, 4), "0.mapping": torch.tensor([[3, 1 << 21]])}},
        "net.toml: [import]: the first layer reads bit 2,097,152 with 2 wires; say `features`, how"
        " many a row has, if this is right",
    ),
    "sparse": (
        _with(_dwn(), "1.luts", torch.eye(8).to_sparse()),
        "net.pt: model.1.luts is quantized, sparse or without data; save module.state_dict()"
        " instead",
    ),
    "spread": (
        _with(_dwn(), "1.luts", torch.zeros(1).expand(1 << 28, 8)),
        "net.pt: model.1.luts stands for more than the file has; save module.state_dict() instead",
    ),
    "convolution": (
        {"model": {"0.tree_weights.0": torch.zeros(4, 4, 16)}},
        "net.pt: 0.tree_weights.0: convolutions keep their wiring out of a checkpoint; give a"
        " function that makes the module, as net.py:make",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file, said = REFUSED[name]
    torch.save(file, "net.pt")
    state = 'state = "model"' if isinstance(file, dict) and "model" in file else ""
    Path("net.toml").write_text(f'[import]\nfile = "net.pt"\ngroups = 2\n{state}\n')
    done = run("gen", "import", "net.toml", "--out", "net.npz")
    assert done.returncode == 1
    assert not Path("loaded").exists()
    assert done.stderr.removeprefix("smelt: error: ").removeprefix("net.pt: ") == (
        said.removeprefix("net.pt: ") + "\n"
    )


EVIL: dict[str, bytes] = {
    "system": b"cos\nsystem\n(S'touch ran'\ntR.",
    "getattr": b"c__builtin__\ngetattr\n(c__builtin__\n__import__\n(S'os'\ntRS'mkdir'\ntR"
    b"(S'ran'\ntR.",
    "protocol 4": pickle.dumps(Wanting(), 4),
}


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("packed", [False, True])
def test_a_pickle_is_not_run(name: str, packed: bool, tmp_path: Path) -> None:
    """As it is, and in an archive as torch writes one: the first name that it wants is told."""
    path, wants = tmp_path / "net.pt", {"system": "os.system", "getattr": "__builtin__.getattr"}
    path.write_bytes(EVIL[name])
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("net/data.pkl", EVIL[name])
            archive.writestr("net/version", "3\n")
    with pytest.raises(ImportRefused, match=f"it wants {wants.get(name, 'posix.mkdir')} when"):
        read_tensors(path)
    assert sorted(tmp_path.iterdir()) == [path]


def test_an_archive_that_is_packed_too_densely(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", bytes(1 << 27))
    with pytest.raises(ImportRefused, match="it is packed too densely"):
        read_tensors(tmp_path / "net.pt")


def test_a_list_in_itself_ends(tmp_path: Path) -> None:
    """Lists of one list many times, many times over."""
    value: Any = [torch.zeros(2)]
    for _ in range(6):
        value = [value] * 300
    torch.save({"a": value}, tmp_path / "net.pt")
    assert len(read_tensors(tmp_path / "net.pt")) == 1


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.int32, torch.bool])
def test_luts_of_other_types(kind: torch.dtype, tmp_path: Path) -> None:
    file = _dwn(2)
    for name in ("0.luts", "1.luts"):
        file["model"][name] = (file["model"][name] > 0).to(kind)
    torch.save(file, tmp_path / "net.pt")
    net = _import(tmp_path, 'state = "model"\ngroups = 2')
    x = np.random.default_rng(0).normal(size=(50, FEATURES)).astype(np.float32)
    codes = encoder_from_dict(net.meta["encoder"]).encode(x).astype(np.int64)
    file["model"] |= {n: file["model"][n].float() for n in ("0.luts", "1.luts")}
    assert np.array_equal(interpret(net, codes)["score"], _answers(file, x, 2))


def _torchlogix(kind: str) -> tuple[torch.nn.Sequential, Tensors]:
    """A module whose thresholds and wiring are learned, and its tensors."""
    torch.manual_seed(0)
    marks = LearnableBinarization(torch.randn(5, 2).sort(1)[0])
    marks.raw_diffs.data += torch.randn(5, 2) / 3
    more = {"candidates": {"num_candidates": 3}}.get(kind, {})
    layer = LogicDense(10, 20, connections="learnable", connections_kwargs=more)
    layer.weight.data = torch.randn(20, 16)
    net = torch.nn.Sequential(marks, torch.nn.Flatten(), layer, GroupSum(2))
    return net, dict(net.state_dict())


@pytest.mark.parametrize("kind", ["all bits", "candidates"])
def test_what_torchlogix_learned(kind: str, tmp_path: Path) -> None:
    """Thresholds are those after training; candidates are in the file where one saved them."""
    module, state = _torchlogix(kind)
    layer: Any = module[2]
    if kind == "candidates":
        torch.save(state, tmp_path / "net.pt")
        with pytest.raises(ImportRefused, match="learned among 3 of 10 bits"):
            _import(tmp_path, "groups = 2")
        state["2.indices"] = layer.connections.indices
    torch.save(state, tmp_path / "net.pt")
    net = _import(tmp_path, "groups = 2")
    x = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    codes = encoder_from_dict(net.meta["encoder"]).encode(x).astype(np.int64)
    with torch.no_grad():
        wanted = module.eval()(torch.from_numpy(x)).numpy()
    assert np.array_equal(interpret(net, codes)["score"], wanted)


def test_damage_is_refused_in_words(tmp_path: Path) -> None:
    """Truncated, and with bytes changed: it is read, or refused, and nothing else is raised."""
    path = tmp_path / "net.pt"
    torch.save(_dwn(), path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = []
    for at in range(60):
        damaged = bytearray(whole[: rng.integers(0, len(whole))] if at % 3 == 0 else whole)
        for place in rng.integers(0, max(1, len(damaged)), 4 if damaged else 0):
            damaged[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(damaged)
        try:
            read_tensors(path)
        except ImportRefused as error:
            refused.append(str(error))
    assert len(refused) > 20
    assert not any("\n" in one for one in refused)
