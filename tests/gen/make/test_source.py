"""Which source a build is of: by content, not by name or date."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from gen.errors import SmeltError
from gen.intnet.files import save
from gen.intnet.network import Argmax, IntNet, Linear
from gen.make.source import Source, find_source, put_in_place
from gen.nets.shipped.recipes import recipe_files


def net(path: Path, seed: int = 0, **meta: str) -> Path:
    rng = np.random.default_rng(seed)
    score = Linear(
        "score", ("x",), rng.integers(-1, 2, (3, 5)).astype(np.int8), np.zeros(3, np.int32)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save(IntNet(5, (score, Argmax("class", ("score",))), meta=dict(meta)), path)
    os.utime(path, (1, 1))
    return path


def key(said: object, caller: Path = Path("/")) -> str:
    return find_source(str(said), caller).key


def test_networks_of_one_name_are_told_by_content(tmp_path: Path) -> None:
    first, second = net(tmp_path / "a" / "net.npz", 0), net(tmp_path / "b" / "net.npz", 1)
    assert key(first) != key(second)
    assert key(first) == key(net(tmp_path / "c" / "net.npz", 0))
    assert key("a/net.npz", tmp_path) == key(first)


def test_a_recipe_is_known_by_what_it_means(tmp_path: Path) -> None:
    text = recipe_files()["cancer"].read_text()
    own = tmp_path / "cancer.toml"
    own.write_text("# mine\n" + text)
    assert find_source(str(own), tmp_path).identity == find_source("cancer", tmp_path).identity
    own.write_text(text.replace("epochs = ", "epochs = 1"))
    assert key(own) != key("cancer")
    other = tmp_path / "other.toml"
    other.write_text(text)
    assert key(other) != key("cancer")


def test_weights_beside_a_recipe_train_it_again_and_make_no_other_source(tmp_path: Path) -> None:
    own = tmp_path / "cancer.toml"
    own.write_text(recipe_files()["cancer"].read_text())
    found = [find_source(str(own), tmp_path)]
    for content in (b"first", b"second"):
        (tmp_path / "cancer.weights.npz").write_bytes(content)
        found.append(find_source(str(own), tmp_path))
    assert len({source.key for source in found}) == 3
    assert found[0].identity == found[1].identity == found[2].identity


def test_the_data_set_is_part_of_it(tmp_path: Path) -> None:
    named = find_source(str(net(tmp_path / "n.npz", data="cancer")), tmp_path)
    plain = find_source(str(net(tmp_path / "m.npz")), tmp_path)
    assert named.data is not None
    assert named.data["set"] == "cancer"
    assert len(named.data["sha256"]) == 64
    assert plain.data is None
    changed = Source(named.name, named.kind, named.path, named.sha256, {"set": "cancer"})
    assert changed.key != named.key


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("/no/such/cancer.toml", "/no/such/cancer.toml: no such file; shipped recipes: cancer"),
        ("no.npz", "no.npz: no such file"),
        ("digitz", "no recipe 'digitz'; did you mean 'digits'? known: "),
        ("sub/digits", "sub/digits: expected a file of .toml, .npz"),
        ("folder.npz", "folder.npz: is a folder"),
    ],
)
def test_no_source_wrong(said: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(SmeltError) as caught:
        find_source(said, tmp_path)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("name", "text"), [("a.toml", "x = ["), ("a.npz", "x"), ("b.toml", "")])
def test_a_source_that_cannot_be_read_wrong(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SmeltError):
        find_source(name, tmp_path)


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Source, Source]:
    first, second = net(tmp_path / "a" / "net.npz", 0), net(tmp_path / "b" / "net.npz", 1)
    return find_source(str(first), tmp_path), find_source(str(second), tmp_path)


def test_a_folder_says_what_it_is_made_of(tmp_path: Path, sources: tuple[Source, Source]) -> None:
    folder = tmp_path / "build" / "net"
    put_in_place(sources[0], folder, {"SEEDS": "5"})
    value = json.loads((folder / "source.json").read_text())
    assert value == {
        "format": "smelt-source-1",
        "name": "net",
        "kind": "network",
        "sha256": sources[0].sha256,
        "data": None,
        "settings": {"SEEDS": "5"},
    }


def test_another_source_puts_a_build_aside_and_brings_it_back(
    tmp_path: Path, sources: tuple[Source, Source], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, (first, second) = tmp_path / "build" / "net", sources
    put_in_place(first, folder, {})
    (folder / "model.json").write_text("first")
    assert capsys.readouterr().err == ""
    put_in_place(second, folder, {})
    assert [path.name for path in folder.iterdir()] == ["source.json"]
    said = capsys.readouterr().err
    assert said.startswith(f"smelt: {folder} was made from another source (net, a network, digest ")
    assert len(said.splitlines()) == 1
    (folder / "model.json").write_text("second")
    put_in_place(first, folder, {})
    assert (folder / "model.json").read_text() == "first"
    put_in_place(second, folder, {})
    assert (folder / "model.json").read_text() == "second"


def test_a_build_of_an_earlier_version_is_of_an_unknown_source(
    tmp_path: Path, sources: tuple[Source, Source]
) -> None:
    folder = tmp_path / "build" / "net"
    folder.mkdir(parents=True)
    for name in ("model.json", ".outputs@all"):
        (folder / name).write_text("old")
    put_in_place(sources[0], folder, {})
    assert not (folder / "model.json").exists()
    assert (tmp_path / "build" / ".earlier" / "net" / "model.json").exists()


def test_a_folder_that_holds_no_build_is_left_as_it_is(
    tmp_path: Path, sources: tuple[Source, Source]
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    put_in_place(sources[0], folder, {})
    assert (folder / "notes.txt").exists()


def test_settings_that_replace_each_other_are_said(
    tmp_path: Path, sources: tuple[Source, Source], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "build" / "net"
    put_in_place(sources[0], folder, {"OUTPUTS": "all", "STAGE_DEPTH": "22"})
    put_in_place(sources[0], folder, {"OUTPUTS": "all"})
    assert capsys.readouterr().err == ""
    put_in_place(sources[0], folder, {"OUTPUTS": "all", "STAGE_DEPTH": "2"})
    said = capsys.readouterr().err
    assert said.startswith(f"smelt: {folder} was last made with STAGE_DEPTH=22, now with STAGE_")
    assert len(said.splitlines()) == 1
