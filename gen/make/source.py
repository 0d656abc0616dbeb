"""What a build is made of: a recipe or a network, told from others by content and not by date.

`source.json` in the build folder records it: the digest of the recipe's meaning (or of the
network's bytes), of the data set that it names, and the settings that make was last called with.
Trained weights beside a recipe make no other source of it, but it is then trained again.
Where another source has the same name, its build is put aside in `.earlier/`, from where it comes
back when it is asked for again; one is kept.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen.console import say
from gen.data.names import nearest
from gen.data.sets import known_sets, set_digest
from gen.files import FileDamaged, read_json, write_json
from gen.imports.readers import files_of, suffixes
from gen.imports.said import is_description, parted, plain
from gen.made import digest
from gen.make.words import SaidWrong, check_name
from gen.nets.shipped.recipes import recipe_files

__all__ = ["Source", "find_source", "holds_build", "put_in_place"]

FORMAT = "smelt-source-1"
UNKNOWN = {"name": "unknown", "kind": "recipe or network", "sha256": "unknown"}


@dataclass(frozen=True)
class Source:
    """A recipe or network: its name (the file's stem), its file with the function in it that makes
    it, if any, and what it is in digests, those of trained weights beside it too."""

    name: str
    kind: str
    path: Path
    sha256: str
    data: Mapping[str, str] | None
    function: str = ""
    weights: str = ""

    @property
    def identity(self) -> dict[str, Any]:
        """What tells it from others."""
        named = {"name": self.name, "kind": self.kind, "sha256": self.sha256}
        return {**named, "data": None if self.data is None else dict(self.data)}

    @property
    def key(self) -> str:
        """`identity` and the weights in one word."""
        whole = json.dumps(self.identity, sort_keys=True) + self.weights
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


def find_source(said: str, caller: Path) -> Source:
    """The source that RECIPE=`said` is, seen from the folder `caller`.

    Raises SaidWrong where there is none or its name cannot be a folder's, RecipeError or another
    SmeltError where it cannot be read.
    """
    path, function = _path(said, caller)
    check_name(path.stem, f"RECIPE={said}")
    if path.suffix == ".toml" and not is_description(path):
        return _recipe(path)
    return _model(path, function)


def _recipe(path: Path) -> Source:
    """A recipe, by its meaning and its data."""
    from gen.nets.recipe import read_recipe, start_files
    from gen.nets.shipped.place import data_key, weights_path

    recipe = read_recipe(path)
    meaning = json.dumps(recipe.to_dict(), sort_keys=True).encode()
    for start in start_files(recipe):
        if not start.is_file():
            raise SaidWrong(f"{path}: [schedule] start: {start}: no such file")
        meaning += digest(start).encode()
    sha256, weights = hashlib.sha256(meaning).hexdigest(), weights_path(path)
    held = digest(weights) if weights.is_file() else ""
    return Source(path.stem, "recipe", path, sha256, data_key(recipe), weights=held)


def _model(path: Path, function: str) -> Source:
    """A network or a model to import, by the bytes of all files that it is made of."""
    if path.suffix == ".npz":
        from gen.intnet.files import load

        data = _known_set(load(path).meta.get("data"))
        return Source(path.stem, "network", path, digest(path), data)
    asked = f"{path}:{function}" if function else str(path)
    held = [digest(one) for one in files_of(plain(asked))]
    key = held[0] if len(held) == 1 and not function else _joined([function, *held])
    return Source(path.stem, "network", path, key, None, function)


def _joined(words: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def _known_set(data: str | None) -> dict[str, str] | None:
    return {"set": data, "sha256": set_digest(data)} if data in known_sets() else None


def _path(said: str, caller: Path) -> tuple[Path, str]:
    """The file that is meant, and the function in it; raises SaidWrong where it is not there."""
    name, function = parted(said)
    path, known = caller / name, (".toml", *suffixes())
    shipped = recipe_files()
    if path.suffix not in known and "/" not in said:
        if said not in shipped:
            raise SaidWrong(f"no recipe {said!r}{nearest(said, shipped)}; or give a .toml file")
        return shipped[said], ""
    if path.suffix not in known:
        raise SaidWrong(
            f"{said}: expected a file of {', '.join(known)}, or the name of a shipped recipe"
        )
    if not path.is_file():
        folder = "is a folder" if path.is_dir() else "no such file"
        raise SaidWrong(f"{said}: {folder}; shipped recipes: {', '.join(shipped)}")
    return path, function


def put_in_place(source: Source, folder: Path, settings: Mapping[str, str]) -> None:
    """Let `folder` be of `source` and of no other; to be called with the folder locked."""
    before = _read(folder)
    if before is not None and _identity(before) != source.identity:
        _put_aside(source, folder, before)
        before = _read(folder)
    was = (before or {}).get("settings") or {}
    for name, value in settings.items():
        if was.get(name, value) != value:
            say(
                f"smelt: {folder} was last made with {name}={was[name]}, now with {name}={value}:"
                " what depends on it is made anew there (OUT=another/folder keeps both)"
            )
    wanted = {"format": FORMAT, **source.identity, "settings": {**was, **settings}}
    if wanted != before:
        write_json(folder / "source.json", wanted)


def _put_aside(source: Source, folder: Path, before: Mapping[str, Any]) -> None:
    """Exchange the build in `folder` with the one of `source` that was put aside, if any."""
    earlier = folder.parent / ".earlier" / folder.name
    kept = _read(earlier)
    back = kept is not None and _identity(kept) == source.identity
    was = f"{before['name']}, a {before['kind']}, digest {str(before['sha256'])[:12]}"
    say(
        f"smelt: {folder} was made from another source ({was}): that build is kept in"
        f" {earlier}, and {folder} is"
        f" {'the one that was kept there' if back else 'made anew'}"
    )
    passing = earlier.with_name(f"{folder.name}.passing")
    passing.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(passing, ignore_errors=True)
    folder.rename(passing)
    if back:
        earlier.rename(folder)
    elif earlier.exists():
        shutil.rmtree(earlier)
    passing.rename(earlier)


def holds_build(folder: Path) -> bool:
    """Whether a folder is a build's, by this version or an earlier one."""
    marks = (folder / "source.json", folder / ".made")
    return any(path.exists() for path in marks) or any(folder.glob(".outputs@*"))


def _read(folder: Path) -> dict[str, Any] | None:
    """What source.json says. A build without one, by an earlier version, is of an unknown source;
    a folder that holds no build is of none."""
    path = folder / "source.json"
    try:
        value = read_json(path, FORMAT)
        return value if all(name in value for name in ("name", "kind", "sha256")) else dict(UNKNOWN)
    except FileDamaged:
        ours = path.exists() or any(folder.glob(".outputs@*"))
        return dict(UNKNOWN) if ours else None


def _identity(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.get(name) for name in ("name", "kind", "sha256", "data")}
