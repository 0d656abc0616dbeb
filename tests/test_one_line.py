"""Errors that a user meets: one line that says what, where and what to do; nothing half-written."""

import gzip
import json
import pickle
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gen.arrays import read_arrays, write_arrays
from gen.files import FileDamaged, write_bytes, write_json
from gen.forms import check_form
from gen.intnet.files import load
from gen.intnet.node import MOST_ELEMENTS, NetError
from tests.boards.designs import build_value
from tests.fuzz.harness import complaint, run

NODE = {"op": "linear", "name": "score", "inputs": ["x"]}


def net_file(path: Path, meta: dict[str, Any], nodes: Any = (NODE,), **arrays: Any) -> Path:
    """An integer network of three inputs and two scores, with this meta."""
    top = {"format": "smelt-net-2", "n_inputs": 3, "input_bits": 1, "input_signed": False,
           "nodes": list(nodes), "meta": meta}  # fmt: skip
    weight = {"score/weight": np.array([[1, 0, -1], [1, 1, 1]], np.int8)}
    weight["score/bias"] = np.array([0, -1], np.int32)
    np.savez(path, network=np.array(json.dumps(top)), **(weight | arrays))
    return path


def said(module: str, *argv: object) -> str:
    """The one line of a command that fails."""
    done = run(module, [str(word) for word in argv])
    assert done.status == 1, done
    assert complaint(done) == "", done
    return done.err.splitlines()[-1].removeprefix("smelt: error: ")


# Networks from elsewhere ----------------------------------------------------------------------


def foreign(folder: Path) -> dict[str, Path]:
    """Files of other kinds, as a user may give them instead of a network."""
    files = {
        "model.onnx": b"\x08\x07\x12\x07pytorch\x1a\x051.0:\x00",
        "model.pkl": pickle.dumps({"w": np.ones(3)}),
        "rows.csv": b"1,2,3\n",
        "text.txt": "a text, ä\n".encode(),
        "empty.npz": b"",
        "cut.npz": net_file(folder / "whole.npz", {}).read_bytes()[:300],
        "page.npz": b"<!DOCTYPE html>\n",
        "data.gz": gzip.compress(b"x" * 100),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    np.save(folder / "one.npy", np.ones(3))
    (folder / "one.npy").rename(folder / "one.npz")
    np.savez(folder / "objects.npz", w1=np.array([{"a": 1}], dtype=object))
    torch.save({"w": torch.ones(3)}, folder / "model.pt")
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    (folder / "folder.npz").mkdir()
    names = [*files, "one.npz", "objects.npz", "model.pt", "other.zip", "folder.npz"]
    return {name: folder / name for name in names}


def given(command: str, path: Path) -> list[str]:
    """The words that give a command the network to read."""
    return [str(path)] if command == "import" else ["--net", str(path)]


ELSEWHERE = {".onnx": "export the model anew", ".pt": "no layer of logic"}
"""What is said of files that `import` looks at as models of other tools."""


def is_model(command: str, path: Path) -> bool:
    return command == "import" and path.suffix in ELSEWHERE


@pytest.mark.parametrize("command", ["import", "vectors", "melt", "share"])
def test_a_file_of_another_kind_wrong(command: str, tmp_path: Path) -> None:
    for name, path in foreign(tmp_path).items():
        words = [*given(command, path), "--out", tmp_path / "new" / "net.npz"]
        line = said("gen.__main__", command, *words)
        assert line.startswith(f"{path}: "), name
        model = is_model(command, path)
        assert (ELSEWHERE[path.suffix] if model else "gen/intnet/FORMAT.md") in line, name
        for never in ("allow_pickle", "delete", "trust"):
            assert never not in line, name
        assert not (tmp_path / "new").exists()


def test_what_a_file_is_instead_is_said(tmp_path: Path) -> None:
    files = foreign(tmp_path)
    for name, part in (
        ("model.onnx", "holds no ONNX graph"),
        ("empty.npz", "it is empty"),
        ("cut.npz", "it is cut short"),
        ("one.npz", "it is a single array, .npy"),
        ("model.pt", "no layer of logic"),
        ("other.zip", "its member 'readme.txt' is no array"),
        ("objects.npz", "array 'w1': it holds Python objects, not numbers"),
        ("folder.npz", "is a folder, not a file"),
    ):
        assert part in said("gen.__main__", "import", files[name], "--out", tmp_path / "n")


def declared(shape: str, kind: str = "<i4", data: bytes = b"\0" * 8) -> bytes:
    """A .npy file whose header is written by hand."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (declared("(1000000000000,)"), "is 4,000,000,000,000 bytes, the file has 8"),
        (declared("(99999999999, 99999999999)"), "bytes, the file has 8"),
        (declared("(2,)", "<U99999999"), "bytes, the file has 8"),
        (declared("(2,)", "<U999999999"), "its header is damaged"),
        (declared("(3,)"), "shape (3,) of int32 is 12 bytes, the file has 8"),
        (declared("(-2,)"), "shape (-2,) of int32 is -8 bytes, the file has 8"),
        (declared("(2,)", "|O"), "it holds Python objects, not numbers"),
        (declared("(2,)", "|V0", b""), "it holds |V0, not numbers"),
        (declared("2"), "its header is damaged"),
        (b"\x93NUMPY\x09\0" + bytes(20), "version (9, 0) of the array format"),
        (b"garbage or more", "the magic string is not correct"),
    ],
)
def test_an_array_that_declares_what_it_does_not_hold_wrong(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w1.npy", content)
    with pytest.raises(FileDamaged) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: not a whole .npz file (array 'w1': ")
    assert message in str(caught.value)


def test_an_archive_that_declares_more_than_it_can_hold_wrong(tmp_path: Path) -> None:
    """Both by its directory alone, before anything of that size is made."""
    path = tmp_path / "net.npz"
    write_arrays(path, {"a": np.zeros(1000, np.int8)})
    whole = path.read_bytes()
    size = (1128).to_bytes(4, "little")  # of the member, beside its compressed size
    assert whole.count(size) == 2
    path.write_bytes(whole.replace(size, (1 << 30).to_bytes(4, "little")))
    with pytest.raises(FileDamaged, match=r"net\.npz: .*array 'a' declares 1,073,741,824 bytes"):
        read_arrays(path)


def test_a_node_of_too_many_elements_wrong(tmp_path: Path) -> None:
    node = {"op": "max", "name": "top", "inputs": ["x"]}
    wiring = np.zeros((MOST_ELEMENTS + 1, 1), np.int32)
    path = net_file(tmp_path / "net.npz", {}, [node], **{"top/wiring": wiring})
    with pytest.raises(NetError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: top: 4,194,305 elements; 4,194,304 at most"


ROW = {"inputs": ["05"], "scores": [[0, 1]], "labels": [1]}


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ({"inputs": [], "scores": [], "labels": []},
         "it has no rows; leave it out where no answers are known"),
        (ROW | {"labels": [2]},
         "labels[0] is not a class's number, 0 to 1, or -1 where it is not known"),
        (ROW | {"labels": [-2]},
         "labels[0] is not a class's number, 0 to 1, or -1 where it is not known"),
        (ROW | {"labels": [1.5]},
         "labels[0] is not a class's number, 0 to 1, or -1 where it is not known"),
        (ROW | {"scores": [[0, 10**40]]}, "scores[0] is not a list of 2 numbers"),
        (ROW | {"scores": [[0]]}, "scores[0] is not a list of 2 numbers"),
    ],
)  # fmt: skip
def test_recorded_answers_wrong(recorded: Any, message: str, tmp_path: Path) -> None:
    path = net_file(tmp_path / "net.npz", {"recorded": recorded})
    for command in ("import", "vectors", "melt"):
        words = [*given(command, path), "--out", tmp_path / "new" / "x.npz"]
        line = said("gen.__main__", command, *words)
        assert line.startswith(f"{path}: meta: 'recorded' is {{")
        assert line.endswith(f"; {message}")


def test_recorded_answers_with_labels_that_are_not_known(tmp_path: Path) -> None:
    path = net_file(tmp_path / "net.npz", {"recorded": ROW | {"labels": [-1]}})
    assert load(path).meta["recorded"]["labels"] == [-1]


def test_labels_of_the_data_outside_the_classes_wrong(tmp_path: Path) -> None:
    encoder = {"kind": "threshold", "bits": 1, "features": 64, "thresholds": [[8.0]] * 64}
    top = {"format": "smelt-net-2", "n_inputs": 64, "input_bits": 1, "input_signed": False,
           "nodes": [NODE], "meta": {"data": "digits", "encoder": encoder}}  # fmt: skip
    arrays = {"score/weight": np.ones((2, 64), np.int8), "score/bias": np.zeros(2, np.int32)}
    path = tmp_path / "net.npz"
    np.savez(path, network=np.array(json.dumps(top)), **arrays)
    line = said("gen.__main__", "vectors", "--net", path)
    assert line == f"{path}: labels of digits reach 9, but the network has 2 classes"


# Builds ---------------------------------------------------------------------------------------


def test_every_entry_of_a_build_is_looked_at(tmp_path: Path) -> None:
    """Each entry of build.json taken away, or of another kind."""
    board = tmp_path / "icebreaker"
    value = build_value()
    write_json(board / "build.json", value)
    (board / "top.bin").write_bytes(b"bits")
    assert run("boards.__main__", ["report", str(board)]).status == 0
    for key in sorted(value.keys() - {"format", "timing"}):
        for damage in ("gone", "other"):
            changed = dict(value)
            if damage == "gone":
                del changed[key]
            else:
                changed[key] = [{}] if not isinstance(value[key], list) else {"x": "y"}
            write_json(board / "build.json", changed)
            line = said("boards.__main__", "report", board)
            assert line.startswith(f"{board / 'build.json'}: "), (key, damage)
            assert key in line, (key, damage)
            assert line.endswith("; make it again, or give another file")


def test_the_form_of_a_build_is_that_of_a_build() -> None:
    from boards.build.synth import BUILD

    check_form(build_value(), BUILD)


# Disks ----------------------------------------------------------------------------------------


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can become longer than `size`: writes then fail like those to a full disk, with an
    error that names no file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with full_disk(1000), pytest.raises(OSError, match="File too large") as caught:
        write_bytes(path, bytes(100_000))
    assert caught.value.filename == str(path)
    assert [one.name for one in tmp_path.iterdir()] == ["file.bin"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("command", "name"),
    [("import", "net.npz"), ("vectors", "vectors.npz"), ("melt", "melted.aig")],
)
def test_a_full_disk_is_one_line_with_the_files_name(
    command: str, name: str, tmp_path: Path
) -> None:
    weight = np.random.default_rng(0).integers(-1, 2, (64, 64)).astype(np.int8)
    top = {"format": "smelt-net-2", "n_inputs": 64, "input_bits": 1, "input_signed": False,
           "nodes": [NODE], "meta": {}}  # fmt: skip
    net = tmp_path / "given.npz"
    arrays = {"score/weight": weight, "score/bias": np.zeros(64, np.int32)}
    np.savez(net, network=np.array(json.dumps(top)), **arrays)
    out = tmp_path / "out" / name
    with full_disk(200):
        done = run("gen.__main__", [command, *given(command, net), "--out", str(out)])
    assert done.status == 1
    assert done.err.splitlines()[-1] == f"smelt: error: {out}: File too large"
    assert list(out.parent.iterdir()) == []


def test_a_file_in_the_way_of_a_folder_and_a_folder_of_a_file_wrong(tmp_path: Path) -> None:
    net = net_file(tmp_path / "net.npz", {})
    (tmp_path / "taken").write_text("a file")
    line = said("gen.__main__", "import", net, "--out", tmp_path / "taken" / "a" / "n.npz")
    assert line == f"{tmp_path / 'taken'}: is a file, and a folder is needed there"
    assert (tmp_path / "taken").read_text() == "a file"
    (tmp_path / "folder").mkdir()
    line = said("gen.__main__", "import", net, "--out", tmp_path / "folder")
    assert line == f"{tmp_path / 'folder'}: is a folder, and a file is to be written there"
    line = said("gen.__main__", "import", net, "--out", tmp_path / ("x" * 300))
    assert line == f"{tmp_path / ('x' * 300)}: File name too long"


def test_a_device_stays_one(tmp_path: Path) -> None:
    net = net_file(tmp_path / "net.npz", {})
    assert run("gen.__main__", ["import", str(net), "--out", "/dev/null"]).status == 0
    assert not Path("/dev/null").is_file()
    line = said("gen.__main__", "import", net, "--out", "/dev/full")
    assert line == "/dev/full: No space left on device"


def test_no_advice_to_delete_anything() -> None:
    root = Path(__file__).resolve().parents[1]
    for room in ("gen", "boards", "sim", "benchmarks"):
        for path in (root / room).rglob("*.py"):
            assert "delete it" not in path.read_text(encoding="utf-8"), path
